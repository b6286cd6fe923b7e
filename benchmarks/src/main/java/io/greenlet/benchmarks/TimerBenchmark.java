package io.greenlet.benchmarks;

import io.greenlet.GreenTimeout;
import io.greenlet.Hub;
import io.netty.util.HashedWheelTimer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import kotlin.Unit;
import kotlin.coroutines.Continuation;
import kotlinx.coroutines.TimeoutKt;
import kotlinx.coroutines.sync.Semaphore;
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
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/// The price of a timer of a minute that is set and cancelled, as the one of nearly every time limit is; `pending` is how
/// many others of the same kind are set meanwhile.
///
/// `greenTimeout`, `completableFutureOrTimeout` and `kotlinWithTimeout` are time limits whole: a trivial body that may take
/// a minute. The first two run in a virtual thread, the last in a coroutine.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 6, time = 1)
@Fork(2)
public class TimerBenchmark {

    private static final int SCOPES = 1_000;
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final Duration LATER = Duration.ofHours(1);

    /// How many other timers are set.
    @Param({"0", "10000"})
    public int pending;

    private final Hub hub = Hub.parallel();
    private final ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1);
    private final Scheduler scheduler = Schedulers.newSingle("timers", true);
    private final HashedWheelTimer wheel = new HashedWheelTimer();

    /// For JMH.
    public TimerBenchmark() {}

    /// Sets the other timers.
    @Setup
    public void open() {
        executor.setRemoveOnCancelPolicy(true);
        Semaphore permits = SemaphoreKt.Semaphore(SCOPES + pending, 0);
        for (int i = 0; i < pending; i++) {
            var _ = hub.callAfter(LATER, TimerBenchmark::expired);
            var _ = executor.schedule(TimerBenchmark::expired, LATER.toMillis(), TimeUnit.MILLISECONDS);
            var _ = scheduler.schedule(TimerBenchmark::expired, LATER.toMillis(), TimeUnit.MILLISECONDS);
            var _ = wheel.newTimeout(_ -> expired(), LATER.toMillis(), TimeUnit.MILLISECONDS);
            var _ = new CompletableFuture<Integer>().orTimeout(LATER.toMillis(), TimeUnit.MILLISECONDS);
            var _ = Coroutine.launch(new LimitedCoroutine<>(permits, LATER.toMillis(), () -> Unit.INSTANCE));
        }
    }

    /// Ends what is measured.
    @TearDown
    public void close() {
        executor.shutdownNow();
        scheduler.dispose();
        wheel.stop();
    }

    private static void expired() {
        throw new IllegalStateException("no timer must expire");
    }

    private static void require(boolean cancelled) {
        if (!cancelled) {
            expired();
        }
    }

    // ---- timers

    /// Ours.
    @Benchmark
    public void greenCallAfter() {
        require(hub.callAfter(LIMIT, TimerBenchmark::expired).cancel());
    }

    /// The JDK's executor, told to remove what is cancelled.
    @Benchmark
    public void scheduledThreadPool() {
        require(executor.schedule(TimerBenchmark::expired, LIMIT.toMillis(), TimeUnit.MILLISECONDS).cancel(false));
    }

    /// Reactor's scheduler of one thread: the JDK's executor, wrapped.
    @Benchmark
    public void reactorSingle() {
        Disposable timer = scheduler.schedule(TimerBenchmark::expired, LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        timer.dispose();
        require(timer.isDisposed());
    }

    /// Netty's wheel: what is cancelled is taken out at the next tick, of 100 ms.
    @Benchmark
    public void nettyHashedWheel() {
        require(wheel.newTimeout(_ -> expired(), LIMIT.toMillis(), TimeUnit.MILLISECONDS).cancel());
    }

    // ---- time limits

    /// Ours.
    @Benchmark
    @OperationsPerInvocation(SCOPES)
    public void greenTimeout() throws InterruptedException {
        Peers.require(SCOPES, Peers.inVirtualThread(() -> {
            long sum = 0;
            for (int i = 0; i < SCOPES; i++) {
                sum += GreenTimeout.call(LIMIT, () -> 1);
            }
            return sum;
        }));
    }

    /// The JDK's future, which interrupts nobody.
    @Benchmark
    @OperationsPerInvocation(SCOPES)
    public void completableFutureOrTimeout() throws InterruptedException {
        Peers.require(SCOPES, Peers.inVirtualThread(() -> {
            long sum = 0;
            for (int i = 0; i < SCOPES; i++) {
                CompletableFuture<Integer> result = new CompletableFuture<Integer>().orTimeout(LIMIT.toMillis(),
                        TimeUnit.MILLISECONDS);
                result.complete(1);
                sum += result.get();
            }
            return sum;
        }));
    }

    /// `withTimeout(60_000) { 1 }`.
    @Benchmark
    @OperationsPerInvocation(SCOPES)
    public void kotlinWithTimeout() throws InterruptedException {
        Peers.require(SCOPES, Coroutine.result(Coroutine.async(new Scopes(null))));
    }

    @SuppressWarnings("serial") // as its superclass
    private static final class Scopes extends Coroutine<Long> {

        private int entered;
        private long sum;

        Scopes(@Nullable Continuation<Object> completion) {
            super(completion);
        }

        @Override
        Coroutine<Long> of(Continuation<Object> completion) {
            return new Scopes(completion);
        }

        @Override
        Object resume(@Nullable Object result) {
            Object value = result;
            for (;;) {
                if (value instanceof Integer one) { // of the scope entered last; none at the start
                    sum += one;
                }
                if (entered == SCOPES) {
                    return sum;
                }
                entered++;
                value = TimeoutKt.withTimeout(LIMIT.toMillis(), new One(null), this);
                if (isSuspended(value)) {
                    return SUSPENDED;
                }
            }
        }
    }

    /// `{ 1 }`.
    @SuppressWarnings("serial") // as its superclass
    private static final class One extends Coroutine<Integer> {

        One(@Nullable Continuation<Object> completion) {
            super(completion);
        }

        @Override
        Coroutine<Integer> of(Continuation<Object> completion) {
            return new One(completion);
        }

        @Override
        Object resume(@Nullable Object result) {
            return 1;
        }
    }
}
