package io.greenlet.sample.crawl;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;

/// What to check, and how far.
///
/// @param start where to begin; what belongs to the site follows from where it leads
/// @param maxPages how many pages are fetched at most; as many resources, and external URLs, are asked for
/// @param parallel how many visits of this check run at once at most; the pool's size holds as well
/// @param timeout the longest time for one visit
/// @param checkExternal whether URLs outside the site are asked for, or only counted
public record CrawlOptions(URI start, int maxPages, int parallel, Duration timeout, boolean checkExternal) {

    /// Checks the options.
    public CrawlOptions {
        if (maxPages < 1) {
            throw new IllegalArgumentException("maxPages must be positive: " + maxPages);
        }
        if (parallel < 1) {
            throw new IllegalArgumentException("parallel must be positive: " + parallel);
        }
        if (!timeout.isPositive()) {
            throw new IllegalArgumentException("timeout must be positive: " + timeout);
        }
    }

    /// Reads a URL to start at.
    ///
    /// @param text the URL
    /// @return the same, normalised
    /// @throws URISyntaxException if it is no absolute http or https URL
    public static URI startingAt(String text) throws URISyntaxException {
        return UrlReference.absolute(text);
    }
}
