package io.greenlet.benchmarks;

import io.github.resilience4j.bulkhead.Bulkhead;
import io.greenlet.Hub;
import io.greenlet.pool.GreenPool;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import kotlin.Unit;
import kotlinx.coroutines.sync.SemaphoreKt;
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
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/// The price of a bounded spawn of an empty body: per task, from the call until all have run.
///
/// `slots` is the limit: 1,000,000 is never reached, 1,000 now and then. The caller is a platform thread, which waits when
/// the limit is reached; Reactor's scheduler and Kotlin take all tasks at once and let them wait.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 6, time = 1)
@Fork(2)
public class SpawnBenchmark {

    private static final int TASKS = 10_000;

    /// The limit.
    @Param({"1000000", "1000"})
    public int slots;

    private GreenPool pool = new GreenPool(0);
    private Semaphore semaphore = new Semaphore(0);
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private SimpleAsyncTaskExecutor limited = Peers.simpleAsyncTaskExecutor(1);
    private final SimpleAsyncTaskExecutor unlimited = Peers
            .simpleAsyncTaskExecutor(SimpleAsyncTaskExecutor.UNBOUNDED_CONCURRENCY);
    private Bulkhead bulkhead = Peers.bulkhead(1);
    private Scheduler scheduler = Schedulers.immediate();
    private kotlinx.coroutines.sync.Semaphore permits = SemaphoreKt.Semaphore(1, 0);

    /// For JMH.
    public SpawnBenchmark() {}

    /// Makes what is measured.
    @Setup
    public void open() {
        pool = new GreenPool(slots);
        semaphore = new Semaphore(slots);
        limited = Peers.simpleAsyncTaskExecutor(slots);
        bulkhead = Peers.bulkhead(slots);
        scheduler = Peers.boundedElastic(slots);
        permits = SemaphoreKt.Semaphore(slots, 0);
    }

    /// Ends it.
    @TearDown
    public void close() {
        pool.close();
        executor.close();
        limited.close();
        unlimited.close();
        scheduler.dispose();
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

    /// Spring's executor with a limit.
    @Benchmark
    @OperationsPerInvocation(TASKS)
    public void simpleAsyncTaskExecutor() throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(TASKS);
        for (int i = 0; i < TASKS; i++) {
            limited.execute(ended::countDown);
        }
        ended.await();
    }

    /// The same without: what `@Async` runs on.
    @Benchmark
    @OperationsPerInvocation(TASKS)
    public void simpleAsyncTaskExecutorUnlimited() throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(TASKS);
        for (int i = 0; i < TASKS; i++) {
            unlimited.execute(ended::countDown);
        }
        ended.await();
    }

    /// Resilience4j's bulkhead: the caller takes a permit, the task gives it back.
    @Benchmark
    @OperationsPerInvocation(TASKS)
    public void resilience4jBulkhead() throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(TASKS);
        for (int i = 0; i < TASKS; i++) {
            bulkhead.acquirePermission();
            executor.execute(() -> {
                try {
                    ended.countDown();
                } finally {
                    bulkhead.onComplete();
                }
            });
        }
        ended.await();
    }

    /// Reactor's scheduler of virtual threads.
    @Benchmark
    @OperationsPerInvocation(TASKS)
    public void reactorBoundedElastic() throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(TASKS);
        for (int i = 0; i < TASKS; i++) {
            var _ = scheduler.schedule(ended::countDown);
        }
        ended.await();
    }

    /// `launch { semaphore.withPermit { … } }`: no thread of its own.
    @Benchmark
    @OperationsPerInvocation(TASKS)
    public void kotlinLaunch() throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(TASKS);
        for (int i = 0; i < TASKS; i++) {
            var _ = Coroutine.launch(new LimitedCoroutine<>(permits, 0, () -> {
                ended.countDown();
                return Unit.INSTANCE;
            }));
        }
        ended.await();
    }
}
