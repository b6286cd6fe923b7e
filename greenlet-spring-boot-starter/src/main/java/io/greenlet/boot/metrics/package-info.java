/// Meters of green pools, all with the tag `pool`, the pool's bean name.
///
/// | meter | kind | what |
/// |---|---|---|
/// | `greenlet.pool.size` | gauge | slots there are |
/// | `greenlet.pool.free` | gauge | slots free, negative after a shrink |
/// | `greenlet.pool.running` | gauge | slots taken |
/// | `greenlet.pool.waiting` | gauge | callers and tasks in line |
/// | `greenlet.pool.tasks` | counter | tasks by `outcome`: `completed` `failed` `killed` `timed-out` `rejected` |
/// | `greenlet.pool.wait` | timer | from handing a task in to its begin |
/// | `greenlet.pool.run` | timer | from the begin of a task to its end |
@NullMarked
package io.greenlet.boot.metrics;

import org.jspecify.annotations.NullMarked;
