package io.greenlet.boot.observation;

import io.micrometer.observation.Observation;

/// How the run of a task's body is observed. A bean of this type takes the place of these defaults.
public non-sealed interface GreenRunConvention extends GreenTaskConvention<GreenTaskContext.Run> {

    /// Returns the name of the observation, and of its timer.
    ///
    /// @return `greenlet.task.run`
    @Override
    default String getName() {
        return "greenlet.task.run";
    }

    /// Returns the name of the span.
    ///
    /// @param context what is observed
    /// @return such as `crawler run`
    @Override
    default String getContextualName(GreenTaskContext.Run context) {
        return context.pool().name() + " run";
    }

    /// Says whether this is for an observation.
    ///
    /// @param context what is observed
    /// @return whether a task runs
    @Override
    default boolean supportsContext(Observation.Context context) {
        return context instanceof GreenTaskContext.Run;
    }
}
