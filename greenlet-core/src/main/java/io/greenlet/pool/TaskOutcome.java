package io.greenlet.pool;

/// How a pool's task ended. Every task ends in exactly one of these.
public enum TaskOutcome {

    /// The body returned.
    COMPLETED,

    /// The body threw.
    FAILED,

    /// It was killed or cancelled, before or after its start.
    KILLED,

    /// It was interrupted by the pool's [PoolOptions#taskTimeout()] and ended by that.
    TIMED_OUT
}
