package io.greenlet;

/// Receives what nobody else can: failures of `spawnN` bodies, of links, of timer callbacks and of listeners.
///
/// It is called in the thread in which the failure happened, never under a lock. What it throws itself is logged.
/// eventlet: what the hub prints when `debug.hub_exceptions` is on.
@FunctionalInterface
public interface FailureHandler {

    /// Takes note of a failure.
    ///
    /// @param source what failed, with the green thread's name: `green thread 'crawler-17'`
    /// @param error what was thrown
    void failed(String source, Throwable error);
}
