package io.greenlet.pool;

import static io.greenlet.pool.PoolWatch.eventually;
import static io.greenlet.pool.PoolWatch.eventuallyBlocked;
import static io.greenlet.pool.PoolWatch.eventuallyWaiting;
import static io.greenlet.pool.PoolWatch.fill;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.greenlet.GreenThread;
import io.greenlet.GreenletExit;
import io.greenlet.pool.PoolWatch.Caller;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// How tasks and pools come to their end: waitAll, kill, time-out, close.
@Timeout(60)
final class GreenPoolEndTests {

    private static final int RACES = Boolean.getBoolean("greenlet.deep") ? 50_000 : 1_000;

    @RegisterExtension
    final PoolWatch watch = new PoolWatch();

    private static Callable<Integer> after(CountDownLatch gate, int value) {
        return () -> {
            gate.await();
            return value;
        };
    }

    private static int forEver() throws InterruptedException {
        new CountDownLatch(1).await();
        return 0;
    }

    /// A body that notes that it runs and then blocks until it is interrupted.
    private static Callable<Integer> blocking(CountDownLatch inside) {
        return () -> {
            inside.countDown();
            return forEver();
        };
    }

    /// A body that outlives every interrupt until the gate opens.
    private static Callable<Integer> stubborn(CountDownLatch inside, CountDownLatch gate) {
        return () -> {
            inside.countDown();
            int interrupts = 0;
            for (;;) {
                try {
                    gate.await();
                    return interrupts;
                } catch (InterruptedException e) {
                    interrupts++;
                }
            }
        };
    }

    @Nested
    class WaitAll {

        @Test
        void itReturnsAtOnceWhenNothingRuns() throws InterruptedException {
            watch.pool(3).waitAll();
            GreenPool empty = watch.pool(0);
            empty.waitAll();
            assertThat(empty.waitAll(Duration.ZERO)).isTrue();
        }

        @Test
        void itReturnsInAPoolOfSizeZeroThoughCallersWait() throws Exception {
            GreenPool pool = watch.pool(0);
            Caller<Integer> caller = watch.call(() -> pool.spawn(() -> 1).await());
            eventuallyWaiting(pool, 1);
            pool.waitAll();
            pool.resize(1);
            assertThat(caller.result()).isEqualTo(1);
        }

        @Test
        void itWaitsForWhatRuns() throws Exception {
            GreenPool pool = watch.pool(3);
            CountDownLatch gate = new CountDownLatch(1);
            fill(pool, 3, gate);
            Caller<Boolean> waiter = watch.call(() -> {
                pool.waitAll();
                return gate.getCount() == 0;
            });
            eventuallyBlocked(waiter.thread());
            assertThat(pool.waitAll(Duration.ofMillis(2))).isFalse();
            assertThat(pool.waitAll(Duration.ZERO)).isFalse();
            gate.countDown();
            assertThat(waiter.result()).isTrue();
            assertThat(pool.waitAll(Duration.ofSeconds(60))).isTrue();
        }

        @Test
        void itWaitsForLinksToo() throws Exception {
            GreenPool pool = watch.pool(1);
            CountDownLatch linked = new CountDownLatch(1);
            CountDownLatch inLink = new CountDownLatch(1);
            CountDownLatch leaveLink = new CountDownLatch(1);
            GreenThread<Boolean> task = pool.spawn(() -> {
                linked.await();
                return true;
            });
            task.link(_ -> {
                inLink.countDown();
                awaitUninterruptibly(leaveLink);
            });
            linked.countDown();
            inLink.await();
            assertThat(pool.free()).as("the slot is back").isEqualTo(1);
            assertThat(pool.tasks()).as("holders of a slot").isEmpty();
            assertThat(task.isDone()).isFalse();
            assertThat(pool.waitAll(Duration.ZERO)).isFalse();
            assertThat(pool.waitAll(Duration.ofMillis(2))).isFalse();
            Caller<Boolean> waiter = watch.call(() -> {
                pool.waitAll();
                return task.isDone();
            });
            eventuallyBlocked(waiter.thread());
            leaveLink.countDown();
            assertThat(waiter.result()).isTrue();
        }

        private static void awaitUninterruptibly(CountDownLatch latch) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        @Test
        void manyWaitersAllWake() throws Exception {
            GreenPool pool = watch.pool(1);
            CountDownLatch gate = new CountDownLatch(1);
            fill(pool, 1, gate);
            List<Caller<Boolean>> waiters = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                waiters.add(watch.call(() -> pool.waitAll(Duration.ofSeconds(60))));
            }
            for (Caller<Boolean> waiter : waiters) {
                eventuallyBlocked(waiter.thread());
            }
            gate.countDown();
            for (Caller<Boolean> waiter : waiters) {
                assertThat(waiter.result()).isTrue();
            }
        }

        /// eventlet hangs here always at size 1, and at sizes 2 and 4 when ends coincide.
        @ParameterizedTest
        @ValueSource(ints = {1, 2, 4})
        void itCoversBlockedSpawnersAndIsNotLostWhenTheRunningSetEmpties(int size) throws Exception {
            for (int round = 0; round < 200; round++) {
                GreenPool pool = watch.pool(size);
                CountDownLatch gate = new CountDownLatch(1);
                fill(pool, size, gate);
                AtomicInteger done = new AtomicInteger();
                List<Caller<GreenThread<Integer>>> spawners = new ArrayList<>();
                for (int i = 0; i < 2 * size; i++) {
                    spawners.add(watch.call(() -> pool.spawn(done::incrementAndGet)));
                }
                eventuallyWaiting(pool, 2 * size);
                Caller<Integer> waiter = watch.call(() -> {
                    pool.waitAll();
                    return done.get();
                });
                gate.countDown();
                assertThat(waiter.result()).isIn(2 * size);
                for (Caller<GreenThread<Integer>> spawner : spawners) {
                    assertThat(spawner.result().await()).isPositive();
                }
            }
        }

        @Test
        void itCoversQueuedTasks() throws InterruptedException {
            GreenPool pool = watch.pool(1);
            AtomicInteger done = new AtomicInteger();
            for (int round = 0; round < RACES; round++) {
                done.set(0);
                for (int i = 0; i < 5; i++) {
                    assertThat(pool.submit(done::incrementAndGet)).isNotNull();
                }
                pool.waitAll();
                assertThat(done).hasValue(5);
            }
        }

        @Test
        void fromInsideItIsRefused() throws InterruptedException {
            GreenPool pool = watch.pool(PoolOptions.named("crawler").withSize(1));
            GreenThread<Boolean> task = pool.spawn(() -> {
                assertThatThrownBy(pool::waitAll).isInstanceOf(IllegalStateException.class).hasMessage(
                        "waitAll must be called from outside pool 'crawler': its own green thread would wait for itself");
                assertThatThrownBy(() -> pool.waitAll(Duration.ofDays(1))).isInstanceOf(IllegalStateException.class);
                pool.spawnN(() -> assertThatThrownBy(pool::waitAll).as("in place")
                        .isInstanceOf(IllegalStateException.class));
                return true;
            });
            assertThat(task.await()).isTrue();
        }

        @Test
        void fromAnotherPoolsGreenThreadItIsFine() throws InterruptedException {
            GreenPool a = watch.pool(1);
            GreenPool b = watch.pool(1);
            CountDownLatch gate = new CountDownLatch(1);
            fill(b, 1, gate);
            GreenThread<Boolean> task = a.spawn(() -> b.waitAll(Duration.ofSeconds(60)));
            gate.countDown();
            assertThat(task.await()).isTrue();
        }

        @Test
        void anInterruptEndsTheWaitOnly() throws InterruptedException {
            GreenPool pool = watch.pool(1);
            CountDownLatch gate = new CountDownLatch(1);
            fill(pool, 1, gate);
            Caller<Boolean> waiter = watch.call(() -> {
                pool.waitAll();
                return true;
            });
            eventuallyBlocked(waiter.thread());
            waiter.interrupt();
            assertThatThrownBy(waiter::result).isInstanceOf(InterruptedException.class);
            assertThat(pool.running()).isEqualTo(1);
            gate.countDown();
            pool.waitAll();
        }

        @Test
        void theBodiesWritesAreSeenAfterIt() throws InterruptedException {
            GreenPool pool = watch.pool(2);
            int[] plain = new int[2];
            for (int i = 1; i < RACES; i++) {
                int now = i;
                pool.spawnN(() -> plain[0] = now);
                pool.spawnN(() -> plain[1] = now);
                pool.waitAll();
                assertThat(plain).containsOnly(now);
            }
        }
    }

    @Nested
    class Kill {

        @Test
        void aRunningTaskIsInterruptedAndItsSlotComesBack() throws Exception {
            GreenPool pool = watch.pool(1);
            CountDownLatch inside = new CountDownLatch(1);
            GreenThread<Integer> task = pool.spawn(blocking(inside));
            inside.await();
            task.kill();
            assertThatThrownBy(task::await).isInstanceOf(GreenletExit.class);
            assertThatThrownBy(task::get).isInstanceOf(CancellationException.class);
            assertThat(task.state()).isEqualTo(Future.State.CANCELLED);
            assertThat(pool.free()).isEqualTo(1);
            assertThat(pool.snapshot().killed()).isEqualTo(1);
        }

        @Test
        void aCauseOfOnesOwnIsWhatAwaitThrows() throws InterruptedException {
            GreenPool pool = watch.pool(1);
            CountDownLatch inside = new CountDownLatch(1);
            GreenThread<Integer> task = pool.spawn(blocking(inside));
            inside.await();
            IllegalArgumentException cause = new IllegalArgumentException("enough");
            task.kill(cause);
            assertThatThrownBy(task::await).isSameAs(cause);
            assertThat(task.isCancelled()).isTrue();
            assertThat(pool.snapshot().killed()).isEqualTo(1);
        }

        @Test
        void aBodyThatGoesOnLivesAndHoldsItsSlotUntilItEnds() throws InterruptedException {
            GreenPool pool = watch.pool(1);
            CountDownLatch inside = new CountDownLatch(1);
            CountDownLatch gate = new CountDownLatch(1);
            GreenThread<Integer> task = pool.spawn(stubborn(inside, gate));
            inside.await();
            task.kill();
            assertThat(pool.running()).isEqualTo(1);
            assertThat(pool.trySpawn(() -> 1)).isEmpty();
            gate.countDown();
            assertThat(task.await()).isLessThanOrEqualTo(1);
            assertThat(pool.snapshot().completed()).isEqualTo(1);
        }

        @Test
        void aTaskInLineLeavesItAndNeverRuns() throws InterruptedException {
            GreenPool pool = watch.pool(1);
            CountDownLatch gate = new CountDownLatch(1);
            fill(pool, 1, gate);
            AtomicBoolean ran = new AtomicBoolean();
            AtomicInteger linked = new AtomicInteger();
            GreenThread<Boolean> task = pool.submit(() -> ran.getAndSet(true));
            task.link(ended -> linked.incrementAndGet());
            task.kill();
            assertThat(pool.waiting()).isZero();
            assertThat(linked).hasValue(1);
            assertThatThrownBy(task::await).isInstanceOf(GreenletExit.class);
            gate.countDown();
            pool.waitAll();
            assertThat(ran).isFalse();
            assertThat(pool.snapshot().killed()).isEqualTo(1);
        }

        @Test
        void cancelFalseTakesBackWhatHasNotBegun() throws InterruptedException {
            GreenPool pool = watch.pool(1);
            CountDownLatch gate = new CountDownLatch(1);
            CountDownLatch inside = new CountDownLatch(1);
            GreenThread<Integer> running = pool.spawn(() -> {
                inside.countDown();
                gate.await();
                return 1;
            });
            inside.await();
            GreenThread<Integer> queued = pool.submit(() -> 2);
            assertThat(queued.cancel(false)).isTrue();
            assertThat(queued.isCancelled()).isTrue();
            assertThat(queued.cancel(false)).isFalse();
            assertThat(pool.waiting()).isZero();
            assertThat(running.cancel(false)).isFalse();
            gate.countDown();
            assertThat(running.await()).isEqualTo(1);
        }

        /// eventlet leaks the slot of a `spawn_n` killed before it starts.
        @Test
        void aTaskKilledBeforeItStartsReturnsItsSlot() throws InterruptedException {
            GreenPool pool = watch.pool(1);
            for (int i = 0; i < RACES; i++) {
                pool.spawnN(() -> {
                    try {
                        forEver();
                    } catch (InterruptedException e) {
                        throw new GreenletExit();
                    }
                });
                pool.killAll();
                pool.waitAll();
                assertThat(pool.free()).isEqualTo(1);
            }
            assertThat(pool.snapshot().killed()).isEqualTo(RACES);
        }

        @Test
        void aTaskKilledWhenItsSlotComesEndsOnceAndReturnsIt() throws Exception {
            GreenPool pool = watch.pool(1);
            for (int i = 0; i < RACES; i++) {
                CountDownLatch gate = new CountDownLatch(1);
                fill(pool, 1, gate);
                AtomicInteger runs = new AtomicInteger();
                AtomicInteger links = new AtomicInteger();
                GreenThread<Integer> task = pool.submit(runs::incrementAndGet);
                task.link(ended -> links.incrementAndGet());
                GreenThread<Integer> next = pool.submit(() -> 7);
                Caller<Boolean> killer = watch.call(() -> {
                    task.kill();
                    return true;
                });
                gate.countDown();
                assertThat(killer.result()).isTrue();
                assertThat(next.await()).isEqualTo(7);
                eventually("the end of " + task, task::isDone);
                assertThat(links).hasValue(1);
                assertThat(runs.get()).isLessThanOrEqualTo(1);
                pool.waitAll();
                assertThat(pool.free()).isEqualTo(1);
            }
        }

        @Test
        void manyKillersCountAsOne() throws Exception {
            GreenPool pool = watch.pool(1);
            CountDownLatch inside = new CountDownLatch(1);
            GreenThread<Integer> task = pool.spawn(blocking(inside));
            inside.await();
            List<Caller<Boolean>> killers = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                killers.add(watch.call(() -> task.cancel(true)));
            }
            for (Caller<Boolean> killer : killers) {
                assertThat(killer.result()).isNotNull();
            }
            assertThatThrownBy(task::await).isInstanceOf(GreenletExit.class);
            assertThat(pool.snapshot().killed()).isEqualTo(1);
        }
    }

    @Nested
    class KillAll {

        @Test
        void itEndsWhatRunsWhatIsQueuedAndWhatBlockedCallersWantedToSpawn() throws Exception {
            GreenPool pool = watch.pool(2);
            CountDownLatch inside = new CountDownLatch(2);
            GreenThread<Integer> a = pool.spawn(blocking(inside));
            GreenThread<Integer> b = pool.spawn(blocking(inside));
            inside.await();
            AtomicBoolean ran = new AtomicBoolean();
            GreenThread<Boolean> queued = pool.submit(() -> ran.getAndSet(true));
            Caller<GreenThread<Boolean>> blocked = watch.call(() -> pool.spawn(() -> ran.getAndSet(true)));
            eventuallyWaiting(pool, 2);
            pool.killAll();
            for (GreenThread<?> task : List.of(a, b, queued, blocked.result())) {
                assertThatThrownBy(task::await).isInstanceOf(GreenletExit.class);
            }
            pool.waitAll();
            assertThat(ran).isFalse();
            assertThat(pool.snapshot().killed()).isEqualTo(4);
            assertThat(pool.spawn(() -> 1).await()).as("the pool lives on").isEqualTo(1);
        }

        @Test
        void fromInsideItEndsItsOwnTaskLast() throws InterruptedException {
            GreenPool pool = watch.pool(2);
            CountDownLatch inside = new CountDownLatch(1);
            GreenThread<Integer> other = pool.spawn(blocking(inside));
            inside.await();
            AtomicBoolean wentOn = new AtomicBoolean();
            GreenThread<Integer> own = pool.spawn(() -> {
                pool.killAll();
                wentOn.set(true);
                return 1;
            });
            assertThatThrownBy(own::await).isInstanceOf(GreenletExit.class);
            assertThatThrownBy(other::await).isInstanceOf(GreenletExit.class);
            assertThat(wentOn).isFalse();
        }

        @Test
        void itLeavesOtherPoolsAlone() throws InterruptedException {
            GreenPool a = watch.pool(1);
            GreenPool b = watch.pool(1);
            CountDownLatch gate = new CountDownLatch(1);
            GreenThread<Integer> others = b.spawn(after(gate, 3));
            a.killAll();
            gate.countDown();
            assertThat(others.await()).isEqualTo(3);
        }

        @Test
        void besideSpawnersOfEveryKindItLosesNoSlotAndCountsEachTaskOnce() throws Exception {
            GreenPool pool = watch.pool(PoolOptions.named("pool").withSize(1).withQueueCapacity(2));
            AtomicBoolean over = new AtomicBoolean();
            AtomicInteger taken = new AtomicInteger();
            List<Caller<Integer>> spawners = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                int kind = i;
                spawners.add(watch.call(() -> {
                    int refused = 0;
                    while (!over.get()) {
                        try {
                            switch (kind) {
                                case 0 -> assertThat(pool.submit(() -> 1)).isNotNull();
                                case 1 -> assertThat(pool.spawn(() -> 1)).isNotNull();
                                default -> {
                                    if (pool.trySpawn(() -> 1, Duration.ofNanos(20_000)).isEmpty()) {
                                        continue;
                                    }
                                }
                            }
                            taken.incrementAndGet();
                        } catch (RejectedSubmission e) {
                            refused++;
                        }
                    }
                    return refused;
                }));
            }
            for (int i = 0; i < RACES; i++) {
                pool.killAll();
            }
            over.set(true);
            int refused = 0;
            for (Caller<Integer> spawner : spawners) {
                refused += spawner.result();
            }
            pool.waitAll();
            PoolSnapshot now = pool.snapshot();
            assertThat(now.free()).isEqualTo(1);
            assertThat(now.spawned()).isEqualTo(taken.get());
            assertThat(now.rejected()).isEqualTo(refused);
        }
    }

    @Nested
    class TaskTimeout {

        private GreenPool limited(int size, long millis) {
            return watch.pool(PoolOptions.named("pool").withSize(size).withTaskTimeout(Duration.ofMillis(millis)));
        }

        @Test
        void aTaskOverItsTimeIsInterruptedAndFailsAndCountsAsTimedOutOnly() throws Exception {
            GreenPool pool = limited(1, 20);
            GreenThread<Integer> task = pool.spawn(GreenPoolEndTests::forEver);
            assertThatThrownBy(task::await).isInstanceOf(CompletionException.class)
                    .hasCauseInstanceOf(TimeoutException.class);
            assertThatThrownBy(task::get).isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(TimeoutException.class);
            assertThat(task.state()).isEqualTo(Future.State.FAILED);
            PoolSnapshot now = pool.snapshot();
            assertThat(now.timedOut()).isEqualTo(1);
            assertThat(now.failed() + now.killed() + now.completed()).isZero();
            assertThat(now.free()).isEqualTo(1);
        }

        @Test
        void aBodyThatGoesOnLives() throws InterruptedException {
            GreenPool pool = limited(1, 5);
            GreenThread<String> task = pool.spawn(() -> {
                try {
                    forEver();
                } catch (InterruptedException e) {
                    return "lives";
                }
                return "never";
            });
            assertThat(task.await()).isEqualTo("lives");
            assertThat(pool.snapshot().completed()).isEqualTo(1);
            assertThat(pool.snapshot().timedOut()).isZero();
        }

        @Test
        void aQuickTaskLeavesNoTimer() throws InterruptedException {
            GreenPool pool = limited(4, 60_000);
            for (int i = 0; i < 200; i++) {
                pool.spawnN(() -> {
                });
            }
            pool.waitAll();
            assertThat(pool.snapshot().completed()).isEqualTo(200);
            eventually("no timer", () -> pool.hub().snapshot().timers() == 0);
        }

        @Test
        void timeInLineDoesNotCount() throws InterruptedException {
            GreenPool pool = limited(1, 30);
            CountDownLatch expired = new CountDownLatch(1);
            CountDownLatch gate = new CountDownLatch(1);
            GreenThread<Integer> first = pool.spawn(() -> {
                try {
                    return forEver();
                } catch (InterruptedException e) {
                    expired.countDown();
                }
                gate.await();
                return 1;
            });
            GreenThread<Integer> second = pool.submit(() -> 2);
            expired.await();
            gate.countDown();
            assertThat(first.await()).isEqualTo(1);
            assertThat(second.await()).isEqualTo(2);
            assertThat(pool.snapshot().timedOut()).isZero();
        }

        /// The body sees both interrupts before it ends, in the order that the test wants.
        private Callable<Integer> endsAfterTwoInterrupts(CountDownLatch inside, CountDownLatch once) {
            return () -> {
                inside.countDown();
                try {
                    return forEver();
                } catch (InterruptedException e) {
                    once.countDown();
                    eventuallyInterrupted();
                    throw e;
                }
            };
        }

        private static void eventuallyInterrupted() {
            while (!Thread.interrupted()) {
                Thread.onSpinWait();
            }
        }

        @Test
        void aKillAfterTheExpiryIsAKill() throws InterruptedException {
            GreenPool pool = limited(1, 5);
            CountDownLatch inside = new CountDownLatch(1);
            CountDownLatch expired = new CountDownLatch(1);
            GreenThread<Integer> task = pool.spawn(endsAfterTwoInterrupts(inside, expired));
            expired.await();
            task.kill();
            assertThatThrownBy(task::await).isInstanceOf(GreenletExit.class);
            assertThat(pool.snapshot().killed()).isEqualTo(1);
            assertThat(pool.snapshot().timedOut()).isZero();
        }

        @Test
        void anExpiryAfterTheKillLeavesItAKill() throws InterruptedException {
            GreenPool pool = limited(1, 100);
            CountDownLatch inside = new CountDownLatch(1);
            CountDownLatch once = new CountDownLatch(1);
            GreenThread<Integer> task = pool.spawn(endsAfterTwoInterrupts(inside, once));
            inside.await();
            task.kill();
            assertThatThrownBy(task::await).isInstanceOf(GreenletExit.class);
            assertThat(pool.snapshot().killed()).isEqualTo(1);
            assertThat(pool.snapshot().timedOut()).isZero();
        }

        @Test
        void aTimeoutOfTheBodysOwnIsAFailure() throws InterruptedException {
            GreenPool pool = limited(1, 60_000);
            GreenThread<Integer> task = pool.spawn(() -> {
                throw new TimeoutException("the body's own");
            });
            assertThatThrownBy(task::await).hasRootCauseMessage("the body's own");
            assertThat(pool.snapshot().failed()).isEqualTo(1);
            assertThat(pool.snapshot().timedOut()).isZero();
        }

        @Test
        void aCallerThatRanItItselfHasACleanFlagAfterwards() throws InterruptedException {
            GreenPool pool = watch.pool(PoolOptions.named("pool").withSize(0).withWhenFull(WhenFull.CALLER_RUNS)
                    .withTaskTimeout(Duration.ofMillis(5)));
            GreenThread<Integer> task = pool.spawn(GreenPoolEndTests::forEver);
            assertThat(Thread.interrupted()).isFalse();
            assertThatThrownBy(task::await).hasCauseInstanceOf(TimeoutException.class);
            GreenThread<Boolean> unimpressed = pool.spawn(() -> {
                while (!Thread.currentThread().isInterrupted()) {
                    Thread.onSpinWait();
                }
                return true;
            });
            assertThat(Thread.interrupted()).isFalse();
            assertThat(unimpressed.await()).isTrue();
            assertThat(pool.snapshot().timedOut()).isEqualTo(1);
            assertThat(pool.snapshot().completed()).isEqualTo(1);
        }

        @Test
        void theCallersLimitReachesItThroughABodyInPlace() throws InterruptedException {
            GreenPool pool = limited(1, 10);
            GreenPool inCaller = watch
                    .pool(PoolOptions.named("other").withSize(0).withWhenFull(WhenFull.CALLER_RUNS));
            AtomicBoolean wentOn = new AtomicBoolean();
            GreenThread<Integer> outer = pool.spawn(() -> {
                GreenThread<Integer> inner = inCaller.spawn(GreenPoolEndTests::forEver);
                wentOn.set(true);
                return inner.await();
            });
            assertThatThrownBy(outer::await).hasCauseInstanceOf(TimeoutException.class);
            assertThat(wentOn).isFalse();
            assertThat(pool.snapshot().timedOut()).isEqualTo(1);
            assertThat(inCaller.snapshot().failed()).isEqualTo(1);
        }

        @Test
        void whenBothLimitsEndAtTheSameTimeNeitherIsLost() throws InterruptedException {
            GreenPool pool = limited(1, 10);
            GreenThread<Integer> outer = pool.spawn(() -> {
                GreenThread<Integer> inner = pool.spawn(GreenPoolEndTests::forEver);
                forEver();
                return inner.await();
            });
            assertThatThrownBy(outer::await).hasCauseInstanceOf(TimeoutException.class);
            PoolSnapshot now = pool.snapshot();
            assertThat(now.timedOut()).isPositive();
            assertThat(now.timedOut() + now.failed()).isEqualTo(2);
        }
    }

    @Nested
    class Close {

        @Test
        void itFinishesWhatWasAdmittedAndWhatIsQueued() throws Exception {
            GreenPool pool = watch.pool(1);
            CountDownLatch gate = new CountDownLatch(1);
            fill(pool, 1, gate);
            List<GreenThread<Integer>> queued = List.of(pool.submit(() -> 1), pool.submit(() -> 2));
            Caller<Boolean> closer = watch.call(() -> {
                pool.close();
                return true;
            });
            eventually("closed", pool::isClosed);
            eventuallyBlocked(closer.thread());
            gate.countDown();
            assertThat(closer.result()).isTrue();
            assertThat(queued.get(0).await() + queued.get(1).await()).isEqualTo(3);
            assertThat(pool.snapshot().closed()).isTrue();
        }

        @Test
        void blockedCallersAreRejected() throws Exception {
            GreenPool pool = watch.pool(PoolOptions.named("crawler").withSize(1));
            CountDownLatch gate = new CountDownLatch(1);
            fill(pool, 1, gate);
            AtomicBoolean ran = new AtomicBoolean();
            Caller<GreenThread<Boolean>> spawner = watch.call(() -> pool.spawn(() -> ran.getAndSet(true)));
            eventuallyWaiting(pool, 1);
            Caller<?> trying = watch.call(() -> pool.trySpawn(() -> ran.getAndSet(true), Duration.ofSeconds(60)));
            eventuallyWaiting(pool, 2);
            Caller<Boolean> closer = watch.call(() -> pool.close(Duration.ofSeconds(60)));
            assertThatThrownBy(spawner::result).isInstanceOf(RejectedSubmission.class)
                    .hasMessageStartingWith("pool 'crawler': closed (size=1, running=1, waiting=");
            assertThatThrownBy(trying::result).isInstanceOf(RejectedSubmission.class);
            gate.countDown();
            assertThat(closer.result()).isTrue();
            assertThat(ran).isFalse();
            assertThat(pool.snapshot().rejected()).isEqualTo(2);
        }

        @Test
        void aClosedPoolTakesNothing() throws InterruptedException {
            GreenPool pool = watch.pool(PoolOptions.named("crawler").withSize(3));
            pool.close();
            String message = "pool 'crawler': closed (size=3, running=0, waiting=0)";
            Runnable nothing = () -> {
            };
            assertThatThrownBy(() -> pool.spawn(() -> 1)).isInstanceOf(RejectedSubmission.class).hasMessage(message);
            assertThatThrownBy(() -> pool.spawnN(nothing)).isInstanceOf(RejectedSubmission.class).hasMessage(message);
            assertThatThrownBy(() -> pool.submit(() -> 1)).isInstanceOf(RejectedSubmission.class).hasMessage(message);
            assertThatThrownBy(() -> pool.trySpawn(() -> 1)).isInstanceOf(RejectedSubmission.class);
            assertThatThrownBy(() -> pool.trySpawn(() -> 1, Duration.ofDays(1)))
                    .isInstanceOf(RejectedSubmission.class);
            assertThatThrownBy(() -> pool.asExecutor().execute(nothing)).isInstanceOf(RejectedSubmission.class);
            assertThat(pool.snapshot().rejected()).isEqualTo(6);
            Iterator<Integer> results = pool.imap((Integer i) -> i, List.of(1)).iterator();
            assertThatThrownBy(results::next).isInstanceOf(RejectedSubmission.class);
            pool.waitAll();
            pool.resize(5);
            pool.killAll();
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 1, 2})
        void aSecondCloseReturns(int pause) throws InterruptedException {
            GreenPool pool = watch.pool(1);
            pool.close();
            pool.close();
            assertThat(pool.close(Duration.ofMillis(pause))).isTrue();
        }

        @Test
        void aPoolIsAResource() throws InterruptedException {
            GreenThread<Integer> task;
            try (GreenPool pool = watch.pool(1)) {
                task = pool.spawn(() -> 4);
            }
            assertThat(task.isDone()).isTrue();
            assertThat(task.await()).isEqualTo(4);
        }

        @Test
        void anInterruptKillsWhatRunsAndTheCloseGoesOn() throws Exception {
            GreenPool pool = watch.pool(1);
            CountDownLatch inside = new CountDownLatch(1);
            GreenThread<Integer> task = pool.spawn(blocking(inside));
            GreenThread<Integer> queued = pool.submit(() -> 2);
            inside.await();
            Caller<Boolean> closer = watch.call(() -> {
                pool.close();
                return Thread.interrupted();
            });
            eventuallyBlocked(closer.thread());
            closer.interrupt();
            assertThat(closer.result()).as("the flag is set afterwards").isTrue();
            assertThatThrownBy(task::await).isInstanceOf(GreenletExit.class);
            assertThatThrownBy(queued::await).isInstanceOf(GreenletExit.class);
        }

        @Test
        void withATimeItSaysThatAllEndedByThemselves() throws InterruptedException {
            GreenPool pool = watch.pool(2);
            GreenThread<Integer> task = pool.spawn(() -> 1);
            assertThat(pool.close(Duration.ofSeconds(60))).isTrue();
            assertThat(task.await()).isEqualTo(1);
        }

        @Test
        void withATimeItKillsWhatIsLeftAndSaysSo() throws InterruptedException {
            GreenPool pool = watch.pool(1);
            CountDownLatch inside = new CountDownLatch(1);
            GreenThread<Integer> task = pool.spawn(blocking(inside));
            GreenThread<Integer> queued = pool.submit(() -> 1);
            inside.await();
            assertThat(pool.close(Duration.ofMillis(5))).isFalse();
            assertThatThrownBy(task::await).isInstanceOf(GreenletExit.class);
            assertThatThrownBy(queued::await).isInstanceOf(GreenletExit.class);
            assertThat(pool.running()).isZero();
        }

        @Test
        void withATimeItDoesNotWaitForEverForATaskThatOutlivesItsKill() throws InterruptedException {
            GreenPool pool = watch.pool(1);
            CountDownLatch inside = new CountDownLatch(1);
            CountDownLatch gate = new CountDownLatch(1);
            GreenThread<Integer> task = pool.spawn(stubborn(inside, gate));
            inside.await();
            assertThat(pool.close(Duration.ZERO)).isFalse();
            assertThat(pool.running()).isEqualTo(1);
            gate.countDown();
            assertThat(task.await()).isEqualTo(1);
        }

        @Test
        void interruptedWithATimeItThrowsAndThePoolStaysClosed() throws InterruptedException {
            GreenPool pool = watch.pool(1);
            CountDownLatch gate = new CountDownLatch(1);
            fill(pool, 1, gate);
            Caller<Boolean> closer = watch.call(() -> pool.close(Duration.ofSeconds(60)));
            eventuallyBlocked(closer.thread());
            closer.interrupt();
            assertThatThrownBy(closer::result).isInstanceOf(InterruptedException.class);
            assertThat(pool.isClosed()).isTrue();
            assertThat(pool.running()).isEqualTo(1);
            gate.countDown();
            pool.close();
        }

        @Test
        void whatASizeOfZeroWouldNeverRunIsKilled() throws InterruptedException {
            GreenPool pool = watch.pool(0);
            GreenThread<Integer> left = pool.submit(() -> 1);
            pool.close();
            assertThatThrownBy(left::await).isInstanceOf(GreenletExit.class);
            assertThat(pool.waiting()).isZero();

            GreenPool other = watch.pool(0);
            GreenThread<Integer> another = other.submit(() -> 1);
            assertThat(other.close(Duration.ofSeconds(60))).as("not all ended by themselves").isFalse();
            assertThatThrownBy(another::await).isInstanceOf(GreenletExit.class);
        }

        @Test
        void fromInsideItIsRefused() throws InterruptedException {
            GreenPool pool = watch.pool(PoolOptions.named("crawler").withSize(1));
            GreenThread<Boolean> task = pool.spawn(() -> {
                assertThatThrownBy(pool::close).isInstanceOf(IllegalStateException.class)
                        .hasMessageStartingWith("close must be called from outside pool 'crawler'");
                assertThatThrownBy(() -> pool.close(Duration.ZERO)).isInstanceOf(IllegalStateException.class);
                return pool.isClosed();
            });
            assertThat(task.await()).isFalse();
        }

        @Test
        void aTaskOfAClosingPoolCanSpawnNoMore() throws Exception {
            GreenPool pool = watch.pool(1);
            CountDownLatch gate = new CountDownLatch(1);
            GreenThread<Boolean> task = pool.spawn(() -> {
                gate.await();
                assertThatThrownBy(() -> pool.spawn(() -> 1)).isInstanceOf(RejectedSubmission.class);
                return true;
            });
            Caller<Boolean> closer = watch.call(() -> pool.close(Duration.ofSeconds(60)));
            eventually("closed", pool::isClosed);
            gate.countDown();
            assertThat(task.await()).isTrue();
            assertThat(closer.result()).isTrue();
        }

        @Test
        void manyMayCloseAtOnce() throws Exception {
            GreenPool pool = watch.pool(1);
            CountDownLatch gate = new CountDownLatch(1);
            fill(pool, 1, gate);
            List<Caller<Boolean>> closers = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                closers.add(watch.call(() -> pool.close(Duration.ofSeconds(60))));
            }
            eventually("closed", pool::isClosed);
            gate.countDown();
            for (Caller<Boolean> closer : closers) {
                assertThat(closer.result()).isTrue();
            }
        }
    }
}
