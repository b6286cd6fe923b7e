package io.greenlet.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.greenlet.GreenThread;
import io.greenlet.GreenletExit;
import io.greenlet.HubContract;
import io.greenlet.sync.GreenSemaphore.Permit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// What a semaphore promises, from every kind of thread.
final class GreenSemaphoreTests extends HubContract {

    private static final Duration LONG = Duration.ofHours(1);
    private static final Duration SHORT = Duration.ofMillis(2);
    private static final List<Duration> NONE = List.of(Duration.ZERO, Duration.ofNanos(-1),
            Duration.ofSeconds(Long.MIN_VALUE));
    private static final int ROUNDS = DEEP ? 10_000 : 200;

    private final GreenSemaphore semaphore = new GreenSemaphore(0);

    /// Starts someone who waits for a permit, and waits until it stands in line.
    private Actor<Boolean> inLine(Callable<Boolean> wait) {
        int before = semaphore.waiting();
        Actor<Boolean> waiter = fork(wait);
        waitUntilWaiting(before + 1);
        return waiter;
    }

    private Actor<Boolean> inLine() {
        return inLine(() -> acquired(semaphore));
    }

    private static boolean acquired(GreenSemaphore semaphore) throws InterruptedException {
        semaphore.acquire();
        return true;
    }

    private void waitUntilWaiting(int count) {
        waitUntil(count + " wait", () -> semaphore.waiting() == count);
    }

    @Nested
    final class ANewOne {

        @Test
        void hasThePermitsItIsGiven() {
            for (int permits : new int[]{0, 1, 7, Integer.MAX_VALUE}) {
                for (GreenSemaphore one : List.of(new GreenSemaphore(permits), GreenSemaphore.bounded(permits))) {
                    assertThat(one.balance()).isEqualTo(permits);
                    assertThat(one.available()).isEqualTo(permits);
                    assertThat(one.waiting()).isZero();
                    assertThat(one.locked()).isEqualTo(permits == 0);
                }
            }
        }

        @Test
        void cannotHaveFewerThanNone() {
            assertThatThrownBy(() -> new GreenSemaphore(-1)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("permits must not be negative: -1");
            assertThatThrownBy(() -> GreenSemaphore.bounded(Integer.MIN_VALUE))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("permits must not be negative: -2147483648");
        }

        @Test
        void saysWhatItIs() {
            assertThat(new GreenSemaphore(3)).hasToString("semaphore (balance=3)");
            assertThat(GreenSemaphore.bounded(2)).hasToString("semaphore (balance=2, bound=2)");
        }
    }

    @Nested
    final class APermit {

        @Test
        void isTakenAndGivenBack() throws InterruptedException {
            GreenSemaphore two = new GreenSemaphore(2);
            two.acquire();
            assertThat(two.tryAcquire(LONG)).isTrue();
            assertThat(two.balance()).isZero();
            assertThat(two.locked()).isTrue();
            assertThat(two.tryAcquire()).isFalse();
            for (Duration none : NONE) {
                assertThat(two.tryAcquire(none)).isFalse();
            }
            assertThat(two.tryAcquire(SHORT)).isFalse();
            two.release();
            assertThat(two.available()).isEqualTo(1);
            for (Duration none : NONE) {
                assertThat(two.tryAcquire(none)).isTrue();
                two.release();
            }
            assertThat(two.tryAcquire()).isTrue();
            assertThat(two.balance()).isZero();
        }

        @Test
        void isWaitedForWhileThereIsNone() throws Exception {
            Actor<Boolean> first = inLine();
            Actor<Boolean> second = inLine(() -> semaphore.tryAcquire(LONG));
            assertThat(semaphore.balance()).isEqualTo(-2);
            assertThat(semaphore.available()).isZero();
            assertThat(semaphore.locked()).isTrue();
            assertThat(semaphore).hasToString("semaphore (balance=-2)");
            semaphore.release();
            assertThat(first.result()).isTrue();
            assertThat(semaphore.balance()).isEqualTo(-1);
            semaphore.release();
            assertThat(second.result()).isTrue();
            assertThat(semaphore.balance()).isZero();
        }

        @Test
        void mayBeReleasedByAnybody() throws Exception {
            Actor<Boolean> waiter = inLine();
            Actor<Boolean> other = forkOther(() -> {
                semaphore.release();
                return true;
            });
            assertThat(other.result()).isTrue();
            assertThat(waiter.result()).isTrue();
        }

        @Test
        void mayComeOnTopOfThoseThereWereAtFirst() {
            semaphore.release();
            semaphore.release();
            assertThat(semaphore.balance()).isEqualTo(2);
        }

        @Test
        void carriesWhatWasWrittenBeforeItsRelease() throws Exception {
            for (int round = 0; round < ROUNDS; round++) {
                int[] cell = new int[1];
                Actor<Integer> reader = fork(() -> {
                    semaphore.acquire();
                    return cell[0];
                });
                cell[0] = 1;
                semaphore.release();
                assertThat(reader.result()).isEqualTo(1);
            }
        }

        @Test
        void keepsAsManyOutAsThereAreNone() throws Exception {
            int permits = 3;
            GreenSemaphore guard = GreenSemaphore.bounded(permits);
            AtomicInteger inside = new AtomicInteger();
            AtomicInteger most = new AtomicInteger();
            List<Actor<Boolean>> actors = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                actors.add(fork(() -> {
                    for (int round = 0; round < ROUNDS / 4; round++) {
                        guard.acquire();
                        most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                        letOthersRun();
                        inside.decrementAndGet();
                        guard.release();
                    }
                    return true;
                }));
            }
            for (Actor<Boolean> actor : actors) {
                assertThat(actor.result()).isTrue();
            }
            assertThat(most.get()).isBetween(1, permits);
            assertThat(guard.balance()).isEqualTo(permits);
        }
    }

    @Nested
    final class TheLine {

        @Test
        void isServedInOrder() throws Exception {
            Queue<Integer> served = new ConcurrentLinkedQueue<>();
            List<Actor<Boolean>> waiters = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                int number = i;
                waiters.add(inLine(() -> {
                    assertThat(number % 2 == 0 ? acquired(semaphore) : semaphore.tryAcquire(LONG)).isTrue();
                    return served.add(number);
                }));
            }
            for (int i = 0; i < 20; i++) {
                semaphore.release();
                assertThat(waiters.get(i).result()).isTrue();
            }
            assertThat(served).containsExactlyElementsOf(IntStream.range(0, 20).boxed().toList());
        }

        /// eventlet lets those who do not wait, or for a limited time only, overtake it.
        @Test
        void isOvertakenByNobodyWhoCameLater() throws Exception {
            Actor<Boolean> first = inLine();
            Actor<Boolean> second = inLine();
            semaphore.release();
            assertThat(semaphore.tryAcquire()).as("the permit is that of the first").isFalse();
            assertThat(semaphore.tryAcquire(Duration.ZERO)).isFalse();
            assertThat(semaphore.tryAcquire(SHORT)).isFalse();
            assertThat(first.result()).isTrue();
            assertThat(second.isDone()).isFalse();
            semaphore.release();
            assertThat(second.result()).isTrue();
        }

        @Test
        void isJoinedAtItsEndByAReleaserWhoAcquiresAgain() throws Exception {
            GreenSemaphore one = new GreenSemaphore(1);
            Queue<String> order = new ConcurrentLinkedQueue<>();
            one.acquire();
            Actor<Boolean> other = fork(() -> {
                one.acquire();
                order.add("the other");
                one.release();
                return true;
            });
            waitUntil("it waits", () -> one.waiting() == 1);
            one.release();
            one.acquire();
            order.add("the releaser");
            assertThat(other.result()).isTrue();
            assertThat(order).containsExactly("the other", "the releaser");
        }

        @Test
        void closesUpWhereSomebodyLeaves() throws Exception {
            Actor<Boolean> first = inLine();
            Actor<Boolean> second = inLine();
            Actor<Boolean> third = inLine();
            second.interrupt();
            assertThatThrownBy(second::result).isInstanceOf(InterruptedException.class);
            assertThat(semaphore.balance()).isEqualTo(-2);
            semaphore.release();
            assertThat(first.result()).isTrue();
            semaphore.release();
            assertThat(third.result()).isTrue();
            assertThat(semaphore.balance()).isZero();
        }
    }

    @Nested
    final class ATimeOut {

        @Test
        void comesWhenTheTimeIsOver() throws InterruptedException {
            long start = hub().nanoTime();
            assertThat(semaphore.tryAcquire(SHORT)).isFalse();
            assertThat(hub().nanoTime() - start).isGreaterThanOrEqualTo(SHORT.toNanos());
            assertThat(semaphore.balance()).isZero();
        }

        @Test
        void mayBeOfAnySize() throws Exception {
            Actor<Boolean> longest = inLine(() -> semaphore.tryAcquire(Duration.ofSeconds(Long.MAX_VALUE)));
            Actor<Boolean> nearly = inLine(() -> semaphore.tryAcquire(Duration.ofNanos(Long.MAX_VALUE - 1)));
            semaphore.release();
            semaphore.release();
            assertThat(longest.result()).isTrue();
            assertThat(nearly.result()).isTrue();
        }

        @Test
        void leavesTheLineToTheOthers() throws Exception {
            Actor<Boolean> leaving = fork(() -> semaphore.tryAcquire(SHORT));
            Actor<Boolean> staying = fork(() -> acquired(semaphore));
            assertThat(leaving.result()).isFalse();
            waitUntilWaiting(1);
            semaphore.release();
            assertThat(staying.result()).isTrue();
            assertThat(semaphore.balance()).isZero();
        }

        @Test
        void thatComesWithThePermitLosesNone() throws Exception {
            for (int round = 0; round < ROUNDS; round++) {
                Duration limit = Duration.ofNanos(round % 100 * 1_000L);
                Actor<Boolean> waiter = fork(() -> semaphore.tryAcquire(limit));
                hub().yieldNow();
                semaphore.release();
                int taken = waiter.result() ? 1 : 0;
                assertThat(taken + semaphore.balance()).isEqualTo(1);
                while (semaphore.tryAcquire()) {
                    assertThat(semaphore.balance()).isZero();
                }
            }
        }
    }

    @Nested
    final class AnInterrupt {

        @Test
        void endsTheWaitAndSpendsTheFlag() throws Exception {
            AtomicBoolean flag = new AtomicBoolean(true);
            for (Callable<Boolean> wait : List.<Callable<Boolean>>of(() -> acquired(semaphore),
                    () -> semaphore.tryAcquire(LONG), () -> semaphore.hold().toString().isEmpty())) {
                Actor<Boolean> waiter = inLine(() -> {
                    try {
                        return wait.call();
                    } finally {
                        flag.set(Thread.currentThread().isInterrupted());
                    }
                });
                waiter.interrupt();
                assertThatThrownBy(waiter::result).isInstanceOf(InterruptedException.class);
                assertThat(flag).isFalse();
                assertThat(semaphore.balance()).isZero();
            }
        }

        @Test
        void beforeTheWaitEndsItToo() {
            for (Callable<Boolean> wait : List.<Callable<Boolean>>of(() -> acquired(semaphore),
                    () -> semaphore.tryAcquire(LONG))) {
                Thread.currentThread().interrupt();
                assertThatThrownBy(wait::call).isInstanceOf(InterruptedException.class);
                assertThat(Thread.currentThread().isInterrupted()).isFalse();
                assertThat(semaphore.balance()).isZero();
            }
        }

        @Test
        void staysInTheFlagWhereThePermitIsThereAlready() throws InterruptedException {
            semaphore.release();
            semaphore.release();
            Thread.currentThread().interrupt();
            try {
                semaphore.acquire();
                assertThat(semaphore.tryAcquire(LONG)).isTrue();
                assertThat(semaphore.tryAcquire(Duration.ZERO)).isFalse();
            } finally {
                assertThat(Thread.interrupted()).isTrue();
            }
        }

        @Test
        void byAKillEndsTheGreenThread() {
            GreenThread<Boolean> green = spawn(() -> acquired(semaphore));
            waitUntilWaiting(1);
            green.kill();
            assertThatThrownBy(green::await).isInstanceOf(GreenletExit.class);
            waitUntilWaiting(0);
            semaphore.release();
            assertThat(semaphore.balance()).isEqualTo(1);
        }

        /// Whoever is first, the interrupt or the permit: it is either here or there, and no interrupt is lost.
        @Test
        void thatComesWithThePermitLosesNeither() throws Exception {
            for (int round = 0; round < ROUNDS; round++) {
                AtomicBoolean flag = new AtomicBoolean();
                Actor<Boolean> waiter = fork(() -> {
                    try {
                        return acquired(semaphore);
                    } catch (InterruptedException e) {
                        return false;
                    } finally {
                        waitUntil("interrupted", () -> flag.get() || semaphore.available() > 5);
                        Thread.interrupted();
                    }
                });
                waitUntilWaiting(1);
                Actor<Boolean> interrupter = fork(() -> {
                    waiter.interrupt();
                    return flag.getAndSet(true);
                });
                semaphore.release();
                assertThat(interrupter.result()).isFalse();
                int taken = waiter.result() ? 1 : 0;
                assertThat(taken + semaphore.balance()).isEqualTo(1);
                while (semaphore.tryAcquire()) {
                    assertThat(semaphore.balance()).isZero();
                }
            }
        }
    }

    @Nested
    final class ABoundedOne {

        @Test
        void refusesAReleaseTooMany() throws InterruptedException {
            GreenSemaphore two = GreenSemaphore.bounded(2);
            assertThatThrownBy(two::release).isInstanceOf(IllegalStateException.class)
                    .hasMessage("semaphore must not be released more often than acquired: balance=2, bound=2");
            assertThat(two.balance()).isEqualTo(2);
            two.acquire();
            two.release();
            assertThatThrownBy(two::release).isInstanceOf(IllegalStateException.class);
            assertThat(two.balance()).isEqualTo(2);
        }

        @Test
        void servesItsLineLikeAPlainOne() throws Exception {
            GreenSemaphore lock = GreenSemaphore.bounded(1);
            lock.acquire();
            Actor<Boolean> waiter = fork(() -> acquired(lock));
            waitUntil("it waits", () -> lock.waiting() == 1);
            assertThat(lock).hasToString("semaphore (balance=-1, bound=1)");
            lock.release();
            assertThat(waiter.result()).isTrue();
            lock.release();
            assertThatThrownBy(lock::release).isInstanceOf(IllegalStateException.class);
        }

        @Test
        void ofNoPermitsTakesNone() throws Exception {
            GreenSemaphore none = GreenSemaphore.bounded(0);
            Actor<Boolean> waiter = fork(() -> acquired(none));
            waitUntil("it waits", () -> none.waiting() == 1);
            assertThatThrownBy(none::release).isInstanceOf(IllegalStateException.class)
                    .hasMessage("semaphore must not be released more often than acquired: balance=-1, bound=0");
            waiter.interrupt();
            assertThatThrownBy(waiter::result).isInstanceOf(InterruptedException.class);
        }

        @Test
        void refusesOneOfTwoThatComeTogether() throws Exception {
            for (int round = 0; round < ROUNDS / 4; round++) {
                GreenSemaphore one = GreenSemaphore.bounded(1);
                one.acquire();
                Callable<Boolean> release = () -> {
                    try {
                        one.release();
                        return true;
                    } catch (IllegalStateException e) {
                        return false;
                    }
                };
                Actor<Boolean> other = fork(release);
                boolean mine = release.call();
                assertThat(other.result()).isNotEqualTo(mine);
                assertThat(one.balance()).isEqualTo(1);
            }
        }

        /// A plain one is bounded by what an int can say.
        @Test
        void isAPlainOneToo() throws InterruptedException {
            GreenSemaphore most = new GreenSemaphore(Integer.MAX_VALUE);
            assertThatThrownBy(most::release).isInstanceOf(IllegalStateException.class).hasMessage(
                    "semaphore must not be released more often than acquired: balance=2147483647, bound=2147483647");
            most.acquire();
            most.release();
            assertThat(most.balance()).isEqualTo(Integer.MAX_VALUE);
        }
    }

    @Nested
    final class AHold {

        private final GreenSemaphore lock = GreenSemaphore.bounded(1);

        @Test
        void lastsUntilTheEndOfTheTryStatement() throws InterruptedException {
            try (Permit permit = lock.hold()) {
                assertThat(lock.balance()).isZero();
                assertThat(permit).hasToString("permit (held) of semaphore (balance=0, bound=1)");
            }
            assertThat(lock.balance()).isEqualTo(1);
        }

        @Test
        void endsWithAnExceptionToo() {
            assertThatThrownBy(() -> {
                try (var _ = lock.hold()) {
                    throw new IllegalStateException("body");
                }
            }).hasMessage("body");
            assertThat(lock.balance()).isEqualTo(1);
        }

        @Test
        void endsOnce() throws InterruptedException {
            Permit permit = lock.hold();
            permit.close();
            permit.close();
            assertThat(permit).hasToString("permit (released) of semaphore (balance=1, bound=1)");
            try (var _ = lock.hold()) {
                permit.close();
                assertThat(lock.balance()).isZero();
            }
        }

        @Test
        void waitsInLine() throws Exception {
            Permit mine = lock.hold();
            Actor<Boolean> other = fork(() -> {
                try (var _ = lock.hold()) {
                    return lock.locked();
                }
            });
            waitUntil("it waits", () -> lock.waiting() == 1);
            mine.close();
            assertThat(other.result()).isTrue();
            assertThat(lock.balance()).isEqualTo(1);
        }
    }
}
