package io.greenlet.pool;

import org.jspecify.annotations.Nullable;

/// What the JDK's Flight Recorder hears of pools; nothing where this runtime has no such module.
///
/// Each method looks first whether anybody records: if not, it costs a few instructions and allocates nothing that outlives it.
abstract sealed class PoolEvents permits PoolEvents.Nobody, FlightRecorderEvents {

    /// An event that takes time.
    interface Span {

        /// It is over: recorded if it has taken long enough.
        ///
        /// @param task whose it is
        /// @param outcome how it ended, in a word
        void over(PoolTask<?> task, String outcome);
    }

    /// A task is handed in. In the thread that does.
    abstract void spawned(PoolTask<?> task);

    /// Something is about to stand in line. Returns null if nobody wants to hear of its end.
    abstract @Nullable Span waits();

    /// A body begins, in the calling thread. Returns null if nobody wants to hear of its end.
    abstract @Nullable Span runs();

    /// A watch has found a pool stalled or saturated.
    abstract void stalled(PoolStall stall);

    /// Nobody hears anything.
    static final class Nobody extends PoolEvents {

        @Override
        void spawned(PoolTask<?> task) {}

        @Override
        @Nullable Span waits() {
            return null;
        }

        @Override
        @Nullable Span runs() {
            return null;
        }

        @Override
        void stalled(PoolStall stall) {}
    }
}
