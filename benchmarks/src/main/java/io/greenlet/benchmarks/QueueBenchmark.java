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
/// both have ended, per element. All run on the JDK's scheduler of virtual threads.
///
/// A capacity of zero is a rendezvous, for which the JDK has queues of its own. Of these queues only
/// [GreenQueue], the fair one of the JDK and Jox serve in order.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 8, time = 1)
@Fork(3)
public class QueueBenchmark {

    private static final int ELEMENTS = 10_000;

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

    private static long hand(Put put, Take take) throws InterruptedException {
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
        return taker.await() + putter.await();
    }

    /// Ours.
    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public long greenQueue() throws InterruptedException {
        GreenQueue<Integer> queue = GreenQueue.fifo(capacity);
        return hand(queue::put, queue::take);
    }

    /// The JDK's array of that size; its rendezvous for zero.
    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public long arrayOrSynchronous() throws InterruptedException {
        BlockingQueue<Integer> queue = capacity == 0 ? new SynchronousQueue<>() : new ArrayBlockingQueue<>(capacity);
        return hand(queue::put, queue::take);
    }

    /// The same, serving in order.
    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public long fairArrayOrSynchronous() throws InterruptedException {
        BlockingQueue<Integer> queue = capacity == 0
                ? new SynchronousQueue<>(true)
                : new ArrayBlockingQueue<>(capacity, true);
        return hand(queue::put, queue::take);
    }

    /// The JDK's linked queue of that size; its transfer for zero.
    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public long linkedOrTransfer() throws InterruptedException {
        if (capacity == 0) {
            LinkedTransferQueue<Integer> queue = new LinkedTransferQueue<>();
            return hand(queue::transfer, queue::take);
        }
        BlockingQueue<Integer> queue = new LinkedBlockingQueue<>(capacity);
        return hand(queue::put, queue::take);
    }

    /// Jox.
    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public long joxChannel() throws InterruptedException {
        Channel<Integer> channel = capacity == 0
                ? Channel.newRendezvousChannel()
                : Channel.newBufferedChannel(capacity);
        return hand(channel::send, channel::receive);
    }
}
