package io.greenlet.benchmarks;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
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

/// The price of a call of an asynchronous method with a trivial body: per call, from the first until all have run. The methods
/// are those of [AsyncApplication].
///
/// Iterations are short and many, since the JDK's scheduler is slow for half a second now and then: their median leaves that out.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 30, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Fork(2)
public class GreenAsyncBenchmark {

    private static final int CALLS = 10_000;

    private final AsyncApplication application = new AsyncApplication();
    private final AsyncApplication.Methods methods = application.methods();

    /// For JMH.
    public GreenAsyncBenchmark() {}

    /// Ends the application.
    @TearDown
    public void close() {
        application.close();
    }

    /// `@GreenAsync`, void.
    @Benchmark
    @OperationsPerInvocation(CALLS)
    public void greenVoid() throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(CALLS);
        for (int i = 0; i < CALLS; i++) {
            methods.greenVoid(ended);
        }
        ended.await();
    }

    /// `@Async`, void.
    @Benchmark
    @OperationsPerInvocation(CALLS)
    public void asyncVoid() throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(CALLS);
        for (int i = 0; i < CALLS; i++) {
            methods.asyncVoid(ended);
        }
        ended.await();
    }

    /// `@GreenAsync`, `Future`.
    @Benchmark
    @OperationsPerInvocation(CALLS)
    public Object greenFuture() throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(CALLS);
        Object last = ended;
        for (int i = 0; i < CALLS; i++) {
            last = methods.greenFuture(ended);
        }
        ended.await();
        return last;
    }

    /// `@Async`, `Future`.
    @Benchmark
    @OperationsPerInvocation(CALLS)
    public Object asyncFuture() throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(CALLS);
        Object last = ended;
        for (int i = 0; i < CALLS; i++) {
            last = methods.asyncFuture(ended);
        }
        ended.await();
        return last;
    }

    /// `@GreenAsync`, `CompletableFuture`.
    @Benchmark
    @OperationsPerInvocation(CALLS)
    public Object greenCompletable() throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(CALLS);
        Object last = ended;
        for (int i = 0; i < CALLS; i++) {
            last = methods.greenCompletable(ended);
        }
        ended.await();
        return last;
    }

    /// `@Async`, `CompletableFuture`.
    @Benchmark
    @OperationsPerInvocation(CALLS)
    public Object asyncCompletable() throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(CALLS);
        Object last = ended;
        for (int i = 0; i < CALLS; i++) {
            last = methods.asyncCompletable(ended);
        }
        ended.await();
        return last;
    }

    /// `@Async` with a limit, void.
    @Benchmark
    @OperationsPerInvocation(CALLS)
    public void asyncLimitedVoid() throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(CALLS);
        for (int i = 0; i < CALLS; i++) {
            methods.asyncLimitedVoid(ended);
        }
        ended.await();
    }

    /// `@Async` with a limit, `Future`.
    @Benchmark
    @OperationsPerInvocation(CALLS)
    public Object asyncLimitedFuture() throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(CALLS);
        Object last = ended;
        for (int i = 0; i < CALLS; i++) {
            last = methods.asyncLimitedFuture(ended);
        }
        ended.await();
        return last;
    }

    /// `@Async` with a limit, `CompletableFuture`.
    @Benchmark
    @OperationsPerInvocation(CALLS)
    public Object asyncLimitedCompletable() throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(CALLS);
        Object last = ended;
        for (int i = 0; i < CALLS; i++) {
            last = methods.asyncLimitedCompletable(ended);
        }
        ended.await();
        return last;
    }
}
