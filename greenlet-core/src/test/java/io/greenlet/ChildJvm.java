package io.greenlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.h2.Driver;

/// A program of the tests that has run in a JVM of its own, and what it said: lines `check: value`.
///
/// @param lines its output
/// @param errors its error output
public record ChildJvm(List<String> lines, String errors) {

    static final String OPEN_JAVA_LANG = "--add-opens=java.base/java.lang=ALL-UNNAMED";

    /// Runs a program to its end.
    public static ChildJvm run(List<String> options, Class<?> program, String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.add("-ea");
        command.add("-cp");
        command.add(String.join(System.getProperty("path.separator"), classesOf(Hub.class), classesOf(program),
                classesOf(Driver.class)));
        command.add(program.getName());
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).start();
        try {
            Reader output = new Reader(process.getInputStream());
            Reader error = new Reader(process.getErrorStream());
            assertThat(process.waitFor(90, TimeUnit.SECONDS)).as("the program ends").isTrue();
            return new ChildJvm(output.text().lines().toList(), error.text());
        } finally {
            process.destroyForcibly();
        }
    }

    /// What it said of a check.
    public String said(String check) {
        return lines.stream().filter(line -> line.startsWith(check + ": ")).findFirst()
                .map(line -> line.substring(check.length() + 2)).orElse("nothing; errors:\n" + errors);
    }

    private static String classesOf(Class<?> type) throws Exception {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
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
}
