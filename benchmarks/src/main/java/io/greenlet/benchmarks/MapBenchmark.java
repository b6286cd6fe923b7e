package io.greenlet.benchmarks;

import io.greenlet.pool.GreenPool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Gatherers;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/// The price of a function that is run over 100,000 items, 1,000 at once, each in a virtual thread of its own, and whose
/// results are summed as they come: per item. The caller is a virtual thread.
///
/// The function adds one; `slow` says how many of a hundred items sleep 2 ms first, evenly spread. Jox's flows and Kotlin's
/// are not here: the one is not published for this JDK, the other has no operator that keeps the order.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 6, time = 1)
@Fork(2)
public class MapBenchmark {

    private static final int ITEMS = 100_000;
    private static final long SUM = ITEMS * (ITEMS + 1L) / 2;
    private static final int SLOTS = 1_000;
    private static final Duration SLOW = Duration.ofMillis(2);

    /// How many of a hundred items are slow.
    @Param({"0", "5"})
    public int slow;

    private final List<Integer> items = IntStream.range(0, ITEMS).boxed().toList();
    private final GreenPool pool = new GreenPool(SLOTS);
    private final Semaphore semaphore = new Semaphore(SLOTS);
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final Scheduler scheduler = Peers.boundedElastic(SLOTS);

    /// For JMH.
    public MapBenchmark() {}

    /// Ends what is measured.
    @TearDown
    public void close() {
        pool.close();
        executor.close();
        scheduler.dispose();
    }

    private Integer plusOne(Integer item) {
        if (slow > 0 && item % (100 / slow) == 0) {
            try {
                Thread.sleep(SLOW);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
        return item + 1;
    }

    /// The results of a peer.
    @FunctionalInterface
    private interface Results {
        Stream<Integer> stream();
    }

    private static void sum(Results results) throws InterruptedException {
        Peers.require(SUM, Peers.inVirtualThread(() -> {
            try (Stream<Integer> stream = results.stream()) {
                return stream.mapToLong(Integer::longValue).sum();
            }
        }));
    }

    private static void sum(Flux<Integer> results) throws InterruptedException {
        Peers.require(SUM, Peers.inVirtualThread(() -> results.reduce(0L, Long::sum).blockOptional().orElse(0L)));
    }

    /// Ours, in the order of the items.
    @Benchmark
    @OperationsPerInvocation(ITEMS)
    public void greenImap() throws InterruptedException {
        sum(() -> pool.imap(this::plusOne, items));
    }

    /// Ours, in the order of the results.
    @Benchmark
    @OperationsPerInvocation(ITEMS)
    public void greenImapUnordered() throws InterruptedException {
        sum(() -> pool.imapUnordered(this::plusOne, items));
    }

    /// The JDK's gatherer, in the order of the items.
    @Benchmark
    @OperationsPerInvocation(ITEMS)
    public void mapConcurrent() throws InterruptedException {
        sum(() -> items.stream().gather(Gatherers.mapConcurrent(SLOTS, this::plusOne)));
    }

    private Mono<Integer> mono(Integer item) {
        return Mono.fromCallable(() -> plusOne(item)).subscribeOn(scheduler);
    }

    /// Reactor, in the order of the items.
    @Benchmark
    @OperationsPerInvocation(ITEMS)
    public void reactorFlatMapSequential() throws InterruptedException {
        sum(Flux.fromIterable(items).flatMapSequential(this::mono, SLOTS));
    }

    /// Reactor, in the order of the results.
    @Benchmark
    @OperationsPerInvocation(ITEMS)
    public void reactorFlatMap() throws InterruptedException {
        sum(Flux.fromIterable(items).flatMap(this::mono, SLOTS));
    }

    /// What everybody writes by hand: in the order of the items, all results in memory.
    @Benchmark
    @OperationsPerInvocation(ITEMS)
    public void semaphoreAndFutures() throws InterruptedException {
        Peers.require(SUM, Peers.inVirtualThread(() -> {
            List<Future<Integer>> futures = new ArrayList<>();
            for (Integer item : items) {
                semaphore.acquire();
                futures.add(executor.submit(() -> {
                    try {
                        return plusOne(item);
                    } finally {
                        semaphore.release();
                    }
                }));
            }
            long sum = 0;
            for (Future<Integer> future : futures) {
                sum += future.get();
            }
            return sum;
        }));
    }
}
