package io.greenlet.boot.actuate;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.GreenThread;
import io.greenlet.Hub;
import io.greenlet.boot.Eventually;
import io.greenlet.boot.GreenPoolAutoConfiguration;
import io.greenlet.boot.actuate.HubDetail.ThreadDetail;
import io.greenlet.pool.GreenPool;
import io.greenlet.sync.GreenEvent;
import io.greenlet.sync.GreenQueue;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;

@Timeout(30)
class GreenHubEndpointTests {

    private final ApplicationContextRunner runner = new ApplicationContextRunner().withConfiguration(
            AutoConfigurations.of(GreenPoolAutoConfiguration.class, GreenHubEndpointAutoConfiguration.class));
    private final ApplicationContextRunner exposed = runner
            .withPropertyValues("management.endpoints.web.exposure.include=greenhub");

    private static HubDetail detail(GreenHubEndpoint endpoint, String hub) {
        return Objects.requireNonNull(endpoint.hub(hub));
    }

    @Nested
    class Conditions {

        @Test
        void exposedItIsThere() {
            exposed.run(context -> assertThat(context).hasSingleBean(GreenHubEndpoint.class));
        }

        @Test
        void notExposedItIsAbsent() {
            runner.run(context -> assertThat(context).doesNotHaveBean(GreenHubEndpoint.class));
        }

        @Test
        void withoutAccessItIsAbsent() {
            exposed.withPropertyValues("management.endpoint.greenhub.access=NONE")
                    .run(context -> assertThat(context).doesNotHaveBean(GreenHubEndpoint.class));
        }

        @Test
        void withoutPoolsItIsAbsent() {
            new ApplicationContextRunner()
                    .withConfiguration(AutoConfigurations.of(GreenHubEndpointAutoConfiguration.class))
                    .withPropertyValues("management.endpoints.web.exposure.include=greenhub")
                    .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(GreenHubEndpoint.class));
        }

        @Test
        void withoutTheActuatorItIsAbsent() {
            exposed.withClassLoader(new FilteredClassLoader("org.springframework.boot.actuate"))
                    .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean("greenHubEndpoint"));
        }

        @Test
        void oneOfTheUsersTakesItsPlace() {
            exposed.withBean("mine", GreenHubEndpoint.class)
                    .run(context -> assertThat(context).hasSingleBean(GreenHubEndpoint.class).hasBean("mine"));
        }
    }

    @Nested
    class TheList {

        @Test
        void hasEveryHubOfTheContextAndTheParallelOneWithTheirPools() {
            exposed.withPropertyValues("greenlet.hub.mode=cooperative", "greenlet.hubs.io.mode=cooperative",
                    "greenlet.pools.reader.hub=io", "greenlet.pools.writer.hub=io")
                    .withUserConfiguration(OwnPool.class).run(context -> {
                        var hubs = context.getBean(GreenHubEndpoint.class).hubs().hubs();
                        assertThat(hubs).containsOnlyKeys("greenlet", "io", "parallel");
                        assertThat(hubs.get("io")).satisfies(io -> {
                            assertThat(io.kind()).isIn("own-carrier", "baton");
                            assertThat(io.greensJdkBlocking()).isEqualTo(io.kind().equals("own-carrier"));
                            assertThat(io.pools()).containsExactly("reader", "writer");
                            assertThat(io.greenThreads()).isZero();
                            assertThat(io.timers()).isZero();
                            assertThat(io.listeners()).isZero();
                        });
                        assertThat(hubs.get("greenlet")).isNotNull().extracting(HubFigures::pools)
                                .isEqualTo(List.of("default"));
                        assertThat(hubs.get("parallel")).satisfies(parallel -> {
                            assertThat(parallel.kind()).isEqualTo("parallel");
                            assertThat(parallel.greensJdkBlocking()).isTrue();
                            assertThat(parallel.greenThreads()).isEqualTo(-1);
                            assertThat(parallel.pools()).containsExactly("own");
                        });
                    });
        }

        @Test
        void tellsHubsOfOneNameApart() {
            exposed.withUserConfiguration(Twins.class).run(context -> {
                GreenHubEndpoint endpoint = context.getBean(GreenHubEndpoint.class);
                assertThat(endpoint.hubs().hubs()).containsKeys("twin", "twin-2");
                assertThat(detail(endpoint, "twin-2").name()).isEqualTo("twin-2");
            });
        }

        @Test
        void hasTheHubOfAPoolThatIsNoBean() {
            exposed.withUserConfiguration(OwnHub.class).run(context -> {
                var hubs = context.getBean(GreenHubEndpoint.class).hubs().hubs();
                assertThat(hubs.get("hidden")).isNotNull().extracting(HubFigures::pools)
                        .isEqualTo(List.of("hidden"));
            });
        }
    }

    static class OwnPool {

        @Bean
        GreenPool own() {
            return new GreenPool(3);
        }
    }

    static class Twins {

        @Bean
        Hub one() {
            return Hub.cooperative("twin");
        }

        @Bean
        Hub other() {
            return Hub.cooperative("twin");
        }
    }

    static class OwnHub implements AutoCloseable {

        private final Hub hub = Hub.cooperative("hidden");

        @Bean
        GreenPool hidden() {
            return GreenPool.of(io.greenlet.pool.PoolOptions.named("hidden").withHub(hub));
        }

        @Override
        public void close() {
            hub.close();
        }
    }

    @Nested
    class OneHub {

        @Test
        void showsWhatItsGreenThreadsDoAndWaitForButNoValues() {
            exposed.withPropertyValues("greenlet.hub.mode=cooperative").run(context -> {
                GreenPool pool = context.getBean("default", GreenPool.class);
                GreenQueue<String> queue = GreenQueue.fifo(1);
                queue.add("a secret");
                GreenThread<Integer> putter = pool.spawn(() -> {
                    queue.put("another secret");
                    return 1;
                });
                GreenHubEndpoint endpoint = context.getBean(GreenHubEndpoint.class);
                Eventually.holds(() -> detail(endpoint, "greenlet").threads().stream()
                        .anyMatch(thread -> thread.state().equals("waiting")));
                HubDetail hub = detail(endpoint, "greenlet");
                queue.clear();
                putter.await();
                assertThat(hub.greenThreads()).isEqualTo(1);
                assertThat(hub.pools()).containsExactly("default");
                ThreadDetail thread = hub.threads().getFirst();
                assertThat(thread.id()).isEqualTo(putter.id());
                assertThat(thread.name()).isEqualTo(putter.name());
                assertThat(thread.waitsFor()).startsWith("io.greenlet.sync.GreenQueue@");
                assertThat(thread.stack()).anyMatch(frame -> frame.contains("io.greenlet.sync.GreenQueue.put("));
                assertThat(thread.spawnedAt()).isNull();
                assertThat(hub.toString()).doesNotContain("secret");
            });
        }

        @Test
        void showsTheParallelOnesWhenSpawnsAreRecorded() {
            exposed.withPropertyValues("greenlet.record-spawns=true").run(context -> {
                GreenPool pool = context.getBean("default", GreenPool.class);
                GreenEvent<Integer> end = new GreenEvent<>();
                GreenThread<Integer> thread = pool.spawn(() -> end.await());
                GreenHubEndpoint endpoint = context.getBean(GreenHubEndpoint.class);
                Eventually.holds(() -> !detail(endpoint, "parallel").threads().isEmpty()); // it has begun
                HubDetail hub = detail(endpoint, "parallel");
                end.send(1);
                thread.await();
                assertThat(hub.threads()).anySatisfy(shown -> {
                    assertThat(shown.name()).isEqualTo(thread.name());
                    assertThat(shown.spawnedAt()).contains("GreenHubEndpointTests");
                });
            });
        }

        @Test
        void ofAnUnknownNameIsNull() {
            exposed.run(context -> assertThat(context.getBean(GreenHubEndpoint.class).hub("nope")).isNull());
        }
    }
}
