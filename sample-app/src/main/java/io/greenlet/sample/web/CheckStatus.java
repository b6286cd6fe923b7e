package io.greenlet.sample.web;

/// Where a check is.
enum CheckStatus {

    /// It waits for its turn.
    QUEUED,

    /// It is under way.
    RUNNING,

    /// It has visited everything within its limits.
    FINISHED,

    /// It was cancelled; the report says what it found until then.
    CANCELLED,

    /// It could not go on; the message says why.
    FAILED;

    boolean isEnd() {
        return switch (this) {
            case QUEUED, RUNNING -> false;
            case FINISHED, CANCELLED, FAILED -> true;
        };
    }
}
