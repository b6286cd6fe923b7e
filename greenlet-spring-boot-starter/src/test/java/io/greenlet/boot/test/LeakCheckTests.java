package io.greenlet.boot.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.Green;
import io.greenlet.GreenThreadState;
import io.greenlet.Hub;
import io.greenlet.SimulatedHub;
import io.greenlet.boot.Eventually;
import io.greenlet.boot.GreenPoolAutoConfiguration;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolOptions;
import io.greenlet.sync.GreenEvent;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Isolated;
import org.opentest4j.AssertionFailedError;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.TestContext;
import org.springframework.test.context.TestExecutionListener;
import org.springframework.test.context.TestExecutionListeners;
import org.springframework.test.context.TestPropertySource;
import org.springframework.test.context.junit.jupiter.SpringJUnitConfig;

/// What a test leaves behind, and what it does not.
@Timeout(60)
class LeakCheckTests {

    /// What the samples leave, for the test that runs them to end.
    private static final Queue<GreenEvent<String>> LEFT = new ConcurrentLinkedQueue<>();

    private static GreenEvent<String> never() {
        GreenEvent<String> event = new GreenEvent<>();
        LEFT.add(event);
        return event;
    }

    @BeforeEach
    @AfterEach
    void nothingIsLeft() {
        for (GreenEvent<String> event = LEFT.poll(); event != null; event = LEFT.poll()) {
            event.send("over");
        }
    }

    private static String leftBy(Class<?> sample) {
        Throwable failure = SampleRun.of(sample).failure();
        assertThat(failure).isInstanceOf(AssertionFailedError.class);
        return String.valueOf(failure.getMessage());
    }

    @Nested
    class OnTheSimulatedHub {

        @ExtendWith(GreenletExtension.class)
        static class NeverRun {

            @Test
            @GreenletSeed(42)
            void spawnsOnly(SimulatedHub hub) {
                hub.spawnN(() -> LEFT.clear());
            }
        }

        @Test
        void whatHasNotBegunIsLeft() {
            assertThat(leftBy(NeverRun.class)).matches(
                    "(?s)the test has left behind, which it may with @AllowLeaks\\(\"the reason\"\\):\n"
                            + "  green thread green-1 of hub 'simulated-42' is ready and has not begun, spawned at .*"
                            + "spawnsOnly.*\nseed 42: replay with @GreenletSeed\\(42\\)");
        }

        @ExtendWith(GreenletExtension.class)
        static class WaitsForEver {

            @Test
            @GreenletSeed(42)
            void waits(SimulatedHub hub) {
                GreenEvent<String> never = never();
                hub.spawnN(() -> {
                    try {
                        never.await();
                    } catch (InterruptedException e) {
                        LEFT.clear(); // killed after the test
                    }
                });
                hub.runFor(Duration.ofSeconds(1));
            }
        }

        @Test
        void whoWaitsIsNamedWithWhatForAndWhereAndEnds() {
            assertThat(leftBy(WaitsForEver.class))
                    .contains(
                            "green thread green-1 of hub 'simulated-42' is waiting for event (fresh, waiting=1), spawned")
                    .contains("\n      at io.greenlet.boot.test.LeakCheckTests$OnTheSimulatedHub$WaitsForEver.");
            assertThat(LEFT).isEmpty();
        }

        @ExtendWith(GreenletExtension.class)
        static class Later {

            @Test
            void spawnsLater(SimulatedHub hub) {
                assertThat(hub.spawnAfter(Duration.ofHours(1), () -> "never").isDone()).isFalse();
            }
        }

        @ExtendWith(GreenletExtension.class)
        static class CallsLater {

            @Test
            void callsLater(SimulatedHub hub) {
                assertThat(hub.callAfter(Duration.ofHours(1), LEFT::clear).isPending()).isTrue();
                hub.runFor(Duration.ofMinutes(1));
            }
        }

        @Test
        void aTimerIsLeft() {
            assertThat(leftBy(Later.class)).contains("is to begin later, spawned at ");
            assertThat(leftBy(CallsLater.class)).contains(" has timers that are pending: 1");
        }
    }

    @Nested
    class OnTheParallelHub {

        @ExtendWith(GreenletExtension.class)
        static class Waits {

            @Test
            void inAGreenThread() throws InterruptedException {
                GreenEvent<String> never = never();
                GreenPool pool = GreenPool.of(PoolOptions.named("mine").withSize(1));
                pool.spawnN(() -> {
                    try {
                        never.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                });
                await(() -> Hub.parallel().greenThreads().stream()
                        .anyMatch(thread -> thread.state() == GreenThreadState.WAITING));
            }
        }

        @Test
        void whatWaitsIsNamed() {
            assertThat(leftBy(Waits.class)).matches(
                    "(?s).*green thread mine-\\d+ of hub 'parallel' is waiting for event .*, spawned at .*\n      at .*");
            assertThat(Hub.parallel().snapshot().greenThreads()).as("not told to record").isEqualTo(-1);
        }

        @ExtendWith(GreenletExtension.class)
        static class JustEnding {

            @Test
            void soon() {
                GreenEvent<String> end = new GreenEvent<>();
                Hub.parallel().spawnN(() -> {
                    try {
                        end.await();
                        Green.sleep(Duration.ofMillis(20));
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                });
                end.send("now");
            }
        }

        @Test
        void whatIsJustEndingIsNotLeft() {
            SampleRun.with(Map.of(), JustEnding.class).succeeds(1);
        }

        @ExtendWith(GreenletExtension.class)
        static class There {

            @Test
            void nothing() {
                assertThat(Hub.parallel().greenThreads()).isNotEmpty();
            }
        }

        @Test
        void whatWasThereBeforeIsNotTheTests() {
            GreenEvent<String> never = never();
            Hub.recordSpawns(true);
            try {
                assertThat(Hub.parallel().spawn(() -> never.await()).isDone()).isFalse();
                await(() -> !Hub.parallel().greenThreads().isEmpty());
                SampleRun.of(There.class).succeeds(1);
                assertThat(Hub.parallel().snapshot().greenThreads()).as("recorded as before").isNotNegative();
            } finally {
                Hub.recordSpawns(false);
            }
        }

        @ExtendWith(GreenletExtension.class)
        static class NotBegun {

            @Test
            void spawns() {
                GreenEvent<String> never = never();
                assertThat(Hub.parallel().spawn(() -> never.await()).isDone()).isFalse();
            }
        }

        @Test
        void whatHasHardlyBegunIsLeftToo() {
            assertThat(leftBy(NotBegun.class)).contains("green thread green-");
        }

        @Test
        void besideOtherTestsItIsNotWatched() {
            SampleRun.sideBySide(NotBegun.class).succeeds(1);
        }

        @Isolated
        static class AloneAmongMany extends NotBegun {}

        @Test
        void anIsolatedTestIsAlone() {
            SampleRun run = SampleRun.with(Map.of("junit.jupiter.execution.parallel.enabled", "true",
                    "greenlet.test.grace", "50ms"), AloneAmongMany.class);
            assertThat(run.failure()).hasMessageContaining("green thread green-");
        }
    }

    private static void await(BooleanSupplier state) {
        try {
            Eventually.holds(state);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Lets each run of a sample have a context of its own.
    static class ClosedAfterwards implements TestExecutionListener {

        @Override
        public void afterTestClass(TestContext test) {
            test.markApplicationContextDirty(DirtiesContext.HierarchyMode.EXHAUSTIVE);
        }
    }

    @SpringJUnitConfig
    @TestExecutionListeners(listeners = ClosedAfterwards.class, mergeMode = TestExecutionListeners.MergeMode.MERGE_WITH_DEFAULTS)
    @ImportAutoConfiguration(GreenPoolAutoConfiguration.class)
    @TestPropertySource(properties = "greenlet.pools.crawler.size=1")
    @ExtendWith(GreenletExtension.class)
    @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
    abstract static class OneSlot {

        @Autowired
        private GreenPool crawler;

        @Test
        @Order(2)
        void findsTheSlotFree() throws InterruptedException {
            await(() -> crawler.free() == 1);
            crawler.spawn(() -> "fine").await();
        }

        GreenPool crawler() {
            return crawler;
        }
    }

    @Nested
    class InPoolsOfTheContext {

        @TestPropertySource(properties = "sample=busy")
        static class Busy extends OneSlot {

            @Test
            @Order(1)
            void leavesATaskAndOneInLine() {
                GreenEvent<String> never = never();
                List.of(1, 2).forEach(_ -> assertThat(crawler().submit(() -> never.await()).isDone()).isFalse());
                await(() -> crawler().tasks().stream().anyMatch(task -> !task.stack().isEmpty()));
            }
        }

        @Test
        void tasksAndTheLineAreNamedAndEnded() {
            assertThat(leftBy(Busy.class)).matches(
                    "(?s).*\n  pool 'crawler' \\(size=1, running=1, waiting=1\\)\n    task crawler-\\d+ has run for \\d+ ms, "
                            + "is \\w+.*, spawned at .*\n      at .*\n    in line crawler-\\d+ for \\d+ ms, spawned at .*")
                    .doesNotContain("green thread");
        }

        @TestPropertySource(properties = "sample=blocked")
        static class Blocked extends OneSlot {

            @Test
            @Order(1)
            void leavesACallerInLine() {
                GreenEvent<String> never = never();
                assertThat(crawler().submit(() -> never.await()).isDone()).isFalse();
                Thread.ofPlatform().name("the caller").start(() -> {
                    try {
                        crawler().spawnN(() -> {});
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                });
                await(() -> crawler().waiting() == 1);
            }
        }

        @Test
        void aCallerInLineIsNamed() {
            assertThat(leftBy(Blocked.class))
                    .matches("(?s).*\n    in line crawler-\\d+ for \\d+ ms, with its caller the caller, spawned at .*"
                            + "\n      at .*");
        }

        @TestPropertySource(properties = "greenlet.hub.mode=cooperative")
        static class OnAHubOfTheContext extends OneSlot {

            @Test
            @Order(1)
            void leavesAGreenThread() {
                GreenEvent<String> never = never();
                assertThat(crawler().hub().spawn(() -> never.await()).isDone()).isFalse();
            }
        }

        @Test
        void theHubOfTheContextIsLookedAtToo() {
            assertThat(leftBy(OnAHubOfTheContext.class))
                    .containsPattern("green thread green-\\d+ of hub 'greenlet' is ");
        }

        @TestPropertySource(properties = "sample=resizing")
        static class Resizing extends OneSlot {

            @Test
            @Order(1)
            void leavesAnotherSize() {
                crawler().resize(3);
            }

            @Override
            void findsTheSlotFree() {
                crawler().resize(1);
                crawler().resize(3); // as before this test
            }
        }

        @Test
        void anotherSizeIsLeft() {
            assertThat(leftBy(Resizing.class))
                    .contains("pool 'crawler' (size=3, running=0, waiting=0) had size 1 before the test");
        }

        @TestPropertySource(properties = "sample=closing")
        static class Closing extends OneSlot {

            @Test
            @Order(3)
            void closes() {
                crawler().close();
            }
        }

        @Test
        void aClosedPoolIsLeft() {
            assertThat(leftBy(Closing.class))
                    .contains("pool 'crawler' (size=1, running=0, waiting=0) was closed by the test");
        }

        @TestPropertySource(properties = "sample=dirty")
        static class Dirty extends OneSlot {

            @Test
            @Order(1)
            @DirtiesContext
            void closesItsContext() {
                crawler().resize(7);
            }
        }

        @Test
        void aContextThatIsClosedWithTheTestTakesAllWithIt() {
            SampleRun.of(Dirty.class).succeeds(2);
        }
    }

    @Nested
    class Allowed {

        @ExtendWith(GreenletExtension.class)
        static class Reasons {

            @Test
            @AllowLeaks("it is what is tested")
            void reason(SimulatedHub hub) {
                hub.spawnN(LEFT::clear);
            }

            @Test
            @AllowLeaks(" ")
            void noReason(SimulatedHub hub) {
                hub.spawnN(LEFT::clear);
            }
        }

        @Test
        void takesAReason() {
            SampleRun run = SampleRun.of(Reasons.class);
            assertThat(run.tests().succeeded().count()).isEqualTo(1);
            assertThat(run.failure()).hasMessage("the reason in @AllowLeaks must not be blank: \" \"");
        }
    }

    @ExtendWith(GreenletExtension.class)
    static class FailsAndLeaks {

        @Test
        void both(SimulatedHub hub) {
            hub.spawnN(LEFT::clear);
            throw new IllegalStateException("the failure");
        }
    }

    @Test
    void whatAFailedTestLeavesIsToldBesideItsFailure() {
        Throwable failure = SampleRun.of(FailsAndLeaks.class).failure();
        assertThat(failure).hasMessage("the failure");
        assertThat(failure.getSuppressed()).anySatisfy(left -> assertThat(left).hasMessageContaining("green-1"));
    }

    @Test
    void theGraceIsADuration() {
        SampleRun run = SampleRun.with(Map.of("greenlet.test.grace", "soon"), OnTheParallelHub.JustEnding.class);
        assertThat(run.failure()).hasMessage("greenlet.test.grace must be a duration, such as 500ms: soon");
    }
}
