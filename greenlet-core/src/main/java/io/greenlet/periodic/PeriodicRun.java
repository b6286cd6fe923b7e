package io.greenlet.periodic;

import io.greenlet.GreenThread;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/// One run of a periodic task, from when it was due until the worker has heard of its end.
///
/// ```
///   handed in ──▶ begins, if the worker still runs ──▶ body over ──▶ failure reported ──▶ link: the worker plans the next
///       └── refused, killed in line, or too late: the body never runs ──────────────────────▲
/// ```
///
/// Written by the run's green thread, read by the link after it, which is the same thread or that of the killer.
final class PeriodicRun implements Callable<Boolean> {

    private final PeriodicWorker worker;
    private final PeriodicWatcher watcher;
    private final long dueNanos;
    private long begunNanos;
    private long finishedNanos;
    private boolean begun;
    private boolean finished;
    private @Nullable Throwable error;

    // Of the worker, under its lock.
    @Nullable GreenThread<?> thread; // null until it is handed in
    @Nullable Thread runner; // from the beginning of the body

    PeriodicRun(PeriodicWorker worker, PeriodicWatcher watcher) {
        this.worker = worker;
        this.watcher = watcher;
        dueNanos = watcher.due();
    }

    PeriodicWatcher watcher() {
        return watcher;
    }

    @Override
    public Boolean call() throws Exception {
        if (!worker.begins(this)) {
            return false;
        }
        begunNanos = worker.hub().nanoTime();
        begun = true;
        try {
            watcher.task().body().run();
            finish(null);
        } catch (NeverAgain e) {
            finish(null);
            worker.retire(watcher);
        } catch (Throwable e) {
            finish(e);
            worker.report(watcher, e);
            throw e; // so that the pool counts it, too
        }
        return true;
    }

    private void finish(@Nullable Throwable how) {
        finishedNanos = worker.hub().nanoTime();
        error = how;
        finished = true;
    }

    boolean hasBegun() {
        return begun;
    }

    boolean hasFailed() {
        return !finished || error != null;
    }

    long begunNanos() {
        return begunNanos;
    }

    long finishedNanos() {
        return finishedNanos;
    }

    long elapsedNanos() {
        return Math.max(0, finishedNanos - begunNanos);
    }

    long waitingNanos() {
        return Math.max(0, begunNanos - dueNanos);
    }
}
