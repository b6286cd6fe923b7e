package io.greenlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

/// The wait for several futures: any and all, kinds mixed, limits, interrupts, and nothing left behind.
final class GreenFuturesTests extends HubContract {

    private GreenThread<Integer> after(Latch gate, int value) {
        return spawn(() -> {
            gate.await();
            return value;
        });
    }

    @Test
    void nothingToWaitForReturnsAtOnce() throws InterruptedException {
        assertThat(GreenFutures.waitForAll(List.<Future<Integer>>of()).allDone()).isTrue();
        assertThat(GreenFutures.waitForAny(List.<Future<Integer>>of()).done()).isEmpty();
    }

    @Test
    void anyReturnsWithTheFirst() throws InterruptedException {
        Latch gate = new Latch(1);
        GreenThread<Integer> slow = after(gate, 1);
        GreenThread<Integer> quick = spawn(() -> 2);
        var waited = GreenFutures.waitForAny(List.of(slow, quick));
        assertThat(waited.done()).containsExactly(quick);
        assertThat(waited.notDone()).containsExactly(slow);
        assertThat(waited.allDone()).isFalse();
        gate.countDown();
    }

    @Test
    void allReturnsWithTheLastHoweverTheyEnd() throws InterruptedException {
        GreenThread<Integer> fine = spawn(() -> 1);
        GreenThread<Integer> failing = spawn(() -> {
            throw new IllegalStateException("no");
        });
        GreenThread<Integer> killed = after(new Latch(1), 3);
        killed.kill();
        var waited = GreenFutures.waitForAll(List.of(fine, failing, killed));
        assertThat(waited.done()).containsExactly(fine, failing, killed);
        assertThat(waited.done()).allMatch(Future::isDone);
        assertThat(waited.allDone()).isTrue();
    }

    @Test
    void oneThatIsGivenTwiceCountsOnce() throws InterruptedException {
        GreenThread<Integer> done = spawn(() -> 1);
        Latch gate = new Latch(1);
        GreenThread<Integer> slow = after(gate, 2);
        assertThat(GreenFutures.waitForAny(List.of(done, done)).done()).containsExactly(done);
        Actor<Integer> waiting = fork(() -> GreenFutures.waitForAll(List.of(slow, done, slow, done)).done().size());
        waitUntilParked(waiting.thread());
        gate.countDown();
        waitUntil("it returns", waiting::isDone);
        assertThat(slow.isDone()).isTrue();
    }

    @Test
    void whatIsDoneByTheEndOfTheTimeIsReturned() throws InterruptedException {
        Latch gate = new Latch(1);
        GreenThread<Integer> slow = after(gate, 1);
        GreenThread<Integer> quick = spawn(() -> 2);
        waitUntil("it is done", quick::isDone);
        var waited = GreenFutures.waitForAll(List.of(slow, quick), Duration.ofMillis(5));
        assertThat(waited.done()).containsExactly(quick);
        assertThat(waited.notDone()).containsExactly(slow);
        assertThat(GreenFutures.waitForAny(List.of(slow), Duration.ofMillis(1)).done()).isEmpty();
        assertThat(GreenFutures.waitForAny(List.of(slow), Duration.ZERO).done()).isEmpty();
        assertThat(GreenFutures.waitForAny(List.of(slow, quick), Duration.ofSeconds(-1)).done()).containsExactly(quick);
        gate.countDown();
    }

    @Test
    void kindsMayBeMixedAndNothingIsLeftInThem() throws Exception {
        CompletableFuture<Integer> stage = new CompletableFuture<>();
        FutureTask<Integer> task = new FutureTask<>(() -> 3);
        Latch gate = new Latch(1);
        GreenThread<Integer> green = after(gate, 2);
        List<Future<Integer>> all = List.of(stage, green, task);
        Actor<Boolean> waiting = fork(() -> GreenFutures.waitForAll(all).allDone());
        waitUntil("it waits for the stage", () -> stage.getNumberOfDependents() == 1);
        task.run();
        gate.countDown();
        boolean _ = stage.completeExceptionally(new IllegalStateException("no"));
        assertThat(waiting.result()).isTrue();
        assertThat(task.get() + green.get()).isEqualTo(5);
    }

    @Test
    void aWaitThatIsOverLeavesNothingInAStage() throws InterruptedException {
        CompletableFuture<Integer> never = new CompletableFuture<>();
        for (int i = 0; i < 10; i++) {
            assertThat(GreenFutures.waitForAny(List.of(never), Duration.ofNanos(1000)).done()).isEmpty();
            assertThat(GreenFutures.waitForAny(List.of(never, spawn(() -> 1))).done()).hasSize(1);
        }
        assertThat(never.getNumberOfDependents()).isZero();
    }

    @Test
    void anInterruptEndsTheWaitAndNothingElse() {
        CompletableFuture<Integer> never = new CompletableFuture<>();
        Latch gate = new Latch(1);
        GreenThread<Integer> green = after(gate, 1);
        Actor<Boolean> waiting = fork(() -> GreenFutures.waitForAll(List.of(never, green)).allDone());
        waitUntilParked(waiting.thread());
        waiting.interrupt();
        assertThatThrownBy(waiting::result).isInstanceOf(InterruptedException.class);
        assertThat(never.getNumberOfDependents()).isZero();
        assertThat(green.isDone()).isFalse();
        gate.countDown();
        waitUntil("it ends", green::isDone);
    }

    @Test
    void aGreenThreadCannotWaitForItself() {
        GreenThread<Boolean> odd = spawn(() -> {
            GreenThread<?> me = GreenThread.current().orElseThrow();
            assertThatIllegalStateException().isThrownBy(() -> GreenFutures.waitForAll(List.of(me)))
                    .withMessage(me + " must not await itself");
            return true;
        });
        waitUntil("it ends", odd::isDone);
        assertThat(odd.state()).isEqualTo(Future.State.SUCCESS);
    }

    @Test
    void doneMeansThatItsLinksHaveRun() throws InterruptedException {
        Latch gate = new Latch(1);
        Latch linked = new Latch(1);
        GreenThread<Integer> green = after(gate, 1);
        green.link(ended -> {
            try {
                linked.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        gate.countDown();
        assertThat(GreenFutures.waitForAny(List.of(green), Duration.ofMillis(3)).done()).isEmpty();
        linked.countDown();
        assertThat(GreenFutures.waitForAny(List.of(green)).done()).containsExactly(green);
        assertThat(green.resultNow()).isEqualTo(1);
    }
}
