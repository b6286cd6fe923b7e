package io.greenlet.boot.web;

import io.greenlet.pool.RejectedSubmission;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;

import org.jspecify.annotations.Nullable;

/// Finds the rejection of a pool in what a request failed with.
public final class Rejections {

    private Rejections() {}

    /// Returns the rejection that a failure is, or that it wraps as futures and executors do. An exception of the
    /// application's own with a rejection as its cause is none: it says what it stands for.
    ///
    /// @param failure what a request failed with
    /// @return the rejection, or null if it is something else
    public static @Nullable RejectedSubmission find(@Nullable Throwable failure) {
        Throwable seen = failure;
        for (int depth = 0; seen != null && depth < 10; depth++) {
            switch (seen) {
                case RejectedSubmission rejection -> {
                    return rejection;
                }
                case CompletionException _,ExecutionException _,RejectedExecutionException _ -> seen = seen.getCause();
                default -> {
                    return null;
                }
            }
        }
        return null;
    }
}
