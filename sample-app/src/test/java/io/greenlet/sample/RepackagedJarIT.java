package io.greenlet.sample;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/// The jar that the build makes: it starts without a flag, says where to look, serves its site from the jar within the
/// jar, checks it, and stops when asked to.
@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
class RepackagedJarIT {

    private static final Pattern WELCOME = Pattern.compile("Open (http://localhost:\\d+)/ to check a site");
    private static final Pattern ID = Pattern.compile("\"id\":\"(\\d+)\"");

    private final Process process;
    private final BufferedReader output;
    private final HttpClient client = HttpClient.newHttpClient();

    RepackagedJarIT() throws IOException {
        process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-jar",
                requireNonNull(System.getProperty("sample.jar")), "--server.port=0", "--checker.site-latency=0s")
                .redirectErrorStream(true).start();
        output = process.inputReader(UTF_8);
    }

    @AfterEach
    void nothingIsLeft() throws InterruptedException {
        client.shutdownNow();
        process.destroyForcibly().waitFor();
    }

    @Test
    void startsChecksAndStops() throws IOException, InterruptedException {
        List<String> log = new ArrayList<>();
        String address = welcome(log);
        assertThat(log).noneMatch(line -> line.contains("WARNING")).noneMatch(line -> line.contains(" WARN "));

        assertThat(get(address + "/")).contains("<title>Link checker");
        assertThat(get(address + "/site/")).contains("AssertJ Core");
        Matcher id = ID.matcher(client.send(HttpRequest.newBuilder(URI.create(address + "/checks"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"maxPages\": 200}")).build(), BodyHandlers.ofString())
                .body());
        assertThat(id.find()).isTrue();
        assertThat(get(address + "/checks/" + id.group(1) + "/events")).contains("event:done");
        assertThat(get(address + "/checks/" + id.group(1))).contains("\"status\":\"FINISHED\"", "\"pages\":200");

        process.destroy();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(143); // ended by the signal, after an orderly stop
    }

    private String welcome(List<String> log) throws IOException {
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            log.add(line);
            Matcher welcome = WELCOME.matcher(line);
            if (welcome.find()) {
                Thread.ofVirtual().start(() -> output.lines().forEach(_ -> {
                })); // or a full pipe would hold it
                return welcome.group(1);
            }
        }
        throw new AssertionError("it has not started: " + log);
    }

    private String get(String url) throws IOException, InterruptedException {
        var answer = client.send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(url).isEqualTo(200);
        return answer.body();
    }
}
