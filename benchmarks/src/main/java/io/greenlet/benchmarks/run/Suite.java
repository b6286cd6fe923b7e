package io.greenlet.benchmarks.run;

import io.greenlet.benchmarks.measure.Jvm;
import io.greenlet.benchmarks.measure.MeasureChild;
import io.greenlet.benchmarks.report.Catalogue;
import io.greenlet.benchmarks.report.Catalogue.Topic;
import io.greenlet.benchmarks.result.ResultFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import tools.jackson.core.JacksonException;

/// Runs the topics, one after the other, and keeps what each of them has found; `benchmarks/run` starts it. What fails is noted
/// in the results, and the others go on.
final class Suite {

    /// One child of a topic.
    private record Step(String name, List<String> command, long limitSeconds) {}

    private final boolean quick;
    private final Path results;
    private final Path logs = Path.of("benchmarks/target/logs");
    private final Path output = Path.of("benchmarks/target/child.json");

    private Suite(boolean quick, Path results) {
        this.quick = quick;
        this.results = results;
    }

    /// Runs them.
    ///
    /// @param arguments whether quickly, the directory of the results, and the topics, none for all
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Suite suite = new Suite(Boolean.parseBoolean(arguments[0]), Path.of(arguments[1]));
        Files.createDirectories(suite.results);
        Files.createDirectories(suite.logs);
        List<String> only = List.of(arguments).subList(2, arguments.length);
        List<Topic> topics = Catalogue.read(Path.of("benchmarks/topics.json")).topics();
        List<String> ids = topics.stream().map(Topic::id).toList();
        if (!ids.containsAll(only)) {
            throw new IllegalArgumentException("topic must be one of " + ids + ": " + only);
        }
        for (Topic topic : topics) {
            if (only.isEmpty() || only.contains(topic.id())) {
                suite.run(topic);
            }
        }
    }

    private void run(Topic topic) throws IOException, InterruptedException {
        long begun = System.nanoTime();
        Path log = logs.resolve(topic.id() + ".log");
        Files.deleteIfExists(log);
        ResultFile result = new ResultFile(topic.id(), Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(), 0,
                Machine.commit(), Machine.facts(), List.of(), List.of());
        int rounds = quick ? 1 : topic.rounds();
        for (int round = 1; round <= rounds; round++) {
            for (Step step : steps(topic)) {
                System.out.printf("%s, round %d of %d: %s%n", topic.id(), round, rounds, step.name);
                result = run(step, log, result);
            }
        }
        double seconds = Math.round((System.nanoTime() - begun) / 1e8) / 10.0;
        result.lasting(seconds).write(results.resolve(topic.id() + ".json"));
        result.failures().forEach(failure -> System.out.println("failed: " + failure));
        System.out.printf("%s took %.1f s%n", topic.id(), seconds);
    }

    private ResultFile run(Step step, Path log, ResultFile result) throws IOException, InterruptedException {
        Files.deleteIfExists(output);
        String end = ChildProcess.run(step.command, step.limitSeconds, log);
        if (!end.isEmpty() || !Files.exists(output)) {
            return result.withFailure(step.name + ": " + (end.isEmpty() ? "no result" : end));
        }
        try {
            return result.and(ResultFile.read(output));
        } catch (JacksonException e) {
            return result.withFailure(step.name + ": " + e.getOriginalMessage());
        }
    }

    private List<Step> steps(Topic topic) {
        if (topic.jmh() != null) {
            // JMH refuses to run beside another JMH: right for figures that are kept.
            List<String> options = quick ? List.of("-Djmh.ignoreLock=true") : List.of();
            return List.of(step(topic, topic.jmh(), 600,
                    Jvm.command(options, JmhChild.class, topic.jmh(), String.valueOf(quick), output.toString())));
        }
        List<Step> steps = new ArrayList<>();
        if (topic.python() != null) {
            for (String name : Objects.requireNonNull(topic.of())) {
                steps.add(step(topic, name, 300, List.of("/usr/bin/python3", topic.python(), name,
                        String.valueOf(quick), output.toString())));
            }
            return steps;
        }
        String name = Objects.requireNonNull(topic.measure());
        MeasureChild.commands(name, quick, output)
                .forEach((subject, command) -> steps.add(step(topic, subject, 180, command)));
        return steps;
    }

    private static Step step(Topic topic, String name, long limitSeconds, List<String> command) {
        List<String> prefixed = new ArrayList<>(Objects.requireNonNullElse(topic.prefix(), List.of()));
        prefixed.addAll(command);
        return new Step(name, prefixed, limitSeconds);
    }
}
