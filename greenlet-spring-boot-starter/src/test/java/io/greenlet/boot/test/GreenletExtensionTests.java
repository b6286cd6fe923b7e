package io.greenlet.boot.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.greenlet.Green;
import io.greenlet.GreenThread;
import io.greenlet.Hub;
import io.greenlet.SimulatedHub;
import io.greenlet.sync.GreenEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opentest4j.AssertionFailedError;

/// The hub that a test gets, and its seed.
@Timeout(60)
class GreenletExtensionTests {

    private static final Pattern REPLAY = Pattern.compile("seed (\\d+): replay with @GreenletSeed\\(\\1\\)");

    /// What the samples have seen: each run of a sample writes here, and the test that runs it reads.
    private static final Queue<Object> SEEN = new ConcurrentLinkedQueue<>();

    @BeforeEach
    void nothingSeen() {
        SEEN.clear();
    }

    private static List<Object> seen() {
        return List.copyOf(SEEN);
    }

    private static List<String> suppressed(Throwable failure) {
        return Arrays.stream(failure.getSuppressed()).map(beside -> String.valueOf(beside.getMessage())).toList();
    }

    @ExtendWith(GreenletExtension.class)
    static class OneHubEverywhere {

        private final SimulatedHub inConstructor;

        OneHubEverywhere(SimulatedHub hub) {
            inConstructor = hub;
        }

        @BeforeEach
        void before(SimulatedHub hub) {
            assertThat(hub).isSameAs(inConstructor);
        }

        @AfterEach
        void after(SimulatedHub hub) {
            assertThat(hub).isSameAs(inConstructor);
            SEEN.add(hub);
        }

        @Test
        void one(SimulatedHub hub) throws InterruptedException {
            assertThat(hub).isSameAs(inConstructor);
            GreenThread<Long> hour = hub.spawn(() -> {
                Green.sleep(Duration.ofHours(1));
                return hub.nanoTime();
            });
            hub.runFor(Duration.ofMinutes(59));
            assertThat(hour.isDone()).isFalse();
            hub.run();
            assertThat(hour.await()).isEqualTo(Duration.ofHours(1).toNanos());
        }

        @Test
        void other(SimulatedHub hub) {
            assertThat(hub.nanoTime()).isZero();
        }

        @RepeatedTest(2)
        void repeated(SimulatedHub hub) {
            assertThat(hub.nanoTime()).isZero();
        }

        @ParameterizedTest
        @ValueSource(ints = {1, 2})
        void parameterized(int number, SimulatedHub hub) {
            hub.runFor(Duration.ofSeconds(number));
            assertThat(hub.nanoTime()).isEqualTo(Duration.ofSeconds(number).toNanos());
        }

        @Nested
        class Inner {

            @Test
            void nested(SimulatedHub hub) {
                assertThat(hub).isSameAs(inConstructor);
            }
        }
    }

    @Test
    void eachTestHasAHubOfItsOwnWhichIsClosedAfterIt() {
        SampleRun.of(OneHubEverywhere.class).succeeds(7);
        assertThat(seen()).hasSize(7).doesNotHaveDuplicates().allSatisfy(hub -> assertThat(hub)
                .isInstanceOfSatisfying(SimulatedHub.class, closed -> assertThat(failureOf(() -> closed.restart(1)))
                        .hasMessageContaining("is closed")));
    }

    private static Throwable failureOf(Runnable call) {
        return catchThrowable(call::run);
    }

    @ExtendWith(GreenletExtension.class)
    static class Failing {

        @Test
        void fails(SimulatedHub hub) {
            SEEN.add(hub.seed());
            assertThat(hub.seed()).isZero();
        }
    }

    @Test
    void aFailureTellsTheRandomSeedBesideItself() {
        SampleRun first = SampleRun.of(Failing.class);
        SampleRun second = SampleRun.of(Failing.class);

        assertThat(first.failure()).isInstanceOf(AssertionFailedError.class);
        assertThat(suppressed(first.failure())).singleElement().satisfies(line -> {
            var replay = REPLAY.matcher(line);
            assertThat(replay.matches()).isTrue();
            assertThat(Long.parseLong(replay.group(1))).isEqualTo(seen().getFirst());
        });
        assertThat(suppressed(second.failure())).isNotEqualTo(suppressed(first.failure()));
    }

    @ExtendWith(GreenletExtension.class)
    static class FailingAround {

        @BeforeEach
        void before(SimulatedHub hub) {
            throw new IllegalStateException("before with " + hub.seed());
        }

        @AfterEach
        void after(SimulatedHub hub) {
            throw new IllegalStateException("after with " + hub.seed());
        }

        @Test
        void neverRuns() {
            SEEN.add("ran");
        }
    }

    @ExtendWith(GreenletExtension.class)
    static class FailingToBegin {

        FailingToBegin(SimulatedHub hub) {
            throw new IllegalStateException("begin with " + hub.seed());
        }

        @Test
        void neverRuns() {
            SEEN.add("ran");
        }
    }

    @Test
    void failuresAroundATestTellTheSeedToo() {
        Throwable before = SampleRun.of(FailingAround.class).failure();
        assertThat(before).hasMessageStartingWith("before with ");
        assertThat(suppressed(before)).hasSize(2).anyMatch(line -> REPLAY.matcher(line).matches());
        assertThat(before.getSuppressed()).anySatisfy(after -> {
            assertThat(after).hasMessageStartingWith("after with ");
            assertThat(suppressed(after)).singleElement().matches(line -> REPLAY.matcher(line).matches());
        });
        Throwable begin = SampleRun.of(FailingToBegin.class).failure();
        assertThat(suppressed(begin)).anyMatch(line -> REPLAY.matcher(line).matches());
        assertThat(seen()).isEmpty();
    }

    @ExtendWith(GreenletExtension.class)
    static class WithoutHub {

        @Test
        void fails() {
            throw new IllegalStateException("without a hub");
        }

        @Test
        void isAborted(SimulatedHub hub) {
            assumeTrue(hub.seed() < 0);
        }
    }

    @Test
    void aTestThatHasNoHubTellsNoSeed() {
        SampleRun run = SampleRun.of(WithoutHub.class);
        assertThat(run.tests().aborted().count()).isEqualTo(1);
        assertThat(run.failures()).hasSize(2).allSatisfy(failure -> assertThat(failure).hasNoSuppressedExceptions());
    }

    @GreenletSeed(7)
    @ExtendWith(GreenletExtension.class)
    static class Seeded {

        @Test
        void ofTheClass(SimulatedHub hub) {
            assertThat(hub.seed()).isEqualTo(7);
        }

        @Test
        @GreenletSeed(8)
        void ofTheMethod(SimulatedHub hub) {
            assertThat(hub.seed()).isEqualTo(8);
        }

        @RepeatedTest(2)
        void again(SimulatedHub hub) {
            assertThat(hub.seed()).isEqualTo(7);
            List<Integer> order = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                int number = i;
                hub.spawnN(() -> order.add(number));
            }
            hub.run();
            SEEN.add(order + " " + hub.trace());
        }

        @Nested
        class Inner {

            @Test
            void ofTheClassAround(SimulatedHub hub) {
                assertThat(hub.seed()).isEqualTo(7);
            }
        }
    }

    @Test
    void theNearestAnnotationGivesTheSeedAndTheSeedTheOrder() {
        SampleRun.of(Seeded.class).succeeds(5);
        assertThat(seen()).hasSize(2);
        assertThat(seen().get(0)).isEqualTo(seen().get(1));
    }

    @ExtendWith(GreenletExtension.class)
    static class TooSlow {

        @Test
        @Timeout(value = 50, unit = TimeUnit.MILLISECONDS)
        void inTheSameThread(SimulatedHub hub) {
            runForEver(hub);
        }

        @Test
        @Timeout(value = 50, unit = TimeUnit.MILLISECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
        void inAnother(SimulatedHub hub) {
            runForEver(hub);
        }

        private static void runForEver(SimulatedHub hub) {
            GreenThread<Void> busy = hub.spawn(() -> {
                for (;;) {
                    Green.sleep(Duration.ZERO);
                }
            });
            hub.run();
            assertThat(busy.isDone()).isTrue();
        }
    }

    @ExtendWith(GreenletExtension.class)
    static class NobodyReceives {

        @Test
        void failsInAGreenThread(SimulatedHub hub) {
            hub.spawnN(() -> assertThat(hub.nanoTime()).isEqualTo(1));
            hub.run();
        }

        @Test
        void hasAHandlerOfItsOwn(SimulatedHub hub) {
            hub.setFailureHandler((source, _) -> SEEN.add(source));
            hub.spawnN(() -> {
                throw new IllegalStateException("for the handler");
            });
            hub.run();
        }
    }

    @Test
    void whatAGreenThreadThrowsAndNobodyReceivesFailsTheTest() {
        SampleRun run = SampleRun.of(NobodyReceives.class);
        assertThat(run.tests().succeeded().count()).isEqualTo(1);
        assertThat(run.failure().getMessage()).startsWith("green thread 'green-1' failed, and nobody received it: ")
                .containsPattern(REPLAY);
        assertThat(run.failure().getSuppressed()).singleElement().isInstanceOf(AssertionFailedError.class);
        assertThat(seen()).containsExactly("green thread 'green-1'");
    }

    @ExtendWith(GreenletExtension.class)
    static class ForAllTests {

        @BeforeAll
        static void before(SimulatedHub hub) {
            SEEN.add(hub);
        }

        @Test
        void neverRuns() {
            SEEN.add("ran");
        }
    }

    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    @ExtendWith(GreenletExtension.class)
    static class ForAllInstances {

        ForAllInstances(SimulatedHub hub) {
            SEEN.add(hub);
        }

        @Test
        void neverRuns() {
            SEEN.add("ran");
        }
    }

    @Test
    void aHubForSeveralTestsIsRefused() {
        for (Class<?> sample : List.of(ForAllTests.class, ForAllInstances.class)) {
            assertThat(SampleRun.of(sample).failure()).hasStackTraceContaining("a SimulatedHub belongs to one test");
        }
        assertThat(seen()).isEmpty();
    }

    @ExtendWith(GreenletExtension.class)
    static class Waiting {

        @Test
        void forWhatNeverComes(SimulatedHub hub) {
            GreenEvent<String> never = new GreenEvent<>();
            assertThat(hub.spawn(() -> never.await(Duration.ofSeconds(1))).isDone()).isFalse();
            hub.run();
            assertThat(hub.nanoTime()).isEqualTo(Duration.ofSeconds(1).toNanos());
        }
    }

    @Test
    void timeOutsAreOnTheVirtualClock() {
        SampleRun.of(Waiting.class).succeeds(1);
    }

    @Test
    void aTestThatTakesTooLongFailsWithItsSeedAndIsEnded() {
        SampleRun run = SampleRun.of(TooSlow.class);
        assertThat(run.failures()).hasSize(2).allSatisfy(failure -> {
            assertThat(failure).isInstanceOf(TimeoutException.class);
            assertThat(suppressed(failure)).anyMatch(line -> REPLAY.matcher(line).matches());
        });
    }

    @Test
    void hubsOfParallelTestsAreTheirOwn() {
        SampleRun.sideBySide(OneHubEverywhere.class, Seeded.class).succeeds(12);
        assertThat(Hub.parallel().snapshot().greenThreads()).isEqualTo(-1); // not told to record
    }
}
