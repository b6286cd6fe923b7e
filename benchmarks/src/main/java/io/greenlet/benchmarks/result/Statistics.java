package io.greenlet.benchmarks.result;

import java.util.Collections;
import java.util.List;

/// The few that a series needs.
public final class Statistics {

    private Statistics() {}

    /// The value in the middle, or between the two there.
    ///
    /// @param values some, in any order
    /// @return their median
    public static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    static double halfRange(List<Double> values) {
        return (Collections.max(values) - Collections.min(values)) / 2;
    }

    /// Half the distance between the quartiles.
    static double halfQuartiles(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int last = sorted.size() - 1;
        return (sorted.get(last - last / 4) - sorted.get(last / 4)) / 2;
    }
}
