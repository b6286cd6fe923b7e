/// Watches all green pools of a context for those that wait for themselves, and ends that.
///
/// A task that waits for another thread, which itself waits for a slot of the task's own pool, waits for ever once all slots are
/// held so: every executor has this hang. Here it ends in an error that shows the stacks of both:
///
/// ```
/// ERROR … pool 'crawler' waits for itself (size=2, running=2, waiting=2), first in line for 1050 ms
///   crawler-1 has a slot of pool 'crawler' and waits for green-3, which waits in line for pool 'crawler'
///   crawler-1:
///     at …
///   thread 'green' (61) waits for a slot of pool 'crawler':
///     at …
/// ```
///
/// One timer looks at all pools, every `greenlet.watchdog.interval`; a pool with nobody in line costs it one read of a field. What
/// it has found and is not over is in the bean [io.greenlet.boot.watchdog.GreenStalls]. How it finds it, and what it can prove, is
/// told at [io.greenlet.pool.StallWatch].
///
/// ```java
/// class Alarm {
///     Alarm(GreenStalls stalls) {
///         stalls.current().forEach(stall -> page(stall.pool(), stall.stall().description()));
///     }
/// }
/// ```
@NullMarked
package io.greenlet.boot.watchdog;

import org.jspecify.annotations.NullMarked;
