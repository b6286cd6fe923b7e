package io.greenlet.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.greenlet.Barrier;
import io.greenlet.GreenThread;
import io.greenlet.GreenletExit;
import io.greenlet.Latch;
import io.greenlet.sync.GreenEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What other limiters of the JVM were measured to get wrong, absent here. Each test blocks for ever, or fails, where
/// the peer's defect is present; none looks at a clock.
final class PeerDefectTests extends PoolContract {

    private static void meet(Barrier barrier) {
        try {
            barrier.await();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static void await(Latch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Gatherers.mapConcurrent: the window is the concurrency, so behind a slow item the rest idles (mean 1.4 of 10).
    @Test
    void e1ASlowItemDoesNotIdleThePoolBehindIt() {
        GreenPool pool = pool(10);
        Barrier nine = new Barrier(9); // nobody gets on unless nine run at once beside the slow one
        Latch behind = new Latch(36);
        List<Integer> results = pool.imap((Integer i) -> {
            if (i == 0) {
                await(behind);
            } else {
                meet(nine);
                behind.countDown();
            }
            return i;
        }, IntStream.range(0, 37).boxed().toList()).toList();
        assertThat(results).isSorted().hasSize(37);
    }

    /// The same with one slow item in twenty: the fast ones pass all slow ones of the window.
    @Test
    void e1SlowItemsNowAndThenLeaveTheOtherSlotsBusy() {
        GreenPool pool = pool(10);
        AtomicInteger fast = new AtomicInteger();
        List<Integer> results = pool.imap((Integer i) -> {
            if (i % 20 == 0) {
                int before = Math.min(i + 19, 199) / 20 * 19;
                waitUntil("the nineteen behind item " + i, () -> fast.get() >= before + 19 || fast.get() == 190);
            } else {
                fast.incrementAndGet();
            }
            return i;
        }, IntStream.range(0, 200).boxed().toList()).toList();
        assertThat(results).isSorted().hasSize(200);
    }

    /// Gatherers.mapConcurrent: an interrupted consumer returns only after all items have run.
    @Test
    void e2AnInterruptedConsumerReturnsAtOnce() throws Exception {
        GreenPool pool = pool(2);
        Latch never = new Latch(1);
        Latch inside = new Latch(2);
        AtomicInteger begun = new AtomicInteger();
        Actor<Boolean> consumer = fork(() -> {
            try (Stream<Integer> results = pool.imap((Integer i) -> {
                begun.incrementAndGet();
                inside.countDown();
                await(never);
                return i;
            }, IntStream.range(0, 20).boxed().toList())) {
                assertThatThrownBy(results::toList).isInstanceOf(CancellationException.class);
            }
            return Thread.interrupted();
        });
        inside.await();
        waitUntilParked(consumer.thread());
        consumer.interrupt();
        assertThat(consumer.result()).isTrue();
        assertThat(begun).hasValue(2);
        waitUntil("nothing is in flight", () -> pool.running() == 0);
    }

    /// SimpleAsyncTaskExecutor: raising the limit from 2 to 22 leaves 20 blocked submitters blocked.
    @Test
    void e3aAHigherLimitIsFeltByThoseWhoAreBlocked() throws Exception {
        GreenPool pool = pool(2);
        Latch all = new Latch(22);
        Latch gate = new Latch(1);
        List<Actor<GreenThread<Boolean>>> submitters = new ArrayList<>();
        for (int i = 0; i < 22; i++) {
            submitters.add(forkOther(() -> pool.spawn(() -> {
                all.countDown();
                gate.await();
                return true;
            })));
        }
        waitUntilWaiting(pool, 20);
        pool.resize(22);
        assertThat(pool.running()).isEqualTo(22);
        await(all);
        gate.countDown();
        for (Actor<GreenThread<Boolean>> submitter : submitters) {
            assertThat(submitter.result().await()).isTrue();
        }
    }

    /// SimpleAsyncTaskExecutor with limit 2: two tasks that each submit a child and wait for it hang.
    @Test
    void e3dTasksThatWaitForTheirChildrenInTheSamePoolDoNotHang() throws Exception {
        GreenPool pool = pool(2);
        Barrier both = new Barrier(2);
        List<GreenThread<Integer>> parents = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            boolean bySpawn = i == 0;
            parents.add(pool.spawn(() -> {
                both.await(); // the pool is full now
                GreenThread<Integer> child = bySpawn ? pool.spawn(() -> 1) : pool.submit(() -> 1);
                return child.get();
            }));
        }
        assertThat(parents.get(0).await() + parents.get(1).await()).isEqualTo(2);
    }

    /// Resilience4j: changeConfig(10 to 2) blocks its caller until running calls end.
    @Test
    void e4aShrinkingDoesNotBlock() {
        GreenPool pool = pool(10);
        Latch gate = new Latch(1);
        fill(pool, 10, gate);
        pool.resize(2);
        assertThat(pool.size()).isEqualTo(2);
        assertThat(pool.free()).isEqualTo(-8);
        gate.countDown();
    }

    /// Resilience4j: no figure tells how many wait.
    @Test
    void e4bThoseWhoWaitAreCounted() throws Exception {
        GreenPool pool = pool(1);
        Latch gate = new Latch(1);
        fill(pool, 1, gate);
        List<Actor<GreenThread<Integer>>> callers = new ArrayList<>();
        for (int i = 0; i < 48; i++) {
            callers.add(fork(() -> pool.spawn(() -> 1)));
        }
        waitUntilWaiting(pool, 48);
        PoolSnapshot now = pool.snapshot();
        assertThat(now.waiting()).isEqualTo(48);
        assertThat(now.free()).isZero();
        assertThat(now.oldestWait()).isPositive();
        gate.countDown();
        for (Actor<GreenThread<Integer>> caller : callers) {
            assertThat(caller.result().await()).isEqualTo(1);
        }
        assertThat(pool.waiting()).isZero();
    }

    /// Resilience4j's thread-pool bulkhead: cancel(true) does not interrupt the task.
    @Test
    void e4cCancelInterruptsTheTask() throws InterruptedException {
        GreenPool pool = pool(1);
        Latch inside = new Latch(1);
        AtomicBoolean interrupted = new AtomicBoolean();
        GreenThread<Integer> task = pool.spawn(() -> {
            inside.countDown();
            try {
                new Latch(1).await();
            } catch (InterruptedException e) {
                interrupted.set(true);
                throw e;
            }
            return 1;
        });
        inside.await();
        assertThat(task.cancel(true)).isTrue();
        assertThatThrownBy(task::await).isInstanceOf(GreenletExit.class);
        assertThat(interrupted).isTrue();
        assertThat(pool.free()).isEqualTo(1);
    }

    /// Failsafe: one timed-out wait, then a release, and the permit is gone.
    @Test
    void e5AWaitThatTimedOutTakesNoSlotWithIt() throws InterruptedException {
        GreenPool pool = pool(PoolOptions.named("pool").withSize(1).withMaxWait(Duration.ofMillis(3)));
        Latch gate = new Latch(1);
        fill(pool, 1, gate);
        assertThat(pool.trySpawn(() -> 1, Duration.ofMillis(3))).isEmpty();
        assertThatThrownBy(() -> pool.spawn(() -> 1)).isInstanceOf(RejectedSubmission.class);
        gate.countDown();
        pool.waitAll();
        assertThat(pool.free()).isEqualTo(1);
        assertThat(pool.trySpawn(() -> 1).orElseThrow().await()).isEqualTo(1);
    }

    /// Failsafe again, where the end of the time and the release meet.
    @Test
    void e5AWaitThatTimesOutAsTheSlotComesLosesNothing() throws Exception {
        GreenPool pool = pool(1);
        for (int i = 0; i < 1_000; i++) {
            Latch gate = new Latch(1);
            fill(pool, 1, gate);
            Duration wait = Duration.ofNanos(1 + i % 50 * 2_000L);
            Actor<Boolean> waiter = fork(() -> pool.trySpawn(() -> 1, wait).isPresent());
            gate.countDown();
            assertThat(waiter.result()).isNotNull();
            pool.waitAll();
            assertThat(pool.free()).isEqualTo(1);
        }
    }

    /// Reactor's boundedElastic on virtual threads: short tasks are pinned behind a long one though slots are free.
    @Test
    void e6aShortTasksDoNotQueueBehindALongOne() throws InterruptedException {
        GreenPool pool = pool(20);
        Latch longOne = new Latch(1);
        List<GreenThread<Integer>> first = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            boolean isLong = i == 7;
            first.add(pool.submit(() -> {
                if (isLong) {
                    longOne.await();
                }
                return 1;
            }));
        }
        List<GreenThread<Integer>> then = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            then.add(pool.submit(() -> 1));
        }
        for (GreenThread<Integer> task : then) {
            assertThat(task.await()).isEqualTo(1);
        }
        assertThat(first.get(7).isDone()).isFalse();
        longOne.countDown();
        assertThat(first.get(7).await()).isEqualTo(1);
    }

    /// `@ConcurrencyLimit(2)` on a method that returns a future: 50 at once, the permit is free at the return.
    @Test
    void e7TheSlotIsHeldUntilTheTaskEnds() throws Exception {
        GreenPool pool = pool(PoolOptions.named("pool").withSize(2).withWhenFull(WhenFull.QUEUE));
        AtomicInteger live = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        List<GreenEvent<Integer>> stages = new ArrayList<>();
        List<GreenThread<Integer>> tasks = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            GreenEvent<Integer> stage = new GreenEvent<>();
            stages.add(stage);
            tasks.add(pool.spawn(() -> {
                most.accumulateAndGet(live.incrementAndGet(), Math::max);
                try {
                    return stage.await();
                } finally {
                    live.decrementAndGet();
                }
            }));
        }
        for (int i = 0; i < 50; i++) {
            int next = i;
            waitUntil("the next is inside", () -> live.get() > 0);
            assertThat(pool.running()).isLessThanOrEqualTo(2);
            assertThat(tasks.get(next).isDone()).isFalse();
            stages.get(i).send(i);
            assertThat(tasks.get(i).await()).isEqualTo(i);
        }
        assertThat(most).hasValue(2);
    }

    /// ThreadPoolTaskExecutor on virtual threads, core 2, max 10: 2 at once until the queue is full; threads reused.
    @Test
    void e8TheSizeIsReachedBeforeAnythingQueuesAndThreadsAreNotReused() throws InterruptedException {
        GreenPool pool = pool(PoolOptions.named("pool").withSize(10).withWhenFull(WhenFull.QUEUE));
        Barrier ten = new Barrier(10); // nobody gets on unless ten run at once
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        List<GreenThread<Boolean>> tasks = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            tasks.add(pool.spawn(() -> {
                meet(ten);
                return threads.add(Thread.currentThread());
            }));
        }
        for (GreenThread<Boolean> task : tasks) {
            assertThat(task.await()).isTrue();
        }
        assertThat(threads).hasSize(40).allMatch(Thread::isVirtual);
    }

    /// gevent: a pool that was closed does not stop the maps that run in it (gevent #85, #1215).
    @Test
    void geventAClosedPoolStopsItsMaps() {
        GreenPool pool = pool(2);
        AtomicInteger begun = new AtomicInteger();
        Iterator<Integer> results = pool.imap((Integer i) -> begun.incrementAndGet(),
                () -> IntStream.iterate(0, i -> i + 1).boxed().iterator()).iterator();
        assertThat(results.next()).isPositive();
        pool.close();
        int then = begun.get();
        int left = 0;
        while (results.hasNext() && left < 100) {
            left++;
            try {
                assertThat(results.next()).isPositive();
            } catch (RejectedSubmission e) {
                assertThat(results.hasNext()).isFalse();
            }
        }
        assertThat(left).isLessThanOrEqualTo(8);
        assertThat(begun).hasValue(then);
    }
}
