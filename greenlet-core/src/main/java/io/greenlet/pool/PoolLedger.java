package io.greenlet.pool;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/// A pool's memory of its tasks: how many ended how, and who wants to hear of it.
final class PoolLedger {

    private final GreenPool pool;
    private final List<PoolListener> listeners = new CopyOnWriteArrayList<>();
    private final LongAdder completed = new LongAdder();
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

    void began(PoolTask<?> task, long waitedNanos) {
        if (!listeners.isEmpty()) {
            Duration waited = Duration.ofNanos(waitedNanos);
            tell(listener -> listener.began(pool, task, waited));
        }
    }

    void ended(PoolTask<?> task, TaskOutcome outcome) {
        counter(outcome).increment();
        if (!listeners.isEmpty()) {
            Duration ran = Duration.ofNanos(task.ranNanos());
            tell(listener -> listener.ended(pool, task, outcome, ran));
        }
    }

    void rejected(RejectedSubmission why) {
        rejected.increment();
        tell(listener -> listener.rejected(pool, why));
    }

    void resized(int oldSize, int newSize) {
        tell(listener -> listener.resized(pool, oldSize, newSize));
    }

    private LongAdder counter(TaskOutcome outcome) {
        return switch (outcome) {
            case COMPLETED -> completed;
            case FAILED -> failed;
            case KILLED -> killed;
            case TIMED_OUT -> timedOut;
        };
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
        long ended = completed.sum() + failed.sum() + killed.sum() + timedOut.sum();
        return new PoolSnapshot(pool.name(), PermitCore.size(look), PermitCore.free(look), running, core.waiting(),
                queued, oldest, ended + running + queued, completed.sum(), failed.sum(), killed.sum(), timedOut.sum(),
                rejected.sum(), core.isClosed());
    }
}
