package io.greenlet.pool;

import java.time.Duration;

/// What a [GreenThreadPoolExecutor] has done so far and is doing, all at one moment: every task that was taken is in
/// exactly one of `executed`, `cancelled`, `delayed`, `queued` and `running`.
///
/// futurist: `ExecutorStatistics`; its `runtime` counts the time in line too.
///
/// @param executed tasks whose body returned or threw
/// @param failures of those, tasks whose body threw
/// @param cancelled tasks cancelled or killed, whether or not their body had begun
/// @param rejected submissions not taken
/// @param delayed tasks whose time has not come
/// @param queued tasks in line
/// @param running tasks that have a slot, and those that run in the thread of another one that waits for them
/// @param mostRunning the largest `running` so far
/// @param waitTime how long executed tasks waited in line, in all; without the delay they were given
/// @param runtime how long the bodies of executed tasks ran, in all
public record ExecutorStatistics(long executed, long failures, long cancelled, long rejected, int delayed, int queued,
        int running, int mostRunning, Duration waitTime, Duration runtime) {

    /// Returns how many tasks were taken so far.
    ///
    /// @return those that have ended, and those that have not
    public long submitted() {
        return executed + cancelled + delayed + queued + running;
    }

    /// Returns how long an executed task waited in line, on average. Zero when none was executed.
    ///
    /// @return the mean
    public Duration averageWaitTime() {
        return average(waitTime);
    }

    /// Returns how long the body of an executed task ran, on average. Zero when none was executed. futurist:
    /// `average_runtime` (there, a division by zero).
    ///
    /// @return the mean
    public Duration averageRuntime() {
        return average(runtime);
    }

    private Duration average(Duration sum) {
        return executed == 0 ? Duration.ZERO : sum.dividedBy(executed);
    }
}
