package io.greenlet.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.greenlet.GreenThread;
import io.greenlet.GreenletExit;
import io.greenlet.Latch;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

final class GreenPileTests extends PoolContract {

    private <T extends @Nullable Object> GreenPile<T> pile(int size) {
        return new GreenPile<>(pool(size));
    }

    private static List<Integer> rest(GreenPile<Integer> pile) {
        List<Integer> taken = new ArrayList<>();
        pile.forEach(taken::add);
        return taken;
    }

    @Nested
    class Order {

        @Test
        void resultsComeInTheOrderOfTheSpawns() throws InterruptedException {
            GreenPile<Integer> pile = pile(3);
            for (int i = 0; i < 200; i++) {
                int me = i;
                pile.spawn(() -> me);
            }
            for (int i = 0; i < 200; i++) {
                assertThat(pile.take()).isEqualTo(i);
            }
            assertThat(pile.hasNext()).isFalse();
        }

        @Test
        void alsoWhenTheyEndInAnother() throws InterruptedException {
            GreenPile<String> pile = pile(2);
            Latch second = new Latch(1);
            pile.spawn(() -> {
                second.await();
                return "first";
            });
            pile.spawn(() -> {
                second.countDown();
                return "second";
            });
            assertThat(pile.take()).isEqualTo("first");
            assertThat(pile.take()).isEqualTo("second");
        }

        @Test
        void aNullIsAResult() throws InterruptedException {
            GreenPile<@Nullable String> pile = pile(1);
            pile.spawn(() -> null);
            assertThat(pile.hasNext()).isTrue();
            assertThat(pile.take()).isNull();
            assertThat(pile.hasNext()).isFalse();
        }
    }

    @Nested
    class Ends {

        @Test
        void aPileNeverUsedIsEmpty() {
            GreenPile<Integer> pile = pile(1);
            assertThat(pile.hasNext()).isFalse();
            assertThat(pile.iterator().hasNext()).isFalse();
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(pile::take).isInstanceOf(NoSuchElementException.class);
                assertThatThrownBy(pile::next).isInstanceOf(NoSuchElementException.class);
            }
        }

        @Test
        void itCanBeFilledAgain() throws InterruptedException {
            GreenPile<Integer> pile = pile(2);
            for (int round = 0; round < 3; round++) {
                pile.spawn(() -> 1);
                pile.spawn(() -> 2);
                assertThat(rest(pile)).containsExactly(1, 2);
            }
        }

        @Test
        void aNegativeSizeIsRefused() {
            assertThatIllegalArgumentException().isThrownBy(() -> new GreenPile<Integer>(-1))
                    .withMessage("size must not be negative: -1");
        }
    }

    @Nested
    class SharedPools {

        @Test
        void pilesOnOnePoolKeepTheirResultsApart() throws InterruptedException {
            GreenPool pool = pool(2);
            GreenPile<Integer> a = new GreenPile<>(pool);
            GreenPile<Integer> b = new GreenPile<>(pool);
            assertThat(a.pool()).isSameAs(pool);
            for (int i = 0; i < 20; i++) {
                int me = i;
                a.spawn(() -> me);
                b.spawn(() -> -me);
            }
            assertThat(rest(b)).containsExactlyElementsOf(IntStream.range(0, 20).mapToObj(i -> -i).toList());
            assertThat(rest(a)).containsExactlyElementsOf(IntStream.range(0, 20).boxed().toList());
        }

        @Test
        void theyObeyThePoolsSize() throws InterruptedException {
            GreenPool pool = pool(2);
            GreenPile<Integer> a = new GreenPile<>(pool);
            GreenPile<Integer> b = new GreenPile<>(pool);
            AtomicInteger live = new AtomicInteger();
            AtomicInteger most = new AtomicInteger();
            for (int i = 0; i < 200; i++) {
                (i % 2 == 0 ? a : b).spawn(() -> {
                    most.accumulateAndGet(live.incrementAndGet(), Math::max);
                    return live.decrementAndGet();
                });
            }
            assertThat(rest(a)).hasSize(100);
            assertThat(rest(b)).hasSize(100);
            assertThat(most.get()).isLessThanOrEqualTo(2);
        }
    }

    @Nested
    class Failures {

        @Test
        void aFailureIsRaisedAtItsPositionAndCountsAsTaken() throws InterruptedException {
            GreenPile<Integer> pile = pile(2);
            IllegalStateException unchecked = new IllegalStateException("x");
            IOException checked = new IOException("y");
            pile.spawn(() -> 0);
            pile.spawn(() -> {
                throw unchecked;
            });
            pile.spawn(() -> {
                throw checked;
            });
            pile.spawn(() -> 3);
            assertThat(pile.take()).isZero();
            assertThatThrownBy(pile::take).isSameAs(unchecked);
            assertThatThrownBy(pile::next).isInstanceOf(CompletionException.class).hasCause(checked);
            assertThat(pile.next()).isEqualTo(3);
            assertThat(pile.hasNext()).isFalse();
        }

        @Test
        void aKilledBodyIsRaisedAtItsPosition() throws InterruptedException {
            GreenPile<Integer> pile = pile(1);
            Latch inside = new Latch(1);
            pile.spawn(() -> {
                inside.countDown();
                new Latch(1).await();
                return 1;
            });
            inside.await();
            pile.pool().killAll();
            assertThatThrownBy(pile::take).isInstanceOf(GreenletExit.class);
            assertThat(pile.hasNext()).isFalse();
        }

        @Test
        void aSpawnThatIsRefusedLeavesThePileAsItWas() throws InterruptedException {
            GreenPool pool = pool(PoolOptions.named("pool").withSize(1).withWhenFull(WhenFull.REJECT));
            GreenPile<Integer> pile = new GreenPile<>(pool);
            Latch gate = new Latch(1);
            pile.spawn(() -> {
                gate.await();
                return 1;
            });
            assertThatThrownBy(() -> pile.spawn(() -> 2)).isInstanceOf(RejectedSubmission.class);
            gate.countDown();
            pool.waitAll();
            pile.spawn(() -> 3);
            assertThat(rest(pile)).containsExactly(1, 3);
        }

        @Test
        void aSpawnThatTimesOutOrIsInterruptedLeavesThePileAsItWas() throws InterruptedException {
            GreenPool pool = pool(PoolOptions.named("pool").withSize(1).withMaxWait(Duration.ofSeconds(60)));
            GreenPool hasty = pool(PoolOptions.named("pool").withSize(0).withMaxWait(Duration.ofMillis(2)));
            GreenPile<Integer> impatient = new GreenPile<>(hasty);
            assertThatThrownBy(() -> impatient.spawn(() -> 1)).isInstanceOf(RejectedSubmission.class);
            assertThat(impatient.hasNext()).isFalse();

            Latch gate = new Latch(1);
            fill(pool, 1, gate);
            GreenPile<Integer> pile = new GreenPile<>(pool);
            Actor<Boolean> spawner = fork(() -> {
                pile.spawn(() -> 1);
                return true;
            });
            waitUntilWaiting(pool, 1);
            assertThat(pile.hasNext()).as("a spawn under way may bring something").isTrue();
            spawner.interrupt();
            assertThatThrownBy(spawner::result).isInstanceOf(InterruptedException.class);
            assertThat(pile.hasNext()).isFalse();
            gate.countDown();
            pile.spawn(() -> 2);
            assertThat(rest(pile)).containsExactly(2);
        }

        @Test
        void aTakerWaitingForASpawnThatFailsLearnsThatThereIsNothing() throws Exception {
            GreenPool pool = pool(0);
            GreenPile<Integer> pile = new GreenPile<>(pool);
            Actor<Boolean> spawner = fork(() -> {
                pile.spawn(() -> 1);
                return true;
            });
            waitUntilWaiting(pool, 1);
            Actor<Integer> taker = fork(pile::take);
            waitUntilParked(taker.thread());
            spawner.interrupt();
            assertThatThrownBy(spawner::result).isInstanceOf(InterruptedException.class);
            assertThatThrownBy(taker::result).isInstanceOf(NoSuchElementException.class);
        }
    }

    @Nested
    class Interruption {

        /// eventlet loses the result here.
        @Test
        void anInterruptedTakeLosesNothing() throws Exception {
            GreenPile<Integer> pile = pile(1);
            Latch gate = new Latch(1);
            pile.spawn(() -> {
                gate.await();
                return 1;
            });
            for (int i = 0; i < 3; i++) {
                Actor<Integer> taker = fork(pile::take);
                waitUntilParked(taker.thread());
                taker.interrupt();
                assertThatThrownBy(taker::result).isInstanceOf(InterruptedException.class);
                assertThat(pile.hasNext()).isTrue();
            }
            gate.countDown();
            assertThat(pile.take()).isEqualTo(1);
        }

        @Test
        void anInterruptedNextSetsTheFlagAndLosesNothing() throws Exception {
            GreenPile<Integer> pile = pile(1);
            Latch gate = new Latch(1);
            pile.spawn(() -> {
                gate.await();
                return 1;
            });
            Actor<Boolean> taker = fork(() -> {
                assertThatThrownBy(pile::next).isInstanceOf(CancellationException.class)
                        .hasCauseInstanceOf(InterruptedException.class);
                return Thread.interrupted();
            });
            waitUntilParked(taker.thread());
            taker.interrupt();
            assertThat(taker.result()).isTrue();
            gate.countDown();
            assertThat(pile.next()).isEqualTo(1);
        }

        @Test
        void anInterruptThatComesWithTheResultLosesNothing() throws Exception {
            GreenPile<Integer> pile = pile(1);
            for (int i = 0; i < 500; i++) {
                Latch gate = new Latch(1);
                int me = i;
                pile.spawn(() -> {
                    gate.await();
                    return me;
                });
                Actor<Integer> taker = fork(pile::take);
                gate.countDown();
                taker.interrupt();
                int got;
                try {
                    got = taker.result();
                } catch (InterruptedException e) {
                    got = pile.take();
                }
                assertThat(got).isEqualTo(i);
                assertThat(pile.hasNext()).isFalse();
            }
        }

        @Test
        void aKilledTakerLosesNothing() throws InterruptedException {
            GreenPile<Integer> pile = pile(1);
            Latch gate = new Latch(1);
            pile.spawn(() -> {
                gate.await();
                return 1;
            });
            GreenThread<Integer> taker = pile.pool().hub().spawn(pile::take);
            taker.kill();
            assertThatThrownBy(taker::await).isInstanceOf(GreenletExit.class);
            gate.countDown();
            assertThat(pile.take()).isEqualTo(1);
        }
    }

    @Nested
    class ManyThreads {

        @Test
        void noTwoTakersGetTheSameResult() throws Exception {
            GreenPile<Integer> pile = pile(4);
            int count = 2_000;
            Set<Integer> seen = ConcurrentHashMap.newKeySet();
            Actor<Boolean> spawner = fork(() -> {
                for (int i = 0; i < count; i++) {
                    int me = i;
                    pile.spawn(() -> me);
                }
                return true;
            });
            List<Actor<Integer>> takers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                takers.add(fork(() -> {
                    int taken = 0;
                    while (seen.size() < count) {
                        try {
                            assertThat(seen.add(pile.take())).isTrue();
                            taken++;
                        } catch (NoSuchElementException e) {
                            letOthersRun(); // the spawner has not come so far
                        }
                    }
                    return taken;
                }));
            }
            int all = 0;
            for (Actor<Integer> taker : takers) {
                all += taker.result();
            }
            assertThat(spawner.result()).isTrue();
            assertThat(all).isEqualTo(count);
        }

        @Test
        void aTakerSeesThatASpawnIsUnderWay() throws Exception {
            GreenPool pool = pool(0);
            GreenPile<Integer> pile = new GreenPile<>(pool);
            Actor<Boolean> spawner = fork(() -> {
                pile.spawn(() -> 5);
                return true;
            });
            waitUntilWaiting(pool, 1);
            Actor<Integer> taker = fork(pile::take);
            waitUntilParked(taker.thread());
            pool.resize(1);
            assertThat(taker.result()).isEqualTo(5);
            assertThat(spawner.result()).isTrue();
        }
    }

    @Nested
    class Bounded {

        @Test
        void aSpawnWaitsWhileThePileIsFull() throws Exception {
            GreenPool pool = pool(10);
            GreenPile<Integer> pile = GreenPile.bounded(pool, 3);
            AtomicInteger spawned = new AtomicInteger();
            Actor<Integer> spawner = fork(() -> {
                for (int i = 0; i < 100; i++) {
                    int me = i;
                    pile.spawn(() -> me);
                    spawned.incrementAndGet();
                }
                return spawned.get();
            });
            for (int taken = 0; taken < 100; taken++) {
                int most = Math.min(taken + 3, 100);
                waitUntil("as many as fit", () -> spawned.get() == most);
                if (most < 100) {
                    waitUntilParked(spawner.thread());
                }
                assertThat(spawned).hasValue(most);
                assertThat(pile.take()).isEqualTo(taken);
            }
            assertThat(spawner.result()).isEqualTo(100);
        }

        @Test
        void aSpawnInterruptedBeforeAFullPileLeavesItAsItWas() throws Exception {
            GreenPool pool = pool(10);
            GreenPile<Integer> pile = GreenPile.bounded(pool, 1);
            pile.spawn(() -> 1);
            Actor<Boolean> spawner = fork(() -> {
                pile.spawn(() -> 2);
                return true;
            });
            waitUntilParked(spawner.thread());
            spawner.interrupt();
            assertThatThrownBy(spawner::result).isInstanceOf(InterruptedException.class);
            assertThat(rest(pile)).containsExactly(1);
        }

        @Test
        void aCapacityMustBePositive() {
            GreenPool pool = pool(1);
            assertThatIllegalArgumentException().isThrownBy(() -> GreenPile.bounded(pool, 0))
                    .withMessage("capacity must be positive: 0");
        }
    }

    @Nested
    class FromInside {

        @Test
        void aTaskMayFillAndEmptyAPileOnItsOwnPool() throws InterruptedException {
            for (WhenFull policy : WhenFull.values()) {
                GreenPool pool = pool(PoolOptions.named("pool").withSize(1).withWhenFull(policy));
                GreenThread<List<Integer>> outer = pool.spawn(() -> {
                    GreenPile<Integer> pile = new GreenPile<>(pool);
                    for (int i = 0; i < 10; i++) {
                        int me = i;
                        pile.spawn(() -> me);
                    }
                    return rest(pile);
                });
                assertThat(outer.await()).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
            }
        }

        @Test
        void aTaskMayTakeWhatStillStandsInLine() throws InterruptedException {
            GreenPool pool = pool(PoolOptions.named("pool").withSize(1).withWhenFull(WhenFull.QUEUE));
            GreenPile<Integer> pile = new GreenPile<>(pool);
            Latch filled = new Latch(1);
            GreenThread<List<Integer>> outer = pool.spawn(() -> {
                filled.await();
                return rest(pile);
            });
            pile.spawn(() -> 1);
            pile.spawn(() -> 2);
            assertThat(pool.waiting()).isEqualTo(2);
            filled.countDown();
            assertThat(outer.await()).containsExactly(1, 2);
        }
    }
}
