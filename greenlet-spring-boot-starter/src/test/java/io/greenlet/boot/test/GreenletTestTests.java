package io.greenlet.boot.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.Hub;
import io.greenlet.SimulatedHub;
import io.greenlet.boot.observation.GreenObservationAutoConfiguration;
import io.greenlet.boot.test.app.ApplicationSlice;
import io.greenlet.boot.test.app.Expensive;
import io.greenlet.boot.test.app.Titles;
import io.greenlet.pool.GreenPool;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.core.task.TaskDecorator;
import org.springframework.test.context.ContextConfiguration;

/// The slice.
@Timeout(60)
class GreenletTestTests {

    private static final Queue<Object> SEEN = new ConcurrentLinkedQueue<>();

    @BeforeEach
    void nothingSeen() {
        SEEN.clear();
    }

    @GreenletTest(classes = Titles.class, properties = "greenlet.pools.crawler.size=2")
    static class OnTheParallelHub {

        @Test
        void hasPoolsAndTheBeansItNames(@Autowired Titles titles, @Autowired ApplicationContext context,
                SimulatedHub own) throws Exception {
            assertThat(titles.title(Duration.ZERO).get()).startsWith("crawler-");
            assertThat(context.getBean("crawler", GreenPool.class).size()).isEqualTo(2);
            assertThat(context.getBean("greenletHub")).isSameAs(Hub.parallel());
            assertThat(own.nanoTime()).isZero();
            assertThat(context.getBeansOfType(Expensive.class)).isEmpty();
            assertThat(context.containsBean("applicationTaskExecutor")).isFalse();
            assertThat(context.containsBean("greenPoolMetrics")).isFalse();
            assertThat(context.getBeanNamesForType(GreenObservationAutoConfiguration.class)).isEmpty();
            assertThat(context.containsBean("greenPoolsEndpoint")).isFalse();
        }
    }

    /// Decorates tasks.
    static class Decorated {

        @Bean
        TaskDecorator decorator() {
            return task -> () -> {
                SEEN.add("decorated");
                task.run();
            };
        }
    }

    @GreenletTest(classes = {Titles.class, Decorated.class}, properties = "greenlet.pools.crawler.size=2")
    static class WithContext {

        @Test
        void theApplicationsContextArrivesInTheTask(@Autowired Titles titles) throws Exception {
            assertThat(titles.title(Duration.ZERO).get()).startsWith("crawler-");
            assertThat(SEEN).containsExactly("decorated");
        }
    }

    @Test
    void tasksAreDecoratedAsInTheApplication() {
        SampleRun.of(WithContext.class).succeeds(1);
    }

    @Test
    void isPoolsAndAsyncMethodsOnly() {
        SampleRun.of(OnTheParallelHub.class).succeeds(1);
    }

    /// Nothing.
    @SpringBootConfiguration
    static class NoApplication {}

    @GreenletTest(simulated = true, properties = {"greenlet.pools.crawler.size=1",
            "greenlet.pools.crawler.task-timeout=10s", "greenlet.pools.crawler.when-full=queue"})
    @Import(Titles.class)
    @ContextConfiguration(classes = NoApplication.class)
    abstract static class Simulated {

        @Autowired
        Titles titles;

        @Autowired
        GreenPool crawler;
    }

    static class VirtualTime extends Simulated {

        @Autowired
        private SimulatedHub injected;

        @BeforeEach
        void before(SimulatedHub hub) {
            assertThat(hub).isSameAs(injected).isSameAs(crawler.hub());
            assertThat(hub.nanoTime()).isZero();
            SEEN.add(hub);
        }

        @Test
        void nothingRunsBeforeTheRun(SimulatedHub hub) throws Exception {
            CompletableFuture<String> first = titles.title(Duration.ofSeconds(5));
            CompletableFuture<String> second = titles.title(Duration.ofSeconds(4));
            assertThat(crawler.running()).isEqualTo(1);
            assertThat(crawler.waiting()).isEqualTo(1);
            hub.runFor(Duration.ofSeconds(5));
            assertThat(first).isDone();
            hub.run();
            assertThat(second.get()).startsWith("crawler-");
            assertThat(hub.nanoTime()).isEqualTo(Duration.ofSeconds(9).toNanos());
        }

        @Test
        void timeOutsAreOnTheVirtualClock(SimulatedHub hub) throws Exception {
            CompletableFuture<String> late = titles.title(Duration.ofMinutes(1));
            hub.run();
            assertThat(late).failsWithin(Duration.ZERO).withThrowableOfType(ExecutionException.class)
                    .withCauseInstanceOf(TimeoutException.class);
            assertThat(hub.nanoTime()).isEqualTo(Duration.ofSeconds(10).toNanos());
        }

        @Test
        @GreenletSeed(11)
        void theSeedIsTheTests(@Autowired SimulatedHub hub) {
            assertThat(hub.seed()).isEqualTo(11);
        }

        @RepeatedTest(2)
        @GreenletSeed(12)
        void runsAreTheSameAgain(SimulatedHub hub) throws Exception {
            for (int i = 0; i < 5; i++) {
                titles.title(Duration.ofMillis(i)).thenAccept(SEEN::add).isDone();
            }
            hub.run();
            SEEN.add(hub.trace());
        }

        @GreenletSeeds(count = 20)
        void manySeedsShareTheContext(SimulatedHub hub) throws Exception {
            Future<String> title = titles.title(Duration.ofSeconds(1));
            hub.run();
            assertThat(title.isDone()).isTrue();
        }

        @Nested
        class Inner {

            @Test
            void hasTheSameHub(SimulatedHub hub) {
                assertThat(hub).isSameAs(injected);
            }
        }
    }

    @Test
    void aSimulatedHubBeginsAnewForEachTest() {
        SampleRun.of(VirtualTime.class).succeeds(26);
        assertThat(SEEN.stream().filter(SimulatedHub.class::isInstance).distinct()).as("one context").hasSize(1);
        var twice = SEEN.stream().filter(seen -> !(seen instanceof SimulatedHub)).toList();
        assertThat(twice).hasSize(12);
        assertThat(twice.subList(0, 6)).isEqualTo(twice.subList(6, 12));
    }

    @Test
    void slicesTakeTurnsWhereTestsRunSideBySide() {
        SampleRun.sideBySide(VirtualTime.class, OtherClass.class).succeeds(28);
    }

    static class OtherClass extends Simulated {

        private void takesThreeSeconds(SimulatedHub hub) throws Exception {
            assertThat(titles.title(Duration.ofSeconds(3)).isDone()).isFalse();
            hub.run();
            assertThat(hub.nanoTime()).isEqualTo(Duration.ofSeconds(3).toNanos());
        }

        @Test
        void one(SimulatedHub hub) throws Exception {
            takesThreeSeconds(hub);
        }

        @Test
        void two(SimulatedHub hub) throws Exception {
            takesThreeSeconds(hub);
        }
    }

    static class Leaking extends Simulated {

        @RepeatedTest(2)
        @GreenletSeed(5)
        void leavesTasksAndALine(SimulatedHub hub) throws Exception {
            SEEN.add(hub);
            assertThat(crawler.free()).isEqualTo(1);
            assertThat(titles.title(Duration.ofSeconds(3)).isDone()).isFalse();
            assertThat(titles.title(Duration.ofSeconds(3)).isDone()).isFalse();
            hub.runFor(Duration.ofSeconds(1));
        }
    }

    @Test
    void whatATestLeavesIsEndedBeforeTheNext() {
        SampleRun run = SampleRun.of(Leaking.class);
        assertThat(SEEN).hasSize(2).allSatisfy(
                hub -> assertThat(((SimulatedHub) hub).snapshot().greenThreads()).as("when the class ends").isZero());
        assertThat(run.failures()).hasSize(2).allSatisfy(failure -> assertThat(failure).message()
                .contains(
                        "pool 'crawler' (size=1, running=1, waiting=1)\n    task crawler-1 (Titles.title) has run for 999 ms, is waiting")
                .endsWith("seed 5: replay with @GreenletSeed(5)").doesNotContain("green thread"));
    }

    @Test
    void takesNoComponentOfTheApplicationThatItDoesNotInclude() {
        SampleRun.of(ApplicationSlice.class).succeeds(1);
    }
}
