package io.greenlet.sync;

import io.greenlet.simulation.Workload;
import io.greenlet.waiting.WaitList;
import io.greenlet.waiting.Waiter;
import java.lang.reflect.Field;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A queue of any kind and capacity, and some who put, take, drain, resize, throw out, join, close and kill each other.
///
/// Three oracles: every element is received once, or not put at all; nobody who was seen in line is overtaken; and a step
/// in which nobody else had a turn changes the queue as a plain list would.
@SuppressWarnings("ReferenceEquality") // waiters and elements are told apart by identity
public final class QueueWorkload extends Workload {

    private static final Field CORE;

    static {
        try {
            CORE = GreenQueue.class.getDeclaredField("core");
            CORE.setAccessible(true);
        } catch (NoSuchFieldException e) {
            throw new AssertionError(e);
        }
    }

    /// What became of an element, as those who put and take it know.
    private static final class Item {

        final int number;
        final int rank;
        boolean accepted; // its put has returned
        boolean refused; // its put has failed
        int received;
        int storedSince = Integer.MAX_VALUE; // when it was first seen stored

        Item(int number, int rank) {
            this.number = number;
            this.rank = rank;
        }

        /// The comparator does not take it.
        boolean isOdd() {
            return rank < 0;
        }

        @Override
        public String toString() {
            return number + "/" + rank;
        }
    }

    private static final class Odd extends RuntimeException {

        private static final long serialVersionUID = 1L;

        Odd() {
            super("on purpose", null, false, false);
        }
    }

    private enum Kind {
        FIFO, LIFO, PRIORITY
    }

    /// The queue at one moment, or what it should be.
    private static final class State {

        final List<Item> stored = new ArrayList<>();
        final List<Item> putters = new ArrayList<>();
        final List<Waiter> takers = new ArrayList<>();
        int capacity;
        boolean closed;
        long unfinished;

        State copy() {
            State copy = new State();
            copy.stored.addAll(stored);
            copy.putters.addAll(putters);
            copy.takers.addAll(takers);
            copy.capacity = capacity;
            copy.closed = closed;
            copy.unfinished = unfinished;
            return copy;
        }

        boolean isLike(State other) {
            return stored.equals(other.stored) && putters.equals(other.putters) && takers.equals(other.takers)
                    && capacity == other.capacity && closed == other.closed && unfinished == other.unfinished;
        }

        @Override
        public String toString() {
            return stored + " of " + capacity + ", putters " + putters + ", takers " + takers.size() + ", unfinished "
                    + unfinished + (closed ? ", closed" : "");
        }
    }

    private GreenQueue<Item> queue = GreenQueue.fifo();
    private Kind kind = Kind.FIFO;
    private final List<Item> items = new ArrayList<>();
    private final Map<Waiter, Integer> places = new HashMap<>(); // in line, by the order in which they were seen
    private int putting;
    private int getting;
    private int joining;
    private int looks;
    private int idleLooks; // at which nothing was unfinished
    private boolean settled; // nobody may be left to wait for ever from now on

    /// For loading by name.
    public QueueWorkload() {}

    @Override
    protected void prepare() {
        items.clear();
        places.clear();
        putting = 0;
        getting = 0;
        joining = 0;
        looks = 0;
        idleLooks = 0;
        settled = false;
        kind = Kind.values()[random(3)];
        int capacity = random(4);
        queue = switch (kind) {
            case FIFO -> GreenQueue.fifo(capacity);
            case LIFO -> GreenQueue.lifo(capacity);
            case PRIORITY -> GreenQueue.priority(capacity, QueueWorkload::compare);
        };
        int actors = 3 + random(3);
        for (int i = 0; i < actors; i++) {
            actor(2 + random(3), this::act);
        }
    }

    private static int compare(Item one, Item other) {
        if (one.isOdd() || other.isOdd()) {
            throw new Odd();
        }
        return Integer.compare(one.rank, other.rank);
    }

    private void act() throws InterruptedException {
        look();
        switch (random(22)) {
            case 0, 1, 2, 3 -> put(settled ? Duration.ofMillis(random(4)) : null);
            case 4 -> put(Duration.ofMillis(random(4)));
            case 5, 6 -> put(Duration.ZERO);
            case 7, 8, 9, 10 -> take(null);
            case 11 -> take(Duration.ofMillis(random(4)));
            case 12, 13 -> take(Duration.ZERO);
            case 14 -> drain();
            case 15 -> resize();
            case 16 -> discard();
            case 17 -> join();
            case 18, 19, 20 -> actors().get(random(actors().size())).kill();
            default -> {
                if (chance(3)) {
                    close();
                }
            }
        }
        look();
        dawdle();
    }

    // ---- looking

    /// The queue as it is. Only one thread runs at a time, so this needs no lock, where others might get in between.
    @SuppressWarnings("unchecked")
    private QueueCore<Item> core() {
        try {
            return (QueueCore<Item>) CORE.get(queue);
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }

    private static List<Waiter> line(WaitList<Waiter> line) {
        List<Waiter> waiters = new ArrayList<>();
        for (Waiter next = line.peek(); next != null; next = line.after(next)) {
            waiters.add(next);
        }
        return waiters;
    }

    private State look() {
        QueueCore<Item> core = core();
        State now = new State();
        core.store().copyTo(now.stored);
        line(core.putters()).forEach(putter -> now.putters.add((Item) Objects.requireNonNull(putter.offer())));
        now.takers.addAll(line(core.takers()));
        now.capacity = core.capacity();
        now.closed = core.isClosed();
        now.unfinished = core.unfinished();
        looks++;
        idleLooks += now.unfinished == 0 ? 1 : 0;
        inOrder(line(core.putters()));
        inOrder(now.takers);
        for (Item item : now.stored) {
            item.storedSince = Math.min(item.storedSince, looks);
            rule(!item.refused, item + " is stored though its put failed");
            rule(item.received == 0, item + " is stored though it was received");
        }
        for (Item item : now.putters) {
            rule(!item.accepted && !item.refused && item.received == 0, item + " is in line though its put is over");
        }
        rule(now.takers.isEmpty() || (now.stored.isEmpty() && now.putters.isEmpty()), "a taker waits: " + now);
        rule(now.putters.isEmpty() || now.stored.size() >= now.capacity, "a putter waits: " + now);
        rule(!now.closed || (now.takers.isEmpty() && now.putters.isEmpty()), "somebody waits: " + now);
        rule(now.unfinished > 0 || core.joiners().isEmpty(), "somebody joins what is done: " + now);
        if (kind == Kind.PRIORITY) {
            now.stored.sort(Comparator.comparingInt(item -> item.number));
        }
        return now;
    }

    private void inOrder(List<Waiter> line) {
        int last = -1;
        for (Waiter waiter : line) {
            int place = places.computeIfAbsent(waiter, _ -> places.size());
            rule(place > last, "the line has changed its order");
            last = place;
        }
    }

    /// What the queue should be now, if nobody else had a turn.
    private void expect(long turn, State expected) {
        State now = look();
        if (turn == hub().trace()) {
            rule(now.isLike(expected), "is " + now + " instead of " + expected);
        }
    }

    // ---- a plain list that does the same

    private boolean stores(State state, Item item) {
        if (kind == Kind.PRIORITY && !state.stored.isEmpty()
                && (item.isOdd() || state.stored.stream().anyMatch(Item::isOdd))) {
            return false;
        }
        if (kind == Kind.LIFO) {
            state.stored.addFirst(item);
        } else {
            state.stored.addLast(item);
        }
        if (kind == Kind.PRIORITY) {
            state.stored.sort(Comparator.comparingInt(each -> each.number));
        }
        state.unfinished++;
        return true;
    }

    private void admits(State state) {
        while (!state.putters.isEmpty() && state.stored.size() < state.capacity) {
            boolean _ = stores(state, state.putters.removeFirst());
        }
    }

    private boolean putsAtOnce(State state, Item item) {
        if (!state.takers.isEmpty()) {
            state.takers.removeFirst();
            state.unfinished++;
            return true;
        }
        return state.stored.size() < state.capacity && stores(state, item);
    }

    private void gives(State state, Item item) {
        if (state.stored.isEmpty()) {
            rule(!state.putters.isEmpty() && state.putters.removeFirst() == item, item + " was not the first in line");
            state.unfinished++;
            return;
        }
        switch (kind) {
            case FIFO, LIFO -> rule(state.stored.getFirst() == item, item + " was not the next of " + state);
            case PRIORITY -> rule(state.stored.stream().noneMatch(other -> isBefore(other, item)),
                    item + " was not the least of " + state);
        }
        rule(state.stored.remove(item), item + " was not there: " + state);
        admits(state);
    }

    private static boolean isBefore(Item one, Item other) {
        return one.rank < other.rank || (one.rank == other.rank && one.storedSince < other.storedSince);
    }

    // ---- steps

    private void put(@Nullable Duration limit) throws InterruptedException {
        Item item = new Item(items.size(), kind == Kind.PRIORITY ? random(8) - 1 : 0);
        items.add(item);
        State before = look();
        List<Waiter> ahead = line(core().putters());
        long turn = hub().trace();
        long start = hub().nanoTime();
        boolean in = false;
        putting++;
        try {
            if (limit == null) {
                queue.put(item);
                in = true;
            } else {
                in = (limit.isZero() && chance(2)) ? queue.offer(item) : queue.offer(item, limit);
            }
        } catch (QueueClosedException e) {
            rule(look().closed, "closed to a put");
        } catch (Odd e) {
            rule(turn != hub().trace() || !stores(before.copy(), item), "refused for no reason");
        } finally {
            putting--;
            item.accepted = in;
            item.refused = !in;
            rule(in ? item.received <= 1 : item.received == 0, item + " was received, and its put failed");
        }
        if (in) {
            List<Waiter> still = line(core().putters());
            rule(ahead.stream().noneMatch(still::contains), item + " overtook a putter");
            rule(turn != hub().trace() || !before.closed, "put into a closed queue");
        }
        inTime(limit, start, in);
        State expected = before.copy();
        boolean should = !before.closed && putsAtOnce(expected, item);
        rule(turn != hub().trace() || should == in, "put of " + item + " into " + before + ": " + in);
        expect(turn, expected);
    }

    private void take(@Nullable Duration limit) throws InterruptedException {
        State before = look();
        long turn = hub().trace();
        long start = hub().nanoTime();
        Item item = null;
        getting++;
        try {
            if (limit == null) {
                item = queue.take();
            } else {
                item = (limit.isZero() && chance(2)) ? queue.poll() : queue.poll(limit);
            }
        } catch (QueueClosedException e) {
            rule(look().closed, "closed to a take");
        } finally {
            getting--;
        }
        inTime(limit, start, item != null);
        State expected = before.copy();
        if (item != null) {
            received(item);
            List<Waiter> still = line(core().takers());
            rule(before.takers.stream().noneMatch(still::contains), item + " overtook a taker");
            if (turn == hub().trace()) {
                gives(expected, item);
            }
        } else {
            rule(turn != hub().trace() || (before.stored.isEmpty() && before.putters.isEmpty()), "found nothing");
        }
        expect(turn, expected);
        if (item != null && chance(2)) {
            taskDone();
        }
    }

    private void received(Item item) {
        item.received++;
        rule(item.received == 1, item + " was received twice");
        rule(!item.refused, item + " was received, and its put failed");
    }

    private void inTime(@Nullable Duration limit, long start, boolean done) {
        long waited = hub().nanoTime() - start;
        rule(limit == null || waited <= limit.toNanos(), "waited longer than its limit");
        rule(done || limit == null || look().closed || waited == limit.toNanos() || kind == Kind.PRIORITY,
                "gave up after " + waited + " ns");
    }

    private void drain() {
        State before = look();
        long turn = hub().trace();
        List<Item> drained = new ArrayList<>();
        int most = 1 + random(4);
        int moved = queue.drainTo(drained, most);
        rule(moved == drained.size() && moved <= most, "drained " + moved + ": " + drained);
        drained.forEach(this::received);
        State expected = before.copy();
        if (turn == hub().trace()) {
            drained.forEach(item -> gives(expected, item));
            rule(moved == most || (expected.stored.isEmpty() && expected.putters.isEmpty()), "left " + expected);
        }
        expect(turn, expected);
    }

    private void resize() {
        State expected = look().copy();
        long turn = hub().trace();
        expected.capacity = random(4);
        queue.resize(expected.capacity);
        admits(expected);
        expect(turn, expected);
    }

    private void discard() {
        State expected = look().copy();
        if (expected.stored.isEmpty()) {
            return;
        }
        Item item = expected.stored.get(random(expected.stored.size()));
        long turn = hub().trace();
        boolean gone = queue.remove(item);
        if (gone) {
            received(item);
        }
        expected.stored.remove(item);
        expected.unfinished = Math.max(0, expected.unfinished - 1);
        admits(expected);
        rule(gone || turn != hub().trace(), item + " was not there");
        expect(turn, expected);
    }

    private void taskDone() {
        State expected = look().copy();
        long turn = hub().trace();
        try {
            queue.taskDone();
            rule(turn != hub().trace() || expected.unfinished > 0, "done too often");
            expected.unfinished--;
        } catch (IllegalStateException e) {
            rule(turn != hub().trace() || expected.unfinished == 0, "refused what is done");
        }
        expect(turn, expected);
    }

    private void join() throws InterruptedException {
        boolean idle = look().unfinished == 0;
        long turn = hub().trace();
        int before = idleLooks;
        boolean joined;
        joining++;
        try {
            joined = (settled || chance(2)) ? queue.join(Duration.ofMillis(random(4))) : joinedForEver();
        } finally {
            joining--;
        }
        int since = idleLooks;
        rule(!joined || idle || since > before || look().unfinished == 0, "joined though not all was done");
        rule(joined || !idle || turn != hub().trace(), "not joined though all was done");
    }

    private boolean joinedForEver() throws InterruptedException {
        queue.join();
        return true;
    }

    private void close() {
        State expected = look().copy();
        long turn = hub().trace();
        queue.close();
        expected.closed = true;
        expected.putters.clear();
        expected.takers.clear();
        expect(turn, expected);
    }

    // ---- the end

    @Override
    protected void settle() {
        State now = look();
        rule(now.putters.size() == putting, putting + " put: " + now);
        rule(now.takers.size() == getting, getting + " take: " + now);
        rule(core().joiners().size() == joining, joining + " join: " + now);
        settled = true;
        queue.close();
        finish();
    }

    private void finish() {
        for (Item item = queue.poll(); item != null; item = queue.poll()) {
            received(item);
        }
        while (look().unfinished > 0) {
            queue.taskDone();
        }
    }

    @Override
    protected void check() {
        finish();
        rule(putting == 0 && getting == 0 && joining == 0, "still waited for");
        for (Item item : items) {
            rule(item.accepted != item.refused, "the put of " + item + " is not over");
            rule(item.received == (item.accepted ? 1 : 0), item + " was received " + item.received + " times");
        }
    }
}
