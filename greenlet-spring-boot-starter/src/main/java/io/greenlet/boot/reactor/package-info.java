/// Green pools for Reactor.
///
/// ```
///   GreenReactor.limit, defer ──▶ GreenFlux ──▶ GreenPool.submit ──▶ green thread: subscribe, request … until the end
///   GreenReactor.scheduler ──▶ GreenScheduler, GreenWorker ──▶ GreenPool.submit ──▶ green thread: one task, or a queue
///   GreenReactor.mono ◀── a green thread
/// ```
///
/// Whoever subscribes or schedules is never blocked: what finds no slot stands in the pool's line. The same holds for a
/// `spawn` in an event loop: where Reactor is present, every pool of the context knows the threads that must not block.
///
/// {@snippet lang="java" :
/// Flux<Row> rows = table.rows().transform(GreenReactor.limit(database));
/// Flux<Page> pages = addresses.publishOn(GreenReactor.scheduler(crawler)).map(this::fetchBlocking);
/// }
@NullMarked
package io.greenlet.boot.reactor;

import org.jspecify.annotations.NullMarked;
