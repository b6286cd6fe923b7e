package io.greenlet.sample.crawl;

import java.net.URI;
import java.time.Duration;
import java.util.List;

/// What came of visiting a URL.
///
/// @param target what was visited
/// @param landed the URL after redirects
/// @param outcome what was there
/// @param took how long the visit took, redirects included
public record Visit(Target target, URI landed, Outcome outcome, Duration took) {

    /// One line for a log.
    @Override
    public String toString() {
        String what = switch (outcome) {
            case Page page -> "a page of " + page.links().size() + " links";
            case Found _ -> "found";
            case LeftSite left -> "leads to " + left.to();
            case Broken broken -> broken.detail();
        };
        return target.url() + ": " + what + ", " + took.toMillis() + " ms";
    }

    /// What was there.
    public sealed interface Outcome {}

    /// An HTML page.
    ///
    /// @param links its links in order, with repetitions
    public record Page(List<Link> links) implements Outcome {

        /// Copies the links.
        public Page {
            links = List.copyOf(links);
        }
    }

    /// Something that exists and was not read.
    public record Found() implements Outcome {}

    /// A redirect that leaves the site.
    ///
    /// @param to where it leads
    public record LeftSite(URI to) implements Outcome {}

    /// Nothing that can be used.
    ///
    /// @param problem why
    /// @param detail the same in words, with the figures
    public record Broken(Problem problem, String detail) implements Outcome {}
}
