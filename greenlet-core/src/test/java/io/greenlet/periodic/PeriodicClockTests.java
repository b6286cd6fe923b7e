package io.greenlet.periodic;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.Green;
import io.greenlet.Hub;
import io.greenlet.SimulatedHub;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolOptions;
import io.greenlet.pool.RejectedSubmission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// When runs begin, to the nanosecond: on the virtual clock.
@Timeout(60)
final class PeriodicClockTests {

    private static final Duration BODY = Duration.ofMillis(250);
    private static final Duration SPACING = Duration.ofMillis(100);

    private static long millis(Hub hub) {
        return Duration.ofNanos(hub.nanoTime()).toMillis();
    }

    /// When a body of a length begins, in milliseconds, within some time.
    private static List<Long> starts(Duration body, Duration within, PeriodicTask like) {
        List<Long> starts = Collections.synchronizedList(new ArrayList<>());
        try (SimulatedHub hub = Hub.simulated(1)) {
            PeriodicWorker worker = PeriodicWorker.on(hub);
            worker.add(new PeriodicTask(like.name(), like.spacing(), () -> {
                starts.add(millis(hub));
                Green.sleep(body);
            }, like.strategy(), like.jitter(), like.runImmediately(), true));
            worker.start();
            hub.runFor(within);
            worker.stop();
            hub.run();
        }
        return starts;
    }

    @ParameterizedTest
    @CsvSource({"LAST_STARTED, 100 350 600 850", "LAST_FINISHED, 100 450 800", "ALIGNED_LAST_FINISHED, 100 400 700"})
    void aBodyLongerThanItsSpacingDoesNotPileUp(PeriodicStrategy strategy, String expected) {
        PeriodicTask task = PeriodicTask.every(SPACING, "long", () -> {
        }).withStrategy(strategy);
        assertThat(starts(BODY, Duration.ofMillis(999), task)).map(String::valueOf)
                .containsExactly(expected.split(" "));
    }

    @Test
    void whatRunsImmediatelyBeginsWithTheWorker() {
        PeriodicTask task = PeriodicTask.every(SPACING, "now", () -> {
        }).withRunImmediately(true);
        assertThat(starts(Duration.ofMillis(1), Duration.ofMillis(350), task)).containsExactly(0L, 100L, 200L, 300L);
    }

    @Test
    void anHourOfSecondsIsExact() {
        PeriodicTask task = PeriodicTask.every(Duration.ofSeconds(1), "second", () -> {
        });
        List<Long> starts = starts(Duration.ofMillis(3), Duration.ofHours(1), task);
        assertThat(starts).hasSize(3600);
        for (int i = 0; i < starts.size(); i++) {
            assertThat(starts.get(i)).isEqualTo(1000L * (i + 1));
        }
    }

    @Test
    void jitterIsAddedAndIsAPartOfTheSpacing() {
        PeriodicTask task = PeriodicTask.every(Duration.ofSeconds(100), "jitter", () -> {
        }).withJitter();
        List<Long> starts = starts(Duration.ofMillis(1), Duration.ofHours(3), task);
        assertThat(starts).hasSizeGreaterThan(100).first().isEqualTo(100_000L);
        List<Long> gaps = new ArrayList<>();
        for (int i = 1; i < starts.size(); i++) {
            gaps.add(starts.get(i) - starts.get(i - 1));
        }
        assertThat(gaps).allMatch(gap -> gap >= 100_000 && gap <= 105_000);
        assertThat(gaps.stream().distinct().count()).as("by chance").isGreaterThan(50);
        assertThat(starts(Duration.ofMillis(1), Duration.ofHours(3), task)).as("and replayed").isEqualTo(starts);
    }

    @Test
    void whatIsDueTogetherBeginsInTheOrderInWhichItWasAdded() {
        List<String> order = Collections.synchronizedList(new ArrayList<>());
        try (Hub hub = Hub.cooperative("order")) {
            PeriodicWorker worker = PeriodicWorker.on(hub);
            for (String name : List.of("a", "b", "c")) {
                worker.add(
                        PeriodicTask.every(Duration.ofDays(1), name, () -> order.add(name)).withRunImmediately(true));
            }
            worker.start();
            while (order.size() < 3) {
                Thread.onSpinWait();
            }
            worker.close();
        }
        assertThat(order).containsExactly("a", "b", "c");
    }

    @Test
    void whatBecameDueInAPauseRunsOnceAtItsEnd() {
        List<Long> starts = Collections.synchronizedList(new ArrayList<>());
        try (SimulatedHub hub = Hub.simulated(2)) {
            PeriodicWorker worker = PeriodicWorker.on(hub);
            worker.every(SPACING, "tick", () -> starts.add(millis(hub)));
            worker.start();
            hub.runFor(Duration.ofMillis(150));
            worker.pause();
            hub.runFor(Duration.ofMillis(400));
            worker.resume();
            hub.runFor(Duration.ofMillis(170));
            worker.close();
            hub.run();
        }
        assertThat(starts).containsExactly(100L, 550L, 650L);
    }

    @Test
    void aSlowTaskHoldsUpNoOther() {
        List<Long> starts = Collections.synchronizedList(new ArrayList<>());
        try (SimulatedHub hub = Hub.simulated(3)) {
            PeriodicWorker worker = PeriodicWorker.on(hub);
            worker.every(SPACING, "slow", () -> Green.sleep(Duration.ofSeconds(5)));
            PeriodicWatcher quick = worker.every(SPACING, "quick", () -> starts.add(millis(hub)));
            worker.start();
            hub.runFor(Duration.ofMillis(450));
            worker.stop();
            hub.run();
            assertThat(quick.statistics().elapsed()).isZero();
            assertThat(quick.statistics().waiting()).isZero();
        }
        assertThat(starts).containsExactly(100L, 200L, 300L, 400L);
    }

    @Test
    void whatAPoolDoesNotTakeIsReportedAndTriedAgainAfterASecond() {
        List<Long> starts = Collections.synchronizedList(new ArrayList<>());
        List<Throwable> heard = Collections.synchronizedList(new ArrayList<>());
        try (SimulatedHub hub = Hub.simulated(4)) {
            GreenPool pool = GreenPool.of(PoolOptions.named("pool").withHub(hub).withSize(1).withQueueCapacity(0));
            PeriodicWorker worker = PeriodicWorker.on(pool,
                    PeriodicOptions.named("w").withOnFailure((task, error) -> heard.add(error)));
            assertThat(pool.trySpawn(() -> {
                Green.sleep(Duration.ofMillis(150));
                return 1;
            })).isPresent();
            PeriodicWatcher watcher = worker.every(SPACING, "refused", () -> starts.add(millis(hub)));
            worker.start();
            hub.runFor(Duration.ofMillis(1250));
            worker.close();
            hub.run();
            assertThat(watcher.statistics().refusals()).isEqualTo(1);
            assertThat(watcher.statistics().failures()).isZero();
        }
        assertThat(heard).singleElement().isInstanceOf(RejectedSubmission.class);
        assertThat(starts.getFirst()).isBetween(1000L, 1200L);
    }
}
