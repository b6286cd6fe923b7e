package io.greenlet.pool;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.greenlet.Hub;
import io.greenlet.waiting.WaitList;
import io.greenlet.waiting.Waiter;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Slots and the line for them.
///
/// ## One word
///
/// Size and free slots live in one `long`, so every reader sees a pair that belongs together, and taking or returning a
/// slot is one compare-and-set:
///
/// ```
///   63      62..32      31..0
///   SLOW    size        free = size - running, negative after a shrink; less what is stashed, see below
/// ```
///
/// SLOW sends everybody to the lock. It is set exactly while somebody stands in line, somebody waits for the pool to be
/// idle, or the pool is closed; it changes under the lock only. While it is set no fast path succeeds, so the word too
/// changes under the lock only, and what it says and what the line says belong together.
///
/// ## Rules
///
/// - *Nobody overtakes.* With anyone in line SLOW is set: a newcomer finds the line and joins it.
/// - *No slot is free while anyone stands in line.* A returned slot goes straight to the first in line; so does new room
///   after a resize, until either runs out. Hence `running` never touches 0 between two tasks of a line, and "idle" is
///   simply `running == 0`.
/// - *Joining races with a return.* Who finds the pool full sets SLOW by a compare-and-set on the very word that said
///   so, under the lock; a slot returned just before makes that fail, and is found.
/// - *Leaving races with a grant.* Both happen under the lock: a place is either still in line, or granted and its
///   holder owns a slot, to use or to return. Its answer says which.
///
/// Nobody is woken and nothing is started under the lock: the methods return what was granted.
///
/// ## Stashed slots
///
/// In a big pool with plenty free, tasks that end would only fight over the word's cache line with those who begin. So
/// they *stash* the slot: they count it in a cache line that is their own at that moment. The core *fetches* what was
/// stashed when the word runs dry, or when somebody has to know.
///
/// ```
///   free slots = free in the word + stashed - fetched
///
///              somebody comes, and more than half are free
///   EXACT ────────────────────────────────────────────────▶ STASHING
///         ◀────────────────────────────────────────────────
///     no slot in the word, a resize, a close, a wait for idleness, a look among others who come and go
/// ```
///
/// - *The word is exact wherever it matters*: while SLOW is set, and under the lock once [#exact()] was called. Whoever
///   sets SLOW is exact.
/// - *Stashing races with the end of it.* First it is said to be over, and what was stashed is counted then; who stashes
///   looks afterwards whether that has ended. Either the count sees the slot, or its owner sees that it came too late, and
///   returns in the ordinary way one slot that has not been fetched, if there still is one. Until then it counts as taken.
/// - *A word with a small size is exact*: nobody stashes there, and a size changes while the word is exact.
///
/// @param <P> what stands in line
final class PermitCore<P extends PermitCore.Place> {

    /// Why something stands in line.
    enum Kind {
        /// A caller of `spawn` waits with it, and is sent away when the pool closes.
        CALLER,
        /// It was left here; counts against the queue's capacity.
        QUEUED,
        /// It belongs to a stream, which bounds itself.
        STREAMED
    }

    /// What became of a request. A place is answered once, under the lock, and whoever answers it is the arbiter
    /// between a grant, a kill, a time-out, an interrupt and a close that come at the same moment.
    enum Admission {
        /// It has a slot.
        ADMITTED,
        /// It stands in line: not an answer yet.
        WAITING,
        /// There is no slot for it, or not in time.
        FULL,
        /// The pool takes nothing any more.
        CLOSED,
        /// Its task was ended before it had a slot.
        KILLED,
        /// Its task runs in the caller, without a slot.
        IN_PLACE
    }

    /// A place in line, from before it joins until long after it has left.
    abstract static class Place extends WaitList.Node {

        final Kind kind;
        final long sinceNanos;
        private volatile @Nullable Admission answer; // written once, under the core's lock

        Place(Kind kind, long sinceNanos) {
            this.kind = kind;
            this.sinceNanos = sinceNanos;
        }

        /// What became of it, or null while that is open.
        final @Nullable Admission answer() {
            return answer;
        }

        /// Tells the place its answer, under the lock: record it, wake nobody.
        void answered(Admission given) {}
    }

    /// Where the slot of a task that ends can be left.
    interface Stash {
        /// Counts one slot more, for ever, as a volatile write that no other can overwrite.
        void add();
    }

    /// The size of a pool that stashes: with fewer slots, the word would run dry too often for what a fetch costs.
    static final int STASH_FROM = 256;

    private static final long SLOW = Long.MIN_VALUE;
    private static final int SIZE_SHIFT = 32;
    private static final long FREE_MASK = 0xFFFF_FFFFL;
    private final LonelyLong word;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final WaitList<P> line = new WaitList<>();

    @GuardedBy("lock")
    private final WaitList<Waiter> idlers = new WaitList<>();

    private volatile int size; // what the word says, for those who ask often; written under lock
    private volatile int waiting; // written under lock
    private volatile int left; // written under lock: places in line whose caller has gone on

    @GuardedBy("lock")
    private int queued;

    private volatile boolean closed; // written under lock

    @GuardedBy("lock")
    private int closings; // not over yet

    @GuardedBy("lock")
    private final WaitList<Waiter> openers = new WaitList<>(); // wait until no close is left

    private final int stashFrom; // the smallest size that stashes
    private final LongSupplier stashed; // how many, ever
    /// Modulo 4: 0 while the word is exact, 1 while slots are stashed, 2 while they are fetched. It never goes back, so
    /// that who reads the word without the lock knows whether it was exact. Written under the lock.
    private volatile int phase;

    @GuardedBy("lock")
    private long fetched; // of those that were stashed

    /// A core that nobody stashes in: for what returns its slots by [#release()].
    PermitCore(int size) {
        this(size, Integer.MAX_VALUE, () -> 0);
    }

    /// A core that stashes.
    ///
    /// @param size how many slots
    /// @param stashFrom the smallest size that stashes
    /// @param stashed says how many slots have been added to all the stashes that [#release(Stash)] is called with: never
    ///     fewer than those that were there when it is called
    PermitCore(int size, int stashFrom, LongSupplier stashed) {
        this.size = size;
        this.stashFrom = stashFrom;
        this.stashed = stashed;
        word = new LonelyLong(pack(0, size, size));
    }

    private static long pack(long slow, int size, int free) {
        return slow | ((long) size << SIZE_SHIFT) | (free & FREE_MASK);
    }

    static int size(long word) {
        return (int) ((word & ~SLOW) >>> SIZE_SHIFT);
    }

    static int free(long word) {
        return (int) word;
    }

    static int running(long word) {
        return size(word) - free(word);
    }

    private static boolean isSlow(long word) {
        return word < 0;
    }

    private static long withFree(long word, int free) {
        return (word & ~FREE_MASK) | (free & FREE_MASK);
    }

    // ---- taking

    /// Takes a slot if one is free and nobody stands in line. Never waits.
    Admission tryAcquire() {
        for (;;) {
            Hub.point();
            long seen = word.get();
            if (isSlow(seen)) {
                return acquireOrJoin(null, 0);
            }
            boolean mayStash = size(seen) >= stashFrom;
            if (free(seen) <= 0) {
                return mayStash && !isDry() ? acquireOrJoin(null, 0) : Admission.FULL;
            }
            if (mayStash && free(seen) > size(seen) / 2 && !isStashing()) {
                startStashing();
            }
            Hub.point();
            if (word.compareAndSet(seen, withFree(seen, free(seen) - 1))) {
                return Admission.ADMITTED;
            }
        }
    }

    /// Takes a slot, or gives `place` its place in line: unless it is null, was answered before, or is a QUEUED one and
    /// `capacity` of these stand there. Unless it waits, the place is answered then.
    Admission acquireOrJoin(@Nullable P place, int capacity) {
        Hub.lock(lock);
        try {
            Admission before = place == null ? null : answerOf(place);
            if (before != null) {
                return before;
            }
            Admission answer = acquireOrJoinLocked(place, capacity);
            if (place != null && answer != Admission.WAITING) {
                answer(place, answer);
            }
            return answer;
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private Admission acquireOrJoinLocked(@Nullable P place, int capacity) {
        for (;;) {
            if (closed) {
                return Admission.CLOSED;
            }
            long seen = word.get();
            boolean hasSlot = free(seen) > 0 && line.isEmpty();
            if (!hasSlot && isStashing()) {
                exact();
                continue;
            }
            if (!hasSlot && (place == null || (place.kind == Kind.QUEUED && queued >= capacity))) {
                return Admission.FULL;
            }
            Hub.point();
            if (hasSlot) {
                if (word.compareAndSet(seen, withFree(seen, free(seen) - 1))) {
                    return Admission.ADMITTED;
                }
            } else if (isSlow(seen) || word.compareAndSet(seen, seen | SLOW)) {
                line.add(Objects.requireNonNull(place));
                counted(place, 1);
                return Admission.WAITING;
            }
        }
    }

    // ---- returning

    /// Returns a slot. What it returns has got the slot, and is for the caller to start.
    @Nullable P release() {
        for (;;) {
            Hub.point();
            long seen = word.get();
            if (isSlow(seen)) {
                return releaseSlowly(false);
            }
            Hub.point();
            if (word.compareAndSet(seen, withFree(seen, free(seen) + 1))) {
                return null;
            }
        }
    }

    /// Returns a slot, by stashing it if that will do.
    @Nullable P release(Stash stash) {
        Hub.point();
        if (!isStashing()) {
            return release();
        }
        Hub.point();
        stash.add();
        Hub.point();
        return isStashing() ? null : releaseSlowly(true);
    }

    /// Returns a slot, under the lock.
    ///
    /// @param late whether it was stashed too late, perhaps
    private @Nullable P releaseSlowly(boolean late) {
        WaitList<Waiter> woken = null;
        P next = null;
        Hub.lock(lock);
        try {
            if (late) {
                if (unfetched() == 0) {
                    return null;
                }
                fetched++;
            }
            if (!line.isEmpty() && free(word.get()) >= 0) {
                next = grantFirst(); // this very slot: it is never seen free
            } else {
                returnSlots(1);
            }
            if (running(word.get()) == 0) {
                woken = Waiter.giveAll(idlers, true);
            }
            settle();
        } finally {
            lock.unlock();
        }
        if (woken != null) {
            Waiter.wakeAll(woken);
        }
        return next;
    }

    /// Sets another size. What it returns has got slots, and is for the caller to start.
    List<P> resize(int newSize) {
        List<P> granted = new ArrayList<>();
        Hub.lock(lock);
        try {
            exact();
            int grants;
            for (;;) {
                long seen = word.get();
                int free = newSize - running(seen);
                grants = Math.clamp(free, 0, line.size());
                Hub.point();
                if (word.compareAndSet(seen, pack(seen & SLOW, newSize, free - grants))) {
                    break;
                }
            }
            size = newSize;
            while (granted.size() < grants) {
                granted.add(grantFirst());
            }
            settle();
        } finally {
            lock.unlock();
        }
        return granted;
    }

    /// Answers a place that has no answer yet, and takes it out of the line if it stands there; false when it has one.
    boolean withdraw(P place, Admission answer) {
        Hub.lock(lock);
        try {
            if (answerOf(place) != null) {
                return false;
            }
            if (line.remove(place)) {
                counted(place, -1);
            }
            answer(place, answer);
            settle();
            return true;
        } finally {
            lock.unlock();
        }
    }

    // ---- closing

    /// Takes nothing from now on; call [#closeIsOver()] when all that belongs to the close is done. Returns the places of
    /// waiting callers, which have left the line.
    List<P> close() {
        Hub.lock(lock);
        try {
            closings++;
            closed = true;
            exact();
            return removeAll(Kind.CALLER, Admission.CLOSED);
        } finally {
            lock.unlock();
        }
    }

    void closeIsOver() {
        WaitList<Waiter> woken = null;
        Hub.lock(lock);
        try {
            if (--closings == 0) {
                woken = Waiter.giveAll(openers, true);
            }
        } finally {
            lock.unlock();
        }
        if (woken != null) {
            Waiter.wakeAll(woken);
        }
    }

    /// Waits until no close is left, for a limited time; another may have begun when it returns.
    void awaitCloses(long nanos) throws InterruptedException {
        Waiter waiter = new Waiter();
        Hub.lock(lock);
        try {
            if (closings == 0) {
                return;
            }
            openers.add(waiter);
        } finally {
            lock.unlock();
        }
        boolean _ = awaitGift(waiter, nanos);
    }

    /// Takes places again; false if a close is not over yet.
    boolean reopen() {
        Hub.lock(lock);
        try {
            if (closings > 0) {
                return false;
            }
            closed = false;
            settle();
            return true;
        } finally {
            lock.unlock();
        }
    }

    boolean isClosed() {
        return closed;
    }

    /// Takes everything out of the line that nobody will ever start: call it when the closed pool is idle.
    List<P> abandonLine() {
        Hub.lock(lock);
        try {
            return removeAll(null, Admission.KILLED);
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private List<P> removeAll(@Nullable Kind kind, Admission answer) {
        assert lock.isHeldByCurrentThread();
        List<P> removed = new ArrayList<>();
        for (P place = line.peek(); place != null;) {
            P next = line.after(place);
            if (kind == null || place.kind == kind) {
                line.remove(place);
                counted(place, -1);
                answer(place, answer);
                removed.add(place);
            }
            place = next;
        }
        settle();
        return removed;
    }

    /// Waits until nothing runs; false when the time is over first. Nothing in line is then left out: it would be
    /// running, unless the size is 0.
    boolean awaitIdle(long nanos) throws InterruptedException {
        Waiter waiter = new Waiter();
        Hub.lock(lock);
        try {
            exact();
            for (;;) {
                long seen = word.get();
                if (running(seen) == 0) {
                    return true;
                }
                if (nanos <= 0) {
                    return false;
                }
                Hub.point();
                if (isSlow(seen) || word.compareAndSet(seen, seen | SLOW)) {
                    idlers.add(waiter);
                    break;
                }
            }
        } finally {
            lock.unlock();
        }
        return awaitGift(waiter, nanos);
    }

    /// Waits for the gift to one of the idlers or openers, who leaves these if none comes; whether it came.
    private boolean awaitGift(Waiter waiter, long nanos) throws InterruptedException {
        try {
            waiter.await(this, nanos);
        } finally {
            if (waiter.given() == null) {
                leave(waiter);
            }
        }
        return waiter.given() != null;
    }

    private void leave(Waiter waiter) {
        Hub.lock(lock);
        try {
            openers.remove(waiter); // it stands in one of them
            idlers.remove(waiter);
            settle();
        } finally {
            lock.unlock();
        }
    }

    // ---- stashed slots

    private boolean isStashing() {
        return (phase & 3) == 1;
    }

    /// Goes on to a later phase.
    @GuardedBy("lock")
    @SuppressWarnings("NonAtomicVolatileUpdate") // the lock makes it atomic; volatile is for readers without it
    private void advance(int steps) {
        assert lock.isHeldByCurrentThread();
        phase += steps;
    }

    /// Whether the word has been exact all the time since a phase was read.
    private boolean wasExactSince(int before) {
        return (before & 3) == 0 && phase == before;
    }

    /// Whether no slot was free at some moment of this call, as far as that can be said without the lock.
    private boolean isDry() {
        Hub.point();
        int before = phase;
        Hub.point();
        long seen = word.get();
        return !isSlow(seen) && free(seen) <= 0 && wasExactSince(before);
    }

    private void startStashing() {
        Hub.lock(lock);
        try {
            long seen = word.get();
            if (!isStashing() && !isSlow(seen) && size(seen) >= stashFrom) {
                advance(1);
            }
        } finally {
            lock.unlock();
        }
    }

    /// Makes the word say everything, until the lock is let go and somebody comes for a slot.
    @GuardedBy("lock")
    private void exact() {
        assert lock.isHeldByCurrentThread();
        if (!isStashing()) {
            return;
        }
        advance(1); // before it counts: who stashes after that sees it
        long found = unfetched();
        fetched += found;
        returnSlots((int) found);
        advance(2);
    }

    @GuardedBy("lock")
    private long unfetched() {
        assert lock.isHeldByCurrentThread();
        Hub.point();
        return stashed.getAsLong() - fetched;
    }

    // ---- steps under the lock

    private void returnSlots(int slots) {
        assert lock.isHeldByCurrentThread();
        for (;;) {
            long seen = word.get(); // not slow any more, perhaps: then others may change it too
            Hub.point();
            if (word.compareAndSet(seen, withFree(seen, free(seen) + slots))) {
                return;
            }
        }
    }

    /// Gives the first in line a slot that counts as taken already.
    @GuardedBy("lock")
    private P grantFirst() {
        assert lock.isHeldByCurrentThread() && isSlow(word.get());
        P place = line.poll();
        if (place == null) {
            throw new AssertionError("a slot for nobody");
        }
        counted(place, -1);
        answer(place, Admission.ADMITTED);
        return place;
    }

    @GuardedBy("lock")
    @SuppressWarnings("NonAtomicVolatileUpdate") // the lock makes it atomic; volatile is for readers without it
    private void counted(P place, int change) {
        assert lock.isHeldByCurrentThread();
        waiting = line.size();
        if (place.kind != Kind.CALLER) {
            left = left + change;
        }
        if (place.kind == Kind.QUEUED) {
            queued += change;
        }
    }

    private @Nullable Admission answerOf(P place) {
        return ((Place) place).answer;
    }

    @GuardedBy("lock")
    private void answer(P place, Admission answer) {
        assert lock.isHeldByCurrentThread() && answerOf(place) == null;
        ((Place) place).answer = answer;
        place.answered(answer);
    }

    /// Makes SLOW say what it has to.
    @GuardedBy("lock")
    private void settle() {
        assert lock.isHeldByCurrentThread();
        boolean slow = closed || !line.isEmpty() || !idlers.isEmpty();
        assert !(slow && isStashing());
        for (;;) {
            long seen = word.get();
            if (isSlow(seen) == slow || word.compareAndSet(seen, seen ^ SLOW)) {
                return;
            }
        }
    }

    // ---- looking

    /// Size and free slots at one instant, for [#size(long)], [#free(long)] and [#running(long)].
    long look() {
        long seen = word.get();
        if (size(seen) < stashFrom || isSlow(seen)) {
            return seen;
        }
        Hub.point();
        int before = phase;
        Hub.point();
        seen = word.get();
        return wasExactSince(before) ? seen : lookInStashes();
    }

    private long lookInStashes() {
        Hub.lock(lock);
        try {
            if (isStashing()) {
                long before = word.get();
                int free = free(before) + (int) unfetched();
                Hub.point();
                if (word.get() == before) { // with slots coming back one by one, there was a moment with just so many
                    return withFree(before, free);
                }
                exact();
            }
            return word.get();
        } finally {
            lock.unlock();
        }
    }

    int size() {
        return size;
    }

    int waiting() {
        return waiting;
    }

    /// How many stand in line whose caller has gone on.
    int queued() {
        return left;
    }

    /// Whether a place stands in line.
    boolean isInLine(P place) {
        Hub.lock(lock);
        try {
            return line.contains(place);
        } finally {
            lock.unlock();
        }
    }

    /// Those in line at this moment, first first.
    List<P> line() {
        List<P> places = new ArrayList<>();
        Hub.lock(lock);
        try {
            for (P place = line.peek(); place != null; place = line.after(place)) {
                places.add(place);
            }
        } finally {
            lock.unlock();
        }
        return places;
    }

    /// Who has waited longest, or null when nobody waits.
    @Nullable P first() {
        Hub.lock(lock);
        try {
            return line.peek();
        } finally {
            lock.unlock();
        }
    }
}
