package io.greenlet.boot;

import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.convert.ConversionException;
import org.springframework.core.env.Environment;

/// Names the property under `greenlet` that has a bad value, where it is set, and what it may be. Comes before Boot's
/// own analyzer, which knows the group of properties only.
@Order(Ordered.HIGHEST_PRECEDENCE)
final class InvalidPropertyFailureAnalyzer extends AbstractFailureAnalyzer<BindException> {

    private static final ConfigurationPropertyName ROOT = ConfigurationPropertyName.of("greenlet");

    private final @Nullable Environment environment;

    /// An analyzer.
    ///
    /// @param environment where the properties come from; null if there is none
    InvalidPropertyFailureAnalyzer(@Nullable Environment environment) {
        this.environment = environment;
    }

    @Override
    protected @Nullable FailureAnalysis analyze(Throwable rootFailure, BindException cause) {
        if (!ROOT.equals(cause.getName()) && !ROOT.isAncestorOf(cause.getName())) {
            return null;
        }
        InvalidValue invalid = findCause(cause, InvalidValue.class);
        if (invalid != null) {
            ConfigurationPropertyName name = cause.getName().append(invalid.key());
            return analysis(name, cause.getName() + "." + invalid.getMessage(), invalid.fix(), find(name), cause);
        }
        if (findCause(cause, ConversionException.class) == null) {
            return null;
        }
        ConfigurationProperty property = cause.getProperty() == null ? find(cause.getName()) : cause.getProperty();
        Class<?> type = cause.getTarget().getType().resolve(Object.class);
        String value = property == null ? "" : ": '" + property.getValue() + "'";
        return analysis(cause.getName(), cause.getName() + " must be " + rule(cause.getName(), type) + value,
                rule(cause.getName(), type), property, cause);
    }

    private static FailureAnalysis analysis(ConfigurationPropertyName name, String problem, String fix,
            @Nullable ConfigurationProperty property, BindException cause) {
        String origin = property == null || property.getOrigin() == null ? "" : " (from " + property.getOrigin() + ')';
        return new FailureAnalysis(problem + origin, "Set " + name + " to " + fix + '.', cause);
    }

    private static String rule(ConfigurationPropertyName name, Class<?> type) {
        if (type.isEnum()) {
            return Arrays.stream(type.getEnumConstants())
                    .map(constant -> constant.toString().toLowerCase(Locale.ROOT).replace('_', '-'))
                    .collect(Collectors.joining(", ", "one of ", ""));
        }
        if (type == int.class || type == Integer.class) {
            return "a whole number of 0 or more";
        }
        if (type == boolean.class || type == Boolean.class) {
            return "true or false";
        }
        if (type == Duration.class) {
            return "a duration such as 500ms, 2s or 1m";
        }
        return "a group of properties, such as " + name + ".size";
    }

    private @Nullable ConfigurationProperty find(ConfigurationPropertyName name) {
        if (environment == null) {
            return null;
        }
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            ConfigurationProperty property = source.getConfigurationProperty(name);
            if (property != null) {
                return property;
            }
        }
        return null;
    }
}
