package io.greenlet.pool;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// How long the resources of a pool last, in nanoseconds.
///
/// @param maxIdleNanos how long one may be idle
/// @param maxAgeNanos how old one may become
/// @param checkAfterNanos how long one must have been idle to be checked
record Lifespan(long maxIdleNanos, long maxAgeNanos, long checkAfterNanos) {

    static final long UNLIMITED = Long.MAX_VALUE;

    /// The idle time of one that is kept however long that is.
    static final long NOT_SPARE = -1;

    static Lifespan of(ResourceOptions<?> options) {
        return new Lifespan(nanos(options.maxIdle()), nanos(options.maxAge()),
                options.check() == null ? UNLIMITED : nanos(options.checkAfter()));
    }

    private static long nanos(@Nullable Duration duration) {
        long nanos = duration == null ? UNLIMITED : TimeUnit.NANOSECONDS.convert(duration);
        return nanos > UNLIMITED >> 1 ? UNLIMITED : nanos; // times are compared within half the clock's range
    }

    boolean isOver(long ageNanos) {
        return ageNanos >= maxAgeNanos;
    }

    boolean wantsCheck(long idleNanos) {
        return idleNanos >= checkAfterNanos;
    }

    /// How long one may stay idle from now on; zero or less if it may not.
    long leftNanos(long ageNanos, long idleNanos) {
        long left = maxAgeNanos == UNLIMITED ? UNLIMITED : maxAgeNanos - ageNanos;
        if (maxIdleNanos == UNLIMITED || idleNanos == NOT_SPARE) {
            return left;
        }
        return Math.min(left, maxIdleNanos - idleNanos);
    }
}
