package io.greenlet.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.greenlet.GreenThread;
import io.greenlet.GreenTimeout;
import io.greenlet.Latch;
import io.greenlet.pool.PoolStall.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// Pools that wait for themselves, and such as only seem to. What waits in the JDK is in [StallSuspicionTests].
final class StallWatchTests extends PoolContract {

    private static final Duration NEVER = Duration.ofDays(1);

    private static StallWatch watch(GreenPool... pools) {
        return new StallWatch(() -> List.of(pools), NEVER, NEVER);
    }

    /// Fills a pool with tasks that all have their slots before any goes on.
    private static List<GreenThread<Integer>> fill(GreenPool pool, Callable<Integer> next) throws InterruptedException {
        Latch all = new Latch(pool.size());
        List<GreenThread<Integer>> holders = new ArrayList<>();
        for (int i = pool.size(); i > 0; i--) {
            holders.add(pool.spawn(() -> {
                all.countDown();
                all.await();
                return next.call();
            }));
        }
        return holders;
    }

    /// A child in the pool, handed in and awaited by a green thread of the hub.
    private Callable<Integer> throughTheHub(GreenPool pool) {
        return () -> hub().<Integer>spawn(() -> pool.<Integer>spawn(() -> 1).await()).await();
    }

    private static PoolStall await(StallWatch watch, GreenPool pool, Kind kind) {
        List<PoolStall> found = new ArrayList<>();
        waitUntil(pool + " is " + kind, () -> {
            found.clear();
            found.addAll(watch.look());
            return found.stream().anyMatch(stall -> stall.pool().equals(pool) && stall.kind() == kind);
        });
        return found.stream().filter(stall -> stall.pool().equals(pool)).findFirst().orElseThrow();
    }

    /// Rejects until nothing is stalled any more.
    private static int rejectAll(StallWatch watch, List<? extends GreenThread<?>> holders) {
        AtomicInteger rejected = new AtomicInteger();
        waitUntil("all have ended", () -> {
            for (PoolStall stall : watch.look()) {
                if (watch.reject(stall)) {
                    rejected.incrementAndGet();
                }
            }
            return holders.stream().allMatch(GreenThread::isDone);
        });
        return rejected.get();
    }

    private static boolean hasFrameOf(Throwable error, String part) {
        return Arrays.stream(error.getStackTrace()).anyMatch(frame -> frame.toString().contains(part));
    }

    @Nested
    class Proof {

        @Test
        void nestedTasksOfOnePoolNeedNoWatch() throws Exception {
            GreenPool pool = pool(2);
            StallWatch watch = watch(pool);
            List<GreenThread<Integer>> holders = fill(pool, () -> pool.<Integer>spawn(() -> 1).await());
            for (GreenThread<Integer> holder : holders) {
                assertThat(watch.look()).isEmpty();
                assertThat(holder.await()).isEqualTo(1);
            }
        }

        @Test
        void aTaskThatWaitsForACallerInLineIsAStallAndEndsInAnErrorWithBothStacks() throws Exception {
            GreenPool pool = pool(2);
            StallWatch watch = watch(pool);
            List<GreenThread<Integer>> holders = fill(pool, throughTheHub(pool));
            PoolStall stall = await(watch, pool, Kind.PROVEN);

            assertThat(stall.holders()).hasSize(2);
            assertThat(stall.waiters()).hasSize(2);
            assertThat(stall.description()).startsWith(
                    "pool 'pool' waits for itself (size=2, running=2, waiting=2), first in line for ")
                    .containsPattern(
                            "pool-\\d+ has a slot of pool 'pool' and waits for green-\\d+, which waits in line for "
                                    + "pool 'pool'")
                    .containsPattern("thread '.*' \\(\\d+\\) waits for a slot of pool 'pool':\n    at ")
                    .contains("GreenTask.await").contains("GreenPool.spawn");

            assertThat(watch.reject(stall)).isTrue();
            waitUntil("both have ended", () -> holders.stream().allMatch(GreenThread::isDone));
            List<GreenThread<Integer>> failed = holders.stream()
                    .filter(holder -> holder.state() == GreenThread.State.FAILED).toList();
            assertThat(failed).as("one child was sent away, the other got the slot").hasSize(1);
            Throwable error = failed.getFirst().exceptionNow();
            assertThat(error).isExactlyInstanceOf(RejectedSubmission.class)
                    .hasMessageStartingWith(
                            "pool 'pool': taken out of the line, since the pool waits for itself (size=2, running=2, waiting=2)")
                    .hasMessageContaining(" has a slot of pool 'pool' and waits for green-");
            assertThat(hasFrameOf(error, "GreenPool.spawn")).as("the waiter's stack").isTrue();
            assertThat(error.getSuppressed()).hasSize(2);
            assertThat(error.getSuppressed()[0].toString()).contains(" has a slot of pool 'pool' and waits for green-");
            assertThat(hasFrameOf(error.getSuppressed()[0], "GreenTask.await")).as("the holder's stack").isTrue();
            assertThat(pool.snapshot().rejected()).isEqualTo(1);
            assertThat(watch.look()).isEmpty();
        }

        @Test
        void aTaskLeftInLineFailsAndIsNotKilled() throws Exception {
            GreenPool pool = pool(2);
            StallWatch watch = watch(pool);
            List<GreenThread<Integer>> children = new java.util.concurrent.CopyOnWriteArrayList<>();
            List<GreenThread<Integer>> holders = fill(pool, () -> hub().<Integer>spawn(() -> {
                GreenThread<Integer> child = pool.submit(() -> 1);
                children.add(child);
                return child.await();
            }).await());
            PoolStall stall = await(watch, pool, Kind.PROVEN);
            assertThat(stall.description())
                    .containsPattern("waits for green-\\d+, which waits for pool-\\d+, which stands in "
                            + "line for pool 'pool'");
            assertThat(watch.reject(stall)).isTrue();
            waitUntil("both have ended", () -> holders.stream().allMatch(GreenThread::isDone));
            assertThat(children).filteredOn(child -> child.state() == GreenThread.State.FAILED).singleElement()
                    .satisfies(child -> assertThat(child.exceptionNow()).isInstanceOf(RejectedSubmission.class)
                            .hasMessageContaining("waits for itself"));
            assertThat(children).filteredOn(child -> child.state() == GreenThread.State.SUCCESS).hasSize(1);
            PoolSnapshot now = pool.snapshot();
            assertThat(List.of(now.rejected(), now.killed(), now.failed(), now.completed()))
                    .containsExactly(1L, 0L, 1L, 2L);
        }

        @Test
        void theWayMayLeadThroughAnotherPool() throws Exception {
            GreenPool pool = pool(1);
            GreenPool other = pool(PoolOptions.named("other").withSize(1));
            StallWatch watch = watch(pool, other);
            List<GreenThread<Integer>> holders = fill(pool,
                    () -> other.<Integer>spawn(() -> pool.<Integer>spawn(() -> 1).await()).await());
            PoolStall stall = await(watch, pool, Kind.PROVEN);
            assertThat(stall.description())
                    .containsPattern(
                            "pool-\\d+ has a slot of pool 'pool' and waits for other-\\d+, which waits in line for "
                                    + "pool 'pool'");
            assertThat(rejectAll(watch, holders)).isEqualTo(1);
            assertThatThrownBy(() -> holders.getFirst().await()).isInstanceOf(RejectedSubmission.class);
        }

        @Test
        void twoPoolsThatWaitForEachOtherAreBothStalledAndOneRejectionEndsIt() throws Exception {
            GreenPool one = pool(PoolOptions.named("one").withSize(1));
            GreenPool two = pool(PoolOptions.named("two").withSize(1));
            StallWatch watch = watch(one, two);
            Latch both = new Latch(2);
            List<GreenThread<Integer>> holders = new ArrayList<>();
            for (List<GreenPool> way : List.of(List.of(one, two), List.of(two, one))) {
                holders.add(way.getFirst().spawn(() -> {
                    both.countDown();
                    both.await();
                    return way.getLast().<Integer>spawn(() -> 1).await();
                }));
            }
            await(watch, one, Kind.PROVEN);
            List<PoolStall> stalls = watch.look();
            assertThat(stalls).extracting(stall -> stall.pool().name()).containsExactly("one", "two");
            assertThat(stalls.getFirst().description())
                    .containsPattern("one-\\d+ has a slot of pool 'one' and waits in line for pool 'two'");
            assertThat(stalls.stream().filter(watch::reject)).hasSize(1);
            waitUntil("both have ended", () -> holders.stream().allMatch(GreenThread::isDone));
            assertThat(holders).filteredOn(holder -> holder.state() == GreenThread.State.SUCCESS).hasSize(1);
            assertThat(one.snapshot().rejected() + two.snapshot().rejected()).isEqualTo(1);
        }

        @Test
        void aPoolThatWaitsForAStalledOneIsStalledToo() throws Exception {
            GreenPool pool = pool(1);
            GreenPool outer = pool(PoolOptions.named("outer").withSize(1));
            StallWatch watch = watch(outer);
            List<GreenThread<Integer>> holders = new ArrayList<>(fill(pool, throughTheHub(pool)));
            holders.addAll(fill(outer, () -> pool.<Integer>spawn(() -> 2).await()));
            Actor<Integer> inLine = fork(() -> outer.<Integer>spawn(() -> 3).await());
            PoolStall stall = await(watch, outer, Kind.PROVEN);
            assertThat(stall.pool()).isEqualTo(outer);
            assertThat(watch.reject(stall)).as("at the pool where it helps").isTrue();
            assertThat(inLine.result()).isEqualTo(3);
            waitUntil("all have ended", () -> holders.stream().allMatch(GreenThread::isDone));
            assertThat(outer.snapshot().rejected()).isZero();
        }

        @Test
        void aCircleOfWaitsWithoutAPlaceInLineIsToldAndNobodyIsRejected() throws Exception {
            GreenPool pool = pool(1);
            StallWatch watch = watch(pool);
            Latch known = new Latch(1);
            List<GreenThread<Integer>> circle = new java.util.concurrent.CopyOnWriteArrayList<>();
            circle.add(pool.spawn(() -> {
                known.await();
                return circle.getLast().await();
            }));
            circle.add(spawn(() -> circle.getFirst().await()));
            known.countDown();
            Actor<Integer> inLine = fork(() -> pool.<Integer>spawn(() -> 3).await());
            PoolStall stall = await(watch, pool, Kind.PROVEN);
            assertThat(stall.description()).contains(": a circle");
            assertThat(watch.reject(stall)).isFalse();
            circle.getFirst().kill();
            assertThat(inLine.result()).isEqualTo(3);
        }
    }

    @Nested
    class NoProof {

        private final Latch gate = new Latch(1);

        /// Looks several times while somebody stands in line and all threads wait.
        private void assertNothingIsFound(GreenPool pool, int waiting) {
            StallWatch watch = watch(pool);
            waitUntilWaiting(pool, waiting);
            for (int i = 0; i < 5; i++) {
                letOthersRun();
                assertThat(watch.look()).isEmpty();
            }
        }

        private void assertAllEnd(GreenPool pool, List<? extends GreenThread<?>> holders) {
            gate.countDown();
            pool.killAll();
            waitUntil("all have ended", () -> holders.stream().allMatch(GreenThread::isDone));
        }

        @Test
        void oneLookProvesNothing() throws Exception {
            GreenPool pool = pool(1);
            List<GreenThread<Integer>> holders = fill(pool, throughTheHub(pool));
            StallWatch first = watch(pool);
            await(first, pool, Kind.PROVEN);
            assertThat(watch(pool).look()).isEmpty();
            rejectAll(first, holders);
        }

        @Test
        void oneHolderThatWaitsForSomethingElseIsEnough() throws Exception {
            GreenPool pool = pool(2);
            AtomicInteger number = new AtomicInteger();
            List<GreenThread<Integer>> holders = fill(pool, () -> number.incrementAndGet() == 1
                    ? after(gate, 1).call()
                    : throughTheHub(pool).call());
            assertNothingIsFound(pool, 1);
            gate.countDown();
            waitUntil("all have ended", () -> holders.stream().allMatch(GreenThread::isDone));
            assertThat(pool.snapshot().rejected()).isZero();
        }

        @Test
        void aTaskTimeoutEndsIt() throws Exception {
            GreenPool pool = pool(PoolOptions.named("pool").withSize(1).withTaskTimeout(Duration.ofHours(1)));
            List<GreenThread<Integer>> holders = fill(pool, throughTheHub(pool));
            assertNothingIsFound(pool, 1);
            assertAllEnd(pool, holders);
        }

        @Test
        void aScopeWithALimitEndsIt() throws Exception {
            GreenPool pool = pool(1);
            List<GreenThread<Integer>> holders = fill(pool,
                    () -> GreenTimeout.<Integer>call(Duration.ofHours(1), throughTheHub(pool)));
            assertNothingIsFound(pool, 1);
            assertAllEnd(pool, holders);
        }

        @Test
        void aScopeOfTheCallerInLineEndsIt() throws Exception {
            GreenPool pool = pool(1);
            List<GreenThread<Integer>> holders = fill(pool, () -> hub()
                    .<Integer>spawn(() -> GreenTimeout.<Integer>call(Duration.ofHours(1),
                            () -> pool.<Integer>spawn(() -> 1).await()))
                    .await());
            assertNothingIsFound(pool, 1);
            assertAllEnd(pool, holders);
        }

        @Test
        void aLimitOfTheWaitForAnotherEndsIt() throws Exception {
            GreenPool pool = pool(1);
            List<GreenThread<Integer>> holders = fill(pool, () -> hub()
                    .<Integer>spawn(() -> pool.<Integer>spawn(() -> 1).await()).await(Duration.ofHours(1)));
            assertNothingIsFound(pool, 1);
            assertAllEnd(pool, holders);
        }

        @Test
        void aLimitOfWaitingInLineEndsIt() throws Exception {
            GreenPool pool = pool(PoolOptions.named("pool").withSize(1).withMaxWait(Duration.ofHours(1)));
            List<GreenThread<Integer>> holders = fill(pool, throughTheHub(pool));
            assertNothingIsFound(pool, 1);
            assertAllEnd(pool, holders);
        }

        @Test
        void aLimitOfWhatWasLeftInLineEndsIt() throws Exception {
            GreenPool pool = pool(1);
            List<GreenThread<Integer>> holders = fill(pool, () -> hub().<Integer>spawn(
                    () -> pool.<Integer>submit(() -> 1, TaskOptions.NONE.withMaxWait(Duration.ofHours(1))).await())
                    .await());
            assertNothingIsFound(pool, 1);
            assertAllEnd(pool, holders);
        }

        @Test
        void aPoolOfSizeZeroIsNotStalled() throws Exception {
            GreenPool pool = pool(0);
            Actor<Integer> caller = fork(() -> pool.<Integer>spawn(() -> 1).await());
            assertNothingIsFound(pool, 1);
            pool.resize(1);
            assertThat(caller.result()).isEqualTo(1);
        }

        @Test
        void whatIsOverIsNotRejected() throws Exception {
            GreenPool pool = pool(1);
            StallWatch watch = watch(pool);
            List<GreenThread<Integer>> holders = fill(pool, throughTheHub(pool));
            PoolStall stall = await(watch, pool, Kind.PROVEN);
            pool.resize(2);
            assertThat(watch.reject(stall)).isFalse();
            assertThat(holders.getFirst().await()).isEqualTo(1);
            assertThat(watch.look()).isEmpty();
        }
    }

    @Nested
    class Saturation {

        @Test
        void aFullPoolWithSomebodyInLineForLongIsSaturated() throws Exception {
            GreenPool pool = pool(1);
            StallWatch watch = new StallWatch(() -> List.of(pool), NEVER, Duration.ofNanos(1));
            Latch gate = new Latch(1);
            fill(pool, 1, gate);
            waitUntil("it has begun", () -> !pool.tasks().isEmpty());
            Actor<Integer> caller = fork(() -> pool.<Integer>spawn(() -> 1).await());
            PoolStall stall = await(watch, pool, Kind.SATURATED);
            assertThat(stall.kind().isStall()).isFalse();
            assertThat(stall.description())
                    .startsWith("pool 'pool' is full (size=1, running=1, waiting=1), first in line")
                    .containsPattern("pool-\\d+ has a slot, for \\d+ ms.*:\n    at ")
                    .containsPattern("pool-\\d+ in line, for \\d+ ms");
            assertThat(stall.oldestWait()).isPositive();
            assertThat(watch.reject(stall)).isFalse();
            gate.countDown();
            assertThat(caller.result()).isEqualTo(1);
            assertThat(watch.look()).isEmpty();
        }

        @Test
        void timesMustBePositive() {
            assertThatThrownBy(() -> new StallWatch(List::of, Duration.ZERO, NEVER))
                    .isInstanceOf(IllegalArgumentException.class).hasMessage("stallAfter must be positive: PT0S");
            assertThatThrownBy(() -> new StallWatch(List::of, NEVER, Duration.ofSeconds(-1)))
                    .isInstanceOf(IllegalArgumentException.class).hasMessage("saturatedAfter must be positive: PT-1S");
        }
    }

    @Nested
    class Races {

        private static final int ROUNDS = DEEP ? 2_000 : 30;

        /// A kill, a resize or nothing comes at the moment of the rejection: everything ends, and nothing is counted twice.
        @Test
        void aRejectionAtTheMomentOfAKillOrAResizeLosesNoSlot() throws Exception {
            for (int round = 0; round < ROUNDS; round++) {
                GreenPool pool = pool(2);
                StallWatch watch = watch(pool);
                boolean leaves = round % 2 == 0;
                List<GreenThread<Integer>> holders = fill(pool, () -> hub().<Integer>spawn(
                        () -> leaves ? pool.<Integer>submit(() -> 1).await() : pool.<Integer>spawn(() -> 1).await())
                        .await());
                PoolStall stall = await(watch, pool, Kind.PROVEN);
                int way = round % 3;
                Actor<Boolean> rival = fork(() -> {
                    switch (way) {
                        case 0 -> pool.killAll();
                        case 1 -> pool.resize(3);
                        default -> letOthersRun();
                    }
                    return true;
                });
                boolean isRejected = watch.reject(stall);
                assertThat(rival.result()).isTrue();
                rejectAll(watch, holders);
                assertThat(pool.snapshot().rejected()).isLessThanOrEqualTo(isRejected ? 2 : 1);
                pool.resize(2);
                assertAtRest(pool);
            }
        }
    }

    @Nested
    class Health {

        private static final int TASKS = DEEP ? 20_000 : 400;

        /// Pools that use each other in one direction, and themselves in place, full all the time: no look may find a stall.
        @Test
        void aStormOfHealthyNestedUseIsNoStall() throws Exception {
            GreenPool front = pool(PoolOptions.named("front").withSize(3));
            GreenPool back = pool(PoolOptions.named("back").withSize(2));
            StallWatch watch = watch(front, back);
            AtomicInteger done = new AtomicInteger();
            List<Actor<Integer>> callers = Stream.generate(() -> fork(() -> {
                for (int i = 0; i < TASKS / 8; i++) {
                    int number = i;
                    done.addAndGet(front.<Integer>spawn(() -> switch (number % 4) {
                        case 0 -> back.<Integer>spawn(() -> back.<Integer>spawn(() -> 1).await()).await();
                        case 1 -> front.<Integer>submit(() -> 1).await();
                        case 2 -> hub().<Integer>spawn(() -> back.<Integer>submit(() -> 1).await()).await();
                        default -> 1;
                    }).await());
                }
                return 1;
            })).limit(8).toList();
            List<PoolStall> found = new ArrayList<>();
            waitUntil("all is done", () -> {
                found.addAll(watch.look());
                return callers.stream().allMatch(Actor::isDone);
            });
            for (Actor<Integer> caller : callers) {
                assertThat(caller.result()).isEqualTo(1);
            }
            assertThat(found).isEmpty();
            assertThat(done.get()).isEqualTo(TASKS / 8 * 8);
        }

        /// A detour through the hub that has room as long as no more than size - 1 are under way at a time.
        @Test
        void aDetourWithRoomIsNoStall() throws Exception {
            GreenPool pool = pool(3);
            StallWatch watch = watch(pool);
            List<Actor<Integer>> callers = Stream.generate(() -> fork(() -> {
                for (int i = 0; i < TASKS / 8; i++) {
                    int _ = pool.<Integer>spawn(throughTheHub(pool)).await();
                }
                return 1;
            })).limit(2).toList();
            Actor<Integer> crowd = fork(() -> {
                for (int i = 0; i < TASKS / 4; i++) {
                    pool.spawnN(() -> {});
                }
                return 1;
            });
            List<PoolStall> found = new ArrayList<>();
            waitUntil("all is done", () -> {
                found.addAll(watch.look());
                return callers.stream().allMatch(Actor::isDone) && crowd.isDone();
            });
            assertThat(found).isEmpty();
        }
    }

    /// What it throws where nobody expects it is for the failure handler.
    @Test
    void theRejectionOfADetachedTaskIsReported() throws Exception {
        GreenPool pool = pool(PoolOptions.named("pool").withSize(1).withWhenFull(WhenFull.QUEUE));
        StallWatch watch = watch(pool);
        List<GreenThread<Integer>> holders = fill(pool, throughTheHub(pool));
        PoolStall stall = await(watch, pool, Kind.PROVEN);
        assertThat(watch.reject(stall)).isTrue();
        assertThat(catchThrowable(() -> holders.getFirst().await())).isInstanceOf(RejectedSubmission.class);
        assertThat(catchThrowable(() -> holders.getFirst().await(Duration.ZERO)))
                .isNotInstanceOf(TimeoutException.class);
    }
}
