package io.greenlet.benchmarks;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// What was measured of one subject: a list of values for each round, each round in a JVM of its own.
///
/// @param subject what was measured
/// @param parameters under which it was measured, by name
/// @param unit of the values
/// @param rounds the values, none of the lists empty
record Series(String subject, Map<String, String> parameters, String unit, List<List<Double>> rounds) {

    Series {
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
    double value() {
        return Statistics.median(medians());
    }

    /// Half the distance between the lowest and the highest round; of a single round, between the quartiles of its values.
    double error() {
        return rounds.size() == 1 ? Statistics.halfQuartiles(rounds.getFirst()) : Statistics.halfRange(medians());
    }

    List<Double> medians() {
        return rounds.stream().map(Statistics::median).toList();
    }
}
