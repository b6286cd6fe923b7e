package io.greenlet.benchmarks;

import io.greenlet.GreenThread;
import io.greenlet.Hub;
import io.greenlet.sync.GreenEvent;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import kotlin.coroutines.Continuation;
import kotlinx.coroutines.CompletableDeferred;
import kotlinx.coroutines.CompletableDeferredKt;
import kotlinx.coroutines.Deferred;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// The price of a value that goes from one virtual thread to another one which waits for it, through an event that is used
/// once: two players hand a number to and fro, each time through a fresh event, per hand-over. With Kotlin the players are
/// coroutines.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 6, time = 1)
@Fork(2)
public class EventBenchmark {

    private static final int ROUNDS = 5_000;
    private static final int HANDOVERS = 2 * ROUNDS;

    /// For JMH.
    public EventBenchmark() {}

    @FunctionalInterface
    private interface Send<E> {
        void send(E event, Integer number) throws Exception;
    }

    @FunctionalInterface
    private interface Await<E> {
        Integer await(E event) throws Exception;
    }

    /// Events, to be used one after the other.
    private static <E> List<E> fresh(Supplier<E> maker) {
        return Stream.generate(maker).limit(HANDOVERS).toList();
    }

    /// The even events go from the first player to the second, the odd ones back.
    private static <E> void play(Supplier<E> maker, Send<E> send, Await<E> await) throws InterruptedException {
        List<E> events = fresh(maker);
        GreenThread<Integer> second = Hub.parallel().spawn(() -> {
            int number = 0;
            for (int i = 0; i < HANDOVERS; i += 2) {
                number = await.await(events.get(i));
                send.send(events.get(i + 1), number + 1);
            }
            return number + 1;
        });
        GreenThread<Integer> first = Hub.parallel().spawn(() -> {
            int number = 0;
            for (int i = 0; i < HANDOVERS; i += 2) {
                send.send(events.get(i), number + 1);
                number = await.await(events.get(i + 1));
            }
            return number;
        });
        Peers.require(HANDOVERS, first.await());
        Peers.require(HANDOVERS, second.await());
    }

    /// Ours.
    @Benchmark
    @OperationsPerInvocation(HANDOVERS)
    public void greenEvent() throws InterruptedException {
        EventBenchmark.<GreenEvent<Integer>>play(GreenEvent::new, GreenEvent::send, GreenEvent::await);
    }

    /// The JDK's future.
    @Benchmark
    @OperationsPerInvocation(HANDOVERS)
    public void completableFuture() throws InterruptedException {
        EventBenchmark.<CompletableFuture<Integer>>play(CompletableFuture::new, CompletableFuture::complete,
                CompletableFuture::get);
    }

    /// The JDK's latch, with the value beside it.
    @Benchmark
    @OperationsPerInvocation(HANDOVERS)
    public void countDownLatch() throws InterruptedException {
        play(Latched::new, Latched::send, Latched::await);
    }

    private static final class Latched {

        private final CountDownLatch sent = new CountDownLatch(1);
        private Integer value = 0; // written before the latch opens, read after it

        void send(Integer number) {
            value = number;
            sent.countDown();
        }

        Integer await() throws InterruptedException {
            sent.await();
            return value;
        }
    }

    /// Kotlin's future.
    @Benchmark
    @OperationsPerInvocation(HANDOVERS)
    public void kotlinDeferred() throws InterruptedException {
        List<CompletableDeferred<Integer>> events = fresh(() -> CompletableDeferredKt.CompletableDeferred(null));
        Deferred<Integer> second = Coroutine.async(new Player(null, events, 1));
        Deferred<Integer> first = Coroutine.async(new Player(null, events, 0));
        Peers.require(HANDOVERS, Coroutine.result(first));
        Peers.require(HANDOVERS, Coroutine.result(second));
    }

    /// Sends the events from its first one on, every other, and awaits those between.
    @SuppressWarnings("serial") // as its superclass
    private static final class Player extends Coroutine<Integer> {

        private final List<CompletableDeferred<Integer>> events;
        private final int first;
        private int next; // of the events

        Player(@Nullable Continuation<Object> completion, List<CompletableDeferred<Integer>> events, int first) {
            super(completion);
            this.events = events;
            this.first = first;
        }

        @Override
        Coroutine<Integer> of(Continuation<Object> completion) {
            return new Player(completion, events, first);
        }

        @Override
        Object resume(@Nullable Object result) {
            Object value = result;
            int number = 0;
            for (;;) {
                if (value instanceof Integer received) { // through the event awaited last; none at the start
                    number = received;
                    next++;
                }
                if (next < HANDOVERS && next % 2 == first) {
                    number++;
                    events.get(next++).complete(number);
                }
                if (next == HANDOVERS) {
                    return number;
                }
                value = events.get(next).await(this);
                if (isSuspended(value)) {
                    return SUSPENDED;
                }
            }
        }
    }
}
