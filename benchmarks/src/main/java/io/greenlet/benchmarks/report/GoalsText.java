package io.greenlet.benchmarks.report;

import io.greenlet.benchmarks.report.Catalogue.Check;
import io.greenlet.benchmarks.report.Catalogue.Goal;
import io.greenlet.benchmarks.result.Reference;
import io.greenlet.benchmarks.result.Results;
import io.greenlet.benchmarks.result.Series;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Writes the table of the goals: what was measured, and whether they are met.
final class GoalsText {

    private final List<Goal> goals;
    private final Results results;

    GoalsText(List<Goal> goals, Results results) {
        this.goals = goals;
        this.results = results;
    }

    String text() {
        StringBuilder text = new StringBuilder("| goal | measured | met |\n| --- | --- | --- |\n");
        for (Goal goal : goals) {
            List<String> measured = new ArrayList<>();
            boolean missing = false;
            boolean met = true;
            for (Check check : goal.checks()) {
                Optional<Double> figure = figure(check);
                measured.add((check.label() == null ? "" : check.label() + " ") + said(check, figure));
                missing |= figure.isEmpty();
                met &= figure.isPresent() && isMet(check, figure.get());
            }
            text.append("| ").append(goal.goal()).append(" | ").append(String.join("; ", measured)).append(" | ")
                    .append(missing ? "not measured" : met ? "yes" : "**no**").append(" |\n");
        }
        return text.toString();
    }

    private static boolean isMet(Check check, double figure) {
        return (check.atMost() == null || figure <= check.atMost())
                && (check.atLeast() == null || figure >= check.atLeast());
    }

    private static String said(Check check, Optional<Double> figure) {
        if (figure.isEmpty()) {
            return "–";
        }
        if (check.against() != null) {
            return Quantity.ratio(figure.get());
        }
        return Quantity.text(figure.get()) + (check.unit() == null ? "" : " " + check.unit());
    }

    /// The figure that is limited: of a ratio, that to the best of those beside it.
    private Optional<Double> figure(Check check) {
        Optional<Series> value = results.find(Reference.of(check.value()));
        if (check.against() == null) {
            return value.map(found -> Quantity.convert(found.value(), found.unit(), check.unit()));
        }
        Optional<Series> best = check.against().stream().map(Reference::of).map(results::find)
                .flatMap(Optional::stream).min(Comparator.comparingDouble(Series::value));
        return value.flatMap(found -> best.map(found::ratioTo));
    }
}
