package io.greenlet.sample.web;

import io.greenlet.sample.crawl.Link;
import io.greenlet.sample.crawl.Visit;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The answer to `GET /pages`: what is at a URL.
///
/// @param url the URL after redirects
/// @param problem why it is no page, null if it is one
/// @param links where its links lead, without repetitions
/// @param millis how long the visit took
record PageLook(URI url, @Nullable String problem, List<URI> links, long millis) {

    static PageLook of(Visit visit) {
        String problem = visit.outcome() instanceof Visit.Broken broken ? broken.detail() : null;
        return new PageLook(visit.landed(), problem, links(visit.outcome()), visit.took().toMillis());
    }

    private static List<URI> links(Visit.Outcome outcome) {
        return switch (outcome) {
            case Visit.Page page -> page.links().stream().filter(Link.To.class::isInstance)
                    .map(link -> ((Link.To) link).url()).distinct().toList();
            case Visit.Found _,Visit.LeftSite _,Visit.Broken _ -> List.of();
        };
    }
}
