package io.greenlet.simulation;

import java.util.List;

/// What can be wrong with a semaphore whose release waits too: most of it on the side of the release, where a plain one
/// never waits.
final class CappedDefects {

    private static final String CAPPED = "sync/CappedSemaphore.java";
    private static final String BALANCE = "sync/Balance.java";

    private CappedDefects() {}

    static void addTo(List<Defect> all) {
        add(all, BALANCE, "a release goes above the limit", "step < 0 ? seen <= 0 : seen >= limit;",
                "step < 0 ? seen <= 0 : seen > limit;");
        add(all, BALANCE, "a rendezvous takes a permit that nobody releases", "step < 0 ? seen <= 0 : seen >= limit;",
                "step < 0 ? seen <= (limit == 0 ? -1 : 0) : seen >= limit;");
        add(all, BALANCE, "lost wake-up: an acquire does not see the only release that waits",
                "step < 0 ? seen > limit : seen < 0;", "step < 0 ? seen > limit + 1 : seen < 0;");
        add(all, BALANCE, "lost wake-up: a release that is served sleeps on", "first.wake();", """
                if (step > 0) {
                    first.wake();
                }""");
        add(all, BALANCE, "lost wake-up: a release joins without looking again whether there is room", """
                if (!mustWait(seen, step) || !number.compareAndSet(seen, seen + step)) {
                    return false;
                }""", """
                if (step > 0) {
                    number.addAndGet(step);
                } else if (!mustWait(seen, step) || !number.compareAndSet(seen, seen + step)) {
                    return false;
                }""");
        add(all, BALANCE, "lost update: room is taken by a plain write", """
                Hub.point();
                if (number.compareAndSet(seen, seen + step)) {
                    return true;
                }
                }
                }""", """
                Hub.point();
                if (step > 0) {
                    number.set(seen + step);
                    return true;
                }
                if (number.compareAndSet(seen, seen + step)) {
                    return true;
                }
                }
                }""");
        add(all, BALANCE, "overtaking: the last release in line is served first", """
                Waiter first = line.poll();
                if (first == null) {""", """
                Waiter first = line.peek();
                while (first != null && newNumber >= limit && line.after(first) != null) {
                    first = line.after(first);
                }
                if (first != null) {
                    line.remove(first);
                }
                if (first == null) {""");
        add(all, BALANCE, "a release that is interrupted stays in line", """
                if (leave(waiter, step)) {
                    throw e;
                }
                Thread""", """
                if (step > 0 ? waiter.given() == null : leave(waiter, step)) {
                    throw e;
                }
                Thread""");
        add(all, BALANCE, "a release that is served in the moment of its interrupt says that it is not", """
                if (leave(waiter, step)) {
                    throw e;
                }
                Thread""", """
                if (leave(waiter, step) || step > 0) {
                    throw e;
                }
                Thread""");
        add(all, BALANCE, "a release that is served in the moment of its time-out says that it is not",
                "waiter.given() != null || !leave(waiter, step);",
                "waiter.given() != null || (!leave(waiter, step) && step < 0);");
        add(all, BALANCE, "the interrupt of a release is lost in the moment in which it is served",
                "Thread.currentThread().interrupt(); // too late", """
                        if (step < 0) {
                            Thread.currentThread().interrupt();
                        } // too late""");
        add(all, BALANCE, "a release that leaves is counted once more", "number.set(number.get() - step);",
                "number.set(number.get() + 1);");
        add(all, BALANCE, "an acquire that is interrupted is made good by a release, which somebody else gets, too", """
                if (leave(waiter, step)) {
                    throw e;
                }
                Thread""", """
                if (leave(waiter, step)) {
                    if (step < 0) {
                        tryStep(RELEASE);
                    }
                    throw e;
                }
                Thread""");
        add(all, BALANCE, "who serves a release does so twice", "first.wake(); return true;",
                "first.wake(); return step > 0;");
        add(all, BALANCE, "an acquire serves a release that has left the line meanwhile", """
                if (serves(seen, step)) {
                    first = served(""", """
                if (step < 0 || serves(seen, step)) {
                    first = served(""");
        add(all, CAPPED, "a release with a limit waits for ever",
                "return balance.step(Balance.RELEASE, this, TimeUnit.NANOSECONDS.convert(timeout));",
                "return balance.step(Balance.RELEASE, this, timeout.isPositive() ? Waiter.FOREVER : 0);");
    }

    private static void add(List<Defect> all, String file, String name, String right, String wrong) {
        all.add(new Defect(Subject.CAPPED, name, file, right, wrong));
    }
}
