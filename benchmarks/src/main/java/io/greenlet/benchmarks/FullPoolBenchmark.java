package io.greenlet.benchmarks;

import io.github.resilience4j.bulkhead.Bulkhead;
import io.greenlet.pool.GreenPool;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Gatherers;
import java.util.stream.IntStream;
import kotlin.Unit;
import kotlinx.coroutines.sync.SemaphoreKt;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/// The price of a bounded spawn when the limit is reached: 20,000 tasks that sleep a millisecond, 1,000 at once, per task,
/// from the first call until all have run. The caller is a virtual thread.
///
/// A thousand slots of a millisecond would let a task end each microsecond; what is above that is the price of a
/// sleeping thread and of its admission. `reactorFlatMapDelay` and `kotlinLaunchDelay` sleep without a thread.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 6, time = 1)
@Fork(2)
public class FullPoolBenchmark {

    private static final int TASKS = 20_000;
    private static final int SLOTS = 1_000;
    private static final Duration BODY = Duration.ofMillis(1);

    private final GreenPool pool = new GreenPool(SLOTS);
    private final Semaphore semaphore = new Semaphore(SLOTS);
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final SimpleAsyncTaskExecutor limited = Peers.simpleAsyncTaskExecutor(SLOTS);
    private final Bulkhead bulkhead = Peers.bulkhead(SLOTS);
    private final Scheduler scheduler = Peers.boundedElastic(SLOTS);
    private final kotlinx.coroutines.sync.Semaphore permits = SemaphoreKt.Semaphore(SLOTS, 0);

    /// For JMH.
    public FullPoolBenchmark() {}

    /// Ends what is measured.
    @TearDown
    public void close() {
        pool.close();
        executor.close();
        limited.close();
        scheduler.dispose();
    }

    /// Hands a task in.
    @FunctionalInterface
    private interface Spawn {
        void spawn(Runnable body) throws Exception;
    }

    private static void spawnAll(Spawn peer) throws InterruptedException {
        Peers.require(TASKS, Peers.inVirtualThread(() -> {
            CountDownLatch ended = new CountDownLatch(TASKS);
            Runnable body = () -> {
                sleep();
                ended.countDown();
            };
            for (int i = 0; i < TASKS; i++) {
                peer.spawn(body);
            }
            ended.await();
            return TASKS - ended.getCount();
        }));
    }

    private static int sleep() {
        try {
            Thread.sleep(BODY);
            return 1;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /// Ours.
    @Benchmark
    @OperationsPerInvocation(TASKS)
    public void greenPool() throws InterruptedException {
        spawnAll(pool::spawnN);
    }

    /// No limit: all sleep at once.
    @Benchmark
    @OperationsPerInvocation(TASKS)
    public void bareVirtualThread() throws InterruptedException {
        spawnAll(Thread::startVirtualThread);
    }

    /// What everybody writes by hand.
    @Benchmark
    @OperationsPerInvocation(TASKS)
    public void semaphoreAndExecutor() throws InterruptedException {
        spawnAll(body -> {
            semaphore.acquire();
            executor.execute(() -> {
                try {
                    body.run();
                } finally {
                    semaphore.release();
                }
            });
        });
    }

    /// Spring's executor with a limit.
    @Benchmark
    @OperationsPerInvocation(TASKS)
    public void simpleAsyncTaskExecutor() throws InterruptedException {
        spawnAll(limited::execute);
    }

    /// Resilience4j's bulkhead: the caller takes a permit, the task gives it back.
    @Benchmark
    @OperationsPerInvocation(TASKS)
    public void resilience4jBulkhead() throws InterruptedException {
        spawnAll(body -> {
            bulkhead.acquirePermission();
            executor.execute(() -> {
                try {
                    body.run();
                } finally {
                    bulkhead.onComplete();
                }
            });
        });
    }

    /// Reactor's scheduler of virtual threads, which queues what finds it full.
    @Benchmark
    @OperationsPerInvocation(TASKS)
    public void reactorBoundedElastic() throws InterruptedException {
        spawnAll(scheduler::schedule);
    }

    /// The JDK's gatherer.
    @Benchmark
    @OperationsPerInvocation(TASKS)
    public void mapConcurrent() throws InterruptedException {
        Peers.require(TASKS, Peers.inVirtualThread(() -> IntStream.range(0, TASKS).boxed()
                .gather(Gatherers.mapConcurrent(SLOTS, _ -> sleep())).mapToInt(one -> one).sum()));
    }

    /// Reactor's operator, each sleep on its scheduler of virtual threads.
    @Benchmark
    @OperationsPerInvocation(TASKS)
    public void reactorFlatMapBlocking() throws InterruptedException {
        flatMap(Mono.fromCallable(FullPoolBenchmark::sleep).subscribeOn(scheduler));
    }

    /// Reactor's operator, each sleep a timer.
    @Benchmark
    @OperationsPerInvocation(TASKS)
    public void reactorFlatMapDelay() throws InterruptedException {
        flatMap(Mono.delay(BODY));
    }

    private static void flatMap(Mono<?> body) throws InterruptedException {
        Peers.require(TASKS, Peers.inVirtualThread(
                () -> Flux.range(0, TASKS).flatMap(_ -> body, SLOTS).count().blockOptional().orElse(0L)));
    }

    /// `launch { semaphore.withPermit { delay(1) } }`: all coroutines at once, 1,000 of them past the semaphore.
    @Benchmark
    @OperationsPerInvocation(TASKS)
    public void kotlinLaunchDelay() throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(TASKS);
        for (int i = 0; i < TASKS; i++) {
            var _ = Coroutine.launch(new LimitedCoroutine<>(permits, BODY.toMillis(), () -> {
                ended.countDown();
                return Unit.INSTANCE;
            }));
        }
        ended.await();
    }
}
