package io.greenlet.sample;

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
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The sample in a JVM of its own, on a free port.
final class SampleProcess implements AutoCloseable {

    private static final Pattern WELCOME = Pattern.compile("Open (http://localhost:\\d+)/ to check a site");
    private static final Pattern ID = Pattern.compile("\"id\":\"(\\d+)\"");

    private final Process process;
    private final BufferedReader output;
    private final HttpClient client = HttpClient.newHttpClient();
    private final List<String> log = new ArrayList<>();
    private final String address;

    /// Starts `java` with arguments, those of the application included, and waits until it says where it is.
    SampleProcess(List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(java()));
        command.addAll(arguments);
        command.addAll(List.of("--server.port=0", "--checker.site-latency=0s"));
        process = new ProcessBuilder(command).redirectErrorStream(true).start();
        output = process.inputReader(UTF_8);
        try {
            address = welcome();
        } catch (Throwable e) {
            close();
            throw e;
        }
    }

    /// The launcher of the JDK that runs the tests.
    static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    private String welcome() throws IOException {
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            log.add(line);
            Matcher welcome = WELCOME.matcher(line);
            if (welcome.find()) {
                Thread.ofVirtual().start(() -> output.lines().forEach(_ -> {
                })); // or a full pipe would hold it
                return welcome.group(1);
            }
        }
        throw new AssertionError("it has not started:\n" + String.join("\n", log));
    }

    /// What it has said until it was ready.
    List<String> log() {
        return log;
    }

    String get(String path) throws IOException, InterruptedException {
        HttpResponse<String> answer = send(HttpRequest.newBuilder(URI.create(address + path)));
        assertThat(answer.statusCode()).as(path).isEqualTo(200);
        return answer.body();
    }

    int status(String path) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(address + path))).statusCode();
    }

    String post(String path, String json) throws IOException, InterruptedException {
        HttpResponse<String> answer = send(HttpRequest.newBuilder(URI.create(address + path))
                .header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(json)));
        assertThat(answer.statusCode()).as(path).isBetween(200, 299);
        return answer.body();
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), BodyHandlers.ofString());
    }

    /// Checks so many pages of the bundled site, and returns the report.
    String check(int pages) throws IOException, InterruptedException {
        Matcher id = ID.matcher(post("/checks", "{\"maxPages\": " + pages + "}"));
        assertThat(id.find()).isTrue();
        assertThat(get("/checks/" + id.group(1) + "/events")).contains("event:done");
        return get("/checks/" + id.group(1));
    }

    /// Asks it to stop as an operating system does, and expects an orderly end.
    void stops() throws InterruptedException {
        process.toHandle().destroy(); // which leaves its output open until it has ended
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(143); // ended by the signal, after an orderly stop
    }

    @Override
    public void close() {
        client.shutdownNow();
        process.destroyForcibly();
        boolean interrupted = false;
        while (process.isAlive()) {
            try {
                process.waitFor();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
