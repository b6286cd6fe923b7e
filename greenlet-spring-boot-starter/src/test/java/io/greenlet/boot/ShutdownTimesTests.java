package io.greenlet.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.mock.env.MockEnvironment;

@Timeout(30)
class ShutdownTimesTests {

    private static ShutdownTimes times(String grace, String phase) {
        return ShutdownTimes.in(new MockEnvironment().withProperty("greenlet.shutdown-grace", grace)
                .withProperty("spring.lifecycle.timeout-per-shutdown-phase", phase));
    }

    @Test
    void unlessSetTheGraceIsWhatThePhaseLeaves() {
        ShutdownTimes times = ShutdownTimes.in(new MockEnvironment());
        assertThat(times.set()).isFalse();
        assertThat(times.grace()).isEqualTo(Duration.ofSeconds(27));
        assertThat(times.unwind()).isEqualTo(Duration.ofMillis(2250));
    }

    @Test
    void aGraceThatThePhaseLeavesHolds() {
        ShutdownTimes times = times("5s", "30s");
        assertThat(times.isCut()).isFalse();
        assertThat(times.set()).isTrue();
        assertThat(times.grace()).isEqualTo(Duration.ofSeconds(5));
        assertThat(times.unwind()).isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void afterAGraceOfNextToNothingASecondIsLeftToUnwind() {
        assertThat(times("0", "30s").unwind()).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void aGraceAsLongAsThePhaseIsCutAndSaysSo() {
        ShutdownTimes times = times("1m", "1m");
        assertThat(times.isCut()).isTrue();
        assertThat(times.grace()).isEqualTo(Duration.ofSeconds(57));
        assertThat(times.cut()).isEqualTo("greenlet.shutdown-grace is PT1M, of which "
                + "spring.lifecycle.timeout-per-shutdown-phase of PT1M leaves PT57S");
    }

    @Test
    void ofAShortPhaseAQuarterIsKept() {
        ShutdownTimes times = times("30s", "2s");
        assertThat(times.grace()).isEqualTo(Duration.ofMillis(1500));
        assertThat(times.unwind()).isEqualTo(Duration.ofMillis(375));
    }

    @Test
    void graceAndUnwindingAreOverBeforeThePhase() {
        for (String phase : new String[]{"1ms", "100ms", "1s", "7s", "30s", "10m", "365d"}) {
            for (String grace : new String[]{"0", "1ms", "900ms", "6s", "30s", "1000000d"}) {
                ShutdownTimes times = times(grace, phase);
                assertThat(times.grace().plus(times.unwind())).as("%s of %s", grace, phase)
                        .isLessThan(times.phase());
                assertThat(times.unwind()).isPositive();
                assertThat(times.grace()).isBetween(Duration.ZERO, times.wanted());
            }
        }
    }

    @Test
    void aPhaseOfNoTimeLeavesNone() {
        assertThat(times("30s", "0")).extracting(ShutdownTimes::grace, ShutdownTimes::unwind)
                .containsExactly(Duration.ZERO, Duration.ZERO);
        assertThat(times("30s", "-5s").grace()).isZero();
    }
}
