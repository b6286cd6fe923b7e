package io.greenlet.simulation;

import java.util.List;

/// What can be wrong with an event, and with the wait under it.
final class EventDefects {

    private static final String EVENT = "sync/GreenEvent.java";
    private static final String WAITER = "waiting/Waiter.java";

    private EventDefects() {}

    static void addTo(List<Defect> all) {
        add(all, EVENT, "lost wake-up: joins without looking again", """
                if (outcome != null) {
                    return outcome;
                }""", "");
        add(all, EVENT, "lost wake-up: nobody is woken", "Waiter.wakeAll(woken);", "");
        add(all, EVENT, "lost wake-up: only the first is woken", "Waiter.wakeAll(woken);", """
                Waiter first = woken.poll();
                if (first != null) {
                    first.wake();
                }""");
        add(all, EVENT, "a second send overwrites the first", """
                if (held == null) {
                    outcome = sent;
                }""", "outcome = sent;");
        add(all, EVENT, "a second send is taken in silence", "if (held != null) {",
                "if (held instanceof Value && sent == null) {");
        add(all, EVENT, "a send looks before it has the lock", """
                Hub.lock(lock);
                try {
                    held = outcome;""", """
                held = outcome;
                Hub.point();
                Hub.lock(lock);
                try {""");
        add(all, EVENT, "a reset that leaves the value", "outcome = null;", "");
        add(all, EVENT, "a fresh one is reset in silence", """
                if (outcome == null) {
                    throw""", """
                if (outcome == null && lock.getQueueLength() > 0) {
                    throw""");
        add(all, EVENT, "who was woken looks at the event again, which may be fresh",
                "sent = (Outcome) waiter.await(this, nanos);", """
                        sent = (Outcome) waiter.await(this, nanos);
                        Hub.point();
                        if (sent != null) {
                            return outcome;
                        }""");
        add(all, EVENT, "one that gave up stays in line", """
                if (sent == null) {
                    leave(waiter);
                }""", "");
        add(all, EVENT, "a gift that comes with the time-out is lost",
                "return sent != null ? sent : (Outcome) waiter.given();",
                "return sent;");
        add(all, WAITER, "a wait that forgets its limit", "hub.parkNanos(blocker, left);", "hub.park(blocker);");
        add(all, WAITER, "a wait that starts anew each time it wakes", "(hub.nanoTime() - start);", "0 * start;");
        add(all, WAITER, "one of those in line is passed over", """
                next.give(what);
                given.add(next);""", """
                if (line.isEmpty() || given.isEmpty()) {
                    next.give(what);
                }
                given.add(next);""");
    }

    private static void add(List<Defect> all, String file, String name, String right, String wrong) {
        all.add(new Defect(Subject.EVENTS, name, file, right, wrong));
    }
}
