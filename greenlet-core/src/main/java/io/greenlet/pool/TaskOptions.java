package io.greenlet.pool;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What is special about one task: what its pool says holds for everything left out.
///
/// {@snippet lang="java" :
/// pool.submit(() -> fetch(page), TaskOptions.describedAs("fetch " + page).withTimeout(Duration.ofSeconds(2)));
/// }
///
/// @param description what the task does, for those who look at the pool, null for nothing to say
/// @param timeout how long its body may run before it is interrupted and fails, null for the pool's `taskTimeout`
/// @param maxWait how long it, or its caller, stands in line at most; zero does not wait, null for the pool's `maxWait` in
///     `spawn` and no limit in `submit`
public record TaskOptions(@Nullable String description, @Nullable Duration timeout, @Nullable Duration maxWait) {

    /// Nothing special.
    public static final TaskOptions NONE = new TaskOptions(null, null, null);

    /// Checks every option.
    public TaskOptions {
        requirePositive("timeout", timeout);
        requireNotNegative("maxWait", maxWait);
    }

    /// Options that say nothing but what the task does.
    ///
    /// @param description what it does
    /// @return the options
    public static TaskOptions describedAs(String description) {
        return new TaskOptions(Objects.requireNonNull(description, "description"), null, null);
    }

    /// These options with another description.
    ///
    /// @param description what the task does; null for nothing to say
    /// @return new options
    public TaskOptions withDescription(@Nullable String description) {
        return new TaskOptions(description, timeout, maxWait);
    }

    /// These options with another time limit.
    ///
    /// @param timeout how long the body may run, positive; null for the pool's
    /// @return new options
    public TaskOptions withTimeout(@Nullable Duration timeout) {
        return new TaskOptions(description, timeout, maxWait);
    }

    /// These options with another limit of waiting.
    ///
    /// @param maxWait how long it may stand in line, not negative; null for the pool's
    /// @return new options
    public TaskOptions withMaxWait(@Nullable Duration maxWait) {
        return new TaskOptions(description, timeout, maxWait);
    }

    static void requirePositive(String what, @Nullable Duration limit) {
        if (limit != null && !limit.isPositive()) {
            throw new IllegalArgumentException(what + " must be positive: " + limit);
        }
    }

    static void requireNotNegative(String what, @Nullable Duration limit) {
        if (limit != null && limit.isNegative()) {
            throw new IllegalArgumentException(what + " must not be negative: " + limit);
        }
    }
}
