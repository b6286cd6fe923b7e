package io.greenlet.benchmarks.run;

import io.greenlet.benchmarks.result.ResultFile;
import io.greenlet.benchmarks.result.Series;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/// The program of a JVM that runs one round of a JMH class: every benchmark once, each in a fork of its own. Several rounds of
/// one fork, rather than one round of several, put the peers beside each other again and again while the machine's speed
/// drifts.
final class JmhChild {

    private JmhChild() {}

    /// Runs it.
    ///
    /// @param arguments the class, whether quickly, and the file for what was found
    public static void main(String[] arguments) throws RunnerException {
        String include = "\\." + arguments[0] + "\\.";
        Collection<RunResult> results = new Runner(options(include, Boolean.parseBoolean(arguments[1]))).run();
        ResultFile.of(results.stream().map(JmhChild::series).toList(), failures(include, results))
                .write(Path.of(arguments[2]));
    }

    private static Options options(String include, boolean quick) {
        return new OptionsBuilder().include(include).forks(1).shouldFailOnError(false)
                .warmupIterations(quick ? 1 : 5).warmupTime(TimeValue.milliseconds(quick ? 100 : 400))
                .measurementIterations(quick ? 1 : 8).measurementTime(TimeValue.milliseconds(quick ? 100 : 250))
                // One that hangs costs the others no more than this.
                .timeout(TimeValue.seconds(20)).build();
    }

    private static Series series(RunResult result) {
        BenchmarkParams about = result.getParams();
        Map<String, String> parameters = new HashMap<>();
        about.getParamsKeys().forEach(key -> parameters.put(key, about.getParam(key)));
        List<Double> values = new ArrayList<>();
        for (BenchmarkResult fork : result.getBenchmarkResults()) {
            for (IterationResult iteration : fork.getIterationResults()) {
                values.add(iteration.getPrimaryResult().getScore());
            }
        }
        return new Series(method(about.getBenchmark()), parameters,
                result.getPrimaryResult().getScoreUnit().replace("/op", ""), List.of(values));
    }

    private static String method(String benchmark) {
        return benchmark.substring(benchmark.lastIndexOf('.') + 1);
    }

    private static List<String> failures(String include, Collection<RunResult> results) {
        List<String> failures = new ArrayList<>();
        for (BenchmarkListEntry entry : BenchmarkList.defaultList().find(
                OutputFormatFactory.createFormatInstance(System.out, VerboseMode.SILENT), List.of(include),
                List.of())) {
            long expected = entry.getParams().orElse(Map.of()).values().stream().mapToLong(values -> values.length)
                    .reduce(1, (a, b) -> a * b);
            long came = results.stream()
                    .filter(result -> result.getParams().getBenchmark().equals(entry.getUsername())).count();
            if (came < expected) {
                failures.add("%s: %d of %d failed".formatted(method(entry.getUsername()), expected - came, expected));
            }
        }
        return failures;
    }
}
