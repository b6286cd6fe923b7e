/// The actuator endpoints: `greenpools` shows the green pools and changes their settings, `greenhub` shows the hubs that
/// their tasks run on.
///
/// ```
/// GET  /actuator/greenpools           {"pools":{"crawler":{"size":200,"free":199,"running":1,"waiting":0,…}}}
/// GET  /actuator/greenpools/crawler   {"name":"crawler","size":200,…,"oldestWait":"PT0.25S","tasks":[…],"waiters":[…]}
/// POST /actuator/greenpools/crawler   {"size":50,"maxWait":"500ms"} → the pool in detail, changed
/// GET  /actuator/greenhub             {"hubs":{"parallel":{"kind":"parallel","greensJdkBlocking":true,…}}}
/// GET  /actuator/greenhub/parallel    {"name":"parallel","kind":"parallel",…,"threads":[…]}
/// ```
///
/// Pools are named by their bean names, hubs by their own. Durations are ISO-8601, as in the rest of the actuator. Names,
/// descriptions that the application gives its tasks, and stacks are shown; values of variables and of queues are not.
@NullMarked
package io.greenlet.boot.actuate;

import org.jspecify.annotations.NullMarked;
