package io.greenlet.boot.actuate;

import io.greenlet.pool.PoolSnapshot;

/// The figures of a pool.
///
/// @param size how many tasks may run at once
/// @param free slots free; negative after a shrink until enough tasks have ended
/// @param running slots taken
/// @param waiting callers and tasks in line
/// @param queued of those, tasks whose caller has gone on
/// @param oldestWait how long the first in line has waited, ISO-8601; `PT0S` when the line is empty
/// @param spawned tasks taken so far
/// @param completed tasks whose body returned
/// @param failed tasks whose body threw
/// @param killed tasks killed or cancelled
/// @param timedOut tasks ended by the pool's time limit
/// @param rejected submissions not taken
/// @param closed whether the pool takes no more tasks
public record PoolFigures(int size, int free, int running, int waiting, int queued, String oldestWait, long spawned,
        long completed, long failed, long killed, long timedOut, long rejected, boolean closed) {

    static PoolFigures of(PoolSnapshot pool) {
        return new PoolFigures(pool.size(), pool.free(), pool.running(), pool.waiting(), pool.queued(),
                Iso.format(pool.oldestWait()), pool.spawned(), pool.completed(), pool.failed(), pool.killed(),
                pool.timedOut(), pool.rejected(), pool.closed());
    }
}
