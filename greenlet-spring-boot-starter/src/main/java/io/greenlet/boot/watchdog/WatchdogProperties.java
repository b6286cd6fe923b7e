package io.greenlet.boot.watchdog;

import io.greenlet.boot.InvalidValue;
import java.time.Duration;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// What `greenlet.watchdog.*` says.
///
/// @param enabled Whether green pools are watched for stalls.
/// @param interval How often the watchdog looks. It takes two looks to find that a pool waits for itself.
/// @param stallAfter How long no task of a full pool must have begun or ended, with somebody in line, before it is suspected to
///     wait for itself. What is proven does not wait for this.
/// @param saturatedAfter How long the first must have stood in line before a pool is called saturated.
/// @param onProven What to do when a pool is proven to wait for itself: take one out of the line, who gets an exception (reject),
///     or only say so (report).
/// @param onSuspected What to do when a pool is only suspected to.
@ConfigurationProperties("greenlet.watchdog")
public record WatchdogProperties(@DefaultValue("true") boolean enabled, @DefaultValue("1s") Duration interval,
        @DefaultValue("10s") Duration stallAfter, @DefaultValue("60s") Duration saturatedAfter,
        @DefaultValue("reject") Action onProven, @DefaultValue("report") Action onSuspected) {

    /// What to do about a stall.
    public enum Action {

        /// Take the one out of the line whom a task with a slot waits for; he gets a `RejectedSubmission` with both stacks.
        REJECT,

        /// Log it, no more.
        REPORT
    }

    /// Checks the values.
    public WatchdogProperties {
        requirePositive("interval", interval, "1s");
        requirePositive("stall-after", stallAfter, "10s");
        requirePositive("saturated-after", saturatedAfter, "60s");
    }

    private static void requirePositive(String key, Duration value, String example) {
        InvalidValue.check(value.isPositive(), key, "must be positive", value,
                "a duration above zero, such as " + example);
    }
}
