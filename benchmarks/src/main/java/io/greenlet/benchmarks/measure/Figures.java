package io.greenlet.benchmarks.measure;

import io.greenlet.benchmarks.result.Series;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Collects what a measure finds about its subject.
final class Figures {

    private final String subject;
    private final List<Series> series = new ArrayList<>();

    Figures(String subject) {
        this.subject = subject;
    }

    void add(String unit, double value) {
        add(Map.of(), unit, List.of(value));
    }

    void add(Map<String, String> parameters, String unit, double value) {
        add(parameters, unit, List.of(value));
    }

    void add(Map<String, String> parameters, String unit, List<Double> values) {
        addOf(subject, parameters, unit, values);
    }

    /// Adds what was found of one of several that take turns in this JVM.
    void addOf(String one, Map<String, String> parameters, String unit, List<Double> values) {
        series.add(new Series(one, parameters, unit, List.of(values)));
    }

    List<Series> series() {
        return series;
    }
}
