package io.greenlet.sync;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.Green;
import io.greenlet.HubContract;
import io.greenlet.SimulatedHub;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Many who put and take, with and without limits, while others interrupt them, resize the queue and look at it; then it is
/// closed. Every element whose put returned was received once, every other one not at all.
///
/// With the system property `greenlet.deep` (profile `deep`) it takes minutes instead of seconds.
@Timeout(600)
final class GreenQueueStormTests extends HubContract {

    private static final long STORM_NANOS = TimeUnit.MILLISECONDS.toNanos(DEEP ? 10_000 : 60);
    private static final int SIMULATED_STEPS = DEEP ? 5_000 : 40;
    private static final int SIDE = 4;

    /// One storm.
    private final class Storm {

        private final GreenQueue<Integer> queue;
        private final long seed;
        private final AtomicInteger numbers = new AtomicInteger();
        private final ConcurrentMap<Integer, Boolean> in = new ConcurrentHashMap<>(); // puts that returned
        private final ConcurrentMap<Integer, Integer> received = new ConcurrentHashMap<>();
        private final AtomicBoolean over = new AtomicBoolean();
        private final List<Actor<Boolean>> workers = new ArrayList<>();

        Storm(GreenQueue<Integer> queue, long seed) {
            this.queue = queue;
            this.seed = seed;
        }

        void rage() throws Exception {
            for (int i = 0; i < SIDE; i++) {
                long mine = seed + i;
                workers.add(fork(() -> work(new SplittableRandom(mine), true)));
                workers.add(fork(() -> work(new SplittableRandom(~mine), false)));
            }
            // of another kind: virtual threads that wake each other all the time leave the JDK's carriers no moment to look
            // for one whose sleep is over
            Actor<Boolean> disturber = forkOther(() -> disturb(new SplittableRandom(seed * 31)));
            assertThat(disturber.result()).isTrue();
            queue.close();
            for (Actor<Boolean> worker : workers) {
                assertThat(worker.result()).isTrue();
            }
            List<Integer> left = new ArrayList<>();
            int moved = queue.drainTo(left);
            assertThat(moved).isEqualTo(left.size());
            left.forEach(this::receive);
            assertThat(received.keySet()).as("seed %s: what was put", seed).isEqualTo(in.keySet());
            assertThat(received.values()).as("seed %s: how often it was received", seed).allMatch(times -> times == 1);
            assertThat(queue.getting() + queue.putting() + queue.size()).isZero();
            assertThat(queue.unfinished()).as("seed %s: every element was counted", seed).isEqualTo(in.size());
        }

        private void receive(Integer element) {
            received.merge(element, 1, Integer::sum);
        }

        private boolean work(SplittableRandom random, boolean puts) {
            while (!over.get()) {
                try {
                    if (puts) {
                        put(numbers.incrementAndGet(), random);
                    } else {
                        take(random);
                    }
                } catch (QueueClosedException e) {
                    break;
                } catch (InterruptedException e) {
                    // the disturber's: on we go
                }
                if (hub() instanceof SimulatedHub) {
                    letOthersRun(); // and the clock go on
                }
            }
            boolean _ = Thread.interrupted();
            return true;
        }

        private void put(Integer element, SplittableRandom random) throws InterruptedException {
            boolean put = switch (random.nextInt(4)) {
                case 0 -> queue.offer(element);
                case 1 -> queue.offer(element, Duration.ofNanos(random.nextInt(50_000)));
                default -> {
                    queue.put(element);
                    yield true;
                }
            };
            if (put) {
                in.put(element, true);
            }
        }

        private void take(SplittableRandom random) throws InterruptedException {
            Integer element = switch (random.nextInt(5)) {
                case 0 -> queue.poll();
                case 1 -> queue.poll(Duration.ofNanos(random.nextInt(50_000)));
                case 2 -> {
                    List<Integer> drained = new ArrayList<>();
                    int _ = queue.drainTo(drained, 3);
                    drained.forEach(this::receive);
                    yield null;
                }
                default -> queue.take();
            };
            if (element != null) {
                receive(element);
            }
        }

        /// Interrupts whom it meets, until the time is up.
        private boolean disturb(SplittableRandom random) throws InterruptedException {
            long start = System.nanoTime();
            int capacity = queue.capacity();
            for (int step = 0; isGoingOn(start, step); step++) {
                workers.get(random.nextInt(workers.size())).interrupt();
                if (random.nextInt(8) == 0) {
                    queue.resize(capacity == 0 ? random.nextInt(2) : 1 + random.nextInt(2 * capacity));
                }
                int _ = queue.size();
                Green.sleep(Duration.ofNanos(random.nextInt(100_000)));
            }
            over.set(true);
            return true;
        }

        private boolean isGoingOn(long start, int step) {
            return hub() instanceof SimulatedHub ? step < SIMULATED_STEPS : System.nanoTime() - start < STORM_NANOS;
        }
    }

    @Test
    void losesAndDoublesNothing() throws Exception {
        for (GreenQueue<Integer> queue : List.of(GreenQueue.<Integer>fifo(0), GreenQueue.<Integer>fifo(1),
                GreenQueue.<Integer>lifo(5), GreenQueue.priority(3, Comparator.<Integer>reverseOrder()))) {
            new Storm(queue, ThreadLocalRandom.current().nextLong(1_000_000)).rage();
        }
    }
}
