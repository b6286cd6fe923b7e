package io.greenlet.boot.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;
import org.junit.platform.testkit.engine.Events;

/// A run of test classes as a user's build would run them.
record SampleRun(Events tests, Events all) {

    /// Runs test classes one after the other. What is left has little time to go by itself.
    static SampleRun of(Class<?>... classes) {
        return with(Map.of("greenlet.test.grace", "50ms"), classes);
    }

    /// Runs test classes, and the methods of each, at the same time.
    static SampleRun sideBySide(Class<?>... classes) {
        return with(Map.of("junit.jupiter.execution.parallel.enabled", "true",
                "junit.jupiter.execution.parallel.mode.default", "concurrent"), classes);
    }

    static SampleRun with(Map<String, String> parameters, Class<?>... classes) {
        var kit = EngineTestKit.engine("junit-jupiter").configurationParameters(parameters);
        for (Class<?> type : classes) {
            kit = kit.selectors(selectClass(type));
        }
        var results = kit.execute();
        return new SampleRun(results.testEvents(), results.allEvents());
    }

    void succeeds(int count) {
        assertThat(failures()).isEmpty();
        assertThat(tests.succeeded().count()).isEqualTo(count);
    }

    /// The failures of tests and of classes.
    List<Throwable> failures() {
        List<Throwable> failures = new ArrayList<>();
        for (Event event : all.finished().list()) {
            event.getPayload(TestExecutionResult.class).flatMap(TestExecutionResult::getThrowable)
                    .ifPresent(failures::add);
        }
        return failures;
    }

    Throwable failure() {
        List<Throwable> failures = failures();
        assertThat(failures).hasSize(1);
        return failures.getFirst();
    }
}
