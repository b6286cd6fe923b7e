package io.greenlet.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;

@Timeout(30)
class InvalidPropertyTests {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(GreenPoolAutoConfiguration.class));

    private void fails(String property, String value, String description, String action) {
        StandardEnvironment environment = new StandardEnvironment();
        environment.getPropertySources().addFirst(new MapPropertySource("file", Map.of(property, value)));
        runner.withPropertyValues(property + "=" + value).run(context -> {
            assertThat(context).hasFailed();
            FailureAnalyses.assertThatAnalysis(context.getStartupFailure(), environment).describes(description)
                    .advises(action);
        });
    }

    @Nested
    class OutOfBounds {

        @Test
        void aNegativeSize() {
            fails("greenlet.pools.crawler.size", "-1",
                    "greenlet.pools.crawler.size must not be negative: -1 (from \"greenlet.pools.crawler.size\" from "
                            + "property source \"file\")",
                    "Set greenlet.pools.crawler.size to a whole number of 0 or more.");
        }

        @Test
        void aNegativeWait() {
            fails("greenlet.pools.crawler.max-wait", "-5ms",
                    "greenlet.pools.crawler.max-wait must not be negative: PT-0.005S (from "
                            + "\"greenlet.pools.crawler.max-wait\" from property source \"file\")",
                    "Set greenlet.pools.crawler.max-wait to a duration of zero or more, such as 500ms, or leave it out "
                            + "for no limit.");
        }

        @Test
        void aNegativeQueueCapacity() {
            fails("greenlet.pools.crawler.queue-capacity", "-1",
                    "greenlet.pools.crawler.queue-capacity must not be negative: -1 (from "
                            + "\"greenlet.pools.crawler.queue-capacity\" from property source \"file\")",
                    "Set greenlet.pools.crawler.queue-capacity to a whole number of 0 or more, or leave it out for no "
                            + "limit.");
        }

        @Test
        void aTaskTimeoutOfZero() {
            fails("greenlet.pools.crawler.task-timeout", "0s",
                    "greenlet.pools.crawler.task-timeout must be positive: PT0S (from "
                            + "\"greenlet.pools.crawler.task-timeout\" from property source \"file\")",
                    "Set greenlet.pools.crawler.task-timeout to a duration above zero, such as 2s, or leave it out "
                            + "for no limit.");
        }

        @Test
        void aNegativeShutdownGrace() {
            fails("greenlet.shutdown-grace", "-1s",
                    "greenlet.shutdown-grace must not be negative: PT-1S (from \"greenlet.shutdown-grace\" from "
                            + "property source \"file\")",
                    "Set greenlet.shutdown-grace to a duration of zero or more, such as 30s.");
        }
    }

    @Nested
    class NotReadable {

        @Test
        void aSize() {
            fails("greenlet.pools.crawler.size", "many",
                    "greenlet.pools.crawler.size must be a whole number of 0 or more: 'many' (from "
                            + "\"greenlet.pools.crawler.size\" from property source \"test\")",
                    "Set greenlet.pools.crawler.size to a whole number of 0 or more.");
        }

        @Test
        void aPolicy() {
            fails("greenlet.pools.crawler.when-full", "explode",
                    "greenlet.pools.crawler.when-full must be one of block, queue, reject, caller-runs: 'explode' "
                            + "(from \"greenlet.pools.crawler.when-full\" from property source \"test\")",
                    "Set greenlet.pools.crawler.when-full to one of block, queue, reject, caller-runs.");
        }

        @Test
        void aDuration() {
            fails("greenlet.pools.crawler.max-wait", "soon",
                    "greenlet.pools.crawler.max-wait must be a duration such as 500ms, 2s or 1m: 'soon' (from "
                            + "\"greenlet.pools.crawler.max-wait\" from property source \"test\")",
                    "Set greenlet.pools.crawler.max-wait to a duration such as 500ms, 2s or 1m.");
        }

        @Test
        void aSwitch() {
            fails("greenlet.pools.crawler.propagate-context", "perhaps",
                    "greenlet.pools.crawler.propagate-context must be true or false: 'perhaps' (from "
                            + "\"greenlet.pools.crawler.propagate-context\" from property source \"test\")",
                    "Set greenlet.pools.crawler.propagate-context to true or false.");
        }

        @Test
        void aHubMode() {
            fails("greenlet.hub.mode", "serial",
                    "greenlet.hub.mode must be one of parallel, cooperative: 'serial' (from \"greenlet.hub.mode\" from property "
                            + "source \"test\")",
                    "Set greenlet.hub.mode to one of parallel, cooperative.");
        }

        @Test
        void aPoolThatIsANumber() {
            fails("greenlet.pools.crawler", "200",
                    "greenlet.pools.crawler must be a group of properties, such as greenlet.pools.crawler.size: "
                            + "'200' (from \"greenlet.pools.crawler\" from property source \"file\")",
                    "Set greenlet.pools.crawler to a group of properties, such as greenlet.pools.crawler.size.");
        }
    }

    @Test
    void otherPropertiesAreLeftToOtherAnalyzers() {
        runner.withPropertyValues("other.size=many").withUserConfiguration(Other.class).run(context -> {
            FailureAnalyzer analyzer = new InvalidPropertyFailureAnalyzer(null);
            assertThat(analyzer.analyze(Objects.requireNonNull(context.getStartupFailure()))).isNull();
        });
    }

    @EnableConfigurationProperties(Other.Properties.class)
    static class Other {

        @ConfigurationProperties("other")
        record Properties(int size) {}
    }

    @Nested
    @ExtendWith(OutputCaptureExtension.class)
    class AnApplication {

        @Configuration(proxyBeanMethods = false)
        @ImportAutoConfiguration(GreenPoolAutoConfiguration.class)
        static class App {}

        @Test
        void thatCannotStartSaysWhatToDo(CapturedOutput output) {
            SpringApplication application = new SpringApplication(App.class);
            application.setWebApplicationType(WebApplicationType.NONE);
            assertThatThrownBy(() -> application.run("--greenlet.pools.crawler.size=-1")).isNotNull();
            assertThat(output).contains("APPLICATION FAILED TO START",
                    "greenlet.pools.crawler.size must not be negative: -1 (from \"greenlet.pools.crawler.size\" from "
                            + "property source \"commandLineArgs\")",
                    "Set greenlet.pools.crawler.size to a whole number of 0 or more.").doesNotContain("\tat ");
        }
    }
}
