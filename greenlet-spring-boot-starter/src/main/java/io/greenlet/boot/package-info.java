/// Green pools for Spring Boot: beans from `greenlet.pools.*`, and what applications use.
///
/// ```
///   application.yml, environment ──▶ GreenletProperties ──▶ GreenPoolCustomizer beans ──▶ one GreenPool bean per pool
///                                                                                          │ found by bean name
///                        @GreenAsync, the endpoint greenpools, meters, shutdown ◀── GreenPools
/// ```
///
/// - [io.greenlet.boot.GreenAsync]: runs a method of a bean in a pool.
/// - [io.greenlet.boot.GreenPools]: all pools of the context, those of the properties and the user's own.
/// - [io.greenlet.boot.GreenHubs]: all hubs, those of `greenlet.hubs.*`, the user's own and the parallel one.
/// - [io.greenlet.boot.GreenPoolSettings]: has the pools follow the environment when that changes.
/// - [io.greenlet.boot.GreenPoolCustomizer]: changes how pools of the properties are made.
/// - [io.greenlet.boot.GreenletProperties]: every property, with its default.
///
/// A pool is a bean of its name. A bean that the user defines under that name takes its place. The pool `default`
/// always exists; it is a [org.springframework.context.annotation.Fallback] candidate, so that with one other pool in
/// the context an injection point without a qualifier gets that one, and with none it gets `default`. With several
/// others the name of the injection point or a qualifier decides.
///
/// Pools are closed when the context stops, after the web server has answered: they take nothing new, finish what they
/// have within `greenlet.shutdown-grace`, then log what is left by name and kill it. They open again if it starts again.
///
/// {@snippet lang="java" :
/// Crawler(GreenPool crawler, @Qualifier("default") GreenPool others) { … }
/// }
@NullMarked
package io.greenlet.boot;

import org.jspecify.annotations.NullMarked;
