package io.greenlet.sample.crawl;

import java.util.List;

/// What a check found; or has found so far.
///
/// @param pages HTML pages of the site that were read, each once however many redirects lead there
/// @param links links on those pages, with repetitions: see [PageLinks] for what a link is
/// @param internal distinct URLs of the site that links name, redirects lead to, or the check began with
/// @param external distinct other URLs that links name
/// @param broken distinct URLs that are broken, external ones only if the check asked for them
/// @param references distinct pairs of a page and a broken URL on it
/// @param skipped URLs that a limit of the check left out
/// @param millis time taken, in milliseconds
/// @param peakRunning the most tasks seen running in the pool, of this check and others
/// @param peakWaiting the most tasks seen waiting in the pool, of this check and others
/// @param brokenLinks the broken URLs, the first thousand of them
/// @param slowestPages the ten slowest pages, slowest first
public record Report(int pages, long links, int internal, int external, int broken, int references, int skipped,
        long millis, int peakRunning, int peakWaiting, List<BrokenLink> brokenLinks, List<SlowPage> slowestPages) {

    /// Copies the lists.
    public Report {
        brokenLinks = List.copyOf(brokenLinks);
        slowestPages = List.copyOf(slowestPages);
    }

    /// A broken link and where it is found.
    ///
    /// @param url the URL, or the text of the link if that is no URL
    /// @param problem why it is broken
    /// @param detail the same in words, with the figures
    /// @param references how many pages have it; none if the check began with it
    /// @param foundOn the first twenty of these pages, in the order of their URLs
    public record BrokenLink(String url, Problem problem, String detail, int references, List<String> foundOn) {

        /// Copies the pages.
        public BrokenLink {
            foundOn = List.copyOf(foundOn);
        }
    }

    /// How long a page took.
    ///
    /// @param url the page
    /// @param millis from the request to the last byte, read and parsed, redirects included, in milliseconds
    public record SlowPage(String url, long millis) {}
}
