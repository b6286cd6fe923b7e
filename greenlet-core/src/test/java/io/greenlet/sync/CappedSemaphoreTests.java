package io.greenlet.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.greenlet.GreenThread;
import io.greenlet.GreenletExit;
import io.greenlet.HubContract;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// What a semaphore whose release waits too promises, from every kind of thread.
final class CappedSemaphoreTests extends HubContract {

    private static final Duration LONG = Duration.ofHours(1);
    private static final Duration SHORT = Duration.ofMillis(2);
    private static final List<Duration> NONE = List.of(Duration.ZERO, Duration.ofNanos(-1),
            Duration.ofSeconds(Long.MIN_VALUE));
    private static final int ROUNDS = DEEP ? 10_000 : 200;

    private static boolean acquired(CappedSemaphore semaphore) throws InterruptedException {
        semaphore.acquire();
        return true;
    }

    private static boolean released(CappedSemaphore semaphore) throws InterruptedException {
        semaphore.release();
        return true;
    }

    /// Starts someone who waits, and waits until it stands in line.
    private Actor<Boolean> inLine(CappedSemaphore semaphore, Callable<Boolean> wait) {
        int before = semaphore.acquiring() + semaphore.releasing();
        Actor<Boolean> waiter = fork(wait);
        waitUntil("it waits", () -> semaphore.acquiring() + semaphore.releasing() == before + 1);
        return waiter;
    }

    private static void assertStands(CappedSemaphore semaphore, int available, int acquiring, int releasing) {
        assertThat(semaphore.available()).isEqualTo(available);
        assertThat(semaphore.acquiring()).isEqualTo(acquiring);
        assertThat(semaphore.releasing()).isEqualTo(releasing);
        assertThat(semaphore.balance()).isEqualTo(available - acquiring + releasing);
    }

    @Nested
    final class ANewOne {

        @Test
        void hasThePermitsAndTheLimitItIsGiven() {
            CappedSemaphore semaphore = new CappedSemaphore(2, 3);
            assertStands(semaphore, 2, 0, 0);
            assertThat(semaphore.limit()).isEqualTo(3);
            assertThat(semaphore.locked()).isFalse();
            assertThat(semaphore.full()).isFalse();
            assertThat(semaphore).hasToString("capped semaphore (balance=2, limit=3)");
            assertThat(new CappedSemaphore(0, 3).locked()).isTrue();
            assertThat(new CappedSemaphore(3, 3).full()).isTrue();
        }

        @Test
        void refusesWhatMakesNoSense() {
            assertThatThrownBy(() -> new CappedSemaphore(-1, 3)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("permits must not be negative: -1");
            assertThatThrownBy(() -> new CappedSemaphore(0, -2)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("limit must not be negative: -2");
            assertThatThrownBy(() -> new CappedSemaphore(4, 3)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("permits must not be above the limit of 3: 4");
        }

        @Test
        void mayHaveAnyLimit() throws Exception {
            CappedSemaphore most = new CappedSemaphore(Integer.MAX_VALUE, Integer.MAX_VALUE);
            assertThat(most.tryRelease()).isFalse();
            Actor<Boolean> putter = inLine(most, () -> released(most));
            assertThat(most.balance()).as("as much as an int can say").isEqualTo(Integer.MAX_VALUE);
            assertThat(most.releasing()).isEqualTo(1);
            assertThat(most.tryAcquire()).isTrue();
            assertThat(putter.result()).isTrue();
            assertStands(most, Integer.MAX_VALUE, 0, 0);
        }
    }

    @Nested
    final class BothSides {

        @Test
        void takeAndPutWithoutWaitingWhereTheyCan() throws InterruptedException {
            CappedSemaphore semaphore = new CappedSemaphore(1, 2);
            semaphore.release();
            assertThat(semaphore.tryRelease()).isFalse();
            assertThat(semaphore.tryRelease(SHORT)).isFalse();
            semaphore.acquire();
            assertThat(semaphore.tryAcquire(LONG)).isTrue();
            assertThat(semaphore.tryAcquire()).isFalse();
            assertThat(semaphore.tryAcquire(SHORT)).isFalse();
            assertThat(semaphore.tryRelease(LONG)).isTrue();
            assertThat(semaphore.tryRelease()).isTrue();
            assertThat(semaphore.tryAcquire()).isTrue();
            assertStands(semaphore, 1, 0, 0);
        }

        @Test
        void doNotWaitForZeroOrLess() throws InterruptedException {
            CappedSemaphore semaphore = new CappedSemaphore(0, 1);
            for (Duration none : NONE) {
                assertThat(semaphore.tryAcquire(none)).isFalse();
                assertThat(semaphore.tryRelease(none)).isTrue();
                assertThat(semaphore.tryRelease(none)).isFalse();
                assertThat(semaphore.tryAcquire(none)).isTrue();
            }
            assertStands(semaphore, 0, 0, 0);
        }

        @Test
        void waitForEachOther() throws Exception {
            CappedSemaphore semaphore = new CappedSemaphore(0, 1);
            Actor<Boolean> taker = inLine(semaphore, () -> acquired(semaphore));
            Actor<Boolean> patient = inLine(semaphore, () -> semaphore.tryAcquire(LONG));
            assertStands(semaphore, 0, 2, 0);
            assertThat(semaphore.locked()).isTrue();
            assertThat(semaphore.full()).isFalse();
            semaphore.release();
            assertThat(taker.result()).isTrue();
            assertThat(semaphore.tryRelease()).isTrue();
            assertThat(patient.result()).isTrue();
            semaphore.release();
            Actor<Boolean> putter = inLine(semaphore, () -> released(semaphore));
            Actor<Boolean> patientPutter = inLine(semaphore,
                    () -> semaphore.tryRelease(Duration.ofSeconds(Long.MAX_VALUE)));
            assertStands(semaphore, 1, 0, 2);
            assertThat(semaphore.full()).isTrue();
            semaphore.acquire();
            assertThat(putter.result()).isTrue();
            assertThat(semaphore.tryAcquire()).isTrue();
            assertThat(patientPutter.result()).isTrue();
            assertStands(semaphore, 1, 0, 0);
        }

        @Test
        void areServedInOrder() throws Exception {
            for (boolean putters : new boolean[]{true, false}) {
                CappedSemaphore semaphore = new CappedSemaphore(0, 0);
                Queue<Integer> served = new ConcurrentLinkedQueue<>();
                List<Actor<Boolean>> waiters = new ArrayList<>();
                for (int i = 0; i < 10; i++) {
                    int number = i;
                    waiters.add(inLine(semaphore, () -> {
                        assertThat(putters ? released(semaphore) : acquired(semaphore)).isTrue();
                        return served.add(number);
                    }));
                }
                for (int i = 0; i < 10; i++) {
                    assertThat(putters ? acquired(semaphore) : released(semaphore)).isTrue();
                    assertThat(waiters.get(i).result()).isTrue();
                }
                assertThat(served).containsExactlyElementsOf(IntStream.range(0, 10).boxed().toList());
            }
        }

        @Test
        void areOvertakenByNobodyWhoCameLater() throws Exception {
            CappedSemaphore semaphore = new CappedSemaphore(1, 1);
            Actor<Boolean> first = inLine(semaphore, () -> released(semaphore));
            Actor<Boolean> second = inLine(semaphore, () -> released(semaphore));
            semaphore.acquire();
            assertThat(semaphore.tryRelease()).as("the room is that of the first").isFalse();
            assertThat(semaphore.tryRelease(SHORT)).isFalse();
            assertThat(first.result()).isTrue();
            assertThat(second.isDone()).isFalse();
            semaphore.acquire();
            assertThat(second.result()).isTrue();
            assertStands(semaphore, 1, 0, 0);
        }

        @Test
        void carryWhatWasWrittenBefore() throws Exception {
            CappedSemaphore semaphore = new CappedSemaphore(0, 0);
            for (int round = 0; round < ROUNDS; round++) {
                int[] cells = new int[2];
                Actor<Integer> taker = fork(() -> {
                    cells[1] = 1;
                    semaphore.acquire();
                    return cells[0];
                });
                cells[0] = 1;
                semaphore.release();
                assertThat(cells[1]).isEqualTo(1);
                assertThat(taker.result()).isEqualTo(1);
            }
        }

        @Test
        void keepWithinTheLimit() throws Exception {
            int limit = 3;
            CappedSemaphore semaphore = new CappedSemaphore(0, limit);
            AtomicInteger stored = new AtomicInteger();
            int each = ROUNDS / 4;
            List<Actor<Boolean>> actors = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                actors.add(fork(() -> {
                    for (int round = 0; round < each; round++) {
                        semaphore.release();
                        assertThat(stored.incrementAndGet()).isLessThanOrEqualTo(limit + 4);
                    }
                    return true;
                }));
                actors.add(fork(() -> {
                    for (int round = 0; round < each; round++) {
                        semaphore.acquire();
                        assertThat(stored.decrementAndGet()).isGreaterThanOrEqualTo(-4);
                    }
                    return true;
                }));
            }
            for (Actor<Boolean> actor : actors) {
                assertThat(actor.result()).isTrue();
            }
            assertThat(stored).hasValue(0);
            assertStands(semaphore, 0, 0, 0);
        }
    }

    @Nested
    final class ARendezvous {

        private final CappedSemaphore semaphore = new CappedSemaphore(0, 0);

        @Test
        void isWaitedForByWhoeverComesFirst() throws Exception {
            assertThat(semaphore.locked()).isTrue();
            assertThat(semaphore.full()).isTrue();
            assertThat(semaphore.tryAcquire()).isFalse();
            assertThat(semaphore.tryRelease()).isFalse();
            Actor<Boolean> putter = inLine(semaphore, () -> released(semaphore));
            assertThat(semaphore.locked()).isFalse();
            assertStands(semaphore, 0, 0, 1);
            assertThat(semaphore.tryAcquire()).isTrue();
            assertThat(putter.result()).isTrue();
            Actor<Boolean> taker = inLine(semaphore, () -> acquired(semaphore));
            assertThat(semaphore.full()).isFalse();
            assertStands(semaphore, 0, 1, 0);
            assertThat(semaphore.tryRelease()).isTrue();
            assertThat(taker.result()).isTrue();
            assertStands(semaphore, 0, 0, 0);
        }

        @Test
        void isNotMissed() throws Exception {
            Actor<Boolean> putter = fork(() -> {
                for (int round = 0; round < ROUNDS; round++) {
                    semaphore.release();
                }
                return true;
            });
            for (int round = 0; round < ROUNDS; round++) {
                semaphore.acquire();
            }
            assertThat(putter.result()).isTrue();
            assertStands(semaphore, 0, 0, 0);
        }
    }

    @Nested
    final class OneWhoGivesUp {

        @Test
        void byATimeOutLeavesTheLineToTheOthers() throws Exception {
            CappedSemaphore semaphore = new CappedSemaphore(1, 1);
            long start = hub().nanoTime();
            Actor<Boolean> leaving = fork(() -> semaphore.tryRelease(SHORT));
            Actor<Boolean> staying = fork(() -> released(semaphore));
            assertThat(leaving.result()).isFalse();
            assertThat(hub().nanoTime() - start).isGreaterThanOrEqualTo(SHORT.toNanos());
            waitUntil("one waits", () -> semaphore.releasing() == 1);
            semaphore.acquire();
            assertThat(staying.result()).isTrue();
            assertStands(semaphore, 1, 0, 0);
        }

        /// eventlet makes it good by a counter, which may be off then.
        @Test
        void byAnInterruptIsAsIfItHadNeverCome() throws Exception {
            for (int limit : new int[]{0, 1}) {
                CappedSemaphore semaphore = new CappedSemaphore(limit, limit);
                Actor<Boolean> putter = inLine(semaphore, () -> released(semaphore));
                putter.interrupt();
                assertThatThrownBy(putter::result).isInstanceOf(InterruptedException.class);
                assertStands(semaphore, limit, 0, 0);
                for (int i = 0; i < limit; i++) {
                    semaphore.acquire();
                }
                Actor<Boolean> taker = inLine(semaphore, () -> acquired(semaphore));
                taker.interrupt();
                assertThatThrownBy(taker::result).isInstanceOf(InterruptedException.class);
                assertStands(semaphore, 0, 0, 0);
            }
        }

        @Test
        void byAnInterruptThatCameBeforeDoesNotWait() {
            CappedSemaphore semaphore = new CappedSemaphore(0, 0);
            for (Callable<Boolean> wait : List.<Callable<Boolean>>of(() -> acquired(semaphore),
                    () -> released(semaphore), () -> semaphore.tryRelease(LONG), () -> semaphore.tryAcquire(LONG))) {
                Thread.currentThread().interrupt();
                assertThatThrownBy(wait::call).isInstanceOf(InterruptedException.class);
                assertThat(Thread.currentThread().isInterrupted()).isFalse();
                assertStands(semaphore, 0, 0, 0);
            }
        }

        @Test
        void keepsItsFlagWhereItNeedNotWait() throws InterruptedException {
            CappedSemaphore semaphore = new CappedSemaphore(0, 1);
            Thread.currentThread().interrupt();
            try {
                semaphore.release();
                semaphore.acquire();
            } finally {
                assertThat(Thread.interrupted()).isTrue();
            }
            assertStands(semaphore, 0, 0, 0);
        }

        @Test
        void byAKillReleasesNothing() {
            CappedSemaphore semaphore = new CappedSemaphore(1, 1);
            GreenThread<Boolean> green = spawn(() -> released(semaphore));
            waitUntil("it waits", () -> semaphore.releasing() == 1);
            green.kill();
            assertThatThrownBy(green::await).isInstanceOf(GreenletExit.class);
            assertStands(semaphore, 1, 0, 0);
        }

        @Test
        void inTheMomentInWhichItIsServedLosesNothing() throws Exception {
            for (int round = 0; round < ROUNDS; round++) {
                CappedSemaphore semaphore = new CappedSemaphore(1, 1);
                Duration limit = Duration.ofNanos(round % 100 * 1_000L);
                Actor<Boolean> putter = fork(() -> {
                    try {
                        return semaphore.tryRelease(limit);
                    } catch (InterruptedException e) {
                        return false;
                    } finally {
                        Thread.interrupted();
                    }
                });
                if (round % 2 == 0) {
                    putter.interrupt();
                }
                semaphore.acquire();
                int released = putter.result() ? 1 : 0;
                assertThat(semaphore.balance()).isEqualTo(released);
            }
        }
    }
}
