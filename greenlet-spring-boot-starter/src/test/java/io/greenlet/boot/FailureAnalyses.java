package io.greenlet.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.core.env.Environment;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.core.io.support.SpringFactoriesLoader.ArgumentResolver;
import org.springframework.mock.env.MockEnvironment;

/// What Spring Boot would print for a failure, by the analyzers that are registered.
public final class FailureAnalyses {

    private final FailureAnalysis analysis;

    private FailureAnalyses(FailureAnalysis analysis) {
        this.analysis = analysis;
    }

    /// Analyzes a failure as Spring Boot does: the first analysis counts.
    ///
    /// @param failure what start-up ended with
    /// @return its analysis
    public static FailureAnalyses assertThatAnalysis(@Nullable Throwable failure) {
        return assertThatAnalysis(failure, new MockEnvironment());
    }

    /// Analyzes a failure with an environment.
    ///
    /// @param failure what start-up ended with
    /// @param environment where the properties came from
    /// @return its analysis
    public static FailureAnalyses assertThatAnalysis(@Nullable Throwable failure, Environment environment) {
        assertThat(failure).isNotNull();
        List<FailureAnalyzer> analyzers = SpringFactoriesLoader.forDefaultResourceLocation()
                .load(FailureAnalyzer.class, ArgumentResolver.of(Environment.class, environment).and(BeanFactory.class,
                        new DefaultListableBeanFactory()), (_, _, _) -> {
                            // one for a library that is not here
                        });
        FailureAnalysis analysis = analyzers.stream().map(analyzer -> analyzer.analyze(Objects.requireNonNull(failure)))
                .filter(Objects::nonNull).findFirst().orElse(null);
        assertThat(analysis).as("analysis of %s", failure).isNotNull();
        return new FailureAnalyses(Objects.requireNonNull(analysis));
    }

    /// Checks what it says has happened.
    ///
    /// @param description the whole text
    /// @return this
    public FailureAnalyses describes(String description) {
        assertThat(analysis.getDescription()).isEqualTo(description);
        return this;
    }

    /// Checks what it says to do.
    ///
    /// @param action the whole text
    /// @return this
    public FailureAnalyses advises(String action) {
        assertThat(analysis.getAction()).isEqualTo(action);
        return this;
    }
}
