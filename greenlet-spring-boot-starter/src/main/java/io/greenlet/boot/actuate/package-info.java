/// The actuator endpoint `greenpools`: all green pools, one in detail, and a way to resize it now.
///
/// ```
/// GET  /actuator/greenpools           {"pools":{"crawler":{"size":200,"free":199,"running":1,"waiting":0,…}}}
/// GET  /actuator/greenpools/crawler   {"name":"crawler","size":200,…,"oldestWait":"PT0.25S","tasks":[…]}
/// POST /actuator/greenpools/crawler   {"size":50} → the pool in detail, resized
/// ```
///
/// Pools are named by their bean names. Durations are ISO-8601, as in the rest of the actuator.
@NullMarked
package io.greenlet.boot.actuate;

import org.jspecify.annotations.NullMarked;
