package io.greenlet.boot.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.GreenThread;
import io.greenlet.Hub;
import io.greenlet.boot.Eventually;
import io.greenlet.boot.GreenPoolAutoConfiguration;
import io.greenlet.boot.watchdog.GreenStalls;
import io.greenlet.boot.watchdog.GreenWatchdogAutoConfiguration;
import io.greenlet.pool.GreenPool;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.autoconfigure.contributor.HealthContributorAutoConfiguration;
import org.springframework.boot.health.autoconfigure.registry.HealthContributorRegistryAutoConfiguration;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.health.registry.HealthContributorRegistry;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;

@Timeout(60)
class GreenPoolsHealthTests {

    private static final String BEAN = "greenPoolsHealthIndicator";

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(GreenPoolAutoConfiguration.class, GreenWatchdogAutoConfiguration.class,
                            GreenPoolsHealthAutoConfiguration.class, HealthContributorAutoConfiguration.class,
                            HealthContributorRegistryAutoConfiguration.class))
            .withPropertyValues("greenlet.pools.api.size=1", "greenlet.shutdown-grace=0",
                    "greenlet.watchdog.interval=2ms", "greenlet.watchdog.on-proven=report",
                    "greenlet.watchdog.saturated-after=1ms");

    private static Health health(ApplicationContext context) {
        return Objects.requireNonNull(context.getBean(BEAN, HealthIndicator.class).health());
    }

    @SuppressWarnings("unchecked") // what the indicator puts there
    private static Map<String, Object> details(Health health, String pool) {
        return (Map<String, Object>) Objects.requireNonNull(health.getDetails().get(pool));
    }

    private interface Look {
        void at(Health health);
    }

    /// Looks at the health while the pool is full and somebody stands in line.
    private void whileSaturated(ApplicationContextRunner configured, Look look) {
        configured.run(context -> {
            GreenPool pool = context.getBean("api", GreenPool.class);
            CountDownLatch gate = new CountDownLatch(1);
            GreenThread<Boolean> holder = pool.spawn(() -> {
                gate.await();
                return true;
            });
            GreenThread<Integer> inLine = pool.submit(() -> 1);
            Eventually.holds(() -> context.getBean(GreenStalls.class).find("api").isPresent());
            look.at(health(context));
            gate.countDown();
            assertThat(holder.await()).isTrue();
            assertThat(inLine.await()).isEqualTo(1);
        });
    }

    @Nested
    class States {

        @Test
        void poolsAtWorkAreUp() {
            runner.run(context -> {
                Health health = health(context);
                assertThat(health.getStatus()).isEqualTo(Status.UP);
                assertThat(health.getDetails()).containsOnlyKeys("api", "default");
                assertThat(details(health, "api")).containsExactlyInAnyOrderEntriesOf(
                        Map.of("state", "ok", "size", 1, "running", 0, "waiting", 0, "oldestWait", "PT0S"));
            });
        }

        @Test
        void aStalledPoolIsDownUntilItMoves() {
            runner.run(context -> {
                GreenPool pool = context.getBean("api", GreenPool.class);
                GreenThread<Integer> holder = pool.spawn(
                        () -> Hub.parallel().<Integer>spawn(() -> pool.<Integer>spawn(() -> 1).await()).await());
                Eventually.holds(() -> health(context).getStatus().equals(Status.DOWN));
                assertThat(details(health(context), "api")).containsEntry("state", "proven").containsKey("since")
                        .hasEntrySatisfying("problem", problem -> assertThat((String) problem)
                                .startsWith(
                                        "pool 'api' waits for itself (size=1, running=1, waiting=1), first in line for ")
                                .doesNotContain("\n"));
                assertThat(details(health(context), "default")).containsEntry("state", "ok");
                pool.resize(2);
                assertThat(holder.await()).isEqualTo(1);
                Eventually.holds(() -> health(context).getStatus().equals(Status.UP));
            });
        }

        @Test
        void aSaturatedPoolIsUpAndSaysSo() {
            whileSaturated(runner, health -> {
                assertThat(health.getStatus()).isEqualTo(Status.UP);
                assertThat(details(health, "api")).containsEntry("state", "saturated").containsEntry("waiting", 1);
            });
        }

        @Test
        void aSaturatedPoolHasTheStatusOfTheProperty() {
            whileSaturated(runner.withPropertyValues("greenlet.health.saturated-status=OUT_OF_SERVICE"),
                    health -> assertThat(health.getStatus()).isEqualTo(Status.OUT_OF_SERVICE));
        }
    }

    @Nested
    class Conditions {

        @Test
        void itIsTheComponentGreenPools() {
            runner.run(context -> assertThat(
                    context.getBean(HealthContributorRegistry.class).getContributor("greenPools")).isNotNull());
        }

        @Test
        void itCanBeSwitchedOff() {
            runner.withPropertyValues("management.health.greenpools.enabled=false")
                    .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(BEAN));
        }

        @Test
        void withoutTheWatchdogAllIsWell() {
            runner.withPropertyValues("greenlet.watchdog.enabled=false").run(context -> {
                assertThat(health(context).getStatus()).isEqualTo(Status.UP);
                assertThat(details(health(context), "api")).containsEntry("state", "ok");
            });
        }

        @Test
        void withoutTheLibraryThereIsNone() {
            new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(GreenPoolAutoConfiguration.class,
                    GreenWatchdogAutoConfiguration.class, GreenPoolsHealthAutoConfiguration.class))
                    .withClassLoader(new FilteredClassLoader("org.springframework.boot.health"))
                    .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(BEAN)
                            .hasSingleBean(GreenStalls.class));
        }

        @Test
        void withoutPoolsThereIsNone() {
            new ApplicationContextRunner()
                    .withConfiguration(AutoConfigurations.of(GreenPoolsHealthAutoConfiguration.class))
                    .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(BEAN));
        }

        @Test
        void oneOfTheUsersOwnTakesItsPlace() {
            runner.withBean(BEAN, HealthIndicator.class, () -> () -> Health.unknown().build())
                    .run(context -> assertThat(health(context).getStatus()).isEqualTo(Status.UNKNOWN));
        }

        @Test
        void theStatusMustNotBeBlank() {
            runner.withPropertyValues("greenlet.health.saturated-status= ").run(context -> assertThat(context)
                    .getFailure().hasRootCauseMessage("saturated-status must not be blank: ''"));
        }
    }
}
