package io.greenlet.benchmarks.report;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import io.greenlet.benchmarks.report.Catalogue.Column;
import io.greenlet.benchmarks.report.Catalogue.Group;
import io.greenlet.benchmarks.report.Catalogue.Row;
import io.greenlet.benchmarks.report.Catalogue.Table;
import io.greenlet.benchmarks.result.Results;
import io.greenlet.benchmarks.result.Series;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Draws how many times greenlet's cost the peers' are, as bars on a logarithmic scale, in SVG. The colours follow the
/// reader's choice of light or dark.
final class Plot {

    private static final int WIDTH = 860;
    private static final int LEFT = 330;
    private static final int RIGHT = 70;
    private static final int TOP = 56;
    private static final int BAR = 16;
    private static final int STEP = 20;
    private static final int TITLE = 30;
    private static final String STYLE = """
            <style>
            text { font: 12px system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; fill: #1f2328 }
            .title { font-weight: 600 }
            .note, .tick { fill: #59636e }
            .paper { fill: #ffffff }
            .line { stroke: #d1d9e0 }
            .one { stroke: #1f2328 }
            .slower { fill: #2da44e }
            .faster { fill: #bc4c00 }
            @media (prefers-color-scheme: dark) {
            text { fill: #f0f6fc }
            .note, .tick { fill: #9198a1 }
            .paper { fill: #0d1117 }
            .line { stroke: #3d444d }
            .one { stroke: #f0f6fc }
            .slower { fill: #3fb950 }
            .faster { fill: #db6d28 }
            }
            </style>
            """;

    /// One peer.
    ///
    /// @param ratio how many times greenlet's cost its is
    private record Bar(String label, double ratio) {}

    private record Bars(String title, List<Bar> bars) {}

    private final Catalogue catalogue;
    private final Results results;

    Plot(Catalogue catalogue, Results results) {
        this.catalogue = catalogue;
        this.results = results;
    }

    String svg() {
        List<Bars> groups = catalogue.plot().stream().map(this::bars).filter(group -> !group.bars.isEmpty()).toList();
        double low = extreme(groups, Comparator.naturalOrder(), 0.5);
        double high = extreme(groups, Comparator.reverseOrder(), 2);
        int height = TOP + groups.stream().mapToInt(group -> TITLE + group.bars.size() * STEP).sum() + 16;
        StringBuilder svg = new StringBuilder();
        add(svg, "<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' viewBox='0 0 %d %d' role='img'>",
                WIDTH,
                height, WIDTH, height);
        svg.append("<title>The cost of others, as a multiple of greenlet's</title>\n").append(STYLE);
        add(svg, "<rect class='paper' width='%d' height='%d' rx='6'/>", WIDTH, height);
        text(svg, "note", 16, 22, "start",
                "cost beside greenlet's, which is 1: right of the line is slower, left of it is faster");
        scale(svg, low, high, height);
        int y = TOP;
        for (Bars group : groups) {
            y = draw(svg, group, y, low, high);
        }
        return svg.append("</svg>\n").toString();
    }

    private static double extreme(List<Bars> groups, Comparator<Double> order, double atLeast) {
        return groups.stream().flatMap(group -> group.bars.stream()).map(Bar::ratio).reduce(atLeast,
                (one, other) -> order.compare(one, other) <= 0 ? one : other);
    }

    private Bars bars(Group group) {
        Table table = catalogue.table(group.table());
        Column column = table.columns().stream().filter(one -> one.label().equals(group.column())).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("column must be one of the table: " + group));
        Optional<Series> ours = TableText.series(results, group.ours(), column);
        List<Bar> bars = new ArrayList<>();
        for (Row row : table.rows()) {
            if (row.series().equals(group.ours())) {
                continue;
            }
            TableText.series(results, row.series(), column).ifPresent(series -> ours.ifPresent(our -> {
                double ratio = series.ratioTo(our);
                bars.add(new Bar(row.label().replace("`", ""), table.higherIsBetter() ? 1 / ratio : ratio));
            }));
        }
        return new Bars(group.title(), bars);
    }

    private static double x(double ratio, double low, double high) {
        return LEFT + (WIDTH - LEFT - RIGHT) * Math.log(ratio / low) / Math.log(high / low);
    }

    private static void scale(StringBuilder svg, double low, double high, int height) {
        for (double power = 0.01; power <= high; power *= 10) {
            for (double tick : List.of(power, 2 * power, 5 * power)) {
                if (tick < low || tick > high) {
                    continue;
                }
                double x = x(tick, low, high);
                boolean one = Math.abs(tick - 1) < 1e-9;
                add(svg, "<line class='%s' x1='%.1f' y1='%d' x2='%.1f' y2='%d'/>", one ? "one" : "line", x, TOP - 8, x,
                        height - 12);
                text(svg, "tick", x, TOP - 13, "middle",
                        tickText(tick));
            }
        }
    }

    private static String tickText(double tick) {
        String form = tick > 0.95 ? "%.0f×" : tick > 0.095 ? "%.1f×" : "%.2f×";
        return String.format(Locale.ROOT, form, tick);
    }

    private static int draw(StringBuilder svg, Bars group, int top, double low, double high) {
        text(svg, "title", 16, top + 18, "start", group.title);
        int y = top + TITLE;
        for (Bar bar : group.bars) {
            double from = x(Math.min(1, bar.ratio), low, high);
            double to = x(Math.max(1, bar.ratio), low, high);
            text(svg, "label", LEFT - 10, y + 12, "end", bar.label);
            add(svg, "<rect class='%s' x='%.1f' y='%d' width='%.1f' height='%d' rx='2'/>",
                    bar.ratio < 1 ? "faster" : "slower", from, y, Math.max(1, to - from), BAR);
            text(svg, "note", to + 6, y + 12, "start", Quantity.ratio(bar.ratio) + "×");
            y += STEP;
        }
        return y;
    }

    private static void text(StringBuilder svg, String kind, double x, int y, String anchor, String text) {
        add(svg, "<text class='%s' x='%.1f' y='%d' text-anchor='%s'>%s</text>", kind, x, y, anchor,
                text.replace("&", "&amp;").replace("<", "&lt;"));
    }

    @FormatMethod
    private static void add(StringBuilder svg, @FormatString String form, Object... values) {
        svg.append(String.format(Locale.ROOT, form, values)).append('\n');
    }
}
