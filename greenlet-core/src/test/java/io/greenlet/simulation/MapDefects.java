package io.greenlet.simulation;

import java.util.List;

/// What can be wrong with `imap` and `imapUnordered`.
final class MapDefects {

    private MapDefects() {}

    static void addTo(List<Defect> all) {
        add(all, "lost wake-up: the consumer sleeps without looking again", """
                if (!canGoOn()) {
                    waiter""", """
                if (hungry || !hungry) {
                    waiter""");
        add(all, "lost wake-up: the end of the head does not wake the consumer",
                "if (wakes || !ordered || task.equals(head)) {",
                "if (wakes || !ordered) {");
        add(all, "lost wake-up: an end does not wake who takes them as they come",
                "if (wakes || !ordered || task.equals(head)) {",
                "if (wakes || task.equals(head)) {");
        add(all, "lost wake-up: nobody wakes the one that sleeps", """
                waiter.give(true);
                waiter.wake();""", "waiter.give(true);");
        add(all, "results in the order of the ends", "return first != null && first.isDone() ? window.remove() : null;",
                """
                        for (Result<R> result : window) {
                            if (result.isDone()) {
                                window.remove(result);
                                return result;
                            }
                        }
                        return null;""");
        add(all, "a failure is passed over", "return await(); // it has ended",
                "return state() == State.FAILED ? null : await(); // it has ended");
        add(all, "the last one is forgotten when the source is exhausted", """
                exhausted = true;
                closeSource();
                return;
                }
                handIn""", """
                exhausted = true;
                unconsumed -= unconsumed > 1 ? 1 : 0;
                closeSource();
                return;
                }
                handIn""");
        add(all, "a close does not kill what is in hand", "running().stream().filter(this::isMine).toList()",
                "running().stream().filter(this::isMine).limit(0).toList()");
        add(all, "a close forgets what has a slot and does not run yet", "if (map().closed) {",
                "if (map().closed && map().ordered && !map().ordered) {");
        add(all, "more at once than it may", "return (int) Math.min(2L * enough(), parallel);",
                "return (int) Math.min(2L * enough(), Integer.MAX_VALUE);");
        add(all, "no bound on what is in hand", "return !exhausted && !closed && unconsumed < 4L * enough();",
                "return !exhausted && !closed;");
        add(all, "an end is told before it is counted: the consumer finds nothing in hand, and no room", """
                        wakes = map().countEnd(); // first: who finds this done, and nothing else, may hand in the next
                    }
                }

                @Override
                protected void settled() {
                    try {""", """
                    }
                }

                @Override
                protected void settled() {
                    try {
                        Hub.point();
                        wakes = map().countEnd();""");
        add(all, "ends are not counted", "int now = ended.incrementAndGet();", "int now = ended.get();");
        add(all, "a result is put in twice", """
                if (!ordered) {
                    finished.add(task);
                }
                if (wakes""", """
                if (!ordered && started % 3 == 2) {
                    finished.add(task);
                }
                if (!ordered) {
                    finished.add(task);
                }
                if (wakes""");
        add(all, "an interrupt is swallowed", """
                Thread.currentThread().interrupt();
                CancellationException""", "CancellationException");
        addOfGrowth(all);
    }

    private static void addOfGrowth(List<Defect> all) {
        all.add(new Defect(Subject.GROWING_MAPS, "lost wake-up: room for more, judged before a resize is heard of",
                "pool/GreenMap.java", """
                        Hub.point();
                        sleeper.set(waiter);
                        boolean wantsMore = !exhausted;
                        if (wantsMore) {
                            pool.watchSize(resizeWatch); // before it looks at the size for the last time, which is now
                        }
                        hungryFrom = started - wakeAt() + 1;
                        hungry = hasRoom();""", """
                        hungryFrom = started - wakeAt() + 1;
                        hungry = hasRoom();
                        Hub.point();
                        sleeper.set(waiter);
                        boolean wantsMore = !exhausted;
                        if (wantsMore) {
                            pool.watchSize(resizeWatch);
                        }"""));
    }

    private static void add(List<Defect> all, String name, String right, String wrong) {
        all.add(new Defect(Subject.MAPS, name, "pool/GreenMap.java", right, wrong));
    }
}
