package io.greenlet.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.Green;
import io.greenlet.GreenThread;
import io.greenlet.GreenletExit;
import io.greenlet.Latch;
import io.greenlet.SimulatedHub;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Everything at once from many threads, then a look at what is left: every slot back, nobody in line, every task ended
/// exactly once and in one outcome, every link called once.
///
/// With the system property `greenlet.deep` (profile `deep`) it takes minutes instead of seconds. A failure names its
/// seed; the threads' interleaving is not replayed by it, what each of them does is. On the simulated hub both are.
@Timeout(600)
final class GreenPoolStormTests extends PoolContract {

    private static final long STORM_NANOS = TimeUnit.MILLISECONDS.toNanos(DEEP ? 10_000 : 400);
    private static final int SIMULATED_STORMS = DEEP ? 200 : 4;
    private static final int SIMULATED_STEPS = 200;
    private static final int CLOSE_RACES = DEEP ? 2_000 : 50;
    private static final int LARGEST = 8;

    /// What bodies throw on purpose.
    private static final class Expected extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Expected() {
            super("on purpose", null, false, false);
        }
    }

    /// Counts what the pool tells, to compare it with what the pool shows.
    private static final class Tally implements PoolListener {

        final LongAdder began = new LongAdder();
        final LongAdder completed = new LongAdder();
        final LongAdder failed = new LongAdder();
        final LongAdder killed = new LongAdder();
        final LongAdder timedOut = new LongAdder();
        final LongAdder rejected = new LongAdder();

        @Override
        public void began(GreenPool pool, GreenThread<?> task, Duration waited) {
            began.increment();
        }

        @Override
        public void ended(GreenPool pool, GreenThread<?> task, TaskOutcome outcome, Duration ran) {
            switch (outcome) {
                case COMPLETED -> completed.increment();
                case FAILED -> failed.increment();
                case KILLED -> killed.increment();
                case TIMED_OUT -> timedOut.increment();
            }
        }

        @Override
        public void rejected(GreenPool pool, RejectedSubmission why) {
            rejected.increment();
        }
    }

    /// A pool, and threads that do to it whatever comes.
    private final class Storm {

        final Tally tally = new Tally();
        final GreenPool pool;
        final AtomicBoolean over = new AtomicBoolean();
        final AtomicReference<@Nullable Throwable> broken = new AtomicReference<>();
        final AtomicReferenceArray<@Nullable GreenThread<?>> recent = new AtomicReferenceArray<>(64);
        final List<Actor<Boolean>> workers = new ArrayList<>();
        final Set<Thread> inside = ConcurrentHashMap.newKeySet();
        final AtomicInteger live = new AtomicInteger();
        final AtomicInteger most = new AtomicInteger();
        final LongAdder taken = new LongAdder(); // tasks that the pool took, as their callers saw it
        final LongAdder pulled = new LongAdder(); // items of streams: each a task, unless rejected
        final LongAdder refused = new LongAdder(); // as callers saw it, streams left out
        final LongAdder linked = new LongAdder();
        final LongAdder called = new LongAdder();

        Storm(SplittableRandom random) {
            WhenFull[] policies = {WhenFull.BLOCK, WhenFull.BLOCK, WhenFull.QUEUE, WhenFull.REJECT,
                    WhenFull.CALLER_RUNS};
            pool = pool(PoolOptions.named("storm").withSize(random.nextInt(1, LARGEST + 1))
                    .withWhenFull(policies[random.nextInt(policies.length)])
                    .withMaxWait(random.nextBoolean() ? null : Duration.ofNanos(random.nextInt(3_000_000)))
                    .withQueueCapacity(random.nextInt(40)).withListener(tally)
                    .withTaskTimeout(Duration.ofMillis(random.nextInt(2, 6))));
        }

        void spread(int threads, SplittableRandom random, Consumer<SplittableRandom> work) {
            Latch all = new Latch(1);
            for (int i = 0; i < threads; i++) {
                SplittableRandom own = random.split();
                Callable<Boolean> worker = () -> {
                    try {
                        while (all.count() > 0) {
                            letOthersRun(); // others may interrupt it already
                        }
                        work.accept(own);
                    } catch (Throwable e) {
                        broken.compareAndSet(null, e);
                        over.set(true);
                    }
                    return Thread.interrupted();
                };
                workers.add(i % 2 == 0 ? fork(worker) : forkOther(worker));
            }
            all.countDown(); // the list of workers is complete
        }

        // ---- what bodies do

        Callable<Integer> body(SplittableRandom parent, int depth) {
            SplittableRandom random = parent.split();
            return () -> {
                boolean own = PoolTask.isCurrentIn(pool) && inside.add(Thread.currentThread());
                if (own) {
                    most.accumulateAndGet(live.incrementAndGet(), Math::max);
                }
                try {
                    return act(random, depth);
                } finally {
                    if (own) {
                        live.decrementAndGet();
                        inside.remove(Thread.currentThread());
                    }
                }
            };
        }

        private int act(SplittableRandom random, int depth) throws Exception {
            switch (random.nextInt(depth < 3 ? 12 : 8)) {
                case 0, 1 -> Green.yieldNow();
                case 2 -> Green.sleep(Duration.ofNanos(random.nextInt(1_000_000)));
                case 3 -> throw new Expected();
                case 4 -> throw new IOException("on purpose");
                case 5 -> {
                    try {
                        Green.sleep(Duration.ofMillis(4));
                    } catch (InterruptedException e) {
                        return 5; // it lives
                    }
                }
                case 6 -> new Latch(1).await(); // ended by the time limit or a kill
                case 7 -> {
                    for (int i = random.nextInt(2_000); i > 0; i--) {
                        Thread.onSpinWait();
                    }
                }
                case 8 -> {
                    GreenThread<?> child = spawn(random, depth + 1);
                    if (child != null) {
                        var _ = child.get();
                    }
                }
                case 9 -> {
                    GreenThread<?> child = submit(random, depth + 1);
                    if (child != null) {
                        var _ = child.await();
                    }
                }
                case 10 -> stream(random, depth + 1);
                default -> {
                    GreenThread<?> child = submit(random, depth + 1);
                    if (child != null) {
                        child.kill();
                    }
                }
            }
            return 1;
        }

        // ---- what threads do

        /// Any step but those that end the pool. What it may throw it throws on purpose.
        void step(SplittableRandom random) throws Exception {
            int choice = random.nextInt(100);
            if (choice < 25) {
                keep(random, spawn(random, 0));
            } else if (choice < 40) {
                keep(random, submit(random, 0));
            } else if (choice < 48) {
                keep(random, taken(() -> pool.trySpawn(body(random, 0)).orElse(null)));
            } else if (choice < 56) {
                Duration wait = Duration.ofNanos(random.nextInt(200_000));
                keep(random, taken(() -> pool.trySpawn(body(random, 0), wait).orElse(null)));
            } else if (choice < 64) {
                Callable<Integer> body = body(random, 0);
                var _ = taken(() -> {
                    pool.spawnN(() -> uncheckedly(body));
                    return GreenThread.completed(0);
                });
            } else if (choice < 76) {
                GreenThread<?> victim = recent.get(random.nextInt(recent.length()));
                if (victim != null) {
                    if (random.nextInt(3) == 0) {
                        var _ = victim.cancel(false);
                    } else {
                        victim.kill();
                    }
                }
            } else if (choice < 82) {
                GreenThread<?> handle = recent.get(random.nextInt(recent.length()));
                if (handle != null) {
                    var _ = handle.await(Duration.ofNanos(random.nextInt(500_000)));
                }
            } else if (choice < 86) {
                stream(random, 0);
            } else if (choice < 88) {
                var _ = pool.waitAll(Duration.ofNanos(random.nextInt(500_000)));
            } else if (choice < 91) {
                look();
            } else if (choice < 95) {
                pool.resize(random.nextInt(1, LARGEST + 1));
            } else if (choice < 98) {
                workers.get(random.nextInt(workers.size())).interrupt();
            } else if (choice == 98 || random.nextInt(10) > 0) {
                Green.yieldNow();
            } else {
                pool.killAll();
            }
        }

        private @Nullable GreenThread<?> spawn(SplittableRandom random, int depth) throws InterruptedException {
            boolean inPlaceOrAtOnce = PoolTask.isCurrentIn(pool) || pool.options().whenFull() == WhenFull.CALLER_RUNS;
            try {
                return taken(() -> pool.spawn(body(random, depth)));
            } catch (InterruptedException | GreenletExit e) {
                if (inPlaceOrAtOnce) {
                    taken.increment(); // it ran here and was ended by what is now thrown here
                }
                throw e;
            }
        }

        private @Nullable GreenThread<?> submit(SplittableRandom random, int depth) throws InterruptedException {
            return taken(() -> pool.submit(body(random, depth)));
        }

        private interface Submission {
            @Nullable GreenThread<?> hand() throws InterruptedException;
        }

        private @Nullable GreenThread<?> taken(Submission submission) throws InterruptedException {
            GreenThread<?> task;
            try {
                task = submission.hand();
            } catch (RejectedSubmission e) {
                refused.increment();
                return null;
            }
            if (task != null) {
                taken.increment();
                AtomicBoolean once = new AtomicBoolean();
                linked.increment();
                task.link(ended -> {
                    called.increment();
                    if (once.getAndSet(true)) {
                        broken.compareAndSet(null, new AssertionError("link called twice"));
                    }
                });
            }
            return task;
        }

        private void keep(SplittableRandom random, @Nullable GreenThread<?> task) {
            if (task != null) {
                recent.set(random.nextInt(recent.length()), task);
            }
        }

        private static void uncheckedly(Callable<?> body) {
            try {
                var _ = body.call();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new CompletionException(e);
            }
        }

        private void stream(SplittableRandom random, int depth) {
            int length = random.nextInt(12);
            int wanted = random.nextInt(12);
            Iterable<SplittableRandom> items = () -> Stream.generate(random::split).limit(length)
                    .peek(item -> pulled.increment()).iterator();
            boolean ordered = random.nextBoolean();
            try (Stream<Integer> results = ordered
                    ? pool.imap((SplittableRandom item) -> inStream(item, depth + 1), items)
                    : pool.imapUnordered((SplittableRandom item) -> inStream(item, depth + 1), items)) {
                Iterator<Integer> iterator = results.iterator();
                for (int i = 0; i < wanted && iterator.hasNext(); i++) {
                    try {
                        assertThat(iterator.next()).isNotNull();
                    } catch (Expected | CompletionException | GreenletExit | RejectedSubmission e) {
                        assertThat(e).as("an item's failure, or the pool's end").isNotNull();
                    }
                }
            }
        }

        private int inStream(SplittableRandom random, int depth) {
            try {
                return body(random, depth).call();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new CompletionException(e);
            }
        }

        private void look() {
            PoolSnapshot now = pool.snapshot();
            assertThat(now.free() + now.running()).isEqualTo(now.size());
            assertThat(now.running()).isBetween(0, LARGEST);
            assertThat(now.waiting()).isNotNegative();
            assertThat(pool.tasks()).allMatch(task -> task.name().startsWith("storm-"));
        }

        /// Steps on until it is over, and takes what steps throw on purpose.
        void go(SplittableRandom random, int most) {
            for (int i = 0; i < most && !over.get(); i++) {
                try {
                    step(random);
                } catch (InterruptedException | TimeoutException | RejectedSubmission | Expected | IOException e) {
                    assertThat(e).as("on purpose").isNotNull();
                } catch (CompletionException | CancellationException e) {
                    var _ = Thread.interrupted(); // a stream's consumer sets it
                } catch (Exception e) {
                    throw new AssertionError("not on purpose", e);
                }
            }
        }

        // ---- what is left

        void assertNothingIsLeft() throws Exception {
            for (Actor<Boolean> worker : workers) {
                assertThat(worker.result()).isNotNull();
            }
            var _ = Thread.interrupted();
            Throwable error = broken.get();
            if (error != null) {
                throw new AssertionError("in a worker", error);
            }
            assertThat(pool.waitAll(Duration.ofSeconds(30))).as("idle: %s", pool.snapshot()).isTrue();
            assertAtRest(pool);
            for (int i = 0; i < recent.length(); i++) {
                GreenThread<?> task = recent.get(i);
                if (task != null) {
                    waitUntil("the end of " + task, task::isDone);
                }
            }
            waitUntil("every link is called: " + linked + ", " + called, () -> linked.sum() == called.sum());
            PoolSnapshot now = pool.snapshot();
            assertThat(now.completed()).isEqualTo(tally.completed.sum());
            assertThat(now.failed()).isEqualTo(tally.failed.sum());
            assertThat(now.killed()).isEqualTo(tally.killed.sum());
            assertThat(now.timedOut()).isEqualTo(tally.timedOut.sum());
            assertThat(now.rejected()).isEqualTo(tally.rejected.sum());
            long streamed = pulled.sum() - (now.rejected() - refused.sum());
            assertThat(now.spawned()).as("as many as were taken: %s", now).isEqualTo(taken.sum() + streamed);
            assertThat(most.get()).as("bodies at once").isLessThanOrEqualTo(LARGEST);
        }
    }

    /// Failures of spawnN's bodies end here; others than those on purpose break the test.
    private void catchFailures(Storm storm) {
        hub().setFailureHandler((source, error) -> {
            boolean onPurpose = error instanceof Expected || error instanceof CompletionException
                    || error instanceof CancellationException || error instanceof TimeoutException;
            if (!onPurpose) {
                storm.broken.compareAndSet(null, new AssertionError(source, error));
            }
        });
    }

    /// How long something goes on: for a time, or, on the simulated hub, a number of times, so that it is replayed.
    private final class Budget {

        private final long nanos;
        private final int times;
        private final long start = System.nanoTime();

        Budget(long nanos, int times) {
            this.nanos = nanos;
            this.times = times;
        }

        boolean goesOn(int done) {
            return isSimulated() ? done < times : done == 0 || System.nanoTime() - start < nanos;
        }
    }

    private boolean isSimulated() {
        return hub() instanceof SimulatedHub;
    }

    private long seed(int round) {
        return hub() instanceof SimulatedHub simulated
                ? simulated.seed() * 1_000_003 + round
                : ThreadLocalRandom.current().nextLong();
    }

    @Test
    void aStormOfEverythingEndsWithEverySlotBackAndEveryTaskEndedOnce() throws Exception {
        Budget all = new Budget(STORM_NANOS, SIMULATED_STORMS);
        for (int round = 0; all.goesOn(round); round++) {
            long seed = seed(round);
            SplittableRandom random = new SplittableRandom(seed);
            Storm storm = new Storm(random);
            catchFailures(storm);
            Budget one = new Budget(STORM_NANOS / 8, SIMULATED_STEPS);
            try {
                storm.spread(6, random, own -> {
                    for (int steps = 0; !storm.over.get() && one.goesOn(steps); steps += 50) {
                        storm.go(own, 50);
                    }
                });
                Actor<Boolean> resizer = fork(() -> {
                    SplittableRandom own = random.split();
                    for (int resizes = 0; !storm.over.get() && one.goesOn(resizes); resizes++) {
                        storm.pool.resize(own.nextInt(LARGEST + 1)); // 0, too: nobody else would end that
                        Green.sleep(Duration.ofNanos(own.nextInt(300_000)));
                    }
                    storm.pool.resize(LARGEST);
                    return true;
                });
                assertThat(resizer.result()).isTrue();
                waitUntil("the workers' ends", () -> {
                    if (storm.pool.size() == 0) {
                        storm.pool.resize(1);
                    }
                    return storm.workers.stream().allMatch(worker -> worker.isDone());
                });
                storm.assertNothingIsLeft();
            } catch (Throwable e) {
                throw new AssertionError("seed " + seed + ", round " + round + ", " + storm.pool.options() + ", "
                        + storm.pool.snapshot(), e);
            }
        }
    }

    @Test
    void manyShortStormsThatEndInACloseLeaveNothing() throws Exception {
        for (int round = 0; round < CLOSE_RACES; round++) {
            long seed = seed(round);
            SplittableRandom random = new SplittableRandom(seed);
            Storm storm = new Storm(random);
            catchFailures(storm);
            try {
                storm.pool.resize(random.nextInt(4));
                storm.spread(3, random, own -> storm.go(own, 15));
                int pause = random.nextInt(2_000);
                int way = random.nextInt(4);
                Actor<Boolean> closer = fork(() -> {
                    for (int i = 0; i < pause; i++) {
                        Thread.onSpinWait();
                    }
                    switch (way) {
                        case 0 -> storm.pool.close();
                        case 1 -> assertThat(storm.pool.close(Duration.ofMillis(1))).isIn(true, false);
                        case 2 -> assertThat(storm.pool.close(Duration.ZERO)).isIn(true, false);
                        default -> {
                            Thread.currentThread().interrupt();
                            storm.pool.close();
                            assertThat(Thread.interrupted()).isTrue();
                        }
                    }
                    return true;
                });
                assertThat(closer.result()).isTrue();
                storm.assertNothingIsLeft();
                storm.pool.close();
            } catch (Throwable e) {
                throw new AssertionError("seed " + seed + ", round " + round + ", " + storm.pool.options() + ", "
                        + storm.pool.snapshot(), e);
            }
        }
    }
}
