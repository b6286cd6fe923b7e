package io.greenlet.benchmarks.report;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Figures as the page writes them: three digits that count, thousands apart.
final class Quantity {

    /// How many nanoseconds, or bytes, are in a unit.
    private static final Map<String, Double> SIZES = Map.of("ns", 1.0, "µs", 1e3, "ms", 1e6, "s", 1e9, "bytes", 1.0,
            "KB", 1e3, "MB", 1e6);
    private static final List<String> BYTES = List.of("bytes", "KB", "MB");

    private Quantity() {}

    static double convert(double value, String from, @Nullable String to) {
        if (to == null || to.equals(from)) {
            return value;
        }
        Double size = SIZES.get(from);
        Double newSize = SIZES.get(to);
        if (size == null || newSize == null || BYTES.contains(from) != BYTES.contains(to)) {
            throw new IllegalArgumentException("unit must be one that " + from + " can be told in: " + to);
        }
        return value * size / newSize;
    }

    static String text(double value) {
        double size = Math.abs(value);
        if (size != 0 && size < 0.01) {
            return String.format(Locale.ROOT, "%.2g", value);
        }
        return String.format(Locale.ROOT, size < 10 ? "%.2f" : size < 100 ? "%.1f" : "%,.0f", value);
    }

    /// With an error, which is told as exactly as the value.
    static String text(double value, double error) {
        double size = Math.abs(value);
        String form = size < 10 ? "%.2f ± %.2f" : size < 100 ? "%.1f ± %.1f" : "%,.0f ± %,.0f";
        return String.format(Locale.ROOT, form, value, error);
    }

    static String ratio(double ratio) {
        return String.format(Locale.ROOT, ratio < 0.1 ? "%.3f" : ratio < 10 ? "%.2f" : ratio < 100 ? "%.1f" : "%,.0f",
                ratio);
    }
}
