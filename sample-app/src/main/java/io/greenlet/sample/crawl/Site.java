package io.greenlet.sample.crawl;

import java.net.URI;

/// What belongs to a check: everything of one origin whose path begins with the folder that the check starts in.
///
/// @param prefix origin and folder, as in `http://localhost:8080/site/`
record Site(String prefix) {

    /// Returns the site around a page.
    static Site around(URI page) {
        return new Site(page.resolve(".").toString());
    }

    /// Says whether a URL belongs to the site.
    boolean contains(URI url) {
        return url.toString().startsWith(prefix);
    }
}
