package io.greenlet.periodic;

import java.time.Duration;

/// What a periodic task has done so far, at one moment. futurist: `Watcher`.
///
/// @param runs how often it ran to an end: `successes + failures`
/// @param successes runs that returned, or threw [NeverAgain]
/// @param failures runs that threw anything else, or were killed
/// @param refusals how often a run could not begin, since the pool or executor did not take it
/// @param elapsed how long its runs took, in all
/// @param waiting how long its runs waited for their beginning after they were due, in all
/// @param running whether it is running, or waits for a slot
/// @param retired whether it will not run again
public record PeriodicStatistics(long runs, long successes, long failures, long refusals, Duration elapsed,
        Duration waiting, boolean running, boolean retired) {

    /// Returns how long a run took, on average. Zero when there was none (futurist divides by zero).
    ///
    /// @return the mean
    public Duration averageElapsed() {
        return runs == 0 ? Duration.ZERO : elapsed.dividedBy(runs);
    }

    /// Returns how long a run waited for its beginning, on average. Zero when there was none.
    ///
    /// @return the mean
    public Duration averageWaiting() {
        return runs == 0 ? Duration.ZERO : waiting.dividedBy(runs);
    }
}
