package io.greenlet.boot.web;

import static io.greenlet.boot.FailureAnalyses.assertThatAnalysis;
import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.pool.RejectedSubmission;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;

@Timeout(30)
class GreenWebPropertiesTests {

    @Configuration(proxyBeanMethods = false)
    @EnableConfigurationProperties(GreenWebProperties.class)
    static class Properties {}

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withUserConfiguration(Properties.class);

    @Test
    void haveDefaults() {
        runner.run(context -> assertThat(context.getBean(GreenWebProperties.class))
                .isEqualTo(new GreenWebProperties(null, null, 503, Duration.ofSeconds(1))));
    }

    @Test
    void areRead() {
        runner.withPropertyValues("greenlet.web.blocking-pool=api", "greenlet.web.request-pool=web",
                "greenlet.web.rejected-status=429", "greenlet.web.retry-after=2s")
                .run(context -> assertThat(context.getBean(GreenWebProperties.class))
                        .isEqualTo(new GreenWebProperties("api", "web", 429, Duration.ofSeconds(2))));
    }

    @Test
    void aStatusThatIsNoErrorIsRefused() {
        runner.withPropertyValues("greenlet.web.rejected-status=200")
                .run(context -> assertThatAnalysis(context.getStartupFailure())
                        .describes("greenlet.web.rejected-status must be the status of an error: 200")
                        .advises("Set greenlet.web.rejected-status to a number from 400 to 599, such as 503 or 429."));
    }

    @Test
    void aNegativeDurationIsRefused() {
        runner.withPropertyValues("greenlet.web.retry-after=-1s")
                .run(context -> assertThatAnalysis(context.getStartupFailure())
                        .describes("greenlet.web.retry-after must not be negative: PT-1S")
                        .advises("Set greenlet.web.retry-after to a duration of zero or more, such as 5s."));
    }

    @Test
    void secondsAreRoundedUp() {
        assertThat(new GreenWebProperties(null, null, 503, Duration.ofMillis(1500)).retryAfterSeconds()).isEqualTo("2");
        assertThat(new GreenWebProperties(null, null, 503, Duration.ofSeconds(3)).retryAfterSeconds()).isEqualTo("3");
        assertThat(new GreenWebProperties(null, null, 503, Duration.ZERO).retryAfterSeconds()).isNull();
    }

    @Test
    void aRejectionIsFoundInsideWhatFuturesAndExecutorsThrow() {
        RejectedSubmission rejection = new RejectedSubmission("no slot");
        assertThat(Rejections.find(rejection)).isSameAs(rejection);
        assertThat(Rejections.find(new CompletionException(new ExecutionException(rejection)))).isSameAs(rejection);
        assertThat(Rejections.find(new RejectedExecutionException(rejection))).isSameAs(rejection);
    }

    @Test
    void aRejectionIsNotFoundInsideAnExceptionOfTheApplications() {
        assertThat(Rejections.find(new IllegalStateException(new RejectedSubmission("no slot")))).isNull();
        assertThat(Rejections.find(new RejectedExecutionException("another executor"))).isNull();
        assertThat(Rejections.find(null)).isNull();
    }
}
