package io.greenlet.boot.async;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.boot.FailureAnalyses;
import io.greenlet.boot.GreenAsync;
import io.greenlet.boot.GreenPoolAutoConfiguration;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.context.PropertyPlaceholderAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Scope;

@Timeout(30)
class GreenAsyncFailureTests {

    private static final String HERE = GreenAsyncFailureTests.class.getName() + "$";

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(GreenPoolAutoConfiguration.class, GreenAsyncAutoConfiguration.class))
            .withPropertyValues("greenlet.pools.api.size=2");

    private static void fails(ApplicationContextRunner runner, String description, String action) {
        runner.run(context -> {
            assertThat(context).hasFailed();
            FailureAnalyses.assertThatAnalysis(context.getStartupFailure()).describes(description).advises(action);
        });
    }

    @Nested
    class AnUnknownPool {

        static class Crawler {
            @GreenAsync("nope")
            public CompletableFuture<String> fetch(URI address) {
                return CompletableFuture.completedFuture("page of " + address);
            }
        }

        static class Placeholder {
            @GreenAsync("${my.pool}")
            public void run() {}
        }

        static class LazyOnes {
            @Bean
            @Lazy
            Crawler crawler() {
                return new Crawler();
            }
        }

        static class Prototypes {
            @Bean
            @Scope("prototype")
            Crawler crawler() {
                return new Crawler();
            }
        }

        private final String unknown = HERE + "AnUnknownPool$Crawler.fetch(URI) asks for green pool 'nope', which does "
                + "not exist";
        private final String define = "Define it, as with greenlet.pools.nope.size=100, or use one of the known pools: "
                + "api, default.";

        @Test
        void ofAMethod() {
            fails(runner.withBean(Crawler.class), unknown, define);
        }

        @Test
        void ofAMethodOfABeanThatIsNotMadeYet() {
            fails(runner.withUserConfiguration(LazyOnes.class), unknown, define);
        }

        @Test
        void ofAMethodOfAPrototype() {
            fails(runner.withUserConfiguration(Prototypes.class), unknown, define);
        }

        @Test
        void ofAPlaceholder() {
            fails(runner.withBean(Placeholder.class).withPropertyValues("my.pool=other"),
                    HERE + "AnUnknownPool$Placeholder.run() asks for green pool 'other', which does not exist",
                    "Define it, as with greenlet.pools.other.size=100, or use one of the known pools: api, default.");
        }

        @Test
        void ofAPlaceholderThatCannotBeResolved() {
            fails(runner.withConfiguration(AutoConfigurations.of(PropertyPlaceholderAutoConfiguration.class))
                    .withBean(Placeholder.class),
                    HERE + "AnUnknownPool$Placeholder.run() asks for green pool '${my.pool}', which cannot be "
                            + "resolved: "
                            + "Could not resolve placeholder 'my.pool' in value \"${my.pool}\"",
                    "Set that property to the name of a pool. Known pools: api, default.");
        }

        @Test
        void ofTheProperty() {
            fails(runner.withPropertyValues("greenlet.async.pool=nope"),
                    "greenlet.async.pool names green pool 'nope', which does not exist", define);
        }

        @Test
        void thatIsABeanOfAnotherType() {
            fails(runner.withBean("nope", String.class, () -> "a bean").withBean(Crawler.class), unknown, define);
        }
    }

    @Nested
    class AMethodThatCannotBeAsync {

        static class ReturnsText {
            @GreenAsync("api")
            public String fetch() {
                return "text";
            }
        }

        @GreenAsync("api")
        static class ReturnsTextInAClass {
            public String fetch() {
                return "text";
            }
        }

        static class IsFinal {
            @GreenAsync("api")
            public final void fetch() {}
        }

        static class IsPrivate {
            @GreenAsync("api")
            @SuppressWarnings({"unused", "UnusedMethod"}) // found by reflection
            private void fetch() {}
        }

        static class IsStatic {
            @GreenAsync("api")
            public static void fetch() {}
        }

        static final class FinalClass {
            @GreenAsync("api")
            public void fetch() {}
        }

        interface Fetcher {
            void fetch();
        }

        static final class FinalClassOfInterface implements Fetcher {
            @Override
            @GreenAsync("api")
            public void fetch() {}
        }

        static class MoreThanItsInterface implements Fetcher {
            @Override
            public void fetch() {}

            @GreenAsync("api")
            public Future<String> other() {
                return CompletableFuture.completedFuture("more");
            }
        }

        private String cannot(Class<?> type) {
            return "@GreenAsync cannot be on " + type.getName() + ".fetch(): it ";
        }

        @Test
        void becauseOfWhatItReturns() {
            fails(runner.withBean(ReturnsText.class), cannot(ReturnsText.class) + "returns java.lang.String",
                    "Return void, Future, CompletionStage, CompletableFuture, GreenThread, Mono or Flux, or remove the "
                            + "annotation.");
        }

        @Test
        void becauseOfWhatItReturnsInAnAnnotatedClass() {
            fails(runner.withBean(ReturnsTextInAClass.class),
                    cannot(ReturnsTextInAClass.class) + "returns java.lang.String",
                    "Return void, Future, CompletionStage, CompletableFuture, GreenThread, Mono or Flux, or remove the "
                            + "annotation.");
        }

        @Test
        void becauseItIsFinal() {
            fails(runner.withBean(IsFinal.class),
                    cannot(IsFinal.class) + "is final, so that no proxy can intercept it", "Remove 'final'.");
        }

        @Test
        void becauseItIsPrivate() {
            fails(runner.withBean(IsPrivate.class), cannot(IsPrivate.class) + "is private",
                    "Make it public, and call it on the bean, not on 'this'.");
        }

        @Test
        void becauseItIsStatic() {
            fails(runner.withBean(IsStatic.class), cannot(IsStatic.class) + "is static",
                    "Make it an instance method of a bean.");
        }

        @Test
        void becauseItsClassIsFinal() {
            fails(runner.withBean(FinalClass.class),
                    "@GreenAsync needs a proxy of " + FinalClass.class.getName()
                            + ", which cannot be subclassed: it is final",
                    "Make the class neither final, private nor sealed.");
        }

        @Test
        void becauseItsClassIsFinalThoughItHasAnInterface() {
            fails(runner.withBean(FinalClassOfInterface.class),
                    "@GreenAsync needs a proxy of " + FinalClassOfInterface.class.getName()
                            + ", which cannot be subclassed: it is final",
                    "Make the class neither final, private nor sealed, or set spring.aop.proxy-target-class=false to "
                            + "proxy its interfaces.");
        }

        @Test
        void unlessTheProxyIsOfItsInterface() {
            runner.withBean(FinalClassOfInterface.class).withPropertyValues("spring.aop.proxy-target-class=false")
                    .run(context -> assertThat(context).hasSingleBean(Fetcher.class));
        }

        static class LazySealed {
            @Bean
            @Lazy
            SealedFetcher fetcher() {
                throw new IllegalStateException("never made");
            }
        }

        sealed interface SealedFetcher permits Sealed {
            @GreenAsync("api")
            void fetch();
        }

        record Sealed() implements SealedFetcher {
            @Override
            public void fetch() {}
        }

        @Test
        void isNotJudgedByAnInterfaceAlone() {
            runner.withUserConfiguration(LazySealed.class).run(context -> assertThat(context).hasNotFailed());
        }

        @Test
        void becauseTheProxyIsOfAnInterfaceWithoutIt() {
            fails(runner.withBean(MoreThanItsInterface.class).withPropertyValues("spring.aop.proxy-target-class=false"),
                    "@GreenAsync cannot be on " + MoreThanItsInterface.class.getName()
                            + ".other(): it is in no interface of its bean, which is proxied by its interfaces",
                    "Add it to an interface, or set spring.aop.proxy-target-class=true.");
        }
    }
}
