package io.greenlet.benchmarks;

import java.util.ArrayList;
import java.util.List;

/// Another JVM of the same JDK, with the same class path.
final class Jvm {

    private Jvm() {}

    static List<String> command(List<String> options, Class<?> main, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(System.getProperty("java.home") + "/bin/java");
        // The cooperative hub's own carrier; greenlet works without.
        command.add("--add-opens=java.base/java.lang=ALL-UNNAMED");
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        return command;
    }
}
