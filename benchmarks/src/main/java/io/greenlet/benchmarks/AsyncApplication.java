package io.greenlet.benchmarks;

import io.greenlet.boot.GreenAsync;
import io.greenlet.boot.GreenPoolAutoConfiguration;
import io.greenlet.boot.async.GreenAsyncAutoConfiguration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;

/// An application with asynchronous methods, for those who measure their calls.
///
/// `@Async` runs on the executor that Spring Boot makes with `spring.threads.virtual.enabled=true`, which has no limit, and,
/// with the qualifier `limited`, on one that has. The limits of that one and of the pool are not reached.
public final class AsyncApplication implements AutoCloseable {

    private static final int SLOTS = 1_000_000;

    private final AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
    private final Methods methods;

    /// Starts it.
    public AsyncApplication() {
        System.setProperty("greenlet.pools.default.size", Integer.toString(SLOTS));
        context.register(Beans.class, GreenPoolAutoConfiguration.class, GreenAsyncAutoConfiguration.class);
        context.refresh();
        methods = context.getBean(Methods.class);
    }

    /// Returns the bean whose methods are called.
    ///
    /// @return it, with its proxy
    public Methods methods() {
        return methods;
    }

    @Override
    public void close() {
        context.close();
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAsync
    static class Beans {

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
        ///
        /// @param ended told of the end
        @GreenAsync
        public void greenVoid(CountDownLatch ended) {
            ended.countDown();
        }

        /// Runs in the pool `default`.
        ///
        /// @param ended told of the end
        @GreenAsync
        public Future<String> greenFuture(CountDownLatch ended) {
            ended.countDown();
            return DONE;
        }

        /// Runs in the pool `default`.
        ///
        /// @param ended told of the end
        @GreenAsync
        public CompletableFuture<String> greenCompletable(CountDownLatch ended) {
            ended.countDown();
            return DONE;
        }

        /// Runs in a virtual thread.
        ///
        /// @param ended told of the end
        @Async
        public void asyncVoid(CountDownLatch ended) {
            ended.countDown();
        }

        /// Runs in a virtual thread.
        ///
        /// @param ended told of the end
        @Async
        public Future<String> asyncFuture(CountDownLatch ended) {
            ended.countDown();
            return DONE;
        }

        /// Runs in a virtual thread.
        ///
        /// @param ended told of the end
        @Async
        public CompletableFuture<String> asyncCompletable(CountDownLatch ended) {
            ended.countDown();
            return DONE;
        }

        /// Runs in a virtual thread, one of so many.
        ///
        /// @param ended told of the end
        @Async("limited")
        public void asyncLimitedVoid(CountDownLatch ended) {
            ended.countDown();
        }

        /// Runs in a virtual thread, one of so many.
        ///
        /// @param ended told of the end
        @Async("limited")
        public Future<String> asyncLimitedFuture(CountDownLatch ended) {
            ended.countDown();
            return DONE;
        }

        /// Runs in a virtual thread, one of so many.
        ///
        /// @param ended told of the end
        @Async("limited")
        public CompletableFuture<String> asyncLimitedCompletable(CountDownLatch ended) {
            ended.countDown();
            return DONE;
        }
    }
}
