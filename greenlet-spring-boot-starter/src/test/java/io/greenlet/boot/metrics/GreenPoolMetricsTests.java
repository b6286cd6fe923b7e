package io.greenlet.boot.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.greenlet.GreenThread;
import io.greenlet.Hub;
import io.greenlet.SimulatedHub;
import io.greenlet.boot.Eventually;
import io.greenlet.boot.GreenPoolAutoConfiguration;
import io.greenlet.boot.GreenPools;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.RejectedSubmission;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.distribution.HistogramSnapshot;
import io.micrometer.core.instrument.distribution.ValueAtPercentile;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Scope;
import org.springframework.context.support.GenericApplicationContext;

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
                                    "greenlet.pool.running", "greenlet.pool.waiting", "greenlet.pool.queued",
                                    "greenlet.pool.oldest.wait", "greenlet.pool.resizes",
                                    "greenlet.pool.tasks completed",
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
        void showTheLine() {
            with(runner, (pool, registry) -> {
                assertThat(oldestWait(registry)).isZero();
                pool.resize(0);
                GreenThread<String> task = pool.submit(() -> "done");
                Thread caller = Thread.ofVirtual().start(() -> {
                    try {
                        pool.spawnN(() -> {});
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
                Eventually.holds(() -> pool.waiting() == 2);
                assertThat(gauge(registry, "queued")).isEqualTo(1);
                Eventually.holds(() -> oldestWait(registry) > 0.001); // seconds
                assertThat(oldestWait(registry)).isLessThanOrEqualTo(seconds(pool.snapshot().oldestWait()));
                pool.resize(2);
                task.await();
                caller.join();
                assertThat(gauge(registry, "queued")).isZero();
                assertThat(oldestWait(registry)).isZero();
            });
        }

        private static double oldestWait(MeterRegistry registry) {
            return registry.get("greenlet.pool.oldest.wait").tag("pool", "api").timeGauge().value(TimeUnit.SECONDS);
        }

        private static double seconds(Duration duration) {
            return duration.toNanos() / 1e9;
        }

        @Test
        void countResizes() {
            with(runner, (pool, registry) -> {
                pool.resize(5);
                pool.resize(5);
                pool.reconfigure(now -> now.withSize(1));
                pool.reconfigure(now -> now.withQueueCapacity(1));
                assertThat(registry.get("greenlet.pool.resizes").tag("pool", "api").counter().count()).isEqualTo(2);
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
    class OnASimulatedHub {

        @Test
        void runsThatTakeNoTimeCount() {
            runner.withBean("greenletHub", SimulatedHub.class, () -> Hub.simulated(1)).run(context -> {
                GreenPool pool = context.getBean("api", GreenPool.class);
                MeterRegistry registry = context.getBean(MeterRegistry.class);
                pool.resize(1);
                GreenThread<String> task = pool.submit(() -> "done");
                pool.submit(() -> "never").kill();
                context.getBean(SimulatedHub.class).run();
                assertThat(task.resultNow()).isEqualTo("done");
                assertThat(tasks(registry, "completed")).isEqualTo(1);
                assertThat(tasks(registry, "killed")).isEqualTo(1);
                assertThat(timed(registry, "run")).isEqualTo(1);
            });
        }
    }

    @Nested
    class Distributions {

        private final ApplicationContextRunner prometheus = runner.withBean(PrometheusMeterRegistry.class,
                () -> new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));

        private HistogramSnapshot waits(MeterRegistry registry) {
            return registry.get("greenlet.pool.wait").tag("pool", "api").timer().takeSnapshot();
        }

        @Test
        void areThoseOfTheProperties() {
            with(prometheus.withPropertyValues(
                    "management.metrics.distribution.percentiles-histogram.greenlet.pool.wait=true",
                    "management.metrics.distribution.slo.greenlet.pool.run=100ms,1s",
                    "management.metrics.distribution.percentiles.greenlet.pool.run=0.5,0.99"), (pool, registry) -> {
                        pool.spawn(() -> "done").await();
                        assertThat(waits(registry).histogramCounts()).hasSizeGreaterThan(20);
                        HistogramSnapshot runs = registry.get("greenlet.pool.run").tag("pool", "api").timer()
                                .takeSnapshot();
                        assertThat(runs.histogramCounts()).extracting(count -> count.bucket(TimeUnit.MILLISECONDS))
                                .containsExactly(100.0, 1000.0);
                        assertThat(runs.percentileValues()).extracting(ValueAtPercentile::percentile)
                                .containsExactly(0.5, 0.99);
                    });
        }

        @Test
        void areNotThereUnlessAskedFor() {
            with(prometheus, (_, registry) -> assertThat(waits(registry).histogramCounts()).isEmpty());
        }
    }

    @Nested
    class Late {

        @Configuration(proxyBeanMethods = false)
        static class Config {

            /// What it is shows when it is made.
            @Bean
            @Lazy
            Object late() {
                return new GreenPool(3);
            }

            @Bean
            @Scope("prototype")
            GreenPool everyTime() {
                return new GreenPool(4);
            }
        }

        private static void isMetered(MeterRegistry registry, String name, GreenPool pool) throws Exception {
            assertThat(registry.get("greenlet.pool.size").tag("pool", name).gauge().value()).isEqualTo(pool.size());
            pool.spawn(() -> "done").await();
            assertThat(registry.get("greenlet.pool.run").tag("pool", name).timer().count()).isEqualTo(1);
        }

        @Test
        void lazyPoolsAreMetered() {
            runner.withUserConfiguration(Config.class).run(context -> {
                MeterRegistry registry = context.getBean(MeterRegistry.class);
                assertThat(registry.find("greenlet.pool.size").tag("pool", "late").gauge()).isNull();
                isMetered(registry, "late", (GreenPool) context.getBean("late"));
            });
        }

        @Test
        void poolsThatAreDefinedWhileTheApplicationRunsAreMetered() {
            runner.run(context -> {
                ((GenericApplicationContext) context.getSourceApplicationContext()).registerBean("more",
                        GreenPool.class, () -> new GreenPool(5));
                isMetered(context.getBean(MeterRegistry.class), "more", context.getBean("more", GreenPool.class));
            });
        }

        @Test
        void everyPoolIsMeteredOnceWithLazyInitialization() {
            with(runner.withInitializer(context -> context
                    .addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor())),
                    (pool, registry) -> isMetered(registry, "api", pool));
        }

        @Test
        void thoseThatAreAnotherForEveryUseAreNot() {
            runner.withUserConfiguration(Config.class).run(context -> {
                context.getBean("everyTime", GreenPool.class).close();
                assertThat(context.getBean(MeterRegistry.class).find("greenlet.pool.size").tag("pool", "everyTime")
                        .gauge()).isNull();
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
