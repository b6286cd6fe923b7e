package io.greenlet.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.greenlet.Green;
import io.greenlet.GreenThread;
import io.greenlet.GreenletExit;
import io.greenlet.Hub;
import io.greenlet.Latch;
import io.greenlet.pool.GreenGroup.OnFailure;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// What a group promises, from every kind of thread.
@SuppressWarnings({"FutureReturnValueIgnored", "ReferenceEquality"}) // a group holds what it spawns; threads have identity
final class GreenGroupTests extends PoolContract {

    private static final Duration LONG = Duration.ofHours(1);
    private static final Duration SHORT = Duration.ofMillis(2);

    private GreenGroup group() {
        return GreenGroup.on(hub(), OnFailure.NONE);
    }

    private GreenGroup failFast() {
        return GreenGroup.on(hub(), OnFailure.KILL_OTHERS);
    }

    private static GreenThread<?> blocked(GreenGroup group) throws InterruptedException {
        Latch begun = new Latch(1);
        GreenThread<Integer> member = group.spawn(() -> {
            begun.countDown();
            return forEver();
        });
        begun.await();
        return member;
    }

    @Nested
    final class Members {

        @Test
        void areJoined() throws Exception {
            GreenGroup group = group();
            AtomicInteger done = new AtomicInteger();
            List<GreenThread<?>> members = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                members.add(group.spawn(() -> {
                    Green.yieldNow();
                    return done.incrementAndGet();
                }));
            }
            group.spawnN(done::incrementAndGet);
            group.join();
            assertThat(done).hasValue(101);
            assertThat(members).allSatisfy(member -> assertThat(member.state()).isEqualTo(Future.State.SUCCESS));
            assertThat(group).isEmpty();
            assertThat(group.isEmpty()).isTrue();
            group.join();
        }

        @Test
        void areSeen() throws Exception {
            GreenGroup group = group();
            assertThat(group).hasToString("group (size=0, spawning=0)");
            GreenThread<?> first = blocked(group);
            GreenThread<?> second = blocked(group);
            assertThat(group).containsExactly(first, second);
            assertThat(group.size()).isEqualTo(2);
            assertThat(group.isEmpty()).isFalse();
            assertThat(group.contains(second)).isTrue();
            first.kill();
            waitUntil("it has gone", () -> !group.contains(first));
            assertThat(group.contains(first)).isFalse();
            assertThat(group).hasToString("group (size=1, spawning=0)");
            second.kill();
            assertThat(group.join(LONG)).isTrue();
        }

        @Test
        void mayComeFromElsewhere() throws Exception {
            GreenGroup group = group();
            Latch gate = new Latch(1);
            GreenThread<Integer> member = spawn(after(gate, 1));
            group.add(member);
            group.add(member);
            assertThat(group).containsExactly(member);
            Actor<Boolean> joiner = fork(() -> group.join(LONG));
            waitUntilParked(joiner.thread());
            gate.countDown();
            assertThat(joiner.result()).isTrue();
            assertThat(member.isDone()).isTrue();
            group.add(member);
            group.add(GreenThread.completed("value"));
            assertThat(group.isEmpty()).isTrue();
        }

        @Test
        void mayGo() throws Exception {
            GreenGroup group = group();
            GreenThread<?> member = blocked(group);
            Actor<Boolean> joiner = fork(() -> group.join(LONG));
            waitUntilParked(joiner.thread());
            assertThat(group.discard(member)).isTrue();
            assertThat(joiner.result()).isTrue();
            assertThat(group.discard(member)).isFalse();
            group.kill();
            assertThat(member.isDone()).isFalse();
            member.kill();
            assertThatThrownBy(member::await).isInstanceOf(GreenletExit.class);
        }

        @Test
        void thatHaveEndedAreForgotten() throws Exception {
            GreenGroup group = group();
            GreenThread<Object> member = group.spawn(Object::new);
            WeakReference<Object> value = new WeakReference<>(member.await());
            group.join();
            member = group.spawn(() -> "next");
            group.join();
            waitUntilCollected(value);
            assertThat(group.isEmpty()).isTrue();
            assertThat(member.isDone()).isTrue();
        }

        @Test
        void thatFailConcernNobodyElse() throws Exception {
            GreenGroup group = group();
            GreenThread<Integer> failing = group.spawn(() -> {
                throw new IOException("broken");
            });
            group.spawnN(() -> {
                throw new IllegalStateException("detached");
            });
            GreenThread<?> other = blocked(group);
            assertThat(takeReport().error()).hasMessage("detached");
            assertThatThrownBy(failing::await).hasCauseInstanceOf(IOException.class);
            assertThat(other.isDone()).isFalse();
            group.kill();
            group.join();
        }

        @Test
        void runOnTheHubOfTheCaller() throws Exception {
            try (GreenGroup group = new GreenGroup()) {
                assertThat(group.spawn(() -> Hub.current()).await()).isSameAs(Hub.current());
            }
        }
    }

    @Nested
    final class AJoin {

        @Test
        void waitsNoLongerThanAsked() throws Exception {
            GreenGroup group = group();
            assertThat(group.join(Duration.ZERO)).isTrue();
            GreenThread<?> member = blocked(group);
            long start = hub().nanoTime();
            assertThat(group.join(SHORT)).isFalse();
            assertThat(hub().nanoTime() - start).isGreaterThanOrEqualTo(SHORT.toNanos());
            assertThat(group.join(Duration.ZERO)).isFalse();
            assertThat(group.join(Duration.ofSeconds(Long.MIN_VALUE))).isFalse();
            member.kill();
            assertThat(group.join(Duration.ofSeconds(Long.MAX_VALUE))).isTrue();
        }

        @Test
        void mayBeInterrupted() throws Exception {
            GreenGroup group = group();
            GreenThread<?> member = blocked(group);
            Actor<Boolean> joiner = fork(() -> group.join(LONG));
            waitUntilParked(joiner.thread());
            joiner.interrupt();
            assertThatThrownBy(joiner::result).isInstanceOf(InterruptedException.class);
            assertThat(member.isDone()).isFalse();
            group.kill();
            group.join();
        }

        @Test
        void isNotForMembers() throws Exception {
            GreenGroup group = group();
            GreenThread<Boolean> member = group.spawn(() -> group.join(SHORT));
            assertThatThrownBy(member::await).isInstanceOf(IllegalStateException.class)
                    .hasMessage("join must be called from outside the group: its member " + member
                            + " would wait for itself");
            GreenThread<Boolean> closing = group.spawn(() -> {
                group.close();
                return true;
            });
            assertThatThrownBy(closing::await).hasMessageStartingWith("close must be called from outside the group: ");
        }

        /// The links of a member are a part of it.
        @Test
        void waitsForLinks() throws Exception {
            GreenGroup group = group();
            Latch gate = new Latch(1);
            Latch linked = new Latch(1);
            GreenThread<Integer> member = group.spawn(after(gate, 1));
            AtomicReference<String> seen = new AtomicReference<>("nothing");
            member.link(ended -> {
                linked.countDown();
                hub().parkNanos("a slow link", SHORT.toNanos());
                seen.set("linked");
            });
            gate.countDown();
            linked.await();
            group.join();
            assertThat(seen).hasValue("linked");
            assertThat(member.isDone()).isTrue();
        }

        @Test
        void waitsForLinksNoLongerThanAsked() throws Exception {
            GreenGroup group = group();
            Latch gate = new Latch(1);
            Latch linked = new Latch(1);
            Latch end = new Latch(1);
            GreenThread<Integer> member = group.spawn(after(gate, 1));
            member.link(ended -> {
                linked.countDown();
                end.awaitUninterruptibly();
            });
            gate.countDown();
            linked.await();
            assertThat(group.join(SHORT)).isFalse();
            assertThat(group.join(Duration.ZERO)).isFalse();
            assertThat(group.join(Duration.ofSeconds(Long.MIN_VALUE))).isFalse();
            end.countDown();
            group.join();
        }
    }

    @Nested
    final class AKill {

        @Test
        void endsAll() throws Exception {
            GreenGroup group = group();
            List<GreenThread<?>> members = List.of(blocked(group), blocked(group), blocked(group));
            IllegalStateException cause = new IllegalStateException("killed");
            group.kill(cause);
            group.join();
            assertThat(members).allSatisfy(member -> assertThatThrownBy(member::await).isSameAs(cause));
            group.kill();
            assertThat(group.spawn(() -> "lives").await()).as("when it is empty it is as before").isEqualTo("lives");
        }

        /// gevent and others leave the children of those that spawn while they are killed.
        @Test
        void reachesThoseWhoComeWhileItLasts() throws Exception {
            GreenGroup group = group();
            AtomicInteger ran = new AtomicInteger();
            List<GreenThread<?>> late = new ArrayList<>();
            Latch begun = new Latch(1);
            GreenThread<?> stranger = spawn(PoolContract::forEver);
            group.spawn(() -> {
                try {
                    begun.countDown();
                    return forEver();
                } catch (InterruptedException e) {
                    late.add(group.spawn(ran::incrementAndGet));
                    group.add(stranger);
                    return 0;
                }
            });
            begun.await();
            group.kill();
            group.join();
            assertThat(ran).hasValue(0);
            assertThat(late).singleElement().satisfies(child -> assertThat(child.isCancelled()).isTrue());
            assertThatThrownBy(stranger::await).isInstanceOf(GreenletExit.class).hasMessage("the group was killed");
        }

        @Test
        void stopsThoseWhoNeverStopSpawning() throws Exception {
            GreenGroup group = group();
            for (int i = 0; i < 3; i++) {
                group.spawn(new Producer(group));
            }
            waitUntil("they multiply", () -> group.size() > 5);
            group.kill();
            assertThat(group.join(LONG)).isTrue();
        }

        @Test
        void fromAMemberEndsThatLast() throws Exception {
            GreenGroup group = group();
            GreenThread<?> other = blocked(group);
            GreenThread<String> killer = group.spawn(() -> {
                group.kill(new GreenletExit("from inside"));
                return "not reached";
            });
            assertThatThrownBy(killer::await).hasMessage("from inside");
            assertThatThrownBy(other::await).hasMessage("from inside");
            group.join();
        }

        @Test
        void ofAnEmptyOneIsNothing() throws Exception {
            GreenGroup group = group();
            group.kill();
            assertThat(group.spawn(() -> 1).await()).isEqualTo(1);
        }

        @Test
        void mayBeSurvived() throws Exception {
            GreenGroup group = group();
            Latch begun = new Latch(1);
            Latch gate = new Latch(1);
            GreenThread<String> survivor = group.spawn(() -> {
                try {
                    begun.countDown();
                    forEver();
                } catch (InterruptedException e) {
                    gate.await();
                }
                return "lives";
            });
            begun.await();
            group.kill();
            assertThat(group).hasToString("group (size=1, spawning=0, killing)");
            gate.countDown();
            assertThat(survivor.await()).isEqualTo("lives");
            group.join();
        }
    }

    /// Spawns one more of its kind for ever.
    private record Producer(GreenGroup group) implements java.util.concurrent.Callable<String> {
        @Override
        public String call() throws InterruptedException {
            while (group.size() < 100) {
                group.spawn(new Producer(group));
                Green.sleep(Duration.ofMillis(1));
            }
            return "enough";
        }
    }

    @Nested
    final class AFailure {

        @Test
        void killsTheOthersAndIsThrownByTheJoin() throws Exception {
            GreenGroup group = failFast();
            List<GreenThread<?>> others = List.of(blocked(group), blocked(group));
            IllegalArgumentException error = new IllegalArgumentException("broken");
            Actor<Boolean> joiner = fork(() -> group.join(LONG));
            waitUntilParked(joiner.thread());
            GreenThread<Integer> failing = group.spawn(() -> {
                throw error;
            });
            assertThatThrownBy(joiner::result).isSameAs(error);
            assertThatThrownBy(failing::await).isSameAs(error);
            assertThat(others).allSatisfy(other -> assertThatThrownBy(other::await).isInstanceOf(GreenletExit.class)
                    .hasMessage("another of the group has failed: " + failing));
            group.join();
            group.close();
        }

        @Test
        void isThrownByAllWhoWaitForIt() throws Exception {
            GreenGroup group = failFast();
            Latch gate = new Latch(1);
            group.spawn(() -> {
                gate.await();
                throw new IOException("broken");
            });
            List<Actor<Boolean>> joiners = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                joiners.add(fork(() -> group.join(LONG)));
            }
            joiners.forEach(joiner -> waitUntilParked(joiner.thread()));
            gate.countDown();
            for (Actor<Boolean> joiner : joiners) {
                assertThatThrownBy(joiner::result).isInstanceOf(CompletionException.class)
                        .hasCauseInstanceOf(IOException.class);
            }
        }

        @Test
        void isThrownByTheCloseIfNobodyHasJoined() throws Exception {
            GreenGroup group = failFast();
            AssertionError error = new AssertionError("broken");
            group.spawn(() -> {
                throw error;
            });
            assertThatThrownBy(group::close).isSameAs(error);
            group.close();
        }

        @Test
        void isTheFirst() throws Exception {
            GreenGroup group = failFast();
            Latch begun = new Latch(1);
            group.spawn(() -> {
                try {
                    begun.countDown();
                    return forEver();
                } catch (InterruptedException e) {
                    throw new IllegalStateException("second", e);
                }
            });
            begun.await();
            group.spawn(() -> {
                throw new IllegalStateException("first");
            });
            assertThatThrownBy(group::join).hasMessage("first");
            group.join();
        }

        @Test
        void isNotAKill() throws Exception {
            GreenGroup group = failFast();
            GreenThread<?> killed = blocked(group);
            GreenThread<?> other = blocked(group);
            killed.kill();
            assertThatThrownBy(killed::await).isInstanceOf(GreenletExit.class);
            assertThat(other.isDone()).isFalse();
            other.kill();
            group.join();
        }

        @Test
        void beforeItWasAddedCountsToo() {
            GreenGroup group = failFast();
            GreenThread<Integer> failed = spawn(() -> {
                throw new IllegalStateException("broken");
            });
            assertThatThrownBy(failed::await).hasMessage("broken");
            group.add(failed);
            assertThatThrownBy(group::join).hasMessage("broken");
        }
    }

    @Nested
    final class AClose {

        @Test
        void waitsForTheMembers() throws Exception {
            AtomicInteger done = new AtomicInteger();
            try (GreenGroup group = group()) {
                for (int i = 0; i < 10; i++) {
                    group.spawn(() -> {
                        Green.sleep(SHORT);
                        return done.incrementAndGet();
                    });
                }
            }
            assertThat(done).hasValue(10);
        }

        @Test
        void takesNothingFromThenOn() throws Exception {
            GreenGroup group = group();
            group.close();
            assertThatThrownBy(() -> group.spawn(() -> 1)).isInstanceOf(RejectedSubmission.class)
                    .hasMessage("group must be open to take a green thread: group (size=0, spawning=0, closed)");
            assertThatThrownBy(() -> group.spawnN(() -> {
            })).isInstanceOf(RejectedSubmission.class);
            assertThatThrownBy(() -> group.add(GreenThread.completed(1))).isInstanceOf(RejectedSubmission.class);
            group.close();
        }

        @Test
        void killsIfItIsInterrupted() throws Exception {
            GreenGroup group = group();
            GreenThread<?> member = blocked(group);
            Actor<Boolean> closer = fork(() -> {
                group.close();
                return Thread.interrupted();
            });
            waitUntilParked(closer.thread());
            closer.interrupt();
            assertThat(closer.result()).isTrue();
            assertThatThrownBy(member::await).isInstanceOf(GreenletExit.class)
                    .hasMessage("the close of the group was interrupted");
        }
    }

    @Nested
    final class AScope {

        @Test
        void joinsWhatItsBodySpawned() throws Exception {
            AtomicInteger done = new AtomicInteger();
            String value = group().scope(group -> {
                group.spawn(() -> {
                    Green.sleep(SHORT);
                    return done.incrementAndGet();
                });
                return "value";
            });
            assertThat(value).isEqualTo("value");
            assertThat(done).hasValue(1);
        }

        @Test
        void killsWhatItsBodySpawnedIfThatThrows() throws Exception {
            AtomicReference<@Nullable GreenThread<?>> member = new AtomicReference<>();
            GreenGroup group = group();
            assertThatThrownBy(() -> group.scope(scoped -> {
                member.set(blocked(scoped));
                throw new IOException("broken");
            })).isInstanceOf(IOException.class).hasMessage("broken").hasNoSuppressedExceptions();
            assertThat(member.get()).isNotNull().satisfies(killed -> assertThat(killed.isCancelled()).isTrue());
            assertThatThrownBy(() -> group.spawn(() -> 1)).isInstanceOf(RejectedSubmission.class);
        }

        @Test
        void throwsWhatAMemberThrew() {
            assertThatThrownBy(() -> failFast().scope(group -> group.spawn(() -> {
                throw new IOException("member");
            }))).isInstanceOf(CompletionException.class).hasCauseInstanceOf(IOException.class)
                    .hasNoSuppressedExceptions();
        }
    }

    @Nested
    final class InAPool {

        @Test
        void membersTakeSlots() throws Exception {
            GreenPool pool = pool(2);
            GreenGroup group = GreenGroup.in(pool);
            AtomicInteger now = new AtomicInteger();
            AtomicInteger most = new AtomicInteger();
            for (int i = 0; i < 20; i++) {
                group.spawn(() -> {
                    most.accumulateAndGet(now.incrementAndGet(), Math::max);
                    Green.yieldNow();
                    return now.decrementAndGet();
                });
            }
            group.join();
            assertThat(most.get()).isBetween(1, 2);
            assertThat(pool.snapshot().completed()).isEqualTo(20);
        }

        @Test
        void aKillReachesASpawnThatWaitsForASlot() throws Exception {
            GreenPool pool = pool(1);
            Latch gate = new Latch(1);
            fill(pool, 1, gate);
            GreenGroup group = GreenGroup.in(pool);
            AtomicInteger ran = new AtomicInteger();
            Actor<GreenThread<Integer>> spawner = fork(() -> group.spawn(ran::incrementAndGet));
            waitUntilWaiting(pool, 1);
            assertThat(group.isEmpty()).isFalse();
            assertThat(group.join(Duration.ZERO)).isFalse();
            group.kill();
            gate.countDown();
            assertThatThrownBy(() -> spawner.result().await()).isInstanceOf(GreenletExit.class);
            group.join();
            assertThat(ran).hasValue(0);
        }

        @Test
        void aMemberSpawnsInPlaceWhenItIsFull() throws Exception {
            GreenPool pool = pool(1);
            GreenGroup group = GreenGroup.in(pool, OnFailure.KILL_OTHERS);
            GreenThread<Boolean> outer = group
                    .spawn(() -> group.spawn(() -> GreenThread.current().orElseThrow()).await() == GreenThread.current()
                            .orElseThrow());
            assertThat(outer.await()).isTrue();
            group.spawn(() -> group.spawn(() -> {
                throw new IOException("inner");
            }).isDone());
            assertThatThrownBy(group::join).hasCauseInstanceOf(IOException.class);
        }

        @Test
        void whatRunsInPlaceIsKilledToo() throws Exception {
            GreenPool pool = pool(PoolOptions.named("here").withSize(0).withWhenFull(WhenFull.CALLER_RUNS));
            GreenGroup group = GreenGroup.in(pool);
            Latch begun = new Latch(1);
            Actor<GreenThread<Integer>> caller = fork(() -> group.spawn(() -> {
                begun.countDown();
                return forEver();
            }));
            begun.await();
            assertThat(group.size()).isEqualTo(1);
            group.kill();
            assertThat(caller.result().isCancelled()).isTrue();
            group.join();
        }

        @Test
        void aRejectionLeavesTheGroupAsItWas() throws Exception {
            GreenPool pool = pool(PoolOptions.named("full").withSize(0).withWhenFull(WhenFull.REJECT));
            GreenGroup group = GreenGroup.in(pool);
            assertThatThrownBy(() -> group.spawn(() -> 1)).isInstanceOf(RejectedSubmission.class)
                    .hasMessageStartingWith("pool 'full': no slot");
            assertThat(group.isEmpty()).isTrue();
            group.close();
        }

        @Test
        void anInterruptLeavesTheGroupAsItWas() throws Exception {
            GreenPool pool = pool(0);
            GreenGroup group = GreenGroup.in(pool);
            Actor<GreenThread<Integer>> spawner = fork(() -> group.spawn(() -> 1));
            waitUntilWaiting(pool, 1);
            spawner.interrupt();
            assertThatThrownBy(spawner::result).isInstanceOf(InterruptedException.class);
            assertThat(group.isEmpty()).isTrue();
        }
    }
}
