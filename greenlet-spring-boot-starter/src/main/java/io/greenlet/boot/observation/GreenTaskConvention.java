package io.greenlet.boot.observation;

import io.micrometer.common.KeyValues;
import io.micrometer.observation.ObservationConvention;

/// The names and the keys of observations of tasks, unless overridden.
///
/// @param <C> what is observed
public sealed interface GreenTaskConvention<C extends GreenTaskContext> extends ObservationConvention<C>
        permits GreenWaitConvention, GreenRunConvention {

    /// Returns the keys with few values: `pool` and `outcome`.
    ///
    /// @param context what is observed
    /// @return keys and values
    @Override
    default KeyValues getLowCardinalityKeyValues(C context) {
        return KeyValues.of("pool", context.pool().name(), "outcome", context.outcome());
    }

    /// Returns the keys with many values: `task`, the green thread's name.
    ///
    /// @param context what is observed
    /// @return keys and values
    @Override
    default KeyValues getHighCardinalityKeyValues(C context) {
        return KeyValues.of("task", context.task().name());
    }
}
