package io.greenlet.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.greenlet.GreenThread;
import io.greenlet.GreenletExit;
import io.greenlet.Hub;
import io.greenlet.Latch;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// How tasks come into a pool: spawn in all its forms, the four policies, the line, resize, re-entry.
final class GreenPoolTests extends PoolContract {

    @Nested
    class Construction {

        @Test
        void aPoolHasAThousandSlotsUnlessToldOtherwise() {
            GreenPool pool = watched(new GreenPool());
            assertThat(pool.size()).isEqualTo(1000);
            assertThat(pool.free()).isEqualTo(1000);
            assertThat(pool.running()).isZero();
            assertThat(pool.waiting()).isZero();
            assertThat(pool.hub()).isSameAs(Hub.parallel());
            assertThat(pool.isClosed()).isFalse();
        }

        @Test
        void aSizeOfZeroIsLegal() {
            GreenPool pool = watched(new GreenPool(0));
            assertThat(pool.size()).isZero();
            assertThat(pool.trySpawn(() -> 1)).isEmpty();
        }

        @Test
        void aNegativeSizeIsRefused() {
            assertThatIllegalArgumentException().isThrownBy(() -> new GreenPool(-1))
                    .withMessage("size must not be negative: -1");
            assertThatIllegalArgumentException().isThrownBy(() -> PoolOptions.named("crawler").withSize(-7))
                    .withMessage("size must not be negative: -7");
        }

        @Test
        void everyOptionIsChecked() {
            PoolOptions options = PoolOptions.named("crawler");
            assertThatIllegalArgumentException().isThrownBy(() -> PoolOptions.named(" "))
                    .withMessage("name must not be blank: ' '");
            assertThatIllegalArgumentException().isThrownBy(() -> options.withQueueCapacity(-1))
                    .withMessage("queueCapacity must not be negative: -1");
            assertThatIllegalArgumentException().isThrownBy(() -> options.withMaxWait(Duration.ofMillis(-1)))
                    .withMessage("maxWait must not be negative: PT-0.001S");
            assertThatIllegalArgumentException().isThrownBy(() -> options.withTaskTimeout(Duration.ZERO))
                    .withMessage("taskTimeout must be positive: PT0S");
        }

        @Test
        void anOptionChangesNothingElse() {
            PoolOptions options = PoolOptions.named("a").withName("b").withSize(3).withWhenFull(WhenFull.QUEUE)
                    .withMaxWait(Duration.ofMillis(4)).withQueueCapacity(5).withTaskTimeout(Duration.ofSeconds(6))
                    .withHub(hub());
            assertThat(options.name()).isEqualTo("b");
            assertThat(options.size()).isEqualTo(3);
            assertThat(options.hub()).isSameAs(hub());
            assertThat(options.whenFull()).isEqualTo(WhenFull.QUEUE);
            assertThat(options.maxWait()).isEqualTo(Duration.ofMillis(4));
            assertThat(options.queueCapacity()).isEqualTo(5);
            assertThat(options.taskTimeout()).isEqualTo(Duration.ofSeconds(6));
            GreenPool pool = pool(options);
            assertThat(pool.options()).isEqualTo(options);
            assertThat(pool.name()).isEqualTo("b");
        }

        @Test
        void itsGreenThreadsCarryItsName() throws InterruptedException {
            GreenPool pool = pool(PoolOptions.named("crawler"));
            GreenThread<String> task = pool.spawn(() -> Thread.currentThread().getName());
            assertThat(task.name()).startsWith("crawler-");
            assertThat(task.await()).as("the virtual thread's name").startsWith("crawler");
            assertThat(pool).hasToString("pool 'crawler'");
        }

        @Test
        void itIsNoExecutorItself() {
            assertThat(Executor.class.isAssignableFrom(GreenPool.class)).isFalse();
        }
    }

    @Nested
    class Spawning {

        @Test
        void aTaskRunsInAVirtualThreadOfItsOwnAndGivesItsResult() throws InterruptedException {
            GreenPool pool = pool(2);
            GreenThread<Thread> task = pool.spawn(Thread::currentThread);
            assertThat(task.await().isVirtual()).isTrue();
            assertThat(task.await()).isNotSameAs(Thread.currentThread());
            assertThat(task.hub()).isSameAs(pool.hub());
        }

        @Test
        void theSlotIsFreeBeforeAwaitReturns() throws InterruptedException {
            GreenPool pool = pool(1);
            for (int i = 0; i < 2_000; i++) {
                GreenThread<Integer> task = pool.spawn(() -> 1);
                assertThat(task.await()).isEqualTo(1);
                assertThat(pool.free()).isEqualTo(1);
            }
        }

        @Test
        void theSlotIsFreeBeforeLinksAreCalled() throws InterruptedException {
            GreenPool pool = pool(1);
            Latch gate = new Latch(1);
            AtomicInteger free = new AtomicInteger(-1);
            GreenThread<Integer> task = pool.spawn(after(gate, 1));
            task.link(ended -> free.set(pool.free()));
            gate.countDown();
            assertThat(task.await()).isEqualTo(1);
            assertThat(free).hasValue(1);
        }

        @Test
        void aTaskCountsAsRunningFromTheSpawn() throws InterruptedException {
            GreenPool pool = pool(3);
            Latch gate = new Latch(1);
            GreenThread<Integer> task = pool.spawn(after(gate, 1));
            assertThat(pool.running()).isEqualTo(1);
            assertThat(pool.free()).isEqualTo(2);
            gate.countDown();
            assertThat(task.await()).isEqualTo(1);
            assertThat(pool.running()).isZero();
        }

        @Test
        void whatABodyThrowsReachesItsAwaiterAndTheSlotComesBack() throws InterruptedException {
            GreenPool pool = pool(1);
            IllegalStateException unchecked = new IllegalStateException("unchecked");
            IOException checked = new IOException("checked");
            AssertionError error = new AssertionError("error");
            GreenThread<Object> a = pool.spawn(() -> {
                throw unchecked;
            });
            assertThatThrownBy(a::await).isSameAs(unchecked);
            GreenThread<Object> b = pool.spawn(() -> {
                throw checked;
            });
            assertThatThrownBy(b::await).isInstanceOf(CompletionException.class).hasCause(checked);
            assertThatThrownBy(b::get).isInstanceOf(ExecutionException.class).hasCause(checked);
            GreenThread<Object> c = pool.spawn(() -> {
                throw error;
            });
            assertThatThrownBy(c::await).isSameAs(error);
            assertThat(c.state()).isEqualTo(Future.State.FAILED);
            assertThat(pool.free()).isEqualTo(1);
            assertThat(pool.snapshot().failed()).isEqualTo(3);
        }

        @Test
        void aFailureOfSpawnNGoesToTheFailureHandlerWithTheThreadsName() throws InterruptedException {
            GreenPool pool = pool(PoolOptions.named("crawler").withSize(1));
            IllegalStateException failure = new IllegalStateException("nobody awaits this");
            pool.spawnN(() -> {
                throw failure;
            });
            pool.waitAll();
            List<Report> failures = takeReports();
            assertThat(failures).hasSize(1);
            assertThat(failures.getFirst().error()).isSameAs(failure);
            assertThat(failures.getFirst().source()).contains("crawler-");
            assertThat(pool.free()).isEqualTo(1);
        }

        @Test
        void anyThreadMaySpawn() throws Exception {
            GreenPool pool = pool(4);
            AtomicInteger sum = new AtomicInteger();
            List<Actor<Boolean>> callers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                Callable<Boolean> spawner = () -> {
                    for (int k = 0; k < 200; k++) {
                        pool.spawnN(sum::incrementAndGet);
                    }
                    return true;
                };
                callers.add(i % 2 == 0 ? fork(spawner) : forkOther(spawner));
            }
            for (Actor<Boolean> caller : callers) {
                assertThat(caller.result()).isTrue();
            }
            pool.waitAll();
            assertThat(sum).hasValue(1600);
            assertThat(pool.snapshot().completed()).isEqualTo(1600);
        }

        @Test
        void theSpawnersWritesAreSeenByTheBodyAndTheBodysByTheAwaiter() throws InterruptedException {
            GreenPool pool = pool(1);
            int[] plain = new int[1];
            for (int i = 0; i < 500; i++) {
                int now = i;
                plain[0] = now;
                GreenThread<Boolean> task = pool.spawn(() -> {
                    boolean seen = plain[0] == now;
                    plain[0] = -now;
                    return seen;
                });
                assertThat(task.await()).isTrue();
                assertThat(plain[0]).isEqualTo(-now);
            }
        }

        @Test
        void anInterruptWhenTheSlotIsThereAlreadyStaysInTheFlag() throws InterruptedException {
            GreenPool pool = pool(1);
            Thread.currentThread().interrupt();
            GreenThread<Integer> task;
            try {
                task = pool.spawn(() -> 1);
            } finally {
                assertThat(Thread.interrupted()).isTrue();
            }
            assertThat(task.await()).isEqualTo(1);
        }
    }

    @Nested
    class TrySpawn {

        @Test
        void itTakesAFreeSlot() throws InterruptedException {
            GreenPool pool = pool(1);
            assertThat(pool.trySpawn(() -> 7).orElseThrow().await()).isEqualTo(7);
        }

        @Test
        void itGivesNothingWhenThePoolIsFullAndCountsNoRejection() {
            GreenPool pool = pool(1);
            Latch gate = new Latch(1);
            fill(pool, 1, gate);
            AtomicBoolean ran = new AtomicBoolean();
            assertThat(pool.trySpawn(() -> ran.getAndSet(true))).isEmpty();
            assertThat(pool.waiting()).isZero();
            assertThat(pool.snapshot().rejected()).isZero();
            gate.countDown();
            waitUntil("idle", () -> pool.running() == 0);
            assertThat(ran).isFalse();
        }

        @Test
        void aTaskMayHaveADescription() throws InterruptedException {
            GreenPool pool = pool(1);
            Latch gate = new Latch(1);
            Latch begun = new Latch(1);
            GreenThread<String> task = pool.trySpawn(() -> {
                begun.countDown();
                gate.await();
                return "through";
            }, TaskOptions.describedAs("it")).orElseThrow();
            begun.await();
            assertThat(pool.tasks()).singleElement().extracting(TaskSnapshot::description).isEqualTo("it");
            gate.countDown();
            assertThat(task.await()).isEqualTo("through");
        }

        @Test
        void aTaskMayHaveATimeLimitOfItsOwn() {
            GreenThread<String> task = pool(1).trySpawn(() -> {
                new Latch(1).await();
                return "through";
            }, TaskOptions.NONE.withTimeout(Duration.ofMillis(5))).orElseThrow();
            assertThatThrownBy(task::await).hasCauseInstanceOf(TimeoutException.class);
        }

        @Test
        void withATimeItWaitsInLineForTheSlot() throws Exception {
            GreenPool pool = pool(PoolOptions.named("pool").withSize(1).withWhenFull(WhenFull.REJECT));
            Latch gate = new Latch(1);
            fill(pool, 1, gate);
            Actor<Integer> caller = fork(() -> pool.trySpawn(() -> 7, Duration.ofSeconds(60)).orElseThrow().await());
            waitUntilWaiting(pool, 1);
            gate.countDown();
            assertThat(caller.result()).isEqualTo(7);
        }

        @Test
        void withATimeItGivesNothingWhenTheTimeIsOver() throws InterruptedException {
            GreenPool pool = pool(1);
            Latch gate = new Latch(1);
            fill(pool, 1, gate);
            AtomicBoolean ran = new AtomicBoolean();
            assertThat(pool.trySpawn(() -> ran.getAndSet(true), Duration.ofMillis(5))).isEmpty();
            assertThat(pool.waiting()).isZero();
            gate.countDown();
            pool.waitAll();
            assertThat(ran).isFalse();
        }

        @Test
        void withNoTimeItDoesNotWait() throws InterruptedException {
            GreenPool pool = pool(0);
            assertThat(pool.trySpawn(() -> 1, Duration.ZERO)).isEmpty();
            assertThat(pool.trySpawn(() -> 1, Duration.ofSeconds(-1))).isEmpty();
        }

        @Test
        void aTimeBeyondAllBoundsIsForEver() throws Exception {
            GreenPool pool = pool(0);
            Actor<Integer> caller = fork(
                    () -> pool.trySpawn(() -> 7, Duration.ofSeconds(Long.MAX_VALUE)).orElseThrow().await());
            waitUntilWaiting(pool, 1);
            pool.resize(1);
            assertThat(caller.result()).isEqualTo(7);
        }

        @Test
        void interruptedInLineItLeavesAndNeverRuns() throws InterruptedException {
            GreenPool pool = pool(1);
            Latch gate = new Latch(1);
            fill(pool, 1, gate);
            AtomicBoolean ran = new AtomicBoolean();
            Actor<Optional<GreenThread<Boolean>>> caller = fork(
                    () -> pool.trySpawn(() -> ran.getAndSet(true), Duration.ofSeconds(60)));
            waitUntilWaiting(pool, 1);
            caller.interrupt();
            assertThatThrownBy(caller::result).isInstanceOf(InterruptedException.class);
            assertThat(pool.waiting()).isZero();
            gate.countDown();
            pool.waitAll();
            assertThat(ran).isFalse();
        }
    }

    @Nested
    class Submitting {

        @Test
        void itNeverBlocksAndRunsWhenThereIsASlot() throws InterruptedException {
            GreenPool pool = pool(1);
            Latch gate = new Latch(1);
            fill(pool, 1, gate);
            List<GreenThread<Integer>> tasks = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                tasks.add(pool.submit(after(gate, i)));
            }
            assertThat(pool.waiting()).isEqualTo(50);
            assertThat(pool.running()).isEqualTo(1);
            gate.countDown();
            for (int i = 0; i < 50; i++) {
                assertThat(tasks.get(i).await()).isEqualTo(i);
            }
        }

        @Test
        void itIsRefusedWhenTheQueueIsFull() throws InterruptedException {
            GreenPool pool = pool(PoolOptions.named("crawler").withSize(1).withQueueCapacity(2));
            Latch gate = new Latch(1);
            fill(pool, 1, gate);
            GreenThread<Integer> a = pool.submit(after(gate, 1));
            GreenThread<Integer> b = pool.submit(after(gate, 2));
            assertThatThrownBy(() -> pool.submit(() -> 3)).isInstanceOf(RejectedSubmission.class).hasMessage(
                    "pool 'crawler': no slot, and the queue is full (capacity 2) (size=1, running=1, waiting=2)");
            assertThat(pool.snapshot().rejected()).isEqualTo(1);
            gate.countDown();
            assertThat(a.await() + b.await()).isEqualTo(3);
        }

        @Test
        void aQueueOfNoneTakesAFreeSlotOnly() {
            GreenPool pool = pool(PoolOptions.named("crawler").withSize(1).withQueueCapacity(0));
            Latch gate = new Latch(1);
            fill(pool, 1, gate);
            assertThatThrownBy(() -> pool.submit(() -> 3)).isInstanceOf(RejectedSubmission.class)
                    .hasMessage(
                            "pool 'crawler': no slot, and the queue is full (capacity 0) (size=1, running=1, waiting=0)");
            gate.countDown();
        }

        @Test
        void blockedCallersTakeNothingOfTheQueuesCapacity() throws Exception {
            GreenPool pool = pool(PoolOptions.named("crawler").withSize(1).withQueueCapacity(1));
            Latch gate = new Latch(1);
            fill(pool, 1, gate);
            Actor<GreenThread<Integer>> caller = fork(() -> pool.spawn(() -> 1));
            waitUntilWaiting(pool, 1);
            GreenThread<Integer> queued = pool.submit(() -> 2);
            assertThat(pool.snapshot().queued()).isEqualTo(1);
            assertThatThrownBy(() -> pool.submit(() -> 3)).isInstanceOf(RejectedSubmission.class);
            gate.countDown();
            assertThat(caller.result().await() + queued.await()).isEqualTo(3);
        }

        @Test
        void aPlaceThatComesFreeInTheQueueCanBeTaken() {
            GreenPool pool = pool(PoolOptions.named("crawler").withSize(0).withQueueCapacity(1));
            for (int i = 0; i < 3; i++) {
                GreenThread<Integer> queued = pool.submit(() -> 1);
                assertThat(queued.cancel(false)).isTrue();
            }
            assertThat(pool.waiting()).isZero();
        }
    }

    @Nested
    class WhenThePoolIsFull {

        private GreenPool full(WhenFull policy, Latch gate) {
            GreenPool pool = pool(PoolOptions.named("crawler").withSize(1).withWhenFull(policy));
            fill(pool, 1, gate);
            return pool;
        }

        @Test
        void blockWaitsForASlot() throws Exception {
            Latch gate = new Latch(1);
            GreenPool pool = full(WhenFull.BLOCK, gate);
            Actor<GreenThread<Integer>> fromVirtual = fork(() -> pool.spawn(() -> 1));
            Actor<GreenThread<Integer>> fromPlatform = forkOther(() -> pool.spawn(() -> 2));
            waitUntilWaiting(pool, 2);
            waitUntilParked(fromVirtual.thread());
            waitUntilParked(fromPlatform.thread());
            gate.countDown();
            assertThat(fromVirtual.result().await() + fromPlatform.result().await()).isEqualTo(3);
        }

        @Test
        void blockGivesUpAfterMaxWaitAndSaysSo() {
            GreenPool pool = pool(PoolOptions.named("crawler").withSize(1).withMaxWait(Duration.ofMillis(250)));
            Latch gate = new Latch(1);
            fill(pool, 1, gate);
            GreenThread<Integer> queued = pool.submit(() -> 2);
            assertThatThrownBy(() -> pool.spawn(() -> 3)).isInstanceOf(RejectedSubmission.class)
                    .hasMessage("pool 'crawler': no slot after 250 ms (size=1, running=1, waiting=1)");
            assertThat(pool.snapshot().rejected()).isEqualTo(1);
            gate.countDown();
            assertThatCode(queued::await).doesNotThrowAnyException();
        }

        @Test
        void blockWithAMaxWaitOfZeroGivesUpAtOnce() {
            GreenPool pool = pool(PoolOptions.named("crawler").withSize(0).withMaxWait(Duration.ZERO));
            assertThatThrownBy(() -> pool.spawnN(() -> {
            })).isInstanceOf(RejectedSubmission.class)
                    .hasMessage("pool 'crawler': no slot after 0 ms (size=0, running=0, waiting=0)");
        }

        @Test
        void blockInterruptedLeavesTheLineAndNeverRuns() throws InterruptedException {
            Latch gate = new Latch(1);
            GreenPool pool = full(WhenFull.BLOCK, gate);
            AtomicBoolean ran = new AtomicBoolean();
            Actor<GreenThread<Boolean>> caller = fork(() -> pool.spawn(() -> ran.getAndSet(true)));
            waitUntilWaiting(pool, 1);
            caller.interrupt();
            assertThatThrownBy(caller::result).isInstanceOf(InterruptedException.class);
            assertThat(pool.waiting()).isZero();
            gate.countDown();
            pool.waitAll();
            assertThat(ran).isFalse();
            assertThat(pool.snapshot().rejected()).isZero();
        }

        @Test
        void aKillWhileBlockedInSpawnLosesNoSlot() throws InterruptedException {
            Latch gate = new Latch(1);
            GreenPool pool = full(WhenFull.BLOCK, gate);
            GreenThread<Integer> spawner = spawn(() -> pool.spawn(() -> 1).await());
            waitUntilWaiting(pool, 1);
            spawner.kill();
            assertThatThrownBy(spawner::await).isInstanceOf(GreenletExit.class);
            assertThat(pool.waiting()).isZero();
            gate.countDown();
            pool.waitAll();
            assertThat(pool.free()).isEqualTo(1);
        }

        @Test
        void queueLetsTheCallerGoOn() throws InterruptedException {
            Latch gate = new Latch(1);
            GreenPool pool = full(WhenFull.QUEUE, gate);
            GreenThread<Integer> task = pool.spawn(() -> 5);
            pool.spawnN(() -> {
            });
            assertThat(pool.waiting()).isEqualTo(2);
            assertThat(task.isDone()).isFalse();
            gate.countDown();
            assertThat(task.await()).isEqualTo(5);
        }

        @Test
        void queueIsRefusedOverItsCapacity() {
            GreenPool pool = pool(PoolOptions.named("crawler").withSize(1).withWhenFull(WhenFull.QUEUE)
                    .withQueueCapacity(1));
            Latch gate = new Latch(1);
            fill(pool, 1, gate);
            assertThatCode(() -> pool.spawnN(() -> {
            })).doesNotThrowAnyException();
            assertThatThrownBy(() -> pool.spawnN(() -> {
            })).isInstanceOf(RejectedSubmission.class).hasMessage(
                    "pool 'crawler': no slot, and the queue is full (capacity 1) (size=1, running=1, waiting=1)");
            gate.countDown();
        }

        @Test
        void rejectRefuses() {
            Latch gate = new Latch(1);
            GreenPool pool = full(WhenFull.REJECT, gate);
            assertThatThrownBy(() -> pool.spawn(() -> 3)).isInstanceOf(RejectedSubmission.class)
                    .hasMessage("pool 'crawler': no slot (size=1, running=1, waiting=0)");
            assertThat(pool.snapshot().rejected()).isEqualTo(1);
            gate.countDown();
        }

        @Test
        void rejectSpeaksOfNoQueueEvenIfSomethingIsQueued() {
            Latch gate = new Latch(1);
            GreenPool pool = full(WhenFull.REJECT, gate);
            GreenThread<Integer> queued = pool.submit(() -> 1);
            assertThatThrownBy(() -> pool.spawn(() -> 3)).isInstanceOf(RejectedSubmission.class)
                    .hasMessage("pool 'crawler': no slot (size=1, running=1, waiting=1)");
            gate.countDown();
            assertThatCode(queued::await).doesNotThrowAnyException();
        }

        @Test
        void callerRunsRunsItInTheCallerWithoutASlot() throws InterruptedException {
            Latch gate = new Latch(1);
            GreenPool pool = full(WhenFull.CALLER_RUNS, gate);
            AtomicInteger running = new AtomicInteger();
            GreenThread<Thread> task = pool.spawn(() -> {
                running.set(pool.running());
                return Thread.currentThread();
            });
            assertThat(task.isDone()).isTrue();
            assertThat(task.await()).isSameAs(Thread.currentThread());
            assertThat(running).hasValue(1);
            assertThat(pool.snapshot().completed()).isEqualTo(1);
            gate.countDown();
        }

        @Test
        void callerRunsKeepsAFailureInTheHandle() throws InterruptedException {
            Latch gate = new Latch(1);
            GreenPool pool = full(WhenFull.CALLER_RUNS, gate);
            IllegalStateException failure = new IllegalStateException("mine");
            GreenThread<Object> task = pool.spawn(() -> {
                throw failure;
            });
            assertThatThrownBy(task::await).isSameAs(failure);
            gate.countDown();
        }

        @Test
        void callerRunsPassesTheCallersOwnInterruptOn() {
            Latch gate = new Latch(1);
            GreenPool pool = full(WhenFull.CALLER_RUNS, gate);
            Latch inside = new Latch(1);
            Actor<GreenThread<Integer>> caller = fork(() -> pool.spawn(() -> {
                inside.countDown();
                new Latch(1).await();
                return 1;
            }));
            assertThatCode(inside::await).doesNotThrowAnyException();
            caller.interrupt();
            assertThatThrownBy(caller::result).isInstanceOf(InterruptedException.class);
            gate.countDown();
        }

        @Test
        void aTaskThatItsCallerRunsCanBeKilledThroughItsHandle() throws InterruptedException {
            Latch gate = new Latch(1);
            GreenPool pool = full(WhenFull.CALLER_RUNS, gate);
            AtomicReference<@Nullable GreenThread<?>> self = new AtomicReference<>();
            Thread mine = Thread.currentThread();
            pool.addListener(new PoolListener() {
                @Override
                public void began(GreenPool in, GreenThread<?> task, Duration waited) {
                    if (Thread.currentThread().equals(mine)) {
                        self.set(task);
                    }
                }
            });
            Latch inside = new Latch(1);
            Actor<Boolean> killer = fork(() -> {
                inside.await();
                GreenThread<?> task = self.get();
                return task != null && task.cancel(true);
            });
            GreenThread<Integer> task = pool.spawn(() -> {
                inside.countDown();
                new Latch(1).await();
                return 1;
            });
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
            assertThatThrownBy(task::await).isInstanceOf(GreenletExit.class);
            assertThatCode(killer::result).doesNotThrowAnyException();
            gate.countDown();
        }
    }

    @Nested
    class TheLine {

        @Test
        void blockedCallersAndQueuedTasksStandInOneLine() throws Exception {
            GreenPool pool = pool(1);
            Latch gate = new Latch(1);
            fill(pool, 1, gate);
            Queue<Integer> order = new ConcurrentLinkedQueue<>();
            List<GreenThread<Boolean>> tasks = new ArrayList<>();
            List<Actor<?>> callers = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                int me = i;
                switch (i % 3) {
                    case 0 -> tasks.add(pool.submit(() -> order.add(me)));
                    case 1 -> callers.add(fork(() -> pool.spawn(() -> order.add(me))));
                    default -> callers.add(forkOther(
                            () -> pool.trySpawn(() -> order.add(me), Duration.ofSeconds(60))));
                }
                waitUntilWaiting(pool, i + 1);
            }
            gate.countDown();
            for (Actor<?> caller : callers) {
                assertThat(caller.result()).isNotNull();
            }
            for (GreenThread<Boolean> task : tasks) {
                assertThat(task.await()).isTrue();
            }
            pool.waitAll();
            assertThat(List.copyOf(order)).isSorted().hasSize(60);
        }

        @Test
        void aNewcomerNeverTakesTheSlotThatIsDueToTheLine() throws InterruptedException {
            GreenPool pool = pool(1);
            for (int i = 0; i < 500; i++) {
                Latch gate = new Latch(1);
                Latch end = new Latch(1);
                GreenThread<Integer> running = pool.spawn(after(gate, 1));
                AtomicBoolean overtook = new AtomicBoolean();
                running.link(ended -> overtook.set(pool.trySpawn(() -> 3).isPresent()));
                GreenThread<Integer> first = pool.submit(after(end, 2));
                gate.countDown();
                assertThat(running.await()).isEqualTo(1);
                assertThat(pool.trySpawn(() -> 4)).isEmpty();
                assertThat(overtook).isFalse();
                end.countDown();
                assertThat(first.await()).isEqualTo(2);
            }
        }

        @Test
        void oneWhoLeavesFromTheMiddleLeavesTheOthersTheirOrder() throws InterruptedException {
            GreenPool pool = pool(1);
            Latch gate = new Latch(1);
            fill(pool, 1, gate);
            Queue<Integer> order = new ConcurrentLinkedQueue<>();
            List<GreenThread<Boolean>> tasks = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                int me = i;
                tasks.add(pool.submit(() -> order.add(me)));
            }
            tasks.get(9).kill();
            tasks.get(4).kill();
            tasks.get(0).kill();
            assertThat(pool.waiting()).isEqualTo(7);
            gate.countDown();
            pool.waitAll();
            assertThat(order).containsExactly(1, 2, 3, 5, 6, 7, 8);
        }
    }

    @Nested
    class Resizing {

        @Test
        void growingWakesExactlyAsManyAsThereIsNewRoom() throws Exception {
            GreenPool pool = pool(1);
            Latch gate = new Latch(1);
            fill(pool, 1, gate);
            AtomicInteger started = new AtomicInteger();
            List<Actor<GreenThread<Integer>>> callers = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                callers.add(fork(() -> pool.spawn(() -> {
                    started.incrementAndGet();
                    gate.await();
                    return 1;
                })));
            }
            waitUntilWaiting(pool, 10);
            pool.resize(4);
            assertThat(pool.running()).isEqualTo(4);
            assertThat(pool.waiting()).isEqualTo(7);
            assertThat(pool.free()).isZero();
            waitUntil("three more have started", () -> started.get() == 3);
            pool.resize(6);
            assertThat(pool.waiting()).isEqualTo(5);
            waitUntil("five have started", () -> started.get() == 5);
            assertThat(callers.stream().filter(Actor::isDone).count()).isLessThanOrEqualTo(5);
            gate.countDown();
            for (Actor<GreenThread<Integer>> caller : callers) {
                assertThat(caller.result().await()).isEqualTo(1);
            }
        }

        @Test
        void shrinkingBlocksNobodyAndEndsNobody() throws InterruptedException {
            GreenPool pool = pool(10);
            Latch gate = new Latch(1);
            fill(pool, 10, gate);
            pool.resize(2); // the gate is closed: had it to wait for anyone it would wait for ever
            assertThat(pool.free()).isEqualTo(-8);
            assertThat(pool.running()).isEqualTo(10);
            assertThat(pool.size()).isEqualTo(2);
            assertThat(pool.trySpawn(() -> 1)).isEmpty();
            gate.countDown();
            pool.waitAll();
            assertThat(pool.free()).isEqualTo(2);
        }

        @Test
        void freeIsNegativeUntilEnoughHaveEnded() throws InterruptedException {
            GreenPool pool = pool(3);
            List<Latch> gates = new ArrayList<>();
            List<GreenThread<Integer>> tasks = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                gates.add(new Latch(1));
                tasks.add(pool.spawn(after(gates.get(i), i)));
            }
            pool.resize(1);
            GreenThread<Integer> queued = pool.submit(() -> 9);
            assertThat(pool.free()).isEqualTo(-2);
            gates.get(0).countDown();
            assertThat(tasks.get(0).await()).isZero();
            assertThat(pool.free()).isEqualTo(-1);
            gates.get(1).countDown();
            assertThat(tasks.get(1).await()).isEqualTo(1);
            assertThat(pool.free()).isZero();
            assertThat(pool.waiting()).as("the line got nothing so far").isEqualTo(1);
            assertThat(queued.isDone()).isFalse();
            gates.get(2).countDown();
            assertThat(queued.await()).isEqualTo(9);
        }

        @Test
        void aNegativeSizeChangesNothing() {
            GreenPool pool = pool(3);
            assertThatIllegalArgumentException().isThrownBy(() -> pool.resize(-1))
                    .withMessage("size must not be negative: -1");
            assertThat(pool.size()).isEqualTo(3);
            assertThat(pool.free()).isEqualTo(3);
        }

        @Test
        void aPoolOfSizeZeroServesItsLineWhenItGrows() throws Exception {
            GreenPool pool = pool(0);
            Actor<Integer> caller = fork(() -> pool.spawn(() -> 7).await());
            GreenThread<Integer> queued = pool.submit(() -> 8);
            waitUntilWaiting(pool, 2);
            pool.resize(1);
            assertThat(caller.result()).isEqualTo(7);
            assertThat(queued.await()).isEqualTo(8);
        }

        @Test
        void aTaskMayResizeItsOwnPool() throws InterruptedException {
            GreenPool pool = pool(1);
            GreenThread<Integer> task = pool.spawn(() -> {
                GreenThread<Integer> child = pool.submit(() -> 4);
                pool.resize(2);
                return child.get();
            });
            assertThat(task.await()).isEqualTo(4);
            assertThat(pool.size()).isEqualTo(2);
        }

        @Test
        void theLargestSizeIsASizeLikeAnyOther() throws InterruptedException {
            GreenPool pool = pool(Integer.MAX_VALUE);
            assertThat(pool.spawn(() -> 1).await()).isEqualTo(1);
            assertThat(pool.free()).isEqualTo(Integer.MAX_VALUE);
            pool.resize(0);
            pool.resize(Integer.MAX_VALUE);
            assertThat(pool.free()).isEqualTo(Integer.MAX_VALUE);
        }
    }

    @Nested
    class ReEntry {

        @ParameterizedTest
        @EnumSource
        void aSpawnFromAnOwnGreenThreadRunsInPlaceWhenThePoolIsFull(WhenFull policy) throws InterruptedException {
            GreenPool pool = pool(PoolOptions.named("pool").withSize(1).withWhenFull(policy).withQueueCapacity(0));
            GreenThread<String> outer = pool.spawn(() -> {
                Thread mine = Thread.currentThread();
                AtomicInteger running = new AtomicInteger();
                GreenThread<Boolean> inner = pool.spawn(() -> {
                    running.set(pool.running());
                    return Thread.currentThread().equals(mine);
                });
                assertThat(inner.isDone()).isTrue();
                assertThat(inner.state()).isEqualTo(Future.State.SUCCESS);
                assertThat(inner.await()).isTrue();
                assertThat(running).hasValue(1);
                AtomicInteger linked = new AtomicInteger();
                inner.link(ended -> linked.incrementAndGet());
                assertThat(linked).as("a link of an ended one is called at once").hasValue(1);
                pool.spawnN(running::incrementAndGet);
                assertThat(running).hasValue(2);
                return "done";
            });
            assertThat(outer.await()).isEqualTo("done");
            assertThat(pool.snapshot().completed()).isEqualTo(3);
        }

        @Test
        void aBodyInPlaceThatAwaitsAKilledOneLeavesTheFlagOfItsCallerAlone() throws InterruptedException {
            GreenPool pool = pool(1);
            GreenThread<String> killed = hub().spawnAfter(Duration.ofHours(1), () -> "never");
            killed.kill();
            GreenThread<Boolean> outer = pool.spawn(() -> {
                GreenThread<String> inner = pool.spawn(killed::await);
                assertThat(inner.state()).isEqualTo(Future.State.CANCELLED);
                return Thread.currentThread().isInterrupted();
            });
            assertThat(outer.await()).isFalse();
        }

        @Test
        void aSpawnFromAnOwnGreenThreadTakesAFreeSlotAsUsual() throws InterruptedException {
            GreenPool pool = pool(2);
            GreenThread<Boolean> outer = pool.spawn(() -> {
                Thread mine = Thread.currentThread();
                return pool.spawn(() -> Thread.currentThread().equals(mine)).await();
            });
            assertThat(outer.await()).isFalse();
        }

        @Test
        void itRunsInPlaceRatherThanOvertakeTheLine() throws InterruptedException {
            GreenPool pool = pool(1);
            AtomicInteger waiting = new AtomicInteger();
            Latch lined = new Latch(1);
            GreenThread<Boolean> outer = pool.spawn(() -> {
                lined.await();
                Thread mine = Thread.currentThread();
                GreenThread<Boolean> inner = pool.spawn(() -> {
                    waiting.set(pool.waiting());
                    return Thread.currentThread().equals(mine);
                });
                return inner.await();
            });
            GreenThread<Integer> queued = pool.submit(() -> 1);
            lined.countDown();
            assertThat(outer.await()).isTrue();
            assertThat(waiting).hasValue(1);
            assertThat(queued.await()).isEqualTo(1);
        }

        @Test
        void itNests() throws InterruptedException {
            GreenPool pool = pool(1);
            assertThat(pool.spawn(() -> descend(pool, 200)).await()).isEqualTo(200);
            assertThat(pool.snapshot().completed()).isEqualTo(201);
        }

        private int descend(GreenPool pool, int depth) throws InterruptedException {
            return depth == 0 ? 0 : 1 + pool.spawn(() -> descend(pool, depth - 1)).await();
        }

        @Test
        void aFailingBodyInPlaceFailsItsHandleAndNotItsCaller() throws InterruptedException {
            GreenPool pool = pool(1);
            IllegalStateException failure = new IllegalStateException("inner");
            GreenThread<String> outer = pool.spawn(() -> {
                GreenThread<Object> inner = pool.spawn(() -> {
                    throw failure;
                });
                assertThatThrownBy(inner::await).isSameAs(failure);
                pool.spawnN(() -> {
                    throw failure;
                });
                return "goes on";
            });
            assertThat(outer.await()).isEqualTo("goes on");
            assertThat(takeReports()).extracting(Report::error).containsExactly(failure);
            PoolSnapshot now = pool.snapshot();
            assertThat(now.failed()).isEqualTo(2);
            assertThat(now.completed()).isEqualTo(1);
            assertThat(now.free()).isEqualTo(1);
        }

        @Test
        void aKillOfTheCallerReachesItThroughTheBodyInPlace() throws InterruptedException {
            GreenPool pool = pool(1);
            Latch inside = new Latch(1);
            AtomicBoolean wentOn = new AtomicBoolean();
            GreenThread<Object> outer = pool.spawn(() -> {
                Object inner = pool.spawn(() -> {
                    inside.countDown();
                    new Latch(1).await();
                    return 1;
                });
                wentOn.set(true);
                return inner;
            });
            inside.await();
            outer.kill();
            assertThatThrownBy(outer::await).isInstanceOf(GreenletExit.class);
            assertThat(outer.state()).isEqualTo(Future.State.CANCELLED);
            assertThat(wentOn).isFalse();
        }

        @Test
        void aKillOfTheCallerReachesItEvenIfTheBodyInPlaceDressesTheInterruption() throws InterruptedException {
            GreenPool pool = pool(1);
            Latch inside = new Latch(1);
            AtomicBoolean wentOn = new AtomicBoolean();
            GreenThread<Object> outer = pool.spawn(() -> {
                Object inner = pool.spawn(() -> {
                    inside.countDown();
                    try {
                        return forEver();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException("dressed", e);
                    }
                });
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                wentOn.set(true);
                return inner;
            });
            inside.await();
            outer.kill();
            assertThatThrownBy(outer::await).isInstanceOf(GreenletExit.class);
            assertThat(wentOn).isFalse();
        }

        @Test
        void aBodyInPlaceThatNeverBlocksLeavesTheCallersInterruptInTheFlag() throws InterruptedException {
            GreenPool pool = pool(1);
            GreenThread<Boolean> outer = pool.spawn(() -> {
                Thread.currentThread().interrupt();
                GreenThread<Integer> inner = pool.spawn(() -> 1);
                boolean flagged = Thread.interrupted();
                return inner.await() == 1 && flagged;
            });
            assertThat(outer.await()).isTrue();
        }

        @Test
        void killAllFromABodyInPlaceEndsTheGreenThreadItRunsIn() throws InterruptedException {
            GreenPool pool = pool(1);
            AtomicBoolean wentOn = new AtomicBoolean();
            GreenThread<Object> outer = pool.spawn(() -> {
                pool.spawnN(pool::killAll);
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                wentOn.set(true);
                return 1;
            });
            assertThatThrownBy(outer::await).isInstanceOf(GreenletExit.class);
            assertThat(wentOn).isFalse();
        }

        @Test
        void anAwaitOfATaskStillInLineRunsItInPlace() throws Exception {
            GreenPool pool = pool(1);
            GreenThread<Boolean> outer = pool.spawn(() -> {
                Thread mine = Thread.currentThread();
                GreenThread<Boolean> first = pool.submit(() -> Thread.currentThread().equals(mine));
                GreenThread<Boolean> second = pool.submit(() -> Thread.currentThread().equals(mine));
                assertThat(pool.waiting()).isEqualTo(2);
                boolean both = second.await() && first.get();
                assertThat(pool.waiting()).isZero();
                return both;
            });
            assertThat(outer.await()).isTrue();
            assertThat(pool.snapshot().completed()).isEqualTo(3);
        }

        @Test
        void anAwaitOfATaskThatRunsAlreadyWaitsForIt() throws InterruptedException {
            GreenPool pool = pool(2);
            GreenThread<Integer> outer = pool.spawn(() -> {
                Latch gate = new Latch(1);
                GreenThread<Integer> child = pool.spawn(after(gate, 3));
                gate.countDown();
                return child.await();
            });
            assertThat(outer.await()).isEqualTo(3);
        }

        @Test
        void aFailureOfATaskRunInPlaceByItsAwaiterIsThrownThere() throws InterruptedException {
            GreenPool pool = pool(1);
            IllegalStateException failure = new IllegalStateException("child");
            GreenThread<Object> outer = pool.spawn(() -> {
                GreenThread<Object> child = pool.submit(() -> {
                    throw failure;
                });
                return child.await();
            });
            assertThatThrownBy(outer::await).isSameAs(failure);
        }

        @Test
        void twoWhoAwaitOneTaskInLineRunItOnce() throws InterruptedException {
            for (int i = 0; i < 300; i++) {
                GreenPool pool = pool(2);
                AtomicInteger runs = new AtomicInteger();
                Latch both = new Latch(2);
                Latch ready = new Latch(1);
                AtomicReference<@Nullable GreenThread<Integer>> child = new AtomicReference<>();
                Callable<Integer> parent = () -> {
                    both.countDown();
                    ready.await();
                    GreenThread<Integer> mine = child.get();
                    return mine == null ? -1 : mine.await();
                };
                GreenThread<Integer> a = pool.spawn(parent);
                GreenThread<Integer> b = pool.spawn(parent);
                both.await();
                child.set(pool.submit(runs::incrementAndGet));
                ready.countDown();
                assertThat(a.await() + b.await()).isEqualTo(2);
                assertThat(runs).hasValue(1);
            }
        }

        @Test
        void trySpawnNeverRunsInPlace() throws InterruptedException {
            GreenPool pool = pool(1);
            AtomicBoolean ran = new AtomicBoolean();
            GreenThread<Boolean> outer = pool.spawn(() -> pool.trySpawn(() -> ran.getAndSet(true)).isEmpty()
                    && pool.trySpawn(() -> ran.getAndSet(true), Duration.ofMillis(1)).isEmpty());
            assertThat(outer.await()).isTrue();
            assertThat(ran).isFalse();
        }

        @Test
        void aGreenThreadOfAnotherPoolIsNoOwnOne() throws InterruptedException {
            GreenPool a = pool(1);
            GreenPool b = pool(1);
            Latch gate = new Latch(1);
            fill(b, 1, gate);
            GreenThread<Boolean> outer = a.spawn(() -> {
                Thread mine = Thread.currentThread();
                return b.spawn(() -> Thread.currentThread().equals(mine)).await();
            });
            waitUntilWaiting(b, 1);
            gate.countDown();
            assertThat(outer.await()).isFalse();
        }
    }
}
