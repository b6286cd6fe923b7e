package io.greenlet.benchmarks.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
final class ResultsTests {

    /// Three rounds; in the second the machine was half as fast.
    private static final Results RESULTS = new Results(List.of(
            file("spawn", series("bare", "ns", 100, 200, 110), series("pool", "ns", 120, 260, 132)),
            file("python", new Series("eventlet", Map.of("work", "spawn"), "ns", List.of(List.of(12_000.0))))));

    private static Series series(String subject, String unit, double... rounds) {
        return new Series(subject, Map.of("slots", "10"), unit,
                Arrays.stream(rounds).mapToObj(List::of).toList());
    }

    private static ResultFile file(String topic, Series... series) {
        return new ResultFile(topic, "2026-11-21T10:00:00Z", 90, "abc", Map.of("JDK", "25"), List.of(series),
                List.of());
    }

    @Nested
    final class SeriesOfRounds {

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
            assertThat(python.ratioTo(pool)).isEqualTo(12_000 / 132.0);
        }

        private double ratio(String subject, String reference) {
            return found(subject).ratioTo(found(reference));
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
    final class Files {

        @Test
        void aRoundIsAddedToTheSeriesThatItIsAbout(@TempDir Path directory) {
            ResultFile first = ResultFile.of(List.of(series("a", "ns", 1), series("b", "ns", 5)), List.of("c: exit 1"));
            ResultFile second = ResultFile.of(List.of(series("a", "ns", 2)), List.of("c: exit 1"));
            Path written = directory.resolve("x.json");
            first.and(second).write(written);
            assertThat(ResultFile.read(written)).isEqualTo(
                    ResultFile.of(List.of(series("a", "ns", 1, 2), series("b", "ns", 5)), List.of("c: exit 1")));
        }
    }
}
