package io.greenlet.boot;

import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolOptions;
import io.greenlet.pool.TaskOptions;
import java.time.Duration;

/// What a pool's policy means for a task that is handed in without blocking anyone.
public final class InLine {

    private InLine() {}

    /// Returns the options to `submit` a task with: where the pool rejects, it does not wait at all, and where a caller
    /// would block, it stands in line for as long as that one would. Where the caller would run it, it just waits.
    ///
    /// @param pool the pool
    /// @param task what is special about the task; its own limit of waiting goes before the pool's
    /// @return options for `submit`
    public static TaskOptions options(GreenPool pool, TaskOptions task) {
        if (task.maxWait() != null) {
            return task;
        }
        PoolOptions now = pool.options();
        return switch (now.whenFull()) {
            case REJECT -> task.withMaxWait(Duration.ZERO);
            case BLOCK -> now.maxWait() == null ? task : task.withMaxWait(now.maxWait());
            case QUEUE, CALLER_RUNS -> task;
        };
    }

    /// Returns the options for work whose owner cannot be told later that it waited too long: it is refused at once or
    /// it stands in line until it runs.
    ///
    /// @param pool the pool
    /// @param task what is special about the task
    /// @return options for `submit`
    public static TaskOptions untilItRuns(GreenPool pool, TaskOptions task) {
        TaskOptions options = options(pool, task);
        return options.maxWait() == null || options.maxWait().isZero() ? options : options.withMaxWait(null);
    }
}
