package io.greenlet.boot.async;

import io.greenlet.boot.GreenletConfigurationException;
import java.time.Duration;

import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.boot.convert.DurationStyle;

/// Reads the time limit of a method.
final class GreenAsyncTimeouts {

    private static final String FIX = "Set it to a duration above zero, such as 500ms, 2s or 1m, or leave it out for the"
            + " task-timeout of the pool.";

    private final ConfigurableBeanFactory beans;

    GreenAsyncTimeouts(ConfigurableBeanFactory beans) {
        this.beans = beans;
    }

    /// Returns the time limit, or null for that of the pool.
    @Nullable Duration of(GreenAsyncMethod method) {
        if (method.timeout().isEmpty()) {
            return null;
        }
        String text = resolve(method);
        Duration limit;
        try {
            limit = DurationStyle.detectAndParse(text);
        } catch (IllegalArgumentException e) {
            throw refused(method, text, "which is not a duration", e);
        }
        if (!limit.isPositive()) {
            throw refused(method, text, "which is not above zero", null);
        }
        return limit;
    }

    private String resolve(GreenAsyncMethod method) {
        try {
            @Nullable String text = beans.resolveEmbeddedValue(method.timeout());
            return text == null ? "" : text;
        } catch (IllegalArgumentException e) {
            throw refused(method, method.timeout(), "which cannot be resolved: " + e.getMessage(), e);
        }
    }

    private static GreenletConfigurationException refused(GreenAsyncMethod method, String text, String why,
            @Nullable Throwable cause) {
        GreenletConfigurationException refused = new GreenletConfigurationException(
                method + " asks for a timeout of '" + text + "', " + why, FIX);
        if (cause != null) {
            refused.initCause(cause);
        }
        return refused;
    }
}
