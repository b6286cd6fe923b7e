package io.greenlet.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.greenlet.GreenThread;
import io.greenlet.GreenletExit;
import io.greenlet.Hub;
import io.greenlet.Latch;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// A spawn with a link that is there from the start, and one that gives a future.
final class LinkedSpawnTests extends PoolContract {

    /// What a link was told, and where.
    private static final class Note implements Consumer<GreenThread<?>> {

        private final Queue<Future.State> states = new ConcurrentLinkedQueue<>();
        private volatile @Nullable Thread thread;
        private volatile @Nullable GreenThread<?> ended;

        @Override
        public void accept(GreenThread<?> green) {
            thread = Thread.currentThread();
            ended = green;
            states.add(green.state());
        }
    }

    @Nested
    class ALink {

        private final Note note = new Note();

        @Test
        void isCalledOnceInTheThreadOfTheBody() throws InterruptedException {
            GreenPool pool = pool(1);
            GreenThread<Thread> task = pool.spawn(Thread::currentThread, TaskOptions.NONE, note);
            Thread body = task.await();
            assertThat(note.states).containsExactly(Future.State.SUCCESS);
            assertThat(note.thread).isSameAs(body);
            assertThat(note.ended).isSameAs(task);
        }

        @Test
        void neverRunsInTheCallerHoweverQuickTheBodyIs() throws InterruptedException {
            GreenPool pool = pool(4);
            for (int i = 0; i < 2_000; i++) {
                Note each = new Note();
                GreenThread<Thread> task = pool.spawn(Thread::currentThread, TaskOptions.NONE, each);
                assertThat(task.await()).isSameAs(each.thread);
            }
        }

        @Test
        void findsTheSlotFree() throws InterruptedException {
            GreenPool pool = pool(1);
            AtomicReference<@Nullable Integer> free = new AtomicReference<>();
            assertThat(pool.spawn(() -> 1, TaskOptions.NONE, _ -> free.set(pool.free())).await()).isEqualTo(1);
            assertThat(free).hasValue(1);
        }

        @Test
        void learnsOfAFailure() throws InterruptedException {
            IOException broken = new IOException("broken");
            AtomicReference<@Nullable Throwable> seen = new AtomicReference<>();
            GreenThread<Object> task = pool(1).spawn(() -> {
                throw broken;
            }, TaskOptions.NONE, ended -> seen.set(ended.exceptionNow()));
            assertThat(catchThrowable(task::await)).hasCause(broken);
            assertThat(seen).hasValue(broken);
        }

        @Test
        void learnsOfAKill() throws InterruptedException {
            GreenThread<Integer> task = pool(1).spawn(PoolContract::forEver, TaskOptions.NONE, note);
            task.kill();
            assertThat(catchThrowable(task::await)).isInstanceOf(GreenletExit.class);
            assertThat(note.states).containsExactly(Future.State.CANCELLED);
        }

        @Test
        void learnsOfAKillInLine() throws InterruptedException {
            GreenPool pool = pool(PoolOptions.named("pool").withSize(1).withWhenFull(WhenFull.QUEUE));
            Latch gate = new Latch(1);
            fill(pool, 1, gate);
            GreenThread<Integer> task = pool.spawn(() -> 1, TaskOptions.NONE, note);
            task.kill();
            assertThat(note.states).containsExactly(Future.State.CANCELLED);
            gate.countDown();
        }

        @Test
        void isCalledBeforeThoseThatCameLater() throws InterruptedException {
            Latch gate = new Latch(1);
            Queue<String> order = new ConcurrentLinkedQueue<>();
            GreenThread<Integer> task = pool(1).spawn(after(gate, 1), TaskOptions.NONE, _ -> order.add("first"));
            task.link(_ -> order.add("second"));
            gate.countDown();
            assertThat(task.await()).isEqualTo(1);
            assertThat(order).containsExactly("first", "second");
        }

        @Test
        void cannotBeTakenBack() throws InterruptedException {
            Latch gate = new Latch(1);
            GreenThread<Integer> task = pool(1).spawn(after(gate, 1), TaskOptions.NONE, note);
            assertThat(task.unlink(note)).isFalse();
            gate.countDown();
            assertThat(task.await()).isEqualTo(1);
            assertThat(note.states).hasSize(1);
        }

        @Test
        void thatThrowsStopsNoOther() throws InterruptedException {
            recordFailures();
            Latch gate = new Latch(1);
            GreenPool pool = pool(1);
            GreenThread<Integer> task = pool.spawn(after(gate, 1), TaskOptions.NONE, _ -> {
                throw new IllegalStateException("the link failed");
            });
            task.link(note);
            gate.countDown();
            assertThat(task.await()).isEqualTo(1);
            assertThat(note.states).hasSize(1);
            assertThat(takeReport().error()).hasMessage("the link failed");
        }

        @Test
        void ofATaskThatRunsInItsCallerIsCalledThere() throws InterruptedException {
            GreenPool pool = pool(PoolOptions.named("pool").withSize(0).withWhenFull(WhenFull.CALLER_RUNS));
            assertThat(pool.spawn(() -> 1, TaskOptions.NONE, note).await()).isEqualTo(1);
            assertThat(note.thread).isSameAs(Thread.currentThread());
            assertThat(note.states).containsExactly(Future.State.SUCCESS);
        }

        @Test
        void ofATaskThatIsNotTakenIsNotCalled() throws InterruptedException {
            GreenPool pool = pool(PoolOptions.named("pool").withSize(0).withWhenFull(WhenFull.REJECT));
            assertThatThrownBy(() -> pool.spawn(() -> 1, TaskOptions.NONE, note))
                    .isInstanceOf(RejectedSubmission.class);
            pool.close();
            assertThatThrownBy(() -> pool.spawn(() -> 1, TaskOptions.NONE, note))
                    .isInstanceOf(RejectedSubmission.class);
            assertThat(note.states).isEmpty();
        }

        @Test
        void ofATaskThatIsKilledWhenItsCallerHasGoneIsNotCalled() throws InterruptedException {
            GreenPool pool = pool(0);
            Actor<GreenThread<Integer>> caller = fork(() -> pool.spawn(() -> 1, TaskOptions.NONE, note));
            waitUntilWaiting(pool, 1);
            List<PoolTask.Place> seen = pool.core().line(); // as one who kills all sees it
            caller.interrupt();
            assertThatThrownBy(caller::result).isInstanceOf(InterruptedException.class);
            seen.forEach(place -> place.task.kill());
            assertThat(note.states).isEmpty();
        }

        @Test
        void ofATaskThatWaitsTooLongInLineLearnsOfIt() throws InterruptedException {
            GreenPool pool = pool(PoolOptions.named("pool").withSize(0).withWhenFull(WhenFull.QUEUE));
            GreenThread<Integer> task = pool.spawn(() -> 1,
                    TaskOptions.describedAs("late").withMaxWait(Duration.ofMillis(5)), note);
            assertThat(catchThrowable(task::await)).isInstanceOf(RejectedSubmission.class);
            assertThat(note.states).containsExactly(Future.State.FAILED);
        }

        @Test
        void ofATaskWhoseCallerIsInterruptedAsItRunsItIsCalled() {
            GreenPool pool = pool(PoolOptions.named("pool").withSize(0).withWhenFull(WhenFull.CALLER_RUNS));
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> pool.spawn(PoolContract::forEver, TaskOptions.NONE, note))
                    .isInstanceOf(InterruptedException.class);
            assertThat(note.states).containsExactly(Future.State.FAILED);
        }

        @Test
        void ofATaskForWhichNoThreadCanBeHadIsCalled() {
            Hub closed = Hub.simulated(1);
            GreenPool pool = GreenPool.of(PoolOptions.named("pool").withSize(1).withHub(closed));
            closed.close();
            assertThatThrownBy(() -> pool.spawn(() -> 1, TaskOptions.NONE, note))
                    .isInstanceOf(IllegalStateException.class);
            assertThat(note.states).containsExactly(Future.State.FAILED);
            assertThat(pool.free()).isEqualTo(1);
        }

        @Test
        @SuppressWarnings("NullAway") // that is what is tested
        void thatIsNullIsRefusedAndTakesNoSlot() {
            GreenPool pool = pool(1);
            assertThatNullPointerException().isThrownBy(() -> pool.spawn(() -> 1, TaskOptions.NONE, null))
                    .withMessage("onEnd");
            assertThat(pool.free()).isEqualTo(1);
        }
    }

    @Nested
    class AFuture {

        @Test
        void endsWithTheValueAndTheSlotIsFreeThen() throws Exception {
            GreenPool pool = pool(1);
            Latch gate = new Latch(1);
            AtomicReference<@Nullable Integer> free = new AtomicReference<>();
            CompletableFuture<Integer> future = pool.spawnFuture(after(gate, 7));
            CompletableFuture<Void> dependent = future.thenAccept(_ -> free.set(pool.free()));
            assertThat(future).isNotDone();
            gate.countDown();
            waitUntil("the future is done", dependent::isDone);
            assertThat(future).isCompletedWithValue(7);
            assertThat(free).hasValue(1);
        }

        @Test
        void failsWithWhatTheBodyThrew() throws InterruptedException {
            IOException broken = new IOException("broken");
            CompletableFuture<Object> future = pool(1).spawnFuture(() -> {
                throw broken;
            });
            waitUntil("the future is done", future::isDone);
            assertThat(future.exceptionNow()).isSameAs(broken);
        }

        @Test
        void cancelledItKillsTheTask() throws InterruptedException {
            GreenPool pool = pool(1);
            CompletableFuture<Integer> future = pool.spawnFuture(PoolContract::forEver);
            assertThat(future.cancel(true)).isTrue();
            waitUntil("the slot is back", () -> pool.free() == 1);
            assertThat(pool.snapshot().killed()).isEqualTo(1);
        }

        @Test
        void cancelledInLineItLeavesTheLine() throws InterruptedException {
            GreenPool pool = pool(PoolOptions.named("pool").withSize(1).withWhenFull(WhenFull.QUEUE));
            Latch gate = new Latch(1);
            fill(pool, 1, gate);
            CompletableFuture<Integer> future = pool.spawnFuture(() -> 1, TaskOptions.describedAs("never"));
            assertThat(pool.waiting()).isEqualTo(1);
            assertThat(future.cancel(false)).isTrue();
            assertThat(pool.waiting()).isZero();
            gate.countDown();
        }

        @Test
        void ofATaskThatRunsInItsCallerIsDoneAtOnce() throws InterruptedException {
            GreenPool pool = pool(PoolOptions.named("pool").withSize(0).withWhenFull(WhenFull.CALLER_RUNS));
            assertThat(pool.spawnFuture(() -> 1)).isCompletedWithValue(1);
        }

        @Test
        void isNotGivenForATaskThatIsNotTaken() {
            GreenPool pool = pool(PoolOptions.named("pool").withSize(0).withWhenFull(WhenFull.REJECT));
            assertThatThrownBy(() -> pool.spawnFuture(() -> 1)).isInstanceOf(RejectedSubmission.class);
        }
    }
}
