package io.greenlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// When the clock stands and when it ticks, on a clock and timers of the test's own; and that many threads may read it.
@Timeout(60)
final class CoarseClockTests {

    private static final long MICRO = TimeUnit.MICROSECONDS.toNanos(1);

    private record Call(long delayNanos, Runnable callback) {}

    private final Deque<Call> calls = new ArrayDeque<>();
    private long now = 1_000_000;
    private boolean isStarved;
    private int refused;
    private CoarseClock clock = clock();

    private CoarseClock clock() {
        return new CoarseClock(() -> now, this::schedule);
    }

    private void schedule(long delayNanos, Runnable callback) {
        if (isStarved) {
            refused++;
            throw new OutOfMemoryError("no thread");
        }
        calls.add(new Call(delayNanos, callback));
    }

    /// Lets the time pass until the next call is due, and makes it.
    private void fire() {
        fireLate(0);
    }

    private void fireLate(long lateNanos) {
        Call next = calls.remove();
        now += next.delayNanos + lateNanos;
        next.callback.run();
    }

    private void readBusily() {
        for (int i = 0; i < CoarseClock.BUSY_READINGS; i++) {
            long _ = clock.time();
        }
    }

    private void startTicking() {
        readBusily();
        fire();
        assertThat(isTicking()).isTrue();
    }

    private boolean isTicking() {
        now++;
        return clock.time() < now;
    }

    @Nested
    class Standing {

        @Test
        void itGivesTheExactTime() {
            for (int i = 0; i < 10; i++) {
                now += i * 7L;
                assertThat(clock.time()).isEqualTo(now);
            }
        }

        @Test
        void itIsNotStartedByThoseWhoReadNowAndThen() {
            for (int i = 0; i < 10_000; i++) {
                now += 20 * MICRO;
                assertThat(clock.time()).isEqualTo(now);
            }
            assertThat(calls).isEmpty();
        }

        @Test
        void aMillisecondIsCountedAnew() {
            for (int i = 0; i < 10; i++) {
                for (int k = 1; k < CoarseClock.BUSY_READINGS; k++) {
                    assertThat(clock.time()).isEqualTo(now);
                }
                now += CoarseClock.BUSY_NANOS + 1;
            }
            assertThat(calls).isEmpty();
        }

        @ParameterizedTest
        @ValueSource(longs = {0, -5, Long.MIN_VALUE, Long.MAX_VALUE - 10, Long.MIN_VALUE + 5_000_000_000L})
        void itIsStartedWhateverTheOriginOfTime(long origin) {
            now = origin;
            clock = clock();
            readBusily();
            assertThat(calls).hasSize(1);
            fire();
            long tick = clock.time();
            now += 20;
            assertThat(clock.time()).isEqualTo(tick);
        }

        @Test
        void itGivesMinusOneForZero() {
            now = 0;
            assertThat(clock.time()).isEqualTo(-1);
        }
    }

    @Nested
    class Started {

        @Test
        void itGivesTheExactTimeUntilTheTimerHasCome() {
            readBusily();
            assertThat(calls).extracting(Call::delayNanos).containsExactly(0L);
            now += 3;
            assertThat(clock.time()).isEqualTo(now);
        }

        @Test
        void itIsNotStartedTwice() {
            for (int i = 0; i < 5; i++) {
                readBusily();
            }
            assertThat(calls).hasSize(1);
        }

        @Test
        void withoutATimerItStandsAndOthersTryAgainALittleLater() {
            isStarved = true;
            for (int i = 0; i < 100; i++) {
                readBusily();
                assertThat(clock.time()).isEqualTo(now);
            }
            assertThat(refused).isEqualTo(1);
            isStarved = false;
            now += CoarseClock.PAUSE_NANOS - 1;
            readBusily();
            assertThat(calls).isEmpty();
            now += 1;
            startTicking();
        }
    }

    @Nested
    class Ticking {

        @Test
        void itGivesTheTimeOfTheLastTick() {
            startTicking();
            for (int i = 1; i < CoarseClock.TICKS; i++) {
                assertThat(calls).extracting(Call::delayNanos).containsExactly(CoarseClock.TICK_NANOS);
                fire();
                long tick = now;
                for (int k = 0; k < 1000; k++) {
                    now += 4 * MICRO;
                    assertThat(clock.time()).isEqualTo(tick);
                }
                now = tick;
            }
        }

        @Test
        void itStopsAfterItsTicksAndLeavesNothing() {
            startTicking();
            for (int i = 0; i < CoarseClock.TICKS; i++) {
                assertThat(isTicking()).isTrue();
                fire();
            }
            assertThat(calls).isEmpty();
            assertThat(isTicking()).isFalse();
        }

        @Test
        void afterThatItIsStartedAgain() {
            for (int round = 0; round < 3; round++) {
                startTicking();
                while (!calls.isEmpty()) {
                    fire();
                }
                now += 10 * CoarseClock.BUSY_NANOS;
                assertThat(isTicking()).isFalse();
            }
        }

        @Test
        void itStopsWhenThereIsNoNextTimer() {
            startTicking();
            isStarved = true;
            fire();
            assertThat(isTicking()).isFalse();
            isStarved = false;
            now += CoarseClock.BUSY_NANOS + 1;
            startTicking();
        }

        @Test
        void aTickAtZeroIsOne() {
            now = -CoarseClock.TICK_NANOS;
            clock = clock();
            startTicking();
            now = -CoarseClock.TICK_NANOS;
            fire();
            assertThat(now).isZero();
            assertThat(clock.time()).isEqualTo(-1);
            now += 2;
            assertThat(clock.time()).isEqualTo(-1);
        }
    }

    /// However the readings fall and however late the timers are.
    @Test
    void itIsNeverAheadAndTooOldByATickAtMostIfTheTimersAreOnTime() {
        Random random = new Random(42);
        for (int i = 0; i < 200_000; i++) {
            boolean isLate = random.nextInt(50) == 0;
            Call next = calls.peek();
            if (next != null && random.nextInt(20) == 0) {
                fireLate(isLate ? random.nextLong(10 * CoarseClock.TICK_NANOS) : 0);
                assertThat(now - clock.time()).isZero();
            }
            now += random.nextInt(3) == 0 ? 0 : random.nextLong(10 * MICRO);
            assertThat(now - clock.time()).isNotNegative();
        }
    }

    @Test
    void oneOfThoseWhoFindItBusyStartsIt() throws Exception {
        int rounds = 1_000;
        List<AtomicInteger> starts = new ArrayList<>();
        List<CoarseClock> clocks = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            AtomicInteger ofThis = new AtomicInteger();
            starts.add(ofThis);
            clocks.add(new CoarseClock(() -> 1, (_, _) -> ofThis.incrementAndGet()));
        }
        AtomicInteger arrived = new AtomicInteger();
        List<Callable<Boolean>> readers = Collections.nCopies(2, () -> {
            int expected = 0;
            for (CoarseClock each : clocks) {
                arrived.incrementAndGet();
                expected += 2;
                while (arrived.get() < expected) {
                    Thread.onSpinWait(); // so that both go on at the same moment
                }
                for (int i = 0; i < 4 * CoarseClock.BUSY_READINGS; i++) { // some counts are lost
                    long _ = each.time();
                }
            }
            return true;
        });
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            for (Future<Boolean> reader : threads.invokeAll(readers)) {
                assertThat(reader.get()).isTrue();
            }
        }
        assertThat(starts).extracting(AtomicInteger::get).containsOnly(1);
    }

    @Test
    void itTicksForOneAtATimeThoughManyReadIt() throws Exception {
        TimerThread timers = new TimerThread(1);
        AtomicInteger open = new AtomicInteger();
        AtomicBoolean twice = new AtomicBoolean();
        AtomicInteger starts = new AtomicInteger();
        CoarseClock shared = new CoarseClock(System::nanoTime, (delayNanos, callback) -> {
            starts.addAndGet(delayNanos == 0 ? 1 : 0);
            if (open.incrementAndGet() > 2) { // one that is to come, and one that is being made
                twice.set(true);
            }
            timers.scheduleOwn(delayNanos, () -> {
                callback.run();
                open.decrementAndGet();
            });
        });
        AtomicInteger ahead = new AtomicInteger();
        List<Thread> readers = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            readers.add(Thread.ofPlatform().start(() -> {
                while (starts.get() < 3) {
                    long read = shared.time();
                    if (System.nanoTime() - read < 0) {
                        ahead.incrementAndGet();
                    }
                }
            }));
        }
        for (Thread reader : readers) {
            reader.join();
        }
        assertThat(ahead).hasValue(0);
        assertThat(twice).isFalse();
        HubContract.waitUntil("it stands", () -> open.get() == 0);
    }
}
