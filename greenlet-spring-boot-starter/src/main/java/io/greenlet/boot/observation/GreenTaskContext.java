package io.greenlet.boot.observation;

import io.greenlet.GreenThread;
import io.greenlet.pool.GreenPool;
import io.micrometer.observation.Observation;

/// What an observation of a task is about.
public abstract sealed class GreenTaskContext extends Observation.Context {

    /// The outcome of what has not ended.
    static final String OPEN = "none";

    private final GreenPool pool;
    private final GreenThread<?> task;
    private volatile String outcome = OPEN;

    private GreenTaskContext(GreenPool pool, GreenThread<?> task) {
        this.pool = pool;
        this.task = task;
    }

    /// A task stands in line.
    public static final class Wait extends GreenTaskContext {

        Wait(GreenPool pool, GreenThread<?> task) {
            super(pool, task);
        }
    }

    /// A task's body runs.
    public static final class Run extends GreenTaskContext {

        Run(GreenPool pool, GreenThread<?> task) {
            super(pool, task);
        }
    }

    /// Returns the pool.
    ///
    /// @return the pool
    public GreenPool pool() {
        return pool;
    }

    /// Returns the task.
    ///
    /// @return its handle
    public GreenThread<?> task() {
        return task;
    }

    /// Returns how it ended.
    ///
    /// @return of a wait `began`, `killed` or `left`; of a run `completed`, `failed`, `killed` or `timed-out`, as in the
    ///     meter `greenlet.pool.tasks`; of either `none` before it has
    public String outcome() {
        return outcome;
    }

    void end(String outcome) {
        this.outcome = outcome;
    }
}
