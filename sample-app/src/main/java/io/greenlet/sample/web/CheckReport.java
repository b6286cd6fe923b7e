package io.greenlet.sample.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.greenlet.sample.crawl.CrawlOptions;
import io.greenlet.sample.crawl.Report;
import java.net.URI;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The body of `GET /checks/{id}`: who the check is, where it is, and the fields of its [Report] at the same level.
///
/// @param id the check's id
/// @param status where it is
/// @param message why it failed, null if it did not
/// @param url where it began
/// @param maxPages how many pages it may fetch
/// @param report what it found, so far or in the end
/// @param links where to find more
@JsonInclude(JsonInclude.Include.NON_NULL)
record CheckReport(String id, CheckStatus status, @Nullable String message, URI url, int maxPages,
        @JsonUnwrapped Report report, @JsonProperty("_links") Map<String, String> links) {

    CheckReport(String id, CheckStatus status, @Nullable String message, CrawlOptions options, Report report) {
        this(id, status, message, options.start(), options.maxPages(), report, linksOf(id));
    }

    Summary summary() {
        return new Summary(id, status, url, report.pages(), report.broken(), report.millis(), links);
    }

    /// A line of `GET /checks`.
    ///
    /// @param id the check's id
    /// @param status where it is
    /// @param url where it began
    /// @param pages pages read
    /// @param broken distinct URLs that are broken
    /// @param millis time taken, in milliseconds
    /// @param links where to find more
    record Summary(String id, CheckStatus status, URI url, int pages, int broken, long millis,
            @JsonProperty("_links") Map<String, String> links) {}

    static Map<String, String> linksOf(String id) {
        return Map.of("self", "/checks/" + id, "events", "/checks/" + id + "/events");
    }
}
