package io.greenlet.benchmarks.measure;

import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.greenlet.GreenThread;
import io.greenlet.Hub;
import io.greenlet.pool.GreenPool;
import io.greenlet.sync.GreenSemaphore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import org.springframework.core.task.SimpleAsyncTaskExecutor;

/// How evenly a limit serves: 64 virtual threads want 4 slots again and again for a while, each for about 100 µs. The spread of
/// the times that they wait, and Jain's index of how often each was served: 1 when all were equally often, 1/64 when always
/// the same one.
final class Fairness implements Measure {

    private static final int CONTENDERS = 64;
    private static final int SLOTS = 4;
    private static final long HELD_NANOS = 100_000;

    /// What limits: runs a body when there is a slot, and returns when the body has ended.
    @FunctionalInterface
    private interface Limit {

        void run(Runnable body) throws Exception;
    }

    /// What one contender has waited, in nanoseconds.
    private static final class Waits {

        private long[] nanos = new long[1 << 12];
        private int count;

        void add(long waited) {
            if (count == nanos.length) {
                nanos = Arrays.copyOf(nanos, count * 2);
            }
            nanos[count++] = waited;
        }

        LongStream all() {
            return Arrays.stream(nanos, 0, count);
        }
    }

    Fairness() {}

    @Override
    public Map<String, Body> subjects(boolean quick) {
        Map<String, Limit> limits = new LinkedHashMap<>();
        GreenPool pool = new GreenPool(SLOTS);
        limits.put("greenPool", body -> pool.spawn(() -> {
            body.run();
            return true;
        }).await());
        limits.put("greenSemaphore", greenSemaphore());
        limits.put("semaphoreFair", semaphore(true));
        limits.put("semaphoreUnfair", semaphore(false));
        limits.put("resilience4jFair", bulkhead(true));
        limits.put("resilience4jUnfair", bulkhead(false));
        SimpleAsyncTaskExecutor executor = new SimpleAsyncTaskExecutor();
        executor.setVirtualThreads(true);
        executor.setConcurrencyLimit(SLOTS);
        limits.put("simpleAsyncTaskExecutor", body -> executor.submit(body).get());
        Map<String, Body> subjects = new LinkedHashMap<>();
        limits.forEach((name, limit) -> subjects.put(name, figures -> {
            contend(limit, Duration.ofMillis(500)); // warms up
            report(contend(limit, Duration.ofMillis(quick ? 500 : 2_000)), figures);
        }));
        return subjects;
    }

    private static Limit greenSemaphore() {
        GreenSemaphore semaphore = new GreenSemaphore(SLOTS);
        return body -> {
            semaphore.acquire();
            try {
                body.run();
            } finally {
                semaphore.release();
            }
        };
    }

    private static Limit semaphore(boolean fair) {
        Semaphore semaphore = new Semaphore(SLOTS, fair);
        return body -> {
            semaphore.acquire();
            try {
                body.run();
            } finally {
                semaphore.release();
            }
        };
    }

    private static Limit bulkhead(boolean fair) {
        return Bulkhead.of("fairness",
                BulkheadConfig.custom().maxConcurrentCalls(SLOTS).fairCallHandlingStrategyEnabled(fair)
                        .maxWaitDuration(Duration.ofHours(1)).build())::executeRunnable;
    }

    private static List<Waits> contend(Limit limit, Duration duration) throws InterruptedException {
        long begun = System.nanoTime();
        List<GreenThread<Waits>> contenders = new ArrayList<>();
        for (int i = 0; i < CONTENDERS; i++) {
            contenders.add(Hub.parallel().spawn(() -> {
                Waits waits = new Waits();
                while (System.nanoTime() - begun < duration.toNanos()) {
                    long asked = System.nanoTime();
                    limit.run(() -> {
                        waits.add(System.nanoTime() - asked);
                        LockSupport.parkNanos(HELD_NANOS);
                    });
                }
                return waits;
            }));
        }
        List<Waits> all = new ArrayList<>();
        for (GreenThread<Waits> contender : contenders) {
            all.add(contender.await());
        }
        return all;
    }

    private static void report(List<Waits> all, Figures figures) {
        long[] sorted = all.stream().flatMapToLong(Waits::all).sorted().toArray();
        double mean = Arrays.stream(sorted).average().orElseThrow();
        figures.add(Map.of("of", "p50"), "µs", sorted[sorted.length / 2] / 1e3);
        figures.add(Map.of("of", "p99"), "µs", sorted[(int) (sorted.length * 0.99)] / 1e3);
        figures.add(Map.of("of", "max"), "µs", sorted[sorted.length - 1] / 1e3);
        figures.add(Map.of("of", "max/mean"), "", sorted[sorted.length - 1] / mean);
        double sum = sorted.length;
        double squares = all.stream().mapToDouble(waits -> (double) waits.count * waits.count).sum();
        figures.add(Map.of("of", "Jain"), "", sum * sum / (CONTENDERS * squares));
    }
}
