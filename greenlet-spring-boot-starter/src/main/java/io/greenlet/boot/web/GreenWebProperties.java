package io.greenlet.boot.web;

import io.greenlet.boot.InvalidValue;
import java.time.Duration;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// What `greenlet.web.*` says.
///
/// @param blockingPool Name of the pool that runs blocking controller methods (WebFlux) or asynchronous request handling,
///     such as a Callable (MVC). Spring's own executor if not set.
/// @param requestPool Name of the pool whose green threads Tomcat handles requests in (MVC). Tomcat's own threads if not
///     set.
/// @param rejectedStatus HTTP status of a request that a pool has rejected.
/// @param retryAfter When a client should try again that a pool has rejected; the header Retry-After, in whole seconds.
///     Zero leaves the header out.
@ConfigurationProperties("greenlet.web")
public record GreenWebProperties(@Nullable String blockingPool, @Nullable String requestPool,
        @DefaultValue("503") int rejectedStatus, @DefaultValue("1s") Duration retryAfter) {

    /// Checks the values.
    public GreenWebProperties {
        InvalidValue.check(rejectedStatus >= 400 && rejectedStatus <= 599, "rejected-status",
                "must be the status of an error", rejectedStatus, "a number from 400 to 599, such as 503 or 429");
        InvalidValue.check(!retryAfter.isNegative(), "retry-after", "must not be negative", retryAfter,
                "a duration of zero or more, such as 5s");
    }

    /// Returns the value of the header `Retry-After`: whole seconds, rounded up.
    ///
    /// @return a number, or null for no header
    public @Nullable String retryAfterSeconds() {
        return retryAfter.isZero() ? null : Long.toString(retryAfter.plusNanos(999_999_999).toSeconds());
    }
}
