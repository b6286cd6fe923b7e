package io.greenlet.boot.webflux;

import io.greenlet.GreenThread;
import io.greenlet.boot.InLine;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.TaskOptions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;
import org.springframework.core.task.AsyncTaskExecutor;

/// A pool as WebFlux wants it for blocking controller methods. Not a bean: an executor bean would take the place of
/// Spring Boot's.
///
/// Called in event loops, so it never blocks: the request stands in the pool's line, or is refused at once where the pool
/// rejects, its queue is full, or it may not wait at all. Any other `max-wait` does not hold, since WebFlux cannot be told
/// later.
///
/// WebFlux hands in each request, and once more when the arguments are there. The second time, in a green thread of the
/// pool, it has its slot already: the method runs there and then.
///
/// It is an [java.util.concurrent.ExecutorService] because Reactor cancels only what one of those has given it: a client
/// that disconnects kills the task.
final class BlockingPool extends AbstractExecutorService implements AsyncTaskExecutor {

    private static final TaskOptions REQUEST = TaskOptions.describedAs("blocking request handling");

    private final GreenPool pool;

    BlockingPool(GreenPool pool) {
        this.pool = pool;
    }

    @Override
    public void execute(Runnable task) {
        Future<?> _ = submit(task);
    }

    @Override
    public Future<?> submit(Runnable task) {
        return submit(Executors.callable(task));
    }

    @Override
    public <T extends @Nullable Object> Future<T> submit(Callable<T> task) {
        if (pool.isCurrent()) {
            FutureTask<T> here = new FutureTask<>(task);
            here.run();
            return here;
        }
        GreenThread<T> thread = pool.submit(task, InLine.untilItRuns(pool, REQUEST));
        return thread;
    }

    // ---- it ends with the pool

    @Override
    public void shutdown() {}

    @Override
    public List<Runnable> shutdownNow() {
        return List.of();
    }

    @Override
    public boolean isShutdown() {
        return pool.isClosed();
    }

    @Override
    public boolean isTerminated() {
        return pool.isClosed() && pool.running() == 0;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        return pool.waitAll(Duration.of(timeout, unit.toChronoUnit())) && pool.isClosed();
    }

    @Override
    public String toString() {
        return "executor of " + pool;
    }
}
