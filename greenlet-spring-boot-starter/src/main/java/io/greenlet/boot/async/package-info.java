/// `@GreenAsync`: calls of bean methods as tasks of green pools.
///
/// ```
///   proxy ──▶ GreenAsyncInterceptor ──▶ GreenPool.spawn ──▶ green thread: the method, then the end of its result
///                 │ Mono, Flux: per subscription                                  │
///                 └──▶ GreenReactor.defer ──▶ …                      slot back, then the caller's handle ends
/// ```
///
/// - `GreenAsyncPostProcessor` gives beans with such methods a proxy, and checks every bean class when the context
///   starts: return types, proxies, names of pools.
/// - `GreenAsyncMethods` finds the methods and reads their annotation.
/// - `GreenAsyncInterceptor` runs a call, `InnerResult` waits for what the method itself returned; what returns a
///   publisher is left to the package `reactor`, which alone needs Reactor.
@NullMarked
package io.greenlet.boot.async;

import org.jspecify.annotations.NullMarked;
