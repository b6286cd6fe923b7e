package io.greenlet.boot.async;

import io.greenlet.GreenThread;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/// What the caller of a method gets that returns a `CompletableFuture`: the task ends it, as its link. Ended by anyone else
/// (cancelled, timed out), it kills the task.
///
/// It is what [GreenThread#toCompletableFuture()] makes, in one object instead of four: there is one for every call.
final class TaskFuture extends CompletableFuture<@Nullable Object>
        implements
            Consumer<GreenThread<@Nullable Object>> {

    private static final VarHandle TASK;

    static {
        try {
            TASK = MethodHandles.lookup().findVarHandle(TaskFuture.class, "task", GreenThread.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /// Null when either has ended, so as not to keep the task in memory. Written before the future is handed out, and by
    /// the task's end: who sees that late cancels a task that has ended, which does nothing. Who kills takes it, through
    /// TASK: of many who end the future at once one kills, so that a task that cleans up is not interrupted in that.
    private @Nullable GreenThread<@Nullable Object> task;

    private TaskFuture(GreenThread<@Nullable Object> task) {
        this.task = task;
    }

    static TaskFuture of(GreenThread<@Nullable Object> task) {
        TaskFuture future = new TaskFuture(task);
        task.link(future);
        return future;
    }

    // ---- ended by the task

    @Override
    public void accept(GreenThread<@Nullable Object> ended) {
        task = null;
        try {
            super.complete(ended.get());
        } catch (ExecutionException e) {
            super.completeExceptionally(Objects.requireNonNullElse(e.getCause(), e));
        } catch (CancellationException e) {
            super.completeExceptionally(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // cannot be: what has ended is not waited for
            super.completeExceptionally(e);
        }
    }

    // ---- ended by anyone else

    @Override
    public boolean complete(@Nullable Object value) {
        return killIf(super.complete(value));
    }

    @Override
    public boolean completeExceptionally(Throwable error) {
        return killIf(super.completeExceptionally(error));
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        boolean isCancelled = super.cancel(mayInterruptIfRunning);
        kill();
        return isCancelled;
    }

    /// Ends the future past [#complete] and [#completeExceptionally], which time limits go through.
    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // what depends on the future here cannot fail
    public CompletableFuture<@Nullable Object> completeAsync(Supplier<? extends @Nullable Object> supplier,
            Executor executor) {
        super.completeAsync(supplier, executor);
        whenComplete((_, _) -> kill());
        return this;
    }

    @Override
    public void obtrudeValue(@Nullable Object value) {
        super.obtrudeValue(value);
        kill();
    }

    @Override
    public void obtrudeException(Throwable error) {
        super.obtrudeException(error);
        kill();
    }

    private boolean killIf(boolean isFirst) {
        if (isFirst) {
            kill();
        }
        return isFirst;
    }

    private void kill() {
        if (task == null) {
            return;
        }
        GreenThread<?> running = (GreenThread<?>) TASK.getAndSet(this, (GreenThread<?>) null);
        if (running != null) {
            running.cancel(true);
        }
    }
}
