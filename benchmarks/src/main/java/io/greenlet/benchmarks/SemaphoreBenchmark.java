package io.greenlet.benchmarks;

import io.github.resilience4j.bulkhead.Bulkhead;
import io.greenlet.Green;
import io.greenlet.GreenThread;
import io.greenlet.Hub;
import io.greenlet.sync.GreenSemaphore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import kotlin.coroutines.Continuation;
import kotlinx.coroutines.Deferred;
import kotlinx.coroutines.YieldKt;
import kotlinx.coroutines.sync.SemaphoreKt;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// The price of a permit, from acquire to release.
///
/// `uncontended…`: one thread alone, which finds it free. `contended…`: ten virtual threads share two permits and yield
/// while they hold one, so that others find none and wait. Of these semaphores [GreenSemaphore], the fair one of the JDK,
/// Resilience4j (which has a fair one inside) and Kotlin serve in order; with Kotlin the threads are coroutines.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 6, time = 1)
@Fork(2)
public class SemaphoreBenchmark {

    private static final int PERMITS = 2;
    private static final int THREADS = 10;
    private static final int ROUNDS = 1_000;
    private static final int PASSES = THREADS * ROUNDS;

    private final GreenSemaphore green = new GreenSemaphore(PERMITS);
    private final Semaphore unfair = new Semaphore(PERMITS);
    private final Semaphore fair = new Semaphore(PERMITS, true);
    private final Bulkhead bulkhead = Peers.bulkhead(PERMITS);
    private final kotlinx.coroutines.sync.Semaphore kotlin = SemaphoreKt.Semaphore(PERMITS, 0);

    /// For JMH.
    public SemaphoreBenchmark() {}

    // ---- uncontended

    /// Ours.
    @Benchmark
    public void uncontendedGreen() throws InterruptedException {
        green.acquire();
        green.release();
    }

    /// The JDK's.
    @Benchmark
    public void uncontendedUnfair() throws InterruptedException {
        unfair.acquire();
        unfair.release();
    }

    /// The JDK's, serving in order.
    @Benchmark
    public void uncontendedFair() throws InterruptedException {
        fair.acquire();
        fair.release();
    }

    /// Resilience4j's bulkhead.
    @Benchmark
    public void uncontendedResilience4j() {
        bulkhead.acquirePermission();
        bulkhead.releasePermission();
    }

    /// Kotlin's; `tryAcquire`, for here is no coroutine.
    @Benchmark
    public boolean uncontendedKotlin() {
        boolean acquired = kotlin.tryAcquire();
        kotlin.release();
        return acquired;
    }

    // ---- contended

    @FunctionalInterface
    private interface Verb {
        void run() throws InterruptedException;
    }

    private static void share(Verb acquire, Verb release, IntSupplier available) throws InterruptedException {
        List<GreenThread<Integer>> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            threads.add(Hub.parallel().spawn(() -> {
                int passes = 0;
                for (int round = 0; round < ROUNDS; round++) {
                    acquire.run();
                    Green.yieldNow();
                    passes++;
                    release.run();
                }
                return passes;
            }));
        }
        int passes = 0;
        for (GreenThread<Integer> thread : threads) {
            passes += thread.await();
        }
        Peers.require(PASSES, passes);
        Peers.require(PERMITS, available.getAsInt());
    }

    /// Ours.
    @Benchmark
    @OperationsPerInvocation(PASSES)
    public void contendedGreen() throws InterruptedException {
        share(green::acquire, green::release, green::available);
    }

    /// The JDK's.
    @Benchmark
    @OperationsPerInvocation(PASSES)
    public void contendedUnfair() throws InterruptedException {
        share(unfair::acquire, unfair::release, unfair::availablePermits);
    }

    /// The JDK's, serving in order.
    @Benchmark
    @OperationsPerInvocation(PASSES)
    public void contendedFair() throws InterruptedException {
        share(fair::acquire, fair::release, fair::availablePermits);
    }

    /// Resilience4j's bulkhead.
    @Benchmark
    @OperationsPerInvocation(PASSES)
    public void contendedResilience4j() throws InterruptedException {
        share(bulkhead::acquirePermission, bulkhead::releasePermission,
                () -> bulkhead.getMetrics().getAvailableConcurrentCalls());
    }

    /// Kotlin's.
    @Benchmark
    @OperationsPerInvocation(PASSES)
    public void contendedKotlin() throws InterruptedException {
        List<Deferred<Integer>> coroutines = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            coroutines.add(Coroutine.async(new Sharer(null, kotlin)));
        }
        int passes = 0;
        for (Deferred<Integer> coroutine : coroutines) {
            passes += Coroutine.result(coroutine);
        }
        Peers.require(PASSES, passes);
        Peers.require(PERMITS, kotlin.getAvailablePermits());
    }

    /// `repeat(ROUNDS) { semaphore.withPermit { yield(); passes++ } }`.
    @SuppressWarnings("serial") // as its superclass
    private static final class Sharer extends Coroutine<Integer> {

        private final kotlinx.coroutines.sync.Semaphore semaphore;
        private int passes;

        Sharer(@Nullable Continuation<Object> completion, kotlinx.coroutines.sync.Semaphore semaphore) {
            super(completion);
            this.semaphore = semaphore;
        }

        @Override
        Coroutine<Integer> of(Continuation<Object> completion) {
            return new Sharer(completion, semaphore);
        }

        @Override
        Object resume(@Nullable Object result) {
            while (step > 0 || passes < ROUNDS) {
                if (step == 0) {
                    step = 1;
                    if (isSuspended(semaphore.acquire(this))) {
                        return SUSPENDED;
                    }
                }
                if (step == 1) {
                    step = 2;
                    if (isSuspended(YieldKt.yield(this))) {
                        return SUSPENDED;
                    }
                }
                passes++;
                semaphore.release();
                step = 0;
            }
            return passes;
        }
    }
}
