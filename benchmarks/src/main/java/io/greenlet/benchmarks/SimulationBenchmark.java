package io.greenlet.benchmarks;

import io.greenlet.Green;
import io.greenlet.Hub;
import io.greenlet.SimulatedHub;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolOptions;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// How many schedules a simulated hub runs in a second: one is a fresh hub and four green threads that share a pool of
/// two slots. Run it on one core: `taskset -c 0 java -jar …`.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class SimulationBenchmark {

    private long seed;

    /// For JMH.
    public SimulationBenchmark() {}

    /// One schedule.
    @Benchmark
    public long schedule() throws InterruptedException {
        try (SimulatedHub hub = Hub.simulated(seed++)) {
            GreenPool pool = GreenPool.of(PoolOptions.named("two").withHub(hub).withSize(2));
            for (int i = 0; i < 4; i++) {
                var _ = pool.submit(() -> {
                    Green.yieldNow();
                    return true;
                });
            }
            hub.run();
            return hub.trace();
        }
    }
}
