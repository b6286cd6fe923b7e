package io.greenlet;

import io.greenlet.waiting.Waiter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/// One wait of the calling thread until so many of some futures are done, without polling:
///
/// | future | how it tells of its end |
/// |---|---|
/// | green thread | this is its watcher, told after its last link, when `isDone()` is true |
/// | [CompletableFuture] | by a dependent stage |
/// | any other | a green thread of its own waits for it |
///
/// Each end counts `missing` down, and who brings it to zero wakes the waiter. One that ends while it is being added tells
/// of it at once. After [#close()] nothing of this is left: watchers are taken out, helpers are killed. A dependent stage
/// cannot be taken out of a [CompletableFuture]; but one of `anyOf(future, guard)` can be, by completing the guard:
/// the JDK then unlinks it from the future.
final class FutureWatch extends GreenTask.Watcher implements AutoCloseable {

    private final Hub hub = Hub.current();
    private final Waiter waiter = new Waiter();
    private final AtomicInteger missing;
    private final List<GreenTask<?>> watched = new ArrayList<>();
    private final List<GreenThread<?>> helpers = new ArrayList<>();
    private final CompletableFuture<Object> guard = new CompletableFuture<>();

    FutureWatch(int missing) {
        this.missing = new AtomicInteger(missing);
    }

    void add(Future<?> future) {
        switch (future) {
            case GreenTask<?> task -> {
                if (task.watch(this)) {
                    watched.add(task);
                } else {
                    ended();
                }
            }
            case CompletableFuture<?> stage -> {
                var _ = CompletableFuture.anyOf(stage, guard).whenComplete((value, error) -> ended());
            }
            default -> helpers.add(hub.spawn(() -> outlast(future)));
        }
    }

    private boolean outlast(Future<?> future) throws Exception {
        try {
            var _ = hub.blocking(future::get);
        } catch (ExecutionException | CancellationException e) {
            // however it ended
        } finally {
            if (future.isDone()) { // else this is killed
                ended();
            }
        }
        return true;
    }

    @Override
    void ended() {
        Hub.point();
        if (missing.decrementAndGet() == 0) {
            waiter.give(this);
            waiter.wake();
        }
    }

    /// Says whether so many are done that there is nothing to wait for.
    boolean isOver() {
        return waiter.given() != null;
    }

    void await(long nanos) throws InterruptedException {
        var _ = waiter.await("futures", nanos);
    }

    @Override
    public void close() {
        watched.forEach(task -> task.unwatch(this));
        helpers.forEach(GreenThread::kill);
        boolean _ = guard.complete(this);
    }
}
