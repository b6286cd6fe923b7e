/// Green pools in MVC.
///
/// - `greenlet.web.request-pool`: Tomcat handles requests in green threads of that pool; what finds no slot waits in its
///   line, and a graceful shutdown answers it.
/// - `greenlet.web.blocking-pool`: what a controller returns to run later, a `Callable` for instance, runs in that pool.
/// - `GreenThread` as a return value of a controller.
/// - A request that a pool rejects is answered with `greenlet.web.rejected-status`.
@NullMarked
package io.greenlet.boot.webmvc;

import org.jspecify.annotations.NullMarked;
