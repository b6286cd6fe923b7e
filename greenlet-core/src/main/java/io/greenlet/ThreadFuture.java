package io.greenlet;

import java.util.concurrent.CompletableFuture;

import org.jspecify.annotations.Nullable;

/// A green thread as a [CompletableFuture].
final class ThreadFuture {

    private ThreadFuture() {}

    @SuppressWarnings("FutureReturnValueIgnored") // what depends on the future here cannot fail
    static <T extends @Nullable Object> CompletableFuture<T> of(GreenThread<T> thread) {
        CompletableFuture<T> future = new CompletableFuture<>();
        thread.link(ended -> complete(future, ended));
        if (!future.isDone()) {
            future.whenComplete((_, _) -> {
                if (!thread.isDone()) { // mostly it is what has ended the future, and the reason of a kill has a stack trace
                    thread.cancel(true);
                }
            });
        }
        return future;
    }

    private static <T extends @Nullable Object> void complete(CompletableFuture<T> future, GreenThread<T> ended) {
        boolean _ = switch (ended.state()) {
            case SUCCESS -> future.complete(ended.resultNow());
            case FAILED -> future.completeExceptionally(ended.exceptionNow());
            case CANCELLED, RUNNING -> future.completeExceptionally(cancellation(ended));
        };
    }

    private static Throwable cancellation(GreenThread<?> ended) {
        try {
            ended.get();
            throw new IllegalStateException(ended + " must have been cancelled: " + ended.state());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return e;
        } catch (Exception e) {
            return e;
        }
    }
}
