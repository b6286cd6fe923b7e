package io.greenlet.sync;

import io.greenlet.waiting.WaitList;
import io.greenlet.waiting.Waiter;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What a queue decides, for one thread at a time: who gets what. Its owner guards it with a lock, parks those whom it
/// puts in line, and wakes those whom it has given something.
///
/// ## Rules, which hold between any two calls
///
/// - *Takers stand in line only while there is nothing to take:* the store is empty, and no putter stands in line.
/// - *Putters stand in line only while there is no room:* as many elements are stored as the capacity says, or more.
/// - *Nobody stands in line when it is closed.*
///
/// So a newcomer can never overtake: what it brings or finds goes through the head of the other line, or the store, and
/// both say "wait" while anyone waits on its own side. Each step looks at the heads of the two lines only.
///
/// ## Gifts
///
/// Who stands in line gets a gift, and with it leaves: a taker an element, a putter `ACCEPTED` as its element is taken
/// or stored, both `CLOSED`. A putter whose element the comparator refuses gets [Refused], and the next one its turn.
///
/// @param <T> what is queued
final class QueueCore<T> {

    /// A gift that is no element.
    enum Answer {
        /// To a putter: its element is stored, or taken. To one who joins: all is done.
        ACCEPTED,
        /// To those whom a close sends away.
        CLOSED
    }

    /// The gift of a putter whose element could not be stored.
    record Refused(Throwable why) {}

    private final Store<T> store;
    private final WaitList<Waiter> takers = new WaitList<>();
    private final WaitList<Waiter> putters = new WaitList<>(); // each brings its element
    private final WaitList<Waiter> joiners = new WaitList<>();
    private @Nullable Waiter firstWoken; // of those who have a gift and are to be woken
    private @Nullable Waiter lastWoken;
    private int capacity;
    private long unfinished;
    private boolean closed;

    QueueCore(Store<T> store, int capacity) {
        this.store = store;
        this.capacity = capacity;
    }

    // ---- putting and taking

    /// Takes an element in if that needs no wait: for the first taker, or to be stored. False if it would have to wait.
    boolean offer(T element) {
        Waiter taker = takers.poll();
        if (taker != null) {
            give(taker, element);
        } else if (store.size() < capacity) {
            store.add(element);
        } else {
            return false;
        }
        unfinished++;
        return true;
    }

    /// Gives an element out if that needs no wait: a stored one, or that of the first putter. Null if it would have to
    /// wait.
    @Nullable T poll() {
        T element = store.poll();
        if (element != null) {
            admit();
            return element;
        }
        Waiter putter = putters.poll();
        if (putter == null) {
            return null;
        }
        unfinished++;
        give(putter, Answer.ACCEPTED);
        return offerOf(putter);
    }

    /// Gives out what can be had without a wait, in order.
    List<T> pollAll(int most) {
        List<T> elements = new ArrayList<>();
        while (elements.size() < most) {
            T element;
            try {
                element = poll();
            } catch (RuntimeException | Error e) { // of the comparator: for the one who takes that element
                if (elements.isEmpty()) {
                    throw e;
                }
                break;
            }
            if (element == null) {
                break;
            }
            elements.add(element);
        }
        return elements;
    }

    /// Takes elements back that were given out, but not received: they are the next again.
    void restore(List<T> elements) {
        int next = 0;
        for (; next < elements.size() && !takers.isEmpty(); next++) {
            give(Objects.requireNonNull(takers.poll()), elements.get(next));
        }
        for (int i = elements.size() - 1; i >= next; i--) {
            store.restore(elements.get(i));
        }
    }

    /// Lets in as many putters as there is room for.
    private void admit() {
        while (store.size() < capacity) {
            Waiter putter = putters.poll();
            if (putter == null) {
                return;
            }
            give(putter, accept(offerOf(putter)));
        }
    }

    private Object accept(T element) {
        try {
            store.add(element);
            unfinished++;
            return Answer.ACCEPTED;
        } catch (RuntimeException | Error e) { // of the comparator: the putter's affair, not the caller's
            return new Refused(e);
        }
    }

    @SuppressWarnings("unchecked") // only the owner's put brings something
    private T offerOf(Waiter putter) {
        return (T) Objects.requireNonNull(putter.offer());
    }

    private void give(Waiter waiter, Object gift) {
        waiter.give(gift);
        if (lastWoken == null) {
            firstWoken = waiter;
        } else {
            lastWoken.thenWake(waiter);
        }
        lastWoken = waiter;
    }

    private void giveAll(WaitList<Waiter> line, Object gift) {
        for (Waiter next = line.poll(); next != null; next = line.poll()) {
            give(next, gift);
        }
    }

    /// Takes somebody out of line; false if it has got a gift and stands there no more.
    boolean leave(Waiter waiter) {
        return takers.remove(waiter) || putters.remove(waiter) || joiners.remove(waiter);
    }

    // ---- changing

    /// Sets another capacity, and lets in who fits now. What is stored stays.
    void resize(int newCapacity) {
        capacity = newCapacity;
        admit();
    }

    /// Takes nothing more, and sends away who waits.
    void close() {
        closed = true;
        giveAll(putters, Answer.CLOSED);
        giveAll(takers, Answer.CLOSED);
    }

    /// Throws a stored element out; false if that object is not stored.
    boolean discard(Object element) {
        if (!store.remove(element)) {
            return false;
        }
        admit();
        done(1); // last: nobody has joined what comes in at once
        return true;
    }

    /// Throws out all that is stored.
    void clear() {
        int thrownOut = store.size();
        store.clear();
        admit();
        done(thrownOut);
    }

    /// Counts elements as dealt with, at most as many as there are.
    void done(int elements) {
        unfinished = Math.max(0, unfinished - elements);
        if (unfinished == 0) {
            giveAll(joiners, Answer.ACCEPTED);
        }
    }

    /// Gives out the first of those who have a gift and are to be woken, or null for nobody.
    @Nullable Waiter takeWoken() {
        Waiter first = firstWoken;
        firstWoken = null;
        lastWoken = null;
        return first;
    }

    // ---- looking

    WaitList<Waiter> takers() {
        return takers;
    }

    WaitList<Waiter> putters() {
        return putters;
    }

    WaitList<Waiter> joiners() {
        return joiners;
    }

    Store<T> store() {
        return store;
    }

    int capacity() {
        return capacity;
    }

    long unfinished() {
        return unfinished;
    }

    boolean isClosed() {
        return closed;
    }

    /// The state in numbers, for messages.
    @Override
    public String toString() {
        return "(size=" + store.size() + ", capacity=" + (capacity == Integer.MAX_VALUE ? "unbounded" : capacity)
                + ", getting=" + takers.size() + ", putting=" + putters.size() + ", unfinished=" + unfinished
                + (closed ? ", closed)" : ")");
    }
}
