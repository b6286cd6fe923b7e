/// Spring Cloud, where it is present: pools follow the environment while they run.
///
/// ```
///   config server, EnvironmentManager, ContextRefresher ──▶ environment ──▶ EnvironmentChangeEvent
///                                                                               │ the difference, at once
///                                                                               ▼
///                                                          GreenPoolSettings ──▶ GreenPool.reconfigure
/// ```
///
/// ```
/// POST /actuator/env       {"name":"greenlet.pools.crawler.size","value":"50"}
/// POST /actuator/refresh
/// ```
///
/// What was changed in another way, by the endpoint `greenpools` say, and has not changed in the environment stays. New
/// pools, those that are gone, and other hubs take effect with a restart, and the log says so.
@NullMarked
package io.greenlet.boot.cloud;

import org.jspecify.annotations.NullMarked;
