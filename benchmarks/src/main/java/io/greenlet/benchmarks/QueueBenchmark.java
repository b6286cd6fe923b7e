package io.greenlet.benchmarks;

import com.softwaremill.jox.Channel;
import io.greenlet.GreenThread;
import io.greenlet.Hub;
import io.greenlet.sync.GreenQueue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import kotlin.coroutines.Continuation;
import kotlinx.coroutines.Deferred;
import kotlinx.coroutines.channels.BufferOverflow;
import kotlinx.coroutines.channels.ChannelKt;
import org.jspecify.annotations.Nullable;
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
import org.openjdk.jmh.annotations.Warmup;

/// The price of an element that goes from one green thread to another one through a queue: from the start of both until
/// both have ended, per element. All run on the JDK's scheduler of virtual threads; with Kotlin coroutines on its own
/// scheduler take their place.
///
/// A capacity of zero is a rendezvous, for which the JDK has queues of its own. Of these queues only
/// [GreenQueue], the fair one of the JDK, Jox and Kotlin serve in order.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 6, time = 1)
@Fork(2)
public class QueueBenchmark {

    private static final int ELEMENTS = 10_000;
    private static final long SUM = ELEMENTS * (ELEMENTS - 1L) / 2;

    /// How many elements are stored at most.
    @Param({"0", "10", "1000"})
    public int capacity;

    @FunctionalInterface
    private interface Put {
        void put(Integer element) throws Exception;
    }

    @FunctionalInterface
    private interface Take {
        Integer take() throws Exception;
    }

    /// For JMH.
    public QueueBenchmark() {}

    private static void hand(Put put, Take take) throws InterruptedException {
        GreenThread<Long> taker = Hub.parallel().spawn(() -> {
            long sum = 0;
            for (int i = 0; i < ELEMENTS; i++) {
                sum += take.take();
            }
            return sum;
        });
        GreenThread<Integer> putter = Hub.parallel().spawn(() -> {
            for (int i = 0; i < ELEMENTS; i++) {
                put.put(i);
            }
            return ELEMENTS;
        });
        Peers.require(SUM, taker.await());
        Peers.require(ELEMENTS, putter.await());
    }

    /// Ours.
    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public void greenQueue() throws InterruptedException {
        GreenQueue<Integer> queue = GreenQueue.fifo(capacity);
        hand(queue::put, queue::take);
    }

    /// The JDK's array of that size; its rendezvous for zero.
    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public void arrayOrSynchronous() throws InterruptedException {
        BlockingQueue<Integer> queue = capacity == 0 ? new SynchronousQueue<>() : new ArrayBlockingQueue<>(capacity);
        hand(queue::put, queue::take);
    }

    /// The same, serving in order.
    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public void fairArrayOrSynchronous() throws InterruptedException {
        BlockingQueue<Integer> queue = capacity == 0
                ? new SynchronousQueue<>(true)
                : new ArrayBlockingQueue<>(capacity, true);
        hand(queue::put, queue::take);
    }

    /// The JDK's linked queue of that size; its transfer for zero.
    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public void linkedOrTransfer() throws InterruptedException {
        if (capacity == 0) {
            LinkedTransferQueue<Integer> queue = new LinkedTransferQueue<>();
            hand(queue::transfer, queue::take);
            return;
        }
        BlockingQueue<Integer> queue = new LinkedBlockingQueue<>(capacity);
        hand(queue::put, queue::take);
    }

    /// Jox.
    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public void joxChannel() throws InterruptedException {
        Channel<Integer> channel = capacity == 0
                ? Channel.newRendezvousChannel()
                : Channel.newBufferedChannel(capacity);
        hand(channel::send, channel::receive);
    }

    /// Kotlin.
    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public void kotlinChannel() throws InterruptedException {
        kotlinx.coroutines.channels.Channel<Integer> channel = ChannelKt.Channel(capacity, BufferOverflow.SUSPEND,
                null);
        Deferred<Long> taker = Coroutine.async(new Taker(null, channel));
        Deferred<Integer> putter = Coroutine.async(new Putter(null, channel));
        Peers.require(SUM, Coroutine.result(taker));
        Peers.require(ELEMENTS, Coroutine.result(putter));
    }

    @SuppressWarnings("serial") // as its superclass
    private static final class Taker extends Coroutine<Long> {

        private final kotlinx.coroutines.channels.Channel<Integer> channel;
        private int taken;
        private long sum;

        Taker(@Nullable Continuation<Object> completion, kotlinx.coroutines.channels.Channel<Integer> channel) {
            super(completion);
            this.channel = channel;
        }

        @Override
        Coroutine<Long> of(Continuation<Object> completion) {
            return new Taker(completion, channel);
        }

        @Override
        Object resume(@Nullable Object result) {
            Object value = result;
            for (;;) {
                if (value instanceof Integer element) { // received last; none at the start
                    sum += element;
                    taken++;
                }
                if (taken == ELEMENTS) {
                    return sum;
                }
                value = channel.receive(this);
                if (isSuspended(value)) {
                    return SUSPENDED;
                }
            }
        }
    }

    @SuppressWarnings("serial") // as its superclass
    private static final class Putter extends Coroutine<Integer> {

        private final kotlinx.coroutines.channels.Channel<Integer> channel;
        private int put;

        Putter(@Nullable Continuation<Object> completion, kotlinx.coroutines.channels.Channel<Integer> channel) {
            super(completion);
            this.channel = channel;
        }

        @Override
        Coroutine<Integer> of(Continuation<Object> completion) {
            return new Putter(completion, channel);
        }

        @Override
        Object resume(@Nullable Object result) {
            while (put < ELEMENTS) {
                if (isSuspended(channel.send(put++, this))) {
                    return SUSPENDED;
                }
            }
            return put;
        }
    }
}
