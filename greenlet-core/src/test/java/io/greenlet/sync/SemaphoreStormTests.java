package io.greenlet.sync;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.HubContract;
import io.greenlet.sync.GreenSemaphore.Permit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

/// Everything at once from many threads, interrupts and time-outs included, then a look at what is left: every permit back,
/// nobody in line.
final class SemaphoreStormTests extends HubContract {

    private static final int WORKERS = 6;
    private static final int STEPS = DEEP ? 20_000 : 150;
    private static final int LONGEST_NANOS = 50_000;

    /// What a worker does again and again, whether or not it is interrupted in it.
    @FunctionalInterface
    private interface Work {
        void doSome(SplittableRandom random) throws InterruptedException;
    }

    private static Duration anyTime(SplittableRandom random) {
        return Duration.ofNanos(random.nextInt(LONGEST_NANOS));
    }

    /// Lets workers work, and interrupts now this one and now that one until all have done their steps and an interrupt
    /// has ended a wait.
    private void storm(Work work) throws Exception {
        long seed = ThreadLocalRandom.current().nextLong();
        SplittableRandom random = new SplittableRandom(seed);
        LongAdder interrupts = new LongAdder();
        AtomicInteger working = new AtomicInteger(WORKERS);
        List<Actor<Boolean>> workers = new ArrayList<>();
        for (int i = 0; i < WORKERS; i++) {
            SplittableRandom own = random.split();
            workers.add(fork(() -> {
                for (int step = 0; working.get() > 0 || interrupts.sum() == 0; step++) {
                    if (step == STEPS) {
                        working.decrementAndGet();
                    }
                    try {
                        work.doSome(own);
                    } catch (InterruptedException e) {
                        interrupts.increment();
                    }
                }
                return Thread.interrupted();
            }));
        }
        while (!workers.stream().allMatch(Actor::isDone)) {
            workers.get(random.nextInt(WORKERS)).interrupt();
            letOthersRun();
        }
        for (Actor<Boolean> worker : workers) {
            assertThat(worker.result()).as("seed " + seed).isNotNull();
        }
    }

    @Test
    void leavesASemaphoreItsPermits() throws Exception {
        int permits = 3;
        GreenSemaphore semaphore = GreenSemaphore.bounded(permits);
        AtomicInteger inside = new AtomicInteger();
        Runnable body = () -> {
            assertThat(inside.incrementAndGet()).isLessThanOrEqualTo(permits);
            letOthersRun();
            inside.decrementAndGet();
        };
        storm(random -> {
            switch (random.nextInt(4)) {
                case 0 -> {
                    semaphore.acquire();
                    body.run();
                    semaphore.release();
                }
                case 1 -> {
                    if (semaphore.tryAcquire(anyTime(random))) {
                        body.run();
                        semaphore.release();
                    }
                }
                case 2 -> {
                    if (semaphore.tryAcquire()) {
                        body.run();
                        semaphore.release();
                    }
                }
                default -> {
                    try (Permit permit = semaphore.hold()) {
                        body.run();
                        assertThat(permit).asString().startsWith("permit (held)");
                    }
                }
            }
        });
        assertThat(semaphore).hasToString("semaphore (balance=3, bound=3)");
        assertThat(inside).hasValue(0);
    }

    @Test
    void leavesACappedOneWhatWasReleasedAndNotAcquired() throws Exception {
        for (int limit = 0; limit < 3; limit++) {
            CappedSemaphore semaphore = new CappedSemaphore(limit, limit);
            LongAdder balance = new LongAdder();
            balance.add(limit);
            storm(random -> {
                switch (random.nextInt(6)) {
                    case 0 -> {
                        semaphore.acquire();
                        balance.decrement();
                    }
                    case 1 -> {
                        semaphore.release();
                        balance.increment();
                    }
                    case 2 -> balance.add(semaphore.tryAcquire(anyTime(random)) ? -1 : 0);
                    case 3 -> balance.add(semaphore.tryRelease(anyTime(random)) ? 1 : 0);
                    case 4 -> balance.add(semaphore.tryAcquire() ? -1 : 0);
                    default -> balance.add(semaphore.tryRelease() ? 1 : 0);
                }
            });
            assertThat(semaphore)
                    .hasToString("capped semaphore (balance=" + balance.sum() + ", limit=" + limit + ')');
            assertThat(balance.sum()).isBetween(0L, (long) limit);
            assertThat(semaphore.acquiring() + semaphore.releasing()).isZero();
        }
    }
}
