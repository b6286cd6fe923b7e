/// A link checker, to see greenlet at work: start it, open its page, and watch a bounded pool of green threads check a
/// web site while you resize the pool.
///
/// ```
///   browser ──▶ web ──▶ crawl ──▶ io.greenlet.pool
///   (page, POST /checks, events)
/// ```
///
/// [io.greenlet.sample.crawl] checks a site on a pool; begin reading at [io.greenlet.sample.crawl.Crawl].
/// [io.greenlet.sample.web] is the application around it.
@NullMarked
package io.greenlet.sample;

import org.jspecify.annotations.NullMarked;
