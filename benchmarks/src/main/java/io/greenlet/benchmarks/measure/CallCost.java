package io.greenlet.benchmarks.measure;

import io.greenlet.benchmarks.AsyncApplication;
import io.greenlet.benchmarks.result.Statistics;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/// What a call of an asynchronous method with a trivial body costs, by all ways in turns in one JVM, as in an application that has
/// them all: nanoseconds of the caller's processor until the call returns, and nanoseconds until all of a burst have run.
final class CallCost implements Measure {

    private static final int CALLS = 1_000;
    private static final int BURSTS = 100;

    /// Calls a method, which counts the latch down, and returns what that returns.
    @FunctionalInterface
    private interface Call {

        @Nullable Future<?> of(CountDownLatch ended);
    }

    /// A way to call.
    private static final class Way {

        private final String executor;
        private final String kind;
        private final Call call;
        private final List<Double> ofCaller = new ArrayList<>();
        private final List<Double> ofAll = new ArrayList<>();

        Way(String executor, String kind, Call call) {
            this.executor = executor;
            this.kind = kind;
            this.call = call;
        }

        void burst(ThreadMXBean threads) throws InterruptedException {
            CountDownLatch ended = new CountDownLatch(CALLS);
            long begun = System.nanoTime();
            long before = threads.getCurrentThreadCpuTime();
            for (int i = 0; i < CALLS; i++) {
                Future<?> _ = call.of(ended);
            }
            long after = threads.getCurrentThreadCpuTime();
            ended.await();
            ofAll.add((System.nanoTime() - begun) / (double) CALLS);
            ofCaller.add((after - before) / (double) CALLS);
        }

        void report(Figures figures) {
            figures.addOf(executor, Map.of("kind", kind, "of", "caller"), "ns", medians(ofCaller));
            figures.addOf(executor, Map.of("kind", kind, "of", "all"), "ns", medians(ofAll));
        }

        /// The median of each hundred bursts of the second half; the first one warms up.
        private static List<Double> medians(List<Double> bursts) {
            List<Double> medians = new ArrayList<>();
            for (int end = bursts.size(); end - BURSTS >= bursts.size() / 2; end -= BURSTS) {
                medians.add(Statistics.median(bursts.subList(end - BURSTS, end)));
            }
            return medians;
        }
    }

    CallCost() {}

    @Override
    public Map<String, Body> subjects(boolean quick) {
        return Map.of("inTurns", figures -> measure(quick ? 4 * BURSTS : 20 * BURSTS, figures));
    }

    private static void measure(int bursts, Figures figures) throws InterruptedException {
        try (AsyncApplication application = new AsyncApplication()) {
            List<Way> ways = ways(application.methods());
            ThreadMXBean threads = ManagementFactory.getThreadMXBean();
            for (int i = 0; i < bursts; i++) {
                for (Way way : ways) {
                    way.burst(threads);
                }
            }
            ways.forEach(way -> way.report(figures));
        }
    }

    private static List<Way> ways(AsyncApplication.Methods methods) {
        return List.of(new Way("green", "void", ended -> none(() -> methods.greenVoid(ended))),
                new Way("async", "void", ended -> none(() -> methods.asyncVoid(ended))),
                new Way("limited", "void", ended -> none(() -> methods.asyncLimitedVoid(ended))),
                new Way("green", "future", methods::greenFuture), new Way("async", "future", methods::asyncFuture),
                new Way("limited", "future", methods::asyncLimitedFuture),
                new Way("green", "completable", methods::greenCompletable),
                new Way("async", "completable", methods::asyncCompletable),
                new Way("limited", "completable", methods::asyncLimitedCompletable));
    }

    private static @Nullable Future<?> none(Runnable call) {
        call.run();
        return null;
    }
}
