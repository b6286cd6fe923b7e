package io.greenlet.periodic;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.greenlet.GreenThread;
import io.greenlet.Hub;
import io.greenlet.HubTimer;
import io.greenlet.SimulatedHub;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.GreenThreadPoolExecutor;
import io.greenlet.waiting.WaitList;
import io.greenlet.waiting.Waiter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Does things again and again, each in its own rhythm: [PeriodicTask]s, whose runs are green threads of a hub, tasks of a
/// pool or of an executor.
///
/// {@snippet class="io.greenlet.snippets.ExecutorSnippetsTests" region="periodic"}
///
/// - *No overlap, no pile-up.* The next run of a task is planned when the last one has ended, by its [PeriodicStrategy];
///   what it had no time for is left out. Different tasks do not hold each other up, unless by the pool's size.
/// - *Nothing ends it but you.* Whatever a body throws, an `Error` too, or a kill of its green thread, is a failed run:
///   it is reported, and the next run comes in its time. A run that the pool or executor does not take is tried again
///   after about a second. [NeverAgain] retires a task.
/// - *The clock is the hub's*: on a simulated hub an hour of periods takes milliseconds, and is exact.
///
/// ```
///   NEW ──start──▶ RUNNING ──stop──▶ STOPPING ──the last run has ended──▶ STOPPED ──reset──▶ NEW
///    └──────────────── stop ────────────────────────────────────────────────▲
/// ```
///
/// ## How it works
///
/// One lock guards all. A watcher is in one of three places: on the agenda (while RUNNING), handed in (`run` is set, and it
/// counts in `inFlight`), or nowhere. One hub timer is set for the first of the agenda; its callback takes off what is due
/// and hands it in without the lock, first first.
///
/// - *A stop races with the beginning of a run.* Both look at the state under the lock: no body begins after `stop` has
///   returned.
/// - *A run is over once*, by the link of its green thread, or because it was not taken: that is where `inFlight` counts
///   down.
/// - *A timer fires late.* Its callback finds nothing due, or the worker paused or stopped, and does nothing; it sets the
///   next timer from what the agenda says then.
///
/// **Fairness.** What is due at the same time begins in the order in which it was added, as far as hub and pool keep that.
///
/// Thread safety: any thread may call any method. Memory effects: one run of a task happens-before the next.
///
/// futurist: `PeriodicWorker`.
public final class PeriodicWorker implements AutoCloseable {

    /// How a run is started: never blocks.
    @FunctionalInterface
    private interface Runner {
        GreenThread<?> start(PeriodicRun run);
    }

    private enum State {
        NEW, RUNNING, STOPPING, STOPPED
    }

    private static final System.Logger LOG = System.getLogger("io.greenlet.periodic");
    private static final Duration LEAST_UNWIND = Duration.ofSeconds(1);
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(900);
    private static final long RETRY_SPREAD_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long LONGEST_NANOS = Long.MAX_VALUE >> 2; // so that sums of two do not wrap

    private final Hub hub;
    private final Runner runner;
    private final PeriodicOptions options;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final List<PeriodicWatcher> watchers = new ArrayList<>();

    @GuardedBy("lock")
    private final Agenda<PeriodicWatcher> agenda = new Agenda<>();

    @GuardedBy("lock")
    private final WaitList<Waiter> waiters = new WaitList<>();

    @GuardedBy("lock")
    private final SplittableRandom random;

    @GuardedBy("lock")
    private State state = State.NEW;

    @GuardedBy("lock")
    private boolean paused;

    @GuardedBy("lock")
    private boolean killing; // the worker itself kills runs: no failures of theirs

    @GuardedBy("lock")
    private int inFlight;

    @GuardedBy("lock")
    private @Nullable HubTimer alarm;

    @GuardedBy("lock")
    private long alarmDue;

    private PeriodicWorker(Hub hub, Runner runner, PeriodicOptions options) {
        this.hub = hub;
        this.runner = runner;
        this.options = Objects.requireNonNull(options, "options");
        random = hub instanceof SimulatedHub simulated
                ? new SplittableRandom(simulated.seed())
                : new SplittableRandom();
    }

    /// Makes a worker whose runs are green threads of a hub.
    ///
    /// @param hub the hub
    /// @return a new worker
    public static PeriodicWorker on(Hub hub) {
        return on(hub, PeriodicOptions.named("periodic"));
    }

    /// Makes a worker whose runs are green threads of a hub.
    ///
    /// @param hub the hub
    /// @param options how the worker is made
    /// @return a new worker
    public static PeriodicWorker on(Hub hub, PeriodicOptions options) {
        return new PeriodicWorker(hub, hub::spawn, options);
    }

    /// Makes a worker whose runs are tasks of a pool, in whose line they stand. The pool is not closed with the worker.
    ///
    /// @param pool the pool
    /// @return a new worker
    public static PeriodicWorker on(GreenPool pool) {
        return on(pool, PeriodicOptions.named("periodic"));
    }

    /// Makes a worker whose runs are tasks of a pool, in whose line they stand. The pool is not closed with the worker.
    ///
    /// @param pool the pool
    /// @param options how the worker is made
    /// @return a new worker
    public static PeriodicWorker on(GreenPool pool, PeriodicOptions options) {
        return new PeriodicWorker(pool.hub(), pool::submit, options);
    }

    /// Makes a worker whose runs are tasks of an executor, in whose line they stand. The executor is not shut down with
    /// the worker. futurist: `ExistingExecutor`.
    ///
    /// @param executor the executor
    /// @return a new worker
    public static PeriodicWorker on(GreenThreadPoolExecutor executor) {
        return on(executor, PeriodicOptions.named("periodic"));
    }

    /// Makes a worker whose runs are tasks of an executor, in whose line they stand. The executor is not shut down with
    /// the worker.
    ///
    /// @param executor the executor
    /// @param options how the worker is made
    /// @return a new worker
    public static PeriodicWorker on(GreenThreadPoolExecutor executor, PeriodicOptions options) {
        return new PeriodicWorker(executor.pool().hub(), executor::submit, options);
    }

    // ---- what there is to do

    /// Adds a task with nothing set but what must be. See [#add(PeriodicTask)].
    ///
    /// @param spacing how often, positive
    /// @param name its name
    /// @param body what to do
    /// @return its watcher
    /// @throws IllegalArgumentException if the spacing is not positive
    @CanIgnoreReturnValue
    public PeriodicWatcher every(Duration spacing, String name, PeriodicTask.Body body) {
        return add(PeriodicTask.every(spacing, name, body)).orElseThrow();
    }

    /// Adds a task. If the worker runs, the task's first run is due after its spacing, or at once if it is to run
    /// immediately; if the worker does not, from its next start on. futurist: `add`.
    ///
    /// @param task what to do
    /// @return its watcher, or nothing if it is not enabled and so was not added
    @CanIgnoreReturnValue
    public Optional<PeriodicWatcher> add(PeriodicTask task) {
        if (!task.enabled()) {
            return Optional.empty();
        }
        Hub.lock(lock);
        try {
            PeriodicWatcher watcher = new PeriodicWatcher(this, task, watchers.size());
            watchers.add(watcher);
            if (state == State.RUNNING) {
                planFirst(watcher, hub.nanoTime());
                arm();
            }
            return Optional.of(watcher);
        } finally {
            lock.unlock();
        }
    }

    /// Returns the watchers of all tasks, those that are retired too, in the order in which they were added. futurist:
    /// `iter_watchers`, `len`.
    ///
    /// @return their watchers
    public List<PeriodicWatcher> watchers() {
        Hub.lock(lock);
        try {
            return List.copyOf(watchers);
        } finally {
            lock.unlock();
        }
    }

    PeriodicStatistics statistics(PeriodicWatcher watcher) {
        Hub.lock(lock);
        try {
            return watcher.look();
        } finally {
            lock.unlock();
        }
    }

    @CanIgnoreReturnValue
    boolean retire(PeriodicWatcher watcher) {
        WaitList<Waiter> woken;
        Hub.lock(lock);
        try {
            if (watcher.retired) {
                return false;
            }
            watcher.retired = true;
            agenda.remove(watcher);
            arm();
            woken = settle();
        } finally {
            lock.unlock();
        }
        Waiter.wakeAll(woken);
        return true;
    }

    // ---- start, stop, pause

    /// Starts: what is to run immediately runs now, the others after their spacing. Does not block. futurist: `start` in a
    /// thread of its own.
    ///
    /// @throws IllegalStateException if the worker was started or stopped before, and not reset; or if there is nothing to
    ///     do and it may not be empty
    public void start() {
        WaitList<Waiter> woken;
        Hub.lock(lock);
        try {
            if (state != State.NEW) {
                throw new IllegalStateException(
                        this + " must be new, or reset after its end, to start: it is " + state);
            }
            if (watchers.isEmpty() && !options.allowEmpty()) {
                throw new IllegalStateException(this + " must have something to do: it is empty");
            }
            state = State.RUNNING;
            killing = false;
            long now = hub.nanoTime();
            for (PeriodicWatcher watcher : watchers) {
                if (!watcher.retired) {
                    planFirst(watcher, now);
                }
            }
            arm();
            woken = settle();
        } finally {
            lock.unlock();
        }
        Waiter.wakeAll(woken);
    }

    /// Stops: no run begins from now on; those that run finish. Does not wait for them: that does [#await()]. May be called
    /// in a run. futurist: `stop`.
    public void stop() {
        List<GreenThread<?>> inLine = new ArrayList<>();
        WaitList<Waiter> woken;
        Hub.lock(lock);
        try {
            if (state == State.NEW || state == State.RUNNING) {
                state = State.STOPPING;
            }
            agenda.clear();
            arm();
            woken = settle();
            for (PeriodicWatcher watcher : watchers) {
                PeriodicRun run = watcher.run;
                if (run != null && run.runner == null && run.thread != null) {
                    inLine.add(run.thread);
                }
            }
        } finally {
            lock.unlock();
        }
        Waiter.wakeAll(woken);
        inLine.forEach(thread -> {
            boolean _ = thread.cancel(false);
        });
    }

    /// Pauses: no run begins until [#resume()]; those that run finish. What becomes due meanwhile runs once then.
    public void pause() {
        setPaused(true);
    }

    /// Ends a pause: what became due meanwhile runs now.
    public void resume() {
        setPaused(false);
    }

    private void setPaused(boolean pause) {
        Hub.lock(lock);
        try {
            paused = pause;
            arm();
        } finally {
            lock.unlock();
        }
    }

    /// Makes a stopped worker new: its figures are zero, what was retired is not any more. futurist: `reset`.
    ///
    /// @throws IllegalStateException if the worker has not ended
    public void reset() {
        Hub.lock(lock);
        try {
            if (state != State.NEW && state != State.STOPPED) {
                throw new IllegalStateException(this + " must have ended to be reset: it is " + state);
            }
            state = State.NEW;
            paused = false;
            watchers.forEach(PeriodicWatcher::reset);
        } finally {
            lock.unlock();
        }
    }

    /// Says whether it was started and not stopped. futurist: `alive`.
    ///
    /// @return whether runs begin, unless it is paused
    public boolean isRunning() {
        Hub.lock(lock);
        try {
            return state == State.RUNNING;
        } finally {
            lock.unlock();
        }
    }

    // ---- runs

    @GuardedBy("lock")
    private void planFirst(PeriodicWatcher watcher, long now) {
        boolean immediate = watcher.task().runImmediately();
        agenda.add(watcher, immediate ? now : now + spacing(watcher), immediate);
    }

    private static long spacing(PeriodicWatcher watcher) {
        return Math.min(TimeUnit.NANOSECONDS.convert(watcher.task().spacing()), LONGEST_NANOS);
    }

    /// Sets the timer for the first of the agenda, or none.
    @GuardedBy("lock")
    private void arm() {
        assert lock.isHeldByCurrentThread();
        PeriodicWatcher first = state == State.RUNNING && !paused ? agenda.first() : null;
        HubTimer set = alarm;
        if (set != null) {
            if (first != null && alarmDue == first.due() && set.isPending()) {
                return;
            }
            set.cancel();
            alarm = null;
        }
        if (first != null) {
            alarmDue = first.due();
            alarm = hub.callAfter(Duration.ofNanos(alarmDue - hub.nanoTime()), this::handInDue);
        }
    }

    private void handInDue() {
        List<PeriodicRun> runs = new ArrayList<>();
        Hub.lock(lock);
        try {
            if (state == State.RUNNING && !paused) {
                long now = hub.nanoTime();
                for (PeriodicWatcher due = agenda.pollDue(now); due != null; due = agenda.pollDue(now)) {
                    PeriodicRun run = new PeriodicRun(this, due);
                    due.run = run;
                    inFlight++;
                    runs.add(run);
                }
            }
            arm();
        } finally {
            lock.unlock();
            runs.forEach(this::handIn); // whatever comes in between: what is taken off must not be forgotten
        }
    }

    private void handIn(PeriodicRun run) {
        GreenThread<?> thread;
        try {
            thread = runner.start(run);
        } catch (Throwable e) {
            refused(run, e);
            return;
        }
        boolean late;
        Hub.lock(lock);
        try {
            run.thread = thread;
            late = state != State.RUNNING;
        } finally {
            lock.unlock();
        }
        if (late) {
            boolean _ = thread.cancel(false);
        }
        thread.link(ended -> over(run, ended));
    }

    /// The body of a run is about to begin in the calling thread; false if it must not any more.
    boolean begins(PeriodicRun run) {
        Hub.lock(lock);
        try {
            if (state != State.RUNNING || paused || run.watcher().retired) {
                return false;
            }
            run.runner = Thread.currentThread();
            run.thread = GreenThread.current().orElse(run.thread); // it may begin before it is known to be handed in
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void over(PeriodicRun run, GreenThread<?> ended) {
        if (!run.hasBegun() && ended.state() != Future.State.SUCCESS && isWanted(run)) {
            refused(run, ended.isCancelled()
                    ? new CancellationException(ended + " was killed in line")
                    : ended.exceptionNow());
            return;
        }
        WaitList<Waiter> woken;
        Hub.lock(lock);
        try {
            if (run.hasBegun()) {
                run.watcher().count(run);
            }
            woken = next(run, run.hasBegun() ? nextDue(run) : hub.nanoTime());
        } finally {
            lock.unlock();
        }
        Waiter.wakeAll(woken);
    }

    private boolean isWanted(PeriodicRun run) {
        Hub.lock(lock);
        try {
            return state == State.RUNNING && !run.watcher().retired;
        } finally {
            lock.unlock();
        }
    }

    /// A run was not taken: it is reported, and tried again later.
    private void refused(PeriodicRun run, Throwable why) {
        report(run.watcher(), why);
        WaitList<Waiter> woken;
        Hub.lock(lock);
        try {
            run.watcher().countRefusal();
            long pause = RETRY_NANOS + random.nextLong(RETRY_SPREAD_NANOS);
            woken = next(run, hub.nanoTime() + pause);
        } finally {
            lock.unlock();
        }
        Waiter.wakeAll(woken);
    }

    @GuardedBy("lock")
    private long nextDue(PeriodicRun run) {
        PeriodicTask task = run.watcher().task();
        long spacing = spacing(run.watcher());
        double jitter = task.jitter() == 0 ? 0 : task.jitter() * spacing * random.nextDouble();
        return task.strategy().next(run.begunNanos(), run.finishedNanos(), spacing) + (long) jitter;
    }

    /// A run is over: plans the next one, or ends the worker if this was the last. Returns those to wake.
    @GuardedBy("lock")
    private WaitList<Waiter> next(PeriodicRun run, long due) {
        assert lock.isHeldByCurrentThread();
        PeriodicWatcher watcher = run.watcher();
        watcher.run = null;
        inFlight--;
        if (state == State.RUNNING && !watcher.retired) {
            agenda.add(watcher, due, false);
            arm();
        }
        return settle();
    }

    /// Reports a failure, in the thread where it happened, without the lock.
    void report(PeriodicWatcher watcher, Throwable error) {
        Hub.lock(lock);
        try {
            if (killing) {
                return;
            }
        } finally {
            lock.unlock();
        }
        var onFailure = options.onFailure();
        if (onFailure == null) {
            hub.failed(watcher + " of " + this, error);
            return;
        }
        try {
            onFailure.accept(watcher.task(), error);
        } catch (Throwable e) {
            hub.failed("failure handler of " + this, e);
        }
    }

    // ---- the end

    /// Makes the state say what it has to. Returns those to wake.
    @GuardedBy("lock")
    private WaitList<Waiter> settle() {
        assert lock.isHeldByCurrentThread();
        if (state == State.RUNNING && options.stopWhenEmpty() && watchers.stream().allMatch(each -> each.retired)) {
            state = State.STOPPING;
        }
        if (state != State.STOPPING || inFlight > 0) {
            return new WaitList<>();
        }
        state = State.STOPPED;
        return Waiter.giveAll(waiters, state);
    }

    /// Waits until the worker is stopped and its last run has ended. futurist: `wait`.
    ///
    /// @throws InterruptedException if the caller is interrupted while it waits
    /// @throws IllegalStateException if called in one of its own runs, which would wait for itself
    public void await() throws InterruptedException {
        requireOutside("await");
        boolean _ = await(Waiter.FOREVER);
    }

    /// Waits until the worker is stopped and its last run has ended, for a limited time. futurist: `wait`.
    ///
    /// @param timeout the longest wait; zero or less does not wait
    /// @return whether that is so
    /// @throws InterruptedException if the caller is interrupted while it waits
    /// @throws IllegalStateException if called in one of its own runs, which would wait for itself
    public boolean await(Duration timeout) throws InterruptedException {
        requireOutside("await");
        return await(TimeUnit.NANOSECONDS.convert(timeout));
    }

    private boolean await(long nanos) throws InterruptedException {
        Waiter waiter = new Waiter();
        Hub.lock(lock);
        try {
            if (state == State.STOPPED || nanos <= 0) {
                return state == State.STOPPED;
            }
            waiters.add(waiter);
        } finally {
            lock.unlock();
        }
        try {
            var _ = waiter.await(this, nanos);
        } finally {
            leave(waiter);
        }
        return waiter.given() != null;
    }

    private void leave(Waiter waiter) {
        Hub.lock(lock);
        try {
            waiters.remove(waiter);
        } finally {
            lock.unlock();
        }
    }

    /// Stops, and waits until the last run has ended. An interrupt kills the runs instead, and the wait goes on; the flag
    /// is set then.
    ///
    /// @throws IllegalStateException if called in one of its own runs, which would wait for itself
    @Override
    public void close() {
        requireOutside("close");
        stop();
        boolean interrupted = false;
        for (;;) {
            try {
                if (await(Waiter.FOREVER)) {
                    break;
                }
            } catch (InterruptedException e) {
                interrupted = true;
                killRuns();
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// Closes with a deadline: stops, lets the runs finish, and kills them when the time is over. They get the same time
    /// again, at least a second, to unwind; what does not end even then is logged.
    ///
    /// @param grace how long to let runs finish
    /// @return whether all ended by themselves
    /// @throws InterruptedException if the caller is interrupted while it waits; the worker stays stopped
    /// @throws IllegalStateException if called in one of its own runs, which would wait for itself
    public boolean close(Duration grace) throws InterruptedException {
        requireOutside("close");
        stop();
        if (await(TimeUnit.NANOSECONDS.convert(grace))) {
            return true;
        }
        killRuns();
        Duration unwind = grace.compareTo(LEAST_UNWIND) < 0 ? LEAST_UNWIND : grace;
        if (!await(TimeUnit.NANOSECONDS.convert(unwind))) {
            LOG.log(System.Logger.Level.WARNING, this + ": still running after kill: " + runs());
        }
        return false;
    }

    private void killRuns() {
        Hub.lock(lock);
        try {
            killing = true;
        } finally {
            lock.unlock();
        }
        runs().forEach(GreenThread::kill);
    }

    private List<GreenThread<?>> runs() {
        List<GreenThread<?>> threads = new ArrayList<>();
        Hub.lock(lock);
        try {
            for (PeriodicWatcher watcher : watchers) {
                PeriodicRun run = watcher.run;
                if (run != null && run.thread != null) {
                    threads.add(run.thread);
                }
            }
        } finally {
            lock.unlock();
        }
        return threads;
    }

    @SuppressWarnings("ReferenceEquality") // threads are told apart by identity
    private void requireOutside(String method) {
        Thread here = Thread.currentThread();
        boolean inside = false;
        Hub.lock(lock);
        try {
            for (PeriodicWatcher watcher : watchers) {
                inside |= watcher.run != null && watcher.run.runner == here;
            }
        } finally {
            lock.unlock();
        }
        if (inside) {
            throw new IllegalStateException(method + " must be called from outside " + this
                    + ": its own run would wait for itself");
        }
    }

    Hub hub() {
        return hub;
    }

    @Override
    public String toString() {
        return "worker '" + options.name() + '\'';
    }
}
