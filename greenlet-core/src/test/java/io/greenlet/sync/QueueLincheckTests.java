package io.greenlet.sync;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jetbrains.lincheck.datastructures.verifier.EpsilonVerifier;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What racing threads see of a queue is what one thread after the other could have seen; and of those who wait for each
/// other nobody is left waiting, and every element is received once.
@Timeout(600)
final class QueueLincheckTests {

    private static final boolean DEEP = Boolean.getBoolean("greenlet.deep");
    private static final Duration MOMENT = Duration.ofNanos(1_000);

    /// A queue by its operations that do not wait.
    @Param(name = "element", gen = IntGen.class, conf = "1:3")
    @Param(name = "capacity", gen = IntGen.class, conf = "1:2")
    public abstract static class Operations {

        final GreenQueue<Integer> queue;

        Operations(GreenQueue<Integer> queue) {
            this.queue = queue;
        }

        @Operation
        public String offer(@Param(name = "element") int element) {
            try {
                return String.valueOf(queue.offer(element));
            } catch (QueueClosedException e) {
                return "closed";
            }
        }

        @Operation
        public String poll() {
            return String.valueOf(queue.poll());
        }

        @Operation
        public String peek() {
            return String.valueOf(queue.peek());
        }

        @Operation
        public int size() {
            return queue.size();
        }

        @Operation
        public String drain() {
            List<Integer> drained = new ArrayList<>();
            int moved = queue.drainTo(drained, 2);
            return moved + " " + drained;
        }

        @Operation
        public void resize(@Param(name = "capacity") int capacity) {
            queue.resize(capacity);
        }

        @Operation
        public boolean taskDone() {
            try {
                queue.taskDone();
                return true;
            } catch (IllegalStateException e) {
                return false;
            }
        }

        @Operation
        public void close() {
            queue.close();
        }

        String offerForAMoment(int element) throws InterruptedException {
            try {
                return String.valueOf(queue.offer(element, MOMENT));
            } catch (QueueClosedException e) {
                return "closed";
            }
        }

        String pollForAMoment() throws InterruptedException {
            try {
                return String.valueOf(queue.poll(MOMENT));
            } catch (QueueClosedException e) {
                return "closed";
            }
        }
    }

    /// The oldest element first.
    public static class Fifo extends Operations {
        public Fifo() {
            super(GreenQueue.fifo(2));
        }
    }

    /// The newest element first.
    public static class Lifo extends Operations {
        public Lifo() {
            super(GreenQueue.lifo(2));
        }
    }

    /// The least element first.
    public static class Priority extends Operations {
        public Priority() {
            super(GreenQueue.priority(2, Comparator.naturalOrder()));
        }
    }

    /// The oldest element first, and waits for a moment. Who waited looks like one that came when its wait was over.
    public static class FifoWithLimit extends Fifo {

        @Operation
        public String offerWithin(@Param(name = "element") int element) throws InterruptedException {
            return offerForAMoment(element);
        }

        @Operation
        public String pollWithin() throws InterruptedException {
            return pollForAMoment();
        }
    }

    /// Those who wait for each other. Both sides meet in one moment, which no order of one after the other shows: what is
    /// checked is that all of them end, and that every element is received once.
    public abstract static class Meeting {

        private final GreenQueue<Integer> queue;
        private final AtomicInteger put = new AtomicInteger();
        private final AtomicInteger taken = new AtomicInteger();

        @GuardedBy("this")
        private final List<Thread> interruptible = new ArrayList<>();

        Meeting(int capacity) {
            queue = GreenQueue.fifo(capacity);
        }

        @Operation
        public void put() throws InterruptedException {
            queue.put(1);
            put.incrementAndGet();
        }

        @Operation
        public void take() throws InterruptedException {
            taken.addAndGet(queue.take());
        }

        /// A put that starts anew if it is interrupted.
        @Operation
        public void putAgain() throws InterruptedException {
            begin();
            try {
                put();
            } catch (InterruptedException e) {
                put();
            } finally {
                end();
            }
        }

        /// A take that starts anew if it is interrupted.
        @Operation
        public void takeAgain() throws InterruptedException {
            begin();
            try {
                take();
            } catch (InterruptedException e) {
                take();
            } finally {
                end();
            }
        }

        private synchronized void begin() {
            interruptible.add(Thread.currentThread());
        }

        private synchronized void end() {
            interruptible.remove(Thread.currentThread());
            Thread.interrupted();
        }

        @Operation
        public synchronized void interrupt() {
            if (!interruptible.isEmpty()) {
                interruptible.removeFirst().interrupt();
            }
        }

        @Validate
        public void nothingIsLeft() {
            if (put.get() != taken.get() || !queue.isEmpty() || queue.getting() + queue.putting() > 0) {
                throw new AssertionError(put + " put, " + taken + " taken: " + queue);
            }
        }
    }

    /// Without room.
    public static class Rendezvous extends Meeting {
        public Rendezvous() {
            super(0);
        }
    }

    /// With room for one.
    public static class Narrow extends Meeting {
        public Narrow() {
            super(1);
        }
    }

    private static void check(Options<?, ?> options, Class<? extends Meeting> meeting) {
        options.iterations(0).verifier(EpsilonVerifier.class);
        options.addCustomScenario(scenario(meeting, "put put", "take", "take"));
        options.addCustomScenario(scenario(meeting, "takeAgain", "put", "interrupt"));
        options.addCustomScenario(scenario(meeting, "putAgain", "take", "interrupt"));
        options.addCustomScenario(scenario(meeting, "put put", "takeAgain take", "interrupt"));
        options.check(meeting);
    }

    private static ExecutionScenario scenario(Class<?> operations, String... threads) {
        List<List<Actor>> parallel = new ArrayList<>();
        for (String thread : threads) {
            parallel.add(Arrays.stream(thread.split(" ")).map(name -> actor(operations, name)).toList());
        }
        return new ExecutionScenario(List.of(), parallel, List.of(), actor(operations, "nothingIsLeft"));
    }

    private static Actor actor(Class<?> operations, String name) {
        try {
            Method method = operations.getMethod(name);
            return new Actor(method, List.of());
        } catch (NoSuchMethodException e) {
            throw new AssertionError(e);
        }
    }

    private static <O extends Options<O, ?>> O drawn(O options, int deep, int brief) {
        return options.iterations(DEEP ? deep : brief).threads(3).actorsPerThread(DEEP ? 3 : 2).actorsBefore(2)
                .actorsAfter(2);
    }

    /// One chosen interleaving after the other; its clock stands still.
    @Nested
    final class ModelChecking {

        private ModelCheckingOptions options() {
            return new ModelCheckingOptions().invocationsPerIteration(DEEP ? 1_000 : 30);
        }

        @Test
        void fifo() {
            drawn(options(), 100, 4).check(Fifo.class);
        }

        @Test
        void rendezvous() {
            check(options().invocationsPerIteration(DEEP ? 50_000 : 40), Rendezvous.class);
        }

        @Test
        void roomForOne() {
            check(options().invocationsPerIteration(DEEP ? 50_000 : 40), Narrow.class);
        }
    }

    /// Threads that run freely.
    @Nested
    final class Stress {

        private StressOptions options() {
            return new StressOptions().invocationsPerIteration(DEEP ? 10_000 : 200);
        }

        @Test
        void fifo() {
            drawn(options(), 100, 6).check(FifoWithLimit.class);
        }

        @Test
        void lifo() {
            drawn(options(), 100, 3).check(Lifo.class);
        }

        @Test
        void priority() {
            drawn(options(), 100, 3).check(Priority.class);
        }

        @Test
        void rendezvous() {
            check(options().invocationsPerIteration(DEEP ? 500_000 : 500), Rendezvous.class);
        }

        @Test
        void roomForOne() {
            check(options().invocationsPerIteration(DEEP ? 500_000 : 500), Narrow.class);
        }
    }
}
