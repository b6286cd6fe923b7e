package io.greenlet.benchmarks.measure;

import io.greenlet.GreenThread;
import io.greenlet.Hub;
import io.greenlet.HubTimer;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolOptions;
import io.greenlet.pool.WhenFull;
import io.greenlet.sync.GreenQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Nanoseconds for each of 10³, 10⁴, 10⁵ and 10⁶: where a cost grows linearly, they are about the same.
final class Growth implements Measure {

    private static final int SLOTS = 1_000;

    /// What is done with so many; returns how many nanoseconds the part took that is measured.
    @FunctionalInterface
    private interface Work {

        long nanos(int count) throws Exception;
    }

    Growth() {}

    @Override
    public Map<String, Body> subjects(boolean quick) {
        Map<String, Work> works = new LinkedHashMap<>();
        works.put("bareVirtualThread", Growth::bare);
        works.put("spawnFree", count -> spawn(new GreenPool(Integer.MAX_VALUE), count));
        works.put("spawnFull", count -> spawn(new GreenPool(SLOTS), count));
        works.put("imap", Growth::imap);
        works.put("queue", Growth::queue);
        works.put("killWaiting", Growth::killWaiting);
        works.put("timers", Growth::timers);
        List<Integer> counts = quick ? List.of(1_000, 10_000, 100_000) : List.of(1_000, 10_000, 100_000, 1_000_000);
        Map<String, Body> subjects = new LinkedHashMap<>();
        works.forEach((name, work) -> subjects.put(name, figures -> {
            each(work, 1_000, quick ? 100 : 500); // warms up
            each(work, 100_000, quick ? 1 : 3);
            for (int count : counts) {
                each(work, count, 2); // what only the first of this size pays is no growth
                figures.add(Map.of("count", String.valueOf(count)), "ns",
                        each(work, count, Math.clamp(500_000 / count, 3, 50)));
            }
        }));
        return subjects;
    }

    @Override
    public List<String> jvmOptions(String subject) {
        return List.of("-Xms4g", "-Xmx4g", "-XX:+AlwaysPreTouch"); // nor is what the kernel takes for memory touched first
    }

    private static List<Double> each(Work work, int count, int times) throws Exception {
        List<Double> all = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            all.add((double) work.nanos(count) / count);
        }
        return all;
    }

    private static long bare(int count) throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(count);
        long begun = System.nanoTime();
        for (int i = 0; i < count; i++) {
            Thread.startVirtualThread(ended::countDown);
        }
        ended.await();
        return System.nanoTime() - begun;
    }

    private static long spawn(GreenPool pool, int count) throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(count);
        long begun = System.nanoTime();
        for (int i = 0; i < count; i++) {
            pool.spawnN(ended::countDown);
        }
        ended.await();
        long nanos = System.nanoTime() - begun;
        pool.close();
        return nanos;
    }

    private static long imap(int count) {
        GreenPool pool = new GreenPool(SLOTS);
        long begun = System.nanoTime();
        try (Stream<Integer> results = pool.imap(i -> i + 1, () -> IntStream.range(0, count).iterator())) {
            check(results.mapToLong(Integer::longValue).sum(), (long) count * (count + 1) / 2);
        }
        long nanos = System.nanoTime() - begun;
        pool.close();
        return nanos;
    }

    private static long queue(int count) throws InterruptedException {
        GreenQueue<Integer> queue = GreenQueue.fifo(SLOTS);
        long begun = System.nanoTime();
        GreenThread<Long> taker = Hub.parallel().spawn(() -> {
            long sum = 0;
            for (int i = 0; i < count; i++) {
                sum += queue.take();
            }
            return sum;
        });
        Hub.parallel().spawn(() -> {
            for (int i = 0; i < count; i++) {
                queue.put(i);
            }
            return true;
        }).await();
        check(taker.await(), (long) count * (count - 1) / 2);
        return System.nanoTime() - begun;
    }

    /// The kill of tasks that wait in a full pool, from `killAll` until the last one has ended.
    private static long killWaiting(int count) throws InterruptedException {
        GreenPool pool = GreenPool.of(PoolOptions.named("killed").withSize(1).withWhenFull(WhenFull.QUEUE));
        CountDownLatch gate = new CountDownLatch(1);
        var _ = pool.submit(() -> {
            gate.await();
            return true;
        });
        for (int i = 0; i < count; i++) {
            var _ = pool.submit(() -> true);
        }
        check(pool.waiting(), count);
        long begun = System.nanoTime();
        pool.killAll();
        pool.waitAll();
        long nanos = System.nanoTime() - begun;
        check(pool.snapshot().killed(), count + 1L);
        pool.close();
        return nanos;
    }

    /// Timers of different times that are all set, then all cancelled, the last first.
    private static long timers(int count) {
        HubTimer[] timers = new HubTimer[count];
        long begun = System.nanoTime();
        for (int i = 0; i < count; i++) {
            timers[i] = Hub.parallel().callAfter(Duration.ofSeconds(60 + i * 31L % 60), () -> {});
        }
        for (int i = count - 1; i >= 0; i--) {
            timers[i].cancel();
        }
        return System.nanoTime() - begun;
    }

    private static void check(long is, long mustBe) {
        if (is != mustBe) {
            throw new IllegalStateException("result must be " + mustBe + ": " + is);
        }
    }
}
