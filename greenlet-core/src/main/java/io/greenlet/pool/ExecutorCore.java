package io.greenlet.pool;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.greenlet.Hub;
import io.greenlet.pool.ExecutorTask.Phase;
import io.greenlet.waiting.WaitList;
import io.greenlet.waiting.Waiter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// An executor's books: its state, the tasks it has taken, and the figures. One lock guards them, so that the figures of
/// one moment add up.
///
/// ```
///   OPEN ──shutdown──▶ SHUT ──the last task is forgotten──▶ TERMINATED: those who wait are woken
/// ```
///
/// - *A submission races with a shutdown.* Taking a task and looking at the state are one step under the lock: a task is
///   either refused, or listed before the shutdown looks at the list.
/// - *Two submissions race for the last place.* The limit of the backlog is looked at and the pool's answer is got in the
///   same step, so the limit is exact, and tasks join the line in the order in which the lock was got. The pool's own
///   lock is inside this one; nothing is called the other way round.
/// - *A task that is cancelled while it is handed in* is listed already: the pool's answer to its place, or its having no
///   slot, decides what it returns; see [PoolTask].
///
/// Nothing is started and nobody is woken under the lock.
final class ExecutorCore {

    private enum State {
        OPEN, SHUT, TERMINATED
    }

    /// How a task was taken, or not.
    enum Taken {
        /// It has a slot: start it.
        WITH_SLOT,
        /// It is in line, or will be.
        IN_LINE,
        /// It is to run in the calling thread.
        IN_PLACE,
        /// Refused: the executor is shut down.
        SHUT_DOWN,
        /// Refused: the backlog has reached its limit.
        BACKLOG,
        /// Refused: the pool's queue is full.
        POOL_FULL,
        /// Refused: the pool is closed.
        POOL_CLOSED
    }

    private final GreenPool pool;
    private final int backlogLimit;
    private final Runnable gate; // throws if its user does not want one more task now
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final Set<ExecutorTask<?>> tasks = new LinkedHashSet<>(); // oldest first

    @GuardedBy("lock")
    private final WaitList<Waiter> terminators = new WaitList<>();

    private volatile State state = State.OPEN; // written under lock

    @GuardedBy("lock")
    private int delayed;

    @GuardedBy("lock")
    private int queued; // as far as grants have been noted

    @GuardedBy("lock")
    private int running;

    @GuardedBy("lock")
    private int mostRunning;

    @GuardedBy("lock")
    private long executed;

    @GuardedBy("lock")
    private long failures;

    @GuardedBy("lock")
    private long cancelled;

    @GuardedBy("lock")
    private long rejected;

    @GuardedBy("lock")
    private Duration waitTime = Duration.ZERO;

    @GuardedBy("lock")
    private Duration runtime = Duration.ZERO;

    ExecutorCore(GreenPool pool, int backlogLimit, Runnable gate) {
        this.pool = pool;
        this.backlogLimit = backlogLimit;
        this.gate = gate;
    }

    GreenPool pool() {
        return pool;
    }

    // ---- taking

    /// Asks the user's [Admission], which is not called under the lock.
    ///
    /// @return its refusal, or null
    @Nullable RejectedExecutionException askGate() {
        try {
            gate.run();
            return null;
        } catch (RejectedExecutionException e) {
            return e;
        }
    }

    /// Takes a task now. `here`: it runs in the calling thread if there is no slot.
    Taken take(ExecutorTask<?> task, boolean here) {
        Hub.lock(lock);
        try {
            Taken taken = state == State.OPEN ? answer(task, here) : Taken.SHUT_DOWN;
            switch (taken) {
                case WITH_SLOT, IN_PLACE -> list(task, Phase.RUNNING);
                case IN_LINE -> list(task, Phase.QUEUED);
                case SHUT_DOWN, BACKLOG, POOL_FULL, POOL_CLOSED -> {
                }
            }
            return taken;
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private Taken answer(ExecutorTask<?> task, boolean here) {
        if (queued >= backlogLimit) {
            return Taken.BACKLOG;
        }
        if (pool.core().tryAcquire() == PermitCore.Admission.ADMITTED) {
            return Taken.WITH_SLOT;
        }
        if (here && !pool.isClosed()) {
            task.goWithoutSlot();
            return Taken.IN_PLACE;
        }
        return join(task.place(PermitCore.Kind.QUEUED));
    }

    private Taken join(PoolTask.Place place) {
        return switch (pool.core().acquireOrJoin(place, pool.options().queueCapacity())) {
            case ADMITTED -> Taken.WITH_SLOT;
            case WAITING, KILLED, IN_PLACE -> Taken.IN_LINE;
            case FULL -> Taken.POOL_FULL;
            case CLOSED -> Taken.POOL_CLOSED;
        };
    }

    /// Takes a task that is to join the line after a delay; false if the executor is shut down.
    boolean takeLater(ExecutorTask<?> task, long delayNanos) {
        Hub.lock(lock);
        try {
            if (state != State.OPEN) {
                return false;
            }
            list(task, Phase.DELAYED);
            task.sinceNanos += delayNanos;
            PoolTask.Place _ = task.place(PermitCore.Kind.QUEUED, task.sinceNanos);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /// A task's time has come: has it join the line, in the alarm's thread. One that is not taken now ends with that.
    void due(ExecutorTask<?> task) {
        RejectedExecutionException gates = askGate();
        Taken taken;
        Hub.lock(lock);
        try {
            if (task.phase != Phase.DELAYED) {
                return; // it has ended, or runs in place
            }
            if (gates == null && queued < backlogLimit) {
                task.place().joins();
                taken = join(task.place());
            } else if (pool.core().withdraw(task.place(), PermitCore.Admission.FULL)) {
                taken = Taken.BACKLOG;
            } else {
                return; // somebody who waits for it runs it in place
            }
            if (taken == Taken.WITH_SLOT) {
                move(task, Phase.RUNNING);
            } else if (taken == Taken.IN_LINE) {
                move(task, Phase.QUEUED);
            }
        } finally {
            lock.unlock();
        }
        switch (taken) {
            case WITH_SLOT -> task.startWithSlot();
            case BACKLOG, POOL_FULL, POOL_CLOSED -> task.kill(gates == null ? refused(taken) : refused(gates));
            case IN_LINE, IN_PLACE, SHUT_DOWN -> {
            }
        }
    }

    long nanosUntilDue(ExecutorTask<?> task) {
        Hub.lock(lock);
        try {
            return task.phase == Phase.DELAYED ? task.sinceNanos - pool.hub().nanoTime() : 0;
        } finally {
            lock.unlock();
        }
    }

    /// Counts a task that its user's [Admission] does not want.
    RejectedExecutionException refused(RejectedExecutionException why) {
        countRejected();
        return why;
    }

    /// Counts a task that is not taken. Returns what its submitter gets.
    RejectedSubmission refused(Taken why) {
        String reason = switch (why) {
            case SHUT_DOWN -> "shut down";
            case BACKLOG -> BacklogLimit.reason(backlogLimit);
            case POOL_FULL -> "no slot, and the queue is full (capacity " + pool.options().queueCapacity() + ')';
            case POOL_CLOSED -> "its pool is closed";
            case WITH_SLOT, IN_LINE, IN_PLACE -> throw new AssertionError(why);
        };
        countRejected();
        RejectedSubmission rejection = rejection(reason);
        if (why == Taken.POOL_FULL || why == Taken.POOL_CLOSED) {
            pool.ledger().rejected(rejection);
        }
        return rejection;
    }

    /// A rejection with the state.
    RejectedSubmission rejection(String reason) {
        ExecutorStatistics now = statistics();
        return new RejectedSubmission(this + ": " + reason + " (maxWorkers=" + pool.size() + ", running="
                + now.running() + ", queued=" + now.queued() + ", delayed=" + now.delayed() + ')');
    }

    private void countRejected() {
        Hub.lock(lock);
        try {
            rejected++;
        } finally {
            lock.unlock();
        }
    }

    // ---- what tasks tell

    /// The pool has granted it a slot.
    void granted(ExecutorTask<?> task) {
        Hub.lock(lock);
        try {
            if (task.phase == Phase.QUEUED) {
                move(task, Phase.RUNNING);
            }
        } finally {
            lock.unlock();
        }
    }

    /// Its body is about to run, in its own green thread or in that of one who waits for it.
    void began(ExecutorTask<?> task) {
        Hub.lock(lock);
        try {
            if (task.phase != Phase.RUNNING) {
                move(task, Phase.RUNNING);
            }
            task.begun = true;
            task.begunNanos = pool.hub().nanoTime();
        } finally {
            lock.unlock();
        }
    }

    /// It is known how it ends. Called before anyone learns of it.
    void ended(ExecutorTask<?> task, Future.State outcome) {
        Hub.lock(lock);
        try {
            move(task, Phase.OVER);
            if (outcome == Future.State.CANCELLED) {
                cancelled++;
                return;
            }
            executed++;
            if (outcome == Future.State.FAILED) {
                failures++;
            }
            if (task.begun) {
                waitTime = waitTime.plusNanos(Math.max(0, task.begunNanos - task.sinceNanos));
                runtime = runtime.plusNanos(pool.hub().nanoTime() - task.begunNanos);
            }
        } finally {
            lock.unlock();
        }
    }

    /// Its last link has run.
    void forget(ExecutorTask<?> task) {
        WaitList<Waiter> woken;
        Hub.lock(lock);
        try {
            tasks.remove(task);
            woken = terminate();
        } finally {
            lock.unlock();
        }
        Waiter.wakeAll(woken);
    }

    @GuardedBy("lock")
    private void list(ExecutorTask<?> task, Phase phase) {
        assert lock.isHeldByCurrentThread();
        tasks.add(task);
        task.sinceNanos = pool.hub().nanoTime();
        move(task, phase);
    }

    @GuardedBy("lock")
    private void move(ExecutorTask<?> task, Phase to) {
        assert lock.isHeldByCurrentThread();
        count(task.phase, -1);
        count(to, 1);
        task.phase = to;
        mostRunning = Math.max(mostRunning, running);
    }

    @GuardedBy("lock")
    private void count(Phase phase, int change) {
        switch (phase) {
            case DELAYED -> delayed += change;
            case QUEUED -> queued += change;
            case RUNNING -> running += change;
            case NEW, OVER -> {
            }
        }
    }

    // ---- the end

    /// Takes nothing from now on.
    void shutdown() {
        WaitList<Waiter> woken;
        Hub.lock(lock);
        try {
            if (state == State.OPEN) {
                state = State.SHUT;
            }
            woken = terminate();
        } finally {
            lock.unlock();
        }
        Waiter.wakeAll(woken);
    }

    /// Ends the executor if it is shut down and no task is left. Returns those to wake.
    @GuardedBy("lock")
    private WaitList<Waiter> terminate() {
        assert lock.isHeldByCurrentThread();
        if (state == State.OPEN || !tasks.isEmpty()) {
            return new WaitList<>();
        }
        state = State.TERMINATED;
        return Waiter.giveAll(terminators, state);
    }

    boolean isShutdown() {
        return state != State.OPEN;
    }

    boolean isTerminated() {
        return state == State.TERMINATED;
    }

    boolean awaitTermination(long nanos) throws InterruptedException {
        Waiter waiter = new Waiter();
        Hub.lock(lock);
        try {
            if (state == State.TERMINATED || nanos <= 0) {
                return state == State.TERMINATED;
            }
            terminators.add(waiter);
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
            terminators.remove(waiter);
        } finally {
            lock.unlock();
        }
    }

    // ---- looking

    /// Those that have not ended, oldest first.
    List<ExecutorTask<?>> tasks() {
        Hub.lock(lock);
        try {
            return new ArrayList<>(tasks);
        } finally {
            lock.unlock();
        }
    }

    ExecutorStatistics statistics() {
        Hub.lock(lock);
        try {
            return new ExecutorStatistics(executed, failures, cancelled, rejected, delayed,
                    queued, running, mostRunning, waitTime, runtime);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public String toString() {
        return "executor '" + pool.name() + '\'';
    }
}
