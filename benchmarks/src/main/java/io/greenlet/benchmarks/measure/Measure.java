package io.greenlet.benchmarks.measure;

import java.util.List;
import java.util.Map;

/// What JMH does not measure: not the time of a call, but bytes, latencies, a spread. Each subject runs in a JVM of its own,
/// which ends with it, so nothing has to be cleaned up.
interface Measure {

    /// Measures one subject.
    @FunctionalInterface
    interface Body {

        void measure(Figures figures) throws Exception;
    }

    /// What is measured, by name, in order.
    ///
    /// @param quick whether a rough figure will do
    Map<String, Body> subjects(boolean quick);

    /// The flags of a subject's JVM.
    default List<String> jvmOptions(String subject) {
        return List.of();
    }
}
