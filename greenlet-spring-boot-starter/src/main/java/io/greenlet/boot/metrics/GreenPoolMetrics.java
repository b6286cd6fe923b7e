package io.greenlet.boot.metrics;

import io.greenlet.GreenThread;
import io.greenlet.boot.GreenPools;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolListener;
import io.greenlet.pool.PoolSnapshot;
import io.greenlet.pool.TaskOutcome;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/// Binds the pools of a context to meter registries.
///
/// Gauges and counters read the pool when they are read, and hold it weakly. Timers are fed by a listener, which is
/// taken off the pools when this closes: a pool that outlives the context would keep the registry alive.
final class GreenPoolMetrics implements MeterBinder, AutoCloseable {

    private record Binding(GreenPool pool, PoolListener listener) {}

    private final GreenPools pools;
    private final List<Binding> bindings = new CopyOnWriteArrayList<>();

    GreenPoolMetrics(GreenPools pools) {
        this.pools = pools;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        pools.all().forEach((name, pool) -> {
            gauges(name, pool, registry);
            outcomes(name, pool, registry);
            timers(name, pool, registry);
        });
    }

    private static void gauges(String name, GreenPool pool, MeterRegistry registry) {
        gauge("size", "Slots of the green pool", "slots", GreenPool::size, name, pool, registry);
        gauge("free", "Free slots, negative after a shrink until enough tasks have ended", "slots", GreenPool::free,
                name, pool, registry);
        gauge("running", "Tasks that hold a slot", BaseUnits.TASKS, GreenPool::running, name, pool, registry);
        gauge("waiting", "Callers and tasks in line for a slot", BaseUnits.TASKS, GreenPool::waiting, name, pool,
                registry);
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

    private void timers(String name, GreenPool pool, MeterRegistry registry) {
        Timer wait = Timer.builder("greenlet.pool.wait").description("From handing a task in to its begin")
                .tag("pool", name).register(registry);
        Timer run = Timer.builder("greenlet.pool.run").description("From the begin of a task to its end")
                .tag("pool", name).register(registry);
        Binding binding = new Binding(pool, new Stopwatch(wait, run));
        bindings.add(binding);
        pool.addListener(binding.listener());
    }

    /// No record: timers of one name are equal whatever their registry, and a pool removes the first equal listener.
    private static final class Stopwatch implements PoolListener {

        private final Timer waits;
        private final Timer runs;

        Stopwatch(Timer waits, Timer runs) {
            this.waits = waits;
            this.runs = runs;
        }

        @Override
        public void began(GreenPool pool, GreenThread<?> task, Duration waited) {
            waits.record(waited);
        }

        @Override
        public void ended(GreenPool pool, GreenThread<?> task, TaskOutcome outcome, Duration ran) {
            if (ran.isPositive()) { // else it never began
                runs.record(ran);
            }
        }
    }

    @Override
    public void close() {
        bindings.forEach(binding -> binding.pool().removeListener(binding.listener()));
        bindings.clear();
    }
}
