package io.greenlet.boot;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/// Says what [GreenletConfigurationException] says.
final class GreenletConfigurationFailureAnalyzer extends AbstractFailureAnalyzer<GreenletConfigurationException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, GreenletConfigurationException cause) {
        return new FailureAnalysis(cause.getMessage(), cause.action(), cause);
    }
}
