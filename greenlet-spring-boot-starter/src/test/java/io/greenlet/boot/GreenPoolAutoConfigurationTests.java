package io.greenlet.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.greenlet.Hub;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolOptions;
import io.greenlet.pool.WhenFull;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Scope;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.core.io.ByteArrayResource;

@Timeout(30)
class GreenPoolAutoConfigurationTests {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(GreenPoolAutoConfiguration.class));

    private static GreenPool pool(AssertableApplicationContext context, String name) {
        return context.getBean(name, GreenPool.class);
    }

    /// Sets the environment's variables, and properties of a source below them, as a file of the application is.
    private static ApplicationContextInitializer<ConfigurableApplicationContext> environment(
            Map<String, Object> variables, Map<String, Object> file) {
        return context -> {
            var sources = context.getEnvironment().getPropertySources();
            String name = StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME;
            sources.replace(name, new SystemEnvironmentPropertySource(name, variables));
            sources.addLast(new MapPropertySource("file", file));
        };
    }

    @Nested
    class Hubs {

        @Test
        void allCoresUnlessSaidOtherwise() {
            runner.run(context -> assertThat(pool(context, "default").hub()).isSameAs(Hub.parallel()));
        }

        @Test
        void oneAtATimeWhenSaidSoUntilTheContextCloses() {
            AtomicReference<Hub> closed = new AtomicReference<>();
            runner.withPropertyValues("greenlet.hub.mode=cooperative", "greenlet.pools.crawler.size=2").run(context -> {
                Hub hub = context.getBean("greenletHub", Hub.class);
                closed.set(hub);
                assertThat(hub).isNotSameAs(Hub.parallel());
                assertThat(pool(context, "crawler").hub()).isSameAs(hub).isSameAs(pool(context, "default").hub());
                assertThat(pool(context, "crawler").spawn(() -> Hub.current()).await()).isSameAs(hub);
            });
            assertThatIllegalStateException().isThrownBy(() -> closed.get().spawn(() -> 1))
                    .withMessageContaining("hub 'greenlet' is closed");
        }

        @Test
        void orTheUsersOwn() {
            try (Hub own = Hub.cooperative("own")) {
                runner.withBean("greenletHub", Hub.class, () -> own)
                        .run(context -> assertThat(pool(context, "default").hub()).isSameAs(own));
            }
        }
    }

    @Nested
    class Pools {

        @Test
        void everyPoolOfThePropertiesIsABean() {
            runner.withPropertyValues("greenlet.pools.crawler.size=200", "greenlet.pools.crawler.when-full=caller-runs",
                    "greenlet.pools.crawler.max-wait=500ms", "greenlet.pools.crawler.queue-capacity=10000",
                    "greenlet.pools.crawler.task-timeout=2s", "greenlet.pools.api.size=4").run(context -> {
                        PoolOptions options = pool(context, "crawler").options();
                        assertThat(options.name()).isEqualTo("crawler");
                        assertThat(options.size()).isEqualTo(200);
                        assertThat(options.whenFull()).isEqualTo(WhenFull.CALLER_RUNS);
                        assertThat(options.maxWait()).isEqualTo(Duration.ofMillis(500));
                        assertThat(options.queueCapacity()).isEqualTo(10_000);
                        assertThat(options.taskTimeout()).isEqualTo(Duration.ofSeconds(2));
                        assertThat(pool(context, "api").size()).isEqualTo(4);
                    });
        }

        @Test
        void whatIsNotSetIsAsInCore() {
            runner.withPropertyValues("greenlet.pools.api.when-full=block")
                    .run(context -> assertThat(pool(context, "api").options()).isEqualTo(PoolOptions.named("api")));
        }

        @Test
        void sizeZeroIsLegal() {
            runner.withPropertyValues("greenlet.pools.api.size=0")
                    .run(context -> assertThat(pool(context, "api").size()).isZero());
        }

        @Test
        void aPoolOfTheUsersTakesThePlaceOfOneOfThatName() {
            runner.withPropertyValues("greenlet.pools.crawler.size=200").withUserConfiguration(OwnCrawler.class)
                    .run(context -> assertThat(pool(context, "crawler").size()).isEqualTo(7));
        }

        @Test
        void anAliasOfAPoolOfTheUsersTakesThePlaceToo() {
            runner.withPropertyValues("greenlet.pools.crawler.size=200").withUserConfiguration(OwnAlias.class)
                    .run(context -> assertThat(pool(context, "crawler")).isSameAs(pool(context, "mine")));
        }

        @Test
        void theExecutorsOfSpringBootStay() {
            runner.withConfiguration(AutoConfigurations.of(TaskExecutionAutoConfiguration.class))
                    .withPropertyValues("greenlet.pools.api.size=4")
                    .run(context -> assertThat(context).hasBean("applicationTaskExecutor"));
        }

        @Test
        void theyAreListedByBeanNameWhoeverDefinedThem() {
            runner.withPropertyValues("greenlet.pools.api.size=4").withUserConfiguration(OwnCrawler.class)
                    .run(context -> {
                        GreenPools pools = context.getBean(GreenPools.class);
                        assertThat(pools.names()).containsExactly("crawler", "api", "default");
                        assertThat(pools.all()).containsOnlyKeys("crawler", "api", "default").containsEntry("crawler",
                                pool(context, "crawler"));
                        assertThat(pools.find("api")).hasValue(pool(context, "api"));
                        assertThat(pools.find("nope")).isEmpty();
                        assertThat(pools.find("greenPools")).isEmpty();
                    });
        }

        @Test
        void thoseThatAreNotSingletonsAreNotListed() {
            runner.withUserConfiguration(OwnPrototype.class)
                    .run(context -> assertThat(context.getBean(GreenPools.class).names()).containsExactly("default"));
        }

        @Test
        void namesAreListedWithoutMakingPools() {
            runner.withUserConfiguration(OwnLazy.class).run(context -> {
                assertThat(context.getBean(GreenPools.class).names()).contains("crawler");
                assertThat(context.getBeanFactory().containsSingleton("crawler")).isFalse();
            });
        }
    }

    static class OwnCrawler {
        @Bean
        GreenPool crawler() {
            return new GreenPool(7);
        }
    }

    static class OwnAlias {
        @Bean({"mine", "crawler"})
        GreenPool mine() {
            return new GreenPool(7);
        }
    }

    static class OwnPrototype {
        @Bean
        @Scope("prototype")
        GreenPool crawler() {
            return new GreenPool(7);
        }
    }

    static class OwnLazy {
        @Bean
        @Lazy
        GreenPool crawler() {
            return new GreenPool(7);
        }
    }

    static class OwnDefault {
        @Bean("default")
        GreenPool mine() {
            return new GreenPool(7);
        }
    }

    @Nested
    class TheDefaultPool {

        @Test
        void alwaysExists() {
            runner.run(context -> assertThat(pool(context, "default").size()).isEqualTo(1000));
        }

        @Test
        void existsBesideOthers() {
            runner.withPropertyValues("greenlet.pools.api.size=4")
                    .run(context -> assertThat(context.getBeansOfType(GreenPool.class)).containsOnlyKeys("api",
                            "default"));
        }

        @Test
        void existsBesideAPoolOfTheUsers() {
            runner.withUserConfiguration(OwnCrawler.class).run(context -> assertThat(
                    context.getBeansOfType(GreenPool.class)).containsOnlyKeys("crawler", "default"));
        }

        @Test
        void takesItsSettingsFromTheProperties() {
            runner.withPropertyValues("greenlet.pools.default.size=4")
                    .run(context -> assertThat(pool(context, "default").size()).isEqualTo(4));
        }

        @Test
        void isCalledDefaultHoweverItIsSpelled() {
            runner.withPropertyValues("greenlet.pools.Default.size=4").run(context -> {
                assertThat(context.getBeansOfType(GreenPool.class)).containsOnlyKeys("default");
                assertThat(pool(context, "default").size()).isEqualTo(4);
            });
        }

        @Test
        void mayBeTheUsersOwn() {
            runner.withUserConfiguration(OwnDefault.class)
                    .run(context -> assertThat(pool(context, "default").size()).isEqualTo(7));
        }
    }

    @Nested
    class Injection {

        record ByType(GreenPool pool) {}

        record ByName(GreenPool crawler) {}

        record ByQualifier(@Qualifier("default") GreenPool pool) {}

        private static String injected(AssertableApplicationContext context) {
            return context.getBean(ByType.class).pool().name();
        }

        @Test
        void byTypeGetsDefaultIfThereIsNoOther() {
            runner.withBean(ByType.class).run(context -> assertThat(injected(context)).isEqualTo("default"));
        }

        @Test
        void byTypeGetsTheOnlyOther() {
            runner.withBean(ByType.class).withPropertyValues("greenlet.pools.api.size=4")
                    .run(context -> assertThat(injected(context)).isEqualTo("api"));
        }

        @Test
        void byTypeGetsTheOnlyOneOfTheUsers() {
            runner.withBean(ByType.class).withUserConfiguration(OwnCrawler.class)
                    .run(context -> assertThat(injected(context)).isEqualTo("pool"));
        }

        @Test
        void byTypeFailsIfThereAreSeveralOthers() {
            runner.withBean(ByType.class).withPropertyValues("greenlet.pools.api.size=4", "greenlet.pools.b.size=4")
                    .run(context -> assertThat(context).getFailure().rootCause()
                            .isInstanceOf(NoUniqueBeanDefinitionException.class));
        }

        @Test
        void byNameGetsThatOne() {
            runner.withBean(ByName.class)
                    .withPropertyValues("greenlet.pools.api.size=4", "greenlet.pools.crawler.size=4")
                    .run(context -> assertThat(context.getBean(ByName.class).crawler().name()).isEqualTo("crawler"));
        }

        @Test
        void byQualifierGetsThatOne() {
            runner.withBean(ByQualifier.class).withPropertyValues("greenlet.pools.api.size=4")
                    .run(context -> assertThat(context.getBean(ByQualifier.class).pool().name()).isEqualTo("default"));
        }
    }

    @Nested
    class Names {

        @Test
        void areSpelledAsInTheFile() {
            runner.withInitializer(environment(Map.of(), Map.of("greenlet.pools.my-crawler.size", 1,
                    "greenlet.pools.myApi.size", 2, "greenlet.pools.under_score.size", 3,
                    "greenlet.pools[with.dot].size", 4)))
                    .run(context -> assertThat(context.getBean(GreenPools.class).names())
                            .containsExactlyInAnyOrder("my-crawler", "myApi", "under_score", "with.dot", "default"));
        }

        @Test
        void inVariablesMeanThePoolOfTheFile() {
            runner.withInitializer(environment(
                    Map.of("GREENLET_POOLS_MYCRAWLER_SIZE", "50", "GREENLET_POOLS_MYAPI_SIZE", "60",
                            "GREENLET_POOLS_UNDERSCORE_SIZE", "70"),
                    Map.of("greenlet.pools.my-crawler.size", 1, "greenlet.pools.my-crawler.max-wait", "3s",
                            "greenlet.pools.myApi.size", 2, "greenlet.pools.under_score.size", 3)))
                    .run(context -> {
                        assertThat(context.getBean(GreenPools.class).names())
                                .containsExactlyInAnyOrder("my-crawler", "myApi", "under_score", "default");
                        assertThat(pool(context, "my-crawler").size()).isEqualTo(50);
                        assertThat(pool(context, "my-crawler").options().maxWait()).isEqualTo(Duration.ofSeconds(3));
                        assertThat(pool(context, "myApi").size()).isEqualTo(60);
                        assertThat(pool(context, "under_score").size()).isEqualTo(70);
                    });
        }

        @Test
        void inVariablesWithADashWrittenAsUnderscoreMeanThatPoolToo() {
            runner.withInitializer(environment(Map.of("GREENLET_POOLS_MY_CRAWLER_SIZE", "50"),
                    Map.of("greenlet.pools.my-crawler.size", 1))).run(context -> {
                        assertThat(context.getBean(GreenPools.class).names()).containsExactly("my-crawler", "default");
                        assertThat(pool(context, "my-crawler").size()).isEqualTo(50);
                    });
        }

        @Test
        void inVariablesAloneAreInLowerCase() {
            runner.withInitializer(environment(Map.of("GREENLET_POOLS_FROMENV_SIZE", "5"), Map.of()))
                    .run(context -> assertThat(pool(context, "fromenv").size()).isEqualTo(5));
        }

        @Test
        void spelledOtherwiseInASourceAboveMeanThePoolOfTheFile() {
            runner.withPropertyValues("greenlet.pools.myCrawler.size=50")
                    .withInitializer(environment(Map.of(), Map.of("greenlet.pools.my-crawler.size", 1)))
                    .run(context -> {
                        assertThat(context.getBean(GreenPools.class).names()).containsExactly("my-crawler", "default");
                        assertThat(pool(context, "my-crawler").size()).isEqualTo(50);
                    });
        }

        @Test
        void spelledInTwoWaysInOneSourceFail() {
            runner.withPropertyValues("greenlet.pools.my-crawler.size=1", "greenlet.pools.my_crawler.size=2")
                    .run(context -> {
                        assertThat(context).hasFailed();
                        FailureAnalyses.assertThatAnalysis(context.getStartupFailure())
                                .describes("greenlet.pools.my-crawler and greenlet.pools.my_crawler are the same pool: "
                                        + "case, '-' and '_' do not count")
                                .advises(
                                        "Spell the pool's name in one way, or give one of the two pools another name.");
                    });
        }

        @Test
        void takenByABeanOfAnotherTypeFail() {
            runner.withBean("crawler", String.class, () -> "a bean").withPropertyValues("greenlet.pools.crawler.size=1")
                    .run(context -> {
                        assertThat(context).hasFailed();
                        FailureAnalyses.assertThatAnalysis(context.getStartupFailure())
                                .describes(
                                        "greenlet.pools.crawler cannot become a bean: the name is taken by a bean of "
                                                + "type java.lang.String")
                                .advises("Rename the pool, or give that bean another name.");
                    });
        }

        @Test
        void ofUnknownSettingsDefineNoPool() {
            runner.withPropertyValues("greenlet.pools.my.crawler.size=1", "greenlet.pools.typo.sise=1").run(
                    context -> assertThat(context.getBean(GreenPools.class).names()).containsExactly("default"));
        }
    }

    @Nested
    class Yaml {

        private ApplicationContextRunner with(String yaml) {
            return runner.withInitializer(context -> {
                try {
                    new YamlPropertySourceLoader()
                            .load("application.yml", new ByteArrayResource(yaml.getBytes(StandardCharsets.UTF_8)))
                            .forEach(context.getEnvironment().getPropertySources()::addLast);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }

        @Test
        void asInTheDocumentation() {
            with("""
                    greenlet:
                      hub: { mode: parallel }
                      pools:
                        crawler:
                          { size: 200, when-full: block, max-wait: 500ms, queue-capacity: 10000, task-timeout: 2s }
                        api: { size: 4 }
                      async: { pool: crawler }
                    """)
                    .run(context -> {
                        assertThat(context.getBean(GreenPools.class).names()).containsExactly("crawler", "api",
                                "default");
                        assertThat(pool(context, "crawler").options())
                                .isEqualTo(PoolOptions.named("crawler").withSize(200)
                                        .withMaxWait(Duration.ofMillis(500)).withQueueCapacity(10_000)
                                        .withTaskTimeout(Duration.ofSeconds(2)));
                        assertThat(context.getBean(GreenletProperties.class).async().pool()).isEqualTo("crawler");
                    });
        }

        @Test
        void withoutSettingsMakesAPoolWithTheDefaults() {
            with("""
                    greenlet:
                      pools:
                        crawler:
                    """).run(context -> assertThat(pool(context, "crawler").options())
                    .isEqualTo(PoolOptions.named("crawler")));
        }
    }

    @Nested
    class Customizers {

        static class Two {
            @Bean
            @Order(2)
            GreenPoolCustomizer second() {
                return options -> options.withSize(options.size() * 10);
            }

            @Bean
            @Order(1)
            GreenPoolCustomizer first() {
                return options -> options.name().equals("api") ? options.withSize(options.size() + 1) : options;
            }
        }

        @Test
        void areCalledInOrderForEveryPool() {
            runner.withUserConfiguration(Two.class)
                    .withPropertyValues("greenlet.pools.api.size=4", "greenlet.pools.b.size=5").run(context -> {
                        assertThat(pool(context, "api").size()).isEqualTo(50);
                        assertThat(pool(context, "b").size()).isEqualTo(50);
                        assertThat(pool(context, "default").size()).isEqualTo(10_000);
                    });
        }

        @Test
        void areNotCalledForPoolsOfTheUsers() {
            runner.withUserConfiguration(Two.class, OwnCrawler.class)
                    .run(context -> assertThat(pool(context, "crawler").size()).isEqualTo(7));
        }
    }

    @Nested
    class BackingOff {

        @Test
        void forGreenPoolsOfTheUsers() {
            runner.withBean("mine", GreenPools.class, () -> new GreenPools(new DefaultListableBeanFactory()))
                    .run(context -> assertThat(context).hasSingleBean(GreenPools.class).hasBean("mine"));
        }
    }
}
