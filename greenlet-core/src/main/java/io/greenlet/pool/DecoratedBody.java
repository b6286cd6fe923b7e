package io.greenlet.pool;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;

import org.jspecify.annotations.Nullable;

/// Carries a body's result and its checked exceptions past a decorator, which knows [Runnable] only.
///
/// The decorator sees every exception (a checked one inside a [CompletionException]); whatever it makes of it, the task
/// ends with what the body threw.
final class DecoratedBody<T extends @Nullable Object> implements Callable<T>, Runnable {

    private final Callable<? extends T> body;
    private final Runnable decorated;
    private boolean ran;
    private @Nullable T value;
    private @Nullable Throwable error;

    private DecoratedBody(Callable<? extends T> body, UnaryOperator<Runnable> decorator) {
        this.body = body;
        decorated = decorator.apply(this::carry);
    }

    static <T extends @Nullable Object> Callable<? extends T> of(Callable<? extends T> body,
            UnaryOperator<Runnable> decorator) {
        return decorator.equals(PoolOptions.UNDECORATED) ? body : new DecoratedBody<T>(body, decorator);
    }

    static Runnable of(Runnable body, UnaryOperator<Runnable> decorator) {
        return decorator.equals(PoolOptions.UNDECORATED)
                ? body
                : new DecoratedBody<>(Executors.callable(body), decorator);
    }

    private void carry() {
        ran = true;
        try {
            value = body.call();
        } catch (RuntimeException | Error e) {
            error = e;
            throw e;
        } catch (Exception e) {
            error = e;
            throw new CompletionException(e);
        }
    }

    @Override
    public void run() {
        try {
            call();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new CompletionException(e); // a Runnable's body throws none
        }
    }

    @Override
    @SuppressWarnings("NullAway") // null only if the body returned it
    public T call() throws Exception {
        try {
            decorated.run();
        } catch (RuntimeException | Error e) {
            if (error == null) {
                throw e;
            }
        }
        if (error instanceof Error e) {
            throw e;
        }
        if (error instanceof Exception e) {
            throw e;
        }
        if (!ran) {
            throw new IllegalStateException("the pool's decorator must run the task: it returned without doing so");
        }
        return value;
    }
}
