package io.greenlet.benchmarks;

import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/// The few that the page needs.
final class Statistics {

    private Statistics() {}

    static double median(List<Double> values) {
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

    /// How many times `reference` is in `series`: the median of the rounds' ratios, since the rounds of one run stand beside
    /// each other on a machine whose speed drifts; the ratio of the medians where the two were not measured in the same
    /// rounds.
    static double ratio(Series series, Series reference) {
        List<Double> above = series.medians();
        List<Double> below = reference.medians();
        if (above.size() != below.size()) {
            return series.value() / reference.value();
        }
        return median(IntStream.range(0, above.size()).mapToObj(i -> above.get(i) / below.get(i)).toList());
    }
}
