package io.greenlet.benchmarks.measure;

import io.greenlet.benchmarks.result.ResultFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// The program of a JVM that measures one subject of a measure, a class of this package.
public final class MeasureChild {

    private MeasureChild() {}

    /// The commands that measure the subjects of a measure, each in a JVM of its own.
    ///
    /// @param simpleName the measure's class, one of this package
    /// @param quick whether a rough figure will do
    /// @param output the file for what was found, a [ResultFile]
    /// @return a command of each subject, by its name, in order
    public static Map<String, List<String>> commands(String simpleName, boolean quick, Path output) {
        Measure measure = measure(simpleName);
        Map<String, List<String>> commands = new LinkedHashMap<>();
        for (String subject : measure.subjects(quick).keySet()) {
            List<String> options = new ArrayList<>(List.of(Jvm.OPEN));
            options.addAll(measure.jvmOptions(subject));
            commands.put(subject, Jvm.command(options, MeasureChild.class, simpleName, subject, String.valueOf(quick),
                    output.toString()));
        }
        return commands;
    }

    private static Measure measure(String simpleName) {
        try {
            return Class.forName(MeasureChild.class.getPackageName() + "." + simpleName).asSubclass(Measure.class)
                    .getDeclaredConstructor().newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException("measure must be a class with a constructor without arguments: "
                    + simpleName, e);
        }
    }

    /// Measures.
    ///
    /// @param arguments the class, the subject, whether quickly, and the file
    /// @throws Exception when the subject does not do its work
    public static void main(String[] arguments) throws Exception {
        Measure measure = measure(arguments[0]);
        Figures figures = new Figures(arguments[1]);
        Measure.Body body = Objects
                .requireNonNull(measure.subjects(Boolean.parseBoolean(arguments[2])).get(arguments[1]));
        body.measure(figures);
        ResultFile.of(figures.series(), List.of()).write(Path.of(arguments[3]));
        // What was measured may still be waiting.
        Runtime.getRuntime().halt(0);
    }
}
