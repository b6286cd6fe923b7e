package io.greenlet.benchmarks.run;

import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a figure depends on: processor, system, JDK, and the versions of the peers.
final class Machine {

    /// A peer's artifact, and its name on the page.
    private static final Map<String, String> PEERS = Map.of("channels", "Jox", "resilience4j-bulkhead", "Resilience4j",
            "reactor-core", "Reactor", "spring-core", "Spring Framework", "spring-boot", "Spring Boot",
            "netty-transport", "Netty", "kotlinx-coroutines-core-jvm", "Kotlin coroutines", "jmh-core", "JMH");
    private static final Pattern ARTIFACT = Pattern.compile("\\s+[^:]+:([^:]+):jar:([^:]+):.*");

    private Machine() {}

    static Map<String, String> facts() throws IOException {
        Map<String, String> facts = new TreeMap<>(versions());
        facts.put("Processor", processor() + ", " + Runtime.getRuntime().availableProcessors() + " cores");
        if (ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system) {
            facts.put("Memory", Math.round(system.getTotalMemorySize() / 1e9) + " GB");
        }
        facts.put("System", distribution() + ", Linux " + System.getProperty("os.version"));
        facts.put("JDK", System.getProperty("java.vendor.version") + ", " + System.getProperty("java.vm.name"));
        return facts;
    }

    private static Map<String, String> versions() throws IOException {
        try (InputStream list = Objects.requireNonNull(Machine.class.getResourceAsStream("/dependencies.txt"),
                "dependencies.txt must be in the jar")) {
            return versions(new String(list.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    /// The peers' versions in what `mvn dependency:list` says.
    static Map<String, String> versions(String list) {
        Map<String, String> versions = new TreeMap<>();
        for (String line : list.lines().toList()) {
            Matcher matcher = ARTIFACT.matcher(line);
            if (matcher.matches() && PEERS.containsKey(matcher.group(1))) {
                versions.put(Objects.requireNonNull(PEERS.get(matcher.group(1))), matcher.group(2));
            }
        }
        return versions;
    }

    private static String processor() throws IOException {
        return valueIn("/proc/cpuinfo", "model name\t: ");
    }

    private static String distribution() throws IOException {
        return valueIn("/etc/os-release", "PRETTY_NAME=").replace("\"", "");
    }

    private static String valueIn(String file, String key) throws IOException {
        return Files.readAllLines(Path.of(file)).stream().filter(line -> line.startsWith(key))
                .map(line -> line.substring(key.length()).strip()).findFirst().orElse("unknown");
    }

    /// The commit of the sources; with a plus if something was changed since, other than results and the page.
    static String commit() throws IOException {
        String commit = git("rev-parse", "--short", "HEAD");
        return git("status", "--porcelain", "--untracked-files=no", ":!docs", ":!benchmarks/results").isEmpty()
                ? commit
                : commit + "+";
    }

    private static String git(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("git"));
        command.addAll(List.of(arguments));
        Process git = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        return new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    }
}
