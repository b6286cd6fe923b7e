package io.greenlet.pool;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/// A pool's memory of its tasks: which run, how many ended how, and who wants to hear of it.
final class PoolLedger {

    private final GreenPool pool;
    private final List<PoolListener> listeners = new CopyOnWriteArrayList<>();
    private final Roster roster = new Roster();
    private final AtomicInteger kills = new AtomicInteger();
    private final LongAdder failed = new LongAdder();
    private final LongAdder killed = new LongAdder();
    private final LongAdder timedOut = new LongAdder();
    private final LongAdder rejected = new LongAdder();

    PoolLedger(GreenPool pool) {
        this.pool = pool;
    }

    void add(PoolListener listener) {
        listeners.add(listener);
    }

    void remove(PoolListener listener) {
        listeners.remove(listener);
    }

    /// How often all were killed: a task that was handed in before the latest time and has not begun must not begin.
    int kills() {
        return kills.get();
    }

    /// Counts a kill of all, and returns those whose bodies run. What begins later sees the count; see [#began].
    List<PoolTask<?>> killed() {
        kills.incrementAndGet();
        return roster.tasks();
    }

    /// The tasks whose bodies or links run.
    List<PoolTask<?>> running() {
        return roster.tasks();
    }

    /// Whether somebody wants to hear of the tasks.
    boolean isHeard() {
        return !listeners.isEmpty();
    }

    /// A body is about to run, in the calling thread. Returns the task's seat, for [#ended], to be left when it has settled.
    Roster.Seat began(PoolTask<?> task, long waitedNanos) {
        Roster.Seat seat = roster.take(task);
        if (isHeard()) {
            Duration waited = Duration.ofNanos(waitedNanos);
            tell(listener -> listener.began(pool, task, waited));
        }
        return seat;
    }

    /// A task has ended; its seat is null if it never began.
    void ended(PoolTask<?> task, TaskOutcome outcome, Roster.@Nullable Seat seat) {
        if (isHeard()) {
            Duration ran = Duration.ofNanos(task.ranNanos(pool.hub().nanoTime()));
            tell(listener -> listener.ended(pool, task, outcome, ran));
        }
        switch (outcome) {
            case COMPLETED -> Objects.requireNonNull(seat).complete();
            case FAILED -> failed.increment();
            case KILLED -> killed.increment();
            case TIMED_OUT -> timedOut.increment();
        }
    }

    /// How many slots the tasks have left in their seats.
    long stashed() {
        return roster.stashed();
    }

    void waits(PoolTask<?> task) {
        tell(listener -> listener.waits(pool, task));
    }

    void left(PoolTask<?> task) {
        tell(listener -> listener.left(pool, task));
    }

    void rejected(RejectedSubmission why) {
        rejected.increment();
        tell(listener -> listener.rejected(pool, why));
    }

    void resized(int oldSize, int newSize) {
        tell(listener -> listener.resized(pool, oldSize, newSize));
    }

    void reconfigured(PoolOptions before, PoolOptions after) {
        tell(listener -> listener.reconfigured(pool, before, after));
    }

    void overdue() {
        if (isHeard()) {
            List<TaskSnapshot> running = pool.tasks();
            List<WaitingSnapshot> waiting = pool.waiters();
            if (running.isEmpty() && waiting.isEmpty()) {
                return; // the last one has just ended, or only its links still run
            }
            tell(listener -> listener.overdue(pool, running, waiting));
        }
    }

    private void tell(Consumer<PoolListener> what) {
        for (PoolListener listener : listeners) {
            try {
                what.accept(listener);
            } catch (Throwable e) {
                pool.hub().failed("listener of " + pool, e);
            }
        }
    }

    /// What was taken is what has ended, what runs and what stands in line; nothing counts it a second time.
    PoolSnapshot snapshot(PermitCore<PoolTask.Place> core) {
        PoolTask.Place first = core.first();
        Duration oldest = first == null ? Duration.ZERO : Duration.ofNanos(pool.hub().nanoTime() - first.sinceNanos);
        long look = core.look();
        int running = PermitCore.running(look);
        int queued = core.queued();
        long completed = roster.completed();
        long ended = completed + failed.sum() + killed.sum() + timedOut.sum();
        return new PoolSnapshot(pool.name(), PermitCore.size(look), PermitCore.free(look), running, core.waiting(),
                queued, oldest, ended + running + queued, completed, failed.sum(), killed.sum(), timedOut.sum(),
                rejected.sum(), core.isClosed());
    }
}
