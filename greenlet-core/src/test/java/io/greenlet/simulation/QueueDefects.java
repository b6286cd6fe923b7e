package io.greenlet.simulation;

import java.util.List;

/// What can be wrong with a queue.
final class QueueDefects {

    private static final String QUEUE = "sync/GreenQueue.java";
    private static final String CORE = "sync/QueueCore.java";
    private static final String DEQUE = "sync/DequeStore.java";
    private static final String HEAP = "sync/HeapStore.java";
    private static final String WAITER = "waiting/Waiter.java";

    private QueueDefects() {}

    static void addTo(List<Defect> all) {
        addWaits(all);
        addDecisions(all);
        addStores(all);
    }

    private static void addWaits(List<Defect> all) {
        add(all, QUEUE, "lost wake-up: who blocks looks before it has the lock, and not again", """
                Hub.lock(lock);
                try {
                    element = core.poll();
                    if (element != null) {
                        woken""", """
                element = core.poll();
                Hub.point();
                Hub.lock(lock);
                try {
                    if (element != null) {
                        woken""");
        add(all, QUEUE, "lost wake-up: a take wakes no putter", """
                    Waiter.wakeAll(woken);
                    return element;
                }
                Object given""", """
                    return element;
                }
                Object given""");
        add(all, QUEUE, "lost wake-up: a put wakes no taker", """
                Waiter.wakeAll(woken);
                return true;""", "return true;");
        add(all, QUEUE, "lost wake-up: a resize wakes nobody", """
                core.resize(newCapacity);
                woken = core.takeWoken();""", """
                core.resize(newCapacity);
                woken = core.takeWoken();
                woken = null;""");
        add(all, WAITER, "lost wake-up: only the first is woken", "next = waking.nextToWake;", "next = null;");
        add(all, WAITER, "lost wake-up: one who looked in vain and parks is taken for one who looks", "== LOOKS) {",
                "!= WOKEN) {");
        add(all, WAITER, "lost wake-up: one parks and does not say so", "STATE.compareAndSet(this, LOOKS, PARKS);",
                "state == PARKS;");
        add(all, CORE, "lost wake-up: of those to wake the last is remembered alone", "lastWoken.thenWake(waiter);",
                "");
        add(all, CORE, "lost wake-up: one is hung behind whom others have woken", "lastWoken = null;", "");
        add(all, QUEUE, "lost element: one that comes with the time-out", "leave(waiter) ? given : waiter.given();",
                "leave(waiter) ? given : null;");
        add(all, QUEUE, "lost element: one that comes with the kill", """
                if (leave(waiter)) {
                    throw e;
                }""", """
                if (leave(waiter) || waiter.offer() == null) {
                    throw e;
                }""");
        add(all, QUEUE, "double element: a put that is killed as it is taken fails", """
                if (leave(waiter)) {
                    throw e;
                }""", """
                if (leave(waiter) || waiter.offer() != null) {
                    throw e;
                }""");
        add(all, QUEUE, "one that gave up stays in line", "return core.leave(waiter);",
                "return waiter.given() == null;");
        add(all, QUEUE, "a wait without the limit", "await(taker, nanos)", "await(taker, Waiter.FOREVER)");
        add(all, QUEUE, "a put looks before it has the lock whether the queue is closed", """
                Hub.lock(lock);
                try {
                    if (core.isClosed()) {
                        throw closed();
                    }
                    if (core.offer""", """
                if (core.isClosed()) {
                    throw closed();
                }
                Hub.lock(lock);
                try {
                    if (core.offer""");
        add(all, QUEUE, "a take from a closed queue waits", "} else if (core.isClosed()) {",
                "} else if (core.isClosed() && nanos <= 0) {");
        add(all, QUEUE, "a join that looks before it has the lock", """
                Hub.lock(lock);
                try {
                    if (core.unfinished() == 0 || nanos <= 0) {
                        return core.unfinished() == 0;
                    }""", """
                if (core.unfinished() == 0 || nanos <= 0) {
                    return core.unfinished() == 0;
                }
                Hub.lock(lock);
                try {""");
    }

    private static void addDecisions(List<Defect> all) {
        add(all, CORE, "barging: a put takes room though a putter waits for it", """
                admit();
                return element;""", "return element;");
        add(all, CORE, "barging: the newest putter first", """
                Waiter putter = putters.poll();
                if (putter == null) {
                    return;
                }""", """
                Waiter putter = putters.peek();
                while (putter != null && putters.after(putter) != null) {
                    putter = putters.after(putter);
                }
                if (putter == null) {
                    return;
                }
                putters.remove(putter);""");
        add(all, CORE, "barging: the newest taker first", "Waiter taker = takers.poll();", """
                Waiter taker = takers.peek();
                while (taker != null && takers.after(taker) != null) {
                    taker = takers.after(taker);
                }
                if (taker != null) {
                    takers.remove(taker);
                }""");
        add(all, CORE, "a put does not see the taker", """
                if (taker != null) {
                    give(taker, element);
                } else""", """
                if (taker != null && store.size() >= capacity) {
                    give(taker, element);
                } else""");
        add(all, CORE, "eventlet's: a take does not see the putter of a rendezvous",
                "if (putter == null) { return null; }", "if (putter == null || capacity == 0) { return null; }");
        add(all, CORE, "one more than the capacity is stored", "} else if (store.size() < capacity) {",
                "} else if (store.size() <= capacity && capacity > 0) {");
        add(all, CORE, "double element: what a putter brings is taken, and stays in line", """
                Waiter putter = putters.poll();
                if (putter == null) {
                    return null;""", """
                Waiter putter = putters.peek();
                if (putter == null) {
                    return null;""");
        add(all, CORE, "a resize lets one in whatever the room", "capacity = newCapacity; admit();", """
                capacity = newCapacity;
                admit();
                Waiter one = putters.poll();
                if (one != null) {
                    give(one, accept(offerOf(one)));
                }""");
        add(all, CORE, "a resize lets nobody in", "capacity = newCapacity; admit();", "capacity = newCapacity;");
        add(all, CORE, "a resize lets one in only", "while (store.size() < capacity) {",
                "if (store.size() < capacity) {");
        add(all, CORE, "one that is thrown out makes no room", """
                admit();
                done(1);""", "done(1);");
        add(all, CORE, "one whose element is refused is not told, nor the next one its turn", """
                return new Refused(e);""", "throw e;");
        add(all, CORE, "a close leaves the takers", "giveAll(takers, Answer.CLOSED);", "");
        add(all, CORE, "a close leaves the putters", "giveAll(putters, Answer.CLOSED);", "");
        add(all, CORE, "a close takes what the putters bring", "giveAll(putters, Answer.CLOSED);", """
                for (Waiter next = putters.poll(); next != null; next = putters.poll()) {
                    give(next, accept(offerOf(next)));
                }""");
        add(all, CORE, "what is handed over is not counted", """
                unfinished++;
                give(putter, Answer.ACCEPTED);""", "give(putter, Answer.ACCEPTED);");
        add(all, CORE, "a join ends before the last is done", "if (unfinished == 0) {", "if (unfinished <= 1) {");
        add(all, CORE, "a join is not told", "giveAll(joiners, Answer.ACCEPTED);", "");
        add(all, CORE, "one who no longer joins stays listed", "|| joiners.remove(waiter);", "|| joiners.isEmpty();");
    }

    private static void addStores(List<Defect> all) {
        add(all, DEQUE, "the oldest and the newest are mixed up", "return elements.pollFirst();",
                "return elements.pollLast();");
        add(all, HEAP, "of equal elements the newest first", "one.number < other.number;",
                "one.number > other.number;");
        add(all, HEAP, "one that goes to the free place does not sink", "lift(last, index, below);",
                "lift(last, index, index);");
        add(all, HEAP, "a comparator that throws has changed something", """
                int bottom = heap.size();
                int place = raise(entry, bottom);
                heap.add(entry);""", """
                int bottom = heap.size();
                heap.add(entry);
                int place = raise(entry, bottom);""");
    }

    private static void add(List<Defect> all, String file, String name, String right, String wrong) {
        all.add(new Defect(Subject.QUEUES, name, file, right, wrong));
    }
}
