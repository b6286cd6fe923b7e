package io.greenlet.benchmarks.measure;

import io.greenlet.pool.GreenPool;
import io.greenlet.sync.GreenEvent;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// A million green threads that wait at the same time in one process, for one event, and are then all woken; and the same
/// of bare virtual threads. Before, crowds of 20,000 warm it up: the frames of interpreted code are far larger.
final class Million implements Measure {

    private static final int MILLION = 1_000_000;
    private static final int CROWD = 20_000;
    private static final int WARM_UP = 20;
    private static final List<Integer> HEAPS = List.of(1_024, 1_280, 1_536, 2_048, 6_144);

    Million() {}

    @Override
    public Map<String, Body> subjects(boolean quick) {
        Map<String, Body> subjects = new LinkedHashMap<>();
        subjects.put("greenPool", Million::greens);
        subjects.put("bareVirtualThread", Million::bare);
        if (!quick) {
            subjects.put("smallestHeap", figures -> figures.add("MB", smallestHeap()));
        }
        return subjects;
    }

    @Override
    public List<String> jvmOptions(String subject) {
        return List.of("-Xmx6g", "-XX:+UseParallelGC");
    }

    private static void greens(Figures figures) throws InterruptedException {
        for (int i = 0; i < WARM_UP; i++) {
            greens(CROWD, new Figures("warm-up"));
        }
        greens(MILLION, figures);
    }

    private static void bare(Figures figures) throws InterruptedException {
        for (int i = 0; i < WARM_UP; i++) {
            bare(CROWD, new Figures("warm-up"));
        }
        bare(MILLION, figures);
    }

    private static void greens(int count, Figures figures) throws InterruptedException {
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
        long start = System.nanoTime();
        for (int i = 0; i < count; i++) {
            pool.spawnN(body);
        }
        begun.await();
        figures.add(Map.of("of", "start"), "s", secondsSince(start));
        if (pool.running() != count) {
            throw new IllegalStateException(count + " must run: " + pool);
        }
        figures.add(Map.of("of", "heap"), "MB", heap());
        long wake = System.nanoTime();
        event.send(true);
        pool.waitAll();
        figures.add(Map.of("of", "wake"), "s", secondsSince(wake));
    }

    private static void bare(int count, Figures figures) throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(count);
        CountDownLatch ended = new CountDownLatch(count);
        Thread[] threads = new Thread[count];
        long start = System.nanoTime();
        for (int i = 0; i < count; i++) {
            threads[i] = Thread.startVirtualThread(() -> {
                begun.countDown();
                LockSupport.park();
                ended.countDown();
            });
        }
        begun.await();
        figures.add(Map.of("of", "start"), "s", secondsSince(start));
        figures.add(Map.of("of", "heap"), "MB", heap());
        long wake = System.nanoTime();
        for (Thread thread : threads) {
            LockSupport.unpark(thread);
        }
        ended.await();
        figures.add(Map.of("of", "wake"), "s", secondsSince(wake));
    }

    private static double secondsSince(long begun) {
        return (System.nanoTime() - begun) / 1e9;
    }

    private static double heap() throws InterruptedException {
        Thread.sleep(100); // the last ones park
        System.gc();
        return (Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory()) / 1e6;
    }

    // ---- the smallest heap

    /// The first heap of a growing row in which a million fit.
    private static int smallestHeap() throws IOException, InterruptedException {
        for (int megabytes : HEAPS) {
            Process process = new ProcessBuilder(Jvm.command(
                    List.of("-Xmx" + megabytes + "m", "-XX:+UseParallelGC", "-XX:+ExitOnOutOfMemoryError"),
                    Million.class))
                    .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
            // A heap that is all but full is collected without end.
            if (process.waitFor(40, TimeUnit.SECONDS) && process.exitValue() == 0) {
                return megabytes;
            }
            process.destroyForcibly().waitFor();
        }
        throw new IllegalStateException("a million must fit into " + HEAPS.getLast() + " MB");
    }

    /// Lets a million green threads wait and wakes them.
    public static void main(String[] arguments) throws InterruptedException {
        greens(new Figures("greenPool"));
        Runtime.getRuntime().halt(0);
    }
}
