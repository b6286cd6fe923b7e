package io.greenlet.boot.webmvc;

import io.greenlet.pool.GreenPool;
import io.greenlet.pool.RejectedSubmission;
import io.greenlet.pool.TaskOptions;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import org.jspecify.annotations.Nullable;
import org.springframework.core.task.AsyncTaskExecutor;

/// A pool as MVC wants it for asynchronous request handling. Not a bean: an executor bean would take the place of Spring
/// Boot's.
///
/// What happens when the pool is full is the pool's policy for a `spawn`, in the thread of the request: it waits there, at
/// most for `max-wait`, goes on at once, is refused, or runs the work itself. So a rejection finds its request, except one in
/// a queue, or a kill there: that request is answered when it times out.
final class BlockingPool implements AsyncTaskExecutor {

    private static final TaskOptions REQUEST = TaskOptions.describedAs("asynchronous request handling");

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
        try {
            return pool.spawn(task, REQUEST);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            RejectedSubmission rejection = new RejectedSubmission(pool + ": interrupted while waiting for a slot");
            rejection.initCause(e);
            throw rejection;
        }
    }

    @Override
    public String toString() {
        return "executor of " + pool;
    }
}
