package io.greenlet.pool;

import java.time.Duration;

/// A pool at one moment. `size`, `free` and `running` are read together; the counters follow an instant later each.
///
/// @param name the pool's name
/// @param size how many tasks may run at once
/// @param free slots free; negative after a shrink until enough tasks have ended
/// @param running slots taken: `size - free`
/// @param waiting callers and tasks in line
/// @param queued of those, tasks whose caller has gone on
/// @param oldestWait how long the first in line has waited, zero when the line is empty
/// @param spawned tasks taken so far, whether or not they have begun; one sent away after it has waited too long is not
///     counted any more
/// @param completed tasks whose body returned
/// @param failed tasks whose body threw
/// @param killed tasks killed or cancelled
/// @param timedOut tasks ended by the pool's time limit
/// @param rejected submissions not taken
/// @param closed whether the pool takes no more tasks
public record PoolSnapshot(String name, int size, int free, int running, int waiting, int queued, Duration oldestWait,
        long spawned, long completed, long failed, long killed, long timedOut, long rejected, boolean closed) {}
