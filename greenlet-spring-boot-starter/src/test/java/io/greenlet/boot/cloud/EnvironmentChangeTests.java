package io.greenlet.boot.cloud;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.GreenThread;
import io.greenlet.boot.GreenPoolAutoConfiguration;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolListener;
import io.greenlet.pool.PoolOptions;
import io.greenlet.pool.WhenFull;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ContextConsumer;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.autoconfigure.RefreshAutoConfiguration;
import org.springframework.cloud.context.environment.EnvironmentChangeEvent;
import org.springframework.cloud.context.environment.EnvironmentManager;
import org.springframework.cloud.context.refresh.ContextRefresher;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.MapPropertySource;

/// Pools that follow the environment.
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class EnvironmentChangeTests {

    private static final String UNREACHED = "is changed by";

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(GreenPoolAutoConfiguration.class,
                    GreenPoolCloudAutoConfiguration.class));

    /// What a configuration server says.
    private final Map<String, Object> remote = new HashMap<>();

    private void with(Map<String, Object> before, ContextConsumer<AssertableApplicationContext> test) {
        remote.putAll(before);
        runner.withInitializer(context -> context.getEnvironment().getPropertySources()
                .addFirst(new MapPropertySource("remote", remote))).run(test);
    }

    private void set(AssertableApplicationContext context, Map<String, Object> changed) {
        remote.putAll(changed);
        context.publishEvent(new EnvironmentChangeEvent(context, changed.keySet()));
    }

    private static GreenPool pool(AssertableApplicationContext context, String name) {
        return context.getBean(name, GreenPool.class);
    }

    @Nested
    class Conditions {

        @Test
        void withSpringCloudItIsThere() {
            runner.run(context -> assertThat(context).hasSingleBean(EnvironmentFollower.class));
        }

        @Test
        void withoutSpringCloudItIsAbsent() {
            runner.withClassLoader(new FilteredClassLoader("org.springframework.cloud")).run(context -> assertThat(
                    context).hasNotFailed().doesNotHaveBean("greenPoolEnvironmentFollower").hasBean("default"));
        }

        @Test
        void withoutPoolsItIsAbsent() {
            new ApplicationContextRunner()
                    .withConfiguration(AutoConfigurations.of(GreenPoolCloudAutoConfiguration.class))
                    .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(EnvironmentFollower.class));
        }
    }

    @Nested
    class Following {

        @Test
        void everySettingChangesAtOnce(CapturedOutput output) {
            with(Map.of("greenlet.pools.api.size", 2), context -> {
                List<PoolOptions> told = new CopyOnWriteArrayList<>();
                pool(context, "api").addListener(new PoolListener() {
                    @Override
                    public void reconfigured(GreenPool pool, PoolOptions before, PoolOptions after) {
                        told.add(after);
                    }
                });
                set(context, Map.of("greenlet.pools.api.size", 7, "greenlet.pools.api.when-full", "queue",
                        "greenlet.pools.api.max-wait", "500ms", "greenlet.pools.api.queue-capacity", 10,
                        "greenlet.pools.api.task-timeout", "2s"));
                PoolOptions now = pool(context, "api").options();
                assertThat(now).extracting(PoolOptions::size, PoolOptions::whenFull, PoolOptions::maxWait,
                        PoolOptions::queueCapacity, PoolOptions::taskTimeout)
                        .containsExactly(7, WhenFull.QUEUE, Duration.ofMillis(500), 10, Duration.ofSeconds(2));
                assertThat(told).containsExactly(now);
                assertThat(output).contains("green pool 'api' is changed by the environment: size from 2 to 7, "
                        + "when-full from block to queue, max-wait from no limit to PT0.5S, queue-capacity from no "
                        + "limit to 10, task-timeout from no limit to PT2S");
            });
        }

        @Test
        void whatIsNoLongerSetHasItsDefaultAgain() {
            with(Map.of("greenlet.pools.api.size", 2, "greenlet.pools.api.task-timeout", "2s"), context -> {
                remote.remove("greenlet.pools.api.task-timeout");
                set(context, Map.of());
                assertThat(pool(context, "api").options().taskTimeout()).isNull();
                assertThat(pool(context, "api").size()).isEqualTo(2);
            });
        }

        @Test
        void theDefaultPoolFollowsToo() {
            with(Map.of(), context -> {
                set(context, Map.of("greenlet.pools.default.size", 3));
                assertThat(pool(context, "default").size()).isEqualTo(3);
                remote.clear();
                set(context, Map.of());
                assertThat(pool(context, "default").size()).isEqualTo(1000);
            });
        }

        @Test
        void whatWasChangedByHandAndNotInTheEnvironmentStays() {
            with(Map.of("greenlet.pools.api.size", 2), context -> {
                pool(context, "api").resize(9);
                set(context, Map.of("greenlet.pools.api.max-wait", "1s"));
                assertThat(pool(context, "api").options())
                        .extracting(PoolOptions::size, PoolOptions::maxWait).containsExactly(9, Duration.ofSeconds(1));
                set(context, Map.of("greenlet.pools.api.size", 4));
                assertThat(pool(context, "api").size()).isEqualTo(4);
            });
        }

        @Test
        void whatASettingRefersToCounts() {
            with(Map.of("greenlet.pools.api.size", "${connections}", "connections", 5), context -> {
                set(context, Map.of("connections", 6));
                assertThat(pool(context, "api").size()).isEqualTo(6);
            });
        }

        @Test
        void aChangeOfOtherPropertiesLogsNothing(CapturedOutput output) {
            with(Map.of("greenlet.pools.api.size", 2), context -> {
                set(context, Map.of("other", "thing"));
                assertThat(output).doesNotContain(UNREACHED, "restarts");
            });
        }

        @Test
        void noTaskIsLost() {
            with(Map.of("greenlet.pools.api.size", 0), context -> {
                List<GreenThread<Integer>> tasks = IntStream.range(0, 100)
                        .mapToObj(n -> pool(context, "api").submit(() -> n)).toList();
                set(context, Map.of("greenlet.pools.api.when-full", "reject", "greenlet.pools.api.queue-capacity", 0));
                set(context, Map.of("greenlet.pools.api.size", 3));
                for (int n = 0; n < 100; n++) {
                    assertThat(tasks.get(n).await()).isEqualTo(n);
                }
            });
        }

        @Test
        void aPoolThatIsMadeAfterTheChangeFollowsToo() {
            remote.put("greenlet.pools.api.size", 2);
            runner.withInitializer(context -> {
                context.getEnvironment().getPropertySources().addFirst(new MapPropertySource("remote", remote));
                context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor());
            }).run(context -> {
                assertThat(pool(context, "default").size()).isEqualTo(1000); // all but `api` is made
                set(context, Map.of("greenlet.pools.api.size", 5));
                assertThat(pool(context, "api").size()).isEqualTo(5);
                set(context, Map.of("greenlet.pools.api.size", 6));
                assertThat(pool(context, "api").size()).isEqualTo(6);
            });
        }

        @Test
        void aPoolOfTheUsersIsLeftAlone() {
            runner.withUserConfiguration(Own.class).withInitializer(context -> context.getEnvironment()
                    .getPropertySources().addFirst(new MapPropertySource("remote", remote))).run(context -> {
                        set(context, Map.of("greenlet.pools.own.size", 8));
                        assertThat(pool(context, "own").size()).isEqualTo(3);
                    });
        }
    }

    static class Own {

        @Bean
        GreenPool own() {
            return new GreenPool(3);
        }
    }

    @Nested
    class Refusing {

        @Test
        void aBadValueChangesNothingUntilItIsMended(CapturedOutput output) {
            with(Map.of("greenlet.pools.api.size", 2, "greenlet.pools.db.size", 3), context -> {
                set(context, Map.of("greenlet.pools.api.size", 5, "greenlet.pools.db.size", -1));
                assertThat(pool(context, "api").size()).isEqualTo(2);
                assertThat(pool(context, "db").size()).isEqualTo(3);
                assertThat(output).contains("ERROR").contains("greenlet.pools.db.size must not be negative: -1 (from "
                        + "\"greenlet.pools.db.size\" from property source \"remote\"). No pool is changed. Set "
                        + "greenlet.pools.db.size to a whole number of 0 or more.");
                set(context, Map.of("greenlet.pools.db.size", 4));
                assertThat(pool(context, "api").size()).isEqualTo(5);
                assertThat(pool(context, "db").size()).isEqualTo(4);
            });
        }

        @Test
        void aValueThatCannotBeReadChangesNothing(CapturedOutput output) {
            with(Map.of("greenlet.pools.api.size", 2), context -> {
                set(context, Map.of("greenlet.pools.api.size", 5, "greenlet.pools.api.when-full", "explode"));
                assertThat(pool(context, "api").size()).isEqualTo(2);
                assertThat(output).contains("greenlet.pools.api.when-full must be one of block, queue, reject, "
                        + "caller-runs: 'explode'", "No pool is changed.");
            });
        }

        @Test
        void twoSpellingsOfAPoolChangeNothing(CapturedOutput output) {
            with(Map.of("greenlet.pools.my-api.size", 2), context -> {
                set(context, Map.of("greenlet.pools.my-api.size", 5, "greenlet.pools.my_api.size", 6));
                assertThat(pool(context, "my-api").size()).isEqualTo(2);
                assertThat(output).contains("are the same pool", "No pool is changed.");
            });
        }
    }

    @Nested
    class NeedingARestart {

        private void isToldOnce(CapturedOutput output, String what) {
            assertThat(output.toString().split(java.util.regex.Pattern.quote(what), -1)).as(output.toString())
                    .hasSize(2);
        }

        @Test
        void aNewPool(CapturedOutput output) {
            with(Map.of("greenlet.pools.api.size", 2), context -> {
                set(context, Map.of("greenlet.pools.late.size", 5));
                set(context, Map.of("greenlet.pools.late.size", 6));
                assertThat(context).doesNotHaveBean("late");
                isToldOnce(output, "greenlet.pools.late is new: it becomes a pool when the application restarts");
            });
        }

        @Test
        void aPoolThatIsGone(CapturedOutput output) {
            with(Map.of("greenlet.pools.api.size", 2), context -> {
                remote.clear();
                set(context, Map.of());
                set(context, Map.of("x", 1));
                assertThat(pool(context, "api").size()).isEqualTo(2);
                isToldOnce(output,
                        "greenlet.pools.api is gone: the pool stays as it is until the application restarts");
            });
        }

        @Test
        void whetherContextArrives(CapturedOutput output) {
            with(Map.of("greenlet.pools.api.size", 2), context -> {
                set(context, Map.of("greenlet.pools.api.propagate-context", false));
                isToldOnce(output, "greenlet.pools.api.propagate-context is now false: that takes effect when the "
                        + "application restarts");
            });
        }

        @Test
        void anotherHub(CapturedOutput output) {
            with(Map.of("greenlet.pools.api.size", 2, "greenlet.hubs.io.mode", "cooperative"), context -> {
                set(context, Map.of("greenlet.pools.api.hub", "io", "greenlet.pools.api.size", 3));
                assertThat(pool(context, "api").hub().name()).isEqualTo("parallel");
                assertThat(pool(context, "api").size()).isEqualTo(3);
                isToldOnce(output,
                        "greenlet.pools.api.hub is now 'io': that takes effect when the application restarts");
            });
        }
    }

    @Nested
    class InAnApplication {

        @TempDir
        private Path directory;

        private void write(String properties) throws IOException {
            Files.writeString(directory.resolve("application.properties"), properties);
        }

        private ConfigurableApplicationContext start() {
            SpringApplication application = new SpringApplication(App.class);
            application.setWebApplicationType(WebApplicationType.NONE);
            return application.run("--spring.config.location=file:" + directory + "/",
                    "--spring.main.banner-mode=off", "--spring.cloud.compatibility-verifier.enabled=false");
        }

        @Test
        void aRefreshReadsTheChangedFile() throws Exception {
            write("greenlet.pools.api.size=2");
            try (ConfigurableApplicationContext context = start()) {
                GreenPool api = context.getBean("api", GreenPool.class);
                write("greenlet.pools.api.size=5\ngreenlet.pools.api.max-wait=1s");
                assertThat(context.getBean(ContextRefresher.class).refresh())
                        .isEqualTo(Set.of("greenlet.pools.api.size", "greenlet.pools.api.max-wait"));
                assertThat(context.getBean("api")).isSameAs(api);
                assertThat(api.size()).isEqualTo(5);
                assertThat(api.options().maxWait()).isEqualTo(Duration.ofSeconds(1));
                assertThat(api.spawn(() -> 42).await()).isEqualTo(42);
            }
        }

        @Test
        void thePropertyThatIsSetThroughTheManagerCounts() throws Exception {
            write("greenlet.pools.api.size=2");
            try (ConfigurableApplicationContext context = start()) {
                EnvironmentManager manager = new EnvironmentManager(context.getEnvironment());
                manager.setApplicationEventPublisher(context);
                manager.setProperty("greenlet.pools.api.size", "8");
                assertThat(context.getBean("api", GreenPool.class).size()).isEqualTo(8);
                manager.reset();
                assertThat(context.getBean("api", GreenPool.class).size()).isEqualTo(2);
            }
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({GreenPoolAutoConfiguration.class, GreenPoolCloudAutoConfiguration.class,
            RefreshAutoConfiguration.class})
    static class App {}
}
