/// The health of the green pools: component `greenPools` of `/actuator/health`.
///
/// ```
/// {"status":"DOWN","details":{"crawler":{"state":"proven","size":2,"running":2,"waiting":2,"oldestWait":"PT12.3S",
///   "problem":"pool 'crawler' waits for itself (size=2, running=2, waiting=2), first in line for 12300 ms"},
///   "default":{"state":"ok","size":1000,"running":0,"waiting":0,"oldestWait":"PT0S"}}}
/// ```
///
/// It tells what the watchdog has found ([io.greenlet.boot.watchdog.GreenStalls]): a stalled pool is DOWN. One that is only
/// saturated has the status of `greenlet.health.saturated-status`, which is UP at first: to take an instance out of service for its
/// load gives the others more of it.
@NullMarked
package io.greenlet.boot.health;

import org.jspecify.annotations.NullMarked;
