package io.greenlet.benchmarks.measure;

import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.greenlet.Hub;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolOptions;
import io.greenlet.pool.WhenFull;
import io.greenlet.sync.GreenEvent;
import io.greenlet.sync.GreenSemaphore;
import java.lang.ref.Reference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/// Bytes of heap for one that waits: a parked green thread, a queued task, a blocked waiter, and what waits in their place
/// elsewhere. The used heap after a full collection, with and without so many of them.
///
/// A parked thread holds its frames, and those of code that is still interpreted are some five times as large. So each crowd
/// is made and dismissed a few times first; `cold` measures the first one of a JVM. All tasks share one body, which is the
/// user's and not counted.
final class Footprint implements Measure {

    private static final int WARM_UP = 20;

    /// Some that wait.
    ///
    /// @param root what holds them
    /// @param dismiss lets them go on and end
    private record Held(Object root, Runnable dismiss) {}

    /// Makes so many wait.
    @FunctionalInterface
    private interface Crowd {

        Held of(int count) throws Exception;
    }

    Footprint() {}

    @Override
    public Map<String, Body> subjects(boolean quick) {
        Map<String, Crowd> crowds = new LinkedHashMap<>();
        crowds.put("greenThread", Footprint::greenThreads);
        crowds.put("bareVirtualThread", Footprint::bareVirtualThreads);
        crowds.put("queuedBySpawnN", Footprint::queuedBySpawnN);
        crowds.put("queuedBySubmit", Footprint::queuedBySubmit);
        crowds.put("threadPoolExecutorQueue", Footprint::queuedInExecutor);
        crowds.put("reactorBoundedElasticQueue", Footprint::queuedInReactor);
        crowds.put("waiterOfPool", Footprint::waitersOfPool);
        crowds.put("waiterOfGreenSemaphore", Footprint::waitersOfGreenSemaphore);
        crowds.put("semaphoreAndExecutor", Footprint::waitersOfSemaphore);
        crowds.put("simpleAsyncTaskExecutor", Footprint::waitersOfSpring);
        crowds.put("resilience4jBulkhead", Footprint::waitersOfBulkhead);
        Map<String, Body> subjects = new LinkedHashMap<>();
        int count = quick ? 20_000 : 100_000;
        crowds.forEach((name, crowd) -> {
            subjects.put(name, figures -> {
                for (int i = 0; i < (quick ? WARM_UP / 2 : WARM_UP); i++) {
                    crowd.of(count / 5).dismiss().run();
                    Thread.sleep(50); // they end, and the compiler catches up
                }
                figures.add("bytes", bytesEach(crowd, count));
            });
        });
        subjects.put("greenThreadCold", figures -> figures.add("bytes", bytesEach(Footprint::greenThreads, count)));
        subjects.put("bareVirtualThreadCold",
                figures -> figures.add("bytes", bytesEach(Footprint::bareVirtualThreads, count)));
        return subjects;
    }

    @Override
    public List<String> jvmOptions(String subject) {
        return List.of("-Xmx3g", "-XX:+UseSerialGC"); // its used heap is what is live, and nothing else
    }

    private static double bytesEach(Crowd crowd, int count) throws Exception {
        long before = settledHeap();
        Held held = crowd.of(count);
        try {
            return (double) (settledHeap() - before) / count;
        } finally {
            Reference.reachabilityFence(held);
        }
    }

    /// The used heap once those that have begun are all parked: when two collections in a row find the same.
    private static long settledHeap() throws InterruptedException {
        long last = Long.MAX_VALUE;
        while (true) {
            Thread.sleep(200);
            System.gc();
            long used = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
            if (Math.abs(used - last) < 20_000) {
                return used;
            }
            last = used;
        }
    }

    private static void waitFor(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // ---- parked threads

    private static Held greenThreads(int count) throws InterruptedException {
        GreenPool pool = new GreenPool(count);
        GreenEvent<Boolean> event = new GreenEvent<>();
        CountDownLatch begun = new CountDownLatch(count);
        Runnable body = () -> {
            begun.countDown();
            try {
                event.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
        for (int i = 0; i < count; i++) {
            pool.spawnN(body);
        }
        begun.await();
        return new Held(List.of(pool, event), () -> event.send(true));
    }

    private static Held bareVirtualThreads(int count) throws InterruptedException {
        List<Thread> threads = virtualThreads(count, LockSupport::park);
        return new Held(threads, () -> threads.forEach(LockSupport::unpark));
    }

    private static List<Thread> virtualThreads(int count, Runnable body) throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(count);
        Runnable counted = () -> {
            begun.countDown();
            body.run();
        };
        List<Thread> threads = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            threads.add(Thread.startVirtualThread(counted));
        }
        begun.await();
        return threads;
    }

    // ---- tasks in a queue

    private static GreenPool fullPool(WhenFull whenFull, CountDownLatch gate) throws InterruptedException {
        GreenPool pool = GreenPool.of(PoolOptions.named("full").withSize(1).withWhenFull(whenFull));
        pool.spawnN(() -> waitFor(gate));
        return pool;
    }

    private static Held queuedBySpawnN(int count) throws InterruptedException {
        CountDownLatch gate = new CountDownLatch(1);
        GreenPool pool = fullPool(WhenFull.QUEUE, gate);
        Runnable body = () -> {};
        for (int i = 0; i < count; i++) {
            pool.spawnN(body);
        }
        return new Held(pool, gate::countDown);
    }

    private static Held queuedBySubmit(int count) throws InterruptedException {
        CountDownLatch gate = new CountDownLatch(1);
        GreenPool pool = fullPool(WhenFull.BLOCK, gate);
        for (int i = 0; i < count; i++) {
            var _ = pool.submit(() -> true);
        }
        return new Held(pool, gate::countDown);
    }

    private static Held queuedInExecutor(int count) {
        CountDownLatch gate = new CountDownLatch(1);
        ExecutorService executor = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(),
                Thread.ofVirtual().factory());
        executor.execute(() -> waitFor(gate));
        for (int i = 0; i < count; i++) {
            var _ = executor.submit(() -> true);
        }
        return new Held(executor, gate::countDown);
    }

    private static Held queuedInReactor(int count) {
        CountDownLatch gate = new CountDownLatch(1);
        Scheduler scheduler = Schedulers.newBoundedElastic(1, Integer.MAX_VALUE, "full");
        Runnable body = () -> {};
        var _ = scheduler.schedule(() -> waitFor(gate));
        for (int i = 0; i < count; i++) {
            var _ = scheduler.schedule(body);
        }
        return new Held(scheduler, gate::countDown);
    }

    // ---- threads that wait for their turn

    @FunctionalInterface
    private interface Wait {

        void begin() throws InterruptedException;
    }

    private static void greens(int count, Wait wait) throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(count);
        Runnable body = () -> {
            begun.countDown();
            try {
                wait.begin();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
        for (int i = 0; i < count; i++) {
            Hub.parallel().spawnN(body);
        }
        begun.await();
    }

    private static Held waitersOfPool(int count) throws InterruptedException {
        CountDownLatch gate = new CountDownLatch(1);
        GreenPool pool = fullPool(WhenFull.BLOCK, gate);
        Runnable body = () -> {};
        greens(count, () -> pool.spawnN(body));
        return new Held(pool, gate::countDown);
    }

    private static Held waitersOfGreenSemaphore(int count) throws InterruptedException {
        GreenSemaphore semaphore = new GreenSemaphore(0);
        greens(count, semaphore::acquire);
        return new Held(semaphore, () -> {
            for (int i = 0; i < count; i++) {
                semaphore.release();
            }
        });
    }

    private static Held waitersOfSemaphore(int count) {
        Semaphore semaphore = new Semaphore(0);
        ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
        Runnable body = semaphore::acquireUninterruptibly;
        for (int i = 0; i < count; i++) {
            executor.execute(body);
        }
        return new Held(List.of(executor, semaphore), () -> semaphore.release(count));
    }

    private static Held waitersOfSpring(int count) throws InterruptedException {
        CountDownLatch gate = new CountDownLatch(1);
        SimpleAsyncTaskExecutor executor = new SimpleAsyncTaskExecutor();
        executor.setVirtualThreads(true);
        executor.setConcurrencyLimit(1);
        executor.execute(() -> waitFor(gate));
        Runnable body = () -> {};
        return new Held(List.of(executor, virtualThreads(count, () -> executor.execute(body))), gate::countDown);
    }

    private static Held waitersOfBulkhead(int count) throws InterruptedException {
        Bulkhead bulkhead = Bulkhead.of("full",
                BulkheadConfig.custom().maxConcurrentCalls(1).maxWaitDuration(Duration.ofHours(1)).build());
        bulkhead.acquirePermission();
        Runnable body = () -> {};
        return new Held(List.of(bulkhead, virtualThreads(count, () -> bulkhead.executeRunnable(body))),
                bulkhead::onComplete);
    }
}
