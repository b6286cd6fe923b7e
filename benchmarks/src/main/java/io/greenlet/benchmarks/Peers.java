package io.greenlet.benchmarks;

import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.greenlet.Hub;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/// The peers that have a limit, each set up on virtual threads and as its manual says, and the caller of them all.
final class Peers {

    private Peers() {}

    /// Spring's executor of `spring.threads.virtual.enabled=true`; a caller waits while it is full.
    static SimpleAsyncTaskExecutor simpleAsyncTaskExecutor(int limit) {
        SimpleAsyncTaskExecutor executor = new SimpleAsyncTaskExecutor("task-");
        executor.setVirtualThreads(true);
        executor.setConcurrencyLimit(limit);
        return executor;
    }

    /// Resilience4j's bulkhead, of which nobody hears the events; a caller waits while it is full.
    static Bulkhead bulkhead(int limit) {
        return Bulkhead.of("bulkhead", BulkheadConfig.custom().maxConcurrentCalls(limit)
                .maxWaitDuration(Duration.ofHours(1)).build());
    }

    /// Reactor's scheduler of blocking calls, in the form that starts a virtual thread for each task. What finds it full
    /// is queued behind one of the tasks that run.
    static Scheduler boundedElastic(int limit) {
        Scheduler scheduler = new Schedulers.Factory() {}.newThreadPerTaskBoundedElastic(limit,
                Schedulers.DEFAULT_BOUNDED_ELASTIC_QUEUESIZE, Thread.ofVirtual().name("elastic-", 0).factory());
        scheduler.init();
        return scheduler;
    }

    /// Runs a body in a virtual thread and waits for it here: who calls a limiter that blocks is a virtual thread too,
    /// in a server with virtual threads.
    static <T> T inVirtualThread(Callable<T> body) throws InterruptedException {
        return Hub.parallel().spawn(body).await();
    }

    /// Fails when a peer has not done its work.
    static void require(long expected, long done) {
        if (expected != done) {
            throw new IllegalStateException("work done must be " + expected + ": " + done);
        }
    }
}
