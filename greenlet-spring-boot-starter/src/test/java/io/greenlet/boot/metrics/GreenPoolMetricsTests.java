package io.greenlet.boot.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.greenlet.GreenThread;
import io.greenlet.boot.GreenPoolAutoConfiguration;
import io.greenlet.boot.GreenPools;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.RejectedSubmission;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

@Timeout(30)
class GreenPoolMetricsTests {

    private final ApplicationContextRunner bare = new ApplicationContextRunner().withConfiguration(
            AutoConfigurations.of(GreenPoolAutoConfiguration.class, GreenPoolMetricsAutoConfiguration.class));
    private final ApplicationContextRunner runner = bare
            .withConfiguration(AutoConfigurations.of(MetricsAutoConfiguration.class,
                    SimpleMetricsExportAutoConfiguration.class, CompositeMeterRegistryAutoConfiguration.class))
            .withPropertyValues("greenlet.pools.api.size=2", "greenlet.shutdown-grace=0");

    interface Body {
        void run(GreenPool pool, MeterRegistry registry) throws Exception;
    }

    private void with(ApplicationContextRunner runner, Body body) {
        runner.run(context -> body.run(context.getBean("api", GreenPool.class), context.getBean(MeterRegistry.class)));
    }

    private static double gauge(MeterRegistry registry, String figure) {
        return registry.get("greenlet.pool." + figure).tag("pool", "api").gauge().value();
    }

    private static double tasks(MeterRegistry registry, String outcome) {
        return registry.get("greenlet.pool.tasks").tag("pool", "api").tag("outcome", outcome).functionCounter().count();
    }

    private static long timed(MeterRegistry registry, String timer) {
        return registry.get("greenlet.pool." + timer).tag("pool", "api").timer().count();
    }

    @Nested
    class Conditions {

        @Test
        void withoutARegistryNothingIsBound() {
            bare.run(context -> assertThat(context).doesNotHaveBean(MeterBinder.class));
        }

        @Test
        void withoutPoolsNothingIsBound() {
            new ApplicationContextRunner()
                    .withConfiguration(AutoConfigurations.of(GreenPoolMetricsAutoConfiguration.class))
                    .withBean(MeterRegistry.class, SimpleMeterRegistry::new)
                    .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(GreenPoolMetrics.class));
        }

        @Test
        void aRegistryOfTheUsersIsEnough() {
            bare.withBean(MeterRegistry.class, SimpleMeterRegistry::new)
                    .run(context -> assertThat(context).hasSingleBean(GreenPoolMetrics.class));
        }

        @Test
        void oneOfTheUsersTakesItsPlace() {
            runner.withBean("mine", GreenPoolMetrics.class)
                    .run(context -> assertThat(context).hasSingleBean(GreenPoolMetrics.class).hasBean("mine"));
        }
    }

    @Nested
    class Meters {

        @Test
        void ofEveryPoolAreThereFromTheStart() {
            with(runner.withBean("mine", GreenPool.class, () -> new GreenPool(7)), (_, registry) -> {
                for (String pool : new String[]{"api", "default", "mine"}) {
                    assertThat(registry.getMeters()).map(Meter::getId).filteredOn(id -> pool.equals(id.getTag("pool")))
                            .extracting(id -> id.getName()
                                    + (id.getTag("outcome") == null ? "" : ' ' + id.getTag("outcome")))
                            .containsExactlyInAnyOrder("greenlet.pool.size", "greenlet.pool.free",
                                    "greenlet.pool.running", "greenlet.pool.waiting", "greenlet.pool.tasks completed",
                                    "greenlet.pool.tasks failed", "greenlet.pool.tasks killed",
                                    "greenlet.pool.tasks timed-out", "greenlet.pool.tasks rejected",
                                    "greenlet.pool.wait", "greenlet.pool.run");
                }
            });
        }

        @Test
        void haveADescriptionAndAUnit() {
            with(runner, (_, registry) -> assertThat(registry.getMeters()).map(Meter::getId)
                    .filteredOn(id -> id.getName().startsWith("greenlet.")).isNotEmpty().allSatisfy(id -> {
                        assertThat(id.getDescription()).isNotBlank();
                        assertThat(id.getBaseUnit()).isNotBlank();
                    }));
        }

        @Test
        void showThePool() {
            with(runner, (pool, registry) -> {
                CountDownLatch gate = new CountDownLatch(1);
                GreenThread<@Nullable Void> one = pool.spawn(() -> {
                    gate.await();
                    return null;
                });
                pool.resize(1);
                GreenThread<String> two = pool.submit(() -> "two");
                assertThat(gauge(registry, "size")).isEqualTo(1);
                assertThat(gauge(registry, "free")).isZero();
                assertThat(gauge(registry, "running")).isEqualTo(1);
                assertThat(gauge(registry, "waiting")).isEqualTo(1);
                pool.resize(0);
                assertThat(gauge(registry, "free")).isEqualTo(-1);
                pool.resize(2);
                gate.countDown();
                one.await();
                two.await();
                assertThat(gauge(registry, "free")).isEqualTo(2);
                assertThat(gauge(registry, "waiting")).isZero();
            });
        }

        @Test
        void countEveryTaskOnceByItsOutcome() {
            with(runner.withPropertyValues("greenlet.pools.api.when-full=reject",
                    "greenlet.pools.api.task-timeout=20ms"), (pool, registry) -> {
                        pool.spawn(() -> "fine").await();
                        assertThatThrownBy(pool.spawn(() -> {
                            throw new IllegalStateException("broken");
                        })::await).isInstanceOf(IllegalStateException.class);
                        GreenThread<@Nullable Void> slow = pool.spawn(() -> {
                            new CountDownLatch(1).await();
                            return null;
                        });
                        assertThatThrownBy(slow::await).isNotNull();
                        pool.resize(0);
                        assertThatThrownBy(() -> pool.spawn(() -> "no")).isInstanceOf(RejectedSubmission.class);
                        pool.submit(() -> "never").kill();
                        assertThat(tasks(registry, "completed")).isEqualTo(1);
                        assertThat(tasks(registry, "failed")).isEqualTo(1);
                        assertThat(tasks(registry, "timed-out")).isEqualTo(1);
                        assertThat(tasks(registry, "rejected")).isEqualTo(1);
                        assertThat(tasks(registry, "killed")).isEqualTo(1);
                    });
        }

        @Test
        void timeTheWaitAndTheRunOfWhatBegan() {
            with(runner, (pool, registry) -> {
                pool.resize(0);
                GreenThread<String> task = pool.submit(() -> "done");
                pool.submit(() -> "never").kill();
                pool.resize(1);
                task.await();
                pool.waitAll();
                assertThat(timed(registry, "wait")).isEqualTo(1);
                assertThat(timed(registry, "run")).isEqualTo(1);
                assertThat(
                        registry.get("greenlet.pool.wait").tag("pool", "api").timer().totalTime(TimeUnit.NANOSECONDS))
                        .isPositive();
            });
        }
    }

    @Nested
    class Closing {

        @Test
        void takesTheListenersOffThePools() throws Exception {
            SimpleMeterRegistry registry = new SimpleMeterRegistry();
            try (GreenPool shared = new GreenPool(3)) {
                bare.withBean(MeterRegistry.class, () -> registry, definition -> definition.setDestroyMethodName(""))
                        .withBean("api", GreenPool.class, () -> shared,
                                definition -> definition.setDestroyMethodName(""))
                        .run(context -> {
                            context.getBean(GreenPoolMetrics.class).bindTo(registry);
                            shared.spawn(() -> "seen").await();
                        });
                shared.spawn(() -> "unseen").await();
            }
            assertThat(timed(registry, "run")).isEqualTo(1);
            registry.close();
        }

        @Test
        void ofOneContextLeavesThatOfAnotherAlone() {
            with(runner, (pool, registry) -> {
                GreenPoolMetrics other = new GreenPoolMetrics(new GreenPools(
                        new StaticListableBeanFactory(
                                Map.of("api", pool))));
                other.bindTo(new SimpleMeterRegistry());
                other.close();
                pool.spawn(() -> "seen").await();
                assertThat(timed(registry, "run")).isEqualTo(1);
            });
        }
    }
}
