package io.greenlet.benchmarks.measure;

import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.greenlet.Hub;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolOptions;
import io.greenlet.pool.WhenFull;
import io.greenlet.sync.GreenSemaphore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;

/// How long it takes from a change of size until all run that it lets run: a thousand wait for the only slot, which becomes a
/// thousand and one. Milliseconds.
///
/// `SimpleAsyncTaskExecutor` is not here: its setter wakes nobody.
final class ResizeLatency implements Measure {

    private static final int WAITERS = 1_000;

    /// A thousand that wait.
    ///
    /// @param grow lets them all run
    /// @param close ends them, when they may
    private record Line(Runnable grow, Runnable close) {}

    /// Makes a line of tasks that count `running` down and then wait for `gate`; returns when all wait.
    @FunctionalInterface
    private interface Limiter {

        Line line(CountDownLatch running, CountDownLatch gate) throws InterruptedException;
    }

    ResizeLatency() {}

    @Override
    public Map<String, Body> subjects(boolean quick) {
        Map<String, Limiter> limiters = new LinkedHashMap<>();
        limiters.put("greenPoolTasks", ResizeLatency::tasks);
        limiters.put("greenPoolCallers", ResizeLatency::callers);
        limiters.put("greenSemaphore", ResizeLatency::greenSemaphore);
        limiters.put("semaphoreUnfair", (running, gate) -> semaphore(false, running, gate));
        limiters.put("semaphoreFair", (running, gate) -> semaphore(true, running, gate));
        limiters.put("resilience4jBulkhead", ResizeLatency::bulkhead);
        Map<String, Body> subjects = new LinkedHashMap<>();
        int times = quick ? 10 : 40;
        limiters.forEach((name, limiter) -> subjects.put(name,
                figures -> figures.add(Map.of(), "ms", latencies(limiter, times))));
        return subjects;
    }

    private static List<Double> latencies(Limiter limiter, int times) throws InterruptedException {
        List<Double> all = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            CountDownLatch running = new CountDownLatch(WAITERS);
            CountDownLatch gate = new CountDownLatch(1);
            Line line = limiter.line(running, gate);
            long begun = System.nanoTime();
            line.grow().run();
            running.await();
            all.add((System.nanoTime() - begun) / 1e6);
            gate.countDown();
            line.close().run();
        }
        // The first half warms up.
        return all.subList(times / 2, times);
    }

    private static void runAndWait(CountDownLatch running, CountDownLatch gate) {
        running.countDown();
        try {
            gate.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void waitUntil(BooleanSupplier reached) throws InterruptedException {
        while (!reached.getAsBoolean()) {
            Thread.sleep(1);
        }
    }

    private static Line tasks(CountDownLatch running, CountDownLatch gate) throws InterruptedException {
        GreenPool pool = GreenPool.of(PoolOptions.named("resized").withSize(1).withWhenFull(WhenFull.QUEUE));
        CountDownLatch first = new CountDownLatch(1);
        pool.spawnN(() -> runAndWait(first, gate));
        for (int i = 0; i < WAITERS; i++) {
            pool.spawnN(() -> runAndWait(running, gate));
        }
        return new Line(() -> pool.resize(1 + WAITERS), pool::close);
    }

    private static Line callers(CountDownLatch running, CountDownLatch gate) throws InterruptedException {
        GreenPool pool = new GreenPool(1);
        CountDownLatch first = new CountDownLatch(1);
        pool.spawnN(() -> runAndWait(first, gate));
        for (int i = 0; i < WAITERS; i++) {
            var _ = Hub.parallel().spawn(() -> {
                pool.spawnN(() -> runAndWait(running, gate));
                return true;
            });
        }
        waitUntil(() -> pool.waiting() == WAITERS);
        return new Line(() -> pool.resize(1 + WAITERS), pool::close);
    }

    private static Line greenSemaphore(CountDownLatch running, CountDownLatch gate) throws InterruptedException {
        GreenSemaphore semaphore = new GreenSemaphore(0);
        for (int i = 0; i < WAITERS; i++) {
            var _ = Hub.parallel().spawn(() -> {
                semaphore.acquire();
                runAndWait(running, gate);
                return true;
            });
        }
        waitUntil(() -> semaphore.waiting() == WAITERS);
        return new Line(() -> {
            for (int i = 0; i < WAITERS; i++) {
                semaphore.release();
            }
        }, () -> {});
    }

    private static Line semaphore(boolean fair, CountDownLatch running, CountDownLatch gate)
            throws InterruptedException {
        Semaphore semaphore = new Semaphore(0, fair);
        for (int i = 0; i < WAITERS; i++) {
            Thread.startVirtualThread(() -> {
                semaphore.acquireUninterruptibly();
                runAndWait(running, gate);
            });
        }
        waitUntil(() -> semaphore.getQueueLength() == WAITERS);
        return new Line(() -> semaphore.release(WAITERS), () -> {});
    }

    private static Line bulkhead(CountDownLatch running, CountDownLatch gate) throws InterruptedException {
        BulkheadConfig config = BulkheadConfig.custom().maxConcurrentCalls(1).maxWaitDuration(Duration.ofHours(1))
                .build();
        Bulkhead bulkhead = Bulkhead.of("resized", config);
        bulkhead.acquirePermission();
        List<Thread> callers = new ArrayList<>();
        for (int i = 0; i < WAITERS; i++) {
            callers.add(Thread.startVirtualThread(() -> bulkhead.executeRunnable(() -> runAndWait(running, gate))));
        }
        // It has no figure of those that wait.
        waitUntil(() -> callers.stream().allMatch(caller -> caller.getState() == Thread.State.TIMED_WAITING));
        return new Line(
                () -> bulkhead.changeConfig(BulkheadConfig.from(config).maxConcurrentCalls(1 + WAITERS).build()),
                bulkhead::onComplete);
    }
}
