package io.greenlet;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A hub for tests: one green thread at a time, whose turn it is drawn from a seed, and a clock that stands still while
/// anyone can run and then jumps to the next deadline.
///
/// ```java
/// try (SimulatedHub hub = Hub.simulated(seed)) {
///     var pool = GreenPool.of(PoolOptions.named("db").withHub(hub).withSize(2));
///     hub.spawnN(...);
///     hub.run(); // until no green thread is left
/// }
/// ```
///
/// - *Order.* The next one is drawn among all that are ready whenever a green thread blocks, yields, ends, or comes to a
///   point where greenlet's primitives allow an interleaving ([Hub#point()], which tested code may call too); how often
///   it gives way at such a point depends on the seed. All timers of one instant fire before the next draw.
/// - *Repeatable.* The same seed gives the same order in any JVM, as long as the code keeps to greenlet's own blocking
///   calls and to this hub's clock, and takes no decision from hash codes of identity or other chance.
/// - *Nothing runs by itself*: only while [#run()] or [#runFor(Duration)] does, one green thread at a time, each in a
///   virtual thread of its own.
/// - *Outside.* While a green thread is in [#blocking(Callable)] or awaits a channel, the clock passes as real time does
///   and the order depends on the machine.
///
/// Thread safety: any thread may spawn here and end a wait here; one at a time may run the hub. Memory effects: what
/// the caller of `run` did before it happens-before what the green threads do, and that happens-before its return.
@SuppressWarnings("ReferenceEquality") // threads are told apart by identity
public final class SimulatedHub extends TurnHub {

    private static final long LONGEST_NANOS = Long.MAX_VALUE >> 1;

    /// How often those that are left are killed without any of them ending, before they count as not heeding it.
    private static final int UNWIND_ROUNDS = 100;

    /// How often at most: those that the killed ones spawn or let in, in their last steps, are killed too.
    private static final int MOST_UNWIND_ROUNDS = 100_000;

    private volatile long seed; // this and the next two are written while nobody runs
    private Dice dice;
    private int giveWayOf256; // how many of 256 points are given way at
    private final Baton baton;
    private final TimerHeap heap = new TimerHeap();
    private final ReentrantLock clock = new ShortLock(); // guards heap, now and until
    private final ReentrantLock turn = new ReentrantLock(); // one run at a time
    private long now;
    private long until; // the last instant of this run
    private long trace;
    private int spread;
    private volatile @Nullable Driver driver; // of the run that goes on

    /// A thread that runs the hub.
    private static final class Driver {

        /// How it waits. One in a green thread of another simulated hub holds that up: what it waits for is outside it.
        final Hub hub = Hub.current() instanceof SimulatedHub ? Hub.parallel() : Hub.current();

        final Thread thread = Thread.currentThread();
        volatile boolean idle; // nobody can run at this time; written under the baton's lock, and by the driver

        void wake() {
            hub.unpark(thread);
        }
    }

    /// Numbers from a seed, the same everywhere: SplitMix64 (Steele, Lea, Flood 2014).
    private static final class Dice {

        private long state;

        Dice(long seed) {
            state = seed;
        }

        long next() {
            state += 0x9E37_79B9_7F4A_7C15L;
            long z = state;
            z = (z ^ (z >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
            z = (z ^ (z >>> 27)) * 0x94D0_49BB_1331_11EBL;
            return z ^ (z >>> 31);
        }

        int next(int bound) {
            return (int) (((next() >>> 32) * bound) >>> 32);
        }
    }

    /// Who is ready, and the draw.
    private final class Draw implements Baton.Line {

        private final List<Fiber> ready = new ArrayList<>();
        private final Queue<Fiber> first = new ArrayDeque<>(); // not to be drawn: it goes on where another one stopped

        @Override
        public void add(Fiber fiber) {
            ready.add(fiber);
            wakeDriver();
        }

        @Override
        public void addFirst(Fiber fiber) {
            first.add(fiber);
            wakeDriver();
        }

        private void wakeDriver() {
            Driver driving = driver;
            if (driving != null && driving.idle) { // somebody outside made it ready
                driving.wake();
            }
        }

        @Override
        public @Nullable Fiber next() {
            Driver driving = driver;
            if (driving == null || driving.idle) {
                return null;
            }
            Fiber follower = first.poll();
            if (follower != null) {
                trace = trace * 31 + follower.number;
                return follower;
            }
            while (ready.isEmpty()) {
                if (!baton.readyInterrupted() && (baton.outside() > 0 || !fireNext())) {
                    driving.idle = true;
                    driving.wake();
                    return null;
                }
            }
            int count = ready.size();
            Fiber drawn = ready.remove(count == 1 ? 0 : dice.next(count));
            trace = trace * 31 + drawn.number;
            return drawn;
        }

        @Override
        public int size() {
            return ready.size() + first.size();
        }
    }

    private final class Timer extends TimerHeap.Entry {

        Timer(Runnable callback) {
            super(callback);
        }

        @Override
        public boolean cancel() {
            clock.lock();
            try {
                return heap.remove(this);
            } finally {
                clock.unlock();
            }
        }

        @Override
        public boolean isPending() {
            clock.lock();
            try {
                return isQueued();
            } finally {
                clock.unlock();
            }
        }
    }

    SimulatedHub(long seed) {
        super(nameOf(seed));
        this.seed = seed;
        dice = new Dice(seed);
        giveWayOf256 = frequency(dice);
        baton = new Baton(this, new Draw());
    }

    private static String nameOf(long seed) {
        return "simulated-" + seed;
    }

    private static int frequency(Dice dice) {
        return new int[]{16, 64, 96, 160}[dice.next(4)];
    }

    /// Returns where the order comes from.
    ///
    /// @return the seed
    public long seed() {
        return seed;
    }

    /// Runs green threads until none is left, however much virtual time that takes: timers fire as the clock jumps to
    /// them.
    ///
    /// @throws IllegalStateException if those left can never wake: the message says who waits for what, and where each
    /// was spawned; or if called from one of the hub's own green threads, or while another thread runs the hub
    /// @throws CancellationException if the caller is interrupted; its flag is set then, and the run can be taken up again
    public void run() {
        drive(LONGEST_NANOS);
        List<GreenTask<?>> left = tasks();
        if (!left.isEmpty()) {
            throw new IllegalStateException(stuck(left));
        }
    }

    /// Runs green threads for a span of virtual time, at the end of which the clock has moved by exactly that, whether
    /// anyone was there to run or not. What is due at its last instant runs too.
    ///
    /// @param virtualTime how long; zero runs what can run now
    /// @throws IllegalArgumentException if the time is negative
    /// @throws IllegalStateException if called from one of the hub's own green threads, or while another thread runs it
    /// @throws CancellationException if the caller is interrupted; its flag is set then
    public void runFor(Duration virtualTime) {
        long nanos = nanos(virtualTime);
        if (nanos < 0) {
            throw new IllegalArgumentException("virtual time must not be negative: " + virtualTime);
        }
        drive(Math.min(nanos, LONGEST_NANOS));
        setClock(until);
    }

    /// Begins anew, as a fresh hub of a seed would: kills the green threads that are left and runs them to their ends,
    /// drops the timers that are left, and sets the clock, the order and the numbers of green threads back. What is bound
    /// to this hub (a pool, an application context with its beans) stays so, and can serve the next test.
    ///
    /// A pool gives what it has in line the slots of those that are killed: [io.greenlet.pool.GreenPool#killAll()] first
    /// spares those their first steps.
    ///
    /// @param newSeed where the order comes from, from now on
    /// @throws IllegalStateException if green threads are left that do not heed the kill, if the hub is closed, or if
    ///     called from one of the hub's own green threads, or while another thread runs the hub
    /// @throws CancellationException if the caller is interrupted; its flag is set then
    public void restart(long newSeed) {
        if (isClosed()) {
            throw new IllegalStateException(this + " is closed");
        }
        takeTurn(); // kills nobody for a caller who may not run them
        turn.unlock();
        List<GreenTask<?>> left = tasks();
        int unheeded = 0;
        for (int round = 0; round < MOST_UNWIND_ROUNDS && unheeded < UNWIND_ROUNDS && !left.isEmpty(); round++) {
            left.forEach(task -> task.kill(new GreenletExit(this + " was restarted")));
            drive(PATIENCE_NANOS);
            Set<GreenTask<?>> killed = Set.copyOf(left);
            left = tasks();
            unheeded = killed.size() <= left.size() && Set.copyOf(left).containsAll(killed) ? unheeded + 1 : 0;
        }
        if (!left.isEmpty()) {
            throw new IllegalStateException(this + " cannot begin anew: still running after the kill: "
                    + left.stream().map(GreenTask::name).toList());
        }
        takeTurn();
        try {
            beginAnew(newSeed);
        } finally {
            turn.unlock();
        }
    }

    private void beginAnew(long newSeed) {
        beginAnewAs(nameOf(newSeed));
        seed = newSeed;
        dice = new Dice(newSeed);
        giveWayOf256 = frequency(dice);
        trace = 0;
        spread = 0;
        baton.restart();
        clock.lock();
        try {
            for (TimerHeap.Entry entry = heap.first(); entry != null; entry = heap.first()) {
                heap.remove(entry);
            }
            now = 0;
            until = 0;
        } finally {
            clock.unlock();
        }
    }

    private void takeTurn() {
        if (isInside()) {
            throw new IllegalStateException(
                    this + " must be run from outside: its own green thread would wait for itself");
        }
        if (turn.isHeldByCurrentThread() || !turn.tryLock()) {
            throw new IllegalStateException(this + " is being run by another thread, or by this one further up");
        }
    }

    private void drive(long nanos) {
        takeTurn();
        try {
            until = now + nanos;
            Driver here = new Driver();
            driver = here;
            do {
                here.idle = false;
                baton.proceed();
                awaitIdle(here);
            } while (baton.ready() > 0 || letTimePass(here));
        } finally {
            driver = null;
            turn.unlock();
        }
    }

    private void awaitIdle(Driver here) {
        for (;;) {
            if (Thread.currentThread().isInterrupted()) {
                throw new CancellationException("interrupted while running " + this);
            }
            if (here.idle) {
                return;
            }
            here.hub.park(this);
        }
    }

    /// While someone is outside, the clock passes as real time does; false when nobody is, or this run's time is over.
    private boolean letTimePass(Driver here) {
        if (baton.outside() == 0) {
            return baton.ready() > 0; // someone may just have come back
        }
        long deadline = nextDeadline();
        long left = deadline - now;
        if (left <= 0) {
            return fireNext(); // false when this run's time is over and nothing is due
        }
        long start = here.hub.nanoTime();
        here.hub.parkNanos(this, left);
        long passed = here.hub.nanoTime() - start;
        setClock(now + Math.min(passed, left));
        return true;
    }

    // ---- the clock

    /// Moves the clock to the next deadline of this run and fires all timers of that instant; false if there is none.
    private boolean fireNext() {
        List<Runnable> due = new ArrayList<>();
        clock.lock();
        try {
            TimerHeap.Entry first = heap.first();
            if (first == null || first.deadline() - until > 0) {
                return false;
            }
            if (first.deadline() - now > 0) {
                now = first.deadline();
            }
            for (TimerHeap.Entry entry = heap.pollDue(now); entry != null; entry = heap.pollDue(now)) {
                due.add(entry.callback);
            }
        } finally {
            clock.unlock();
        }
        for (Runnable callback : due) {
            try {
                callback.run();
            } catch (Throwable e) {
                failed("timer callback", e);
            }
        }
        return true;
    }

    private long nextDeadline() {
        clock.lock();
        try {
            TimerHeap.Entry first = heap.first();
            return first == null || first.deadline() - until > 0 ? until : first.deadline();
        } finally {
            clock.unlock();
        }
    }

    private void setClock(long instant) {
        clock.lock();
        try {
            now = instant;
        } finally {
            clock.unlock();
        }
    }

    @Override
    public long nanoTime() {
        clock.lock();
        try {
            return now;
        } finally {
            clock.unlock();
        }
    }

    @Override
    HubTimer schedule(long delayNanos, Runnable callback) {
        Timer timer = new Timer(callback);
        clock.lock();
        try {
            heap.add(timer, now + Math.clamp(delayNanos, 0, LONGEST_NANOS));
        } finally {
            clock.unlock();
        }
        Driver driving = driver;
        if (driving != null && driving.idle) {
            driving.wake();
        }
        return timer;
    }

    // ---- whose turn it is

    static void pointHere() {
        GreenTask<?> task = GreenTask.currentTask();
        if (task != null && task.hub() instanceof SimulatedHub hub) {
            hub.giveWay();
        }
    }

    private void giveWay() {
        if (baton.mayYield() && dice.next(256) < giveWayOf256) {
            baton.yieldTurn();
        }
    }

    /// Takes a lock in turns with the other green threads; false if the caller is none of a simulated hub.
    static boolean lockHere(ReentrantLock lock) {
        GreenTask<?> task = GreenTask.currentTask();
        if (task == null || !(task.hub() instanceof SimulatedHub hub) || !hub.baton.mayYield()) {
            return false;
        }
        while (!lock.tryLock()) {
            hub.baton.yieldTurn();
        }
        return true;
    }

    /// Returns the order so far in one number: who had the turn after whom. Two runs of one seed that differ in it show
    /// that the code under test took a decision by chance.
    ///
    /// @return a digest of all turns
    public long trace() {
        return trace;
    }

    /// Whether it looks is drawn too: what a place has learned may come from before a restart, or from outside.
    @Override
    public int looks(boolean worthIt) {
        return baton.mayYield() ? dice.next(2) : 0; // one is enough: after it another may get the turn
    }

    @Override
    Baton baton() {
        return baton;
    }

    @Override
    int spread() {
        return spread++;
    }

    @Override
    int timers() {
        clock.lock();
        try {
            return heap.size();
        } finally {
            clock.unlock();
        }
    }

    @Override
    String kind() {
        return "simulated";
    }

    @Override
    boolean recordsSpawns() {
        return true;
    }

    // ---- the end

    /// Those who are killed need somebody to run them.
    @Override
    void awaitOthers(@Nullable GreenTask<?> here) {
        if (here == null && !turn.isLocked()) {
            boolean flagged = Thread.interrupted(); // they shall unwind all the same
            try {
                drive(PATIENCE_NANOS);
            } catch (CancellationException e) {
                // interrupted meanwhile: the flag says so
            } finally {
                if (flagged) {
                    Thread.currentThread().interrupt();
                }
            }
        } else {
            super.awaitOthers(here);
        }
    }

    private String stuck(List<GreenTask<?>> left) {
        StringBuilder text = new StringBuilder("nothing can wake ").append(left.size()).append(" green threads of ")
                .append(this).append(':');
        for (GreenTask<?> task : left) {
            GreenThreadSnapshot seen = task.look();
            text.append("\n  ").append(seen.name()).append(" waits for ").append(seen.waitsFor());
            if (seen.spawnedAt() != null) {
                text.append(", spawned at ").append(seen.spawnedAt());
            }
            seen.stack().forEach(frame -> text.append("\n    at ").append(frame));
        }
        return text.toString();
    }
}
