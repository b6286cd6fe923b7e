package io.greenlet.sample.crawl;

/// What a URL is to a check, which says how it is asked for.
public enum Role {

    /// Where the check starts: fetched and read, wherever its redirects lead.
    START,

    /// A page of the site, named by `a`, `area`, `iframe` or `frame`: fetched, and read if it is HTML.
    PAGE,

    /// Something that a page of the site is made of, named by `img`, `script` or `link`: asked for, never read.
    RESOURCE,

    /// A URL outside the site: counted, and asked for only if the check says so.
    EXTERNAL
}
