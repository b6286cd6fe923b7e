package io.greenlet.boot.context;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.GreenThread;
import io.greenlet.boot.Eventually;
import io.greenlet.boot.GreenAsync;
import io.greenlet.boot.GreenPoolAutoConfiguration;
import io.greenlet.boot.GreenPoolCustomizer;
import io.greenlet.boot.async.GreenAsyncAutoConfiguration;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolOptions;
import io.micrometer.context.ContextRegistry;
import io.micrometer.context.ContextSnapshotFactory;
import io.micrometer.context.integration.Slf4jThreadLocalAccessor;
import io.micrometer.observation.Observation;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.MDC;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.core.task.TaskDecorator;
import org.springframework.core.task.support.ContextPropagatingTaskDecorator;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextImpl;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/// What of a spawner's context arrives in its task, and that nothing of a task's is left anywhere.
@Timeout(60)
class GreenContextTests {

    private static final Tracing TRACING = new Tracing();

    private final ApplicationContextRunner bare = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(GreenPoolAutoConfiguration.class,
                    GreenAsyncAutoConfiguration.class, GreenContextAutoConfiguration.class,
                    GreenContextPropagationAutoConfiguration.class, GreenMdcAutoConfiguration.class))
            .withPropertyValues("greenlet.pools.api.size=1", "greenlet.shutdown-grace=0");
    private final ApplicationContextRunner runner = bare.withBean(Service.class);

    /// What a thread has.
    ///
    /// @param mdc the MDC
    /// @param span the span in scope
    /// @param user who is logged in
    record Seen(Map<String, String> mdc, @Nullable String span, @Nullable String user) {

        static final Seen NOTHING = new Seen(Map.of(), null, null);

        static Seen now() {
            Map<String, String> mdc = MDC.getCopyOfContextMap();
            Authentication user = SecurityContextHolder.getContext().getAuthentication();
            return new Seen(mdc == null ? Map.of() : mdc, TRACING.span(), user == null ? null : user.getName());
        }

        /// What [#as] gives.
        static Seen of(String user, Observation observation) {
            return observation.scoped(() -> new Seen(
                    Map.of("user", user, "traceId", MDC.get("traceId"), "spanId", MDC.get("spanId")), TRACING.span(),
                    user));
        }
    }

    /// Runs something with a user in the MDC and in Spring Security's context, and a span.
    private static <T> T as(String user, Observation observation, Callable<T> action) throws Exception {
        MDC.put("user", user);
        SecurityContextHolder.setContext(new SecurityContextImpl(new TestingAuthenticationToken(user, "")));
        try (Observation.Scope _ = observation.openScope()) {
            return action.call();
        } finally {
            MDC.clear();
            SecurityContextHolder.clearContext();
        }
    }

    private static <T> T as(String user, Callable<T> action) throws Exception {
        return as(user, TRACING.start(user), action);
    }

    /// Leaves dirt in every place.
    private static Seen seenAndSpoilt() {
        Seen seen = Seen.now();
        MDC.put("dirt", "left");
        MDC.remove("user");
        SecurityContextHolder.setContext(new SecurityContextImpl(new TestingAuthenticationToken("dirt", "")));
        return seen;
    }

    /// All six kinds of results.
    @GreenAsync("api")
    static class Service {

        private final BlockingQueue<Seen> told = new LinkedBlockingQueue<>();

        BlockingQueue<Seen> told() {
            return told;
        }

        public void nothing() {
            told.add(seenAndSpoilt());
        }

        public Future<Seen> future() {
            return CompletableFuture.completedFuture(seenAndSpoilt());
        }

        public CompletionStage<Seen> stage() {
            return CompletableFuture.completedStage(seenAndSpoilt());
        }

        public CompletableFuture<Seen> completable() {
            return CompletableFuture.completedFuture(seenAndSpoilt());
        }

        public GreenThread<Seen> greenThread() {
            return GreenThread.completed(seenAndSpoilt());
        }

        public Mono<Seen> mono() {
            return Mono.just(seenAndSpoilt());
        }

        public Mono<List<Seen>> monoTwice() {
            Seen method = Seen.now();
            return Mono.fromCallable(() -> List.of(method, seenAndSpoilt()));
        }

        public Flux<Seen> flux() {
            return Flux.just(seenAndSpoilt());
        }

        public Flux<Seen> fluxTwice() {
            Seen method = Seen.now();
            return Flux.concat(Mono.just(method), Mono.fromCallable(GreenContextTests::seenAndSpoilt));
        }
    }

    interface Body {
        void run(Service service, GreenPool pool) throws Exception;
    }

    interface PoolBody {
        void run(GreenPool pool) throws Exception;
    }

    private static void with(ApplicationContextRunner runner, Body body) {
        runner.run(context -> withPool(context, pool -> body.run(context.getBean(Service.class), pool)));
    }

    private static void withPool(ApplicationContextRunner runner, PoolBody body) {
        runner.run(context -> withPool(context, body));
    }

    private static void withPool(AssertableApplicationContext context, PoolBody body) throws Exception {
        assertThat(context).hasNotFailed();
        GreenPool pool = context.getBean("api", GreenPool.class);
        body.run(pool);
        pool.resize(10);
        assertThat(pool.waitAll(Duration.ofSeconds(30))).isTrue();
    }

    @AfterAll
    static void close() {
        TRACING.close();
    }

    @BeforeEach
    @AfterEach
    void thisThreadHasNothing() {
        assertThat(Seen.now()).isEqualTo(Seen.NOTHING);
        SecurityContextHolder.clearContext();
    }

    @Nested
    class SixReturnTypes {

        interface Call {
            @Nullable Seen from(Service service) throws Exception;
        }

        private void alternating(Call call) {
            with(runner, (service, pool) -> {
                for (int round = 0; round < 50; round++) {
                    String user = "user-" + round;
                    Observation observation = TRACING.start(user);
                    assertThat(as(user, observation, () -> call.from(service)))
                            .isEqualTo(Seen.of(user, observation));
                    observation.stop();
                    assertThat(Seen.now()).isEqualTo(Seen.NOTHING);
                    assertThat(call.from(service)).isEqualTo(Seen.NOTHING);
                    assertThat(Seen.now()).isEqualTo(Seen.NOTHING);
                }
                assertThat(pool.snapshot().spawned()).isEqualTo(100);
            });
        }

        @Test
        void ofVoid() {
            alternating(service -> {
                service.nothing();
                return service.told().take();
            });
        }

        @Test
        void ofAFuture() {
            alternating(service -> service.future().get());
        }

        @Test
        void ofACompletionStage() {
            alternating(service -> service.stage().toCompletableFuture().get());
        }

        @Test
        void ofACompletableFuture() {
            alternating(service -> service.completable().get());
        }

        @Test
        void ofAGreenThread() {
            alternating(service -> service.greenThread().await());
        }

        @Test
        void ofAMono() {
            alternating(service -> service.mono().block());
        }

        @Test
        void ofAFlux() {
            alternating(service -> service.flux().blockLast());
        }

        @Test
        void manyAtOnceEachHaveTheirOwn() {
            with(runner.withPropertyValues("greenlet.pools.api.when-full=queue"), (service, _) -> {
                List<CompletableFuture<Seen>> seen = new ArrayList<>();
                List<Seen> expected = new ArrayList<>();
                for (int task = 0; task < 100; task++) {
                    String user = "user-" + task;
                    Observation observation = TRACING.start(user);
                    seen.add(as(user, observation, service::completable));
                    expected.add(Seen.of(user, observation));
                    seen.add(service.completable());
                    expected.add(Seen.NOTHING);
                }
                assertThat(seen).extracting(future -> future.get()).isEqualTo(expected);
            });
        }
    }

    /// Where the subscriber has what is to arrive in its context, as on an event loop, and the thread has nothing.
    @Nested
    class ReactorsContext {

        private final Observation observation = TRACING.start("request");
        private final @Nullable String span = Seen.of("", observation).span();

        private <T> T subscribedElsewhere(Mono<T> mono) {
            T result = mono.contextWrite(context -> context.put(ObservationThreadLocalAccessor.KEY, observation))
                    .subscribeOn(Schedulers.parallel()).block();
            return Objects.requireNonNull(result);
        }

        private void arrives() {
            with(runner, (service, _) -> {
                for (int round = 0; round < 20; round++) {
                    assertThat(subscribedElsewhere(service.monoTwice())).extracting(Seen::span)
                            .containsExactly(span, span);
                    assertThat(subscribedElsewhere(service.fluxTwice().collectList())).extracting(Seen::span)
                            .containsExactly(span, span);
                    assertThat(service.fluxTwice().collectList().block()).containsOnly(Seen.NOTHING);
                    assertThat(service.monoTwice().subscribeOn(Schedulers.parallel()).block())
                            .containsOnly(Seen.NOTHING);
                }
            });
        }

        @Test
        void arrivesWhenPropagationIsLimited() {
            arrives();
        }

        @Test
        void arrivesWhenPropagationIsAutomatic() {
            Hooks.enableAutomaticContextPropagation();
            try {
                arrives();
            } finally {
                Hooks.disableAutomaticContextPropagation();
            }
        }

        @Test
        void arrivesInATaskThatRunsInPlace() {
            with(runner, (service, pool) -> pool.spawn(() -> {
                assertThat(service.monoTwice()
                        .contextWrite(context -> context.put(ObservationThreadLocalAccessor.KEY, observation))
                        .block()).extracting(Seen::span).containsExactly(span, span);
                assertThat(TRACING.span()).isNull();
                return true;
            }).await());
        }
    }

    @Nested
    class InPlace {

        @Test
        void theCallerHasItsOwnBackAfterItRanTheTaskItself() {
            withPool(runner.withPropertyValues("greenlet.pools.api.when-full=caller-runs"), pool -> {
                pool.resize(0);
                Observation observation = TRACING.start("ada");
                as("ada", observation, () -> {
                    Seen mine = Seen.now();
                    assertThat(pool.spawn(GreenContextTests::seenAndSpoilt).await()).isEqualTo(mine);
                    assertThat(Seen.now()).isEqualTo(mine).isEqualTo(Seen.of("ada", observation));
                    return true;
                });
                assertThat(pool.spawn(GreenContextTests::seenAndSpoilt).await()).isEqualTo(Seen.NOTHING);
                assertThat(Seen.now()).isEqualTo(Seen.NOTHING);
            });
        }

        @Test
        void aTaskHasItsOwnBackAfterItRanAnotherThatItSpawned() {
            withPool(runner, pool -> {
                Observation observation = TRACING.start("ada");
                Seen afterwards = as("ada", observation, () -> pool.spawn(() -> {
                    MDC.put("step", "1");
                    Seen inner = pool.spawn(GreenContextTests::seenAndSpoilt).await();
                    assertThat(inner.mdc()).containsEntry("step", "1").containsEntry("user", "ada");
                    MDC.remove("step");
                    return Seen.now();
                }).await());
                assertThat(afterwards).isEqualTo(Seen.of("ada", observation));
            });
        }

        @Test
        void aTaskThatAwaitsAnothersTaskInLineRunsItWithTheOthersContextAndHasItsOwnBack() {
            withPool(runner, pool -> {
                Observation adas = TRACING.start("ada");
                Observation bobs = TRACING.start("bob");
                BlockingQueue<GreenThread<Seen>> others = new LinkedBlockingQueue<>();
                GreenThread<List<Seen>> ada = as("ada", adas, () -> pool.spawn(() -> {
                    Seen bob = others.take().await();
                    return List.of(bob, Seen.now());
                }));
                others.add(as("bob", bobs, () -> pool.submit(GreenContextTests::seenAndSpoilt)));
                assertThat(ada.await()).containsExactly(Seen.of("bob", bobs), Seen.of("ada", adas));
            });
        }

        @Test
        void ofASpawnerWithNothingATaskHasNothing() {
            withPool(runner, pool -> {
                Observation adas = TRACING.start("ada");
                BlockingQueue<GreenThread<Seen>> others = new LinkedBlockingQueue<>();
                GreenThread<List<Seen>> ada = as("ada", adas, () -> pool.spawn(() -> {
                    Seen none = others.take().await();
                    return List.of(none, Seen.now());
                }));
                others.add(pool.submit(GreenContextTests::seenAndSpoilt));
                assertThat(ada.await()).containsExactly(Seen.NOTHING, Seen.of("ada", adas));
            });
        }
    }

    @Nested
    class StartedByAnother {

        @Test
        void aTaskFromTheLineHasItsSpawnersContext() {
            withPool(runner, pool -> {
                CountDownLatch gate = new CountDownLatch(1);
                GreenThread<Seen> holder = as("ada", () -> pool.spawn(() -> {
                    gate.await();
                    return seenAndSpoilt();
                }));
                Observation bobs = TRACING.start("bob");
                GreenThread<Seen> bob = as("bob", bobs, () -> pool.submit(GreenContextTests::seenAndSpoilt));
                GreenThread<Seen> nobody = pool.submit(GreenContextTests::seenAndSpoilt);
                gate.countDown(); // now ada's thread starts bob's task, and that nobody's
                holder.await();
                assertThat(bob.await()).isEqualTo(Seen.of("bob", bobs));
                assertThat(nobody.await()).isEqualTo(Seen.NOTHING);
            });
        }

        @Test
        void aCallerThatWaitedHasSo() {
            withPool(runner, pool -> {
                CountDownLatch gate = new CountDownLatch(1);
                GreenThread<Boolean> holder = as("ada", () -> pool.spawn(() -> {
                    gate.await();
                    return true;
                }));
                Observation bobs = TRACING.start("bob");
                CompletableFuture<Seen> bob = new CompletableFuture<>();
                Thread caller = Thread.ofVirtual().start(() -> {
                    try {
                        bob.complete(as("bob", bobs, () -> pool.spawn(GreenContextTests::seenAndSpoilt).await()));
                    } catch (Exception e) {
                        bob.completeExceptionally(e);
                    }
                });
                Eventually.holds(() -> pool.waiting() == 1);
                gate.countDown();
                holder.await();
                assertThat(bob.get()).isEqualTo(Seen.of("bob", bobs));
                caller.join();
            });
        }
    }

    @Nested
    class Decorators {

        static final class Notes {
            final BlockingQueue<String> notes = new LinkedBlockingQueue<>();

            Runnable around(String name, Runnable body) {
                notes.add(name + " decorates");
                return () -> {
                    notes.add(name + " begins with user " + MDC.get("user"));
                    body.run();
                    notes.add(name + " ends");
                };
            }
        }

        @Configuration(proxyBeanMethods = false)
        static class Config {

            @Bean
            Notes notes() {
                return new Notes();
            }

            @Bean
            @Order(2)
            TaskDecorator second(Notes notes) {
                return body -> notes.around("second", body);
            }

            @Bean
            @Order(1)
            TaskDecorator first(Notes notes) {
                return body -> notes.around("first", body);
            }

            @Bean
            GreenPoolCustomizer customizer(Notes notes) {
                return options -> options.withDecorator(body -> notes.around("own of " + options.name(), body));
            }
        }

        @Test
        void ofBeansAreComposedInTheirOrderAroundThatOfACustomizerAndHaveTheContext() {
            runner.withUserConfiguration(Config.class).run(context -> {
                GreenPool pool = context.getBean("api", GreenPool.class);
                as("ada", () -> pool.spawn(() -> "done").await());
                assertThat(context.getBean(Notes.class).notes).containsExactly("own of api decorates",
                        "first decorates", "second decorates", "second begins with user ada",
                        "first begins with user ada", "own of api begins with user ada", "own of api ends",
                        "first ends", "second ends");
            });
        }

        @Test
        void areLeftOutWhereTheSwitchIsOff() {
            runner.withUserConfiguration(Config.class).withPropertyValues("greenlet.pools.api.propagate-context=false")
                    .run(context -> {
                        GreenPool pool = context.getBean("api", GreenPool.class);
                        as("ada", () -> pool.spawn(() -> "done").await());
                        assertThat(context.getBean(Notes.class).notes).containsExactly("own of api decorates",
                                "own of api begins with user null", "own of api ends");
                    });
        }

        @Test
        void workWithoutContextPropagation() {
            bare.withUserConfiguration(Config.class)
                    .withClassLoader(new FilteredClassLoader("io.micrometer.context")).run(context -> {
                        GreenPool pool = context.getBean("api", GreenPool.class);
                        as("ada", () -> pool.spawn(() -> "done").await());
                        assertThat(context.getBean(Notes.class).notes).hasSize(9)
                                .contains("second begins with user null");
                    });
        }
    }

    @Nested
    class BootsDecorator {

        private final ApplicationContextRunner propagating = runner
                .withConfiguration(AutoConfigurations.of(TaskExecutionAutoConfiguration.class))
                .withPropertyValues("spring.task.execution.propagate-context=true");

        private int scopesOfATask(ApplicationContextRunner runner) {
            int[] opened = new int[1];
            withPool(runner, pool -> {
                Observation observation = TRACING.start("ada");
                int before = TRACING.scopes.get();
                assertThat(as("ada", observation, () -> pool.spawn(GreenContextTests::seenAndSpoilt).await()))
                        .isEqualTo(Seen.of("ada", observation));
                opened[0] = TRACING.scopes.get() - before;
            });
            return opened[0];
        }

        @Test
        void isNotAppliedTwice() {
            assertThat(scopesOfATask(propagating)).isEqualTo(scopesOfATask(runner)).isEqualTo(1);
        }

        @Test
        void madeByTheApplicationIsAppliedAndDoesNoHarm() {
            assertThat(scopesOfATask(runner.withBean(TaskDecorator.class,
                    () -> new ContextPropagatingTaskDecorator(
                            ContextSnapshotFactory.builder().build()))))
                    .isEqualTo(2);
        }

        @Test
        void isStillThereForSpringsExecutors() {
            propagating.run(context -> assertThat(context).hasSingleBean(TaskDecorator.class));
            runner.run(context -> assertThat(context).doesNotHaveBean(TaskDecorator.class));
        }
    }

    @Nested
    class TheSwitch {

        @Test
        void offForAPoolKeepsEverythingFromItsTasks() {
            with(runner.withPropertyValues("greenlet.pools.api.propagate-context=false"), (service, _) -> {
                assertThat(as("ada", () -> service.completable().get())).isEqualTo(Seen.NOTHING);
                assertThat(as("ada", () -> service.mono().block())).isEqualTo(Seen.NOTHING);
            });
        }

        @Test
        void isForOnePool() {
            runner.withPropertyValues("greenlet.pools.other.propagate-context=false").run(context -> {
                GreenPool other = context.getBean("other", GreenPool.class);
                GreenPool fallback = context.getBean("default", GreenPool.class);
                Seen seen = as("ada", () -> other.spawn(Seen::now).await());
                assertThat(seen).isEqualTo(Seen.NOTHING);
                assertThat(as("ada", () -> fallback.spawn(Seen::now).await()).user()).isEqualTo("ada");
            });
        }

        @Test
        void offLeavesThePoolUndecorated() {
            withPool(runner.withPropertyValues("greenlet.pools.api.propagate-context=false"),
                    pool -> assertThat(pool.options().decorator())
                            .isSameAs(PoolOptions.named("any").decorator()));
        }

        @Test
        void mayBeSpeltAsBootAllows() {
            with(runner.withSystemProperties("greenlet.pools.api.propagateContext=false"),
                    (service, _) -> assertThat(as("ada", () -> service.completable().get()))
                            .isEqualTo(Seen.NOTHING));
        }
    }

    @Nested
    class Conditions {

        @Test
        void withNothingToPropagateAPoolIsUndecorated() {
            withPool(bare.withClassLoader(new FilteredClassLoader("io.micrometer.context")), pool -> {
                assertThat(pool.options().decorator()).isSameAs(PoolOptions.named("any").decorator());
                assertThat(as("ada", () -> pool.spawn(Seen::now).await())).isEqualTo(Seen.NOTHING);
            });
        }

        @Test
        void withoutSlf4jTheRestArrives() {
            withPool(bare.withClassLoader(new FilteredClassLoader("org.slf4j")), pool -> {
                Seen seen = as("ada", () -> pool.spawn(Seen::now).await());
                assertThat(seen.user()).isEqualTo("ada");
                assertThat(seen.mdc()).doesNotContainKey("user").containsKey("spanId");
            });
        }

        @Test
        void withoutPoolsThereIsNothing() {
            new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(GreenContextAutoConfiguration.class))
                    .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(ContextPart.class));
        }

        @Test
        void aSnapshotFactoryOfTheApplicationsIsUsed() {
            with(runner.withBean(ContextSnapshotFactory.class, () -> ContextSnapshotFactory.builder()
                    .captureKeyPredicate(ObservationThreadLocalAccessor.KEY::equals).build()), (service, _) -> {
                        Seen seen = as("ada", () -> service.completable().get());
                        assertThat(seen.span()).isNotNull();
                        assertThat(seen.user()).isNull();
                    });
        }

        @Test
        void nothingIsRegisteredForTheWholeJvm() {
            List<?> before = List.copyOf(ContextRegistry.getInstance().getThreadLocalAccessors());
            with(runner, (service, _) -> service.completable().get());
            assertThat(ContextRegistry.getInstance().getThreadLocalAccessors()).isEqualTo(before);
        }
    }

    @Nested
    class AnAccessorOfTheApplicationsForTheMdc {

        private void registered(Slf4jThreadLocalAccessor accessor, Body body) {
            ContextRegistry.getInstance().registerThreadLocalAccessor(accessor);
            try {
                with(runner.withPropertyValues("greenlet.pools.api.when-full=caller-runs"), body);
            } finally {
                ContextRegistry.getInstance().removeThreadLocalAccessor(accessor.key());
            }
        }

        @Test
        void saysWhichKeysArrive() {
            registered(new Slf4jThreadLocalAccessor("user"), (service, _) -> {
                Seen seen = as("ada", () -> {
                    MDC.put("secret", "s");
                    return service.completable().get();
                });
                assertThat(seen.mdc()).containsEntry("user", "ada").doesNotContainKey("secret");
            });
        }

        @Test
        void ofSomeKeysLeavesNoOthersInTheCallerThatRanATask() {
            registered(new Slf4jThreadLocalAccessor("user"), (_, pool) -> {
                pool.resize(0);
                as("ada", () -> {
                    Seen mine = Seen.now();
                    assertThat(pool.spawn(GreenContextTests::seenAndSpoilt).await().mdc()).containsEntry("user", "ada");
                    assertThat(Seen.now()).isEqualTo(mine);
                    return true;
                });
            });
        }

        @Test
        void leavesNothingOfATaskInItsCaller() {
            registered(new Slf4jThreadLocalAccessor(), (_, pool) -> {
                Observation adas = TRACING.start("ada");
                Observation bobs = TRACING.start("bob");
                BlockingQueue<GreenThread<Seen>> others = new LinkedBlockingQueue<>();
                GreenThread<List<Seen>> ada = as("ada", adas, () -> pool.spawn(() -> {
                    Seen bob = others.take().await();
                    return List.of(bob, Seen.now());
                }));
                others.add(as("bob", bobs, () -> pool.submit(GreenContextTests::seenAndSpoilt)));
                assertThat(ada.await()).containsExactly(Seen.of("bob", bobs), Seen.of("ada", adas));
            });
        }
    }
}
