package io.greenlet;

/// A callback that a hub will make later. eventlet: `Timer`.
///
/// Thread safety: any thread may call these methods at any time.
public sealed interface HubTimer permits TimerHeap.Entry {

    /// Takes the callback back. Harmless when it has run already or was cancelled before.
    ///
    /// @return whether the callback was still pending: if so, it never runs
    boolean cancel();

    /// Says whether the callback is still to come.
    ///
    /// @return true until it fires or is cancelled
    boolean isPending();
}
