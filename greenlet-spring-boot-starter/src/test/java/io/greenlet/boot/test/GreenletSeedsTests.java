package io.greenlet.boot.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.SimulatedHub;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.platform.testkit.engine.Event;

/// A test over many seeds.
@Timeout(60)
class GreenletSeedsTests {

    private static final Queue<Long> SEEN = new ConcurrentLinkedQueue<>();

    @BeforeEach
    void nothingSeen() {
        SEEN.clear();
    }

    private static List<Long> seen() {
        return List.copyOf(SEEN);
    }

    static class Many {

        private int runs;

        @GreenletSeeds(count = 200, first = 40)
        void inOrder(SimulatedHub hub) {
            SEEN.add(hub.seed());
            assertThat(++runs).isEqualTo(1); // an instance of its own
            assertThat(hub.nanoTime()).isZero();
        }
    }

    @Test
    void eachSeedIsATestOfItsOwn() {
        SampleRun run = SampleRun.of(Many.class);
        run.succeeds(200);
        assertThat(seen()).hasSize(200).startsWith(40L, 41L).endsWith(239L);
        assertThat(run.tests().succeeded().list()).extracting((Event event) -> event.getTestDescriptor()
                .getDisplayName()).startsWith("seed 40", "seed 41");
    }

    static class Random {

        @GreenletSeeds(count = 3)
        void drawn(SimulatedHub hub) {
            SEEN.add(hub.seed());
        }
    }

    @Test
    void withoutAFirstOneTheyAreOthersInEachRun() {
        SampleRun.of(Random.class).succeeds(3);
        List<Long> before = seen();
        SEEN.clear();
        SampleRun.of(Random.class).succeeds(3);
        assertThat(before.get(2)).isEqualTo(before.get(0) + 2);
        assertThat(seen()).hasSize(3).isNotEqualTo(before);
    }

    static class Failing {

        @GreenletSeeds(first = 1)
        void atTheThird(SimulatedHub hub) {
            SEEN.add(hub.seed());
            assertThat(hub.seed()).isNotEqualTo(3);
        }
    }

    @Test
    void theFirstThatFailsIsToldAndTheLast() {
        SampleRun run = SampleRun.of(Failing.class);
        assertThat(run.failure()).hasStackTraceContaining("seed 3: replay with @GreenletSeed(3)");
        assertThat(seen()).containsExactly(1L, 2L, 3L);
    }

    static class Leaking {

        @GreenletSeeds(first = 1)
        void atTheSecond(SimulatedHub hub) {
            SEEN.add(hub.seed());
            if (hub.seed() == 2) {
                hub.spawnN(() -> SEEN.add(0L));
            }
        }
    }

    @Test
    void aLeakIsAFailureToo() {
        SampleRun run = SampleRun.of(Leaking.class);
        assertThat(run.failure()).hasMessageContaining("seed 2: replay with @GreenletSeed(2)");
        assertThat(seen()).containsExactly(1L, 2L);
    }

    static class Replayed {

        @GreenletSeeds(count = 50)
        @GreenletSeed(3_000_000_000L)
        void once(SimulatedHub hub) {
            SEEN.add(hub.seed());
            assertThat(hub.seed()).isZero();
        }
    }

    @Test
    void oneSeedTakesThePlaceOfAll() {
        SampleRun run = SampleRun.of(Replayed.class);
        assertThat(run.failure()).hasStackTraceContaining("replay with @GreenletSeed(3000000000L)");
        assertThat(seen()).containsExactly(3_000_000_000L);
    }

    static class None {

        @GreenletSeeds(count = 0)
        void never(SimulatedHub hub) {
            SEEN.add(hub.seed());
        }
    }

    @Test
    void noSeedIsAMistake() {
        assertThat(SampleRun.of(None.class).failure())
                .hasMessageContaining("count of @GreenletSeeds must be positive: 0")
                .hasMessageContaining("never");
        assertThat(seen()).isEmpty();
    }

    @Test
    void seedsMayRunSideBySide() {
        SampleRun.sideBySide(Many.class).succeeds(200);
        assertThat(seen()).hasSize(200).doesNotHaveDuplicates();
    }
}
