package io.greenlet.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.greenlet.GreenThread;
import io.greenlet.GreenletExit;
import io.greenlet.Hub;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.RejectedSubmission;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.autoconfigure.RefreshAutoConfiguration;
import org.springframework.cloud.context.config.annotation.RefreshScope;
import org.springframework.cloud.context.scope.refresh.RefreshScopeRefreshedEvent;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.core.env.MapPropertySource;

/// Contexts that stop and start again, are paused, or are followed by another.
@Timeout(60)
class GreenPoolRestartTests {

    private static AnnotationConfigApplicationContext started(Map<String, Object> properties, Class<?>... more) {
        AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
        context.getEnvironment().getPropertySources().addFirst(new MapPropertySource("test", properties));
        context.register(GreenPoolAutoConfiguration.class);
        if (more.length > 0) {
            context.register(more);
        }
        context.refresh();
        return context;
    }

    private static GreenPool pool(AnnotationConfigApplicationContext context, String name) {
        return context.getBean(name, GreenPool.class);
    }

    private static int answer(GreenPool pool) throws InterruptedException {
        return pool.spawn(() -> 42).await();
    }

    static class Own {

        @Bean
        GreenPool own() {
            return new GreenPool(3);
        }

        @Bean(destroyMethod = "")
        GreenPool shared() {
            return new GreenPool(3);
        }
    }

    @Nested
    class StoppedAndStarted {

        @Test
        void everyPoolOfTheContextIsOpenAgain() throws InterruptedException {
            try (var context = started(Map.of("greenlet.pools.api.size", 2), Own.class)) {
                for (int round = 0; round < 3; round++) {
                    context.stop();
                    assertThat(pool(context, "api").isClosed()).isTrue();
                    assertThat(pool(context, "own").isClosed()).isTrue();
                    context.start();
                    assertThat(answer(pool(context, "api"))).isEqualTo(42);
                    assertThat(answer(pool(context, "own"))).isEqualTo(42);
                    assertThat(answer(pool(context, "default"))).isEqualTo(42);
                    assertThat(answer(pool(context, "shared"))).isEqualTo(42);
                }
            }
        }

        @Test
        void onACooperativeHubToo() throws InterruptedException {
            try (var context = started(Map.of("greenlet.hub.mode", "cooperative"))) {
                context.stop();
                context.start();
                assertThat(answer(pool(context, "default"))).isEqualTo(42);
            }
        }

        @Test
        void aPoolThatTheApplicationClosedStaysClosed() {
            try (var context = started(Map.of("greenlet.pools.api.size", 2))) {
                pool(context, "api").close();
                context.stop();
                context.start();
                assertThat(pool(context, "api").isClosed()).isTrue();
            }
        }

        @Test
        void sizesThatWereChangedStay() {
            try (var context = started(Map.of("greenlet.pools.api.size", 2))) {
                pool(context, "api").resize(7);
                context.stop();
                context.start();
                assertThat(pool(context, "api").size()).isEqualTo(7);
            }
        }

        @Test
        void aStartWaitsForAStopThatOutlivesItsPhase() throws Exception {
            try (var context = started(
                    Map.of("greenlet.pools.api.size", 1, "spring.lifecycle.timeout-per-shutdown-phase", "40s"))) {
                SmartLifecycle lifecycle = context.getBean(GreenPoolLifecycle.class);
                GreenPool api = pool(context, "api");
                CountDownLatch gate = new CountDownLatch(1);
                GreenThread<Integer> task = api.spawn(() -> {
                    gate.await();
                    return 1;
                });
                lifecycle.stop(() -> {
                });
                Eventually.holds(api::isClosed);
                Thread start = Thread.ofPlatform().start(lifecycle::start);
                Eventually.holds(() -> start.getState() == Thread.State.WAITING);
                assertThat(api.isClosed()).isTrue();
                gate.countDown();
                start.join();
                assertThat(task.await()).isEqualTo(1);
                assertThat(answer(api)).isEqualTo(42);
            }
        }
    }

    @Nested
    class WhileAnotherCloseWaits {

        private final CountDownLatch gate = new CountDownLatch(1);

        private Thread closing = Thread.currentThread();

        private void outlastsItsKill() {
            for (;;) {
                try {
                    gate.await();
                    return;
                } catch (InterruptedException _) {
                    // goes on
                }
            }
        }

        private GreenPool stoppedWhileTheApplicationCloses(AnnotationConfigApplicationContext context)
                throws InterruptedException {
            GreenPool api = pool(context, "api");
            CountDownLatch begun = new CountDownLatch(1);
            api.spawnN(() -> {
                begun.countDown();
                outlastsItsKill();
            });
            begun.await();
            context.getBean(GreenPoolLifecycle.class).stop();
            closing = Thread.ofPlatform().start(api::close);
            Eventually.holds(() -> closing.getState() == Thread.State.WAITING);
            return api;
        }

        @Test
        void aStartWaitsForIt() throws InterruptedException {
            try (var context = started(Map.of("greenlet.pools.api.size", 1, "greenlet.shutdown-grace", "1ms",
                    "spring.lifecycle.timeout-per-shutdown-phase", "40s"))) {
                GreenPool api = stoppedWhileTheApplicationCloses(context);
                Thread start = Thread.ofPlatform().start(context.getBean(GreenPoolLifecycle.class)::start);
                Eventually.holds(() -> start.getState() == Thread.State.TIMED_WAITING);
                assertThat(api.isClosed()).isTrue();
                gate.countDown();
                start.join();
                assertThat(answer(api)).isEqualTo(42);
            }
        }

        @Test
        void aStartFailsWhenItLastsTooLongAndTheNextTriesAgain() throws InterruptedException {
            try (var context = started(Map.of("greenlet.pools.api.size", 1,
                    "spring.lifecycle.timeout-per-shutdown-phase", "20ms"))) {
                GreenPool api = stoppedWhileTheApplicationCloses(context);
                SmartLifecycle lifecycle = context.getBean(GreenPoolLifecycle.class);
                assertThatThrownBy(lifecycle::start).isInstanceOf(IllegalStateException.class)
                        .hasMessage("green pools cannot open again, since another close of them has not returned after "
                                + "PT0.02S: pool 'api' (running=1)");
                assertThat(lifecycle.isRunning()).isFalse();
                assertThat(answer(pool(context, "default"))).isEqualTo(42);
                gate.countDown();
                closing.join();
                lifecycle.start();
                assertThat(answer(api)).isEqualTo(42);
            }
        }
    }

    @Nested
    class Paused {

        @Test
        void theTasksGoOn() throws InterruptedException {
            try (var context = started(Map.of("greenlet.pools.api.size", 1))) {
                CountDownLatch gate = new CountDownLatch(1);
                GreenThread<Integer> task = pool(context, "api").spawn(() -> {
                    gate.await();
                    return 1;
                });
                context.pause(); // as the test framework does between classes
                assertThat(pool(context, "api").isClosed()).isFalse();
                context.restart();
                gate.countDown();
                assertThat(task.await()).isEqualTo(1);
                assertThat(answer(pool(context, "api"))).isEqualTo(42);
            }
        }
    }

    @Nested
    class FollowedByAnother {

        @Test
        void theNewContextHasPoolsAndHubsOfItsOwn() throws InterruptedException {
            Map<String, Object> properties = Map.of("greenlet.pools.api.hub", "io", "greenlet.hubs.io.mode",
                    "cooperative");
            var before = started(properties);
            GreenPool old = pool(before, "api");
            Hub oldHub = before.getBean("io", Hub.class);
            try (var after = started(properties)) { // as devtools do: a second one, then the end of the first
                before.close();
                assertThat(old.isClosed()).isTrue();
                assertThat(pool(after, "api")).isNotSameAs(old);
                assertThat(pool(after, "api").hub()).isNotSameAs(oldHub);
                assertThat(answer(pool(after, "api"))).isEqualTo(42);
            }
        }
    }

    @Nested
    class InTheRefreshScope {

        private final ApplicationContextRunner runner = new ApplicationContextRunner()
                .withConfiguration(
                        AutoConfigurations.of(RefreshAutoConfiguration.class, GreenPoolAutoConfiguration.class))
                .withUserConfiguration(Refreshed.class).withPropertyValues("greenlet.shutdown-grace=1ms");

        @Test
        void aRefreshClosesThePoolInTimeAndTheNextUseMakesAnother() {
            runner.run(context -> {
                GreenPool old = context.getBean("refreshed", GreenPool.class);
                GreenThread<Integer> endless = old.spawn(() -> {
                    new CountDownLatch(1).await();
                    return 1;
                });
                context.getBean(org.springframework.cloud.context.scope.refresh.RefreshScope.class).refreshAll();
                assertThat(old.isClosed()).isTrue();
                assertThatThrownBy(endless::await).isInstanceOf(GreenletExit.class);
                GreenPool next = context.getBean("refreshed", GreenPool.class);
                assertThat(next).isNotSameAs(old);
                assertThat(answer(next)).isEqualTo(42);
            });
        }

        @Test
        void aPoolThatARefreshEndsInAStoppedContextStaysClosed() {
            runner.run(context -> {
                GreenPool old = context.getBean("refreshed", GreenPool.class);
                GreenPoolLifecycle lifecycle = context.getBean(GreenPoolLifecycle.class);
                lifecycle.stop();
                context.getBean(org.springframework.cloud.context.scope.refresh.RefreshScope.class).refreshAll();
                lifecycle.start();
                assertThat(old.isClosed()).isTrue();
                assertThat(answer(context.getBean("refreshed", GreenPool.class))).isEqualTo(42);
            });
        }

        @Test
        void thePoolsOfThePropertiesStayThroughARefresh() {
            runner.run(context -> {
                GreenPool pool = context.getBean("default", GreenPool.class);
                context.getBean(org.springframework.cloud.context.scope.refresh.RefreshScope.class).refreshAll();
                context.publishEvent(new RefreshScopeRefreshedEvent());
                assertThat(context.getBean("default")).isSameAs(pool);
                assertThat(answer(pool)).isEqualTo(42);
            });
        }
    }

    static class Refreshed {

        @Bean
        @RefreshScope(proxyMode = ScopedProxyMode.NO)
        GreenPool refreshed() {
            return new GreenPool(3);
        }
    }

    @Nested
    @ExtendWith(OutputCaptureExtension.class)
    class Logs {

        @Test
        void aStopSaysWhatIsLeftThenWhatIsKilledByName(CapturedOutput output) throws InterruptedException {
            try (var context = started(Map.of("greenlet.pools.api.size", 1, "greenlet.shutdown-grace", "1ms"))) {
                GreenPool api = pool(context, "api");
                GreenThread<Integer> running = api.spawn(() -> {
                    new CountDownLatch(1).await();
                    return 1;
                });
                GreenThread<Integer> waiting = api.submit(() -> 2);
                context.stop();
                assertThat(output).contains(
                        "green pool 'api' takes no more tasks and has PT0.001S to finish 1 running and 1 waiting",
                        "green pool 'api' has not finished within PT0.001S and kills 1 running and 1 waiting tasks",
                        "    running " + running.name() + " for PT", "    waiting " + waiting.name() + " for PT");
            }
        }

        @Test
        void whatStandsInLineOfAPoolOfSizeZeroIsNamedToo(CapturedOutput output) throws InterruptedException {
            try (var context = started(Map.of("greenlet.pools.api.size", 0))) {
                GreenThread<Integer> waiting = pool(context, "api").submit(() -> 2);
                context.stop();
                assertThat(output).contains("kills 0 running and 1 waiting tasks",
                        "    waiting " + waiting.name() + " for PT");
                assertThatThrownBy(waiting::await).isInstanceOf(GreenletExit.class);
            }
        }

        @Test
        void callersInLineAreRefusedAndCounted(CapturedOutput output) throws InterruptedException {
            try (var context = started(Map.of("greenlet.pools.api.size", 0))) {
                GreenPool api = pool(context, "api");
                AtomicReference<RejectedSubmission> refusal = new AtomicReference<>();
                Thread caller = Thread.ofVirtual().start(() -> {
                    try {
                        api.spawnN(() -> {
                        });
                    } catch (RejectedSubmission e) {
                        refusal.set(e);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
                Eventually.holds(() -> api.waiting() == 1);
                context.stop();
                caller.join();
                assertThat(refusal.get()).hasMessageContaining("pool 'api': closed");
                assertThat(output).contains("green pool 'api' takes no more tasks, refuses 1 callers in line and has "
                        + "PT27S to finish 0 running and 0 waiting").doesNotContain("kills");
            }
        }

        @Test
        void anIdlePoolStopsWithoutAWord(CapturedOutput output) {
            started(Map.of("greenlet.pools.api.size", 1)).close();
            assertThat(output).doesNotContain("green pool");
        }

        @Test
        void aGraceThatThePhaseDoesNotLeaveIsToldAtTheStart(CapturedOutput output) {
            started(Map.of("greenlet.shutdown-grace", "1m")).close();
            assertThat(output).contains("greenlet.shutdown-grace is PT1M, of which "
                    + "spring.lifecycle.timeout-per-shutdown-phase of PT30S leaves PT27S: green pools have no more to "
                    + "finish when the application stops");
        }
    }
}
