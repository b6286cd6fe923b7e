package io.greenlet.sample.web;

import io.greenlet.sample.crawl.CrawlOptions;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The body of `POST /checks`, read field by field so that a message can name the field, the rule and the value.
///
/// | field | | unless given |
/// |---|---|---|
/// | `url` | where to begin | the bundled site, also if empty |
/// | `maxPages` | how many pages at most, 1 to 100000 | 2000 |
/// | `parallel` | how many visits of this check at once at most, 1 to 10000 | 1000: the pool decides |
/// | `timeoutMillis` | the longest time for one visit, 100 to 60000 | 10000 |
/// | `checkExternal` | whether to ask for URLs outside the site too | false |
final class CheckRequest {

    private static final List<String> FIELDS = List.of("url", "maxPages", "parallel", "timeoutMillis", "checkExternal");

    private final Map<String, @Nullable Object> fields;

    CheckRequest(Map<String, @Nullable Object> fields) {
        this.fields = fields;
        for (String field : fields.keySet()) {
            if (!FIELDS.contains(field)) {
                throw new InvalidRequest("field", "be one of " + FIELDS, field);
            }
        }
    }

    /// Returns what is asked for.
    ///
    /// @param site where to begin unless the request says
    /// @throws InvalidRequest if a field breaks its rule
    CrawlOptions options(String site) {
        return new CrawlOptions(url(site), number("maxPages", 2_000, 1, 100_000), number("parallel", 1_000, 1, 10_000),
                Duration.ofMillis(number("timeoutMillis", 10_000, 100, 60_000)), flag("checkExternal"));
    }

    private URI url(String site) {
        Object value = fields.get("url");
        String url = value == null || value.equals("") ? site : value.toString();
        try {
            return CrawlOptions.startingAt(url);
        } catch (URISyntaxException e) {
            throw new InvalidRequest("url", "be an absolute http or https URL", url + " (" + e.getReason() + ")");
        }
    }

    private int number(String field, int otherwise, int least, int most) {
        return switch (fields.get(field)) {
            case null -> otherwise;
            case Integer number when number >= least && number <= most -> number;
            case Object value -> throw new InvalidRequest(field,
                    "be a whole number between " + least + " and " + most, value);
        };
    }

    private boolean flag(String field) {
        return switch (fields.get(field)) {
            case null -> false;
            case Boolean flag -> flag;
            case Object value -> throw new InvalidRequest(field, "be true or false", value);
        };
    }
}
