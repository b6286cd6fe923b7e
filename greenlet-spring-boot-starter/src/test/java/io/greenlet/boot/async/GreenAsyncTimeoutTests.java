package io.greenlet.boot.async;

import static io.greenlet.boot.FailureAnalyses.assertThatAnalysis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.greenlet.GreenThread;
import io.greenlet.boot.Eventually;
import io.greenlet.boot.GreenAsync;
import io.greenlet.boot.GreenPoolAutoConfiguration;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.TaskSnapshot;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.context.PropertyPlaceholderAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/// The time limit of a method, and how its tasks are described.
@Timeout(30)
class GreenAsyncTimeoutTests {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(PropertyPlaceholderAutoConfiguration.class, GreenPoolAutoConfiguration.class,
                            GreenAsyncAutoConfiguration.class))
            .withPropertyValues("greenlet.pools.api.size=2", "my.limit=5ms", "greenlet.shutdown-grace=0");

    static class Service {

        private final CountDownLatch gate = new CountDownLatch(1);

        CountDownLatch gate() {
            return gate;
        }

        @GreenAsync(pool = "api", timeout = "5ms")
        public Future<String> limited() throws InterruptedException {
            gate.await();
            return GreenThread.completed("through");
        }

        @GreenAsync(pool = "api", timeout = "${my.limit}")
        public Mono<String> limitedMono() {
            return Mono.never();
        }

        @GreenAsync(pool = "api", timeout = "1h")
        public Future<String> patient() throws InterruptedException {
            gate.await();
            return GreenThread.completed("through");
        }

        @GreenAsync("api")
        public Flux<String> numbers() {
            return Flux.just("one").concatWith(Flux.never());
        }
    }

    @GreenAsync(pool = "api", timeout = "5ms")
    static class OnTheClass {

        public Future<String> limited() throws InterruptedException {
            new CountDownLatch(1).await();
            return GreenThread.completed("through");
        }
    }

    static class NoDuration {

        @GreenAsync(timeout = "soon")
        public void run() {}
    }

    static class NoTime {

        @GreenAsync(timeout = "0s")
        public void run() {}
    }

    static class NoProperty {

        @GreenAsync(timeout = "${no.such.property}")
        public void run() {}
    }

    @Nested
    class AMethod {

        @Test
        void isEndedByItsOwnLimit() {
            runner.withBean(Service.class).run(context -> {
                Service service = context.getBean(Service.class);
                assertThatThrownBy(service.limited()::get).hasCauseInstanceOf(TimeoutException.class);
                assertThat(context.getBean("api", GreenPool.class).snapshot().timedOut()).isEqualTo(1);
            });
        }

        @Test
        void isEndedByTheLimitOfItsClass() {
            runner.withBean(OnTheClass.class).run(context -> assertThatThrownBy(
                    context.getBean(OnTheClass.class).limited()::get).hasCauseInstanceOf(TimeoutException.class));
        }

        @Test
        void hasALimitForEachSubscription() {
            runner.withBean(Service.class).run(context -> StepVerifier
                    .create(context.getBean(Service.class).limitedMono()).verifyError(TimeoutException.class));
        }

        @Test
        void goesBeforeThePool() {
            runner.withBean(Service.class).withPropertyValues("greenlet.pools.api.task-timeout=1ms").run(context -> {
                Service service = context.getBean(Service.class);
                Future<String> patient = service.patient();
                GreenPool pool = context.getBean("api", GreenPool.class);
                Eventually.holds(() -> pool.tasks().stream().anyMatch(task -> task.age().toMillis() > 2));
                service.gate().countDown();
                assertThat(patient.get()).isEqualTo("through");
            });
        }
    }

    @Nested
    class ATask {

        @Test
        void isDescribedByItsBeanAndMethod() {
            runner.withBean(Service.class).run(context -> {
                Service service = context.getBean(Service.class);
                GreenPool pool = context.getBean("api", GreenPool.class);
                Future<String> patient = service.patient();
                Eventually.holds(() -> !pool.tasks().isEmpty());
                assertThat(pool.tasks()).extracting(TaskSnapshot::description).containsExactly("Service.patient");
                service.gate().countDown();
                patient.get();
                StepVerifier.create(service.numbers()).expectNext("one")
                        .then(() -> assertThat(pool.tasks()).extracting(TaskSnapshot::description)
                                .containsExactly("Service.numbers"))
                        .thenCancel().verify();
            });
        }
    }

    @Nested
    class AtStartUp {

        private static final String FIX = "Set it to a duration above zero, such as 500ms, 2s or 1m, or leave it out for the"
                + " task-timeout of the pool.";

        private void refuses(Class<?> service, String description) {
            runner.withBean(service).run(context -> assertThatAnalysis(context.getStartupFailure())
                    .describes(service.getName() + ".run() asks for a timeout of " + description).advises(FIX));
        }

        @Test
        void whatIsNoDurationIsRefused() {
            refuses(NoDuration.class, "'soon', which is not a duration");
        }

        @Test
        void aLimitOfZeroIsRefused() {
            refuses(NoTime.class, "'0s', which is not above zero");
        }

        @Test
        void aPropertyThatIsNotThereIsRefused() {
            refuses(NoProperty.class, "'${no.such.property}', which cannot be resolved: Could not resolve placeholder"
                    + " 'no.such.property' in value \"${no.such.property}\"");
        }
    }
}
