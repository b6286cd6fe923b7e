package io.greenlet.boot.observation;

import io.micrometer.observation.Observation;

/// How the wait of a task in line is observed. A bean of this type takes the place of these defaults.
public non-sealed interface GreenWaitConvention extends GreenTaskConvention<GreenTaskContext.Wait> {

    /// Returns the name of the observation, and of its timer.
    ///
    /// @return `greenlet.task.wait`
    @Override
    default String getName() {
        return "greenlet.task.wait";
    }

    /// Returns the name of the span.
    ///
    /// @param context what is observed
    /// @return such as `crawler wait`
    @Override
    default String getContextualName(GreenTaskContext.Wait context) {
        return context.pool().name() + " wait";
    }

    /// Says whether this is for an observation.
    ///
    /// @param context what is observed
    /// @return whether a task waits
    @Override
    default boolean supportsContext(Observation.Context context) {
        return context instanceof GreenTaskContext.Wait;
    }
}
