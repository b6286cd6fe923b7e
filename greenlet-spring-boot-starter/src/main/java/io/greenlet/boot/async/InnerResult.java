package io.greenlet.boot.async;

import io.greenlet.Green;
import io.greenlet.GreenThread;
import io.greenlet.GreenletExit;
import io.greenlet.sync.GreenEvent;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

import org.jspecify.annotations.Nullable;

/// Waits, in the task's green thread, for the end of what the method itself returned, so that the slot is held until
/// then. Interrupted, as by a kill, it cancels that too.
final class InnerResult {

    private record Outcome(@Nullable Object value, @Nullable Throwable error) {}

    private InnerResult() {}

    /// Returns the value that the method's result ends with, or throws what it fails with.
    static @Nullable Object await(@Nullable Object result) throws Exception {
        try {
            return switch (result) {
                case CompletableFuture<?> future when isThere(future) -> future.resultNow();
                case CompletionStage<?> stage -> await(stage);
                case Future<?> future -> await(future);
                case null, default -> result;
            };
        } catch (InterruptedException e) {
            if (result instanceof Future<?> future) {
                future.cancel(true);
            }
            throw e;
        }
    }

    /// Whether a future has its value, as what a method returns mostly has. Asked of the JDK's own class alone: a subclass, as
    /// its minimal stage, may refuse to say. What all say, at once if they have ended, is what [#await(CompletionStage)]
    /// asks.
    private static boolean isThere(CompletableFuture<?> future) {
        return future.getClass().equals(CompletableFuture.class) && future.state() == Future.State.SUCCESS;
    }

    private static @Nullable Object await(CompletionStage<?> stage) throws Exception {
        GreenEvent<Outcome> end = new GreenEvent<>();
        stage.whenComplete((value, error) -> end.send(new Outcome(value, error)));
        Outcome outcome = end.await();
        if (outcome.error() != null) {
            throw raised(outcome.error());
        }
        return outcome.value();
    }

    private static @Nullable Object await(Future<?> future) throws Exception {
        try {
            return future instanceof GreenThread || future.isDone() ? future.get() : Green.blocking(future::get);
        } catch (ExecutionException e) {
            throw raised(Objects.requireNonNullElse(e.getCause(), e));
        } catch (CancellationException e) {
            throw raised(e);
        }
    }

    /// What the task shall fail with. A cancelled result is a killed task.
    private static Exception raised(Throwable error) {
        return switch (error) {
            case CompletionException wrapped when wrapped.getCause() != null -> raised(wrapped.getCause());
            case GreenletExit exit -> exit;
            case CancellationException cancelled -> {
                GreenletExit exit = new GreenletExit("the method's own result was cancelled");
                exit.initCause(cancelled);
                yield exit;
            }
            case Error e -> throw e;
            case Exception e -> e;
            case Throwable e -> new CompletionException(e);
        };
    }
}
