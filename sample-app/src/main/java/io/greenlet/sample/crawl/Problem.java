package io.greenlet.sample.crawl;

/// Why a link is broken.
public enum Problem {

    /// The text of the link is no URL.
    BAD_URL,

    /// The host's name does not resolve.
    UNKNOWN_HOST,

    /// No connection: refused, or not in time.
    UNREACHABLE,

    /// The connection broke, or what came was no HTTP.
    CONNECTION_LOST,

    /// The server's certificate or protocol was not accepted.
    TLS,

    /// The answer did not end in time.
    TIMEOUT,

    /// The page is larger than a page may be; it was cut off and not read.
    TOO_LARGE,

    /// The answer's status is neither success nor a redirect.
    STATUS,

    /// A redirect without a usable target.
    BAD_REDIRECT,

    /// Redirects that lead back to where they came from.
    REDIRECT_LOOP,

    /// More redirects in a row than a check follows.
    TOO_MANY_REDIRECTS,

    /// The check starts at something that is no HTML page.
    NOT_A_PAGE,

    /// The visit was given up: the pool's own time limit, or a defect.
    GIVEN_UP
}
