package io.greenlet.pool;

import java.util.concurrent.RejectedExecutionException;

/// A pool did not take a task: it was full and would not wait (any longer), or it is closed. The message names the pool
/// and its counters.
public class RejectedSubmission extends RejectedExecutionException {

    private static final long serialVersionUID = 1L;

    /// A rejection with its reason.
    ///
    /// @param message the pool, why it did not take the task, and its counters
    public RejectedSubmission(String message) {
        super(message);
    }
}
