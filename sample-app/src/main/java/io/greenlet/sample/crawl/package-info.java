/// Checks the links of one site, breadth first, on the green threads of one pool.
///
/// ```
///              wave n                               visits, as they end
///   Findings ──────────▶ pool.imapUnordered(fetch) ─────────────────────▶ Findings ──▶ wave n + 1, Progress, Report
///                            │
///                            ├─ green thread: Fetcher ─▶ PageLinks
///                            ├─ green thread: Fetcher ─▶ PageLinks
///                            └─ …  (never more than the pool's size)
/// ```
///
/// [io.greenlet.sample.crawl.Crawl] is the place where greenlet is used. Nothing here knows of Spring.
@NullMarked
package io.greenlet.sample.crawl;

import org.jspecify.annotations.NullMarked;
