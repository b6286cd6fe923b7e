package io.greenlet.periodic;

import java.util.Objects;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// How a [PeriodicWorker] is made.
///
/// @param name the worker's name, for messages
/// @param onFailure called with what a run threw, in the run's green thread, before the next run is planned; what it throws
///     itself goes to the hub's failure handler. Null (unless set): the failure goes to the hub's failure handler
/// @param allowEmpty whether the worker may start with nothing to do; it may not unless set
/// @param stopWhenEmpty whether the worker stops by itself when every task is retired; it does not unless set
public record PeriodicOptions(String name, @Nullable BiConsumer<? super PeriodicTask, ? super Throwable> onFailure,
        boolean allowEmpty, boolean stopWhenEmpty) {

    /// Checks every option.
    public PeriodicOptions {
        Objects.requireNonNull(name, "name");
        if (name.isBlank()) {
            throw new IllegalArgumentException("name must not be blank: '" + name + "'");
        }
    }

    /// Options with nothing but a name set.
    ///
    /// @param name the worker's name
    /// @return the options
    public static PeriodicOptions named(String name) {
        return new PeriodicOptions(name, null, false, false);
    }

    /// These options with another failure handler. futurist: `on_failure`.
    ///
    /// @param onFailure who hears of failures
    /// @return new options
    public PeriodicOptions withOnFailure(BiConsumer<? super PeriodicTask, ? super Throwable> onFailure) {
        return new PeriodicOptions(name, Objects.requireNonNull(onFailure, "onFailure"), allowEmpty, stopWhenEmpty);
    }

    /// These options with another rule for an empty worker. futurist: `allow_empty`.
    ///
    /// @param allowEmpty whether the worker may start with nothing to do
    /// @return new options
    public PeriodicOptions withAllowEmpty(boolean allowEmpty) {
        return new PeriodicOptions(name, onFailure, allowEmpty, stopWhenEmpty);
    }

    /// These options with another rule for a worker whose tasks are all retired. futurist: `auto_stop_when_empty`.
    ///
    /// @param stopWhenEmpty whether it stops by itself
    /// @return new options
    public PeriodicOptions withStopWhenEmpty(boolean stopWhenEmpty) {
        return new PeriodicOptions(name, onFailure, allowEmpty, stopWhenEmpty);
    }
}
