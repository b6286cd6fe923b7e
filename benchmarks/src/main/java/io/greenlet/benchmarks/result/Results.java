package io.greenlet.benchmarks.result;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// All results at hand.
///
/// @param files one of each topic that was run
public record Results(List<ResultFile> files) {

    /// Reads them.
    ///
    /// @param directory of the files; others than `*.json` are passed over
    /// @return all
    /// @throws IOException when the directory cannot be read
    public static Results read(Path directory) throws IOException {
        try (Stream<Path> paths = Files.list(directory)) {
            return new Results(paths.filter(path -> path.toString().endsWith(".json")).sorted().map(ResultFile::read)
                    .toList());
        }
    }

    /// The series of that name; nothing if it was not measured.
    ///
    /// @param reference its name, which must fit no other
    /// @return the series
    public Optional<Series> find(Reference reference) {
        List<Series> found = files.stream().filter(file -> file.topic().equals(reference.topic()))
                .flatMap(file -> file.series().stream()).filter(reference::names).toList();
        if (found.size() > 1) {
            throw new IllegalArgumentException(
                    "reference must name one series: " + reference + " names " + found.size());
        }
        return found.stream().findFirst();
    }
}
