package io.greenlet.sample.crawl;

import java.time.Duration;

/// What a fetch may cost, whatever the server does.
///
/// @param connectTimeout how long a connection may take to come about
/// @param maxPageBytes how large a page may be; a larger one is cut off there
/// @param maxRedirects how many redirects in a row are followed
public record FetchLimits(Duration connectTimeout, int maxPageBytes, int maxRedirects) {

    /// Checks the limits.
    public FetchLimits {
        if (!connectTimeout.isPositive()) {
            throw new IllegalArgumentException("connectTimeout must be positive: " + connectTimeout);
        }
        if (maxPageBytes < 1) {
            throw new IllegalArgumentException("maxPageBytes must be positive: " + maxPageBytes);
        }
        if (maxRedirects < 0) {
            throw new IllegalArgumentException("maxRedirects must not be negative: " + maxRedirects);
        }
    }
}
