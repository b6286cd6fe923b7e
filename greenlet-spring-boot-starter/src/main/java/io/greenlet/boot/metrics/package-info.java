/// Meters of green pools, all with the tag `pool`, the pool's bean name.
///
/// | meter | kind | what |
/// |---|---|---|
/// | `greenlet.pool.size` | gauge | slots there are |
/// | `greenlet.pool.free` | gauge | slots free, negative after a shrink |
/// | `greenlet.pool.running` | gauge | slots taken |
/// | `greenlet.pool.waiting` | gauge | callers and tasks in line |
/// | `greenlet.pool.queued` | gauge | of those, tasks whose caller has gone on |
/// | `greenlet.pool.oldest.wait` | gauge of seconds | how long the first in line has waited |
/// | `greenlet.pool.tasks` | counter | tasks by `outcome`: `completed` `failed` `killed` `timed-out` `rejected` |
/// | `greenlet.pool.resizes` | counter | changes of the size |
/// | `greenlet.pool.wait` | timer | from handing a task in to its begin |
/// | `greenlet.pool.run` | timer | from the begin of a task to its end |
///
/// Pools that come while the application runs are metered too if they are beans; one that is registered as a finished
/// object (`registerSingleton`) after the start is not. Histograms and percentiles of the timers are those of
/// `management.metrics.distribution.*`:
///
/// ```yaml
/// management.metrics.distribution.percentiles-histogram.greenlet.pool.wait: true
/// ```
@NullMarked
package io.greenlet.boot.metrics;

import org.jspecify.annotations.NullMarked;
