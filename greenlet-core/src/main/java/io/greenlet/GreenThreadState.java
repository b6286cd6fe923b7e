package io.greenlet;

/// What a green thread is doing.
public enum GreenThreadState {
    /// It is to be spawned later, by a timer.
    SCHEDULED,
    /// It could run, and waits for its turn.
    READY,
    /// It runs.
    RUNNING,
    /// It waits: for time, for others, or in a JDK blocking call.
    WAITING,
    /// It is in [Hub#blocking(java.util.concurrent.Callable)], outside its hub.
    BLOCKING
}
