package io.greenlet.boot.actuate;

import java.time.Duration;
import java.time.temporal.ChronoUnit;

import org.jspecify.annotations.Nullable;

/// Durations as ISO-8601 text, whatever the JSON library makes of a [Duration].
final class Iso {

    private Iso() {}

    /// Returns a measured time in whole milliseconds.
    static String format(Duration duration) {
        return duration.truncatedTo(ChronoUnit.MILLIS).toString();
    }

    /// Returns a limit as it was set, null for none.
    static @Nullable String limit(@Nullable Duration limit) {
        return limit == null ? null : limit.toString();
    }
}
