package io.greenlet.benchmarks;

import io.greenlet.Green;
import io.greenlet.GreenThread;
import io.greenlet.Hub;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// The price of one switch: `yieldNow` among 100 green threads of a cooperative hub, in both its forms, beside what a
/// virtual thread pays for handing over to another one by the JDK's own means. `python/green_threads.py` does the same with
/// `sleep(0)`.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 6, time = 1)
public class SwitchBenchmark {

    private static final int THREADS = 100;
    private static final int YIELDS = 1_000;
    private static final String OPEN = "--add-opens=java.base/java.lang=ALL-UNNAMED";

    private Hub hub = Hub.parallel();

    /// For JMH.
    public SwitchBenchmark() {}

    /// Makes the hub: the form is for the JVM's flags to say.
    @Setup(Level.Trial)
    public void open() {
        hub = Hub.cooperative("switch");
    }

    /// Ends it.
    @TearDown(Level.Trial)
    public void close() {
        hub.close();
    }

    /// The hub schedules virtual threads itself.
    @Benchmark
    @Fork(value = 2, jvmArgsAppend = OPEN)
    @OperationsPerInvocation(THREADS * YIELDS)
    public void ownCarrier() throws InterruptedException {
        yieldAmongMany(true);
    }

    /// The hub passes a baton among the JDK's virtual threads.
    @Benchmark
    @Fork(2)
    @OperationsPerInvocation(THREADS * YIELDS)
    public void baton() throws InterruptedException {
        yieldAmongMany(false);
    }

    private void yieldAmongMany(boolean greens) throws InterruptedException {
        if (hub.greensJdkBlocking() != greens) {
            throw new IllegalStateException("not the form to be measured");
        }
        List<GreenThread<Integer>> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            threads.add(hub.spawn(() -> {
                for (int k = 0; k < YIELDS; k++) {
                    Green.yieldNow();
                }
                return YIELDS;
            }));
        }
        for (GreenThread<Integer> thread : threads) {
            var _ = thread.await();
        }
    }

    /// Two virtual threads on the JDK's scheduler: each unparks the other and parks.
    @Benchmark
    @Fork(2)
    @OperationsPerInvocation(2 * YIELDS)
    public void rawParkAndUnpark() throws InterruptedException {
        Pair pair = new Pair();
        pair.first = Thread.ofVirtual().unstarted(() -> pair.play(0));
        pair.second = Thread.ofVirtual().unstarted(() -> pair.play(1));
        pair.first.start();
        pair.second.start();
        pair.first.join();
        pair.second.join();
    }

    private static final class Pair {

        private volatile int turn;
        private Thread first = Thread.currentThread();
        private Thread second = Thread.currentThread();

        void play(int me) {
            Thread other = me == 0 ? second : first;
            for (int k = 0; k < YIELDS; k++) {
                while (turn != me) {
                    LockSupport.park(this);
                }
                turn = 1 - me;
                LockSupport.unpark(other);
            }
        }
    }
}
