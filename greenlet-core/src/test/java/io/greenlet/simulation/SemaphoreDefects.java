package io.greenlet.simulation;

import java.util.List;

/// What can be wrong with a semaphore, and with the side of the number and the line that it uses.
final class SemaphoreDefects {

    private static final String SEMAPHORE = "sync/GreenSemaphore.java";
    private static final String BALANCE = "sync/Balance.java";

    private SemaphoreDefects() {}

    static void addTo(List<Defect> all) {
        add(all, BALANCE, "lost wake-up: joins without looking again whether a permit came free", """
                if (!mustWait(seen, step) || !number.compareAndSet(seen, seen + step)) {
                    return false;
                }""", "number.addAndGet(step);");
        add(all, BALANCE, "lost wake-up: the first in line is served and sleeps on", "first.wake();", "");
        add(all, BALANCE, "lost wake-up: a release does not see the only one in line",
                "step < 0 ? seen > limit : seen < 0;", "step < 0 ? seen > limit : seen < -1;");
        add(all, BALANCE, "lost update: a free permit is taken by a plain write", """
                Hub.point();
                if (number.compareAndSet(seen, seen + step)) {
                    return true;
                }
                }
                }""", """
                Hub.point();
                number.set(seen + step);
                return true;
                }
                }""");
        add(all, BALANCE, "lost update: one joins by a plain write",
                "!mustWait(seen, step) || !number.compareAndSet(seen, seen + step)) {",
                "!mustWait(seen, step) || number.getAndSet(seen + step) > seen + 10) {");
        add(all, BALANCE, "barging: a newcomer takes the place of the last in line", """
                if (mustWait(seen, step)) {
                    return false;
                }""", """
                if (mustWait(seen, step)) {
                    Hub.lock(lock);
                    try {
                        Waiter last = line.peek();
                        if (step < 0 && line.size() == 2 && last != null && line.remove(last)) {
                            line.add(last);
                        }
                    } finally {
                        lock.unlock();
                    }
                    return false;
                }""");
        add(all, BALANCE, "overtaking: the last in line is served first", """
                Waiter first = line.poll();
                if (first == null) {""", """
                Waiter first = line.peek();
                while (first != null && line.after(first) != null) {
                    first = line.after(first);
                }
                if (first != null) {
                    line.remove(first);
                }
                if (first == null) {""");
        add(all, BALANCE, "double grant: the one served stays in line", "Waiter first = line.poll();",
                "Waiter first = line.peek();");
        add(all, BALANCE, "double grant: the number forgets who was served", "number.set(newNumber);", "");
        add(all, BALANCE, "a release does not look again whether anybody is left in line", """
                if (serves(seen, step)) {
                    first = served(""", """
                if (lock.isHeldByCurrentThread()) {
                    first = served(""");
        add(all, BALANCE, "a release that looks for a waiter and finds none gives up", """
                if (serveFirst(step)) {
                    return true;
                }
                continue;""", """
                return serveFirst(step);""");
        add(all, BALANCE, "lost permit: given in the moment of the time-out",
                "waiter.given() != null || !leave(waiter, step);",
                "waiter.given() != null || (leave(waiter, step) && step == 0);");
        add(all, BALANCE, "lost permit: given in the moment of the interrupt", """
                if (leave(waiter, step)) {
                    throw e;
                }
                Thread""", """
                if (leave(waiter, step) || nanos > 0) {
                    throw e;
                }
                Thread""");
        add(all, BALANCE, "one that is interrupted stays in line", """
                if (leave(waiter, step)) {
                    throw e;
                }
                Thread""", """
                if (waiter.given() == null) {
                    throw e;
                }
                Thread""");
        add(all, BALANCE, "one whose time is over stays in line", "waiter.given() != null || !leave(waiter, step);",
                "waiter.given() != null;");
        add(all, BALANCE, "lost interrupt: it came in the moment of the permit",
                "Thread.currentThread().interrupt(); // too late", "// too late");
        add(all, BALANCE, "who leaves is still counted", "number.set(number.get() - step);", "");
        add(all, BALANCE, "a wait that forgets its limit", "waiter.await(blocker, nanos);",
                "waiter.await(blocker, Waiter.FOREVER);");
        add(all, SEMAPHORE, "a bounded one takes one release more", "new GreenSemaphore(permits, permits);",
                "new GreenSemaphore(permits, permits + 1);");
        add(all, SEMAPHORE, "a bounded one looks at its bound, and then releases", """
                if (balance.limit() == 0 || !balance.tryStep(Balance.RELEASE)) {""", """
                boolean full = balance.number() >= balance.limit();
                io.greenlet.Hub.point();
                if (full || (!balance.tryStep(Balance.RELEASE) && balance.limit() < 0)) {""");
        add(all, SEMAPHORE, "a permit closed twice is released twice", "if (!closed.getAndSet(true)) {",
                "if (!closed.getAndSet(true) || semaphore.balance() <= 0) {");
        add(all, SEMAPHORE, "a permit closed by two at once is released twice", "if (!closed.getAndSet(true)) {", """
                boolean before = closed.get();
                io.greenlet.Hub.point();
                closed.set(true);
                if (!before) {""");
    }

    private static void add(List<Defect> all, String file, String name, String right, String wrong) {
        all.add(new Defect(Subject.SEMAPHORES, name, file, right, wrong));
    }
}
