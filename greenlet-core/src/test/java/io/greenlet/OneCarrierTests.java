package io.greenlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.sync.GreenEvent;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What shows only where all green threads share one carrier, as in a container with one CPU: the order of wake-ups, and
/// whether anyone who spins keeps others from running for ever. One other JVM runs [OneCarrierProgram] for all tests.
@Timeout(120)
final class OneCarrierTests {

    private static List<String> lines = List.of();
    private static String errors = "";

    @BeforeAll
    static void runTheProgram() throws Exception {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Process process = new ProcessBuilder(java, "-Djdk.virtualThreadScheduler.parallelism=1",
                "-Djdk.virtualThreadScheduler.maxPoolSize=1", "-ea", "-cp",
                String.join(System.getProperty("path.separator"), classesOf(GreenEvent.class),
                        classesOf(OneCarrierProgram.class)),
                OneCarrierProgram.class.getName()).start();
        try {
            Reader output = new Reader(process.getInputStream());
            Reader error = new Reader(process.getErrorStream());
            assertThat(process.waitFor(90, TimeUnit.SECONDS)).as("the program ends").isTrue();
            lines = output.text().lines().toList();
            errors = error.text();
        } finally {
            process.destroyForcibly();
        }
    }

    @AfterAll
    static void forget() {
        lines = List.of();
        errors = "";
    }

    private static String classesOf(Class<?> type) throws Exception {
        URI location = type.getProtectionDomain().getCodeSource().getLocation().toURI();
        return Path.of(location).toString();
    }

    /// Reads a stream to its end in a thread of its own.
    private static final class Reader {
        private final StringBuilder read = new StringBuilder();
        private final Thread thread;

        Reader(InputStream in) {
            thread = Thread.ofPlatform().daemon().start(() -> {
                try (in) {
                    read.append(new String(in.readAllBytes(), StandardCharsets.UTF_8));
                } catch (IOException e) {
                    read.append(e);
                }
            });
        }

        String text() throws InterruptedException {
            thread.join();
            return read.toString();
        }
    }

    private static String said(String check) {
        return lines.stream().filter(line -> line.startsWith(check + ":")).findFirst()
                .orElse(check + " said nothing; errors:\n" + errors);
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
        assertThat(errors).contains("green thread '" + name + "' failed").containsIgnoringCase("severe")
                .contains("java.lang.IllegalStateException: nobody awaits it");
    }

    @Test
    void theProgramComesToItsEnd() {
        assertThat(said("end")).isEqualTo("end: reached");
    }
}
