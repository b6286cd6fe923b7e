package io.greenlet.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.greenlet.Green;
import io.greenlet.GreenFutures;
import io.greenlet.GreenThread;
import io.greenlet.GreenletExit;
import io.greenlet.Hub;
import io.greenlet.Latch;
import io.greenlet.SimulatedHub;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// An executor over a pool: submission, order, cancellation, refusal, figures, the ways to its end, re-entry.
final class GreenThreadPoolExecutorTests extends PoolContract {

    private final Queue<GreenThreadPoolExecutor> executors = new ConcurrentLinkedQueue<>();

    private GreenThreadPoolExecutor executor(int workers) {
        return executor(workers, (executor, backlog) -> {
        });
    }

    private GreenThreadPoolExecutor executor(int workers, Admission admission) {
        return watched(GreenThreadPoolExecutor
                .of(PoolOptions.named("executor").withHub(hub()).withSize(workers), admission));
    }

    private GreenThreadPoolExecutor watched(GreenThreadPoolExecutor executor) {
        executors.add(executor);
        GreenPool _ = watched(executor.pool());
        return executor;
    }

    @AfterEach
    void everyTaskHasExactlyOneOutcome() {
        for (GreenThreadPoolExecutor executor : executors) {
            executor.shutdown();
            if (!hasFailed()) {
                waitUntil("the end of " + executor, executor::isTerminated);
                ExecutorStatistics now = executor.statistics();
                assertThat(now.running() + now.queued() + now.delayed()).as("%s", now).isZero();
                assertThat(now.executed() + now.cancelled()).as("%s", now).isEqualTo(now.submitted());
            }
        }
    }

    private static Callable<Integer> noting(Queue<Integer> order, int number) {
        return () -> {
            order.add(number);
            return number;
        };
    }

    @Nested
    class Construction {

        @Test
        void aThousandWorkersUnlessToldOtherwise() {
            try (GreenThreadPoolExecutor executor = new GreenThreadPoolExecutor()) {
                assertThat(executor.pool().size()).isEqualTo(1000);
                assertThat(executor.pool().hub()).isSameAs(Hub.parallel());
                assertThat(executor.alive()).isTrue();
                assertThat(executor).hasToString("executor 'executor'");
            }
        }

        @Test
        void thereMustBeAWorker() {
            assertThatIllegalArgumentException().isThrownBy(() -> new GreenThreadPoolExecutor(0))
                    .withMessage("maxWorkers must be positive: 0");
            assertThatIllegalArgumentException().isThrownBy(() -> new GreenThreadPoolExecutor(-3))
                    .withMessage("maxWorkers must be positive: -3");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> GreenThreadPoolExecutor.of(PoolOptions.named("x").withSize(0)))
                    .withMessage("maxWorkers must be positive: 0");
            assertThatIllegalArgumentException().isThrownBy(() -> GreenThreadPoolExecutor.rejectWhenReached(-1))
                    .withMessage("backlog must not be negative: -1");
        }

        @Test
        void itIsADropInExecutorService() throws Exception {
            try (ExecutorService executor = new GreenThreadPoolExecutor(2,
                    GreenThreadPoolExecutor.rejectWhenReached(9))) {
                Future<String> result = executor.submit(() -> "done");
                Future<String> given = executor.submit(() -> {
                }, "given");
                waitUntil("both are done", () -> result.isDone() && given.isDone()); // on a hub no simulation knows of
                assertThat(result.get()).isEqualTo("done");
                assertThat(given.get()).isEqualTo("given");
            }
        }

        @Test
        void itSharesAPoolThatGoesOnAfterIt() throws Exception {
            GreenPool pool = pool(1);
            GreenThreadPoolExecutor one = watched(GreenThreadPoolExecutor.over(pool));
            GreenThreadPoolExecutor other = watched(GreenThreadPoolExecutor.over(pool));
            Latch gate = new Latch(1);
            var first = one.submit(after(gate, 1));
            var second = other.submit(() -> 2);
            assertThat(one.statistics().running()).isEqualTo(1);
            assertThat(other.statistics().queued()).isEqualTo(1);
            gate.countDown();
            assertThat(first.get() + second.get()).isEqualTo(3);
            one.close();
            assertThat(pool.isClosed()).isFalse();
            assertThat(pool.spawn(() -> 4).await()).isEqualTo(4);
            assertThat(other.submit(() -> 5).get()).isEqualTo(5);
            assertThat(one.statistics().executed()).isEqualTo(1);
        }

        @Test
        void aClosedPoolTakesNothing() {
            GreenPool pool = pool(1);
            GreenThreadPoolExecutor executor = watched(GreenThreadPoolExecutor.over(pool));
            pool.close();
            assertThatExceptionOfType(RejectedSubmission.class).isThrownBy(() -> executor.submit(() -> 1)).withMessage(
                    "executor 'pool': its pool is closed (maxWorkers=1, running=0, queued=0, delayed=0)");
            assertThat(executor.statistics().submitted()).isZero();
            assertThat(executor.statistics().rejected()).isEqualTo(1);
        }
    }

    @Nested
    class Submitting {

        @Test
        void tasksQueueInOrderAndNeverBlockTheSubmitter() throws Exception {
            GreenThreadPoolExecutor executor = executor(1);
            Latch gate = new Latch(1);
            Queue<Integer> order = new ConcurrentLinkedQueue<>();
            var _ = executor.submit(after(gate, 0));
            List<Future<Integer>> later = new ArrayList<>();
            for (int i = 1; i <= 20; i++) {
                later.add(executor.submit(noting(order, i)));
            }
            assertThat(executor.statistics().queued()).isEqualTo(20);
            gate.countDown();
            for (Future<Integer> future : later) {
                assertThat(future.get()).isPositive();
            }
            assertThat(order).containsExactlyElementsOf(IntStream.rangeClosed(1, 20).boxed().toList());
        }

        @Test
        void whatABodyThrowsIsInItsFuture() throws Exception {
            GreenThreadPoolExecutor executor = executor(2);
            IOException error = new IOException("disk");
            Future<Integer> failing = executor.submit(() -> {
                throw error;
            });
            assertThatThrownBy(failing::get).isInstanceOf(ExecutionException.class).cause().isSameAs(error);
            AssertionError fatal = new AssertionError("fatal");
            Future<Integer> erring = executor.submit(() -> {
                throw fatal;
            });
            assertThatThrownBy(erring::get).isInstanceOf(ExecutionException.class).cause().isSameAs(fatal);
            assertThat(executor.submit(() -> 1).get()).as("it goes on").isEqualTo(1);
            ExecutorStatistics now = executor.statistics();
            assertThat(now.executed()).isEqualTo(3);
            assertThat(now.failures()).isEqualTo(2);
        }

        @Test
        void whatACommandThrowsReachesTheFailureHandler() {
            GreenThreadPoolExecutor executor = executor(1);
            IllegalStateException error = new IllegalStateException("nobody waits");
            executor.execute(() -> {
                throw error;
            });
            assertThat(takeReport().error()).isSameAs(error);
        }

        @Test
        @SuppressWarnings("NullAway") // what a user without it can do
        void nullIsRefused() {
            GreenThreadPoolExecutor executor = executor(1);
            assertThatThrownBy(() -> executor.submit((Callable<Integer>) null)).isInstanceOf(NullPointerException.class)
                    .hasMessage("task");
            assertThat(executor.statistics().submitted()).isZero();
        }
    }

    @Nested
    class Cancelling {

        @Test
        void aQueuedTaskLeavesItsPlaceAtOnceAndNeverRuns() throws Exception {
            GreenThreadPoolExecutor executor = executor(1, GreenThreadPoolExecutor.rejectWhenReached(1));
            Latch gate = new Latch(1);
            var running = executor.submit(after(gate, 1));
            var queued = executor.submit(() -> 2);
            assertThat(queued.cancel(false)).isTrue();
            assertThat(queued.isCancelled()).isTrue();
            assertThat(executor.statistics().cancelled()).isEqualTo(1);
            assertThat(executor.statistics().queued()).isZero();
            var next = executor.submit(() -> 3); // its place is free
            gate.countDown();
            assertThat(running.get() + next.get()).isEqualTo(4);
            assertThatThrownBy(queued::get).isInstanceOf(CancellationException.class);
        }

        @Test
        void aRunningTaskIsKilledOnlyIfAskedTo() {
            GreenThreadPoolExecutor executor = executor(1);
            Latch begun = new Latch(1);
            GreenThread<Integer> task = executor.submit(() -> {
                begun.countDown();
                return forEver();
            });
            waitUntil("it has begun", () -> begun.count() == 0);
            assertThat(task.cancel(false)).isFalse();
            assertThat(task.cancel(true)).isTrue();
            assertThatThrownBy(task::await).isInstanceOf(GreenletExit.class);
            assertThat(executor.statistics().cancelled()).isEqualTo(1);
            assertThat(executor.statistics().executed()).isZero();
        }
    }

    @Nested
    class Refusing {

        @Test
        void theBacklogCountsThoseInLineOnly() throws Exception {
            GreenThreadPoolExecutor executor = executor(2, GreenThreadPoolExecutor.rejectWhenReached(1));
            Latch gate = new Latch(1);
            List<Future<Integer>> taken = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                taken.add(executor.submit(after(gate, 1)));
            }
            ExecutorStatistics before = executor.statistics();
            assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> executor.submit(() -> 1))
                    .withMessage("executor 'executor': no place, the backlog has reached 1 (maxWorkers=2, running=2, "
                            + "queued=1, delayed=0)");
            ExecutorStatistics after = executor.statistics();
            assertThat(after.submitted()).as("nothing has changed").isEqualTo(before.submitted());
            assertThat(after.rejected()).isEqualTo(1);
            gate.countDown();
            for (Future<Integer> future : taken) {
                assertThat(future.get()).isEqualTo(1);
            }
            assertThat(executor.submit(() -> 7).get()).isEqualTo(7);
        }

        @Test
        void aLimitOfZeroRefusesEverything() {
            GreenThreadPoolExecutor executor = executor(5, GreenThreadPoolExecutor.rejectWhenReached(0));
            assertThatThrownBy(() -> executor.submit(() -> 1)).hasMessageContaining("the backlog has reached 0");
        }

        @Test
        void aCheckOfOnesOwnSeesExecutorAndBacklog() {
            Admission two = GreenThreadPoolExecutor.rejectWhenReached(2);
            List<Integer> seen = new ArrayList<>();
            GreenThreadPoolExecutor executor = executor(1, (of, backlog) -> {
                seen.add(backlog);
                assertThat(of.statistics().queued()).isEqualTo(backlog);
                two.check(of, backlog);
            });
            Latch gate = new Latch(1);
            for (int i = 0; i < 3; i++) {
                var _ = executor.submit(after(gate, i));
            }
            assertThatThrownBy(() -> executor.execute(() -> {
            })).isInstanceOf(RejectedSubmission.class).hasMessageContaining("the backlog has reached 2");
            assertThat(seen).containsExactly(0, 0, 1, 2);
            gate.countDown();
        }

        @Test
        void afterAShutdownTheCheckIsNotAsked() {
            AtomicInteger asked = new AtomicInteger();
            GreenThreadPoolExecutor executor = executor(1, (of, backlog) -> asked.incrementAndGet());
            executor.shutdown();
            assertThat(executor.alive()).isFalse();
            assertThatExceptionOfType(RejectedSubmission.class).isThrownBy(() -> executor.submit(() -> 1)).withMessage(
                    "executor 'executor': shut down (maxWorkers=1, running=0, queued=0, delayed=0)");
            assertThatThrownBy(() -> executor.execute(() -> {
            })).isInstanceOf(RejectedExecutionException.class);
            assertThatThrownBy(() -> executor.submitAfter(Duration.ZERO, () -> 1))
                    .isInstanceOf(RejectedExecutionException.class);
            assertThat(asked).hasValue(0);
            assertThat(executor.statistics().rejected()).isEqualTo(3);
        }

        @Test
        void thePoolsQueueHasACapacityToo() {
            GreenThreadPoolExecutor executor = watched(GreenThreadPoolExecutor
                    .of(PoolOptions.named("narrow").withHub(hub()).withSize(1).withQueueCapacity(0)));
            Latch gate = new Latch(1);
            var _ = executor.submit(after(gate, 1));
            assertThatThrownBy(() -> executor.submit(() -> 1)).isInstanceOf(RejectedSubmission.class)
                    .hasMessageContaining("no slot, and the queue is full (capacity 0)");
            assertThat(executor.pool().snapshot().rejected()).isEqualTo(1);
            gate.countDown();
        }
    }

    @Nested
    class SubmittingForLater {

        @Test
        void aTaskRunsWhenItsTimeHasComeAndNotBefore() throws Exception {
            GreenThreadPoolExecutor executor = executor(1);
            long start = hub().nanoTime();
            Future<Long> late = executor.submitAfter(Duration.ofMillis(20), () -> hub().nanoTime());
            assertThat(executor.statistics().delayed()).isEqualTo(1);
            assertThat(executor.pool().running()).as("no slot until then").isZero();
            assertThat(executor.submit(() -> 1).get()).as("idle workers do others").isEqualTo(1);
            long took = late.get() - start;
            assertThat(took).isGreaterThanOrEqualTo(Duration.ofMillis(20).toNanos());
            if (hub() instanceof SimulatedHub) {
                assertThat(took).isEqualTo(Duration.ofMillis(20).toNanos());
                assertThat(executor.statistics().waitTime()).as("its delay is no wait").isZero();
            }
        }

        @Test
        void theNearerOneOvertakes() {
            GreenThreadPoolExecutor executor = executor(1);
            Queue<Integer> order = new ConcurrentLinkedQueue<>();
            var far = executor.submitAfter(Duration.ofDays(1), noting(order, 2));
            var near = executor.submitAfter(Duration.ofMillis(5), noting(order, 1));
            waitUntil("the nearer is done", near::isDone);
            assertThat(far.cancel(false)).isTrue();
            assertThat(order).containsExactly(1);
        }

        @Test
        void cancelledBeforeItNeverRuns() {
            GreenThreadPoolExecutor executor = executor(1);
            AtomicInteger ran = new AtomicInteger();
            var never = executor.submitAfter(Duration.ofHours(1), ran::incrementAndGet);
            assertThat(never.cancel(false)).isTrue();
            assertThat(executor.statistics().delayed()).isZero();
            assertThat(executor.statistics().cancelled()).isEqualTo(1);
            executor.close();
            assertThat(ran).hasValue(0);
        }

        @Test
        void aNegativeDelayIsRefused() {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> executor(1).submitAfter(Duration.ofMillis(-1), () -> 1))
                    .withMessage("delay must not be negative: PT-0.001S");
        }

        @Test
        void oneThatFindsNoRoomWhenItIsDueEndsWithThat() {
            GreenThreadPoolExecutor executor = executor(1, GreenThreadPoolExecutor.rejectWhenReached(1));
            Latch gate = new Latch(1);
            var _ = executor.submit(after(gate, 1));
            var _ = executor.submit(() -> 2);
            var late = executor.submitAfter(Duration.ofMillis(1), () -> 3);
            waitUntil("it is refused", late::isDone);
            assertThatThrownBy(late::await).isInstanceOf(RejectedSubmission.class)
                    .hasMessageContaining("the backlog has reached 1");
            gate.countDown();
        }

        @Test
        void aShutdownWaitsForItAndAShutdownNowDoesNot() throws Exception {
            GreenThreadPoolExecutor draining = executor(1);
            var late = draining.submitAfter(Duration.ofMillis(5), () -> 1);
            draining.shutdown();
            assertThat(draining.isTerminated()).isFalse();
            assertThat(late.get()).isEqualTo(1);
            GreenThreadPoolExecutor hasty = executor(1);
            var never = hasty.submitAfter(Duration.ofHours(1), () -> 1);
            assertThat(hasty.shutdownNow()).hasSize(1);
            assertThat(never.isCancelled()).isTrue();
            assertThat(hasty.isTerminated()).isTrue();
        }
    }

    @Nested
    class SeveralAtOnce {

        @Test
        void invokeAllReturnsDoneFuturesInOrder() throws Exception {
            GreenThreadPoolExecutor executor = executor(2);
            List<Callable<Integer>> bodies = List.of(() -> 1, () -> {
                throw new IOException("two");
            }, () -> 3);
            List<Future<Integer>> results = executor.invokeAll(bodies);
            assertThat(results).allMatch(Future::isDone);
            assertThat(results.get(0).get() + results.get(2).get()).isEqualTo(4);
            assertThat(results.get(1).state()).isEqualTo(Future.State.FAILED);
            assertThat(executor.<Integer>invokeAll(List.of())).isEmpty();
        }

        @Test
        void invokeAllKillsWhatIsLate() throws Exception {
            GreenThreadPoolExecutor executor = executor(2);
            List<Future<Integer>> results = executor.invokeAll(List.of(() -> 1, PoolContract::forEver, () -> 3), 20,
                    TimeUnit.MILLISECONDS);
            assertThat(results).allMatch(Future::isDone);
            assertThat(results.get(0).get()).isEqualTo(1);
            assertThat(results.get(1).isCancelled()).isTrue();
        }

        @Test
        void anInterruptedInvokeAllKillsItsTasks() throws Exception {
            GreenThreadPoolExecutor executor = executor(1);
            Actor<List<Future<Integer>>> caller = fork(
                    () -> executor.invokeAll(List.of(PoolContract::forEver, PoolContract::forEver)));
            waitUntil("they are handed in", () -> executor.statistics().submitted() == 2);
            caller.interrupt();
            assertThatThrownBy(caller::result).isInstanceOf(InterruptedException.class);
            waitUntil("they are killed", () -> executor.statistics().cancelled() == 2);
        }

        @Test
        void invokeAllHandsInAllOrNone() {
            GreenThreadPoolExecutor executor = executor(1, GreenThreadPoolExecutor.rejectWhenReached(1));
            assertThatThrownBy(() -> executor
                    .invokeAll(List.of(PoolContract::forEver, PoolContract::forEver, PoolContract::forEver)))
                    .isInstanceOf(RejectedSubmission.class);
            waitUntil("those before it are killed", () -> executor.statistics().cancelled() == 2);
        }

        @Test
        void invokeAnyReturnsTheFirstSuccessAndKillsTheRest() throws Exception {
            GreenThreadPoolExecutor executor = executor(3);
            assertThat(executor.<Integer>invokeAny(List.of(PoolContract::forEver, () -> {
                throw new IOException("no");
            }, () -> 3))).isEqualTo(3);
            waitUntil("the rest is killed", () -> executor.statistics().cancelled() == 1);
        }

        @Test
        void invokeAnySaysWhyNoneSucceeded() {
            GreenThreadPoolExecutor executor = executor(1);
            IOException error = new IOException("no");
            assertThatThrownBy(() -> executor.invokeAny(List.of(() -> {
                throw error;
            }))).isInstanceOf(ExecutionException.class).cause().isSameAs(error);
            assertThatThrownBy(
                    () -> executor.invokeAny(List.<Callable<Integer>>of(PoolContract::forEver), 5,
                            TimeUnit.MILLISECONDS))
                    .isInstanceOf(TimeoutException.class).hasMessage("none of 1 tasks has succeeded within PT0.005S");
            assertThatThrownBy(
                    () -> executor.invokeAny(List.<Callable<Integer>>of(PoolContract::forEver), Long.MIN_VALUE,
                            TimeUnit.DAYS))
                    .isInstanceOf(TimeoutException.class);
            assertThatIllegalArgumentException().isThrownBy(() -> executor.invokeAny(List.<Callable<Integer>>of()));
        }

        @Test
        void mapReturnsResultsInTheOrderOfTheItems() {
            GreenThreadPoolExecutor executor = executor(3);
            try (Stream<Integer> results = executor.map((Integer n) -> n * n, List.of(1, 2, 3, 4, 5),
                    Duration.ofSeconds(30))) {
                assertThat(results.toList()).containsExactly(1, 4, 9, 16, 25);
            }
            assertThat(executor.statistics().executed()).isEqualTo(5);
        }

        @Test
        void mapRaisesAFailureAtItsPositionAndGoesOn() {
            GreenThreadPoolExecutor executor = executor(2);
            Iterator<Integer> results = executor.map((Integer n) -> 6 / n, List.of(1, 0, 3)).iterator();
            assertThat(results.next()).isEqualTo(6);
            assertThatThrownBy(results::next).isInstanceOf(ArithmeticException.class);
            assertThat(results.next()).isEqualTo(2);
            assertThat(results.hasNext()).isFalse();
        }

        @Test
        void mapHasOneDeadlineForAllOfIt() {
            GreenThreadPoolExecutor executor = executor(4);
            long start = hub().nanoTime();
            Iterator<Integer> results = executor.map((Integer n) -> n == 0 ? 0 : hang(), List.of(0, 1, 2, 3),
                    Duration.ofMillis(30)).iterator();
            assertThat(results.next()).isZero();
            assertThatExceptionOfType(CompletionException.class).isThrownBy(results::next)
                    .withCauseInstanceOf(TimeoutException.class)
                    .withMessageContaining(
                            "has not ended within PT0.03S, the limit of the whole map; with it, 3 results");
            assertThat(results.hasNext()).isFalse();
            waitUntil("what is left is killed", () -> executor.statistics().cancelled() == 3);
            if (hub() instanceof SimulatedHub) {
                assertThat(hub().nanoTime() - start).isLessThan(Duration.ofMillis(31).toNanos());
            }
        }

        private static int hang() {
            try {
                return forEver();
            } catch (InterruptedException e) {
                throw new CompletionException(e);
            }
        }

        @Test
        void aMapThatIsClosedKillsWhatIsLeft() {
            GreenThreadPoolExecutor executor = executor(1);
            try (Stream<Integer> results = executor.map((Integer n) -> hang(), List.of(1, 2), Duration.ofHours(1))) {
                assertThat(results.iterator().hasNext()).isTrue();
            }
            waitUntil("both are killed", () -> executor.statistics().cancelled() == 2);
        }
    }

    @Nested
    class ReEntry {

        @Test
        void aTaskThatWaitsForAnotherOfItsFullExecutorRunsItInPlace() throws Exception {
            GreenThreadPoolExecutor executor = executor(1);
            Future<Integer> outer = executor.submit(() -> {
                int inner = executor.submit(() -> executor.submit(() -> 20).get() + 1).get();
                var all = GreenFutures.waitForAll(List.of(executor.submit(() -> 1), executor.submit(() -> 2)));
                return inner + all.done().size();
            });
            assertThat(outer.get()).isEqualTo(23);
        }

        @Test
        void soDoManyAtOnce() throws Exception {
            GreenThreadPoolExecutor executor = executor(1);
            Future<Integer> outer = executor.submit(() -> {
                int sum = 0;
                for (Future<Integer> one : executor.<Integer>invokeAll(List.of(() -> 1, () -> 2, () -> 4))) {
                    sum += one.get();
                }
                try (Stream<Integer> mapped = executor.map((Integer n) -> n, List.of(8, 16), Duration.ofMinutes(1))) {
                    sum += mapped.mapToInt(n -> n).sum();
                }
                return sum + executor.<Integer>invokeAny(List.of(() -> 32));
            });
            assertThat(outer.get()).isEqualTo(63);
        }

        @Test
        void aTaskInPlaceCannotWaitForItself() throws Exception {
            GreenThreadPoolExecutor executor = executor(1);
            GreenThread<String> outer = executor.submit(() -> {
                AtomicReference<GreenThread<String>> inner = new AtomicReference<>();
                inner.set(executor.submit(() -> {
                    GreenThread<String> me = inner.get();
                    assertThatIllegalStateException().isThrownBy(() -> GreenFutures.waitForAny(List.of(me)))
                            .withMessage(me + " must not await itself");
                    return "in place";
                }));
                return inner.get().await();
            });
            assertThat(outer.await()).isEqualTo("in place");
        }

        @Test
        void aMapInPlaceEndsAtItsDeadline() throws Exception {
            GreenThreadPoolExecutor executor = executor(1);
            Future<Boolean> outer = executor.submit(() -> {
                Iterator<Integer> results = executor
                        .map((Integer n) -> SeveralAtOnce.hang(), List.of(1), Duration.ofMillis(5)).iterator();
                try {
                    return results.next() < 0;
                } catch (CompletionException e) {
                    return e.getCause() instanceof TimeoutException && !Thread.interrupted();
                }
            });
            assertThat(outer.get()).isTrue();
        }

        @Test
        void aStageThatRunsInTheFullExecutorIsRunInPlace() throws Exception {
            GreenThreadPoolExecutor executor = executor(1);
            Future<Integer> outer = executor.submit(() -> CompletableFuture.supplyAsync(() -> 5, executor).get());
            assertThat(outer.get()).isEqualTo(5);
        }

        @Test
        void aTaskThatWaitsForADelayedOneRunsItWhenItIsDue() throws Exception {
            GreenThreadPoolExecutor executor = executor(1);
            Future<Integer> outer = executor
                    .submit(() -> executor.submitAfter(Duration.ofMillis(10), () -> 3).get());
            assertThat(outer.get()).isEqualTo(3);
        }

        @Test
        void aTaskThatWaitsForSeveralDelayedOnesRunsEachWhenItIsDue() throws Exception {
            GreenThreadPoolExecutor executor = executor(1);
            Future<Integer> outer = executor.submit(() -> {
                var far = executor.submitAfter(Duration.ofDays(1), () -> 1);
                var near = executor.submitAfter(Duration.ofMillis(5), () -> 1);
                assertThat(GreenFutures.waitForAny(List.of(far, near)).done()).containsExactly(near);
                assertThat(far.cancel(false)).isTrue();
                var last = executor.submitAfter(Duration.ofMillis(8), () -> 2);
                return GreenFutures.waitForAll(List.of(last, near)).done().stream().mapToInt(Future::resultNow).sum();
            });
            assertThat(outer.get()).isEqualTo(3);
        }

        @Test
        void aTaskMayNotWaitForTheEndOfItsExecutor() throws Exception {
            GreenThreadPoolExecutor executor = executor(1);
            Future<Boolean> inside = executor.submit(() -> {
                assertThatIllegalStateException().isThrownBy(() -> executor.close())
                        .withMessage(
                                "close must be called from outside executor 'executor': its own task would wait for"
                                        + " itself");
                assertThatIllegalStateException().isThrownBy(() -> executor.close(Duration.ZERO));
                assertThatIllegalStateException().isThrownBy(() -> executor.awaitTermination(1, TimeUnit.DAYS))
                        .withMessageStartingWith("awaitTermination must be called from outside");
                return executor.awaitTermination(Duration.ZERO);
            });
            assertThat(inside.get()).isFalse();
            assertThat(executor.alive()).isTrue();
        }
    }

    @Nested
    class Ending {

        @Test
        void aShutdownDrainsTheLine() throws Exception {
            GreenThreadPoolExecutor executor = executor(1);
            Latch gate = new Latch(1);
            var running = executor.submit(after(gate, 1));
            var queued = executor.submit(() -> 2);
            executor.shutdown();
            executor.shutdown();
            assertThat(executor.isShutdown()).isTrue();
            assertThat(executor.isTerminated()).isFalse();
            assertThat(executor.awaitTermination(Duration.ofMillis(2))).isFalse();
            gate.countDown();
            assertThat(executor.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
            assertThat(running.isDone() && queued.isDone()).isTrue();
            assertThat(queued.get()).isEqualTo(2);
        }

        @Test
        void abandoningTheQueueLetsWhatRunsFinish() throws Exception {
            GreenThreadPoolExecutor executor = executor(1);
            Latch gate = new Latch(1);
            Latch begun = new Latch(1);
            var running = executor.submit(() -> {
                begun.countDown();
                return after(gate, 1).call();
            });
            begun.await();
            Queue<Integer> order = new ConcurrentLinkedQueue<>();
            var queued = executor.submit(noting(order, 2));
            Runnable command = () -> order.add(3);
            executor.execute(command);
            List<Runnable> dropped = executor.shutdownAbandoningQueue();
            assertThat(dropped).hasSize(2).last().isSameAs(command);
            assertThat(queued.isCancelled()).isTrue();
            gate.countDown();
            assertThat(running.get()).isEqualTo(1);
            assertThat(order).isEmpty();
            dropped.forEach(Runnable::run); // by somebody else
            assertThat(order).containsExactly(2, 3);
        }

        @Test
        void aShutdownNowKillsWhatRunsAndTellsThoseWhoWait() throws Exception {
            GreenThreadPoolExecutor executor = executor(1);
            Latch begun = new Latch(1);
            var running = executor.submit(() -> {
                begun.countDown();
                return forEver();
            });
            var queued = executor.submit(() -> 2);
            Actor<Integer> waiting = fork(queued::get);
            waitUntilParked(waiting.thread());
            begun.await();
            assertThat(executor.shutdownNow()).hasSize(1);
            assertThatThrownBy(waiting::result).isInstanceOf(CancellationException.class);
            assertThatThrownBy(running::get).isInstanceOf(CancellationException.class);
            assertThat(executor.awaitTermination(Duration.ofSeconds(30))).isTrue();
            assertThat(executor.statistics().cancelled()).isEqualTo(2);
        }

        @Test
        void aCloseWaitsAlsoAfterAShutdown() {
            GreenThreadPoolExecutor executor = executor(1);
            Latch gate = new Latch(1);
            var running = executor.submit(after(gate, 1));
            executor.shutdown();
            Actor<Boolean> closing = fork(() -> {
                executor.close();
                return running.isDone();
            });
            waitUntilParked(closing.thread());
            gate.countDown();
            waitUntil("the close returns", closing::isDone);
            assertThat(running.isDone()).isTrue();
            executor.close();
        }

        @Test
        void anInterruptOfACloseKillsAndTheFlagIsSet() throws Exception {
            GreenThreadPoolExecutor executor = executor(1);
            var running = executor.submit(PoolContract::forEver);
            Actor<Boolean> closing = fork(() -> {
                executor.close();
                return Thread.interrupted();
            });
            waitUntilParked(closing.thread());
            closing.interrupt();
            assertThat(closing.result()).isTrue();
            assertThat(running.isCancelled()).isTrue();
        }

        @Test
        void aCloseWithADeadlineSaysWhetherAllEndedByThemselves() throws Exception {
            GreenThreadPoolExecutor fine = executor(2);
            var done = fine.submit(() -> 1);
            assertThat(fine.close(Duration.ofSeconds(30))).isTrue();
            assertThat(done.get()).isEqualTo(1);
            GreenThreadPoolExecutor stuck = executor(1);
            var killed = stuck.submit(PoolContract::forEver);
            var dropped = stuck.submit(() -> 1);
            assertThat(stuck.close(Duration.ofMillis(5))).isFalse();
            assertThat(killed.isCancelled() && dropped.isCancelled()).isTrue();
            assertThat(stuck.isTerminated()).isTrue();
        }

        @Test
        void aKillOfThePoolEndsTasksOfTheExecutorToo() {
            GreenThreadPoolExecutor executor = executor(1);
            var running = executor.submit(PoolContract::forEver);
            var queued = executor.submit(() -> 1);
            executor.pool().killAll();
            waitUntil("both have ended", () -> running.isDone() && queued.isDone());
            assertThat(executor.statistics().cancelled()).isEqualTo(2);
        }
    }

    @Nested
    class Figures {

        @Test
        void nothingHasRunAndTheAveragesAreZero() {
            ExecutorStatistics now = executor(1).statistics();
            assertThat(now.averageRuntime()).isZero();
            assertThat(now.averageWaitTime()).isZero();
            assertThat(now.submitted()).isZero();
        }

        @Test
        void waitAndRunTimeAreApart() throws Exception {
            GreenThreadPoolExecutor executor = executor(1);
            Latch bothAreIn = new Latch(1);
            Callable<Integer> body = () -> {
                bothAreIn.await();
                Green.sleep(Duration.ofMillis(10));
                return 1;
            };
            var first = executor.submit(body);
            var second = executor.submit(body);
            bothAreIn.countDown();
            assertThat(first.get() + second.get()).isEqualTo(2);
            ExecutorStatistics now = executor.statistics();
            assertThat(now.executed()).isEqualTo(2);
            assertThat(now.failures() + now.cancelled() + now.rejected()).isZero();
            assertThat(now.mostRunning()).isEqualTo(1);
            assertThat(now.runtime()).isGreaterThanOrEqualTo(Duration.ofMillis(20));
            assertThat(now.waitTime()).isGreaterThanOrEqualTo(Duration.ofMillis(9));
            if (hub() instanceof SimulatedHub) {
                assertThat(now.runtime()).isEqualTo(Duration.ofMillis(20));
                assertThat(now.waitTime()).isEqualTo(Duration.ofMillis(10));
                assertThat(now.averageRuntime()).isEqualTo(Duration.ofMillis(10));
                assertThat(now.averageWaitTime()).isEqualTo(Duration.ofMillis(5));
            }
        }
    }

    /// Submitters, cancellers and interrupters at once, then a shutdown of some kind.
    @Nested
    class Storm {

        private static final int ROUNDS = DEEP ? 300 : 6;

        @Test
        void everyTaskHasOneOutcomeAndTheFiguresAddUp() throws Exception {
            for (int round = 0; round < ROUNDS; round++) {
                long seed = hub() instanceof SimulatedHub simulated
                        ? simulated.seed() * 1_000_003 + round
                        : ThreadLocalRandom.current().nextLong();
                try {
                    storm(new SplittableRandom(seed));
                } catch (Throwable e) {
                    throw new AssertionError("seed " + seed, e);
                }
            }
        }

        private void storm(SplittableRandom random) throws Exception {
            GreenThreadPoolExecutor executor = executor(random.nextInt(1, 4), random.nextBoolean()
                    ? GreenThreadPoolExecutor.rejectWhenReached(random.nextInt(1, 20))
                    : (of, backlog) -> {
                    });
            Queue<GreenThread<Integer>> taken = new ConcurrentLinkedQueue<>();
            LongAdder refused = new LongAdder();
            LongAdder commands = new LongAdder();
            List<Actor<Boolean>> actors = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                SplittableRandom own = random.split();
                actors.add((i % 2 == 0)
                        ? fork(() -> go(executor, own, taken, refused, commands))
                        : forkOther(() -> go(executor, own, taken, refused, commands)));
            }
            SplittableRandom own = random.split();
            Actor<Boolean> disturber = fork(() -> disturb(executor, own, actors));
            assertThat(disturber.result()).isTrue();
            for (Actor<Boolean> actor : actors) {
                assertThat(actor.result()).isTrue();
            }
            executor.close();
            ExecutorStatistics now = executor.statistics();
            assertThat(now.submitted()).as("%s", now).isEqualTo(taken.size() + commands.sum());
            assertThat(now.executed() + now.cancelled()).as("%s", now).isEqualTo(now.submitted());
            assertThat(taken).allMatch(Future::isDone);
            long failed = taken.stream().filter(task -> task.state() == Future.State.FAILED).count();
            assertThat(now.failures()).as("%s", now).isEqualTo(failed);
            PoolSnapshot pool = executor.pool().snapshot();
            assertThat(pool.completed() + pool.failed() + pool.killed()).as("%s of %s", pool, now)
                    .isBetween(now.submitted() - now.rejected(), now.submitted());
        }

        private boolean go(GreenThreadPoolExecutor executor, SplittableRandom random, Queue<GreenThread<Integer>> taken,
                LongAdder refused, LongAdder commands) {
            for (int i = 0; i < 60; i++) {
                try {
                    step(executor, random, taken, commands);
                } catch (RejectedExecutionException e) {
                    refused.increment();
                } catch (InterruptedException | TimeoutException | ExecutionException | CancellationException e) {
                    assertThat(e).as("on purpose").isNotNull();
                }
            }
            return true;
        }

        private void step(GreenThreadPoolExecutor executor, SplittableRandom random, Queue<GreenThread<Integer>> taken,
                LongAdder commands) throws InterruptedException, TimeoutException, ExecutionException {
            SplittableRandom own = random.split();
            switch (random.nextInt(8)) {
                case 0, 1, 2 -> taken.add(executor.submit(() -> body(executor, own, taken)));
                case 3 -> taken.add(
                        executor.submitAfter(Duration.ofNanos(own.nextInt(300_000)), () -> body(executor, own, taken)));
                case 4 -> {
                    executor.execute(() -> Thread.onSpinWait());
                    commands.increment();
                }
                case 5 -> {
                    GreenThread<Integer> oldest = taken.peek();
                    if (oldest != null) {
                        boolean _ = oldest.cancel(random.nextBoolean());
                    }
                }
                case 6 -> {
                    GreenThread<Integer> last = taken.stream().reduce((a, b) -> b).orElse(null);
                    if (last != null && random.nextBoolean()) {
                        boolean _ = last.cancel(random.nextBoolean());
                    } else if (last != null) {
                        assertThat(last.get(200, TimeUnit.MICROSECONDS)).isNotNull();
                    }
                }
                default -> {
                    List<GreenThread<Integer>> some = taken.stream().limit(5).toList();
                    assertThat(GreenFutures.waitForAny(some, Duration.ofNanos(50_000)).done()).isSubsetOf(some);
                }
            }
        }

        private int body(GreenThreadPoolExecutor executor, SplittableRandom random,
                Queue<GreenThread<Integer>> taken) throws Exception {
            switch (random.nextInt(5)) {
                case 0 -> throw new IOException("on purpose");
                case 1 -> Green.sleep(Duration.ofNanos(random.nextInt(100_000)));
                case 2 -> {
                    GreenThread<Integer> inner = executor.submit(() -> 1);
                    taken.add(inner);
                    return inner.get();
                }
                default -> Green.yieldNow();
            }
            return 1;
        }

        private boolean disturb(GreenThreadPoolExecutor executor, SplittableRandom random, List<Actor<Boolean>> actors)
                throws InterruptedException {
            for (int i = 0; i < 20; i++) {
                Green.sleep(Duration.ofNanos(random.nextInt(100_000)));
                Actor<Boolean> victim = actors.get(random.nextInt(actors.size()));
                if (!victim.isDone()) {
                    victim.interrupt();
                }
            }
            if (random.nextBoolean()) {
                executor.shutdown();
            } else {
                executor.shutdownAbandoningQueue().clear();
            }
            return true;
        }
    }
}
