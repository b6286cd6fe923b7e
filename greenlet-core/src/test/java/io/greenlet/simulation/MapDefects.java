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
        add(all, "lost wake-up: the end of the head does not wake the consumer", "if (!ordered || this == head ||",
                "if (!ordered ||");
        add(all, "lost wake-up: an end does not wake who takes them as they come", "if (!ordered || this == head ||",
                "if (this == head ||");
        add(all, "lost wake-up: nobody wakes the one that sleeps", """
                waiter.give(true);
                waiter.wake();""", "waiter.give(true);");
        add(all, "results in the order of the ends", "return first != null && first.done ? window.remove() : null;", """
                for (Slot slot : window) {
                    if (slot.done) {
                        window.remove(slot);
                        return slot;
                    }
                }
                return null;""");
        add(all, "a failure is passed over", "case RuntimeException e -> throw e;",
                "case RuntimeException _ -> value;");
        add(all, "the last one is forgotten when the source is exhausted", """
                exhausted = true;
                closeSource();
                return;
                }
                slot""", """
                exhausted = true;
                unconsumed -= unconsumed > 1 ? 1 : 0;
                closeSource();
                return;
                }
                slot""");
        add(all, "a close does not kill what is in hand", "slot.task.kill();", "slot.task.isDone();");
        add(all, "more at once than it may", "unfinished.get() < Math.min(2L * enough(), parallel);",
                "unfinished.get() < 2L * enough();");
        add(all, "no bound on what is in hand", "return !exhausted && !closed && unconsumed < 4L * enough();",
                "return !exhausted && !closed;");
        add(all, "an end is told before it is counted: the consumer finds nothing in hand, and no room",
                """
                        int left = unfinished.decrementAndGet(); // first: who finds this done, and nothing else, may hand in the next
                        finish();""",
                """
                        finish();
                        Hub.point();
                        int left = unfinished.decrementAndGet();""");
        add(all, "unfinished ones are not counted down", "int left = unfinished.decrementAndGet();",
                "int left = unfinished.get();");
        add(all, "a result is put in twice", """
                done = true;
                if (!ordered) {""", """
                done = true;
                if (!ordered && position % 3 == 2) {
                    finished.add(this);
                }
                if (!ordered) {""");
        add(all, "an interrupt is swallowed", """
                Thread.currentThread().interrupt();
                CancellationException""", "CancellationException");
    }

    private static void add(List<Defect> all, String name, String right, String wrong) {
        all.add(new Defect(Subject.MAPS, name, "pool/GreenMap.java", right, wrong));
    }
}
