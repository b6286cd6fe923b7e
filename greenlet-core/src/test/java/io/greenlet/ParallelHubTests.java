package io.greenlet;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What only the parallel hub does; what every hub does is in the subclasses of [HubContract].
@Timeout(60)
final class ParallelHubTests {

    private final Hub hub = Hub.parallel();

    @Test
    void thereIsOne() {
        assertThat(hub).isSameAs(Hub.parallel()).hasToString("parallel");
    }

    @Test
    void blockingCallsOfTheJdkAreGreen() {
        assertThat(hub.greensJdkBlocking()).isTrue();
    }

    @Test
    void blockingStaysInTheCallingThread() throws Exception {
        assertThat(hub.blocking(Thread::currentThread)).isSameAs(Thread.currentThread());
    }

    @Test
    void closingItHasNoEffect() throws Exception {
        hub.close();
        assertThat(hub.spawn(() -> "still open").await()).isEqualTo("still open");
    }

    @Test
    void manyReadingsOfTheCoarseTimeMakeItTickAndItIsNotAhead() {
        long tick = tick();
        HubContract.waitUntil("the next tick", () -> {
            long later = tick();
            assertThat(System.nanoTime() - later).isNotNegative();
            return later - tick > 0;
        });
    }

    /// Not even while one is certainly pending.
    @Test
    void theTicksOfTheCoarseTimeAreNotSeenAmongTheTimers() {
        HubContract.waitUntil("no timer of another test", () -> hub.snapshot().timers() == 0);
        for (int looks = 0; looks < 100;) {
            long before = tick();
            int timers = hub.snapshot().timers();
            if (hub.coarseNanoTime() == before) {
                assertThat(timers).isZero();
                looks++;
            }
        }
    }

    /// Reads until the clock ticks.
    private long tick() {
        for (;;) {
            long first = hub.coarseNanoTime();
            while (System.nanoTime() == first) {
                Thread.onSpinWait(); // an exact time would be another one now
            }
            if (hub.coarseNanoTime() == first) {
                return first;
            }
        }
    }
}
