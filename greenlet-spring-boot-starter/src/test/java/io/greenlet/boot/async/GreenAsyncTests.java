package io.greenlet.boot.async;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.greenlet.GreenThread;
import io.greenlet.GreenletExit;
import io.greenlet.Hub;
import io.greenlet.boot.Eventually;
import io.greenlet.boot.GreenAsync;
import io.greenlet.boot.GreenPoolAutoConfiguration;
import io.greenlet.boot.GreenPoolCustomizer;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolOptions;
import io.greenlet.pool.RejectedSubmission;
import java.io.IOException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.aopalliance.intercept.MethodInterceptor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.aop.interceptor.AsyncUncaughtExceptionHandler;
import org.springframework.aop.target.HotSwappableTargetSource;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.scheduling.annotation.AsyncConfigurer;

@Timeout(30)
class GreenAsyncTests {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(GreenPoolAutoConfiguration.class, GreenAsyncAutoConfiguration.class))
            .withPropertyValues("greenlet.pools.api.size=2", "greenlet.pools.other.size=3", "greenlet.shutdown-grace=0")
            .withBean(Service.class);

    private void with(ApplicationContextRunner runner, BiConsumerThatThrows<Service, GreenPool> test) {
        runner.run(context -> {
            assertThat(context).hasNotFailed();
            GreenPool pool = context.getBean("api", GreenPool.class);
            test.accept(context.getBean(Service.class), pool);
            assertThat(pool.waitAll(Duration.ofSeconds(10))).isTrue();
            assertThat(pool.free()).isEqualTo(pool.size());
            assertThat(pool.waiting()).isZero();
        });
    }

    private void with(BiConsumerThatThrows<Service, GreenPool> test) {
        with(runner, test);
    }

    interface BiConsumerThatThrows<A, B> {
        void accept(A a, B b) throws Throwable;
    }

    @Retention(RetentionPolicy.RUNTIME)
    @Target(ElementType.METHOD)
    @GreenAsync("other")
    @interface OnOther {}

    /// What the tests see of a service.
    static final class Probe {
        final BlockingQueue<String> ranIn = new LinkedBlockingQueue<>();
        final BlockingQueue<CompletableFuture<String>> inner = new LinkedBlockingQueue<>();
        final CountDownLatch gate = new CountDownLatch(1);
    }

    /// What the tests call.
    static class Service {

        private final Probe probe = new Probe();

        Probe probe() {
            return probe;
        }

        private static String current() {
            return GreenThread.current().map(GreenThread::name).orElse("none");
        }

        @GreenAsync("api")
        public void nothing() {
            probe.ranIn.add(current());
        }

        @GreenAsync("api")
        public void failing(String why) throws IOException {
            throw new IOException(why);
        }

        @GreenAsync("api")
        public void blocked() throws InterruptedException {
            probe.ranIn.add(current());
            probe.gate.await();
        }

        @GreenAsync("api")
        public Future<String> future() {
            return CompletableFuture.completedFuture(current());
        }

        @GreenAsync("api")
        public Future<@Nullable String> nullFuture() {
            return CompletableFuture.completedFuture(null);
        }

        @GreenAsync("api")
        @SuppressWarnings("NullAway") // users do this
        public Future<String> noFuture() {
            return null;
        }

        @GreenAsync("api")
        public CompletableFuture<String> completable() {
            return CompletableFuture.completedFuture(current());
        }

        @GreenAsync("api")
        public CompletionStage<String> stage() {
            return CompletableFuture.completedStage(current());
        }

        @GreenAsync("api")
        public CompletableFuture<String> futureOfAGreenThread() {
            return GreenThread.completed(current()).toCompletableFuture();
        }

        @GreenAsync("api")
        public GreenThread<String> greenThread() {
            return GreenThread.completed(current());
        }

        @GreenAsync("api")
        public CompletableFuture<String> pending() {
            CompletableFuture<String> pending = new CompletableFuture<>();
            probe.inner.add(pending);
            probe.ranIn.add(current());
            return pending;
        }

        @GreenAsync("api")
        public Future<String> pendingFuture() {
            CompletableFuture<String> pending = new CompletableFuture<>();
            probe.inner.add(pending);
            probe.ranIn.add(current());
            return pending;
        }

        @GreenAsync("api")
        public CompletableFuture<String> blockedFuture() throws InterruptedException {
            probe.ranIn.add(current());
            probe.gate.await();
            return CompletableFuture.completedFuture("through");
        }

        @GreenAsync("api")
        public CompletableFuture<String> throwing() throws IOException {
            throw new IOException("no route");
        }

        @GreenAsync("api")
        public CompletableFuture<String> failed() {
            return CompletableFuture.supplyAsync(() -> {
                throw new IllegalStateException("inside");
            });
        }

        @GreenAsync
        public Future<String> bare() {
            return CompletableFuture.completedFuture(current());
        }

        @GreenAsync(pool = "${my.pool:other}")
        public Future<String> placeholder() {
            return CompletableFuture.completedFuture(current());
        }

        @OnOther
        public Future<String> composed() {
            return CompletableFuture.completedFuture(current());
        }

        public String plain() {
            return current();
        }
    }

    @Nested
    class Returns {

        @Test
        void voidMethodsRunInThePool() {
            with((service, _) -> {
                service.nothing();
                assertThat(service.probe().ranIn.take()).startsWith("api-");
            });
        }

        @Test
        void aFutureIsTheTasksHandle() {
            with((service, _) -> {
                Future<String> future = service.future();
                assertThat(future).isInstanceOf(GreenThread.class);
                assertThat(future.get()).startsWith("api-");
            });
        }

        @Test
        void aFutureOfNullAndNoFutureAtAllAreNull() {
            with((service, _) -> {
                assertThat(service.nullFuture().get()).isNull();
                assertThat(service.noFuture().get()).isNull();
            });
        }

        @Test
        void aGreenThreadIsTheTasksHandle() {
            with((service, _) -> assertThat(service.greenThread().await()).startsWith("api-"));
        }

        @Test
        void aCompletableFutureEndsWithTheTask() {
            with((service, _) -> assertThat(service.completable().join()).startsWith("api-"));
        }

        @Test
        void aGreenThreadsOwnFutureIsUnwrapped() {
            with((service, _) -> assertThat(service.futureOfAGreenThread().join()).startsWith("api-"));
        }

        @Test
        void aCompletionStageEndsWithTheTask() {
            with((service, _) -> assertThat(service.stage().toCompletableFuture().join()).startsWith("api-"));
        }

        @Test
        void methodsWithoutTheAnnotationRunInTheCaller() {
            with((service, _) -> assertThat(service.plain()).isEqualTo("none"));
        }
    }

    @Nested
    class TheSlot {

        @Test
        void isHeldUntilTheReturnedStageEnds() {
            with((service, pool) -> {
                CompletableFuture<String> outer = service.pending();
                service.probe().ranIn.take();
                assertThat(pool.running()).isEqualTo(1);
                assertThat(outer).isNotDone();
                service.probe().inner.take().complete("late");
                assertThat(outer.join()).isEqualTo("late");
                assertThat(pool.running()).isZero();
            });
        }

        @Test
        void isHeldUntilTheReturnedFutureEnds() {
            with((service, pool) -> {
                Future<String> outer = service.pendingFuture();
                service.probe().ranIn.take();
                assertThat(pool.running()).isEqualTo(1);
                service.probe().inner.take().complete("late");
                assertThat(outer.get()).isEqualTo("late");
                assertThat(pool.running()).isZero();
            });
        }

        @Test
        void isFreeWhenWhatDependsOnTheFutureRuns() {
            with(runner.withPropertyValues("greenlet.pools.api.size=1", "greenlet.pools.api.when-full=reject"),
                    (service, _) -> assertThat(service.completable().thenCompose(_ -> service.completable()).join())
                            .startsWith("api-"));
        }
    }

    @Nested
    class Failures {

        @Test
        void ofTheMethodArriveAsTheyAre() {
            with((service, pool) -> {
                assertThatThrownBy(() -> service.throwing().get()).isInstanceOf(ExecutionException.class).cause()
                        .isInstanceOf(IOException.class).hasMessage("no route");
                assertThat(pool.snapshot().failed()).isEqualTo(1);
            });
        }

        @Test
        void ofTheReturnedStageArriveUnwrapped() {
            with((service, pool) -> {
                assertThatThrownBy(() -> service.failed().get()).isInstanceOf(ExecutionException.class).cause()
                        .isInstanceOf(IllegalStateException.class).hasMessage("inside");
                assertThat(pool.snapshot().failed()).isEqualTo(1);
            });
        }

        @Test
        void ofVoidMethodsGoToTheHandler() {
            BlockingQueue<String> heard = new LinkedBlockingQueue<>();
            with(runner.withBean(AsyncUncaughtExceptionHandler.class,
                    () -> (error, method, arguments) -> heard
                            .add(error.getMessage() + " in " + method.getName() + " with " + arguments[0])),
                    (service, pool) -> {
                        service.failing("no disk");
                        assertThat(heard.take()).isEqualTo("no disk in failing with no disk");
                        assertThat(pool.snapshot().failed()).isEqualTo(1);
                    });
        }

        @Test
        void ofVoidMethodsGoToTheHandlerOfTheAsyncConfigurer() {
            BlockingQueue<String> heard = new LinkedBlockingQueue<>();
            with(runner.withBean(AsyncConfigurer.class, () -> new AsyncConfigurer() {
                @Override
                public AsyncUncaughtExceptionHandler getAsyncUncaughtExceptionHandler() {
                    return (error, _, _) -> heard.add(String.valueOf(error.getMessage()));
                }
            }), (service, _) -> {
                service.failing("no disk");
                assertThat(heard.take()).isEqualTo("no disk");
            });
        }

        @Test
        void ofADecoratorAroundAVoidMethodGoToTheHandler() throws Exception {
            BlockingQueue<String> heard = new LinkedBlockingQueue<>();
            with(runner.withBean(GreenPoolCustomizer.class, () -> options -> options.withDecorator(_ -> () -> {
                throw new IllegalStateException("no tenant");
            })).withBean(AsyncUncaughtExceptionHandler.class,
                    () -> (error, _, _) -> heard.add(String.valueOf(error.getMessage()))), (service, pool) -> {
                        service.failing("no disk");
                        assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("no tenant");
                        assertThat(pool.snapshot().failed()).isEqualTo(1);
                    });
        }

        @Test
        void ofAKillAreNoFailuresOfAVoidMethod() {
            BlockingQueue<String> heard = new LinkedBlockingQueue<>();
            with(runner.withBean(AsyncUncaughtExceptionHandler.class,
                    () -> (error, _, _) -> heard.add(String.valueOf(error))), (service, pool) -> {
                        service.blocked();
                        service.probe().ranIn.take();
                        pool.killAll();
                        pool.waitAll();
                        assertThat(heard).isEmpty();
                        assertThat(pool.snapshot().killed()).isEqualTo(1);
                    });
        }

        @Test
        void ofAVoidMethodThatItsCallerRunsAreTheCallersIfTheyAreItsInterrupt() {
            BlockingQueue<String> heard = new LinkedBlockingQueue<>();
            with(runner.withPropertyValues("greenlet.pools.api.size=0", "greenlet.pools.api.when-full=caller-runs")
                    .withBean(AsyncUncaughtExceptionHandler.class,
                            () -> (error, _, _) -> heard.add(String.valueOf(error))),
                    (service, _) -> {
                        Thread.currentThread().interrupt();
                        assertThatThrownBy(service::blocked).isInstanceOf(CancellationException.class);
                        assertThat(Thread.interrupted()).isTrue();
                        assertThat(heard).isEmpty();
                    });
        }

        @Test
        void ofAVoidMethodThatItsCallerRunsGoToTheHandlerAndWhatThatThrowsNotToTheCaller() {
            BlockingQueue<String> heard = new LinkedBlockingQueue<>();
            with(runner.withPropertyValues("greenlet.pools.api.size=0", "greenlet.pools.api.when-full=caller-runs")
                    .withBean(AsyncUncaughtExceptionHandler.class, () -> (error, _, _) -> {
                        heard.add(String.valueOf(error.getMessage()));
                        throw new IllegalStateException("the handler failed");
                    }), (service, _) -> {
                        service.failing("no disk");
                        assertThat(heard).containsExactly("no disk");
                    });
        }

        @Test
        void ofAVoidMethodForWhichNoThreadCanBeHadAreTheCallers() {
            BlockingQueue<String> heard = new LinkedBlockingQueue<>();
            Hub closed = Hub.simulated(1);
            GreenPool api = GreenPool.of(PoolOptions.named("api").withSize(1).withHub(closed));
            with(runner.withBean("api", GreenPool.class, () -> api).withBean(AsyncUncaughtExceptionHandler.class,
                    () -> (error, _, _) -> heard.add(String.valueOf(error))), (service, _) -> {
                        closed.close();
                        assertThatThrownBy(service::nothing).isInstanceOf(IllegalStateException.class)
                                .hasMessageEndingWith("is closed");
                        assertThat(heard).isEmpty();
                    });
        }

        @Test
        void ofAKillOfATaskAreNoFailuresOfTheVoidMethodThatItRunsInPlace() {
            BlockingQueue<String> heard = new LinkedBlockingQueue<>();
            with(runner.withPropertyValues("greenlet.pools.api.size=1").withBean(AsyncUncaughtExceptionHandler.class,
                    () -> (error, _, _) -> heard.add(String.valueOf(error))), (service, pool) -> {
                        GreenThread<Integer> outer = pool.spawn(() -> {
                            service.blocked();
                            return 1;
                        });
                        service.probe().ranIn.take();
                        outer.kill();
                        assertThatThrownBy(outer::await).isInstanceOf(CancellationException.class);
                        assertThat(heard).isEmpty();
                    });
        }

        @Test
        void ofTheTimeLimitAreTimeouts() {
            with(runner.withPropertyValues("greenlet.pools.api.task-timeout=10ms"), (service, pool) -> {
                assertThatThrownBy(() -> service.blockedFuture().get()).isInstanceOf(ExecutionException.class).cause()
                        .isInstanceOf(TimeoutException.class);
                assertThat(pool.snapshot().timedOut()).isEqualTo(1);
            });
        }
    }

    @Nested
    class Cancelling {

        @Test
        void theCompletableFutureKillsTheTask() {
            with((service, pool) -> {
                CompletableFuture<String> future = service.blockedFuture();
                service.probe().ranIn.take();
                assertThat(future.cancel(true)).isTrue();
                pool.waitAll();
                assertThat(pool.snapshot().killed()).isEqualTo(1);
                assertThat(future).isCancelled();
            });
        }

        @Test
        void theFutureKillsTheTask() {
            with((service, pool) -> {
                Future<String> future = service.pendingFuture();
                service.probe().ranIn.take();
                assertThat(future.cancel(true)).isTrue();
                assertThatExceptionOfType(CancellationException.class).isThrownBy(future::get);
                assertThat(pool.snapshot().killed()).isEqualTo(1);
                assertThat(future.isCancelled()).isTrue();
            });
        }

        @Test
        void reachesWhatTheMethodReturned() {
            with((service, pool) -> {
                CompletableFuture<String> future = service.pending();
                service.probe().ranIn.take();
                future.cancel(true);
                pool.waitAll();
                assertThat(service.probe().inner.take()).isCancelled();
            });
        }

        @Test
        void aTimeLimitOnTheFutureKillsTheTask() {
            with((service, pool) -> {
                CompletableFuture<String> future = service.blockedFuture().orTimeout(1, TimeUnit.MILLISECONDS);
                assertThatThrownBy(future::get).cause().isInstanceOf(TimeoutException.class);
                pool.waitAll();
                assertThat(pool.snapshot().killed()).isEqualTo(1);
            });
        }

        @Test
        void whatTheMethodReturnedCancelsTheTask() {
            with((service, pool) -> {
                CompletableFuture<String> future = service.pending();
                service.probe().ranIn.take();
                service.probe().inner.take().cancel(true);
                assertThatExceptionOfType(CancellationException.class).isThrownBy(future::get);
                assertThat(pool.snapshot().killed()).isEqualTo(1);
            });
        }

        @Test
        void aKillEndsTheFutureWithTheKillsException() {
            with((service, pool) -> {
                CompletableFuture<String> future = service.blockedFuture();
                service.probe().ranIn.take();
                pool.killAll();
                assertThatThrownBy(future::get).isInstanceOf(CancellationException.class)
                        .hasRootCauseInstanceOf(GreenletExit.class);
            });
        }
    }

    @Nested
    class Choosing {

        @Test
        void aBareAnnotationUsesDefault() {
            with((service, _) -> assertThat(service.bare().get()).startsWith("default-"));
        }

        @Test
        void aBareAnnotationUsesThePoolOfTheProperty() {
            with(runner.withPropertyValues("greenlet.async.pool=other"),
                    (service, _) -> assertThat(service.bare().get()).startsWith("other-"));
        }

        @Test
        void placeholdersAreResolved() {
            with((service, _) -> assertThat(service.placeholder().get()).startsWith("other-"));
            with(runner.withPropertyValues("my.pool=api"),
                    (service, _) -> assertThat(service.placeholder().get()).startsWith("api-"));
        }

        @Test
        void aComposedAnnotationWorks() {
            with((service, _) -> assertThat(service.composed().get()).startsWith("other-"));
        }

        @Test
        void aPoolOfTheUsersWorks() {
            with(runner.withBean("api", GreenPool.class, () -> new GreenPool(7)),
                    (service, _) -> assertThat(service.future().get()).startsWith("pool-"));
        }
    }

    @Nested
    class WhenFull {

        @Test
        void theCallerWaits() {
            with(runner.withPropertyValues("greenlet.pools.api.size=1"), (service, pool) -> {
                CompletableFuture<String> first = service.blockedFuture();
                service.probe().ranIn.take();
                CompletableFuture<String> second = new CompletableFuture<>();
                Thread caller = Thread.ofPlatform().start(() -> second.complete(service.completable().join()));
                Eventually.holds(() -> pool.waiting() == 1);
                assertThat(second).isNotDone();
                service.probe().gate.countDown();
                assertThat(first.join()).isEqualTo("through");
                assertThat(second.join()).startsWith("api-");
                caller.join();
            });
        }

        @Test
        void anInterruptedCallerIsRejectedWithItsFlagSet() {
            with(runner.withPropertyValues("greenlet.pools.api.size=0"), (service, pool) -> {
                CompletableFuture<String> seen = new CompletableFuture<>();
                Thread caller = Thread.ofPlatform().start(() -> {
                    try {
                        service.completable().join();
                    } catch (RejectedSubmission e) {
                        seen.complete(e.getMessage() + ' ' + Thread.currentThread().isInterrupted());
                    }
                });
                Eventually.holds(() -> pool.waiting() == 1);
                caller.interrupt();
                assertThat(seen.join()).isEqualTo(
                        "pool 'api': interrupted while waiting for a slot (size=0, running=0, waiting=0) true");
                caller.join();
            });
        }

        @Test
        void theCallIsRejected() {
            with(runner.withPropertyValues("greenlet.pools.api.size=0", "greenlet.pools.api.when-full=reject"),
                    (service, pool) -> {
                        assertThatThrownBy(service::completable).isInstanceOf(RejectedSubmission.class)
                                .hasMessage("pool 'api': no slot (size=0, running=0, waiting=0)");
                        assertThat(pool.snapshot().rejected()).isEqualTo(1);
                    });
        }

        @Test
        void theCallIsRejectedAfterTheLongestWait() {
            with(runner.withPropertyValues("greenlet.pools.api.size=0", "greenlet.pools.api.max-wait=5ms"),
                    (service, _) -> assertThatThrownBy(service::completable).isInstanceOf(RejectedSubmission.class)
                            .hasMessage("pool 'api': no slot after 5 ms (size=0, running=0, waiting=0)"));
        }

        @Test
        void theTaskIsQueued() {
            with(runner.withPropertyValues("greenlet.pools.api.size=0", "greenlet.pools.api.when-full=queue"),
                    (service, pool) -> {
                        CompletableFuture<String> queued = service.completable();
                        assertThat(pool.waiting()).isEqualTo(1);
                        pool.resize(1);
                        assertThat(queued.join()).startsWith("api-");
                    });
        }

        @Test
        void theCallerRunsIt() {
            with(runner.withPropertyValues("greenlet.pools.api.size=0", "greenlet.pools.api.when-full=caller-runs"),
                    (service, _) -> assertThat(service.completable().join()).isEqualTo("none"));
        }

        @Test
        void aCallerInterruptedWhileItRunsTheTaskIsToldSo() {
            with(runner.withPropertyValues("greenlet.pools.api.size=0", "greenlet.pools.api.when-full=caller-runs"),
                    (service, _) -> {
                        Thread.currentThread().interrupt();
                        assertThatThrownBy(service::blockedFuture).isInstanceOf(CancellationException.class)
                                .hasMessageStartingWith("pool 'api': interrupted while the caller ran the task itself");
                        assertThat(Thread.interrupted()).isTrue();
                    });
        }
    }

    @Nested
    class FromThePoolItself {

        private final ApplicationContextRunner ofOne = runner.withPropertyValues("greenlet.pools.api.size=1");

        @Test
        void aTaskThatWaitsForAnotherRunsItInPlace() {
            for (String policy : List.of("block", "queue", "reject", "caller-runs")) {
                with(ofOne.withPropertyValues("greenlet.pools.api.when-full=" + policy), (service, pool) -> {
                    assertThat(pool.spawn(() -> service.completable().join()).await()).startsWith("api-");
                    assertThat(pool.spawn(() -> service.future().get()).await()).startsWith("api-");
                    assertThat(pool.spawn(() -> service.greenThread().await()).await()).startsWith("api-");
                });
            }
        }
    }

    @Nested
    class OnAClass {

        @GreenAsync("api")
        static class Everything {

            public Future<String> one() {
                return CompletableFuture.completedFuture(Service.current());
            }

            @GreenAsync("other")
            public Future<String> two() {
                return CompletableFuture.completedFuture(Service.current());
            }

            Future<String> three() {
                return CompletableFuture.completedFuture(Service.current());
            }

            String helper() {
                return Service.current();
            }
        }

        static class Inheriting extends Everything {

            public Future<String> four() {
                return CompletableFuture.completedFuture(Service.current());
            }
        }

        @Test
        void allItsMethodsRunInThePool() {
            runner.withBean(Everything.class).run(context -> {
                Everything bean = context.getBean(Everything.class);
                assertThat(bean.one().get()).startsWith("api-");
                assertThat(bean.three().get()).startsWith("api-");
            });
        }

        @Test
        void anAnnotationOnTheMethodComesFirst() {
            runner.withBean(Everything.class)
                    .run(context -> assertThat(context.getBean(Everything.class).two().get()).startsWith("other-"));
        }

        @Test
        void aMethodThatIsNotPublicAndReturnsSomethingElseRunsInTheCaller() {
            runner.withBean(Everything.class)
                    .run(context -> assertThat(context.getBean(Everything.class).helper()).isEqualTo("none"));
        }

        @Test
        void subclassesInheritIt() {
            runner.withBean(Inheriting.class).run(context -> {
                assertThat(context.getBean(Inheriting.class).four().get()).startsWith("api-");
                assertThat(context.getBean(Inheriting.class).one().get()).startsWith("api-");
            });
        }

        @GreenAsync("other")
        static class Elsewhere extends Everything {}

        @Test
        void aMethodThatBeansOfManyClassesHaveRunsInThePoolOfEach() {
            runner.withBean(Inheriting.class).withBean(Elsewhere.class).run(context -> {
                for (int i = 0; i < 3; i++) { // read, then remembered
                    assertThat(context.getBean(Inheriting.class).one().get()).startsWith("api-");
                    assertThat(context.getBean(Elsewhere.class).one().get()).startsWith("other-");
                }
            });
        }

        @Test
        void toStringRunsInTheCaller() {
            runner.withBean(Everything.class)
                    .run(context -> assertThat(context.getBean(Everything.class).toString()).contains("Everything"));
        }
    }

    @Nested
    class OnInterfaces {

        interface Fetcher {

            @GreenAsync("api")
            Future<String> fetch();
        }

        private static Fetcher fetcherOf(HotSwappableTargetSource target) {
            ProxyFactory proxy = new ProxyFactory(Fetcher.class, target);
            return (Fetcher) proxy.getProxy();
        }

        @Test
        void aTargetThatIsSwappedRunsInItsOwnPool() {
            HotSwappableTargetSource target = new HotSwappableTargetSource(new Fetching());
            runner.withBean(Fetcher.class, () -> fetcherOf(target)).run(context -> {
                Fetcher fetcher = context.getBean(Fetcher.class);
                for (int i = 0; i < 2; i++) {
                    assertThat(fetcher.fetch().get()).startsWith("api-");
                    Object before = target.swap(new FetchingElsewhere());
                    assertThat(fetcher.fetch().get()).startsWith("other-");
                    assertThat(target.swap(before)).isInstanceOf(FetchingElsewhere.class);
                }
            });
        }

        static class Fetching implements Fetcher {

            @Override
            public Future<String> fetch() {
                return CompletableFuture.completedFuture(Service.current());
            }
        }

        interface Generic<R> {
            R run();
        }

        static class Running implements Generic<CompletableFuture<String>> {

            @Override
            @GreenAsync("api")
            public CompletableFuture<String> run() {
                return CompletableFuture.completedFuture(Service.current());
            }
        }

        @Test
        void theAnnotationOnAnInterfaceMethodHolds() {
            runner.withBean(Fetching.class)
                    .run(context -> assertThat(context.getBean(Fetcher.class).fetch().get()).startsWith("api-"));
        }

        @Test
        void proxiesOfInterfacesWork() {
            runner.withBean(Fetching.class).withPropertyValues("spring.aop.proxy-target-class=false").run(context -> {
                assertThat(context.getBean(Fetcher.class)).isNotInstanceOf(Fetching.class);
                assertThat(context.getBean(Fetcher.class).fetch().get()).startsWith("api-");
            });
        }

        @Test
        void beansThatAreProxiesOfTheJdkWork() {
            Fetcher proxy = (Fetcher) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[]{Fetcher.class},
                    (_, _, _) -> CompletableFuture.completedFuture(Service.current()));
            runner.withBean(Fetcher.class, () -> proxy)
                    .run(context -> assertThat(context.getBean(Fetcher.class).fetch().get()).startsWith("api-"));
        }

        @Test
        void beansThatAreProxiesOfSpringsWork() {
            ProxyFactory proxy = new ProxyFactory("a general target, as repositories have");
            proxy.setInterfaces(Fetcher.class);
            proxy.addAdvice((MethodInterceptor) _ -> CompletableFuture.completedFuture(Service.current()));
            runner.withBean(Fetcher.class, () -> (Fetcher) proxy.getProxy())
                    .run(context -> assertThat(context.getBean(Fetcher.class).fetch().get()).startsWith("api-"));
        }

        static class FetchingElsewhere implements Fetcher {

            @Override
            @GreenAsync("other")
            public Future<String> fetch() {
                return CompletableFuture.completedFuture(Service.current());
            }
        }

        @Test
        void eachImplementationOfAMethodHasItsOwnPool() {
            runner.withBean(Fetching.class).withBean(FetchingElsewhere.class)
                    .withPropertyValues("spring.aop.proxy-target-class=false").run(OnInterfaces::hasBoth);
        }

        @Test
        void eachTargetOfProxiesThatAreAlikeHasItsOwnPool() {
            runner.withBean("first", Fetcher.class, () -> frozen(new Fetching()))
                    .withBean("second", Fetcher.class, () -> frozen(new FetchingElsewhere()))
                    .run(OnInterfaces::hasBoth);
        }

        /// A proxy that takes no more advice, so that it gets another one around it.
        private static Fetcher frozen(Fetcher target) {
            ProxyFactory proxy = new ProxyFactory(target);
            proxy.setFrozen(true);
            return (Fetcher) proxy.getProxy();
        }

        private static void hasBoth(AssertableApplicationContext context) throws Exception {
            List<String> pools = new ArrayList<>();
            for (Fetcher bean : context.getBeansOfType(Fetcher.class).values()) {
                pools.add(bean.fetch().get().replaceFirst("-.*", ""));
            }
            assertThat(pools).containsExactly("api", "other");
        }

        @Test
        void beansThatAreLambdasWork() {
            Fetcher lambda = () -> CompletableFuture.completedFuture(Service.current());
            runner.withBean(Fetcher.class, () -> lambda)
                    .run(context -> assertThat(context.getBean(Fetcher.class).fetch().get()).startsWith("api-"));
        }

        @Test
        void bridgedMethodsWork() {
            runner.withBean(Running.class).run(context -> {
                Generic<CompletableFuture<String>> bean = context.getBean(Running.class);
                assertThat(bean.run().get()).startsWith("api-");
            });
        }
    }

    @Nested
    class OnConfigurations {

        @Configuration
        static class Config {

            @GreenAsync("api")
            public Future<String> fetch() {
                return CompletableFuture.completedFuture(Service.current());
            }
        }

        @Test
        void itWorks() {
            runner.withUserConfiguration(Config.class)
                    .run(context -> assertThat(context.getBean(Config.class).fetch().get()).startsWith("api-"));
        }
    }

    @Nested
    class OnLazyBeans {

        @Test
        void itWorks() {
            ApplicationContextRunner lazy = runner.withInitializer(
                    context -> context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()));
            lazy.run(context -> assertThat(context.getBeanFactory().containsSingleton("api")).isFalse());
            with(lazy, (service, _) -> assertThat(service.future().get()).startsWith("api-"));
        }
    }

    @Nested
    class OnScopedBeans {

        static class Scoped {

            @Bean
            @Scope(value = "prototype", proxyMode = ScopedProxyMode.TARGET_CLASS)
            Service scoped() {
                return new Service();
            }
        }

        @Test
        void itWorks() {
            runner.withUserConfiguration(Scoped.class).run(
                    context -> assertThat(context.getBean("scoped", Service.class).future().get()).startsWith("api-"));
        }
    }

    @Nested
    class Backing {

        static class Own {

            @Bean
            static GreenAsyncPostProcessor mine() {
                return new GreenAsyncPostProcessor(() -> (_, _, _) -> {
                });
            }
        }

        @Test
        void offWithoutPools() {
            new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(GreenAsyncAutoConfiguration.class))
                    .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(GreenAsyncPostProcessor.class));
        }

        @Test
        void offForAPostProcessorOfTheUsers() {
            runner.withUserConfiguration(Own.class)
                    .run(context -> assertThat(context).hasSingleBean(GreenAsyncPostProcessor.class).hasBean("mine"));
        }
    }
}
