package io.greenlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.greenlet.sync.GreenEvent;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// What a hub promises beside its green threads: clock, timers, delayed spawns, failures, and the verbs of [Green].
final class HubTests extends HubContract {

    private static final Duration LONG = Duration.ofHours(1);
    private static final Duration SHORT = Duration.ofMillis(3);
    private static final Duration FOR_EVER = Duration.ofSeconds(Long.MAX_VALUE);

    @Nested
    final class Current {

        @Test
        void isTheHubOfTheGreenThreadOneIsIn() throws Exception {
            assertThat(spawn(Hub::current).await()).isSameAs(hub());
            assertThat(spawn(() -> spawn(Hub::current).await()).await()).isSameAs(hub());
        }

        @Test
        void isTheParallelHubElsewhere() {
            assertThat(Hub.current()).isSameAs(caller() == Caller.GREEN_THREAD ? hub() : Hub.parallel());
        }

        @Test
        void hasAName() {
            assertThat(hub().name()).isNotBlank();
            assertThat(hub()).hasToString(hub().name());
            assertThat(hub().snapshot().name()).isEqualTo(hub().name());
            assertThat(hub().snapshot().greensJdkBlocking()).isEqualTo(hub().greensJdkBlocking());
        }
    }

    @Nested
    final class Sleep {

        @Test
        void lastsAtLeastAsLongAsAsked() throws Exception {
            long start = hub().nanoTime();
            hub().sleep(SHORT);
            assertThat(hub().nanoTime() - start).isGreaterThanOrEqualTo(SHORT.toNanos());
        }

        @Test
        void ofZeroOrLessReturns() throws Exception {
            hub().sleep(Duration.ZERO);
            hub().sleep(Duration.ofSeconds(-1));
            hub().sleep(Duration.ofSeconds(Long.MIN_VALUE));
        }

        /// Without the yield, more sleepers than cores would keep the last one from ever starting.
        @Test
        void ofZeroGivesOthersTheirTurn() throws Exception {
            AtomicBoolean lastHasRun = new AtomicBoolean();
            List<GreenThread<String>> greens = new ArrayList<>();
            for (int i = 0; i < 4 * Runtime.getRuntime().availableProcessors(); i++) {
                greens.add(spawn(() -> {
                    while (!lastHasRun.get()) {
                        Green.sleep(Duration.ZERO);
                    }
                    return "went on";
                }));
            }
            spawn(() -> {
                lastHasRun.set(true);
                return "ran";
            }).await();
            for (GreenThread<String> green : greens) {
                assertThat(green.await()).isEqualTo("went on");
            }
        }

        @Test
        void endsAtAnInterrupt() throws Exception {
            Actor<Boolean> sleeper = fork(() -> {
                assertThatThrownBy(() -> hub().sleep(LONG)).isInstanceOf(InterruptedException.class);
                return Thread.currentThread().isInterrupted();
            });
            waitUntilParked(sleeper.thread());
            sleeper.interrupt();
            assertThat(sleeper.result()).as("the flag is spent").isFalse();
        }

        @Test
        void doesNotBeginWithTheFlagSet() {
            for (Duration duration : List.of(LONG, Duration.ZERO, Duration.ofSeconds(-1))) {
                Thread.currentThread().interrupt();
                assertThatThrownBy(() -> hub().sleep(duration)).isInstanceOf(InterruptedException.class);
                assertThat(Thread.interrupted()).isFalse();
            }
        }

        @Test
        void ofAnySizeEndsByAKill() {
            GreenThread<String> green = spawn(() -> {
                hub().sleep(FOR_EVER);
                return "slept";
            });
            green.kill();
            assertThatThrownBy(green::await).isInstanceOf(GreenletExit.class);
        }
    }

    @Nested
    final class YieldNow {

        @Test
        void leavesTheInterruptFlagAlone() {
            Thread.currentThread().interrupt();
            hub().yieldNow();
            assertThat(Thread.interrupted()).isTrue();
        }

        @Test
        void givesOthersTheirTurn() throws Exception {
            AtomicBoolean lastHasRun = new AtomicBoolean();
            List<GreenThread<String>> greens = new ArrayList<>();
            for (int i = 0; i < 4 * Runtime.getRuntime().availableProcessors(); i++) {
                greens.add(spawn(() -> {
                    while (!lastHasRun.get()) {
                        Green.yieldNow();
                    }
                    return "went on";
                }));
            }
            spawn(() -> {
                lastHasRun.set(true);
                return "ran";
            }).await();
            for (GreenThread<String> green : greens) {
                assertThat(green.await()).isEqualTo("went on");
            }
        }
    }

    @Nested
    final class Blocking {

        @Test
        void isAsIfTheBodyStoodInItsPlace() throws Exception {
            assertThat(hub().blocking(() -> "value")).isEqualTo("value");
            IOException error = new IOException();
            assertThatThrownBy(() -> hub().blocking(() -> {
                throw error;
            })).isSameAs(error);
            AssertionError worse = new AssertionError();
            assertThatThrownBy(() -> hub().blocking(() -> {
                throw worse;
            })).isSameAs(worse);
        }

        @Test
        void keepsTheIdentityOfTheCaller() throws Exception {
            GreenThread<Optional<GreenThread<?>>> green = spawn(() -> hub().blocking(GreenThread::current));
            assertThat(green.await()).isEqualTo(Optional.of(green));
        }
    }

    @Nested
    final class SpawnN {

        @Test
        void runsInAGreenThread() throws Exception {
            GreenEvent<Optional<GreenThread<?>>> inside = new GreenEvent<>();
            hub().spawnN(() -> inside.send(GreenThread.current()));
            assertThat(inside.await()).isPresent();
        }

        @Test
        void reportsWhatItsBodyThrows() throws Exception {
            IllegalStateException error = new IllegalStateException("nobody awaits it");
            GreenEvent<String> name = new GreenEvent<>();
            hub().spawnN(() -> {
                name.send(GreenThread.current().orElseThrow().toString());
                throw error;
            });
            Report report = takeReport();
            assertThat(report.error()).isSameAs(error);
            assertThat(report.source()).isEqualTo(name.await()).startsWith("green thread '");
        }

        @Test
        void reportsErrorsToo() {
            AssertionError error = new AssertionError("nobody awaits it");
            hub().spawnN(() -> {
                throw error;
            });
            assertThat(takeReport().error()).isSameAs(error);
        }

        @Test
        void reportsInTheThreadThatFailed() throws Exception {
            GreenEvent<Thread> failed = new GreenEvent<>();
            GreenEvent<Thread> reporting = new GreenEvent<>();
            hub().setFailureHandler((_, _) -> reporting.send(Thread.currentThread()));
            try {
                hub().spawnN(() -> {
                    failed.send(Thread.currentThread());
                    throw new IllegalStateException();
                });
                assertThat(reporting.await()).isSameAs(failed.await());
            } finally {
                recordFailures();
            }
        }

        @Test
        void keepsQuietAboutGreenletExitAndKills() throws Exception {
            GreenEvent<GreenThread<?>> exited = new GreenEvent<>();
            GreenEvent<GreenThread<?>> begun = new GreenEvent<>();
            GreenEvent<String> never = new GreenEvent<>();
            hub().spawnN(() -> {
                exited.send(GreenThread.current().orElseThrow());
                throw new GreenletExit("enough");
            });
            hub().spawnN(() -> {
                begun.send(GreenThread.current().orElseThrow());
                try {
                    never.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            begun.await().kill();
            assertThatThrownBy(exited.await()::await).isInstanceOf(GreenletExit.class);
            assertThatThrownBy(begun.await()::await).isInstanceOf(GreenletExit.class);
            // After each test: nothing was reported.
        }

        @Test
        void aFailingHandlerHarmsNobody() throws Exception {
            GreenEvent<GreenThread<?>> self = new GreenEvent<>();
            hub().setFailureHandler((_, _) -> {
                throw new IllegalStateException("of the handler's own: expected in this log");
            });
            try {
                hub().spawnN(() -> {
                    self.send(GreenThread.current().orElseThrow());
                    throw new IllegalArgumentException("body");
                });
                assertThatThrownBy(() -> self.await().await(Duration.ofSeconds(10)))
                        .isInstanceOf(IllegalArgumentException.class);
            } finally {
                recordFailures();
            }
        }

        @Test
        @SuppressWarnings("NullAway") // what null does is the test
        void aBodyIsRequired() {
            assertThatThrownBy(() -> hub().spawnN(null)).isInstanceOf(NullPointerException.class).hasMessage("body");
        }
    }

    @Nested
    final class SpawnAfter {

        @Test
        void startsWhenTheDelayIsOverAndNotBefore() throws Exception {
            long start = hub().nanoTime();
            GreenThread<Long> green = hub().spawnAfter(SHORT, () -> hub().nanoTime());
            assertThat(green.await() - start).isGreaterThanOrEqualTo(SHORT.toNanos());
        }

        @Test
        void ofZeroOrLessStartsAtOnce() throws Exception {
            assertThat(hub().spawnAfter(Duration.ZERO, () -> "now").await()).isEqualTo("now");
            assertThat(hub().spawnAfter(Duration.ofSeconds(Long.MIN_VALUE), () -> "now").await()).isEqualTo("now");
        }

        @Test
        void anEarlierOneDoesNotWaitForALaterOne() throws Exception {
            GreenThread<String> later = hub().spawnAfter(LONG, () -> "later");
            GreenThread<String> sooner = hub().spawnAfter(SHORT, () -> "sooner");
            assertThat(sooner.await()).isEqualTo("sooner");
            assertThat(later.isDone()).isFalse();
            later.kill();
        }

        @Test
        @SuppressWarnings("FutureReturnValueIgnored") // a green thread is what the other returns
        void survivesTheEndOfItsSpawner() throws Exception {
            GreenThread<GreenThread<String>> spawner = spawn(() -> hub().spawnAfter(SHORT, () -> "survived"));
            assertThat(spawner.await().await()).isEqualTo("survived");
            Actor<GreenThread<String>> actor = fork(() -> hub().spawnAfter(SHORT, () -> "survived"));
            assertThat(actor.result().await()).isEqualTo("survived");
        }

        @Test
        void ofAnySizeWaitsUntilKilled() {
            int before = hub().snapshot().timers();
            GreenThread<String> green = hub().spawnAfter(FOR_EVER, () -> "never");
            assertThat(hub().snapshot().timers()).isEqualTo(before + 1);
            assertThatThrownBy(() -> green.await(SHORT)).isInstanceOf(TimeoutException.class);
            assertThat(green.state()).isEqualTo(Future.State.RUNNING);
            green.kill();
            assertThat(green.state()).isEqualTo(Future.State.CANCELLED);
            assertThat(hub().snapshot().timers()).isEqualTo(before);
        }

        @Test
        void itsFailureIsForThoseWhoAwaitIt() {
            IllegalStateException error = new IllegalStateException();
            GreenThread<String> green = hub().spawnAfter(SHORT, () -> {
                throw error;
            });
            assertThatThrownBy(green::await).isSameAs(error);
        }

        @Test
        void aKillAndTheDueTimeLeaveOneOutcome() throws Exception {
            for (int round = 0; round < 300; round++) {
                AtomicBoolean ran = new AtomicBoolean();
                GreenThread<String> green = hub().spawnAfter(Duration.ofNanos(round * 500L), () -> {
                    ran.set(true);
                    return "ran";
                });
                boolean takenBack = green.cancel(false);
                Throwable error = catchThrowable(green::await);
                assertThat(ran.get()).isEqualTo(!takenBack);
                assertThat(error != null).isEqualTo(takenBack);
            }
        }

        @Test
        @SuppressWarnings("NullAway") // what null does is the test
        void aDelayAndABodyAreRequired() {
            assertThatThrownBy(() -> hub().spawnAfter(null, () -> "body")).isInstanceOf(NullPointerException.class)
                    .hasMessage("delay");
            assertThatThrownBy(() -> hub().spawnAfter(SHORT, null)).isInstanceOf(NullPointerException.class)
                    .hasMessage("body");
        }
    }

    @Nested
    final class SpawnAfterLocal {

        /// Has a spawner do its work, and returns what it spawned when the spawner has ended.
        @FunctionalInterface
        private interface Ending {
            GreenThread<String> of(Callable<GreenThread<String>> spawning) throws Exception;
        }

        /// Returns one whose spawner has ended before it was due for certain: the delay grows until that was so.
        private GreenThread<String> orphan(Ending ending, Callable<String> body) throws Exception {
            for (Duration delay = Duration.ofMillis(10);; delay = delay.multipliedBy(2)) {
                Duration mine = delay;
                long start = hub().nanoTime();
                GreenThread<String> child = ending.of(() -> hub().spawnAfterLocal(mine, body));
                if (hub().nanoTime() - start < mine.toNanos()) {
                    return child;
                }
                var _ = catchThrowable(child::await);
            }
        }

        @SuppressWarnings("FutureReturnValueIgnored") // a green thread is what the other returns
        private GreenThread<String> returns(Callable<GreenThread<String>> spawning) throws Exception {
            return spawn(spawning).await();
        }

        private GreenThread<String> fails(Callable<GreenThread<String>> spawning) throws Exception {
            GreenEvent<GreenThread<String>> child = new GreenEvent<>();
            GreenThread<String> spawner = spawn(() -> {
                child.send(spawning.call());
                throw new IllegalStateException();
            });
            assertThatThrownBy(spawner::await).isInstanceOf(IllegalStateException.class);
            return child.await();
        }

        private GreenThread<String> isKilled(Callable<GreenThread<String>> spawning) throws Exception {
            GreenEvent<GreenThread<String>> child = new GreenEvent<>();
            GreenThread<String> spawner = spawn(() -> {
                child.send(spawning.call());
                hub().sleep(LONG);
                return "slept";
            });
            child.await();
            spawner.kill();
            assertThatThrownBy(spawner::await).isInstanceOf(GreenletExit.class);
            return child.await();
        }

        private GreenThread<String> inAPlainThread(Thread.Builder builder, Callable<GreenThread<String>> spawning)
                throws Exception {
            GreenEvent<GreenThread<String>> child = new GreenEvent<>();
            builder.start(() -> {
                try {
                    child.send(spawning.call());
                } catch (Exception e) {
                    child.sendException(e);
                }
            }).join();
            return child.await();
        }

        @Test
        void startsIfTheSpawnerStillLives() throws Exception {
            long start = hub().nanoTime();
            GreenThread<Long> green = hub().spawnAfterLocal(SHORT, () -> hub().nanoTime());
            assertThat(green.await() - start).isGreaterThanOrEqualTo(SHORT.toNanos());
            assertThat(spawn(() -> hub().spawnAfterLocal(SHORT, () -> "inner").await()).await()).isEqualTo("inner");
        }

        /// eventlet lets those who wait hang for ever.
        @Test
        void isDroppedWhenTheSpawnerHasEnded() throws Exception {
            Queue<GreenThread<?>> ran = new ConcurrentLinkedQueue<>();
            GreenThread<String> green = orphan(this::returns, () -> {
                ran.add(GreenThread.current().orElseThrow());
                return "ran";
            });
            GreenEvent<GreenThread<?>> ended = new GreenEvent<>();
            green.link(ended::send);
            assertThatThrownBy(green::await).isInstanceOf(GreenletExit.class)
                    .hasMessage(green.name() + " was dropped: its spawner ended before it was due");
            assertThatThrownBy(green::get).isInstanceOf(CancellationException.class);
            assertThat(green.state()).isEqualTo(Future.State.CANCELLED);
            assertThat(ended.await()).isSameAs(green);
            assertThat(ran.contains(green)).isFalse();
        }

        @Test
        void isDroppedWhenTheSpawnerWasKilledOrFailed() throws Exception {
            assertThatThrownBy(orphan(this::isKilled, () -> "ran")::await).isInstanceOf(GreenletExit.class);
            assertThatThrownBy(orphan(this::fails, () -> "ran")::await).isInstanceOf(GreenletExit.class);
        }

        @Test
        void isDroppedWhenAPlainThreadThatSpawnedItHasEnded() throws Exception {
            for (Thread.Builder builder : List.of(Thread.ofPlatform(), Thread.ofVirtual())) {
                GreenThread<String> green = orphan(spawning -> inAPlainThread(builder, spawning), () -> "ran");
                assertThatThrownBy(green::await).isInstanceOf(GreenletExit.class);
            }
        }

        @Test
        void killedBeforeItIsDueItNeverRuns() {
            GreenThread<String> green = hub().spawnAfterLocal(LONG, () -> "never");
            IllegalArgumentException cause = new IllegalArgumentException();
            green.kill(cause);
            assertThatThrownBy(green::await).isSameAs(cause);
        }

        /// The links of a dropped one are foreign code, and the timers of the hub are everybody's.
        @Test
        void aLinkOfADroppedOneMayBlockAndNoTimerIsLate() throws Exception {
            GreenEvent<String> inLink = new GreenEvent<>();
            GreenEvent<String> mayEnd = new GreenEvent<>();
            GreenThread<String> dropped = orphan(this::returns, () -> "never");
            Actor<String> linker = fork(() -> { // a thread of its own, should the end have come already
                dropped.link(_ -> {
                    inLink.send("in link");
                    try {
                        mayEnd.await();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                });
                return "linked";
            });
            inLink.await();
            try {
                assertThat(hub().spawnAfter(SHORT, () -> "in time").await(Duration.ofSeconds(10)))
                        .isEqualTo("in time");
            } finally {
                mayEnd.send("now");
            }
            assertThat(linker.result()).isEqualTo("linked");
            assertThatThrownBy(dropped::await).isInstanceOf(GreenletExit.class);
        }
    }

    @Nested
    final class CallAfter {

        @Test
        void callsBackInAGreenThreadWhenTheDelayIsOver() throws Exception {
            GreenEvent<Long> at = new GreenEvent<>();
            AtomicReference<@Nullable Optional<GreenThread<?>>> inside = new AtomicReference<>();
            long start = hub().nanoTime();
            HubTimer timer = hub().callAfter(SHORT, () -> {
                inside.set(GreenThread.current());
                at.send(hub().nanoTime());
            });
            assertThat(at.await() - start).isGreaterThanOrEqualTo(SHORT.toNanos());
            assertThat(inside.get()).isPresent();
            assertThat(timer.isPending()).isFalse();
            assertThat(timer.cancel()).isFalse();
        }

        @Test
        void isPendingUntilItIsTakenBack() {
            HubTimer timer = hub().callAfter(LONG, () -> {
            });
            assertThat(timer.isPending()).isTrue();
            assertThat(timer.cancel()).isTrue();
            assertThat(timer.isPending()).isFalse();
            assertThat(timer.cancel()).as("again").isFalse();
        }

        @Test
        void cancelledItNeverCallsBack() throws Exception {
            AtomicBoolean called = new AtomicBoolean();
            Duration soon = Duration.ofMillis(10);
            while (!hub().callAfter(soon, () -> called.set(true)).cancel()) { // it was due before we could cancel
                waitUntil("it has called back", called::get);
                called.set(false);
                soon = soon.multipliedBy(2);
            }
            GreenEvent<String> later = new GreenEvent<>();
            HubTimer after = hub().callAfter(soon.plusMillis(5), () -> later.send("later"));
            later.await();
            assertThat(called).isFalse();
            assertThat(after.isPending()).isFalse();
        }

        @Test
        void reportsWhatTheCallbackThrows() {
            IllegalStateException error = new IllegalStateException("callback");
            HubTimer timer = hub().callAfter(Duration.ZERO, () -> {
                throw error;
            });
            assertThat(takeReport().error()).isSameAs(error);
            assertThat(timer.isPending()).isFalse();
        }

        @Test
        void aCallbackMayBlockAndNoTimerIsLate() throws Exception {
            GreenEvent<String> blocked = new GreenEvent<>();
            GreenEvent<String> mayEnd = new GreenEvent<>();
            GreenEvent<String> ended = new GreenEvent<>();
            HubTimer blocking = hub().callAfter(Duration.ZERO, () -> {
                blocked.send("blocked");
                try {
                    ended.send(mayEnd.await());
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
            blocked.await();
            GreenEvent<String> other = new GreenEvent<>();
            HubTimer timer = hub().callAfter(SHORT, () -> other.send("in time"));
            assertThat(other.await(Duration.ofSeconds(10))).isEqualTo("in time");
            mayEnd.send("now");
            assertThat(ended.await()).isEqualTo("now");
            assertThat(List.of(blocking.isPending(), timer.isPending())).containsExactly(false, false);
        }

        @Test
        void aCancelRacingWithTheDueTimeTellsTheTruth() throws Exception {
            AtomicInteger calls = new AtomicInteger();
            int expected = 0;
            for (int round = 0; round < 500; round++) {
                HubTimer timer = hub().callAfter(Duration.ofNanos(round * 300L), calls::incrementAndGet);
                hub().yieldNow();
                if (!timer.cancel()) {
                    expected++;
                }
                assertThat(timer.isPending()).isFalse();
            }
            int due = expected;
            waitUntil("all that were not taken back have called", () -> calls.get() >= due);
            GreenEvent<String> last = new GreenEvent<>();
            HubTimer after = hub().callAfter(SHORT, () -> last.send("last"));
            last.await();
            assertThat(calls).hasValue(due);
            assertThat(after.isPending()).isFalse();
        }

        @Test
        void thousandsAtOnceAllCallBack() throws Exception {
            AtomicInteger calls = new AtomicInteger();
            List<HubTimer> timers = new ArrayList<>();
            for (int i = 0; i < 5_000; i++) {
                timers.add(hub().callAfter(Duration.ofNanos((i * 7919L) % 20_000_000), calls::incrementAndGet));
            }
            waitUntil("all have called back", () -> calls.get() == 5_000);
            assertThat(timers).noneMatch(HubTimer::isPending);
        }

        @Test
        @SuppressWarnings("NullAway") // what null does is the test
        void aDelayAndACallbackAreRequired() {
            assertThatThrownBy(() -> hub().callAfter(null, () -> {
            })).isInstanceOf(NullPointerException.class).hasMessage("delay");
            assertThatThrownBy(() -> hub().callAfter(SHORT, null)).isInstanceOf(NullPointerException.class)
                    .hasMessage("callback");
        }
    }

    @Nested
    final class FailureHandling {

        @Test
        @SuppressWarnings("NullAway") // what null does is the test
        void aHandlerIsRequired() {
            FailureHandler before = hub().failureHandler();
            assertThatThrownBy(() -> hub().setFailureHandler(null)).isInstanceOf(NullPointerException.class)
                    .hasMessage("handler");
            assertThat(hub().failureHandler()).isSameAs(before);
        }

        @Test
        void reportingNeverThrows() {
            IllegalStateException error = new IllegalStateException("expected in this log");
            for (FailureHandler handler : List.<FailureHandler>of((_, given) -> {
                throw (RuntimeException) given;
            }, (_, _) -> {
                throw new StackOverflowError();
            }, (_, _) -> {
                throw new Unprintable();
            })) {
                hub().setFailureHandler(handler);
                try {
                    hub().failed("something", error);
                } finally {
                    recordFailures();
                }
            }
        }

        private static final class Unprintable extends RuntimeException {
            private static final long serialVersionUID = 1L;

            @Override
            public String getMessage() {
                throw new UnsupportedOperationException("cannot be printed");
            }
        }
    }

    /// The static verbs are those of the hub one is on.
    @Nested
    final class Verbs {

        @Test
        void ofGreenUseTheCurrentHub() throws Exception {
            GreenThread<List<Hub>> green = spawn(() -> {
                GreenEvent<Hub> detached = new GreenEvent<>();
                Green.spawnN(() -> detached.send(Hub.current()));
                Green.yieldNow();
                Green.sleep(Duration.ofNanos(1));
                return List.of(Green.spawn(Hub::current).await(), detached.await(),
                        Green.spawnAfter(SHORT, Hub::current).await(),
                        Green.spawnAfterLocal(SHORT, Hub::current).await(), Green.blocking(Hub::current));
            });
            assertThat(green.await()).hasSize(5).allMatch(used -> used == hub());
        }
    }
}
