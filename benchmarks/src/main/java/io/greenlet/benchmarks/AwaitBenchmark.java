package io.greenlet.benchmarks;

import io.github.resilience4j.bulkhead.Bulkhead;
import io.greenlet.GreenThread;
import io.greenlet.Hub;
import io.greenlet.pool.GreenPool;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import kotlin.coroutines.Continuation;
import kotlinx.coroutines.BuildersKt;
import kotlinx.coroutines.CoroutineStart;
import kotlinx.coroutines.Deferred;
import kotlinx.coroutines.Dispatchers;
import kotlinx.coroutines.sync.SemaphoreKt;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/// The price of a result: a trivial task is spawned and its result awaited, per task. The caller is a virtual thread, with
/// Kotlin a coroutine; the limit, where there is one, is 1,000 and not reached.
///
/// `batch` says how many are spawned before all of them are awaited: with 1 the caller waits for each, with 100 it
/// seldom has to. Jox has its forks in scopes that stand on a preview API of JDK 21, so they are not here.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 6, time = 1)
@Fork(2)
public class AwaitBenchmark {

    private static final int TASKS = 10_000;
    private static final long SUM = TASKS * (TASKS - 1L) / 2;
    private static final int SLOTS = 1_000;

    /// How many are spawned before they are awaited.
    @Param({"1", "100"})
    public int batch;

    private final GreenPool pool = new GreenPool(SLOTS);
    private final Semaphore semaphore = new Semaphore(SLOTS);
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final SimpleAsyncTaskExecutor limited = Peers.simpleAsyncTaskExecutor(SLOTS);
    private final Bulkhead bulkhead = Peers.bulkhead(SLOTS);
    private final Scheduler scheduler = Peers.boundedElastic(SLOTS);
    private final kotlinx.coroutines.sync.Semaphore permits = SemaphoreKt.Semaphore(SLOTS, 0);

    /// For JMH.
    public AwaitBenchmark() {}

    /// Ends what is measured.
    @TearDown
    public void close() {
        pool.close();
        executor.close();
        limited.close();
        scheduler.dispose();
    }

    /// Spawns a task whose result is the given number.
    @FunctionalInterface
    private interface Spawn<H> {
        H spawn(Integer number) throws Exception;
    }

    /// Awaits its result.
    @FunctionalInterface
    private interface Await<H> {
        int await(H handle) throws Exception;
    }

    private <H> void sum(Spawn<H> spawn, Await<H> await) throws InterruptedException {
        Peers.require(SUM, Peers.inVirtualThread(() -> {
            List<H> handles = new ArrayList<>(batch);
            long sum = 0;
            for (int i = 0; i < TASKS; i++) {
                handles.add(spawn.spawn(i));
                if (handles.size() == batch) {
                    for (H handle : handles) {
                        sum += await.await(handle);
                    }
                    handles.clear();
                }
            }
            return sum;
        }));
    }

    private void sumFutures(Spawn<Future<Integer>> spawn) throws InterruptedException {
        sum(spawn, Future::get);
    }

    /// Ours.
    @Benchmark
    @OperationsPerInvocation(TASKS)
    public void greenPool() throws InterruptedException {
        this.<GreenThread<Integer>>sum(number -> pool.spawn(() -> number), GreenThread::await);
    }

    /// A green thread without a limit.
    @Benchmark
    @OperationsPerInvocation(TASKS)
    public void greenHub() throws InterruptedException {
        this.<GreenThread<Integer>>sum(number -> Hub.parallel().spawn(() -> number), GreenThread::await);
    }

    /// The floor: no limit, no task that could be cancelled.
    @Benchmark
    @OperationsPerInvocation(TASKS)
    public void bareVirtualThread() throws InterruptedException {
        sumFutures(number -> {
            CompletableFuture<Integer> result = new CompletableFuture<>();
            Thread.startVirtualThread(() -> result.complete(number));
            return result;
        });
    }

    /// What everybody writes by hand.
    @Benchmark
    @OperationsPerInvocation(TASKS)
    public void semaphoreAndExecutor() throws InterruptedException {
        sumFutures(number -> {
            semaphore.acquire();
            return executor.submit(() -> {
                try {
                    return number;
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
        sumFutures(number -> limited.submit(() -> number));
    }

    /// Resilience4j's bulkhead around a stage.
    @Benchmark
    @OperationsPerInvocation(TASKS)
    public void resilience4jBulkhead() throws InterruptedException {
        sumFutures(number -> bulkhead
                .executeCompletionStage(() -> CompletableFuture.supplyAsync(() -> number, executor))
                .toCompletableFuture());
    }

    /// A Mono on Reactor's scheduler of virtual threads.
    @Benchmark
    @OperationsPerInvocation(TASKS)
    public void reactorBoundedElastic() throws InterruptedException {
        sumFutures(number -> Mono.fromCallable(() -> number).subscribeOn(scheduler).toFuture());
    }

    /// `async { semaphore.withPermit { … } }`, no thread of its own.
    @Benchmark
    @OperationsPerInvocation(TASKS)
    public void kotlinAsync() throws InterruptedException {
        Peers.require(SUM, Coroutine.result(Coroutine.async(new Sum(null, batch, permits))));
    }

    /// A coroutine that spawns coroutines and awaits them, as [#sum].
    @SuppressWarnings("serial") // as its superclass
    private static final class Sum extends Coroutine<Long> {

        private final int batch;
        private final kotlinx.coroutines.sync.Semaphore permits;
        private final List<Deferred<Integer>> handles;
        private int spawned;
        private int awaited; // of the handles
        private long sum;

        Sum(@Nullable Continuation<Object> completion, int batch, kotlinx.coroutines.sync.Semaphore permits) {
            super(completion);
            this.batch = batch;
            this.permits = permits;
            handles = new ArrayList<>(batch);
        }

        @Override
        Coroutine<Long> of(Continuation<Object> completion) {
            return new Sum(completion, batch, permits);
        }

        @Override
        Object resume(@Nullable Object result) {
            Object value = result;
            for (;;) {
                if (value instanceof Integer number) { // that of the handle awaited last; none at the start
                    sum += number;
                    awaited++;
                }
                if (awaited == handles.size()) {
                    if (spawned == TASKS) {
                        return sum;
                    }
                    spawnBatch();
                }
                value = handles.get(awaited).await(this);
                if (isSuspended(value)) {
                    return SUSPENDED;
                }
            }
        }

        private void spawnBatch() {
            handles.clear();
            awaited = 0;
            for (int i = 0; i < batch; i++) {
                Integer number = spawned++;
                handles.add(BuildersKt.async(scope, Dispatchers.getDefault(), CoroutineStart.DEFAULT,
                        new LimitedCoroutine<>(permits, 0, () -> number)));
            }
        }
    }
}
