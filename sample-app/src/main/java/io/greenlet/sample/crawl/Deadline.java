package io.greenlet.sample.crawl;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// When a visit must be over.
///
/// @param began of `System.nanoTime`
/// @param limit how long it may take
record Deadline(long began, Duration limit) {

    static Deadline after(Duration limit) {
        return new Deadline(System.nanoTime(), limit);
    }

    /// Returns the time that is left, in nanoseconds; zero or less when it is over.
    long nanosLeft() {
        return TimeUnit.NANOSECONDS.convert(limit.minus(elapsed()));
    }

    Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - began);
    }
}
