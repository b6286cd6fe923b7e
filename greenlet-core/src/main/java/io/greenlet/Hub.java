package io.greenlet;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import org.jspecify.annotations.Nullable;

/// Runs green threads, and keeps their clock and timers.
///
/// [#parallel()] runs them on the JDK's own virtual-thread scheduler, on all cores: every JDK blocking call is green.
///
/// A hub is also the one seam between the primitives (events, pools, piles) and whatever schedules them. A primitive
/// that must wait calls [#park(Object)] or [#parkNanos(Object, long)]; whoever ends the wait records that in a volatile
/// field and then calls [#unpark(Thread)]; before an access that may race it calls [#point()]. Code that keeps to these
/// four runs unchanged on every hub.
///
/// Thread safety: any thread may call any method of any hub.
///
/// eventlet: `eventlet.hubs`.
public abstract sealed class Hub implements AutoCloseable permits ParallelHub {

    private static final System.Logger LOG = System.getLogger("io.greenlet");

    private final String name;
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

    /// Returns the hub of the calling green thread, elsewhere the parallel hub.
    ///
    /// @return the hub to spawn on and to wait with
    public static Hub current() {
        GreenTask<?> task = GreenTask.currentTask();
        return task == null ? parallel() : task.hub();
    }

    /// Marks a place where another green thread may get in between: call it before every access that may race. It is
    /// free on a hub that runs green threads in parallel, where the machine does the interleaving.
    public static void point() {
        // Every hub there is so far runs in parallel; one that chooses the interleaving itself chooses here.
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
        GreenTask<?> task = new DelayedTask<>(this, callback);
        return schedule(nanos(delay), task::start);
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

    /// Returns what the hub holds at this moment.
    ///
    /// @return a snapshot
    public abstract HubSnapshot snapshot();

    /// Ends the hub: kills what runs on it and waits for it. The parallel hub belongs to everybody and is not closed.
    @Override
    public abstract void close();

    @Override
    public String toString() {
        return name;
    }

    /// Gives a task its virtual thread, which calls [GreenTask#live()].
    abstract void execute(GreenTask<?> task);

    /// Runs a callback that never blocks when the time has come, on a thread of the hub's.
    abstract HubTimer schedule(long delayNanos, Runnable callback);

    final long nextId() {
        return ids.incrementAndGet();
    }

    static long nanos(Duration duration) {
        return TimeUnit.NANOSECONDS.convert(duration); // saturates
    }
}
