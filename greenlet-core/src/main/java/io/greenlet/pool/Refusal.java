package io.greenlet.pool;

import java.util.List;

/// Why somebody who stood in line was sent away for others to go on: what the exception says that he gets, which is made where
/// it is thrown.
///
/// @param message what happened
/// @param others where the others are who had to do with it
record Refusal(String message, List<ThreadStack> others) {

    Refusal {
        others = List.copyOf(others);
    }

    RejectedSubmission exception() {
        RejectedSubmission exception = new RejectedSubmission(message);
        others.forEach(exception::addSuppressed);
        return exception;
    }
}
