package io.greenlet.periodic;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// One task of a worker: its figures, and the way to retire it. futurist: `Watcher`.
///
/// Thread safety: any thread may call any method.
public final class PeriodicWatcher extends Agenda.Entry {

    private final PeriodicWorker worker;
    private final PeriodicTask task;

    // Of the worker, under its lock.
    @Nullable PeriodicRun run; // handed in, and not over
    boolean retired;
    private long successes;
    private long failures;
    private long refusals;
    private Duration elapsed = Duration.ZERO;
    private Duration waiting = Duration.ZERO;

    PeriodicWatcher(PeriodicWorker worker, PeriodicTask task, int number) {
        super(number);
        this.worker = worker;
        this.task = task;
    }

    /// Returns what is watched.
    ///
    /// @return the task
    public PeriodicTask task() {
        return task;
    }

    /// Returns the figures of this moment.
    ///
    /// @return a snapshot
    public PeriodicStatistics statistics() {
        return worker.statistics(this);
    }

    /// Has the task not run again, until the worker is reset. A run that goes on is not ended.
    ///
    /// @return whether it was to run again
    public boolean retire() {
        return worker.retire(this);
    }

    // ---- under the worker's lock

    void count(PeriodicRun over) {
        if (over.hasFailed()) {
            failures++;
        } else {
            successes++;
        }
        elapsed = elapsed.plusNanos(over.elapsedNanos());
        waiting = waiting.plusNanos(over.waitingNanos());
    }

    void countRefusal() {
        refusals++;
    }

    void reset() {
        retired = false;
        successes = 0;
        failures = 0;
        refusals = 0;
        elapsed = Duration.ZERO;
        waiting = Duration.ZERO;
    }

    PeriodicStatistics look() {
        return new PeriodicStatistics(successes + failures, successes, failures, refusals, elapsed, waiting,
                run != null, retired);
    }

    @Override
    public String toString() {
        return "periodic '" + task.name() + '\'';
    }
}
