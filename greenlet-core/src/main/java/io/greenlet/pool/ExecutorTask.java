package io.greenlet.pool;

import io.greenlet.GreenThread;
import io.greenlet.GreenletExit;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/// A task of an executor: a pool's task whose ways the executor counts.
///
/// ```
///   NEW ──┬─▶ DELAYED ──its time has come──┐              granted, or begins in place
///         ├────────────────────────────────┴─▶ QUEUED ──────────────┐
///         └─── a slot is free ──────────────────────────────────────┴─▶ RUNNING
///   DELAYED, QUEUED, RUNNING ── ended ──▶ OVER ── settled ──▶ forgotten
/// ```
///
/// The phase changes under the lock of the [ExecutorCore] only. What it says may lag behind what is: a task to which the
/// pool has just granted a slot is QUEUED until the granting thread comes to say so.
final class ExecutorTask<T extends @Nullable Object> extends PoolTask<T> {

    /// Where it stands in its executor's books.
    enum Phase {
        NEW, DELAYED, QUEUED, RUNNING, OVER
    }

    private final ExecutorCore executor;
    private final Runnable command;
    private volatile @Nullable GreenThread<?> alarm; // starts it when its time has come

    // Of the executor, under its lock.
    Phase phase = Phase.NEW;
    long sinceNanos; // since when it is in line, or is to be
    long begunNanos;
    boolean begun;

    ExecutorTask(ExecutorCore executor, Callable<? extends T> body) {
        super(executor.pool(), body);
        this.executor = executor;
        command = () -> {
            try {
                var _ = body.call();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new CompletionException(e);
            }
        };
    }

    /// A detached one: its failure goes to the hub's failure handler.
    ExecutorTask(ExecutorCore executor, Runnable body) {
        super(executor.pool(), body, TaskOptions.NONE);
        this.executor = executor;
        command = body;
    }

    /// Whether the caller runs a task of an executor: in its own green thread, or in place in another.
    static boolean isCurrentIn(ExecutorCore executor) {
        return (currentTask() instanceof ExecutorTask<?> task && task.executor.equals(executor))
                || executor.tasks().stream().anyMatch(PoolTask::runsHere);
    }

    /// What was handed in, to be run by somebody else.
    Runnable command() {
        return command;
    }

    // ---- delay

    /// Has it join the line later.
    void joinAfter(Duration delay) {
        GreenThread<Boolean> waking = hub().spawnAfter(delay, () -> {
            executor.due(this);
            return true;
        });
        alarm = waking;
        waking.link(ended -> {
            if (ended.isCancelled()) { // by the hub, or because this has ended
                kill(new GreenletExit(this + " was dropped before it was due"));
            }
        });
        if (hasOutcome()) { // before it could see its alarm
            boolean _ = waking.cancel(false);
        }
    }

    /// In one of the pool's own green threads: the slot it is going to wait for may be the one of this thread. Its time
    /// is waited for first.
    @Override
    protected void awaited() throws InterruptedException {
        if (isCurrentIn(executor.pool())) {
            long left = executor.nanosUntilDue(this);
            if (left <= 0 || !awaitEnd(left)) {
                boolean _ = runInPlace();
            }
        }
    }

    @Override
    protected long awaitedAmongOthers() throws InterruptedException {
        if (!isCurrentIn(executor.pool())) {
            return Long.MAX_VALUE;
        }
        long left = executor.nanosUntilDue(this);
        if (left > 0) {
            return left;
        }
        boolean _ = runInPlace();
        return Long.MAX_VALUE;
    }

    // ---- what the executor hears

    @Override
    void startWithSlot() {
        executor.granted(this);
        super.startWithSlot();
    }

    @Override
    protected void beginning() {
        executor.began(this);
        super.beginning();
    }

    @Override
    protected void ended(State outcome, @Nullable Throwable error) {
        GreenThread<?> waking = alarm;
        if (waking != null) {
            boolean _ = waking.cancel(false);
        }
        try {
            executor.ended(this, outcome);
        } finally {
            super.ended(outcome, error);
        }
    }

    @Override
    protected void settled() {
        try {
            super.settled();
        } finally {
            executor.forget(this);
        }
    }
}
