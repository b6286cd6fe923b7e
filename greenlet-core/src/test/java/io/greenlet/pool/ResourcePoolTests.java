package io.greenlet.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.greenlet.GreenThread;
import io.greenlet.GreenletExit;
import io.greenlet.Latch;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// What a pool of resources promises.
final class ResourcePoolTests extends ResourceContract {

    private static final Duration LONG = Duration.ofHours(1);
    private static final Duration SHORT = Duration.ofMillis(2);
    private static final int ROUNDS = DEEP ? 2_000 : 50;

    /// Forks that many takers, one after the other into the line; each notes what it got and gives it back.
    private List<Actor<Integer>> takers(ResourcePool<Thing> pool, int count, Queue<Integer> served) {
        List<Actor<Integer>> takers = new ArrayList<>();
        int ahead = pool.waiting();
        for (int i = 0; i < count; i++) {
            int number = i;
            takers.add(fork(() -> {
                Thing thing = pool.take();
                served.add(number);
                pool.give(thing);
                return thing.number;
            }));
            waitUntilWaiting(pool, ahead + i + 1);
        }
        return takers;
    }

    private void assertReported(String source, Throwable error) {
        Report report = takeReport();
        assertThat(report.source()).isEqualTo(source);
        assertThat(report.error()).isSameAs(error);
    }

    @Nested
    final class Making {

        @Test
        void happensWhenATakerNeedsOne() throws Exception {
            ResourcePool<Thing> pool = pool(2);
            assertThat(things).isEmpty();
            assertThat(pool.free()).isEqualTo(2);
            Thing first = pool.take();
            Thing second = pool.take(LONG);
            assertThat(things).hasSize(2);
            assertThat(first).isNotSameAs(second);
            assertThat(pool.free()).isZero();
            assertThat(pool.inUse()).isEqualTo(2);
            pool.give(first);
            assertThat(pool.take()).isSameAs(first);
            pool.give(first);
            pool.give(second);
            assertThat(pool.snapshot()).isEqualTo(
                    new ResourceSnapshot("things", 2, 2, 0, 2, 0, Duration.ZERO, 2, 0, 0, 0, false));
        }

        @Test
        void ofTheLeastIsDoneWithThePool() throws Exception {
            ResourcePool<Thing> pool = pool(options(3).withSize(2, 3));
            assertThat(things).hasSize(2);
            assertThat(pool.snapshot().idle()).isEqualTo(2);
            assertThat(pool.free()).isEqualTo(3);
        }

        @Test
        void ofTheLeastThatFailsLeavesNothing() {
            IOException failure = new IOException("no more");
            assertThatThrownBy(() -> ResourcePool.of(options(3).withSize(3, 3), () -> {
                if (things.size() == 2) {
                    throw failure;
                }
                return make();
            })).isInstanceOf(CompletionException.class).cause().isSameAs(failure);
            assertThat(things).hasSize(2).allSatisfy(thing -> assertThat(thing.closed).hasValue(1));
        }

        @Test
        void ofTheLeastThatIsInterruptedLeavesTheFlag() {
            assertThatThrownBy(() -> ResourcePool.of(options(1).withSize(1, 1), () -> {
                throw new InterruptedException();
            })).isInstanceOf(CancellationException.class).hasMessage("interrupted while making pool 'things'");
            assertThat(Thread.interrupted()).isTrue();
        }

        @Test
        void isNeverOfOneTooManyHoweverLongItTakes() throws Exception {
            Latch gate = new Latch(1);
            AtomicInteger making = new AtomicInteger();
            ResourcePool<Thing> pool = watched(ResourcePool.of(options(2), () -> {
                making.incrementAndGet();
                gate.await();
                return make();
            }));
            List<Actor<Boolean>> takers = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                takers.add(fork(() -> {
                    pool.give(pool.take());
                    return true;
                }));
            }
            waitUntilWaiting(pool, 8);
            waitUntil("two are being made", () -> making.get() == 2);
            assertThat(pool.inUse()).isEqualTo(2);
            assertThat(pool.tryTake()).isEmpty();
            gate.countDown();
            for (Actor<Boolean> taker : takers) {
                assertThat(taker.result()).isTrue();
            }
            assertThat(things).hasSize(2);
        }

        /// eventlet leaves those in line there for ever.
        @Test
        void thatFailsGoesToTheTakerAndTheNextInLineTries() throws Exception {
            RuntimeException failure = new IllegalArgumentException("no thing");
            AtomicBoolean fails = new AtomicBoolean();
            ResourcePool<Thing> pool = watched(ResourcePool.of(options(1), () -> {
                if (fails.get()) {
                    throw failure;
                }
                return make();
            }));
            Thing first = pool.take();
            List<Actor<Integer>> takers = takers(pool, 3, new ConcurrentLinkedQueue<>());
            fails.set(true);
            pool.discard(first);
            for (Actor<Integer> taker : takers) {
                assertThatThrownBy(taker::result).isSameAs(failure);
            }
            assertThat(pool.inUse()).isZero();
            assertThat(pool.snapshot().failed()).isEqualTo(3);
            fails.set(false);
            pool.give(pool.take());
        }

        @Test
        void thatFailsIsThrownAsItIsUnlessChecked() throws Exception {
            for (Throwable failure : List.of(new IOException(), new AssertionError(), new GreenletExit())) {
                ResourcePool<Thing> pool = watched(ResourcePool.of(options(1), () -> {
                    switch (failure) {
                        case Error error -> throw error;
                        case Exception exception -> throw exception;
                        default -> throw new AssertionError(failure);
                    }
                }));
                assertThatThrownBy(pool::take).satisfiesAnyOf(thrown -> assertThat(thrown).isSameAs(failure),
                        thrown -> assertThat(thrown).isInstanceOf(CompletionException.class).cause()
                                .isSameAs(failure).isInstanceOf(IOException.class));
                assertThat(pool.free()).isEqualTo(1);
            }
        }

        @Test
        void thatIsInterruptedLeavesItsRoomToTheNext() throws Exception {
            AtomicInteger made = new AtomicInteger();
            ResourcePool<Thing> pool = watched(ResourcePool.of(options(1), () -> {
                if (made.incrementAndGet() == 1) {
                    new Latch(1).await();
                }
                return make();
            }));
            Actor<Thing> maker = fork(() -> pool.take());
            waitUntil("it makes one", () -> made.get() == 1);
            waitUntilParked(maker.thread());
            Actor<Integer> next = takers(pool, 1, new ConcurrentLinkedQueue<>()).getFirst();
            maker.interrupt();
            assertThatThrownBy(maker::result).isInstanceOf(InterruptedException.class);
            assertThat(next.result()).isEqualTo(1);
        }

        @Test
        void ofNothingIsRefused() {
            ResourcePool<Thing> pool = watched(ResourcePool.of(options(1), ResourcePoolTests::nothing));
            assertThatThrownBy(pool::take).isInstanceOf(NullPointerException.class)
                    .hasMessage("factory of pool 'things' must not return null");
            assertThat(pool.free()).isEqualTo(1);
        }

        @Test
        void ofTheSameTwiceIsRefused() throws Exception {
            Thing only = make();
            ResourcePool<Thing> pool = watched(ResourcePool.of(options(2), () -> only));
            assertThat(pool.take()).isSameAs(only);
            assertThatThrownBy(pool::take).isInstanceOf(IllegalStateException.class)
                    .hasMessage("factory of pool 'things' must make a new resource each time: thing 1");
            assertThat(pool.free()).isEqualTo(1);
            pool.give(only);
        }
    }

    @SuppressWarnings("NullAway") // what is tested
    private static Thing nothing() {
        return null;
    }

    @Nested
    final class Order {

        private List<Integer> takenAfterGiving(ResourceOptions.Order order) throws InterruptedException {
            ResourcePool<Thing> pool = pool(options(3).withOrder(order));
            List<Thing> all = List.of(pool.take(), pool.take(), pool.take());
            all.forEach(pool::give);
            List<Integer> taken = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Thing thing = pool.take();
                taken.add(thing.number);
                pool.give(thing);
            }
            return taken;
        }

        @Test
        void isInTurnUnlessSaid() throws Exception {
            assertThat(options(1).order()).isEqualTo(ResourceOptions.Order.QUEUE);
            assertThat(takenAfterGiving(ResourceOptions.Order.QUEUE)).containsExactly(1, 2, 3, 1);
        }

        @Test
        void ofAStackIsTheOneThatCameLast() throws Exception {
            assertThat(takenAfterGiving(ResourceOptions.Order.STACK)).containsExactly(3, 3, 3, 3);
        }
    }

    @Nested
    final class InLine {

        @Test
        void theFirstIsServedFirst() throws Exception {
            ResourcePool<Thing> pool = pool(1);
            Thing thing = pool.take();
            Queue<Integer> served = new ConcurrentLinkedQueue<>();
            List<Actor<Integer>> takers = takers(pool, 20, served);
            pool.give(thing);
            for (Actor<Integer> taker : takers) {
                assertThat(taker.result()).isEqualTo(1);
            }
            assertThat(new ArrayList<>(served)).isSorted().hasSize(20);
        }

        @Test
        void whatComesBackIsTheFirstOnesAtOnce() throws Exception {
            ResourcePool<Thing> pool = pool(1);
            Thing thing = pool.take();
            Latch gate = new Latch(1);
            Actor<Boolean> taker = fork(() -> {
                Thing taken = pool.take();
                gate.await();
                pool.give(taken);
                return true;
            });
            waitUntilWaiting(pool, 1);
            pool.give(thing);
            assertThat(pool.tryTake()).as("a newcomer").isEmpty();
            assertThat(pool.waiting()).isZero();
            assertThat(pool.inUse()).isEqualTo(1);
            gate.countDown();
            assertThat(taker.result()).isTrue();
        }

        @Test
        void theTimeIsLimited() throws Exception {
            ResourcePool<Thing> pool = pool(1);
            Thing thing = pool.take();
            assertThatThrownBy(() -> pool.take(SHORT)).isInstanceOf(ResourceUnavailable.class).hasMessage(
                    "pool 'things': no resource after 2 ms (size=1, free=0, inUse=1, waiting=0)");
            assertThatThrownBy(() -> pool.take(Duration.ZERO)).isInstanceOf(ResourceUnavailable.class)
                    .hasMessageStartingWith("pool 'things': no resource after 0 ms");
            assertThatThrownBy(() -> pool.take(Duration.ofSeconds(Long.MIN_VALUE)))
                    .isInstanceOf(ResourceUnavailable.class);
            assertThatThrownBy(() -> pool.lease(SHORT)).isInstanceOf(ResourceUnavailable.class);
            assertThat(pool.snapshot().timedOut()).isEqualTo(4);
            pool.give(thing);
            assertThat(pool.take(Duration.ZERO)).isSameAs(thing);
            pool.give(thing);
        }

        @Test
        void theTimeIsThatOfTheOptionsUnlessSaid() throws Exception {
            ResourcePool<Thing> pool = pool(options(1).withMaxWait(SHORT));
            Thing thing = pool.take();
            assertThatThrownBy(pool::take).isInstanceOf(ResourceUnavailable.class)
                    .hasMessageContaining("no resource after 2 ms");
            assertThatThrownBy(pool::lease).isInstanceOf(ResourceUnavailable.class);
            Actor<Thing> patient = fork(() -> pool.take(LONG));
            waitUntilWaiting(pool, 1);
            pool.give(thing);
            pool.give(patient.result());
        }

        @Test
        void anInterruptEndsTheWait() throws Exception {
            ResourcePool<Thing> pool = pool(1);
            Thing thing = pool.take();
            Actor<Thing> taker = fork(() -> pool.take());
            waitUntilWaiting(pool, 1);
            waitUntilParked(taker.thread());
            taker.interrupt();
            assertThatThrownBy(taker::result).isInstanceOf(InterruptedException.class);
            assertThat(pool.waiting()).isZero();
            pool.give(thing);
            assertThat(pool.free()).isEqualTo(1);
        }

        @Test
        void aFlagThatIsSetEndsTheWaitButNotATakeThatNeedNot() throws Exception {
            ResourcePool<Thing> pool = pool(1);
            Thread.currentThread().interrupt();
            Thing thing = pool.take();
            assertThatThrownBy(pool::take).isInstanceOf(InterruptedException.class);
            assertThat(Thread.interrupted()).isFalse();
            pool.give(thing);
        }

        /// Whichever of the two comes first, the thing is somebody's.
        @Test
        void aKillAtTheHandOverLosesNothing() throws Exception {
            ResourcePool<Thing> pool = pool(1);
            for (int i = 0; i < ROUNDS; i++) {
                Thing thing = pool.take();
                GreenThread<Boolean> victim = spawn(() -> {
                    pool.give(pool.take());
                    return true;
                });
                waitUntilWaiting(pool, 1);
                Actor<Boolean> killer = fork(() -> {
                    victim.kill();
                    return true;
                });
                Actor<Boolean> second = fork(() -> {
                    pool.give(pool.take());
                    return true;
                });
                pool.give(thing);
                assertThat(second.result()).isTrue();
                assertThat(killer.result()).isTrue();
                waitUntil("the victim has ended", victim::isDone);
                assertThat(pool.free()).isEqualTo(1);
            }
        }

        @Test
        void isSeenInTheSnapshot() throws Exception {
            ResourcePool<Thing> pool = pool(1);
            Thing thing = pool.take();
            List<Actor<Integer>> takers = takers(pool, 2, new ConcurrentLinkedQueue<>());
            waitUntilHubTime(hub().nanoTime() + SHORT.toNanos());
            assertThat(pool.snapshot().waiting()).isEqualTo(2);
            assertThat(pool.snapshot().oldestWait()).isGreaterThanOrEqualTo(SHORT);
            pool.give(thing);
            for (Actor<Integer> taker : takers) {
                assertThat(taker.result()).isEqualTo(1);
            }
        }
    }

    @Nested
    final class GivingBack {

        @Test
        void ofSomethingElseIsRefused() throws Exception {
            ResourcePool<Thing> pool = pool(1);
            Thing thing = pool.take();
            Thing foreign = new Thing(99); // equal to it
            assertThatThrownBy(() -> pool.give(foreign)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("resource must be one of pool 'things': thing 99");
            assertThatThrownBy(() -> pool.discard(foreign)).isInstanceOf(IllegalArgumentException.class);
            assertThat(foreign.closed).hasValue(0);
            assertThat(pool.free()).isZero();
            pool.give(thing);
        }

        @Test
        void twiceIsRefused() throws Exception {
            ResourcePool<Thing> pool = pool(1);
            Thing thing = pool.take();
            pool.give(thing);
            assertThatThrownBy(() -> pool.give(thing)).isInstanceOf(IllegalStateException.class)
                    .hasMessage("resource must be given back once to pool 'things': thing 1");
            assertThatThrownBy(() -> pool.discard(thing)).isInstanceOf(IllegalStateException.class);
            assertThat(pool.free()).isEqualTo(1);
        }

        @Test
        void isForAnyThread() throws Exception {
            ResourcePool<Thing> pool = pool(1);
            Thing thing = pool.take();
            assertThat(fork(() -> {
                pool.give(thing);
                return true;
            }).result()).isTrue();
            assertThat(forkOther(() -> pool.take()).result()).isSameAs(thing);
            pool.give(thing);
        }

        @Test
        void ofABrokenOneDestroysItAndTheNextMakesAnother() throws Exception {
            ResourcePool<Thing> pool = pool(1);
            Thing broken = pool.take();
            Actor<Integer> taker = takers(pool, 1, new ConcurrentLinkedQueue<>()).getFirst();
            pool.discard(broken);
            assertThat(broken.closed).hasValue(1);
            assertThat(taker.result()).isEqualTo(2);
            assertThatThrownBy(() -> pool.give(broken)).isInstanceOf(IllegalArgumentException.class);
        }

        @Test
        void cleansFirst() throws Exception {
            Queue<Integer> cleaned = new ConcurrentLinkedQueue<>();
            ResourcePool<Thing> pool = pool(options(1).withCleanup(thing -> cleaned.add(thing.number)));
            Thing thing = pool.take();
            assertThat(cleaned).isEmpty();
            pool.give(thing);
            assertThat(cleaned).containsExactly(1);
        }

        /// eventlet prints a line and drops it without closing it.
        @Test
        void ofOneThatCannotBeCleanedDestroysIt() throws Exception {
            for (Throwable failure : List.of(new IOException("no rollback"), new AssertionError())) {
                ResourcePool<Thing> pool = pool(options(1).withCleanup(thing -> {
                    switch (failure) {
                        case Error error -> throw error;
                        case Exception exception -> throw exception;
                        default -> throw new AssertionError(failure);
                    }
                }));
                Thing thing = pool.take();
                pool.give(thing);
                assertThat(thing.closed).hasValue(1);
                assertThat(pool.free()).isEqualTo(1);
                assertReported("cleanup of pool 'things'", failure);
            }
        }

        @Test
        void isNotDisturbedByAnInterruptFlagThatStays() throws Exception {
            List<Boolean> flags = new ArrayList<>();
            ResourcePool<Thing> pool = pool(options(1).withCleanup(thing -> {
                flags.add(Thread.currentThread().isInterrupted());
                throw new InterruptedException();
            }).withDestroy(thing -> {
                flags.add(Thread.currentThread().isInterrupted());
                thing.close();
            }));
            Thing thing = pool.take();
            Thread.currentThread().interrupt();
            pool.give(thing);
            assertThat(Thread.interrupted()).isTrue();
            assertThat(flags).containsExactly(false, false);
            assertThat(takeReport().error()).isInstanceOf(InterruptedException.class);
        }

        @Test
        void whoseEndFailsIsReportedAndCountsAsEnded() throws Exception {
            IOException failure = new IOException("will not close");
            ResourcePool<Thing> pool = pool(options(1).withDestroy(thing -> {
                thing.close();
                throw failure;
            }));
            pool.discard(pool.take());
            assertThat(pool.free()).isEqualTo(1);
            assertThat(pool.snapshot().destroyed()).isEqualTo(1);
            assertReported("destroy of pool 'things'", failure);
        }

        @Test
        void leavesAnythingAloneThatCannotBeClosed() throws Exception {
            try (ResourcePool<String> names = new ResourcePool<>(1, () -> new String("name"))) {
                names.discard(names.take());
                assertThat(names.free()).isEqualTo(1);
            }
        }
    }

    @Nested
    final class Health {

        private final Queue<Integer> checked = new ConcurrentLinkedQueue<>();
        private final Queue<Integer> sick = new ConcurrentLinkedQueue<>();

        private boolean isHealthy(Thing thing) {
            checked.add(thing.number);
            return !sick.contains(thing.number);
        }

        @Test
        void isCheckedBeforeAnIdleOneIsHandedOut() throws Exception {
            ResourcePool<Thing> pool = pool(options(1).withCheck(this::isHealthy));
            pool.give(pool.take());
            assertThat(checked).isEmpty();
            pool.give(pool.take());
            assertThat(checked).containsExactly(1);
        }

        @Test
        void isCheckedOnlyAfterAWhileIfSoWished() throws Exception {
            ResourcePool<Thing> pool = pool(options(1).withCheck(this::isHealthy, SHORT));
            pool.give(pool.take());
            ResourcePool<Thing> patient = pool(options(1).withCheck(this::isHealthy, LONG));
            patient.give(patient.take());
            waitUntilHubTime(hub().nanoTime() + SHORT.toNanos());
            pool.give(pool.take());
            assertThat(checked).containsExactly(1);
            patient.give(patient.take());
            assertThat(checked).containsExactly(1);
        }

        @Test
        void isNotCheckedWhenAGiverHandsItOver() throws Exception {
            ResourcePool<Thing> pool = pool(options(1).withCheck(this::isHealthy));
            Thing thing = pool.take();
            Actor<Integer> taker = takers(pool, 1, new ConcurrentLinkedQueue<>()).getFirst();
            pool.give(thing);
            assertThat(taker.result()).isEqualTo(1);
            assertThat(checked).isEmpty();
        }

        @Test
        void thatIsGoneMakesATakerTryTheOthersThenMakeOne() throws Exception {
            ResourcePool<Thing> pool = pool(options(3).withSize(3, 3).withCheck(this::isHealthy));
            sick.addAll(List.of(1, 2));
            Thing healthy = pool.take();
            assertThat(healthy.number).isEqualTo(3);
            assertThat(pool.inUse()).isEqualTo(1);
            pool.give(healthy);
            sick.add(3);
            Thing made = pool.take();
            assertThat(made.number).isEqualTo(4);
            assertThat(pool.snapshot().destroyed()).isEqualTo(3);
            pool.give(made);
        }

        @Test
        void thatCannotBeToldIsReportedAndTheThingDestroyed() throws Exception {
            IOException failure = new IOException("no answer");
            ResourcePool<Thing> pool = pool(options(1).withSize(1, 1).withCheck(thing -> {
                throw failure;
            }));
            Thing made = pool.take();
            assertThat(made.number).isEqualTo(2);
            assertReported("check of pool 'things'", failure);
            pool.give(made);
        }

        @Test
        void whoseCheckIsInterruptedOrFailsBadlyLosesNothing() throws Exception {
            for (Throwable failure : List.of(new InterruptedException(), new AssertionError())) {
                ResourcePool<Thing> pool = pool(options(1).withSize(1, 1).withCheck(thing -> {
                    switch (failure) {
                        case Error error -> throw error;
                        case Exception exception -> throw exception;
                        default -> throw new AssertionError(failure);
                    }
                }));
                assertThatThrownBy(pool::take).isSameAs(failure);
                assertThat(pool.free()).isEqualTo(1);
                assertThat(pool.snapshot().destroyed()).isEqualTo(1);
            }
        }
    }

    @Nested
    final class Resizing {

        @Test
        void upwardsLetsAsManyGoOnAsThereIsRoom() throws Exception {
            ResourcePool<Thing> pool = pool(0);
            Latch gate = new Latch(1);
            List<Actor<Boolean>> takers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                takers.add(fork(() -> {
                    Thing thing = pool.take();
                    gate.await();
                    pool.give(thing);
                    return true;
                }));
            }
            waitUntilWaiting(pool, 4);
            pool.resize(3);
            assertThat(pool.waiting()).isEqualTo(1);
            waitUntil("three are made", () -> things.size() == 3);
            assertThat(pool.free()).isZero();
            gate.countDown();
            for (Actor<Boolean> taker : takers) {
                assertThat(taker.result()).isTrue();
            }
            assertThat(things).hasSize(3);
        }

        @Test
        void downwardsWaitsForNobody() throws Exception {
            ResourcePool<Thing> pool = pool(3);
            List<Thing> taken = List.of(pool.take(), pool.take(), pool.take());
            pool.resize(1);
            assertThat(pool.free()).isEqualTo(-2);
            assertThat(pool.tryTake()).isEmpty();
            pool.give(taken.get(0));
            pool.give(taken.get(1));
            assertThat(taken.get(0).closed).hasValue(1);
            assertThat(taken.get(1).closed).hasValue(1);
            assertThat(pool.free()).isZero();
            pool.give(taken.get(2));
            assertThat(taken.get(2).closed).hasValue(0);
            assertThat(pool.free()).isEqualTo(1);
        }

        @Test
        void downwardsDestroysWhatIsIdleInExcess() throws Exception {
            ResourcePool<Thing> pool = pool(options(3).withSize(3, 3));
            pool.resize(1);
            assertThat(pool.snapshot().idle()).isEqualTo(1);
            assertThat(pool.snapshot().destroyed()).isEqualTo(2);
            assertThat(pool.free()).isEqualTo(1);
        }

        @Test
        void belowZeroChangesNothing() {
            ResourcePool<Thing> pool = pool(2);
            assertThatThrownBy(() -> pool.resize(-1)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("size must not be negative: -1");
            assertThat(pool.size()).isEqualTo(2);
        }
    }

    @Nested
    final class Age {

        @Test
        void idleForTooLongAreDestroyedButNotTheLeast() throws Exception {
            ResourcePool<Thing> pool = pool(options(3).withSize(1, 3).withMaxIdle(Duration.ofMillis(5)));
            List<Thing> taken = List.of(pool.take(), pool.take(), pool.take());
            taken.forEach(pool::give);
            waitUntil("one is left", () -> pool.snapshot().idle() == 1 && pool.inUse() == 0);
            assertThat(pool.snapshot().destroyed()).isEqualTo(2);
            waitUntilHubTime(hub().nanoTime() + Duration.ofMillis(20).toNanos());
            assertThat(pool.snapshot().idle()).isEqualTo(1);
        }

        /// Else one that is still being made, and fails, would cost the last one.
        @Test
        void theLeastIsKeptThoughAnotherIsBeingMade() throws Exception {
            Latch gate = new Latch(1);
            ResourcePool<Thing> pool = watched(ResourcePool
                    .of(options(2).withSize(1, 2).withMaxIdle(Duration.ofMillis(5)), () -> {
                        if (things.isEmpty()) {
                            return make();
                        }
                        gate.await();
                        throw new IOException();
                    }));
            Thing only = pool.take();
            Actor<Thing> maker = fork(() -> pool.take());
            waitUntilParked(maker.thread());
            pool.give(only);
            waitUntilHubTime(hub().nanoTime() + Duration.ofMillis(20).toNanos());
            assertThat(pool.snapshot().idle()).isEqualTo(1);
            gate.countDown();
            assertThatThrownBy(maker::result).isInstanceOf(CompletionException.class);
            assertThat(pool.snapshot().idle()).isEqualTo(1);
        }

        @Test
        void tooOldAreDestroyedWhereverTheyAre() throws Exception {
            ResourcePool<Thing> pool = pool(options(2).withMaxAge(Duration.ofMillis(5)));
            Thing used = pool.take();
            Thing idle = pool.take();
            pool.give(idle);
            waitUntil("the idle one is destroyed", () -> idle.closed.get() == 1);
            assertThat(used.closed).as("in use").hasValue(0);
            pool.give(used);
            assertThat(used.closed).hasValue(1);
            assertThat(pool.free()).isEqualTo(2);
        }

        @Test
        void zeroUsesEachOnce() throws Exception {
            ResourcePool<Thing> pool = pool(options(1).withMaxAge(Duration.ZERO));
            Thing first = pool.take();
            Actor<Integer> taker = takers(pool, 1, new ConcurrentLinkedQueue<>()).getFirst();
            pool.give(first);
            assertThat(taker.result()).isEqualTo(2);
            assertThat(pool.snapshot().destroyed()).isEqualTo(2);
        }

        @Test
        void zeroIdlenessKeepsOnlyWhatSomebodyWaitsFor() throws Exception {
            ResourcePool<Thing> pool = pool(options(1).withMaxIdle(Duration.ZERO));
            Thing first = pool.take();
            Actor<Integer> taker = takers(pool, 1, new ConcurrentLinkedQueue<>()).getFirst();
            pool.give(first);
            assertThat(taker.result()).isEqualTo(1);
            assertThat(pool.snapshot().idle()).isZero();
            assertThat(pool.snapshot().destroyed()).isEqualTo(1);
        }
    }

    @Nested
    final class Ending {

        @Test
        void sendsThoseInLineAway() throws Exception {
            ResourcePool<Thing> pool = pool(1);
            Thing thing = pool.take();
            List<Actor<Integer>> takers = takers(pool, 2, new ConcurrentLinkedQueue<>());
            pool.close();
            for (Actor<Integer> taker : takers) {
                assertThatThrownBy(taker::result).isInstanceOf(ResourceUnavailable.class)
                        .hasMessage("pool 'things': closed (size=1, free=0, inUse=1, waiting=0)");
            }
            assertThatThrownBy(pool::take).isInstanceOf(ResourceUnavailable.class);
            assertThatThrownBy(pool::tryTake).isInstanceOf(ResourceUnavailable.class);
            assertThat(thing.closed).hasValue(0);
            pool.give(thing);
            assertThat(thing.closed).hasValue(1);
            assertThat(pool.snapshot().closed()).isTrue();
        }

        @Test
        void destroysWhatIsIdleOnce() {
            ResourcePool<Thing> pool = pool(options(2).withSize(2, 2));
            pool.close();
            pool.close();
            assertThat(things).hasSize(2).allSatisfy(thing -> assertThat(thing.closed).hasValue(1));
        }

        @Test
        void waitsForThoseInUseIfSoWished() throws Exception {
            ResourcePool<Thing> pool = pool(1);
            Thing thing = pool.take();
            assertThat(pool.close(Duration.ZERO)).isFalse();
            assertThat(pool.close(SHORT)).isFalse();
            Actor<Boolean> closer = fork(() -> pool.close(LONG));
            waitUntilParked(closer.thread());
            pool.give(thing);
            assertThat(closer.result()).isTrue();
            assertThat(pool.close(Duration.ZERO)).isTrue();
        }

        @Test
        void destroysWhatIsBeingMade() throws Exception {
            Latch gate = new Latch(1);
            ResourcePool<Thing> pool = watched(ResourcePool.of(options(1), () -> {
                gate.await();
                return make();
            }));
            Actor<Thing> maker = fork(() -> pool.take());
            waitUntilParked(maker.thread());
            pool.close();
            gate.countDown();
            assertThatThrownBy(maker::result).isInstanceOf(ResourceUnavailable.class);
            assertThat(things).singleElement().satisfies(thing -> assertThat(thing.closed).hasValue(1));
        }

        @Test
        void isNotWhatClearingIs() throws Exception {
            ResourcePool<Thing> pool = pool(2);
            Thing used = pool.take();
            pool.give(pool.take());
            pool.clear();
            assertThat(pool.snapshot().destroyed()).isEqualTo(1);
            assertThat(pool.free()).isEqualTo(1);
            pool.give(used);
            assertThat(pool.take()).isSameAs(used);
            pool.give(used);
        }
    }

    @Nested
    final class ALease {

        @Test
        void givesBackAtItsEnd() throws Exception {
            ResourcePool<Thing> pool = pool(1);
            Lease<Thing> kept;
            try (Lease<Thing> lease = pool.lease()) {
                assertThat(lease.resource().number).isEqualTo(1);
                assertThat(pool.free()).isZero();
                kept = lease;
            }
            assertThat(pool.free()).isEqualTo(1);
            kept.close();
            kept.discard();
            assertThatThrownBy(kept::resource).isInstanceOf(IllegalStateException.class)
                    .hasMessage("lease must be open: its resource went back to pool 'things'");
            assertThat(pool.snapshot().destroyed()).isZero();
        }

        @Test
        void canDestroyWhatIsBroken() throws Exception {
            ResourcePool<Thing> pool = pool(1);
            try (Lease<Thing> lease = pool.lease(LONG)) {
                lease.discard();
            }
            assertThat(pool.snapshot().destroyed()).isEqualTo(1);
        }
    }

    @Nested
    final class WrongOptions {

        private void refuses(Runnable wrong, String message) {
            assertThatThrownBy(wrong::run).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
        }

        @Test
        void areRefused() {
            Duration negative = Duration.ofMillis(-1);
            refuses(() -> ResourceOptions.named(" "), "name must not be blank: ' '");
            refuses(() -> options(-1), "size must not be negative: -1");
            refuses(() -> new ResourcePool<>(-1, () -> "name"), "size must not be negative: -1");
            refuses(() -> options(1).withSize(-1, 1), "minSize must not be negative: -1");
            refuses(() -> options(1).withSize(2, 1), "minSize must not exceed the size 1: 2");
            refuses(() -> options(1).withMaxIdle(negative), "maxIdle must not be negative: PT-0.001S");
            refuses(() -> options(1).withMaxAge(negative), "maxAge must not be negative: PT-0.001S");
            refuses(() -> options(1).withMaxWait(negative), "maxWait must not be negative: PT-0.001S");
            refuses(() -> options(1).withCheck(null, negative), "checkAfter must not be negative: PT-0.001S");
        }
    }

    @Nested
    final class Tokens {

        @Test
        void areAsManyAsThereAre() throws Exception {
            TokenPool pool = new TokenPool(2);
            TokenPool.Token first = pool.take();
            TokenPool.Token second = pool.take(LONG);
            assertThat(first).isNotSameAs(second).hasToString("token 1");
            assertThat(pool.tryTake()).isEmpty();
            assertThat(pool.size()).isEqualTo(2);
            assertThat(pool.inUse()).isEqualTo(2);
            pool.give(first);
            assertThatThrownBy(() -> pool.give(first)).isInstanceOf(IllegalStateException.class);
            assertThat(pool.tryTake()).isEqualTo(Optional.of(first));
            pool.resize(1);
            assertThat(pool.free()).isEqualTo(-1);
            assertThat(pool.close(SHORT)).isFalse();
            pool.give(first);
            pool.give(second);
            assertThat(pool.close(Duration.ZERO)).isTrue();
            assertThat(pool.snapshot().closed()).isTrue();
        }

        @Test
        void passFromHandToHand() throws Exception {
            try (TokenPool pool = TokenPool.of(ResourceOptions.named("leave").withHub(hub()).withSize(1))) {
                Actor<Boolean> waiter;
                try (Lease<TokenPool.Token> lease = pool.lease()) {
                    assertThat(lease.resource()).hasToString("token 1");
                    waiter = fork(() -> {
                        pool.lease(LONG).close();
                        return true;
                    });
                    waitUntil("one waits", () -> pool.waiting() == 1);
                }
                assertThat(waiter.result()).isTrue();
                assertThat(pool.free()).isEqualTo(1);
                assertThat(pool).hasToString("pool 'leave'");
                assertThat(pool.name()).isEqualTo("leave");
            }
        }

        @Test
        void areFourUnlessSaid() {
            try (TokenPool pool = new TokenPool()) {
                assertThat(pool.size()).isEqualTo(4);
            }
        }
    }

    @Test
    void carriesWhatWasDoneBeforeAGive() throws Exception {
        ResourcePool<int[]> cells = ResourcePool.of(ResourceOptions.named("cells").withHub(hub()).withSize(1),
                () -> new int[1]);
        List<Actor<Boolean>> adders = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            adders.add(fork(() -> {
                for (int round = 0; round < ROUNDS; round++) {
                    try (Lease<int[]> lease = cells.lease()) {
                        lease.resource()[0]++;
                    }
                }
                return true;
            }));
        }
        for (Actor<Boolean> adder : adders) {
            assertThat(adder.result()).isTrue();
        }
        int @Nullable [] cell = cells.take();
        assertThat(cell).containsExactly(4 * ROUNDS);
        cells.give(cell);
        cells.close();
    }
}
