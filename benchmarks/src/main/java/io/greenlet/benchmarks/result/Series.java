package io.greenlet.benchmarks.result;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// What was measured of one subject: a list of values for each round, each round in a JVM of its own.
///
/// @param subject what was measured
/// @param parameters under which it was measured, by name
/// @param unit of the values
/// @param rounds the values, none of the lists empty
public record Series(String subject, Map<String, String> parameters, String unit, List<List<Double>> rounds) {

    /// Holds copies.
    public Series {
        parameters = Map.copyOf(parameters);
        rounds = rounds.stream().map(List::copyOf).toList();
    }

    boolean isAbout(Series other) {
        return subject.equals(other.subject) && parameters.equals(other.parameters) && unit.equals(other.unit);
    }

    /// This one's rounds, then the other one's.
    Series and(Series later) {
        return new Series(subject, parameters, unit,
                Stream.concat(rounds.stream(), later.rounds.stream()).toList());
    }

    /// The median of the rounds' medians.
    ///
    /// @return it, in [#unit]
    public double value() {
        return Statistics.median(medians());
    }

    /// Half the distance between the lowest and the highest round; of a single round, between the quartiles of its values.
    ///
    /// @return it, in [#unit]
    public double error() {
        return rounds.size() == 1 ? Statistics.halfQuartiles(rounds.getFirst()) : Statistics.halfRange(medians());
    }

    /// How many times `reference` is in this: the median of the rounds' ratios, since the rounds of one run stand beside each
    /// other on a machine whose speed drifts; the ratio of the medians where the two were not measured in the same rounds.
    ///
    /// @param reference what is 1
    /// @return the ratio
    public double ratioTo(Series reference) {
        List<Double> above = medians();
        List<Double> below = reference.medians();
        if (above.size() != below.size()) {
            return value() / reference.value();
        }
        return Statistics
                .median(IntStream.range(0, above.size()).mapToObj(i -> above.get(i) / below.get(i)).toList());
    }

    private List<Double> medians() {
        return rounds.stream().map(Statistics::median).toList();
    }
}
