package io.greenlet.benchmarks.result;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Names series: `topic/subject`, or `topic/subject[parameter=value,parameter=value]`.
///
/// @param topic whose results
/// @param subject what was measured
/// @param parameters those that the series must have, and may have others
public record Reference(String topic, String subject, Map<String, String> parameters) {

    private static final Pattern FORM = Pattern.compile("([^/]+)/([^\\[]+)(?:\\[([^]]+)])?");

    /// Reads one.
    ///
    /// @param text the name
    /// @return what it names
    public static Reference of(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("reference must be topic/subject[parameter=value,…]: " + text);
        }
        Map<String, String> parameters = new HashMap<>();
        if (matcher.group(3) != null) {
            for (String pair : matcher.group(3).split(",", -1)) {
                int equals = pair.indexOf('=');
                parameters.put(pair.substring(0, equals), pair.substring(equals + 1));
            }
        }
        return new Reference(matcher.group(1), matcher.group(2), parameters);
    }

    /// With parameters more.
    ///
    /// @param more which the series must have, too
    /// @return the narrower one
    public Reference with(Map<String, String> more) {
        Map<String, String> all = new HashMap<>(parameters);
        all.putAll(more);
        return new Reference(topic, subject, all);
    }

    boolean names(Series series) {
        return series.subject().equals(subject)
                && series.parameters().entrySet().containsAll(parameters.entrySet());
    }
}
