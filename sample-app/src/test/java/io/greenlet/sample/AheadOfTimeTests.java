package io.greenlet.sample;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplicationAotProcessor;

/// The application written out ahead of time, as `mvn -Paot package` does it, and run from that.
///
/// In JVMs of its own: Maven's plugin would compile with the JDK that Maven runs on, which may be too old.
@Timeout(value = 240, threadMode = ThreadMode.SEPARATE_THREAD)
class AheadOfTimeTests {

    private static final String QUICK_START = "-XX:TieredStopAtLevel=1";

    @TempDir
    private Path work;

    /// The class path of the tests, without the tests.
    private static String classPath() {
        String tests = testClasses();
        return Arrays.stream(requireNonNull(System.getProperty("java.class.path")).split(File.pathSeparator, -1))
                .filter(entry -> !Path.of(entry).toAbsolutePath().toString().equals(tests))
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static String testClasses() {
        try {
            return Path.of(AheadOfTimeTests.class.getProtectionDomain().getCodeSource().getLocation().toURI())
                    .toAbsolutePath().toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private String process() throws IOException, InterruptedException {
        Path sources = work.resolve("sources");
        Path resources = work.resolve("resources");
        Path classes = work.resolve("classes");
        Path log = work.resolve("aot.log");
        Process processor = new ProcessBuilder(SampleProcess.java(), QUICK_START, "-cp", classPath(),
                SpringApplicationAotProcessor.class.getName(), SampleApplication.class.getName(), sources.toString(),
                resources.toString(), classes.toString(), "io.greenlet", "sample-app").redirectErrorStream(true)
                .redirectOutput(log.toFile()).start();
        try {
            assertThat(processor.waitFor()).as(() -> read(log)).isZero();
        } finally {
            processor.destroyForcibly().waitFor();
        }
        compile(sources, classes);
        return String.join(File.pathSeparator, classes.toString(), resources.toString(), classPath());
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, UTF_8);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static void compile(Path sources, Path classes) throws IOException {
        JavaCompiler compiler = requireNonNull(ToolProvider.getSystemJavaCompiler(), "compiler");
        StringWriter messages = new StringWriter();
        try (Stream<Path> files = Files.walk(sources);
                StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, UTF_8)) {
            List<String> options = List.of("-d", classes.toString(), "-cp",
                    classes + File.pathSeparator + classPath(), "-proc:none", "-nowarn");
            List<Path> java = files.filter(file -> file.toString().endsWith(".java")).toList();
            assertThat(java).isNotEmpty();
            boolean compiled = compiler.getTask(messages, manager, null, options, null,
                    manager.getJavaFileObjectsFromPaths(java)).call();
            assertThat(compiled).as(messages::toString).isTrue();
        }
    }

    @Test
    void theSampleRunsFromWhatWasWrittenOut() throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("-Dspring.aot.enabled=true", QUICK_START,
                "--enable-native-access=ALL-UNNAMED",
                "--add-opens=java.base/java.lang=ALL-UNNAMED", "-cp", process(), SampleApplication.class.getName(),
                "--greenlet.pools.crawler.size=7", "--greenlet.pools.late.size=3"));

        try (SampleProcess sample = new SampleProcess(arguments)) {
            assertThat(sample.log()).anyMatch(line -> line.contains("Starting AOT-processed SampleApplication"));
            assertThat(sample.get("/")).contains("<title>Link checker");
            assertThat(sample.check(50)).contains("\"status\":\"FINISHED\"", "\"pages\":50");

            assertThat(sample.get("/actuator/greenpools/crawler")).as("sizes are those of the run")
                    .contains("\"size\":7", "\"running\":0", "\"whenFull\":\"block\"");
            assertThat(sample.post("/actuator/greenpools/crawler", "{\"size\": 2}")).contains("\"size\":2");
            assertThat(sample.get("/actuator/greenpools")).contains("\"crawler\":{\"size\":2", "\"checks\":{\"size\":4",
                    "\"default\":{\"size\":1000");
            assertThat(sample.status("/actuator/greenpools/late")).as("names are those of the build").isEqualTo(404);
            assertThat(sample.get("/actuator/metrics/greenlet.pool.tasks?tag=pool:crawler")).contains("COUNT");
            assertThat(sample.check(20)).contains("\"status\":\"FINISHED\"");

            sample.stops();
        }
    }
}
