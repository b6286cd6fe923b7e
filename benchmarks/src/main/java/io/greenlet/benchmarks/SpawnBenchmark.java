package io.greenlet.benchmarks;

import io.greenlet.Hub;
import io.greenlet.pool.GreenPool;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// The price of a bounded spawn of an empty body: per task, from the call until all have run.
///
/// `slots` is the limit: 1,000,000 is never reached, 1,000 now and then.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 8, time = 1)
@Fork(3)
public class SpawnBenchmark {

    private static final int TASKS = 10_000;

    /// The limit.
    @Param({"1000000", "1000"})
    public int slots;

    private GreenPool pool = new GreenPool(0);
    private Semaphore semaphore = new Semaphore(0);
    private ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

    /// For JMH.
    public SpawnBenchmark() {}

    /// Makes what is measured.
    @Setup
    public void open() {
        pool = new GreenPool(slots);
        semaphore = new Semaphore(slots);
    }

    /// Ends it.
    @TearDown
    public void close() {
        pool.close();
        executor.close();
    }

    /// The floor: no limit at all.
    @Benchmark
    @OperationsPerInvocation(TASKS)
    public void bareVirtualThread() throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(TASKS);
        for (int i = 0; i < TASKS; i++) {
            Thread.startVirtualThread(ended::countDown);
        }
        ended.await();
    }

    /// A green thread without a limit.
    @Benchmark
    @OperationsPerInvocation(TASKS)
    public void hubSpawnN() throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(TASKS);
        for (int i = 0; i < TASKS; i++) {
            Hub.parallel().spawnN(ended::countDown);
        }
        ended.await();
    }

    /// A green thread in a pool.
    @Benchmark
    @OperationsPerInvocation(TASKS)
    public void poolSpawnN() throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(TASKS);
        for (int i = 0; i < TASKS; i++) {
            pool.spawnN(ended::countDown);
        }
        ended.await();
    }

    /// What everybody writes by hand.
    @Benchmark
    @OperationsPerInvocation(TASKS)
    public void semaphoreAndExecutor() throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(TASKS);
        for (int i = 0; i < TASKS; i++) {
            semaphore.acquire();
            executor.execute(() -> {
                try {
                    ended.countDown();
                } finally {
                    semaphore.release();
                }
            });
        }
        ended.await();
    }
}
