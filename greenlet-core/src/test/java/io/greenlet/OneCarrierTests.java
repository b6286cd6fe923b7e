package io.greenlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What shows only where all green threads share one carrier, as in a container with one CPU: the order of wake-ups, and
/// whether anyone who spins keeps others from running for ever. One other JVM runs [OneCarrierProgram] for all tests.
@Timeout(120)
final class OneCarrierTests {

    private static ChildJvm program = new ChildJvm(List.of(), "");

    @BeforeAll
    static void runTheProgram() throws Exception {
        program = ChildJvm.run(List.of("-Djdk.virtualThreadScheduler.parallelism=1",
                "-Djdk.virtualThreadScheduler.maxPoolSize=1"), OneCarrierProgram.class);
    }

    @AfterAll
    static void forget() {
        program = new ChildJvm(List.of(), "");
    }

    private static String said(String check) {
        return check + ": " + program.said(check);
    }

    @Test
    void anEventWakesInTheOrderInWhichTheyCame() {
        assertThat(said("event")).isEqualTo("event: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]");
    }

    @Test
    void anEventSkipsThoseWhoLeftAndKeepsTheOrder() {
        assertThat(said("event with leavers")).isEqualTo("event with leavers: [0, 2, 4, 6, 8]");
    }

    @Test
    void theEndOfAGreenThreadWakesInTheOrderInWhichTheyCame() {
        assertThat(said("awaiters")).isEqualTo("awaiters: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]");
    }

    @Test
    void greenThreadsStartInTheOrderOfTheirSpawns() {
        assertThat(said("spawns")).isEqualTo("spawns: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]");
    }

    @Test
    void neitherSpawnNorSendNorKillRunsTheOtherInTheCaller() {
        assertThat(said("no switch")).isEqualTo("no switch: [before, after, other]");
    }

    @Test
    void aKillThatBlocksWhileItInterruptsDoesNotStarveTheCarrier() {
        assertThat(said("blocking kill")).isEqualTo("blocking kill: ended");
    }

    @Test
    void aStormOfKillsEnds() {
        assertThat(said("storm")).isEqualTo("storm: 1000 ended");
    }

    @Test
    void theDefaultFailureHandlerLogsTheErrorWithTheNameOfTheGreenThread() {
        String name = said("name").substring("name: ".length());
        assertThat(program.errors()).contains("green thread '" + name + "' failed").containsIgnoringCase("severe")
                .contains("java.lang.IllegalStateException: nobody awaits it");
    }

    @Test
    void theProgramComesToItsEnd() {
        assertThat(said("end")).isEqualTo("end: reached");
    }
}
