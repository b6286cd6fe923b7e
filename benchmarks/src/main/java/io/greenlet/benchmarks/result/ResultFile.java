package io.greenlet.benchmarks.result;

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
public record ResultFile(String topic, String begun, double seconds, String commit, Map<String, String> versions,
        List<Series> series, List<String> failures) {

    /// Holds copies.
    public ResultFile {
        versions = Map.copyOf(versions);
        series = List.copyOf(series);
        failures = List.copyOf(failures);
    }

    /// What a child has measured: the rest is known by who has started it.
    ///
    /// @param series what was measured
    /// @param failures what was not, a line each
    /// @return a round
    public static ResultFile of(List<Series> series, List<String> failures) {
        return new ResultFile("", "", 0, "", Map.of(), series, failures);
    }

    /// Reads one.
    ///
    /// @param file which
    /// @return what it holds
    public static ResultFile read(Path file) {
        return Json.read(file, ResultFile.class);
    }

    /// Writes it, in place of what was there.
    ///
    /// @param file which
    public void write(Path file) {
        Json.write(file, this);
    }

    /// With a round more: a series that is there already gets its values as a round, and no failure is said twice.
    ///
    /// @param round what was found
    /// @return both
    public ResultFile and(ResultFile round) {
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

    /// With a line more of what was not measured.
    ///
    /// @param failure the line
    /// @return both
    public ResultFile withFailure(String failure) {
        return new ResultFile(topic, begun, seconds, commit, versions, series, both(failures, List.of(failure)));
    }

    /// With the time that it took.
    ///
    /// @param newSeconds the time
    /// @return the same, otherwise
    public ResultFile lasting(double newSeconds) {
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
