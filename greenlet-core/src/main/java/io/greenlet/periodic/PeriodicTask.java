package io.greenlet.periodic;

import java.time.Duration;
import java.util.Objects;

/// What a [PeriodicWorker] does again and again.
///
/// @param name its name, for messages and figures
/// @param spacing how often, positive
/// @param body what to do
/// @param strategy from when the spacing is counted, [PeriodicStrategy#LAST_STARTED] unless set
/// @param jitter up to which part of the spacing is added by chance each time, from 0 (unless set) to 1: so that many
///     that began together do not stay together
/// @param runImmediately whether it runs as soon as the worker starts; else (unless set) after the first spacing
/// @param enabled whether a worker takes it; so unless set
public record PeriodicTask(String name, Duration spacing, Body body, PeriodicStrategy strategy, double jitter,
        boolean runImmediately, boolean enabled) {

    /// The jitter of futurist's strategies.
    public static final double DEFAULT_JITTER = 0.05;

    /// What a periodic task does.
    @FunctionalInterface
    public interface Body {
        /// Runs once. What it throws is a failure, and no reason not to run again, but for [NeverAgain].
        ///
        /// @throws Exception whatever
        void run() throws Exception;
    }

    /// Checks every part.
    public PeriodicTask {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(spacing, "spacing");
        Objects.requireNonNull(body, "body");
        Objects.requireNonNull(strategy, "strategy");
        if (!spacing.isPositive()) {
            throw new IllegalArgumentException("spacing must be positive: " + spacing);
        }
        if (!(jitter >= 0 && jitter <= 1)) {
            throw new IllegalArgumentException("jitter must be from 0 to 1: " + jitter);
        }
    }

    /// A task with nothing set but what must be.
    ///
    /// @param spacing how often, positive
    /// @param name its name
    /// @param body what to do
    /// @return the task
    public static PeriodicTask every(Duration spacing, String name, Body body) {
        return new PeriodicTask(name, spacing, body, PeriodicStrategy.LAST_STARTED, 0, false, true);
    }

    /// This task with another strategy.
    ///
    /// @param strategy from when the spacing is counted
    /// @return a new task
    public PeriodicTask withStrategy(PeriodicStrategy strategy) {
        return new PeriodicTask(name, spacing, body, strategy, jitter, runImmediately, enabled);
    }

    /// This task with a jitter of a twentieth of the spacing.
    ///
    /// @return a new task
    public PeriodicTask withJitter() {
        return withJitter(DEFAULT_JITTER);
    }

    /// This task with another jitter.
    ///
    /// @param jitter the largest part of the spacing that is added, from 0 to 1
    /// @return a new task
    public PeriodicTask withJitter(double jitter) {
        return new PeriodicTask(name, spacing, body, strategy, jitter, runImmediately, enabled);
    }

    /// This task with another start.
    ///
    /// @param runImmediately whether it runs as soon as the worker starts
    /// @return a new task
    public PeriodicTask withRunImmediately(boolean runImmediately) {
        return new PeriodicTask(name, spacing, body, strategy, jitter, runImmediately, enabled);
    }

    /// This task switched on or off.
    ///
    /// @param enabled whether a worker takes it
    /// @return a new task
    public PeriodicTask withEnabled(boolean enabled) {
        return new PeriodicTask(name, spacing, body, strategy, jitter, runImmediately, enabled);
    }
}
