package io.greenlet.periodic;

/// From when the spacing of a periodic task is counted. Where the result lies in the past, the task runs at once, and only
/// once.
///
/// A body of 250 ms every 100 ms, started at 0, begins at:
///
/// | strategy | begins, in ms |
/// |---|---|
/// | [#LAST_STARTED] | 100, 350, 600, 850 |
/// | [#LAST_FINISHED] | 100, 450, 800 |
/// | [#ALIGNED_LAST_FINISHED] | 100, 400, 700, 1000 |
///
/// futurist: `schedule_strategy`; its `_jitter` forms are [PeriodicTask#withJitter(double)].
public enum PeriodicStrategy {

    /// From the start of the last run.
    LAST_STARTED {
        @Override
        long next(long started, long finished, long spacing) {
            return started + spacing;
        }
    },

    /// From the end of the last run.
    LAST_FINISHED {
        @Override
        long next(long started, long finished, long spacing) {
            return finished + spacing;
        }
    },

    /// The next point after the end of the last run of a grid that lies on the hub's clock: however long the runs take,
    /// there is no drift.
    ALIGNED_LAST_FINISHED {
        @Override
        long next(long started, long finished, long spacing) {
            return finished - Math.floorMod(finished, spacing) + spacing;
        }
    };

    /// When the next run is due, in nanoseconds of the clock that the other times are of.
    abstract long next(long started, long finished, long spacing);
}
