package io.greenlet.pool;

import java.util.concurrent.RejectedExecutionException;

/// Decides whether a [GreenThreadPoolExecutor] takes one more task.
///
/// It is called in the submitting thread, without locks, before anything has changed: what it throws is thrown to the
/// submitter, and the task was never there. Two that submit at the same moment may both pass before either is counted;
/// [GreenThreadPoolExecutor#rejectWhenReached(int)] is exact even then.
///
/// futurist: `check_and_reject`.
@FunctionalInterface
public interface Admission {

    /// Looks at the executor before it takes one more task.
    ///
    /// @param executor the executor, for its [GreenThreadPoolExecutor#statistics()]
    /// @param backlog how many tasks stand in line: those that run are not among them
    /// @throws RejectedExecutionException if the task is not to be taken
    void check(GreenThreadPoolExecutor executor, int backlog);
}
