package io.greenlet.boot.webflux;

import io.greenlet.GreenThread;
import io.greenlet.boot.InLine;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.TaskOptions;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

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
/// A request is taken care of once it has been handed in. Killed in line, it still runs, outside the pool and with its
/// interrupt flag set, as one killed at work would go on: otherwise its client waited for good.
///
/// It is an [java.util.concurrent.ExecutorService] because Reactor cancels only what one of those has given it: a client
/// that disconnects kills the task.
final class BlockingPool extends AbstractExecutorService implements AsyncTaskExecutor {

    private static final TaskOptions REQUEST = TaskOptions.describedAs("blocking request handling");

    private static final ScopedValue<GreenPool> ANSWERING = ScopedValue.newInstance(); // the pool of a killed request

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
        if (pool.isCurrent() || (ANSWERING.isBound() && ANSWERING.get().equals(pool))) {
            FutureTask<T> here = new FutureTask<>(task);
            here.run();
            return here;
        }
        Request<T> request = new Request<>(pool, task);
        request.handIn(InLine.untilItRuns(pool, REQUEST));
        return request;
    }

    /// A request in the pool.
    private static final class Request<T extends @Nullable Object> implements Future<T>, Callable<T> {

        private final GreenPool pool;
        private final Callable<T> work;
        private volatile boolean begun;
        private volatile boolean gone; // nobody waits for the answer
        private @Nullable GreenThread<T> handle; // written before others see this

        Request(GreenPool pool, Callable<T> work) {
            this.pool = pool;
            this.work = work;
        }

        void handIn(TaskOptions options) {
            GreenThread<T> given = pool.submit(this, options);
            handle = given;
            given.link(_ -> ended());
        }

        @Override
        public T call() throws Exception {
            begun = true;
            return work.call();
        }

        private void ended() {
            if (!begun && !gone) {
                pool.hub().spawnN(this::answer);
            }
        }

        private void answer() {
            Thread.currentThread().interrupt();
            try {
                ScopedValue.where(ANSWERING, pool).call(work::call);
            } catch (Exception e) {
                pool.hub().failed("request that " + pool + " has killed", e);
            }
        }

        private GreenThread<T> handle() {
            return Objects.requireNonNull(handle);
        }

        @Override
        public boolean cancel(boolean mayInterrupt) {
            gone = true;
            return handle().cancel(mayInterrupt);
        }

        @Override
        public boolean isCancelled() {
            return handle().isCancelled();
        }

        @Override
        public boolean isDone() {
            return handle().isDone();
        }

        @Override
        public T get() throws InterruptedException, ExecutionException {
            return handle().get();
        }

        @Override
        public T get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
            return handle().get(timeout, unit);
        }
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
