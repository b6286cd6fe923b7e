package io.greenlet.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.greenlet.GreenThread;
import io.greenlet.Hub;
import io.greenlet.Latch;
import io.greenlet.SimulatedHub;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// What can be changed while a pool runs, and what can be said of one task.
final class GreenPoolSettingsTests extends PoolContract {

    private static final Duration SHORT = Duration.ofMillis(2);

    private static PoolOptions one() {
        return PoolOptions.named("api").withSize(1);
    }

    @Nested
    class Reconfiguring {

        @Test
        void theOptionsSayWhatHoldsNow() {
            GreenPool pool = pool(one());
            pool.resize(3);
            assertThat(pool.options().size()).isEqualTo(3);
            pool.reconfigure(now -> now.withWhenFull(WhenFull.REJECT).withQueueCapacity(7));
            assertThat(pool.options())
                    .isEqualTo(one().withHub(hub()).withSize(3).withWhenFull(WhenFull.REJECT).withQueueCapacity(7));
        }

        @Test
        void ofTwoAtOnceOneIsTheLastInEverySetting() throws InterruptedException {
            for (int seed = 0; seed < 100; seed++) {
                try (SimulatedHub simulated = Hub.simulated(seed)) {
                    GreenPool pool = GreenPool.of(one().withHub(simulated));
                    for (int n : List.of(2, 3)) {
                        simulated.spawnN(() -> pool.reconfigure(now -> now.withSize(n).withQueueCapacity(n)));
                    }
                    simulated.run();
                    assertThat(pool.size()).isEqualTo(pool.options().queueCapacity());
                }
            }
        }

        @Test
        void aSizeLetsThoseInLineBegin() throws Exception {
            GreenPool pool = pool(one());
            Latch gate = new Latch(1);
            fill(pool, 1, gate);
            GreenThread<Integer> second = pool.submit(after(gate, 2));
            pool.reconfigure(now -> now.withSize(2));
            assertThat(pool.running()).isEqualTo(2);
            gate.countDown();
            assertThat(second.await()).isEqualTo(2);
        }

        @Test
        void aPolicyHoldsForWhatComesAndThoseInLineStay() throws Exception {
            GreenPool pool = pool(one());
            Latch gate = new Latch(1);
            fill(pool, 1, gate);
            Actor<Integer> caller = fork(() -> pool.spawn(() -> 1).await());
            waitUntilWaiting(pool, 1);
            pool.reconfigure(now -> now.withWhenFull(WhenFull.REJECT));
            assertThatThrownBy(() -> pool.spawn(() -> 2)).isInstanceOf(RejectedSubmission.class);
            gate.countDown();
            assertThat(caller.result()).isEqualTo(1);
        }

        @Test
        void aTimeoutHoldsForBodiesThatBeginFromNowOn() throws Exception {
            GreenPool pool = pool(one());
            Latch gate = new Latch(1);
            Latch inside = new Latch(1);
            GreenThread<Integer> running = pool.spawn(() -> {
                inside.countDown();
                return after(gate, 1).call();
            });
            inside.await();
            GreenThread<Integer> inLine = pool.submit(PoolContract::forEver);
            pool.reconfigure(now -> now.withTaskTimeout(SHORT));
            gate.countDown();
            assertThat(running.await()).isEqualTo(1);
            assertThatThrownBy(inLine::get).hasCauseInstanceOf(TimeoutException.class);
            assertThat(pool.snapshot().timedOut()).isEqualTo(1);
        }

        @Test
        void aDecoratorHoldsForWhatIsHandedInFromNowOn() throws Exception {
            GreenPool pool = pool(one());
            AtomicBoolean decorated = new AtomicBoolean();
            pool.reconfigure(now -> now.withDecorator(body -> () -> {
                decorated.set(true);
                body.run();
            }));
            assertThat(pool.spawn(() -> 1).await()).isEqualTo(1);
            assertThat(decorated).isTrue();
        }

        @Test
        void whoeverListensHearsOfIt() {
            Queue<String> heard = new ConcurrentLinkedQueue<>();
            GreenPool pool = pool(one().withListener(new PoolListener() {
                @Override
                public void resized(GreenPool of, int oldSize, int newSize) {
                    heard.add(oldSize + " to " + newSize);
                }

                @Override
                public void reconfigured(GreenPool of, PoolOptions before, PoolOptions after) {
                    heard.add(before.whenFull() + " to " + after.whenFull());
                }
            }));
            pool.reconfigure(now -> now.withSize(4).withWhenFull(WhenFull.QUEUE));
            pool.reconfigure(now -> now);
            assertThat(heard).containsExactly("1 to 4", "BLOCK to QUEUE");
        }

        @Test
        void nameHubAndListenerStay() {
            GreenPool pool = pool(one());
            PoolOptions before = pool.options();
            assertThatThrownBy(() -> pool.reconfigure(now -> now.withName("other").withSize(9)))
                    .isInstanceOf(IllegalArgumentException.class).hasMessage("name must not change: api to other");
            try (Hub other = Hub.cooperative("other")) {
                assertThatThrownBy(() -> pool.reconfigure(now -> now.withHub(other)))
                        .isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith("hub must not change");
            }
            assertThatThrownBy(() -> pool.reconfigure(now -> now.withListener(new PoolListener() {})))
                    .isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith("listener must not change");
            assertThatThrownBy(() -> pool.reconfigure(now -> now.withSize(-1)))
                    .isInstanceOf(IllegalArgumentException.class).hasMessage("size must not be negative: -1");
            assertThat(pool.options()).isEqualTo(before);
        }

        @Test
        void changesAtTheSameTimeAllCount() throws Exception {
            GreenPool pool = pool(one().withQueueCapacity(0));
            List<Actor<Boolean>> actors = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                actors.add(fork(() -> {
                    for (int n = 0; n < 50; n++) {
                        pool.reconfigure(now -> now.withQueueCapacity(now.queueCapacity() + 1));
                    }
                    return true;
                }));
            }
            for (Actor<Boolean> actor : actors) {
                assertThat(actor.result()).isTrue();
            }
            assertThat(pool.options().queueCapacity()).isEqualTo(200);
        }
    }

    @Nested
    class OneTask {

        @Test
        void itsOwnTimeoutGoesBeforeThePools() throws InterruptedException {
            GreenPool pool = pool(one().withTaskTimeout(Duration.ofDays(1)));
            GreenThread<Integer> task = pool.spawn(PoolContract::forEver, TaskOptions.NONE.withTimeout(SHORT));
            assertThatThrownBy(task::get).hasCauseInstanceOf(TimeoutException.class);
            pool.spawnN(() -> {
            }, TaskOptions.NONE.withTimeout(SHORT));
            pool.waitAll();
            assertThat(pool.snapshot().timedOut()).isEqualTo(1);
        }

        @Test
        void itsOwnLimitOfWaitingGoesBeforeThePools() {
            GreenPool pool = pool(one());
            Latch gate = new Latch(1);
            fill(pool, 1, gate);
            assertThatThrownBy(() -> pool.spawn(() -> 1, TaskOptions.NONE.withMaxWait(SHORT)))
                    .isInstanceOf(RejectedSubmission.class)
                    .hasMessage("pool 'api': no slot after 2 ms (size=1, running=1, waiting=0)");
            gate.countDown();
        }

        @Test
        void oneThatIsHandedInLeavesTheLineWhenItHasWaitedTooLong() {
            GreenPool pool = pool(one());
            Latch gate = new Latch(1);
            fill(pool, 1, gate);
            GreenThread<Integer> task = pool.submit(() -> 1, TaskOptions.NONE.withMaxWait(SHORT));
            assertThatThrownBy(task::await).isInstanceOf(RejectedSubmission.class)
                    .hasMessage("pool 'api': no slot after 2 ms (size=1, running=1, waiting=0)");
            assertThat(task.state()).isEqualTo(Future.State.FAILED);
            assertThat(pool.snapshot()).returns(1L, PoolSnapshot::rejected).returns(0L, PoolSnapshot::failed)
                    .returns(0L, PoolSnapshot::killed).returns(0, PoolSnapshot::waiting);
            gate.countDown();
        }

        @Test
        void oneThatGetsItsSlotInTimeRuns() throws InterruptedException {
            GreenPool pool = pool(one());
            TaskOptions patient = TaskOptions.NONE.withMaxWait(Duration.ofDays(1));
            assertThat(pool.submit(() -> 1, patient).await()).isEqualTo(1);
            Latch gate = new Latch(1);
            fill(pool, 1, gate);
            GreenThread<Integer> task = pool.submit(() -> 2, patient);
            gate.countDown();
            assertThat(task.await()).isEqualTo(2);
        }

        @Test
        void oneThatIsKilledOrRunsLeavesNoTimerBehind() throws InterruptedException {
            GreenPool pool = pool(one());
            TaskOptions patient = TaskOptions.NONE.withMaxWait(Duration.ofDays(1));
            int before = hub().snapshot().timers();
            for (int i = 0; i < 10; i++) {
                Latch gate = new Latch(1);
                fill(pool, 1, gate);
                GreenThread<Integer> granted = pool.submit(() -> 2, patient);
                pool.submit(() -> 3, patient).kill();
                gate.countDown();
                assertThat(granted.await()).isEqualTo(2);
                pool.waitAll();
            }
            waitUntil("timers as before", () -> hub().snapshot().timers() < before + 10); // others of the same hub aside
        }

        @Test
        void oneThatMayNotWaitAtAllIsRefusedAtOnce() throws InterruptedException {
            GreenPool pool = pool(one());
            TaskOptions impatient = TaskOptions.NONE.withMaxWait(Duration.ZERO);
            assertThat(pool.submit(() -> 1, impatient).await()).isEqualTo(1);
            Latch gate = new Latch(1);
            fill(pool, 1, gate);
            assertThatThrownBy(() -> pool.submit(() -> 2, impatient)).isInstanceOf(RejectedSubmission.class)
                    .hasMessageContaining("no slot after 0 ms");
            gate.countDown();
        }

        @Test
        void badOnesAreRefused() {
            assertThatThrownBy(() -> TaskOptions.NONE.withTimeout(Duration.ZERO))
                    .isInstanceOf(IllegalArgumentException.class).hasMessage("timeout must be positive: PT0S");
            assertThatThrownBy(() -> TaskOptions.NONE.withMaxWait(Duration.ofMillis(-1)))
                    .isInstanceOf(IllegalArgumentException.class).hasMessage("maxWait must not be negative: PT-0.001S");
        }

        @Test
        void whatItDoesIsSeen() throws InterruptedException {
            GreenPool pool = pool(one());
            Latch gate = new Latch(1);
            GreenThread<Integer> running = pool.spawn(after(gate, 1), TaskOptions.describedAs("first"));
            GreenThread<Integer> waiting = pool.submit(after(gate, 2), TaskOptions.describedAs("second"));
            waitUntil("begun", () -> !pool.tasks().isEmpty());
            assertThat(pool.tasks()).singleElement().returns("first", TaskSnapshot::description);
            assertThat(pool.waiters()).singleElement().returns("second", WaitingSnapshot::description);
            gate.countDown();
            assertThat(running.await() + waiting.await()).isEqualTo(3);
        }
    }

    @Nested
    class WhoWaits {

        @Test
        void callersAndTasksAreListedInTheOrderOfTheLine() throws Exception {
            GreenPool pool = pool(one());
            Latch gate = new Latch(1);
            fill(pool, 1, gate);
            GreenThread<Integer> queued = pool.submit(() -> 1);
            Actor<Integer> caller = fork(() -> pool.spawn(() -> 2).await());
            waitUntilWaiting(pool, 2);
            waitUntilParked(caller.thread());
            List<WaitingSnapshot> waiters = pool.waiters();
            assertThat(waiters).hasSize(2);
            assertThat(waiters.getFirst()).returns(queued.name(), WaitingSnapshot::name)
                    .returns(true, WaitingSnapshot::queued).returns(0L, WaitingSnapshot::callerId);
            assertThat(waiters.getLast()).returns(false, WaitingSnapshot::queued)
                    .returns(caller.thread().threadId(), WaitingSnapshot::callerId)
                    .returns(caller.thread().getName(), WaitingSnapshot::caller);
            assertThat(waiters.getLast().waited()).isLessThanOrEqualTo(waiters.getFirst().waited());
            gate.countDown();
            assertThat(queued.await() + caller.result()).isEqualTo(3);
            assertThat(pool.waiters()).isEmpty();
        }
    }

    @Nested
    class ThreadsThatMustNotBlock {

        private GreenPool guarded(WhenFull whenFull, Thread thread) {
            return pool(one().withWhenFull(whenFull).withNonBlocking(thread::equals));
        }

        @Test
        void aSpawnThatWouldWaitJoinsTheLine() throws InterruptedException {
            GreenPool pool = guarded(WhenFull.BLOCK, Thread.currentThread());
            Latch gate = new Latch(1);
            fill(pool, 1, gate);
            GreenThread<Integer> task = pool.spawn(() -> 2);
            assertThat(pool.waiters()).singleElement().returns(true, WaitingSnapshot::queued);
            gate.countDown();
            assertThat(task.await()).isEqualTo(2);
        }

        @Test
        void aSpawnThatWouldRunTheBodyJoinsTheLine() throws InterruptedException {
            GreenPool pool = guarded(WhenFull.CALLER_RUNS, Thread.currentThread());
            Latch gate = new Latch(1);
            fill(pool, 1, gate);
            AtomicReference<Thread> runner = new AtomicReference<>(Thread.currentThread());
            pool.spawnN(() -> runner.set(Thread.currentThread()));
            assertThat(pool.waiting()).isEqualTo(1);
            gate.countDown();
            pool.waitAll();
            assertThat(runner.get()).isNotSameAs(Thread.currentThread());
        }

        @Test
        void inTheLineThePoolsLimitOfWaitingHolds() {
            Thread here = Thread.currentThread();
            GreenPool pool = pool(one().withMaxWait(SHORT).withNonBlocking(here::equals));
            Latch gate = new Latch(1);
            fill(pool, 1, gate);
            assertThatThrownBy(() -> pool.spawn(() -> 2).await()).isInstanceOf(RejectedSubmission.class)
                    .hasMessageContaining("no slot after 2 ms");
            gate.countDown();
        }

        @Test
        void aWaitForASlotIsRefused() throws InterruptedException {
            GreenPool pool = guarded(WhenFull.BLOCK, Thread.currentThread());
            assertThatThrownBy(() -> pool.trySpawn(() -> 2, SHORT)).isInstanceOf(IllegalStateException.class)
                    .hasMessage("trySpawn of pool 'api' must not wait in a thread that must never block: "
                            + Thread.currentThread().getName());
            assertThat(pool.trySpawn(() -> 2, Duration.ZERO).orElseThrow().await()).isEqualTo(2);
        }

        @Test
        void allOthersWait() throws Exception {
            GreenPool pool = guarded(WhenFull.BLOCK, Thread.currentThread());
            Latch gate = new Latch(1);
            fill(pool, 1, gate);
            Actor<Integer> caller = fork(() -> pool.spawn(() -> 2).await());
            waitUntilWaiting(pool, 1);
            assertThat(pool.waiters()).singleElement().returns(false, WaitingSnapshot::queued);
            gate.countDown();
            assertThat(caller.result()).isEqualTo(2);
        }
    }

    @Nested
    class OpeningAgain {

        @Test
        void aClosedPoolTakesTasksAgain() throws InterruptedException {
            GreenPool pool = pool(one());
            assertThat(pool.spawn(() -> 1).await()).isEqualTo(1);
            pool.close();
            assertThatThrownBy(() -> pool.spawn(() -> 1)).isInstanceOf(RejectedSubmission.class);
            pool.reopen();
            assertThat(pool.isClosed()).isFalse();
            assertThat(pool.spawn(() -> 2).await()).isEqualTo(2);
            pool.reopen();
            assertThat(pool.submit(() -> 3).await()).isEqualTo(3);
        }

        @Test
        void alsoAfterItsTasksWereKilled() throws InterruptedException {
            GreenPool pool = pool(one());
            GreenThread<Integer> stuck = pool.spawn(PoolContract::forEver);
            assertThat(pool.close(Duration.ZERO)).isFalse();
            pool.reopen();
            assertThat(stuck.state()).isEqualTo(Future.State.CANCELLED);
            assertThat(pool.spawn(() -> 2).await()).isEqualTo(2);
        }

        @Test
        void notWhileACloseWaits() throws Exception {
            GreenPool pool = pool(one());
            Latch gate = new Latch(1);
            fill(pool, 1, gate);
            Actor<Boolean> closer = fork(() -> {
                pool.close();
                return true;
            });
            waitUntil("closed", pool::isClosed);
            assertThatThrownBy(pool::reopen).isInstanceOf(IllegalStateException.class)
                    .hasMessage("pool 'api' must not open before its close has returned: running=1");
            gate.countDown();
            assertThat(closer.result()).isTrue();
            pool.reopen();
            assertThat(pool.spawn(() -> 2).await()).isEqualTo(2);
        }

        @Test
        void orWhenTheLastCloseHasReturned() throws Exception {
            GreenPool pool = pool(one());
            Latch gate = new Latch(1);
            fill(pool, 1, gate);
            List<Actor<Boolean>> closers = List.of(fork(() -> closes(pool)), fork(() -> closes(pool)));
            closers.forEach(closer -> waitUntilParked(closer.thread()));
            assertThat(pool.reopen(Duration.ofMillis(1))).isFalse();
            assertThat(pool.isClosed()).isTrue();
            Actor<Boolean> opener = fork(() -> pool.reopen(Duration.ofHours(1)));
            waitUntilParked(opener.thread());
            gate.countDown();
            assertThat(opener.result()).isTrue();
            for (Actor<Boolean> closer : closers) {
                assertThat(closer.result()).isTrue();
            }
            assertThat(pool.spawn(() -> 2).await()).isEqualTo(2);
            assertThat(pool.reopen(Duration.ZERO)).isTrue();
        }

        private static boolean closes(GreenPool pool) {
            pool.close();
            return true;
        }
    }

    @Nested
    class TheDeadlineOfAClose {

        @Test
        void whatIsLeftIsToldBeforeItIsKilled() throws InterruptedException {
            Queue<String> heard = new ConcurrentLinkedQueue<>();
            Latch inside = new Latch(1);
            GreenPool pool = pool(one().withListener(new PoolListener() {
                @Override
                public void overdue(GreenPool of, List<TaskSnapshot> running, List<WaitingSnapshot> waiting) {
                    running.forEach(task -> heard.add("running " + task.description()));
                    waiting.forEach(task -> heard.add("waiting " + task.description()));
                    assertThat(of.snapshot().killed()).isZero();
                }
            }));
            GreenThread<Integer> stuck = pool.spawn(() -> {
                inside.countDown();
                return forEver();
            }, TaskOptions.describedAs("stuck"));
            GreenThread<Integer> next = pool.submit(() -> 1, TaskOptions.describedAs("next"));
            inside.await();
            assertThat(pool.close(Duration.ofMillis(1))).isFalse();
            assertThat(heard).containsExactly("running stuck", "waiting next");
            assertThat(stuck.isCancelled() && next.isCancelled()).isTrue();
        }

        @Test
        void linksThatStillRunAreNotToldAsTasks() throws InterruptedException {
            AtomicBoolean told = new AtomicBoolean();
            Latch linked = new Latch(1);
            Latch inside = new Latch(1);
            Latch gate = new Latch(1);
            GreenPool pool = pool(one().withListener(new PoolListener() {
                @Override
                public void overdue(GreenPool of, List<TaskSnapshot> running, List<WaitingSnapshot> waiting) {
                    told.set(true);
                }
            }));
            GreenThread<Integer> task = pool.spawn(() -> {
                linked.await();
                return 1;
            });
            task.link(_ -> {
                inside.countDown();
                try {
                    gate.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
            linked.countDown();
            inside.await();
            assertThat(pool.close(Duration.ofMillis(1), Duration.ofMillis(1))).isFalse();
            gate.countDown();
            pool.waitAll();
            assertThat(told).isFalse();
        }

        @Test
        void nothingIsToldWhenAllEnds() throws InterruptedException {
            AtomicBoolean told = new AtomicBoolean();
            GreenPool pool = pool(one().withListener(new PoolListener() {
                @Override
                public void overdue(GreenPool of, List<TaskSnapshot> running, List<WaitingSnapshot> waiting) {
                    told.set(true);
                }
            }));
            pool.spawnN(() -> {
            });
            assertThat(pool.close(Duration.ofMinutes(1))).isTrue();
            assertThat(told).isFalse();
        }
    }
}
