package io.greenlet.benchmarks;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/// The program of a JVM that measures one subject of a [Measure]: its class, the subject, whether quickly, and the file for
/// what was found.
final class MeasureChild {

    private MeasureChild() {}

    static Measure measure(String simpleName) {
        try {
            return Class.forName(MeasureChild.class.getPackageName() + "." + simpleName).asSubclass(Measure.class)
                    .getDeclaredConstructor().newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException("measure must be a class with a constructor without arguments: "
                    + simpleName, e);
        }
    }

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
