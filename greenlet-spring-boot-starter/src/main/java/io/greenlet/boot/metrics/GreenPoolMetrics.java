package io.greenlet.boot.metrics;

import io.greenlet.boot.GreenPools;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolListener;
import io.greenlet.pool.PoolSnapshot;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/// Binds the pools of a context to meter registries: those that there are when a registry comes, and later ones as they
/// come.
///
/// Gauges and counters read the pool when they are read, and hold it weakly. What is fed by a listener (timers, resizes)
/// ends when this closes, which takes it off the pools: a pool that outlives the context would keep the registry alive.
final class GreenPoolMetrics implements MeterBinder, AutoCloseable {

    private record Place(MeterRegistry registry, String pool) {}

    private record Ear(GreenPool pool, PoolListener listener) {}

    private final GreenPools pools;
    private final List<MeterRegistry> registries = new CopyOnWriteArrayList<>();
    private final Map<Place, Ear> bound = new ConcurrentHashMap<>();

    GreenPoolMetrics(GreenPools pools) {
        this.pools = pools;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        registries.add(registry);
        pools.all().forEach((name, pool) -> bind(name, pool, registry));
    }

    /// A pool has been made, perhaps after the registries were there.
    void arrived(String name, GreenPool pool) {
        registries.forEach(registry -> bind(name, pool, registry));
    }

    private void bind(String name, GreenPool pool, MeterRegistry registry) {
        Ear ear = new Ear(pool, new PoolMeters(name, registry));
        if (bound.putIfAbsent(new Place(registry, name), ear) == null) {
            gauges(name, pool, registry);
            outcomes(name, pool, registry);
            pool.addListener(ear.listener());
        }
    }

    private static void gauges(String name, GreenPool pool, MeterRegistry registry) {
        gauge("size", "Slots of the green pool", "slots", GreenPool::size, name, pool, registry);
        gauge("free", "Free slots, negative after a shrink until enough tasks have ended", "slots", GreenPool::free,
                name, pool, registry);
        gauge("running", "Tasks that hold a slot", BaseUnits.TASKS, GreenPool::running, name, pool, registry);
        gauge("waiting", "Callers and tasks in line for a slot", BaseUnits.TASKS, GreenPool::waiting, name, pool,
                registry);
        gauge("queued", "Of those in line, tasks whose caller has gone on", BaseUnits.TASKS,
                counted -> counted.snapshot().queued(), name, pool, registry);
        TimeGauge.builder("greenlet.pool.oldest.wait", pool, TimeUnit.NANOSECONDS,
                counted -> counted.snapshot().oldestWait().toNanos())
                .description("How long the first in line has waited, zero when the line is empty").tag("pool", name)
                .register(registry);
    }

    private static void gauge(String figure, String description, String unit, ToDoubleFunction<GreenPool> value,
            String name, GreenPool pool, MeterRegistry registry) {
        Gauge.builder("greenlet.pool." + figure, pool, value).description(description).baseUnit(unit).tag("pool", name)
                .register(registry);
    }

    private static void outcomes(String name, GreenPool pool, MeterRegistry registry) {
        outcome("completed", PoolSnapshot::completed, name, pool, registry);
        outcome("failed", PoolSnapshot::failed, name, pool, registry);
        outcome("killed", PoolSnapshot::killed, name, pool, registry);
        outcome("timed-out", PoolSnapshot::timedOut, name, pool, registry);
        outcome("rejected", PoolSnapshot::rejected, name, pool, registry);
    }

    private static void outcome(String outcome, ToLongFunction<PoolSnapshot> count, String name, GreenPool pool,
            MeterRegistry registry) {
        FunctionCounter.builder("greenlet.pool.tasks", pool, counted -> count.applyAsLong(counted.snapshot()))
                .description("Tasks by how they ended; rejected ones were never taken").baseUnit(BaseUnits.TASKS)
                .tag("pool", name).tag("outcome", outcome).register(registry);
    }

    @Override
    public void close() {
        bound.values().forEach(ear -> ear.pool().removeListener(ear.listener()));
        registries.clear();
        bound.clear();
    }
}
