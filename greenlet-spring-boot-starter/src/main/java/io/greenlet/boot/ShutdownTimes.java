package io.greenlet.boot;

import java.time.Duration;

import org.springframework.boot.context.properties.bind.BindResult;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.core.env.Environment;

/// How the time of a shutdown phase is divided.
///
/// Spring waits for a phase as long as `spring.lifecycle.timeout-per-shutdown-phase` says, then goes on and destroys the
/// beans that tasks may still use. So the kill, and the unwinding of what was killed, must be over before:
///
/// ```
///   │ grace: tasks finish                          │ kill, unwind       │ margin │
///   0                                    phase - reserve                         phase
/// ```
///
/// @param wanted what `greenlet.shutdown-grace` says, or its default
/// @param set whether it is set
/// @param phase how long the phase may take
/// @param grace how long tasks may finish: what is wanted, and never so long that no time is left to unwind
/// @param unwind how long to wait for tasks that were killed
record ShutdownTimes(Duration wanted, boolean set, Duration phase, Duration grace, Duration unwind) {

    private static final Duration DEFAULT_PHASE = Duration.ofSeconds(30); // Spring Boot's
    private static final Duration MOST_RESERVE = Duration.ofSeconds(3);
    private static final Duration LEAST_UNWIND = Duration.ofSeconds(1);
    private static final int RESERVED_PART = 4;
    private static final int MARGIN_PART = 4; // of the reserve

    static ShutdownTimes in(Environment environment) {
        Binder binder = Binder.get(environment);
        BindResult<Duration> wanted = binder.bind("greenlet.shutdown-grace", Duration.class);
        Duration phase = binder.bind("spring.lifecycle.timeout-per-shutdown-phase", Duration.class)
                .orElse(DEFAULT_PHASE);
        return of(wanted.orElseGet(() -> DurationStyle.SIMPLE.parse(GreenletProperties.DEFAULT_GRACE)),
                wanted.isBound(), phase);
    }

    static ShutdownTimes of(Duration wanted, boolean set, Duration phase) {
        Duration time = phase.isNegative() ? Duration.ZERO : phase;
        Duration reserve = least(time.dividedBy(RESERVED_PART), MOST_RESERVE);
        Duration grace = least(wanted, time.minus(reserve));
        Duration left = time.minus(grace).minus(reserve.dividedBy(MARGIN_PART));
        Duration unwind = least(grace.compareTo(LEAST_UNWIND) < 0 ? LEAST_UNWIND : grace, left);
        return new ShutdownTimes(wanted, set, time, grace, unwind);
    }

    private static Duration least(Duration one, Duration other) {
        return one.compareTo(other) <= 0 ? one : other;
    }

    /// Whether the phase does not leave the time that is wanted.
    boolean isCut() {
        return grace.compareTo(wanted) < 0;
    }

    /// Says why the grace is shorter than it should be.
    String cut() {
        return "greenlet.shutdown-grace is " + wanted + ", of which spring.lifecycle.timeout-per-shutdown-phase of "
                + phase + " leaves " + grace;
    }
}
