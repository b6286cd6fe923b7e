package io.greenlet.boot;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/// A real SIGTERM during 50 running and 200 waiting tasks, of which 40 are requests.
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@DisabledOnOs(OS.WINDOWS) // has no such signal
class ShutdownSignalTests {

    private final HttpClient client = HttpClient.newHttpClient();
    private final Process process;
    private final BufferedReader output;

    ShutdownSignalTests() throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
                ShutdownApp.class.getName(), "--server.port=0", "--server.address=127.0.0.1",
                "--spring.main.banner-mode=off", "--greenlet.pools.work.size=50", "--greenlet.shutdown-grace=30s",
                "--spring.lifecycle.timeout-per-shutdown-phase=5s").redirectErrorStream(true);
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        process = builder.start();
        output = process.inputReader(UTF_8);
    }

    @AfterEach
    void nothingIsLeft() throws InterruptedException {
        client.shutdownNow();
        process.destroyForcibly().waitFor();
    }

    private String awaitLine(String begin) throws IOException {
        List<String> log = new ArrayList<>();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            log.add(line);
            if (line.startsWith(begin)) {
                return line.substring(begin.length());
            }
        }
        throw new AssertionError("it has ended: " + log);
    }

    /// Sends the requests, and returns their answers to come when the pool is full.
    private List<CompletableFuture<HttpResponse<String>>> fill() throws IOException {
        URI uri = URI.create("http://127.0.0.1:" + awaitLine("port ") + "/request");
        var answers = IntStream.range(0, 40)
                .mapToObj(_ -> client.sendAsync(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())).toList();
        assertThat(awaitLine("full: ")).isEqualTo("running 50, waiting 200");
        return answers;
    }

    private String logUntilTheEnd() throws IOException, InterruptedException {
        String log = String.join("\n", output.lines().toList());
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(log).isEqualTo(143); // ended by the signal, after an orderly stop
        return log;
    }

    @Test
    void theRequestsAreAnsweredAndTheRestIsKilledWithinThePhaseAndReportedByName() throws Exception {
        var answers = fill();
        assertThat(process.toHandle().destroy()).isTrue();

        for (var answer : answers) {
            assertThat(answer.get().statusCode()).isEqualTo(200);
            assertThat(answer.get().body()).startsWith("answer ");
        }
        String log = logUntilTheEnd();
        assertThat(log).contains(
                "green pool 'work' takes no more tasks and has PT3.75S to finish 50 running and 160 waiting",
                "green pool 'work' has not finished within PT3.75S and kills 50 running and 160 waiting tasks ("
                        + "greenlet.shutdown-grace is PT30S, of which spring.lifecycle.timeout-per-shutdown-phase of "
                        + "PT5S leaves PT3.75S)")
                .containsPattern("    running work-\\d+ for PT[\\d.]+S: endless")
                .containsPattern("    waiting work-\\d+ for PT[\\d.]+S: endless")
                .containsPattern("    and 30 more running: (work-\\d+, ){29}work-\\d+\\s")
                .containsPattern("    and 140 more waiting: (work-\\d+, ){139}work-\\d+(\\s|$)")
                .doesNotContain(": request")
                .doesNotContain("still running"); // neither tasks nor, as Spring would say, the phase
        assertThat(Pattern.compile("work-\\d+").matcher(log).results().map(found -> found.group()).distinct())
                .hasSize(210);
    }
}
