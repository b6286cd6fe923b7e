package io.greenlet;

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

/// A green thread as a [CompletableFuture], which is the link of its own green thread: one object for both.
///
/// ```
///   thread is known ──▶ the green thread ends, and ends the future ──────────▶ forgotten
///          └──────────▶ anyone else ends the future: the green thread is killed ──▲
/// ```
///
/// - *The end of the green thread races with somebody who ends the future.* The first to end the future counts. A kill that
///   comes of that finds the green thread forgotten, or past its body, or has come in time.
/// - *Many end the future at once.* Whoever kills takes the green thread out first, by get-and-set: so it is interrupted once,
///   and not again while it cleans up.
///
/// What others make of it (copies, dependent stages, timed stages of those) is of the JDK's own class, and kills nothing.
final class ThreadFuture<T extends @Nullable Object> extends CompletableFuture<T> implements Consumer<GreenThread<T>> {

    private static final VarHandle THREAD;

    static {
        try {
            THREAD = MethodHandles.lookup().findVarHandle(ThreadFuture.class, "thread", GreenThread.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /// Null when either has ended, so as not to keep the green thread in memory. Written before the future is handed out, by
    /// the green thread's end, and through THREAD by who kills. Who sees the end late cancels what has ended: that does
    /// nothing.
    private @Nullable GreenThread<T> thread;

    /// A future that is yet to be linked.
    ThreadFuture(GreenThread<T> thread) {
        this.thread = thread;
    }

    static <T extends @Nullable Object> ThreadFuture<T> of(GreenThread<T> thread) {
        ThreadFuture<T> future = new ThreadFuture<>(thread);
        thread.link(future);
        return future;
    }

    // ---- ended by the green thread

    @Override
    public void accept(GreenThread<T> ended) {
        thread = null;
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
    public boolean complete(T value) {
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
    public CompletableFuture<T> completeAsync(Supplier<? extends T> supplier, Executor executor) {
        super.completeAsync(supplier, executor);
        whenComplete((_, _) -> kill());
        return this;
    }

    @Override
    public void obtrudeValue(T value) {
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
        if (thread == null) {
            return; // mostly the green thread has ended, and a kill makes an exception with a stack trace
        }
        Hub.point();
        GreenThread<?> running = (GreenThread<?>) THREAD.getAndSet(this, (GreenThread<?>) null);
        if (running != null) {
            running.cancel(true);
        }
    }
}
