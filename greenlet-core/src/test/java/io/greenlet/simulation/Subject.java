package io.greenlet.simulation;

import io.greenlet.ThreadWorkload;
import io.greenlet.TimeoutWorkload;
import io.greenlet.net.ServerWorkload;
import io.greenlet.periodic.PeriodicWorkload;
import io.greenlet.pool.DagWorkload;
import io.greenlet.pool.ExecutorWorkload;
import io.greenlet.pool.GroupWorkload;
import io.greenlet.pool.MapGrowthWorkload;
import io.greenlet.pool.MapWorkload;
import io.greenlet.pool.PermitWorkload;
import io.greenlet.pool.PileWorkload;
import io.greenlet.pool.PoolWorkload;
import io.greenlet.pool.ResourceWorkload;
import io.greenlet.pool.StallWorkload;
import io.greenlet.sync.CappedWorkload;
import io.greenlet.sync.EventWorkload;
import io.greenlet.sync.QueueWorkload;
import io.greenlet.sync.SemaphoreWorkload;

/// What is simulated.
enum Subject {
    /// Green threads and their ends.
    THREADS(ThreadWorkload.class),
    /// Events, and the wait under everything.
    EVENTS(EventWorkload.class),
    /// Semaphores.
    SEMAPHORES(SemaphoreWorkload.class),
    /// Semaphores whose release waits too.
    CAPPED(CappedWorkload.class),
    /// Queues.
    QUEUES(QueueWorkload.class),
    /// The core of the pool.
    PERMITS(PermitWorkload.class),
    /// The pool around it.
    POOLS(PoolWorkload.class),
    /// Pools that may wait for themselves, and the watch over them.
    STALLS(StallWorkload.class),
    /// Piles.
    PILES(PileWorkload.class),
    /// Streams of results.
    MAPS(MapWorkload.class),
    /// Streams of results whose pool grows.
    GROWING_MAPS(MapGrowthWorkload.class),
    /// Pools of resources.
    RESOURCES(ResourceWorkload.class),
    /// Servers, without their sockets.
    SERVERS(ServerWorkload.class),
    /// Time limits, shields, and tasks in place.
    TIMEOUTS(TimeoutWorkload.class),
    /// Nodes that wait for each other.
    DAGS(DagWorkload.class),
    /// Groups.
    GROUPS(GroupWorkload.class),
    /// Executors, and the wait for several futures.
    EXECUTORS(ExecutorWorkload.class),
    /// Periodic workers.
    PERIODICS(PeriodicWorkload.class);

    private final Class<? extends Workload> workload;

    Subject(Class<? extends Workload> workload) {
        this.workload = workload;
    }

    Class<? extends Workload> workload() {
        return workload;
    }

    /// Runs some seeds. Returns their traces in one number.
    long run(long from, int seeds) throws Exception {
        Workload running = workload.getDeclaredConstructor().newInstance();
        long digest = 0;
        for (long seed = from; seed < from + seeds; seed++) {
            digest = digest * 31 + running.run(seed);
        }
        return digest;
    }
}
