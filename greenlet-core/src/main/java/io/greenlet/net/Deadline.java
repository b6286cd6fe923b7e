package io.greenlet.net;

import io.greenlet.Hub;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// A time limit that has begun, on the clock of the hub of who began it, or none.
final class Deadline {

    private final Hub clock = Hub.current();
    private final @Nullable Duration limit;
    private final long start = clock.nanoTime();

    /// @param limit how long from now; null for no limit
    Deadline(@Nullable Duration limit) {
        this.limit = limit;
    }

    /// Returns what is left of it, zero or less when it is over, and null for no limit.
    @Nullable Duration left() {
        return limit == null ? null : limit.minusNanos(clock.nanoTime() - start);
    }

    /// The whole limit.
    @Override
    public String toString() {
        return String.valueOf(limit);
    }
}
