/// The application around the crawl: the HTTP interface, the page at `/`, and the site to check under `/site/`.
///
/// | request | answer |
/// |---|---|
/// | `POST /checks` `{"url": …, "maxPages": …}` | 202, the check's id and links; every field is optional |
/// | `GET /checks` | the checks that are remembered, newest first |
/// | `GET /checks/{id}` | the report, also while the check runs |
/// | `GET /checks/{id}/events` | server-sent events: `progress` ten times a second, from the beginning, then `done` |
/// | `DELETE /checks/{id}` | cancels the check |
/// | `GET /pages?url=…` | one page, looked at by a green thread of the pool `crawler` |
/// | `GET /pages/links?url=…` | its links, by code that blocks, in the pool `requests` |
///
/// Three pools, all from `application.yml`: `crawler` runs the visits of all checks, `checks` one green thread for each
/// check, `requests` the controller methods that return plain values. Handing a check to its pool never blocks, so it may
/// be done on an event loop; what blocks runs in green threads only.
@NullMarked
package io.greenlet.sample.web;

import org.jspecify.annotations.NullMarked;
