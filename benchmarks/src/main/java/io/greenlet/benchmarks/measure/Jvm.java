package io.greenlet.benchmarks.measure;

import java.util.ArrayList;
import java.util.List;

/// Another JVM of the same JDK, with the same class path.
public final class Jvm {

    /// The cooperative hub's own carrier needs it; without, it has its baton. JMH's forks inherit the flags of their parent,
    /// and one of them must not have this.
    static final String OPEN = "--add-opens=java.base/java.lang=ALL-UNNAMED";

    private Jvm() {}

    /// The command that starts one.
    ///
    /// @param options its flags
    /// @param main the program
    /// @param arguments the program's
    /// @return the command
    public static List<String> command(List<String> options, Class<?> main, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(System.getProperty("java.home") + "/bin/java");
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        return command;
    }
}
