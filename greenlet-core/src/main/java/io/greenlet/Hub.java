package io.greenlet;

import io.greenlet.waiting.Waiter;
import java.io.IOException;
import java.nio.channels.SelectableChannel;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Runs green threads, and keeps their clock and timers.
///
/// | hub | runs green threads | for |
/// |---|---|---|
/// | [#parallel()] | on the JDK's own virtual-thread scheduler, on all cores | the default: every JDK blocking call is green |
/// | [#cooperative(String)] | one at a time, first come, first served | no locks between two blocking calls |
/// | [#simulated(long)] | one at a time, in an order drawn from a seed, on a virtual clock | tests |
///
/// A hub is also the one seam between the primitives (events, pools, piles) and whatever schedules them. A primitive
/// that must wait calls [#park(Object)] or [#parkNanos(Object, long)]; whoever ends the wait records that in a volatile
/// field and then calls [#unpark(Thread)], or interrupts by [#interrupt(Thread)]; before an access that may race it calls
/// [#point()], and its locks it takes by [#lock(ReentrantLock)]. Code that keeps to these runs unchanged on every hub.
///
/// Thread safety: any thread may call any method of any hub.
///
/// eventlet: `eventlet.hubs`.
public abstract sealed class Hub implements AutoCloseable permits ParallelHub, SerialHub {

    private static final System.Logger LOG = System.getLogger("io.greenlet");

    private static final int YIELDS_PER_PARK = 64;

    /// Whether there was ever a simulated hub in this JVM. Plain, so that asking is free: whoever runs on one has seen the
    /// write.
    @SuppressWarnings("NonFinalStaticField")
    private static boolean simulating;

    private static final int SWITCH = 1; // in RECORDING, set by recordSpawns(boolean)
    private static final int RECORDER = 2; // and what each of recordSpawns() counts

    /// Spawns are recorded while this is not zero.
    private static final AtomicInteger RECORDING = new AtomicInteger();

    private volatile String name; // changes when a simulated hub begins anew
    private final AtomicLong ids = new AtomicLong();
    private volatile FailureHandler failureHandler = Hub::log;

    Hub(String name) {
        this.name = name;
    }

    /// Returns the hub that runs green threads on the JDK's virtual-thread scheduler. There is one; closing it has no
    /// effect.
    ///
    /// @return the parallel hub
    public static Hub parallel() {
        return ParallelHub.INSTANCE;
    }

    /// Makes a hub that runs one green thread at a time and switches at blocking calls only, in the order in which they
    /// became ready: between two of them nobody else of this hub runs, so what only its green threads share needs no
    /// lock. Close it when it has served.
    ///
    /// It takes the form that this JVM allows, and [#greensJdkBlocking()] says which:
    ///
    /// - *own carrier*, where the package `java.lang` is open to greenlet (`--add-opens
    ///   java.base/java.lang=ALL-UNNAMED`, or `Add-Opens: java.base/java.lang` in the manifest of an executable jar): a
    ///   JDK blocking call (socket, lock, `Thread.sleep`) lets others of the hub run, as greenlet's own do;
    /// - *baton*, everywhere else: only greenlet's own blocking calls do; a JDK blocking call holds the hub up unless it
    ///   stands in [#blocking(Callable)].
    ///
    /// eventlet: its hub.
    ///
    /// @param name the hub's name, for threads, messages and the actuator
    /// @return a new hub
    public static Hub cooperative(String name) {
        Objects.requireNonNull(name, "name");
        return CarrierHub.isPossible() ? new CarrierHub(name) : new BatonHub(name);
    }

    /// Makes a hub for tests: green threads run when the test says [SimulatedHub#run()], one at a time, in an order
    /// drawn from the seed, on a clock that jumps to the next deadline when nobody can run. The same seed gives the same
    /// order, in any JVM.
    ///
    /// @param seed where the order comes from
    /// @return a new hub
    public static SimulatedHub simulated(long seed) {
        simulating = true;
        return new SimulatedHub(seed);
    }

    /// Returns the hub of the calling green thread, elsewhere the parallel hub.
    ///
    /// @return the hub to spawn on and to wait with
    public static Hub current() {
        GreenTask<?> task = GreenTask.currentTask();
        return task == null ? parallel() : task.hub();
    }

    /// Marks a place where another green thread may get in between: call it before every access that may race, with no lock
    /// held but those taken by [#lock(ReentrantLock)]. On a simulated hub the seed decides whether one does; elsewhere this
    /// is free.
    public static void point() {
        if (simulating) {
            SimulatedHub.pointHere();
        }
    }

    /// Comes to a [#point()] and locks a lock that is held for a few steps only, none of which waits. On a simulated hub others run until it is free,
    /// so that a [#point()] may lie between its lock and its unlock; elsewhere this is [ReentrantLock#lock()].
    ///
    /// @param lock the lock to take; the caller unlocks it
    public static void lock(ReentrantLock lock) {
        point();
        if ((!simulating || !SimulatedHub.lockHere(lock)) && !lock.tryLock()) {
            CarrierHub.withoutSwitch(lock::lock);
        }
    }

    /// Returns the name of this hub.
    ///
    /// @return the name
    public final String name() {
        return name;
    }

    /// Says whether a green thread that blocks in the JDK (a socket, a lock, `Thread.sleep`) lets others of its hub
    /// run.
    ///
    /// @return whether JDK blocking calls are green here
    public abstract boolean greensJdkBlocking();

    /// Starts a green thread. Never blocks and is unbounded: a [io.greenlet.pool.GreenPool] sets bounds.
    ///
    /// The body does not run in the caller. Its failure is kept for those who [GreenThread#await()] it.
    ///
    /// Memory effects: what the caller did before `spawn` happens-before the body; the body happens-before the return
    /// of `await`.
    ///
    /// eventlet: `spawn`.
    ///
    /// @param body what to run
    /// @param <T> what the body returns
    /// @return the handle of the new green thread
    public final <T extends @Nullable Object> GreenThread<T> spawn(Callable<? extends T> body) {
        GreenTask<T> task = new GreenTask<>(this, body);
        task.start();
        return task;
    }

    /// Starts a green thread that nobody waits for: what its body throws goes to the [#failureHandler()].
    ///
    /// eventlet: `spawn_n`.
    ///
    /// @param body what to run
    public final void spawnN(Runnable body) {
        new GreenTask<>(this, body).start();
    }

    /// Starts a green thread after a delay, on the hub's clock, whether or not the spawner still lives then. Killed or
    /// cancelled before that, the body never runs.
    ///
    /// eventlet: `spawn_after`.
    ///
    /// @param delay how long to wait; zero or less means at once
    /// @param body what to run
    /// @param <T> what the body returns
    /// @return the handle of the green thread to come
    public final <T extends @Nullable Object> GreenThread<T> spawnAfter(Duration delay, Callable<? extends T> body) {
        return later(delay, body, null);
    }

    /// Starts a green thread after a delay unless its spawner has ended by then; in that case it is cancelled, so that
    /// those who await it get a [GreenletExit].
    ///
    /// The spawner is the calling green thread, or the calling thread where that is not a green one.
    ///
    /// eventlet: `spawn_after_local` (there, waiting for a dropped one hangs for ever).
    ///
    /// @param delay how long to wait; zero or less means at once
    /// @param body what to run
    /// @param <T> what the body returns
    /// @return the handle of the green thread to come
    public final <T extends @Nullable Object> GreenThread<T> spawnAfterLocal(Duration delay,
            Callable<? extends T> body) {
        return later(delay, body, Spawner.current());
    }

    private <T extends @Nullable Object> GreenThread<T> later(Duration delay, Callable<? extends T> body,
            @Nullable Spawner owner) {
        Objects.requireNonNull(delay, "delay");
        DelayedTask<T> task = new DelayedTask<>(this, body, owner);
        task.startAfter(nanos(delay));
        return task;
    }

    /// Calls something back after a delay, in a green thread of its own, so that it may block. What it throws goes to
    /// the [#failureHandler()].
    ///
    /// eventlet: `hub.schedule_call_global`.
    ///
    /// @param delay how long to wait; zero or less means at once
    /// @param callback what to run
    /// @return the timer, to cancel it
    public final HubTimer callAfter(Duration delay, Runnable callback) {
        Objects.requireNonNull(delay, "delay");
        Objects.requireNonNull(callback, "callback");
        return new DelayedTask<>(this, callback).callAfter(nanos(delay));
    }

    /// Suspends the calling thread for a while on this hub's clock. Zero or less yields: others that are ready get
    /// their turn.
    ///
    /// Interruption: ends the sleep at once, also when the flag was set before.
    ///
    /// eventlet: `sleep`.
    ///
    /// @param duration how long
    /// @throws InterruptedException if the thread is interrupted, as by a kill
    public abstract void sleep(Duration duration) throws InterruptedException;

    /// Lets others that are ready get their turn, and returns. eventlet: `sleep(0)`.
    public abstract void yieldNow();

    /// Runs a body that blocks in ways the hub does not see, outside the hub meanwhile: the result, the exception, a
    /// kill and a time-out are as if the body stood in its place. Where JDK blocking is green this is a plain call.
    ///
    /// eventlet: `tpool.execute`.
    ///
    /// @param body what to run
    /// @param <T> what the body returns
    /// @return what the body returned
    /// @throws Exception what the body threw
    public abstract <T extends @Nullable Object> T blocking(Callable<? extends T> body) throws Exception;

    /// Returns the time of the hub's clock in nanoseconds since some origin; compare by subtraction.
    ///
    /// @return the hub's time
    public abstract long nanoTime();

    /// Parks the calling thread until [#unpark(Thread)], an interrupt, or for no reason: call it in a loop that looks
    /// at the condition.
    ///
    /// @param blocker what the thread waits for, for thread dumps
    public abstract void park(Object blocker);

    /// Parks like [#park(Object)], for a limited time on the hub's clock.
    ///
    /// @param blocker what the thread waits for, for thread dumps
    /// @param nanos the longest wait in nanoseconds; zero or less returns at once
    public abstract void parkNanos(Object blocker, long nanos);

    /// Makes a thread that is parked on this hub ready, or its next park return at once. No fence by itself: write what
    /// the thread is to see to a volatile field first.
    ///
    /// @param thread the thread that parked, or is about to
    public abstract void unpark(Thread thread);

    /// Returns how often the calling thread looks for what it is about to wait for before it parks.
    ///
    /// @param worthIt whether looking has turned out to be worth it where it waits
    /// @return some microseconds' worth; zero to park at once, as where nobody else of the hub can run meanwhile
    public int looks(boolean worthIt) {
        return 0;
    }

    /// Interrupts a thread that may be parked on this hub. On a hub that chooses who runs, this lets the thread have its
    /// turn, where [Thread#interrupt()] would do so only in the JDK's good time.
    ///
    /// @param thread the thread to interrupt
    public abstract void interrupt(Thread thread);

    /// Waits until a channel in non-blocking mode is ready, without limit: for as long as it takes, others of the hub run.
    ///
    /// Tells of a state, not of an event: what is ready now, and stays so until it is used, is told at once, and again
    /// next time. Each call waits for itself, and leaves nothing behind: after it the channel can be closed, awaited
    /// again or made blocking. A reader and a writer may wait for the same channel at the same time, two readers may
    /// not.
    ///
    /// Close: a channel that is closed meanwhile wakes whoever waits for it, at once, with an
    /// [java.nio.channels.AsynchronousCloseException].
    ///
    /// Interruption: ends the wait, also when the flag was set before; the channel stays open.
    ///
    /// eventlet: `trampoline` (there, a close is lost on the waiter).
    ///
    /// @param channel what to wait for; in non-blocking mode, and of the JDK's own kinds
    /// @param ops what to wait for: one or more of the channel's [java.nio.channels.SelectionKey] operations
    /// @return those of the operations that are ready, at least one
    /// @throws IllegalArgumentException if `ops` is zero or has an operation that the channel does not have
    /// @throws IllegalStateException if the channel is in blocking mode; if somebody else waits for one of these
    ///     operations of it, whom the message names; or if it is a socket that is not connected
    ///     ([java.nio.channels.NotYetConnectedException]) or, for `OP_CONNECT`, not about to be
    ///     ([java.nio.channels.NoConnectionPendingException])
    /// @throws IOException if the channel is closed, before or meanwhile
    ///     ([java.nio.channels.ClosedChannelException]), or there is no descriptor for a selector
    /// @throws InterruptedException if the caller is interrupted while it waits, as by a kill
    public final int awaitReady(SelectableChannel channel, int ops) throws IOException, InterruptedException {
        try {
            return ReadinessPoller.await(this, channel, ops, Waiter.FOREVER);
        } catch (TimeoutException e) {
            throw new AssertionError("a wait without limit", e);
        }
    }

    /// Waits like [#awaitReady(SelectableChannel, int)], for a limited time on the clock of the caller's hub; zero or less
    /// does not wait, but looks. In a green thread of a simulated hub, time passes as it really does meanwhile.
    ///
    /// @param channel what to wait for; in non-blocking mode, and of the JDK's own kinds
    /// @param ops what to wait for: one or more of the channel's [java.nio.channels.SelectionKey] operations
    /// @param timeout the longest wait
    /// @return those of the operations that are ready, at least one
    /// @throws TimeoutException if none is ready in that time
    /// @throws IllegalArgumentException if `ops` is zero or has an operation that the channel does not have
    /// @throws IllegalStateException if the channel is in blocking mode, if somebody else waits for one of these
    ///     operations of it, or if it is a socket that is not connected
    /// @throws IOException if the channel is closed, before or meanwhile
    /// @throws InterruptedException if the caller is interrupted while it waits, as by a kill
    public final int awaitReady(SelectableChannel channel, int ops, Duration timeout)
            throws IOException, InterruptedException, TimeoutException {
        return ReadinessPoller.await(this, channel, ops, nanos(timeout));
    }

    /// Returns who receives failures that nobody awaits.
    ///
    /// @return the handler; at first one that logs with level ERROR to the [System.Logger] `io.greenlet`
    public final FailureHandler failureHandler() {
        return failureHandler;
    }

    /// Sets who receives failures that nobody awaits.
    ///
    /// @param handler the handler from now on
    public final void setFailureHandler(FailureHandler handler) {
        failureHandler = Objects.requireNonNull(handler, "handler");
    }

    /// Reports a failure that nobody awaits to the [#failureHandler()]. Never throws.
    ///
    /// @param source what failed, with its name
    /// @param error what was thrown
    public final void failed(String source, Throwable error) {
        try {
            failureHandler.failed(source, error);
        } catch (Throwable e) {
            logBoth(e, error);
        }
    }

    private static void logBoth(Throwable handlers, Throwable error) {
        try {
            log("failure handler", handlers);
            log("what it was given", error);
        } catch (Throwable unprintable) {
            // there is nobody left to tell
        }
    }

    private static void log(String source, Throwable error) {
        LOG.log(System.Logger.Level.ERROR, source + " failed", error);
    }

    // ---- looking inside

    /// Says whether green threads spawned from now on remember where they were spawned, and whether the parallel hub keeps
    /// a list of them: for finding out what goes on, at the price of a walk up the stack for each. Off at first.
    ///
    /// @param record whether to
    public static void recordSpawns(boolean record) {
        RECORDING.updateAndGet(now -> record ? now | SWITCH : now & ~SWITCH);
    }

    /// Records as [#recordSpawns(boolean)] does until it is told to end, whoever else begins or ends that meanwhile.
    ///
    /// @return what ends it; running that again has no effect
    public static Runnable recordSpawns() {
        RECORDING.addAndGet(RECORDER);
        AtomicBoolean ended = new AtomicBoolean();
        return () -> {
            if (!ended.getAndSet(true)) {
                RECORDING.addAndGet(-RECORDER);
            }
        };
    }

    /// Returns what the hub holds at this moment.
    ///
    /// @return a snapshot
    public abstract HubSnapshot snapshot();

    /// Returns the green threads that have not ended, with what they do and their stacks, oldest first. The parallel hub
    /// knows those that were spawned while [#recordSpawns(boolean)] was on.
    ///
    /// @return a snapshot of each
    public final List<GreenThreadSnapshot> greenThreads() {
        return tasks().stream().map(GreenTask::look).toList();
    }

    /// Watches this hub for green threads that do not let go of it.
    ///
    /// @param limit the longest time without a switch that is fine
    /// @param listener gets each stall, in a thread of its own
    /// @return the detector, to close it
    /// @throws IllegalArgumentException if the limit is not positive
    /// @throws UnsupportedOperationException if the hub runs green threads in parallel
    public abstract StallDetector detectStalls(Duration limit, Consumer<? super StallDetector.Stall> listener);

    /// Ends the hub: takes nothing from now on, kills its green threads and waits for their ends; what does not end
    /// within ten seconds is logged with its name and left to unwind when it can. Called from one of its own green
    /// threads, it waits for the others. An interrupt ends the wait; the flag is set then. Closing again only waits.
    ///
    /// The parallel hub belongs to everybody: closing it has no effect.
    @Override
    public abstract void close();

    @Override
    public String toString() {
        return name;
    }

    /// Gives a task its virtual thread, which calls [GreenTask#live()].
    abstract void execute(GreenTask<?> task);

    /// Gives a virtual thread to a part of a green thread: it runs here, next if the hub has a say in that; but whoever
    /// counts or ends the green threads of this hub sees the whole only.
    abstract void executePart(GreenTask<?> part);

    /// Unparks a thread, which runs next as soon as the caller lets go, if the hub has a say in that: control goes from
    /// one to the other as if they were one thread.
    void unparkNext(Thread thread) {
        unpark(thread);
    }

    /// A task is to be executed later; it ends with the hub.
    void enlist(GreenTask<?> task) {}

    /// A task that was enlisted or executed has ended, or will never run.
    void delist(GreenTask<?> task) {}

    /// Whether nothing can be executed here any more.
    boolean isClosed() {
        return false;
    }

    /// Whether green threads remember where they were spawned.
    boolean recordsSpawns() {
        return RECORDING.get() != 0;
    }

    /// The green threads that have not ended, as far as they are known, oldest first.
    abstract List<GreenTask<?>> tasks();

    /// What a thread that is running a task does.
    abstract GreenThreadState stateOf(Thread thread);

    /// What a thread does as far as the JDK knows, for which ready is running.
    static GreenThreadState stateInJdk(Thread thread) {
        return thread.getState() == Thread.State.RUNNABLE ? GreenThreadState.RUNNING : GreenThreadState.WAITING;
    }

    /// What a thread waits for, if that is known.
    abstract @Nullable Object blockerOf(Thread thread);

    /// A number that differs between threads that run at the same time; the same in every run of a simulation.
    int spread() {
        return (int) Thread.currentThread().threadId();
    }

    /// Whether a thread is interrupted and has not taken it up.
    boolean isInterrupted(Thread thread) {
        return thread.isInterrupted();
    }

    /// The time of [#nanoTime()], or a somewhat earlier one where that is cheaper to read.
    long coarseNanoTime() {
        return nanoTime();
    }

    /// Runs a callback that never blocks when the time has come, on a thread of the hub's.
    abstract HubTimer schedule(long delayNanos, Runnable callback);

    final long nextId() {
        return ids.incrementAndGet();
    }

    /// Takes another name, and numbers green threads from one again.
    final void beginAnewAs(String newName) {
        name = newName;
        ids.set(0);
    }

    /// Yields in the JDK's scheduler.
    ///
    /// A virtual thread that yields goes to the queue of its own carrier, which looks at no other queue while that holds
    /// anything: as many loops of yields as there are carriers starve whoever is woken by a timer or from a platform
    /// thread. So now and then this parks for the shortest time instead, which lets the carrier look around.
    @SuppressWarnings("ThreadPriorityCheck") // it is a hint, as promised
    static void yieldInJdk() {
        if (Thread.currentThread().isVirtual() && ThreadLocalRandom.current().nextInt(YIELDS_PER_PARK) == 0) {
            LockSupport.parkNanos(1);
        } else {
            Thread.yield();
        }
    }

    static long nanos(Duration duration) {
        return TimeUnit.NANOSECONDS.convert(duration); // saturates
    }
}
