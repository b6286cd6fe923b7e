package io.greenlet.pool;

/// What [GreenPool#spawn] and [GreenPool#spawnN] do when no slot is free.
///
/// A spawn from one of the pool's own green threads runs the body in place instead, whatever the policy: it could
/// otherwise wait for itself.
public enum WhenFull {

    /// The caller waits in line, at most for [PoolOptions#maxWait()].
    BLOCK,

    /// The task waits in line, the caller goes on; at most [PoolOptions#queueCapacity()] tasks wait.
    QUEUE,

    /// The caller gets a [RejectedSubmission].
    REJECT,

    /// The caller runs the body itself, without a slot.
    CALLER_RUNS
}
