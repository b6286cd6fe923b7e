/// Green pools in WebFlux.
///
/// - `greenlet.web.blocking-pool`: controller methods whose return type is not reactive run in that pool.
/// - `GreenThread` as a return value of a controller.
/// - A request that a pool rejects is answered with `greenlet.web.rejected-status`.
/// - With a Reactor Netty before 1.3.8 each request is handled in a turn of the event loop of its own, without which an
///   answer of a green thread may cost its connection the next requests.
///
/// {@snippet lang="java" :
/// @GetMapping("/quote")
/// GreenThread<Quote> quote() throws InterruptedException {
///     return partner.spawn(this::fetchBlocking); // a client that disconnects kills it
/// }
/// }
@NullMarked
package io.greenlet.boot.webflux;

import org.jspecify.annotations.NullMarked;
