package io.greenlet.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.greenlet.benchmarks.report.Catalogue.Check;
import io.greenlet.benchmarks.report.Catalogue.Column;
import io.greenlet.benchmarks.report.Catalogue.Goal;
import io.greenlet.benchmarks.report.Catalogue.Group;
import io.greenlet.benchmarks.report.Catalogue.Row;
import io.greenlet.benchmarks.report.Catalogue.Table;
import io.greenlet.benchmarks.report.Catalogue.Topic;
import io.greenlet.benchmarks.result.Reference;
import io.greenlet.benchmarks.result.ResultFile;
import io.greenlet.benchmarks.result.Results;
import io.greenlet.benchmarks.result.Series;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class ReportTests {

    private static final Column COLUMN = new Column("ten", "ns", false,
            Map.of("spawn", Map.of("slots", "10"), "python", Map.of("work", "spawn")));

    /// Three rounds; in the second the machine was half as fast.
    private static final Results RESULTS = new Results(List.of(
            file("spawn", series("bare", "ns", 100, 200, 110), series("pool", "ns", 120, 260, 132),
                    series("other", "ns", 300, 640, 330)),
            file("python", new Series("eventlet", Map.of("work", "spawn"), "ns", List.of(List.of(12_000.0))))));

    private static Series series(String subject, String unit, double... rounds) {
        return new Series(subject, Map.of("slots", "10"), unit,
                Arrays.stream(rounds).mapToObj(List::of).toList());
    }

    private static ResultFile file(String topic, Series... series) {
        return new ResultFile(topic, "2026-11-21T10:00:00Z", 90, "abc", Map.of("JDK", "25"), List.of(series),
                List.of());
    }

    private static Table table(boolean higherIsBetter, boolean differences, Row... rows) {
        return new Table("t", null, "spawn/bare", higherIsBetter, differences, List.of(COLUMN), List.of(rows));
    }

    @Nested
    final class Quantities {

        @Test
        void threeDigitsAreSaid() {
            assertThat(Stream.of(0.004, 1.234, 12.34, 123.4, 12_345.6).map(Quantity::text)).containsExactly("0.0040",
                    "1.23", "12.3", "123", "12,346");
            assertThat(Quantity.text(12.34, 0.56)).isEqualTo("12.3 ± 0.6");
        }

        @Test
        void aUnitIsConvertedToOneOfItsKindOnly() {
            assertThat(Quantity.convert(1_500, "bytes", "KB")).isEqualTo(1.5);
            assertThat(Quantity.convert(2, "ms", "µs")).isEqualTo(2_000);
            assertThatIllegalArgumentException().isThrownBy(() -> Quantity.convert(1, "ns", "KB"))
                    .withMessage("unit must be one that ns can be told in: KB");
        }
    }

    @Nested
    final class Tables {

        @Test
        void eachRowHasItsFigureAndItsRatio() {
            Table table = table(false, false, new Row("bare", "spawn/bare"), new Row("ours", "spawn/pool"),
                    new Row("eventlet", "python/eventlet"), new Row("gone", "spawn/gone"));
            assertThat(new TableText(table, RESULTS).text()).isEqualTo("""
                    |  | ten, ns | ratio |
                    | --- | ---: | ---: |
                    | bare | 110 ± 50 | 1.00 |
                    | ours | 132 ± 70 | 1.20 |
                    | eventlet | 12,000 | 109 |
                    | gone | – | – |
                    """);
        }

        @Test
        void differencesAreShownWhereTheyAreWanted() {
            Table table = table(false, true, new Row("ours", "spawn/pool"));
            assertThat(new TableText(table, RESULTS).text()).contains("| ours | 132 ± 70 | 1.20 | 22.0 |");
        }
    }

    @Nested
    final class Goals {

        private String row(Check... checks) {
            return new GoalsText(List.of(new Goal("goal", List.of(checks))), RESULTS).text().lines().toList().get(2);
        }

        private static Check check(String value, @Nullable List<String> against, @Nullable Double atMost,
                @Nullable Double atLeast) {
            return new Check(null, value, against, null, atMost, atLeast);
        }

        @Test
        void oneIsMetWhenTheRatioToTheBestIsWithinItsLimit() {
            List<String> peers = List.of("spawn/other", "spawn/bare", "spawn/gone");
            assertThat(row(check("spawn/pool", peers, 1.2, null))).isEqualTo("| goal | 1.20 | yes |");
            assertThat(row(check("spawn/pool", peers, 1.15, null))).isEqualTo("| goal | 1.20 | **no** |");
        }

        @Test
        void oneWithSeveralFiguresIsMetWhenAllAre() {
            Check met = check("spawn/other", List.of("spawn/bare"), null, 3.0);
            Check missed = check("spawn/other", List.of("spawn/pool"), null, 3.0);
            assertThat(row(met, met)).isEqualTo("| goal | 3.00; 3.00 | yes |");
            assertThat(row(met, missed)).isEqualTo("| goal | 3.00; 2.50 | **no** |");
        }

        @Test
        void oneWithAFigureThatIsMissingIsNotMeasured() {
            assertThat(row(check("spawn/gone", null, 1.0, null))).isEqualTo("| goal | – | not measured |");
        }

        @Test
        void aFigureItselfIsLimitedInItsUnit() {
            assertThat(row(new Check("pool", "spawn/pool", null, "µs", 1.0, null)))
                    .isEqualTo("| goal | pool 0.13 µs | yes |");
        }
    }

    @Nested
    final class Pages {

        private final Catalogue catalogue = new Catalogue(
                List.of(new Topic("spawn", "S", null, null, null, 1, null),
                        new Topic("echo", "E", null, null, null, 1, null)),
                List.of(table(false, false, new Row("bare", "spawn/bare"), new Row("ours", "spawn/pool"))), List.of(),
                List.of(new Group("a spawn", "t", "ten", "spawn/pool")));

        private String page(String template) {
            return new Report(catalogue, RESULTS, "plot.svg").page(template);
        }

        @Test
        void onlyLinesInBracesAreReplaced() {
            assertThat(page("# Title\n{{table t}}\n{{plot}}\nend {{table t}}\n")).startsWith("# Title\n|  | ten, ns |")
                    .contains("(plot.svg)").endsWith("end {{table t}}\n");
        }

        @Test
        void whatWasNotRunIsSaid() {
            assertThat(page("{{failures}}")).isEqualTo("- echo: not run\n");
        }

        @Test
        void theRunsOfADayAndCommitAreOneLine() {
            assertThat(page("{{runs}}")).endsWith("| 2026-11-21, commit `abc` | spawn, python | 3.00 |\n");
        }

        @Test
        void anUnknownLineIsRefused() {
            assertThatIllegalArgumentException().isThrownBy(() -> page("{{goal}}")).withMessageEndingWith(": goal");
            assertThatIllegalArgumentException().isThrownBy(() -> page("{{table x}}"))
                    .withMessage("table must be in topics.json: x");
        }

        @Test
        void thePlotHasABarForEachPeer() {
            String svg = new Plot(catalogue, RESULTS).svg();
            assertThat(svg).contains(">bare<").contains(">0.83×<").doesNotContain(">ours<");
        }
    }

    @Nested
    final class Catalogues {

        @Test
        void theCatalogueAndTheTemplateFitTogether() throws IOException {
            Catalogue catalogue = Catalogue.read(Path.of("topics.json"));
            String page = new Report(catalogue, new Results(List.of()), "x.svg")
                    .page(Files.readString(Path.of("page.md")));
            assertThat(page).doesNotContain("{{").contains("not measured");
            assertThat(new Plot(catalogue, new Results(List.of())).svg()).contains("</svg>");
        }

        @Test
        void everyReferenceOfTheCatalogueNamesATopic() {
            Catalogue catalogue = Catalogue.read(Path.of("topics.json"));
            List<String> topics = catalogue.topics().stream().map(Topic::id).toList();
            Stream<String> rows = catalogue.tables().stream().flatMap(table -> table.rows().stream()).map(Row::series);
            Stream<String> checks = catalogue.goals().stream().flatMap(goal -> goal.checks().stream())
                    .map(Check::value);
            assertThat(Stream.concat(rows, checks).map(Reference::of).map(Reference::topic)).allMatch(topics::contains);
        }
    }
}
