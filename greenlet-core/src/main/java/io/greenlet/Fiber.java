package io.greenlet;

import org.jspecify.annotations.Nullable;

/// A green thread of a hub that passes a [Baton].
///
/// ```
///            ┌───────── yields, a point ─────────┐
///            ▼                                   │
///   new ─▶ READY ──gets the baton──▶ RUNNING ──parks──▶ PARKED ──unparked, interrupted──▶ READY
///            ▲                        │   │
///            └── its blocking call ◀──┘   └──▶ ENDED
///                is over: OUTSIDE
/// ```
///
/// The state changes under the baton's lock; what else is not volatile belongs to whoever may change the state.
final class Fiber {

    /// What a fiber is doing.
    enum State {
        READY, RUNNING, PARKED, OUTSIDE, ENDED
    }

    final GreenTask<?> task;
    final int number;
    final @Nullable ClassLoader contextClassLoader;
    State state = State.READY;
    boolean unparked; // its next park returns at once
    boolean interrupted; // to be flagged when it has its turn
    @Nullable Thread thread; // null until its first turn
    volatile boolean flagged; // its thread saw its flag in its sleep; waiting for a lock takes a flag for that time
    volatile boolean turn; // written by who passes the baton, then by itself
    volatile @Nullable Object blocker; // what it is parked for

    Fiber(GreenTask<?> task, int number) {
        this.task = task;
        this.number = number;
        contextClassLoader = task.contextClassLoader();
    }

    @Override
    public String toString() {
        return task + " (" + state + ')';
    }
}
