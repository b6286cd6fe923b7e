package io.greenlet.boot.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

import io.greenlet.boot.GreenPoolAutoConfiguration;
import io.greenlet.boot.reactor.GreenReactorAutoConfiguration;
import io.greenlet.boot.webflux.GreenWebFluxAutoConfiguration;
import io.greenlet.boot.webmvc.GreenTomcatAutoConfiguration;
import io.greenlet.boot.webmvc.GreenWebMvcAutoConfiguration;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolOptions;
import java.util.function.Predicate;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.web.reactive.config.WebFluxConfigurer;
import org.springframework.web.server.WebExceptionHandler;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import reactor.core.scheduler.NonBlocking;

@Timeout(30)
class GreenWebConditionsTests {

    private static final AutoConfigurations ALL = AutoConfigurations.of(GreenPoolAutoConfiguration.class,
            GreenReactorAutoConfiguration.class, GreenWebFluxAutoConfiguration.class,
            GreenWebMvcAutoConfiguration.class,
            GreenTomcatAutoConfiguration.class);

    private final ApplicationContextRunner plain = new ApplicationContextRunner().withConfiguration(ALL);
    private final ReactiveWebApplicationContextRunner reactive = new ReactiveWebApplicationContextRunner()
            .withConfiguration(ALL);
    private final WebApplicationContextRunner servlet = new WebApplicationContextRunner().withConfiguration(ALL);

    /// Like a thread of an event loop.
    private static final class Loop extends Thread implements NonBlocking {}

    @Nested
    class NonBlockingThreads {

        @Test
        void areKnownToEveryPool() {
            plain.withPropertyValues("greenlet.pools.api.size=2")
                    .withBean("mine", GreenPool.class, () -> new GreenPool(3))
                    .run(context -> assertThat(context.getBeansOfType(GreenPool.class))
                            .containsKeys("api", "default", "mine")
                            .allSatisfy((_, pool) -> {
                                assertThat(pool.options().nonBlocking().test(new Loop())).isTrue();
                                assertThat(pool.options().nonBlocking().test(new Thread())).isFalse();
                            }));
        }

        @Test
        void areWhatThePoolSaysIfItSaysSomething() {
            Predicate<Thread> own = _ -> false;
            plain.withBean("mine", GreenPool.class, () -> GreenPool.of(PoolOptions.named("mine").withNonBlocking(own)))
                    .run(context -> assertThat(context.getBean("mine", GreenPool.class).options().nonBlocking())
                            .isSameAs(own));
        }

        @Test
        void doNotMatterToAMockOfAPool() {
            plain.withBean("mine", GreenPool.class, () -> mock(GreenPool.class))
                    .run(context -> assertThat(context).hasNotFailed());
        }

        @Test
        void areUnknownWithoutReactor() {
            plain.withClassLoader(new FilteredClassLoader("reactor"))
                    .run(context -> assertThat(context).hasNotFailed()
                            .doesNotHaveBean(GreenReactorAutoConfiguration.class));
        }
    }

    @Nested
    class WebFlux {

        @Test
        void isThereInAReactiveApplication() {
            reactive.run(context -> assertThat(context).hasSingleBean(WebExceptionHandler.class)
                    .doesNotHaveBean(WebFluxConfigurer.class).doesNotHaveBean(WebMvcConfigurer.class));
        }

        @Test
        void takesThePoolThatIsNamed() {
            reactive.withPropertyValues("greenlet.web.blocking-pool=default")
                    .run(context -> assertThat(context).hasSingleBean(WebFluxConfigurer.class));
        }

        @Test
        void isNotThereElsewhere() {
            plain.run(context -> assertThat(context).doesNotHaveBean(WebExceptionHandler.class));
            servlet.run(context -> assertThat(context).doesNotHaveBean(WebExceptionHandler.class));
        }

        @Test
        void isNotThereWithoutItsLibrary() {
            reactive.withClassLoader(new FilteredClassLoader("org.springframework.web.reactive.config"))
                    .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(WebExceptionHandler.class));
        }
    }

    @Nested
    class Mvc {

        @Test
        void isThereInAServletApplication() {
            servlet.run(context -> assertThat(context).hasSingleBean(WebMvcConfigurer.class)
                    .doesNotHaveBean("greenRequestPool"));
        }

        @Test
        void takesThePoolsThatAreNamed() {
            servlet.withPropertyValues("greenlet.web.blocking-pool=default", "greenlet.web.request-pool=default")
                    .run(context -> assertThat(context).hasBean("greenAsyncSupport").hasBean("greenRequestPool")
                            .hasBean("greenRequestPoolLifecycle"));
        }

        @Test
        void isNotThereElsewhere() {
            plain.withPropertyValues("greenlet.web.request-pool=default").run(
                    context -> assertThat(context).doesNotHaveBean(WebMvcConfigurer.class)
                            .doesNotHaveBean("greenRequestPool"));
        }

        @Test
        void isNotThereWithoutItsLibrary() {
            servlet.withClassLoader(new FilteredClassLoader("org.springframework.web.servlet.config"))
                    .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean("greenWebMvc"));
        }

        @Test
        void leavesOtherServersAlone() {
            servlet.withPropertyValues("greenlet.web.request-pool=default")
                    .withClassLoader(new FilteredClassLoader("org.springframework.boot.tomcat", "org.apache.catalina"))
                    .run(context -> assertThat(context).hasNotFailed().hasBean("greenWebMvc")
                            .doesNotHaveBean("greenRequestPool"));
        }

        @Test
        void worksWithoutReactor() {
            servlet.withClassLoader(new FilteredClassLoader("reactor", "org.reactivestreams"))
                    .run(context -> assertThat(context).hasNotFailed().hasBean("greenWebMvc"));
        }
    }
}
