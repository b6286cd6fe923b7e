package io.greenlet.pool;

import io.greenlet.GreenFutures;
import io.greenlet.GreenThread;
import io.greenlet.Hub;
import io.greenlet.waiting.Waiter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// An [java.util.concurrent.ExecutorService] whose tasks are green threads in the slots of a [GreenPool]: each has a
/// green thread of its own, at most so many run at once, and the rest stand in line.
///
/// Submitting never blocks. What it returns is a [GreenThread]: cancelled in line it leaves its place at once;
/// `cancel(true)` kills it if it runs. When it is done, what it did is in the [#statistics()].
///
/// ```
///   submit ─▶ shut down? ─▶ Admission ─▶ a slot is free? ─yes─▶ runs ─▶ done
///                                              │ no                ▲
///                                              └──▶ line ──────────┘ first come, first served
///   shutdown: takes nothing more, finishes the line          close: the same, and waits
///   shutdownAbandoningQueue: cancels the line                shutdownNow: cancels the line, and kills what runs
/// ```
///
/// {@snippet class="io.greenlet.snippets.ExecutorSnippetsTests" region="executor"}
///
/// **Fairness.** Tasks begin in the order in which they were submitted, among all users of the pool.
///
/// **Re-entry.** A task that waits for another one of its own full executor does not wait for ever: an
/// [GreenThread#await()], [Future#get()], [#invokeAll(Collection)], [#invokeAny(Collection)], [#map(Function, Iterable)]
/// or [GreenFutures] without limit runs the task in line in place; `execute` from a task of the full pool runs the
/// command in place, since nobody can wait for that; `awaitTermination` and `close` are refused. A wait with a limit ends
/// by that.
///
/// **Failures.** What a body throws is in its future; from `execute` it goes to the hub's failure handler. If no thread is
/// to be had for a task that was taken, its future says so.
///
/// **Whose pool.** The executor ends its own tasks only: a pool that it was given, or that [#pool()] was asked for, goes
/// on after it.
///
/// Thread safety: any thread, on any hub, may call any method. Memory effects: what was done before a submission
/// happens-before the body; the body happens-before the return of `get`, and all bodies before that of
/// [#awaitTermination(Duration)] with true.
///
/// futurist: `GreenThreadPoolExecutor`.
public final class GreenThreadPoolExecutor extends AbstractExecutorService {

    /// How long a close with a deadline waits, at least, for killed tasks to unwind.
    private static final Duration LEAST_UNWIND = Duration.ofSeconds(1);
    private static final System.Logger LOG = System.getLogger("io.greenlet.pool");
    private static final Admission ANY = new BacklogLimit(Integer.MAX_VALUE);

    private final ExecutorCore core;

    /// An executor of 1000 workers on the parallel hub. futurist: the same.
    public GreenThreadPoolExecutor() {
        this(PoolOptions.DEFAULT_SIZE);
    }

    /// An executor on the parallel hub that takes whatever comes.
    ///
    /// @param maxWorkers how many tasks may run at once, positive
    /// @throws IllegalArgumentException if it is not
    public GreenThreadPoolExecutor(int maxWorkers) {
        this(maxWorkers, ANY);
    }

    /// An executor on the parallel hub.
    ///
    /// @param maxWorkers how many tasks may run at once, positive
    /// @param checkAndReject decides whether a task is taken
    /// @throws IllegalArgumentException if the number is not positive
    public GreenThreadPoolExecutor(int maxWorkers, Admission checkAndReject) {
        this(GreenPool.of(PoolOptions.named("executor").withSize(requireWorkers(maxWorkers))), checkAndReject);
    }

    private GreenThreadPoolExecutor(GreenPool pool, Admission admission) {
        Objects.requireNonNull(pool, "pool");
        Objects.requireNonNull(admission, "checkAndReject");
        core = admission instanceof BacklogLimit(int limit)
                ? new ExecutorCore(pool, limit, () -> {
                })
                : new ExecutorCore(pool, Integer.MAX_VALUE, () -> admission.check(this, statistics().queued()));
    }

    /// Makes an executor with a pool of its own. Of the options, [PoolOptions#whenFull()] and [PoolOptions#maxWait()]
    /// mean nothing here: submitting never waits.
    ///
    /// @param options how its pool is made: name, size, hub, queue capacity, time limit, decorator
    /// @return a new executor
    /// @throws IllegalArgumentException if the size is zero
    public static GreenThreadPoolExecutor of(PoolOptions options) {
        return of(options, ANY);
    }

    /// Makes an executor with a pool of its own.
    ///
    /// @param options how its pool is made
    /// @param checkAndReject decides whether a task is taken
    /// @return a new executor
    /// @throws IllegalArgumentException if the size is zero
    public static GreenThreadPoolExecutor of(PoolOptions options, Admission checkAndReject) {
        int _ = requireWorkers(options.size());
        return new GreenThreadPoolExecutor(GreenPool.of(options), checkAndReject);
    }

    /// Makes an executor that shares a pool with others. Its figures and its end are its own; slots and the line are
    /// shared.
    ///
    /// @param pool the pool, which goes on when the executor has ended
    /// @return a new executor
    public static GreenThreadPoolExecutor over(GreenPool pool) {
        return over(pool, ANY);
    }

    /// Makes an executor that shares a pool with others.
    ///
    /// @param pool the pool, which goes on when the executor has ended
    /// @param checkAndReject decides whether a task is taken; the backlog is that of this executor's tasks
    /// @return a new executor
    public static GreenThreadPoolExecutor over(GreenPool pool, Admission checkAndReject) {
        return new GreenThreadPoolExecutor(pool, checkAndReject);
    }

    private static int requireWorkers(int maxWorkers) {
        if (maxWorkers <= 0) {
            throw new IllegalArgumentException("maxWorkers must be positive: " + maxWorkers);
        }
        return maxWorkers;
    }

    /// Returns an admission that refuses a task when so many stand in line. Zero refuses every task, even while workers
    /// are idle. Exact, however many submit at once. futurist: `reject_when_reached`.
    ///
    /// @param backlog how many may stand in line, not negative
    /// @return the admission
    /// @throws IllegalArgumentException if the number is negative
    public static Admission rejectWhenReached(int backlog) {
        return new BacklogLimit(backlog);
    }

    // ---- how it stands

    /// Returns the pool whose slots the tasks run in: to see it, or to resize it.
    ///
    /// @return the pool
    public GreenPool pool() {
        return core.pool();
    }

    /// Returns the figures of this moment, which add up. futurist: `statistics`.
    ///
    /// @return a snapshot
    public ExecutorStatistics statistics() {
        return core.statistics();
    }

    /// Says whether it takes tasks: until it is shut down. futurist: `alive`.
    ///
    /// @return whether no shutdown has begun
    public boolean alive() {
        return !core.isShutdown();
    }

    RejectedSubmission rejection(String reason) {
        return core.rejection(reason);
    }

    // ---- handing tasks in

    /// Runs a body in a green thread of its own as soon as there is a slot. Never blocks. futurist: `submit`.
    ///
    /// @param task what to run
    /// @param <T> what it returns
    /// @return its handle
    /// @throws RejectedSubmission if the executor is shut down, or its pool closed or its queue full
    /// @throws java.util.concurrent.RejectedExecutionException if the [Admission] says so
    @Override
    public <T extends @Nullable Object> GreenThread<T> submit(Callable<T> task) {
        ExecutorTask<T> made = new ExecutorTask<>(core, Objects.requireNonNull(task, "task"));
        hand(made, false);
        return made;
    }

    /// Runs a body like [#submit(Callable)].
    ///
    /// @param task what to run
    /// @return its handle
    @Override
    public GreenThread<?> submit(Runnable task) {
        return this.<@Nullable Object>submit(task, null);
    }

    /// Runs a body like [#submit(Callable)].
    ///
    /// @param task what to run
    /// @param result what the handle's result shall be
    /// @param <T> the type of the result
    /// @return its handle
    @Override
    public <T extends @Nullable Object> GreenThread<T> submit(Runnable task, T result) {
        Objects.requireNonNull(task, "task");
        return submit(() -> {
            task.run();
            return result;
        });
    }

    /// Runs a body like [#submit(Callable)], after a delay on the pool's hub's clock. Until then it is `delayed`: it
    /// holds no slot and no place in line. Whether there is room for it is asked when it is due; if it is refused then,
    /// it ends with that. Cancelled before, it never runs. A shutdown waits for it; [#shutdownNow()] and
    /// [#shutdownAbandoningQueue()] cancel it. futurist: `submit_after`.
    ///
    /// @param delay how long to wait, not negative
    /// @param task what to run
    /// @param <T> what it returns
    /// @return its handle
    /// @throws IllegalArgumentException if the delay is negative
    /// @throws RejectedSubmission if the executor is shut down
    public <T extends @Nullable Object> GreenThread<T> submitAfter(Duration delay, Callable<T> task) {
        Objects.requireNonNull(task, "task");
        if (delay.isNegative()) {
            throw new IllegalArgumentException("delay must not be negative: " + delay);
        }
        ExecutorTask<T> made = new ExecutorTask<>(core, task);
        if (!core.takeLater(made, TimeUnit.NANOSECONDS.convert(delay))) {
            throw core.refused(ExecutorCore.Taken.SHUT_DOWN);
        }
        try {
            made.joinAfter(delay);
        } catch (RuntimeException e) { // the hub is closed
            RejectedSubmission rejection = rejection("no timer for a delayed task");
            rejection.initCause(e);
            made.kill(rejection);
        }
        return made;
    }

    /// Runs a command for which nobody waits: what it throws goes to the hub's failure handler. In a green thread of the
    /// full pool it runs in place.
    ///
    /// @param command what to run
    /// @throws RejectedSubmission if the executor is shut down, or its pool closed or its queue full
    /// @throws java.util.concurrent.RejectedExecutionException if the [Admission] says so
    @Override
    public void execute(Runnable command) {
        ExecutorTask<?> made = new ExecutorTask<>(core, Objects.requireNonNull(command, "command"));
        hand(made, pool().isCurrent());
    }

    private void hand(ExecutorTask<?> task, boolean here) {
        if (core.isShutdown()) {
            throw core.refused(ExecutorCore.Taken.SHUT_DOWN);
        }
        RejectedExecutionException gates = core.askGate();
        if (gates != null) {
            throw core.refused(gates);
        }
        ExecutorCore.Taken taken = core.take(task, here);
        switch (taken) {
            case WITH_SLOT -> start(task);
            case IN_LINE -> {
            }
            case IN_PLACE -> runHere(task);
            case SHUT_DOWN, BACKLOG, POOL_FULL, POOL_CLOSED -> throw core.refused(taken);
        }
    }

    private static void start(ExecutorTask<?> task) {
        try {
            task.startWithSlot();
        } catch (Throwable e) {
            // no thread was to be had: the task has ended with that error, for those who await it
        }
    }

    private static void runHere(ExecutorTask<?> task) {
        Hub.point(); // a shutdown may cancel it in between
        try {
            task.runSlotless();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Hands in all or none: those before one that is refused are cancelled.
    private <T extends @Nullable Object> List<GreenThread<T>> submitAll(Iterable<? extends Callable<T>> tasks) {
        List<GreenThread<T>> handles = new ArrayList<>();
        boolean all = false;
        try {
            for (Callable<T> task : tasks) {
                handles.add(submit(task));
            }
            all = true;
            return handles;
        } finally {
            if (!all) {
                cancel(handles);
            }
        }
    }

    /// Kills what has not ended, last first, so that none of it begins in the slot of another.
    private static void cancel(List<? extends GreenThread<?>> handles) {
        for (GreenThread<?> handle : handles.reversed()) {
            boolean _ = handle.cancel(true);
        }
    }

    // ---- several at once

    /// Runs all of some bodies and waits for their ends. If the caller is interrupted, or one is refused, the others are
    /// killed.
    ///
    /// @param tasks what to run
    /// @param <T> what they return
    /// @return their handles, done, in the order of the bodies
    /// @throws InterruptedException if the caller is interrupted while it waits
    /// @throws RejectedSubmission if one is not taken
    @Override
    public <T extends @Nullable Object> List<Future<T>> invokeAll(Collection<? extends Callable<T>> tasks)
            throws InterruptedException {
        return invokeAll(tasks, Waiter.FOREVER);
    }

    /// Runs all of some bodies and waits for their ends, for a limited time, at the end of which the rest are killed. For
    /// these to unwind it waits again, at most a second: a body that heeds no interrupt is not done on return.
    ///
    /// @param tasks what to run
    /// @param timeout the longest wait; zero or less does not wait
    /// @param unit its unit
    /// @param <T> what they return
    /// @return their handles, in the order of the bodies
    /// @throws InterruptedException if the caller is interrupted while it waits
    /// @throws RejectedSubmission if one is not taken
    @Override
    public <T extends @Nullable Object> List<Future<T>> invokeAll(Collection<? extends Callable<T>> tasks, long timeout,
            TimeUnit unit) throws InterruptedException {
        return invokeAll(tasks, unit.toNanos(timeout));
    }

    private <T extends @Nullable Object> List<Future<T>> invokeAll(Collection<? extends Callable<T>> tasks, long nanos)
            throws InterruptedException {
        List<GreenThread<T>> handles = submitAll(tasks);
        boolean done = false;
        try {
            done = (nanos == Waiter.FOREVER
                    ? GreenFutures.waitForAll(handles)
                    : GreenFutures.waitForAll(handles, Duration.ofNanos(nanos))).allDone();
        } finally {
            if (!done) {
                cancel(handles);
            }
        }
        if (!done) {
            var _ = GreenFutures.waitForAll(handles, LEAST_UNWIND);
        }
        return Collections.unmodifiableList(handles);
    }

    /// Runs some bodies and returns what the first to succeed returned; the others are killed.
    ///
    /// @param tasks what to run
    /// @param <T> what they return
    /// @return the result of one that did not fail
    /// @throws InterruptedException if the caller is interrupted while it waits
    /// @throws ExecutionException if all failed: with what the last one of them threw
    /// @throws IllegalArgumentException if there are none
    /// @throws RejectedSubmission if one is not taken
    @Override
    public <T extends @Nullable Object> T invokeAny(Collection<? extends Callable<T>> tasks)
            throws InterruptedException, ExecutionException {
        try {
            return invokeAny(tasks, Waiter.FOREVER);
        } catch (TimeoutException e) {
            throw new AssertionError("a wait without limit", e);
        }
    }

    /// Runs some bodies and returns what the first to succeed within a time returned; the others are killed.
    ///
    /// @param tasks what to run
    /// @param timeout the longest wait; zero or less does not wait
    /// @param unit its unit
    /// @param <T> what they return
    /// @return the result of one that did not fail
    /// @throws InterruptedException if the caller is interrupted while it waits
    /// @throws ExecutionException if all failed: with what the last one of them threw
    /// @throws TimeoutException if none succeeded in that time
    /// @throws IllegalArgumentException if there are none
    /// @throws RejectedSubmission if one is not taken
    @Override
    public <T extends @Nullable Object> T invokeAny(Collection<? extends Callable<T>> tasks, long timeout,
            TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
        return invokeAny(tasks, unit.toNanos(timeout));
    }

    private <T extends @Nullable Object> T invokeAny(Collection<? extends Callable<T>> tasks, long nanos)
            throws InterruptedException, ExecutionException, TimeoutException {
        if (tasks.isEmpty()) {
            throw new IllegalArgumentException("tasks must not be empty: " + tasks);
        }
        List<GreenThread<T>> handles = submitAll(tasks);
        try {
            return firstResult(handles, nanos);
        } finally {
            cancel(handles);
        }
    }

    private static <T extends @Nullable Object> T firstResult(List<GreenThread<T>> handles, long nanos)
            throws InterruptedException, ExecutionException, TimeoutException {
        Hub clock = Hub.current();
        long start = clock.nanoTime();
        Collection<GreenThread<T>> left = handles;
        for (;;) {
            var waited = nanos == Waiter.FOREVER
                    ? GreenFutures.waitForAny(left)
                    : GreenFutures.waitForAny(left, Duration.ofNanos(Math.max(nanos, 0) - (clock.nanoTime() - start)));
            Throwable error = null;
            for (GreenThread<T> done : waited.done()) {
                if (done.state() == Future.State.SUCCESS) {
                    return done.resultNow();
                }
                error = failureOf(done);
            }
            if (error == null) {
                throw new TimeoutException("none of " + handles.size() + " tasks has succeeded within "
                        + Duration.ofNanos(nanos));
            }
            if (waited.allDone()) {
                throw new ExecutionException(error);
            }
            left = waited.notDone();
        }
    }

    /// What ended one that is done and did not succeed.
    private static Throwable failureOf(GreenThread<?> done) throws InterruptedException {
        try {
            var _ = done.get();
        } catch (ExecutionException e) {
            return Objects.requireNonNullElse(e.getCause(), e);
        } catch (RuntimeException e) {
            return e;
        }
        throw new AssertionError(done + " has succeeded");
    }

    /// Runs a function over items, which are all taken and handed in at once, and returns the results in the order of the
    /// items, without limit of time. For input without end, or more than fits into memory:
    /// [GreenPool#imap(Function, Iterable)].
    ///
    /// What the function throws is raised at its position; [Stream#iterator()] goes on with the next. A consumer that is
    /// interrupted while it waits gets a [java.util.concurrent.CancellationException] with its flag set; no result is
    /// lost. Closing the stream kills what has not ended.
    ///
    /// @param function what to run on each item
    /// @param items the items
    /// @param <T> the type of the items
    /// @param <R> the type of the results
    /// @return the results, to be closed if not consumed to the end
    /// @throws RejectedSubmission if one is not taken; those before it are killed then
    public <T extends @Nullable Object, R extends @Nullable Object> Stream<R> map(
            Function<? super T, ? extends R> function, Iterable<? extends T> items) {
        return map(function, items, Waiter.FOREVER);
    }

    /// Runs a function over items as [#map(Function, Iterable)] does, with one limit of time for all of it, from this call
    /// on: the first result that is not there when it is over is a [TimeoutException], inside a
    /// [java.util.concurrent.CompletionException], and the last; the rest is killed. futurist: `map`.
    ///
    /// @param function what to run on each item
    /// @param items the items
    /// @param timeout how long all of it may take; zero or less does not wait
    /// @param <T> the type of the items
    /// @param <R> the type of the results
    /// @return the results, to be closed if not consumed to the end
    /// @throws RejectedSubmission if one is not taken; those before it are killed then
    public <T extends @Nullable Object, R extends @Nullable Object> Stream<R> map(
            Function<? super T, ? extends R> function, Iterable<? extends T> items, Duration timeout) {
        return map(function, items, TimeUnit.NANOSECONDS.convert(timeout));
    }

    private <T extends @Nullable Object, R extends @Nullable Object> Stream<R> map(
            Function<? super T, ? extends R> function, Iterable<? extends T> items, long limitNanos) {
        Objects.requireNonNull(function, "function");
        List<Callable<R>> calls = new ArrayList<>();
        for (T item : items) {
            calls.add(() -> function.apply(item));
        }
        ExecutorMap<R> results = new ExecutorMap<>(pool(), submitAll(calls), limitNanos);
        return new ResultStream<>(results, true).onClose(results::close);
    }

    // ---- the end

    /// Takes nothing from now on, and finishes what was taken: what runs, what stands in line, and what is delayed. Does
    /// not wait for that. futurist: `shutdown(wait=False)`.
    @Override
    public void shutdown() {
        core.shutdown();
    }

    /// Takes nothing from now on, cancels what has not begun, and kills what runs. Does not wait for that. futurist has
    /// nothing like it.
    ///
    /// @return what had not begun, oldest first, to be run by somebody else; their handles are cancelled, so that those who
    ///     wait for them are told
    @Override
    public List<Runnable> shutdownNow() {
        List<Runnable> dropped = shutdownAbandoningQueue();
        core.tasks().forEach(task -> {
            boolean _ = task.cancel(true);
        });
        return dropped;
    }

    /// Takes nothing from now on, cancels what has not begun, and lets what runs finish. Does not wait for that. futurist:
    /// `shutdown(cancel_futures=True)` (there, ignored).
    ///
    /// @return what had not begun, oldest first, to be run by somebody else; their handles are cancelled, so that those who
    ///     wait for them are told
    public List<Runnable> shutdownAbandoningQueue() {
        core.shutdown();
        List<Runnable> dropped = new ArrayList<>();
        for (ExecutorTask<?> task : core.tasks().reversed()) { // the last first: none gets the slot of another
            if (task.cancel(false)) {
                dropped.add(task.command());
            }
        }
        Collections.reverse(dropped);
        return dropped;
    }

    @Override
    public boolean isShutdown() {
        return core.isShutdown();
    }

    @Override
    public boolean isTerminated() {
        return core.isTerminated();
    }

    /// Waits until the executor is shut down and all its tasks have ended.
    ///
    /// @param timeout the longest wait; zero or less does not wait
    /// @param unit its unit
    /// @return whether that is so
    /// @throws InterruptedException if the caller is interrupted while it waits
    /// @throws IllegalStateException if called in one of its own tasks, which would wait for itself
    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        return awaitTermination(unit.toNanos(timeout));
    }

    /// Waits until the executor is shut down and all its tasks have ended.
    ///
    /// @param timeout the longest wait; zero or less does not wait
    /// @return whether that is so
    /// @throws InterruptedException if the caller is interrupted while it waits
    /// @throws IllegalStateException if called in one of its own tasks, which would wait for itself
    public boolean awaitTermination(Duration timeout) throws InterruptedException {
        return awaitTermination(TimeUnit.NANOSECONDS.convert(timeout));
    }

    private boolean awaitTermination(long nanos) throws InterruptedException {
        if (nanos > 0) {
            requireOutside("awaitTermination");
        }
        return core.awaitTermination(nanos);
    }

    /// Takes nothing from now on, and waits until what was taken has finished. An interrupt kills it instead, and the wait
    /// goes on; the flag is set then. futurist: `shutdown(wait=True)`.
    ///
    /// @throws IllegalStateException if called in one of its own tasks, which would wait for itself
    @Override
    public void close() {
        requireOutside("close");
        shutdown();
        boolean interrupted = false;
        while (!core.isTerminated()) {
            try {
                boolean _ = core.awaitTermination(Waiter.FOREVER);
            } catch (InterruptedException e) {
                interrupted = true;
                var _ = shutdownNow();
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// Closes with a deadline: takes nothing from now on, lets what was taken finish, and cancels and kills what is left
    /// when the time is over. That gets the same time again, at least a second, to unwind; what does not end even then is
    /// logged with its name.
    ///
    /// @param grace how long to let tasks finish
    /// @return whether all ended by themselves
    /// @throws InterruptedException if the caller is interrupted while it waits; the executor stays shut down
    /// @throws IllegalStateException if called in one of its own tasks, which would wait for itself
    public boolean close(Duration grace) throws InterruptedException {
        requireOutside("close");
        shutdown();
        if (core.awaitTermination(TimeUnit.NANOSECONDS.convert(grace))) {
            return true;
        }
        var _ = shutdownNow();
        Duration unwind = grace.compareTo(LEAST_UNWIND) < 0 ? LEAST_UNWIND : grace;
        if (!core.awaitTermination(TimeUnit.NANOSECONDS.convert(unwind))) {
            LOG.log(System.Logger.Level.WARNING,
                    this + ": still running after kill: " + core.tasks().stream().map(GreenThread::name).toList());
        }
        return false;
    }

    private void requireOutside(String method) {
        if (ExecutorTask.isCurrentIn(core)) {
            throw new IllegalStateException(method + " must be called from outside " + this
                    + ": its own task would wait for itself");
        }
    }

    @Override
    public String toString() {
        return core.toString();
    }
}
