package io.greenlet.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.ChildJvm;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The primitives under thousands of schedules, and the same schedules again.
@Timeout(600)
final class SimulationTests {

    private static final int SEEDS = 5_000;
    private static final int DEEP_SEEDS = Boolean.getBoolean("greenlet.deep") ? 1_000_000 : 0;

    @Test
    void anotherJvmGivesTheSameTraces() throws Exception {
        ChildJvm other = ChildJvm.run(List.of(), SimulationProgram.class, String.valueOf(SEEDS));
        for (Subject subject : Subject.values()) {
            assertThat(other.said(subject.name())).isEqualTo(String.valueOf(subject.run(0, SEEDS)));
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyRuleHoldsAndTheSameSeedsGiveTheSameTraces(Subject subject) throws Exception {
        long once = subject.run(0, SEEDS);
        long again = subject.run(0, SEEDS);
        assertThat(again).isEqualTo(once);
        long _ = subject.run(SEEDS, DEEP_SEEDS);
    }
}
