package io.greenlet.boot.async;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.GreenThread;
import io.greenlet.boot.GreenAsync;
import io.greenlet.boot.GreenPoolAutoConfiguration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import reactor.core.publisher.Mono;

/// What a spawn site is when a proxy spawns.
@Timeout(30)
class GreenAsyncSpawnSiteTests {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(GreenPoolAutoConfiguration.class, GreenAsyncAutoConfiguration.class))
            .withPropertyValues("greenlet.record-spawns=true").withBean(Service.class);

    interface Sites {

        CompletableFuture<String> own();

        Mono<String> subscribed();
    }

    /// Tells where its tasks were spawned.
    @GreenAsync
    static class Service implements Sites {

        @Override
        public CompletableFuture<String> own() {
            return CompletableFuture.completedFuture(site());
        }

        @Override
        public Mono<String> subscribed() {
            return Mono.just(site());
        }

        private static String site() {
            Optional<StackTraceElement> site = GreenThread.current().flatMap(GreenThread::spawnedAt);
            return site.map(place -> place.getClassName() + '.' + place.getMethodName()).orElse("none");
        }
    }

    private static final String CALLER = GreenAsyncSpawnSiteTests.class.getName() + ".calls";

    private static String calls(Sites service) {
        return service.own().join();
    }

    private static String subscribes(Mono<String> call) {
        return String.valueOf(call.block());
    }

    @Test
    void theCallerOfAProxyOfTheClass() {
        runner.run(context -> assertThat(calls(context.getBean(Service.class))).isEqualTo(CALLER));
    }

    @Test
    void theCallerOfAProxyOfTheInterface() {
        runner.withPropertyValues("spring.aop.proxy-target-class=false")
                .run(context -> assertThat(calls(context.getBean(Sites.class))).isEqualTo(CALLER));
    }

    @Test
    void theSubscriberOfAMono() {
        runner.run(context -> assertThat(subscribes(context.getBean(Service.class).subscribed()))
                .isEqualTo(GreenAsyncSpawnSiteTests.class.getName() + ".subscribes"));
    }
}
