package io.greenlet.benchmarks.report;

import io.greenlet.benchmarks.report.Catalogue.Column;
import io.greenlet.benchmarks.report.Catalogue.Row;
import io.greenlet.benchmarks.report.Catalogue.Table;
import io.greenlet.benchmarks.result.Reference;
import io.greenlet.benchmarks.result.Results;
import io.greenlet.benchmarks.result.Series;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Writes a table of the page, in Markdown. What was not measured is a dash.
final class TableText {

    private static final String MISSING = "–";

    private final Table table;
    private final Results results;

    TableText(Table table, Results results) {
        this.table = table;
        this.results = results;
    }

    String text() {
        List<String> head = new ArrayList<>(List.of(Objects.requireNonNullElse(table.head(), "")));
        for (Column column : table.columns()) {
            head.add(heading(column));
            if (hasRatio(column)) {
                head.add("ratio");
                if (table.differences()) {
                    head.add("above");
                }
            }
        }
        StringBuilder text = new StringBuilder();
        line(text, head);
        List<String> rule = new ArrayList<>(Collections.nCopies(head.size(), "---:"));
        rule.set(0, "---");
        line(text, rule);
        for (Row row : table.rows()) {
            List<String> cells = new ArrayList<>(List.of(row.label()));
            table.columns().forEach(column -> addCells(row, column, cells));
            line(text, cells);
        }
        return text.toString();
    }

    private static void line(StringBuilder text, List<String> cells) {
        text.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }

    private static String heading(Column column) {
        return column.unit() == null
                ? column.label()
                : column.label().isEmpty()
                        ? column.unit()
                        : column.label() + ", " + column.unit();
    }

    private boolean hasRatio(Column column) {
        return table.reference() != null && !column.noRatio();
    }

    private void addCells(Row row, Column column, List<String> cells) {
        Optional<Series> series = series(results, row.series(), column);
        cells.add(series.map(found -> value(found, column.unit())).orElse(MISSING));
        if (!hasRatio(column)) {
            return;
        }
        Optional<Series> reference = series(results, Objects.requireNonNull(table.reference()), column);
        cells.add(series.flatMap(found -> reference.map(one -> Quantity.ratio(found.ratioTo(one))))
                .orElse(MISSING));
        if (table.differences()) {
            cells.add(series.flatMap(found -> reference.map(one -> Quantity
                    .text(Quantity.convert(found.value() - one.value(), found.unit(), column.unit()))))
                    .orElse(MISSING));
        }
    }

    private static String value(Series series, @Nullable String unit) {
        double value = Quantity.convert(series.value(), series.unit(), unit);
        double error = Quantity.convert(series.error(), series.unit(), unit);
        return error == 0 ? Quantity.text(value) : Quantity.text(value, error);
    }

    /// What a row has in a column.
    static Optional<Series> series(Results results, String name, Column column) {
        Reference reference = Reference.of(name);
        if (column.where() == null) {
            return results.find(reference);
        }
        Map<String, String> parameters = column.where().get(reference.topic());
        return parameters == null ? Optional.empty() : results.find(reference.with(parameters));
    }
}
