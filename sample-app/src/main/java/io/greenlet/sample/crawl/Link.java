package io.greenlet.sample.crawl;

import java.net.URI;

/// A link of a page: an element that names an http(s) URL.
public sealed interface Link {

    /// A link that can be followed.
    ///
    /// @param url absolute, normalised, without a fragment
    /// @param resource whether it names a resource of the page and not another page
    record To(URI url, boolean resource) implements Link {}

    /// A link whose text is no URL.
    ///
    /// @param text the text as it stands in the page
    /// @param why what is wrong with it
    record Bad(String text, String why) implements Link {}
}
