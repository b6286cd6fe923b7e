package io.greenlet.simulation;

import java.util.List;

/// What can be wrong with letting connections in, and with getting them out when the server stops.
final class ServerDefects {

    private static final String FILE = "net/ConnectionGate.java";

    private ServerDefects() {}

    static void addTo(List<Defect> all) {
        add(all, "lost wake-up: the acceptor joins without looking again", "acceptors.add(waiter);", """
                lock.unlock();
                Hub.lock(lock);
                acceptors.add(waiter);""");
        add(all, "lost wake-up: who leaves does not wake the acceptor", """
                case OPEN -> woken = Waiter.giveAll(acceptors, true);""", """
                case OPEN -> {
                }""");
        add(all, "lost wake-up: a stop does not wake the acceptor", """
                phase = Phase.CLOSING;
                acceptor = Waiter.giveAll(acceptors, true);""", "phase = Phase.CLOSING;");
        add(all, "lost wake-up: the keeper waits for a stop without looking again", """
                return;
                }
                keepers.add(waiter);""", """
                return;
                }
                lock.unlock();
                Hub.lock(lock);
                keepers.add(waiter);""");
        add(all, "lost wake-up: the keeper waits for the last without looking again", """
                return in.isEmpty();
                }
                keepers.add(waiter);""", """
                return in.isEmpty();
                }
                lock.unlock();
                Hub.lock(lock);
                keepers.add(waiter);""");
        add(all, "lost wake-up: a stop does not wake the keeper", """
                deadline = wanted;
                keeper = Waiter.giveAll(keepers, true);""", "deadline = wanted;");
        add(all, "lost wake-up: the last of the killed does not wake the keeper",
                "if (phase != Phase.OPEN && in.isEmpty()) {", "if (phase == Phase.CLOSING && in.isEmpty()) {");
        add(all, "one more than there is room for", """
                if (in.size() < most) {
                    return true;""", """
                if (in.size() <= most) {
                    return true;""");
        add(all, "one is let in after the stop", """
                return false;
                }
                assert in.size() < most;""", """
                }
                assert in.size() < most;""");
        add(all, "one leaves twice", """
                if (!in.remove(one)) {
                    return false;
                }""", "in.remove(one);");
        add(all, "who looks before it has the lock leaves twice", """
                WaitList<Waiter> woken = new WaitList<>();
                Hub.lock(lock);
                try {
                    if (!in.remove(one)) {""", """
                WaitList<Waiter> woken = new WaitList<>();
                boolean there = in.contains(one);
                Hub.lock(lock);
                try {
                    accepted += in.remove(one) && there ? 0 : 1;
                    if (!there) {""");
        add(all, "an earlier deadline is ignored", "if (first || earlier) {", "if (first) {");
        add(all, "a later deadline counts", "wanted - deadline < 0;", "wanted != deadline;");
        add(all, "a second beginning brings the deadline forward", "boolean earlier = again &&", "boolean earlier =");
        add(all, "a stop cuts the time to unwind", "again && phase == Phase.CLOSING &&", "again &&");
        add(all, "the killed have no time to unwind",
                "deadline = hub.nanoTime() + unwindNanos + condemned * UNWIND_EACH_NANOS;", "");
        add(all, "the killed are counted as finished too", "case CONDEMNED, SHUT -> {", """
                case CONDEMNED -> finished++;
                case SHUT -> {""");
        add(all, "nobody is killed at the deadline", """
                if (in.isEmpty() || left <= 0) {
                    return in.isEmpty();""", """
                if (in.isEmpty() || left <= 0) {
                    return true;""");
        add(all, "all are killed at once", "if (!drained()) {", "if (!look().in().isEmpty()) {");
        add(all, "the keeper waits beyond the deadline", "hold(waiter, left);",
                "hold(waiter, Waiter.FOREVER);");
        add(all, "the keeper is killed, and the server goes on", """
                } catch (InterruptedException e) {
                    stop(0);""", """
                } catch (InterruptedException e) {""");
        add(all, "one who waits no more stays in line", "keepers.remove(waiter);", "");
    }

    private static void add(List<Defect> all, String name, String right, String wrong) {
        all.add(new Defect(Subject.SERVERS, name, FILE, right, wrong));
    }
}
