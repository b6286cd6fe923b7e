package io.greenlet.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.greenlet.benchmarks.Catalogue.Check;
import io.greenlet.benchmarks.Catalogue.Column;
import io.greenlet.benchmarks.Catalogue.Goal;
import io.greenlet.benchmarks.Catalogue.Group;
import io.greenlet.benchmarks.Catalogue.Row;
import io.greenlet.benchmarks.Catalogue.Table;
import io.greenlet.benchmarks.Catalogue.Topic;
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
import org.junit.jupiter.api.io.TempDir;

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
    final class Figures {

        @Test
        void theMedianOfAnEvenNumberLiesBetweenTheMiddleTwo() {
            assertThat(Statistics.median(List.of(4.0, 1.0, 3.0, 2.0))).isEqualTo(2.5);
            assertThat(Statistics.median(List.of(9.0, 1.0, 3.0))).isEqualTo(3);
        }

        @Test
        void aSeriesIsTheMedianOfItsRoundsMedians() {
            Series series = new Series("s", Map.of(), "ns",
                    List.of(List.of(1.0, 2.0, 90.0), List.of(4.0), List.of(3.0, 5.0)));
            assertThat(series.value()).isEqualTo(4);
            assertThat(series.error()).isEqualTo(1);
        }

        @Test
        void theErrorOfASingleRoundIsHalfTheDistanceBetweenItsQuartiles() {
            assertThat(new Series("s", Map.of(), "ns", List.of(List.of(1.0, 2.0, 3.0, 5.0, 900.0))).error())
                    .isEqualTo(1.5);
        }

        @Test
        void aRatioIsTheMedianOfTheRoundsRatios() {
            assertThat(ratio("pool", "bare")).isEqualTo(1.2);
        }

        @Test
        void aRatioOfSeriesWithOtherRoundsIsThatOfTheirMedians() {
            Series python = RESULTS.files().getLast().series().getFirst();
            Series pool = RESULTS.files().getFirst().series().get(1);
            assertThat(Statistics.ratio(python, pool)).isEqualTo(12_000 / 132.0);
        }

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

        private double ratio(String subject, String reference) {
            return Statistics.ratio(found(subject), found(reference));
        }

        private static Series found(String subject) {
            return RESULTS.find(Reference.of("spawn/" + subject)).orElseThrow();
        }
    }

    @Nested
    final class References {

        @Test
        void theyNameTopicSubjectAndParameters() {
            assertThat(Reference.of("a/b[c=1,d=max/mean]"))
                    .isEqualTo(new Reference("a", "b", Map.of("c", "1", "d", "max/mean")));
        }

        @Test
        void oneThatIsNoneIsRefused() {
            assertThatIllegalArgumentException().isThrownBy(() -> Reference.of("spawn"))
                    .withMessage("reference must be topic/subject[parameter=value,…]: spawn");
        }

        @Test
        void oneThatNamesSeveralSeriesIsRefused() {
            Results results = new Results(List.of(file("a", series("b", "ns", 1), series("b", "ms", 1))));
            assertThatIllegalArgumentException().isThrownBy(() -> results.find(Reference.of("a/b")))
                    .withMessageEndingWith("names 2");
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
    final class ResultFiles {

        @Test
        void aRoundIsAddedToTheSeriesThatItIsAbout(@TempDir Path directory) {
            ResultFile first = ResultFile.of(List.of(series("a", "ns", 1), series("b", "ns", 5)), List.of("c: exit 1"));
            ResultFile second = ResultFile.of(List.of(series("a", "ns", 2)), List.of("c: exit 1"));
            Path written = directory.resolve("x.json");
            first.and(second).write(written);
            assertThat(ResultFile.read(written)).isEqualTo(
                    ResultFile.of(List.of(series("a", "ns", 1, 2), series("b", "ns", 5)), List.of("c: exit 1")));
        }

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

        @Test
        void versionsAreReadFromMavensList() {
            assertThat(Machine.versions("""
                    The following files have been resolved:
                       com.softwaremill.jox:channels:jar:1.0.1:compile
                       io.netty:netty-transport:jar:4.2.15.Final:compile -- module io.netty.transport
                       org.slf4j:slf4j-api:jar:2.0.18:compile -- module org.slf4j
                    """)).isEqualTo(Map.of("Jox", "1.0.1", "Netty", "4.2.15.Final"));
        }
    }
}
