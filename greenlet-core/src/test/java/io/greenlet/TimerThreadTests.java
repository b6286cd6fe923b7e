package io.greenlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.greenlet.sync.GreenEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The thread of the timers: order, wake-ups, failures, and that it comes and goes as needed.
@Timeout(60)
final class TimerThreadTests {

    private static final long HOUR = TimeUnit.HOURS.toNanos(1);
    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    /// Idle for a millisecond, it ends: nothing of a test stays long.
    private final TimerThread timers = new TimerThread(MILLI);

    @Test
    void firesInTheOrderOfTheDeadlines() throws Exception {
        int count = 20;
        List<Integer> fired = new CopyOnWriteArrayList<>();
        CountDownLatch all = new CountDownLatch(count);
        CountDownLatch held = new CountDownLatch(1);
        var _ = timers.schedule(0, () -> uninterrupted(held)); // all others become due behind it
        long[] deadlines = new long[count];
        for (int i = 0; i < count; i++) {
            int number = i;
            HubTimer timer = timers.schedule((count - i) * MILLI, () -> {
                fired.add(number);
                all.countDown();
            });
            deadlines[i] = ((TimerHeap.Entry) timer).deadline();
        }
        held.countDown();
        all.await();
        assertThat(fired).hasSize(count)
                .isSortedAccordingTo((one, other) -> Long.signum(deadlines[one] - deadlines[other]));
    }

    @Test
    void firesNotBeforeTheDeadline() throws Exception {
        for (long delay : new long[]{0, 1, 1000, MILLI, 5 * MILLI}) {
            GreenEvent<Long> at = new GreenEvent<>();
            long start = System.nanoTime();
            var _ = timers.schedule(delay, () -> at.send(System.nanoTime()));
            assertThat(at.await() - start).isGreaterThanOrEqualTo(delay);
        }
    }

    @Test
    void anEarlierOneWakesItFromItsWaitForALaterOne() throws Exception {
        HubTimer later = timers.schedule(HOUR, () -> {
        });
        CountDownLatch fired = new CountDownLatch(1);
        HubTimer sooner = timers.schedule(2 * MILLI, fired::countDown);
        fired.await();
        assertThat(sooner.isPending()).isFalse();
        assertThat(later.isPending()).isTrue();
        assertThat(timers.pending()).isEqualTo(1);
        assertThat(later.cancel()).isTrue();
        assertThat(timers.pending()).isZero();
    }

    @Test
    void takesDelaysOfAnySize() throws Exception {
        AtomicBoolean fired = new AtomicBoolean();
        List<HubTimer> never = List.of(timers.schedule(Long.MAX_VALUE, () -> fired.set(true)),
                timers.schedule(Long.MAX_VALUE - 1, () -> fired.set(true)));
        for (long now : new long[]{0, -1, Long.MIN_VALUE}) {
            CountDownLatch due = new CountDownLatch(1);
            var _ = timers.schedule(now, due::countDown);
            due.await();
        }
        assertThat(fired).isFalse();
        assertThat(never).allMatch(HubTimer::cancel);
    }

    @Test
    void aCallbackThatFailsIsReportedAndStopsNoOther() throws Exception {
        FailureHandler before = Hub.parallel().failureHandler();
        GreenEvent<Throwable> reported = new GreenEvent<>();
        Hub.parallel().setFailureHandler((_, error) -> reported.send(error));
        try {
            AssertionError error = new AssertionError("callback");
            var _ = timers.schedule(0, () -> {
                throw error;
            });
            CountDownLatch next = new CountDownLatch(1);
            var _ = timers.schedule(MILLI, next::countDown);
            next.await();
            assertThat(reported.await()).isSameAs(error);
        } finally {
            Hub.parallel().setFailureHandler(before);
        }
    }

    /// Whoever scheduled it was told that it failed.
    @Test
    void aTimerForWhichThereIsNoThreadNeverFires() throws Exception {
        AtomicBoolean isExhausted = new AtomicBoolean(true);
        TimerThread starved = new TimerThread(MILLI, loop -> {
            if (isExhausted.get()) {
                throw new OutOfMemoryError("no thread");
            }
            return Thread.ofPlatform().daemon().unstarted(loop);
        });
        List<String> fired = new CopyOnWriteArrayList<>();
        assertThatThrownBy(() -> starved.schedule(0, () -> fired.add("refused"))).hasMessage("no thread");
        assertThat(starved.pending()).isZero();
        isExhausted.set(false);
        GreenEvent<Boolean> next = new GreenEvent<>();
        var _ = starved.schedule(MILLI, () -> next.send(fired.add("taken")));
        assertThat(next.await()).isTrue();
        assertThat(fired).containsExactly("taken");
    }

    @Test
    void whatTheHubSchedulesForItselfFiresAndIsNotSeenPending() throws Exception {
        CountDownLatch fired = new CountDownLatch(2);
        CountDownLatch held = new CountDownLatch(1);
        HubTimer other = timers.schedule(HOUR, () -> {
        });
        timers.scheduleOwn(0, () -> {
            uninterrupted(held);
            timers.scheduleOwn(MILLI, fired::countDown);
            fired.countDown();
        });
        assertThat(timers.pending()).isEqualTo(1);
        held.countDown();
        fired.await();
        assertThat(timers.pending()).isEqualTo(1);
        assertThat(other.cancel()).isTrue();
        assertThat(timers.pending()).isZero();
    }

    @Test
    void aCallbackMayScheduleAndCancel() throws Exception {
        AtomicBoolean cancelledOneFired = new AtomicBoolean();
        HubTimer other = timers.schedule(HOUR, () -> cancelledOneFired.set(true));
        GreenEvent<Boolean> cancelled = new GreenEvent<>();
        GreenEvent<String> inner = new GreenEvent<>();
        var _ = timers.schedule(0, () -> {
            cancelled.send(other.cancel());
            var _ = timers.schedule(0, () -> inner.send("inner"));
        });
        assertThat(cancelled.await()).isTrue();
        assertThat(inner.await()).isEqualTo("inner");
        assertThat(cancelledOneFired).isFalse();
    }

    @Test
    void aCallbackIsNotPendingWhileItRuns() throws Exception {
        AtomicReference<@Nullable HubTimer> self = new AtomicReference<>();
        CountDownLatch known = new CountDownLatch(1);
        GreenEvent<List<Boolean>> seen = new GreenEvent<>();
        self.set(timers.schedule(0, () -> {
            uninterrupted(known);
            HubTimer me = self.get();
            seen.send(me == null ? List.of() : List.of(me.isPending(), me.cancel()));
        }));
        known.countDown();
        assertThat(seen.await()).containsExactly(false, false);
    }

    @Test
    void itsThreadIsADaemonWithoutAnybodysClassLoader() throws Exception {
        GreenEvent<Thread> thread = new GreenEvent<>();
        GreenEvent<Boolean> loader = new GreenEvent<>();
        var _ = timers.schedule(0, () -> {
            thread.send(Thread.currentThread());
            loader.send(Thread.currentThread().getContextClassLoader() == null);
        });
        assertThat(thread.await().isDaemon()).isTrue();
        assertThat(thread.await().getName()).isEqualTo("greenlet-timers");
        assertThat(loader.await()).isTrue();
    }

    @Test
    void itsThreadEndsWhenIdleAndAnotherTakesOver() throws Exception {
        Thread first = threadOfACallback();
        first.join();
        Thread second = threadOfACallback();
        assertThat(second).isNotSameAs(first);
        second.join();
    }

    @Test
    void itsThreadStaysWhileATimerIsPending() throws Exception {
        HubTimer pending = timers.schedule(HOUR, () -> {
        });
        Thread thread = threadOfACallback();
        HubContract.waitUntilBlocked(thread);
        for (int i = 0; i < 5; i++) {
            assertThat(threadOfACallback()).isSameAs(thread);
        }
        assertThat(pending.cancel()).isTrue();
    }

    /// The thread decides to end while someone schedules: the timer must fire, in this thread or the next.
    @Test
    void noTimerIsLostWhenTheThreadEnds() throws Exception {
        TimerThread hasty = new TimerThread(1);
        for (int round = 0; round < 3_000; round++) {
            CountDownLatch fired = new CountDownLatch(1);
            var _ = hasty.schedule(round % 3 * 1000L, fired::countDown);
            assertThat(fired.await(20, TimeUnit.SECONDS)).as("round " + round).isTrue();
            for (int i = 0; i < round % 50; i++) {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void manyThreadsScheduleAndCancelAndEveryTimerFiresOrWasCancelled() throws Exception {
        AtomicInteger fired = new AtomicInteger();
        AtomicInteger cancelled = new AtomicInteger();
        int each = 2_000;
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            threads.add(Thread.ofPlatform().start(() -> {
                for (int i = 0; i < each; i++) {
                    HubTimer timer = timers.schedule(i % 7 * 20_000L, fired::incrementAndGet);
                    if (i % 2 == 0 && timer.cancel()) {
                        cancelled.incrementAndGet();
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        HubContract.waitUntil("no timer is pending", () -> timers.pending() == 0);
        HubContract.waitUntil("all have fired", () -> fired.get() + cancelled.get() >= 4 * each);
        assertThat(fired.get() + cancelled.get()).isEqualTo(4 * each);
        assertThat(cancelled).hasPositiveValue();
    }

    private Thread threadOfACallback() throws InterruptedException {
        GreenEvent<Thread> thread = new GreenEvent<>();
        var _ = timers.schedule(0, () -> thread.send(Thread.currentThread()));
        return thread.await();
    }

    private static void uninterrupted(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
