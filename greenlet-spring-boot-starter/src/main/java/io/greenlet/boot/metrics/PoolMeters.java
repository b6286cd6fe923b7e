package io.greenlet.boot.metrics;

import io.greenlet.GreenThread;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolListener;
import io.greenlet.pool.TaskOutcome;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;

/// The meters of one pool that are fed as things happen.
///
/// No record: timers of one name are equal whatever their registry, and a pool removes the first equal listener.
final class PoolMeters implements PoolListener {

    private final Timer waits;
    private final Timer runs;
    private final Counter resizes;

    PoolMeters(String pool, MeterRegistry registry) {
        waits = Timer.builder("greenlet.pool.wait").description("From handing a task in to its begin")
                .tag("pool", pool).register(registry);
        runs = Timer.builder("greenlet.pool.run").description("From the begin of a task to its end").tag("pool", pool)
                .register(registry);
        resizes = Counter.builder("greenlet.pool.resizes").description("Changes of the pool's size")
                .baseUnit("resizes").tag("pool", pool).register(registry);
    }

    @Override
    public void began(GreenPool pool, GreenThread<?> task, Duration waited) {
        waits.record(waited);
    }

    @Override
    public void ended(GreenPool pool, GreenThread<?> task, TaskOutcome outcome, Duration ran) {
        if (outcome != TaskOutcome.KILLED || ran.isPositive()) { // else it never began
            runs.record(ran);
        }
    }

    @Override
    public void resized(GreenPool pool, int oldSize, int newSize) {
        if (oldSize != newSize) {
            resizes.increment();
        }
    }
}
