package io.greenlet.benchmarks;

import io.greenlet.boot.GreenAsync;
import io.greenlet.boot.GreenPoolAutoConfiguration;
import io.greenlet.boot.async.GreenAsyncAutoConfiguration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;

/// The price of a call of an asynchronous method with a trivial body: per call, from the first until all have run. `@Async`
/// runs on the executor that Spring Boot makes with `spring.threads.virtual.enabled=true`, which has no limit, and, with the
/// qualifier `limited`, on one that has. The limits of that one and of the pool are not reached.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 6, time = 1)
@Fork(2)
public class GreenAsyncBenchmark {

    private static final int CALLS = 10_000;
    private static final int SLOTS = 1_000_000;

    private final AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
    private Methods methods = new Methods();

    /// For JMH.
    public GreenAsyncBenchmark() {}

    /// An application.
    @Configuration(proxyBeanMethods = false)
    @EnableAsync
    static class Application {

        @Bean
        Methods methods() {
            return new Methods();
        }

        @Bean
        SimpleAsyncTaskExecutor taskExecutor() {
            SimpleAsyncTaskExecutor executor = new SimpleAsyncTaskExecutor("task-");
            executor.setVirtualThreads(true);
            return executor;
        }

        @Bean
        SimpleAsyncTaskExecutor limited() {
            return Peers.simpleAsyncTaskExecutor(SLOTS);
        }
    }

    /// What is called.
    public static class Methods {

        private static final CompletableFuture<String> DONE = CompletableFuture.completedFuture("done");

        /// For the proxy.
        public Methods() {}

        /// Runs in the pool `default`.
        @GreenAsync
        public void greenVoid(CountDownLatch ended) {
            ended.countDown();
        }

        /// Runs in the pool `default`.
        @GreenAsync
        public Future<String> greenFuture(CountDownLatch ended) {
            ended.countDown();
            return DONE;
        }

        /// Runs in the pool `default`.
        @GreenAsync
        public CompletableFuture<String> greenCompletable(CountDownLatch ended) {
            ended.countDown();
            return DONE;
        }

        /// Runs in a virtual thread.
        @Async
        public void asyncVoid(CountDownLatch ended) {
            ended.countDown();
        }

        /// Runs in a virtual thread.
        @Async
        public Future<String> asyncFuture(CountDownLatch ended) {
            ended.countDown();
            return DONE;
        }

        /// Runs in a virtual thread.
        @Async
        public CompletableFuture<String> asyncCompletable(CountDownLatch ended) {
            ended.countDown();
            return DONE;
        }

        /// Runs in a virtual thread, one of so many.
        @Async("limited")
        public void asyncLimitedVoid(CountDownLatch ended) {
            ended.countDown();
        }

        /// Runs in a virtual thread, one of so many.
        @Async("limited")
        public Future<String> asyncLimitedFuture(CountDownLatch ended) {
            ended.countDown();
            return DONE;
        }

        /// Runs in a virtual thread, one of so many.
        @Async("limited")
        public CompletableFuture<String> asyncLimitedCompletable(CountDownLatch ended) {
            ended.countDown();
            return DONE;
        }
    }

    /// Starts the application.
    @Setup
    public void open() {
        System.setProperty("greenlet.pools.default.size", Integer.toString(SLOTS));
        context.register(Application.class, GreenPoolAutoConfiguration.class, GreenAsyncAutoConfiguration.class);
        context.refresh();
        methods = context.getBean(Methods.class);
    }

    /// Ends it.
    @TearDown
    public void close() {
        context.close();
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
