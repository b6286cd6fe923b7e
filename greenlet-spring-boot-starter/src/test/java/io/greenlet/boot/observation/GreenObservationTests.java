package io.greenlet.boot.observation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.greenlet.GreenThread;
import io.greenlet.GreenletExit;
import io.greenlet.boot.Eventually;
import io.greenlet.boot.GreenAsync;
import io.greenlet.boot.GreenPoolAutoConfiguration;
import io.greenlet.boot.GreenPoolCustomizer;
import io.greenlet.boot.async.GreenAsyncAutoConfiguration;
import io.greenlet.boot.context.GreenContextAutoConfiguration;
import io.greenlet.boot.context.GreenContextPropagationAutoConfiguration;
import io.greenlet.boot.context.GreenMdcAutoConfiguration;
import io.greenlet.boot.metrics.GreenPoolMetricsAutoConfiguration;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.RejectedSubmission;
import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

@Timeout(60)
class GreenObservationTests {

    private final ApplicationContextRunner bare = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(GreenPoolAutoConfiguration.class, GreenAsyncAutoConfiguration.class,
                            GreenContextAutoConfiguration.class, GreenContextPropagationAutoConfiguration.class,
                            GreenMdcAutoConfiguration.class, GreenObservationAutoConfiguration.class))
            .withPropertyValues("greenlet.pools.api.size=1", "greenlet.observations.enabled=true",
                    "greenlet.shutdown-grace=0");
    private final ApplicationContextRunner runner = bare
            .withBean(ObservationRegistry.class, GreenObservationTests::registry)
            .withBean(Journal.class);

    private static ObservationRegistry registry() {
        return ObservationRegistry.create();
    }

    /// What has been observed to its end.
    static final class Journal implements ObservationHandler<GreenTaskContext> {

        private final BlockingQueue<GreenTaskContext> ended = new LinkedBlockingQueue<>();

        Journal(ObservationRegistry registry) {
            registry.observationConfig().observationHandler(this);
        }

        @Override
        public void onStop(GreenTaskContext context) {
            ended.add(context);
        }

        @Override
        public boolean supportsContext(Observation.Context context) {
            return context instanceof GreenTaskContext;
        }

        /// Such as `greenlet.task.run completed in report`.
        List<String> lines() {
            return ended.stream().map(Journal::line).toList();
        }

        private static String line(GreenTaskContext context) {
            KeyValue outcome = Objects.requireNonNull(context.getLowCardinalityKeyValue("outcome"));
            var parent = context.getParentObservation();
            return context.getName() + ' ' + outcome.getValue()
                    + (parent == null ? "" : " in " + parent.getContextView().getName());
        }

        GreenTaskContext only() {
            assertThat(ended).hasSize(1);
            return ended.element();
        }
    }

    interface Body {
        void run(GreenPool pool, Journal journal, ObservationRegistry registry) throws Exception;
    }

    private static void with(ApplicationContextRunner runner, Body body) {
        runner.run(context -> {
            assertThat(context).hasNotFailed();
            GreenPool pool = context.getBean("api", GreenPool.class);
            body.run(pool, context.getBean(Journal.class), context.getBean(ObservationRegistry.class));
            pool.resize(10);
            assertThat(pool.waitAll(Duration.ofSeconds(30))).isTrue();
            assertThat(context.getBean(TaskObservations.class).open()).isZero();
        });
    }

    private void with(Body body) {
        with(runner, body);
    }

    private static <T> T in(String name, ObservationRegistry registry, Callable<T> action)
            throws Exception {
        Observation observation = Observation.start(name, registry);
        try (Observation.Scope _ = observation.openScope()) {
            return action.call();
        } finally {
            observation.stop();
        }
    }

    private static String current(ObservationRegistry registry) {
        Observation current = registry.getCurrentObservation();
        return current == null ? "none" : String.valueOf(current.getContextView().getName());
    }

    @Nested
    class Conditions {

        @Test
        void offUnlessEnabled() {
            runner.withPropertyValues("greenlet.observations.enabled=false")
                    .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(TaskObservations.class));
        }

        @Test
        void withoutARegistryThereIsNothing() {
            bare.run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(TaskObservations.class));
        }

        @Test
        void withoutPoolsThereIsNothing() {
            new ApplicationContextRunner()
                    .withConfiguration(AutoConfigurations.of(GreenObservationAutoConfiguration.class))
                    .withPropertyValues("greenlet.observations.enabled=true")
                    .withBean(ObservationRegistry.class, GreenObservationTests::registry)
                    .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(TaskObservations.class));
        }

        @Test
        void withoutMicrometerThereIsNothing() {
            bare.withClassLoader(new FilteredClassLoader("io.micrometer"))
                    .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean("greenTaskObservations"));
        }

        @Test
        void withBootsRegistryThereIs() {
            bare.withConfiguration(AutoConfigurations.of(ObservationAutoConfiguration.class))
                    .run(context -> assertThat(context).hasNotFailed().hasSingleBean(TaskObservations.class));
        }

        @Test
        void aPoolThatTheApplicationMakesItselfIsNotObserved() {
            runner.withBean("mine", GreenPool.class, () -> new GreenPool(3)).run(context -> {
                context.getBean("mine", GreenPool.class).spawn(() -> 1).await();
                assertThat(context.getBean(Journal.class).lines()).isEmpty();
            });
        }
    }

    @Nested
    class ARun {

        @Test
        void isAChildOfWhatItsSpawnerObservesAndInScopeInTheBody() {
            with((pool, journal, registry) -> {
                String seen = in("report", registry, () -> pool.spawn(() -> current(registry)).await());
                assertThat(seen).isEqualTo("greenlet.task.run");
                assertThat(journal.lines()).containsExactly("greenlet.task.run completed in report");
            });
        }

        @Test
        void isSoWhereContextIsNotPropagated() {
            with(runner.withPropertyValues("greenlet.pools.api.propagate-context=false"),
                    (pool, journal, registry) -> {
                        String seen = in("report", registry, () -> pool.spawn(() -> current(registry)).await());
                        assertThat(seen).isEqualTo("greenlet.task.run");
                        assertThat(journal.lines()).containsExactly("greenlet.task.run completed in report");
                    });
        }

        @Test
        void hasNoParentWhereItsSpawnerObservesNothing() {
            with((pool, journal, registry) -> {
                pool.spawn(() -> 1).await();
                assertThat(journal.lines()).containsExactly("greenlet.task.run completed");
                assertThat(registry.getCurrentObservation()).isNull();
            });
        }

        @Test
        void namesThePoolAndTheTask() {
            with((pool, journal, _) -> {
                GreenThread<Integer> task = pool.spawn(() -> 1);
                task.await();
                GreenTaskContext context = journal.only();
                assertThat(context.getContextualName()).isEqualTo("api run");
                assertThat(context.getLowCardinalityKeyValues())
                        .containsExactlyInAnyOrder(KeyValue.of("pool", "api"), KeyValue.of("outcome", "completed"));
                assertThat(context.getHighCardinalityKeyValues()).containsExactly(KeyValue.of("task", task.name()));
                assertThat(context.task()).isSameAs(task);
                assertThat(context.pool()).isSameAs(pool);
                assertThat(context.outcome()).isEqualTo("completed");
            });
        }

        @Test
        void thatFailsHasTheErrorOfItsBody() {
            with((pool, journal, _) -> {
                IOException error = new IOException("no route");
                GreenThread<Object> task = pool.spawn(() -> {
                    throw error;
                });
                assertThatThrownBy(task::await).isInstanceOf(CompletionException.class).hasCause(error);
                assertThat(journal.lines()).containsExactly("greenlet.task.run failed");
                assertThat(journal.only().getError()).isSameAs(error);
            });
        }

        @Test
        void thatIsKilledOrTooSlowSaysSo() {
            with(runner.withPropertyValues("greenlet.pools.api.task-timeout=50ms"), (pool, journal, _) -> {
                GreenThread<@Nullable Void> slow = pool.spawn(() -> {
                    new CountDownLatch(1).await();
                    return null;
                });
                assertThatThrownBy(slow::await).isInstanceOf(CompletionException.class);
                CountDownLatch begun = new CountDownLatch(1);
                pool.reconfigure(now -> now.withTaskTimeout(null));
                GreenThread<@Nullable Void> killed = pool.spawn(() -> {
                    begun.countDown();
                    new CountDownLatch(1).await();
                    return null;
                });
                begun.await();
                killed.kill();
                assertThatThrownBy(killed::await).isInstanceOf(GreenletExit.class);
                assertThat(journal.lines()).containsExactly("greenlet.task.run timed-out",
                        "greenlet.task.run killed");
            });
        }

        @Test
        void inPlaceIsAChildOfTheRunAroundIt() {
            with((pool, journal, registry) -> {
                List<String> seen = pool.spawn(() -> {
                    String inner = pool.spawn(() -> current(registry)).await();
                    return List.of(inner, current(registry));
                }).await();
                assertThat(seen).containsOnly("greenlet.task.run");
                assertThat(journal.lines()).containsExactly("greenlet.task.run completed in greenlet.task.run",
                        "greenlet.task.run completed");
            });
        }

        @Test
        void inItsCallerIsOneToo() {
            with(runner.withPropertyValues("greenlet.pools.api.when-full=caller-runs"), (pool, journal, registry) -> {
                pool.resize(0);
                assertThat(in("report", registry, () -> {
                    assertThat(pool.spawn(() -> current(registry)).await()).isEqualTo("greenlet.task.run");
                    return current(registry);
                })).isEqualTo("report");
                assertThat(journal.lines()).containsExactly("greenlet.task.run completed in report");
            });
        }

        @Test
        void isWithinEveryOtherDecorator() {
            BlockingQueue<String> around = new LinkedBlockingQueue<>();
            with(runner.withBean(GreenPoolCustomizer.class, () -> options -> options.withDecorator(body -> () -> {
                around.add("begins");
                body.run();
                around.add("ends");
            })), (pool, journal, registry) -> {
                assertThat(pool.spawn(() -> current(registry)).await()).isEqualTo("greenlet.task.run");
                assertThat(around).containsExactly("begins", "ends");
                assertThat(journal.lines()).hasSize(1);
            });
        }

        @Test
        void ofAMonoIsAChildOfWhatTheSubscribersContextHas() {
            runner.withBean(Service.class).run(context -> {
                ObservationRegistry registry = context.getBean(ObservationRegistry.class);
                Observation request = Observation.start("request", registry);
                String seen = context.getBean(Service.class).name(registry)
                        .contextWrite(view -> view.put(ObservationThreadLocalAccessor.KEY, request))
                        .subscribeOn(Schedulers.parallel()).block();
                assertThat(seen).isEqualTo("greenlet.task.run");
                assertThat(context.getBean(Journal.class).lines())
                        .containsExactly("greenlet.task.run completed in request");
            });
        }
    }

    @GreenAsync("api")
    static class Service {

        public Mono<String> name(ObservationRegistry registry) {
            return Mono.fromCallable(() -> current(registry));
        }
    }

    @Nested
    class AWait {

        @Test
        void isObservedOfWhatStandsInLine() {
            with((pool, journal, registry) -> {
                pool.resize(0);
                GreenThread<Integer> task = in("report", registry, () -> pool.submit(() -> 1));
                pool.resize(1);
                task.await();
                assertThat(journal.lines()).containsExactly("greenlet.task.wait began in report",
                        "greenlet.task.run completed in report");
                GreenTaskContext wait = journal.ended.element();
                assertThat(wait.getContextualName()).isEqualTo("api wait");
                assertThat(wait.getHighCardinalityKeyValues()).containsExactly(KeyValue.of("task", task.name()));
            });
        }

        @Test
        void isNotObservedOfWhatFindsASlot() {
            with((pool, journal, _) -> {
                pool.submit(() -> 1).await();
                assertThat(journal.lines()).containsExactly("greenlet.task.run completed");
            });
        }

        @Test
        void endsWithAKill() {
            with((pool, journal, _) -> {
                pool.resize(0);
                pool.submit(() -> 1).kill();
                assertThat(journal.lines()).containsExactly("greenlet.task.wait killed");
            });
        }

        @Test
        void endsWhenItsTimeIsOver() {
            with(runner.withPropertyValues("greenlet.pools.api.max-wait=1ms"), (pool, journal, _) -> {
                pool.resize(0);
                assertThatThrownBy(() -> pool.spawn(() -> 1)).isInstanceOf(RejectedSubmission.class);
                assertThat(pool.trySpawn(() -> 1, Duration.ofMillis(1))).isEmpty();
                assertThat(journal.lines()).containsExactly("greenlet.task.wait left", "greenlet.task.wait left");
            });
        }

        @Test
        void endsWhenItsCallerIsInterrupted() {
            with((pool, journal, _) -> {
                pool.resize(0);
                CompletableFuture<Throwable> end = new CompletableFuture<>();
                Thread caller = Thread.ofVirtual().start(() -> {
                    try {
                        pool.spawnN(() -> {});
                    } catch (InterruptedException e) {
                        end.complete(e);
                    }
                });
                Eventually.holds(() -> pool.waiting() == 1);
                caller.interrupt();
                assertThat(end.get()).isInstanceOf(InterruptedException.class);
                assertThat(journal.lines()).containsExactly("greenlet.task.wait left");
            });
        }

        @Test
        void isNotThereForWhatIsRefusedAtOnce() {
            with(runner.withPropertyValues("greenlet.pools.api.when-full=reject"), (pool, journal, _) -> {
                pool.resize(0);
                assertThatThrownBy(() -> pool.spawn(() -> 1)).isInstanceOf(RejectedSubmission.class);
                assertThat(journal.lines()).isEmpty();
            });
        }
    }

    @Nested
    class TheApplicationsOwn {

        @Test
        void conventionsTakeThePlaceOfTheDefaults() {
            with(runner.withBean(GreenRunConvention.class, () -> new GreenRunConvention() {
                @Override
                public String getName() {
                    return "work";
                }
            }).withBean(GreenWaitConvention.class, () -> new GreenWaitConvention() {
                @Override
                public KeyValues getLowCardinalityKeyValues(GreenTaskContext.Wait context) {
                    return GreenWaitConvention.super.getLowCardinalityKeyValues(context).and("zone", "eu");
                }
            }), (pool, journal, _) -> {
                pool.resize(0);
                GreenThread<Integer> task = pool.submit(() -> 1);
                pool.resize(1);
                task.await();
                assertThat(journal.lines()).containsExactly("greenlet.task.wait began", "work completed");
                assertThat(journal.ended.element().getLowCardinalityKeyValue("zone")).isNotNull();
            });
        }

        @Test
        void predicateSwitchesThemOff() {
            with((pool, journal, registry) -> {
                registry.observationConfig().observationPredicate((name, _) -> !name.startsWith("greenlet."));
                pool.resize(0);
                GreenThread<String> task = in("report", registry, () -> pool.submit(() -> current(registry)));
                pool.resize(1);
                assertThat(task.await()).isEqualTo("report");
                assertThat(journal.lines()).isEmpty();
            });
        }
    }

    @Nested
    class Meters {

        @Test
        void areThereBesideThoseOfThePoolsAlsoInPrometheus() {
            bare.withConfiguration(AutoConfigurations.of(MetricsAutoConfiguration.class,
                    GreenPoolMetricsAutoConfiguration.class, ObservationAutoConfiguration.class))
                    .withConfiguration(AutoConfigurations.of(
                            CompositeMeterRegistryAutoConfiguration.class))
                    .withBean(PrometheusMeterRegistry.class,
                            () -> new PrometheusMeterRegistry(PrometheusConfig.DEFAULT))
                    .run(context -> {
                        assertThat(context).hasNotFailed();
                        GreenPool pool = context.getBean("api", GreenPool.class);
                        pool.resize(0);
                        GreenThread<Integer> task = pool.submit(() -> 1);
                        pool.submit(() -> 2).kill();
                        pool.resize(1);
                        task.await();
                        MeterRegistry registry = context.getBean(MeterRegistry.class);
                        assertThat(registry.get("greenlet.task.run").tag("pool", "api").tag("outcome", "completed")
                                .timer().count()).isEqualTo(1);
                        assertThat(registry.get("greenlet.task.wait").tag("pool", "api").tag("outcome", "killed")
                                .timer().count()).isEqualTo(1);
                        assertThat(registry.get("greenlet.pool.run").tag("pool", "api").timer().count()).isEqualTo(1);
                        assertThat(registry.get("greenlet.task.run.active").longTaskTimer().activeTasks()).isZero();
                        String scraped = context.getBean(PrometheusMeterRegistry.class).scrape();
                        assertThat(scraped).contains("greenlet_task_run_seconds_count{",
                                "greenlet_pool_run_seconds_count{",
                                "greenlet_task_wait_seconds_count{", "greenlet_pool_wait_seconds_count{");
                    });
        }
    }
}
