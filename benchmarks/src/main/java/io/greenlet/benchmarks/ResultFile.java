package io.greenlet.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The results of a topic, as they are kept: `results/<topic>.json`.
///
/// @param topic whose
/// @param begun when its run began, in UTC
/// @param seconds how long it took
/// @param commit of the sources that were measured
/// @param versions of what is not in the jar, by name
/// @param series what was measured
/// @param failures what was not, a line each
record ResultFile(String topic, String begun, double seconds, String commit, Map<String, String> versions,
        List<Series> series, List<String> failures) {

    ResultFile {
        versions = Map.copyOf(versions);
        series = List.copyOf(series);
        failures = List.copyOf(failures);
    }

    /// What a child has measured: the rest is known by who has started it.
    static ResultFile of(List<Series> series, List<String> failures) {
        return new ResultFile("", "", 0, "", Map.of(), series, failures);
    }

    static ResultFile read(Path file) {
        return Json.MAPPER.readValue(file.toFile(), ResultFile.class);
    }

    void write(Path file) {
        Json.MAPPER.writeValue(file.toFile(), this);
    }

    /// With a round more.
    ResultFile and(ResultFile round) {
        List<Series> merged = new ArrayList<>(series);
        for (Series next : round.series) {
            int index = indexOf(merged, next);
            if (index < 0) {
                merged.add(next);
            } else {
                merged.set(index, merged.get(index).and(next));
            }
        }
        Map<String, String> all = new TreeMap<>(versions);
        all.putAll(round.versions);
        return new ResultFile(topic, begun, seconds, commit, all, merged, both(failures, round.failures));
    }

    ResultFile withFailure(String failure) {
        return new ResultFile(topic, begun, seconds, commit, versions, series, both(failures, List.of(failure)));
    }

    ResultFile lasting(double newSeconds) {
        return new ResultFile(topic, begun, newSeconds, commit, versions, series, failures);
    }

    private static int indexOf(List<Series> all, Series wanted) {
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).isAbout(wanted)) {
                return i;
            }
        }
        return -1;
    }

    private static List<String> both(List<String> first, List<String> then) {
        List<String> all = new ArrayList<>(first);
        then.stream().filter(line -> !all.contains(line)).forEach(all::add);
        return all;
    }
}
