package io.greenlet.benchmarks.report;

import io.greenlet.benchmarks.result.Json;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What is run, and what the page shows of it: `topics.json`.
///
/// @param topics what is run, in this order
/// @param tables of the page
/// @param goals with which the page begins
/// @param plot the comparisons that are drawn
public record Catalogue(List<Topic> topics, List<Table> tables, List<Goal> goals, List<Group> plot) {

    /// What is run together and kept in one file.
    ///
    /// @param id names it
    /// @param jmh the class, if it is one of JMH
    /// @param measure the class, if it is one of the measures
    /// @param python the script, if it is one
    /// @param of what the script is run for, one after the other
    /// @param rounds how often all of it is run
    /// @param prefix a command that runs it
    public record Topic(String id, @Nullable String jmh, @Nullable String measure, @Nullable String python,
            @Nullable List<String> of, int rounds, @Nullable List<String> prefix) {}

    /// A table, whose ratios are to one of its rows.
    ///
    /// @param id names it
    /// @param head of the first column
    /// @param reference the series of the row with ratio 1; null: no ratios
    /// @param higherIsBetter whether a ratio above 1 is good
    /// @param differences whether the distance from the reference is shown, too
    record Table(String id, @Nullable String head, @Nullable String reference, boolean higherIsBetter,
            boolean differences, List<Column> columns, List<Row> rows) {}

    /// A column: some parameters of all rows.
    ///
    /// @param unit of what is shown; null: as it was measured
    /// @param noRatio whether the column is without
    /// @param where the parameters, for each topic that has them
    record Column(String label, @Nullable String unit, boolean noRatio,
            @Nullable Map<String, Map<String, String>> where) {}

    /// A row.
    ///
    /// @param label what it is called on the page
    /// @param series a [io.greenlet.benchmarks.result.Reference] to what it shows
    record Row(String label, String series) {}

    /// A goal, with all that must hold for it.
    record Goal(String goal, List<Check> checks) {}

    /// A limit.
    ///
    /// @param label said before the figure, if there are several
    /// @param value a [io.greenlet.benchmarks.result.Reference] to the series
    /// @param against references: the value is divided by the best of these; null: it is itself limited
    /// @param unit of the value, if it is itself limited
    record Check(@Nullable String label, String value, @Nullable List<String> against, @Nullable String unit,
            @Nullable Double atMost, @Nullable Double atLeast) {}

    /// A column of a table, drawn: how many times one row's cost the others' are.
    record Group(String title, String table, String column, String ours) {}

    /// Reads it.
    ///
    /// @param file `topics.json`
    /// @return what it says
    public static Catalogue read(Path file) {
        return Json.read(file, Catalogue.class);
    }

    Table table(String id) {
        return tables.stream().filter(table -> table.id.equals(id)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("table must be in topics.json: " + id));
    }
}
