package io.greenlet.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.annotation.ImportCandidates;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/// What the starter adds to the start of a Spring Boot application, with and without the starter's auto-configurations in
/// turns: the median of many in this JVM, whose classes are loaded, and of a tenth as many each in a JVM of its own.
///
/// `java -cp benchmarks/target/benchmarks.jar io.greenlet.benchmarks.StartUpCost 100`; with the class path of an application
/// instead, the cost in that one.
public final class StartUpCost {

    private StartUpCost() {}

    /// An empty application.
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {}

    /// Runs the measurement.
    ///
    /// @param arguments how many starts of each kind; or `with` or `without` for one start, whose time is printed
    public static void main(String[] arguments) throws IOException, InterruptedException {
        switch (arguments[0]) {
            case "with" -> System.out.println("nanos " + start(List.of()));
            case "without" -> System.out.println("nanos " + start(greenlets()));
            default -> compare(Integer.parseInt(arguments[0]));
        }
    }

    private static List<String> greenlets() {
        return ImportCandidates
                .load(AutoConfiguration.class,
                        StartUpCost.class.getClassLoader())
                .getCandidates().stream().filter(name -> name.startsWith("io.greenlet.")).toList();
    }

    private static long start(List<String> excluded) {
        long begin = System.nanoTime();
        SpringApplication application = new SpringApplication(Application.class);
        application.setWebApplicationType(WebApplicationType.NONE);
        try (ConfigurableApplicationContext _ = application.run("--spring.main.banner-mode=off",
                "--logging.level.root=off", "--spring.autoconfigure.exclude=" + String.join(",", excluded))) {
            return System.nanoTime() - begin;
        }
    }

    private static void compare(int starts) throws IOException, InterruptedException {
        for (int n = 0; n < starts / 4; n++) {
            start(List.of());
            start(greenlets());
        }
        List<Long> with = new ArrayList<>();
        List<Long> without = new ArrayList<>();
        for (int n = 0; n < starts; n++) {
            with.add(start(List.of()));
            without.add(start(greenlets()));
        }
        report("warm", with, without);
        with.clear();
        without.clear();
        for (int n = 0; n < starts / 10; n++) {
            with.add(inAnotherJvm("with"));
            without.add(inAnotherJvm("without"));
        }
        report("cold", with, without);
    }

    private static void report(String kind, List<Long> with, List<Long> without) {
        long cost = median(with) - median(without);
        System.out.printf("%s: with %.1f ms, without %.1f ms, cost %.1f ms (medians of %d)%n", kind,
                median(with) / 1e6, median(without) / 1e6, cost / 1e6, with.size());
    }

    private static long inAnotherJvm(String kind) throws IOException, InterruptedException {
        String java = ProcessHandle.current().info().command().orElse("java");
        Process process = new ProcessBuilder(java, "-cp", System.getProperty("java.class.path"),
                StartUpCost.class.getName(), kind).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IllegalStateException(output);
        }
        return output.lines().filter(line -> line.startsWith("nanos ")).map(line -> Long.valueOf(line.substring(6)))
                .findFirst().orElseThrow(() -> new IllegalStateException(output));
    }

    private static long median(List<Long> values) {
        Collections.sort(values);
        return values.get(values.size() / 2);
    }
}
