package io.greenlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolOptions;
import io.greenlet.sync.GreenEvent;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// Time limits, from every kind of thread, on every hub.
final class GreenTimeoutTests extends HubContract {

    private static final Duration SHORT = Duration.ofMillis(20);
    private static final Duration LONG = Duration.ofSeconds(30);

    /// Fires the limit that the caller is in, and goes on.
    private static void passTime() {
        ((TimeLimit) Objects.requireNonNull(InterruptScope.entered())).fire();
    }

    private static String block() throws InterruptedException {
        return new GreenEvent<String>().await();
    }

    @AfterEach
    void noScopeIsLeft() {
        assertThat(InterruptScope.entered()).isNull();
    }

    @Nested
    final class Call {

        @Test
        void returnsWhatTheBodyReturns() throws Exception {
            assertThat(GreenTimeout.<String>call(LONG, () -> "done")).isEqualTo("done");
            assertThat(GreenTimeout.<@Nullable String>call(LONG, () -> null)).isNull();
        }

        @Test
        void endsABlockingCallAtTheLimit() {
            long start = Hub.current().nanoTime();
            assertThatExceptionOfType(TimeoutException.class)
                    .isThrownBy(() -> GreenTimeout.call(SHORT, GreenTimeoutTests::block))
                    .withMessage("timed out after 20 ms").withCauseInstanceOf(InterruptedException.class);
            assertThat(Hub.current().nanoTime() - start).isGreaterThanOrEqualTo(SHORT.toNanos());
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
        }

        @Test
        void throwsWhatTheBodyThrows() {
            IOException error = new IOException();
            assertThatThrownBy(() -> GreenTimeout.call(LONG, () -> {
                throw error;
            })).isSameAs(error);
            assertThatThrownBy(() -> GreenTimeout.run(LONG, () -> {
                throw new StackOverflowError();
            })).isInstanceOf(StackOverflowError.class);
        }

        @Test
        void ofZeroOrLessEndsTheFirstBlockingCall() throws Exception {
            assertThat(GreenTimeout.<String>call(Duration.ZERO, () -> "not blocked")).isEqualTo("not blocked");
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
            for (Duration none : new Duration[]{Duration.ZERO, Duration.ofMillis(-5),
                    Duration.ofSeconds(Long.MIN_VALUE)}) {
                assertThatThrownBy(() -> GreenTimeout.call(none, GreenTimeoutTests::block))
                        .isInstanceOf(TimeoutException.class).hasMessage("timed out after 0 ms");
            }
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
        }

        @Test
        void ofAHugeLimitNeverEndsAndHasNoTimer() throws Exception {
            int before = Hub.current().snapshot().timers();
            int during = GreenTimeout.call(Duration.ofSeconds(Long.MAX_VALUE), () -> Hub.current().snapshot().timers());
            assertThat(during).isLessThanOrEqualTo(before);
        }

        @Test
        void canThrowAnExceptionOfOnesOwn() {
            IllegalStateException own = new IllegalStateException("too late");
            assertThatThrownBy(() -> GreenTimeout.call(SHORT, GreenTimeoutTests::block, () -> own)).isSameAs(own);
            assertThatThrownBy(() -> GreenTimeout.run(SHORT, () -> block(), () -> own)).isSameAs(own);
            assertThatThrownBy(() -> GreenTimeout.run(SHORT, () -> block())).isInstanceOf(TimeoutException.class);
        }

        @Test
        void canReturnAValueInstead() throws Exception {
            assertThat(GreenTimeout.callOr(SHORT, GreenTimeoutTests::block, "late")).isEqualTo("late");
            assertThat(GreenTimeout.<@Nullable String>callOr(SHORT, GreenTimeoutTests::block, null)).isNull();
            assertThat(GreenTimeout.callOr(LONG, () -> "in time", "late")).isEqualTo("in time");
        }

        @Test
        void canBeSilent() throws Exception {
            assertThat(GreenTimeout.tryRun(SHORT, () -> block())).isFalse();
            assertThat(GreenTimeout.tryRun(LONG, () -> letOthersRun())).isTrue();
        }

        @Test
        void limitsTheWholeOfManyBlockingCalls() {
            AtomicInteger steps = new AtomicInteger();
            assertThatThrownBy(() -> GreenTimeout.run(SHORT, () -> {
                for (;;) {
                    Hub.current().sleep(Duration.ofMillis(3));
                    steps.incrementAndGet();
                }
            })).isInstanceOf(TimeoutException.class);
            assertThat(steps).hasValueLessThan(8);
        }
    }

    @Nested
    final class TheBody {

        @Test
        void thatCatchesTheInterruptionLives() throws Exception {
            assertThat(GreenTimeout.<String>call(SHORT, () -> {
                try {
                    return block();
                } catch (InterruptedException e) {
                    Hub.current().sleep(Duration.ofMillis(1)); // and is not interrupted again
                    return "late, but done";
                }
            })).isEqualTo("late, but done");
        }

        @Test
        void thatReturnsAsItsTimeEndsHasNoFlagLeft() throws Exception {
            assertThat(GreenTimeout.<String>call(LONG, () -> {
                passTime();
                return "just in time";
            })).isEqualTo("just in time");
            assertThat(Thread.interrupted()).isFalse();
        }

        @Test
        void mayDressTheInterruption() {
            for (Exception dress : new Exception[]{new IllegalStateException(new InterruptedException()),
                    new CompletionException(new java.nio.channels.ClosedByInterruptException()),
                    new java.io.InterruptedIOException(), new java.net.SocketException("Closed by interrupt")}) {
                assertThatThrownBy(() -> GreenTimeout.run(LONG, () -> {
                    passTime();
                    assertThat(Thread.interrupted()).isTrue();
                    throw dress;
                })).isInstanceOf(TimeoutException.class).hasCause(dress);
            }
        }

        @Test
        void mayHideTheInterruptionInTheFlag() {
            CancellationException dress = new CancellationException();
            assertThatThrownBy(() -> GreenTimeout.run(LONG, () -> {
                passTime();
                throw dress;
            })).isInstanceOf(TimeoutException.class).hasCause(dress);
            assertThat(Thread.interrupted()).isFalse();
        }

        @Test
        void thatFailsForAnotherReasonFailsSo() {
            IOException error = new IOException("disk full");
            assertThatThrownBy(() -> GreenTimeout.run(SHORT, () -> {
                assertThat(catchThrowable(GreenTimeoutTests::block)).isInstanceOf(InterruptedException.class);
                throw error;
            })).isSameAs(error);
        }

        @Test
        void keepsItsErrors() {
            AssertionError error = new AssertionError();
            assertThatThrownBy(() -> GreenTimeout.run(LONG, () -> {
                passTime();
                throw error;
            })).isSameAs(error);
            assertThat(Thread.interrupted()).isFalse();
        }
    }

    @Nested
    final class ScopesWithinScopes {

        @Test
        void endWithTheInnerOneIfThatIsEarlier() throws Exception {
            assertThat(GreenTimeout.<String>call(LONG,
                    () -> GreenTimeout.callOr(SHORT, GreenTimeoutTests::block, "inner")))
                    .isEqualTo("inner");
        }

        @Test
        void endWithTheOuterOneIfThatIsEarlier() throws Exception {
            AtomicReference<@Nullable Throwable> through = new AtomicReference<>();
            assertThat(GreenTimeout.<String>callOr(SHORT, () -> {
                try {
                    return GreenTimeout.callOr(LONG, GreenTimeoutTests::block, "inner");
                } catch (InterruptedException e) {
                    through.set(e);
                    throw e;
                }
            }, "outer")).isEqualTo("outer");
            assertThat(through.get()).as("passes through the inner one").isNotNull();
        }

        @Test
        void endWithTheOuterOneIfBothAreOver() throws Exception {
            assertThat(GreenTimeout.<String>callOr(SHORT, () -> GreenTimeout.callOr(SHORT, () -> {
                waitUntilHubTime(Hub.current().nanoTime() + 2 * SHORT.toNanos());
                waitUntil("both have interrupted",
                        () -> InterruptScope.entered() instanceof TimeLimit inner && inner.isOver()
                                && inner.outer instanceof TimeLimit outer && outer.isOver());
                return block();
            }, "inner"), "outer")).isEqualTo("outer");
            assertThat(Thread.interrupted()).isFalse();
        }

        @Test
        void leaveTheExceptionOfAnInnerOneToIt() {
            assertThatThrownBy(() -> GreenTimeout.callOr(LONG, () -> {
                passTime();
                assertThat(Thread.interrupted()).as("taken up by the body, which lives").isTrue();
                return GreenTimeout.call(SHORT, GreenTimeoutTests::block);
            }, "outer")).isInstanceOf(TimeoutException.class).hasMessage("timed out after 20 ms");
        }

        @Test
        void tellTheRemainingTime() throws Exception {
            assertThat(GreenTimeout.remaining()).isEmpty();
            GreenTimeout.run(LONG, () -> {
                GreenTimeout.run(LONG.multipliedBy(2), () -> assertThat(GreenTimeout.remaining()).hasValueSatisfying(
                        left -> assertThat(left).isPositive().isLessThanOrEqualTo(LONG)));
                passTime();
                assertThat(GreenTimeout.remaining()).contains(Duration.ZERO);
            });
        }
    }

    @Nested
    final class InterruptsOfTheCallersOwn {

        @Test
        void thatWereThereBeforeAreThereAfterwards() throws Exception {
            Thread.currentThread().interrupt();
            assertThat(GreenTimeout.<String>call(LONG, () -> "done")).isEqualTo("done");
            assertThat(Thread.interrupted()).isTrue();
        }

        @Test
        void thatWereThereBeforeEndTheBodyAsEver() {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> GreenTimeout.call(LONG, GreenTimeoutTests::block))
                    .isInstanceOf(InterruptedException.class);
            assertThat(Thread.interrupted()).isFalse();
        }

        @Test
        void surviveALimitOfZero() throws Exception {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> GreenTimeout.call(Duration.ZERO, GreenTimeoutTests::block))
                    .isInstanceOf(TimeoutException.class);
            assertThat(Thread.interrupted()).isTrue();
            Thread.currentThread().interrupt();
            assertThat(GreenTimeout.<String>call(Duration.ZERO, () -> "done")).isEqualTo("done");
            assertThat(Thread.interrupted()).isTrue();
        }

        @Test
        void thatComeMeanwhileEndTheBody() throws Exception {
            Actor<String> caller = fork(() -> GreenTimeout.callOr(LONG, GreenTimeoutTests::block, "late"));
            waitUntilParked(caller.thread());
            caller.interrupt();
            assertThatThrownBy(caller::result).isInstanceOf(InterruptedException.class);
        }

        @Test
        void thatAreWaitingWhenTheTimeEndsAreThereAfterwards() {
            assertThatThrownBy(() -> GreenTimeout.call(LONG, () -> {
                Thread.currentThread().interrupt();
                passTime();
                return block();
            })).isInstanceOf(TimeoutException.class);
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Nested
    final class Kills {

        private GreenThread<String> blocked(Callable<String> body) {
            GreenEvent<Thread> begun = new GreenEvent<>();
            GreenThread<String> thread = spawn(() -> {
                begun.send(Thread.currentThread());
                return body.call();
            });
            try {
                waitUntilParked(begun.await());
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            return thread;
        }

        @Test
        void passThroughALimit() {
            GreenThread<String> thread = blocked(() -> GreenTimeout.callOr(LONG, GreenTimeoutTests::block, "late"));
            thread.kill();
            assertThatThrownBy(thread::await).isInstanceOf(GreenletExit.class);
            assertThat(thread.state()).isEqualTo(Future.State.CANCELLED);
        }

        @Test
        void goBeforeALimit() {
            GreenEvent<String> killed = new GreenEvent<>();
            AtomicReference<@Nullable Thread> begun = new AtomicReference<>();
            GreenThread<String> thread = spawn(() -> GreenTimeout.callOr(LONG, () -> {
                passTime();
                begun.set(Thread.currentThread());
                waitUntil("it is killed", killed::ready);
                return block();
            }, "late"));
            waitUntil("it runs", () -> begun.get() != null);
            thread.kill();
            killed.send("now");
            assertThatThrownBy(thread::await).isInstanceOf(GreenletExit.class);
        }

        @Test
        void ofOneselfPassThrough() {
            IllegalStateException cause = new IllegalStateException();
            GreenThread<String> thread = spawn(() -> GreenTimeout.callOr(LONG, () -> {
                passTime();
                GreenThread.current().orElseThrow().kill(cause);
                return "never";
            }, "late"));
            assertThatThrownBy(thread::await).isSameAs(cause);
            assertThat(thread.state()).isEqualTo(Future.State.CANCELLED);
        }

        @Test
        void thatWereCaughtLongAgoDoNotMatter() throws Exception {
            GreenThread<String> thread = blocked(() -> {
                assertThat(catchThrowable(GreenTimeoutTests::block)).isInstanceOf(InterruptedException.class);
                return GreenTimeout.callOr(SHORT, GreenTimeoutTests::block, "late");
            });
            thread.kill();
            assertThat(thread.await()).isEqualTo("late");
        }

        @Test
        void thatWereCaughtLongAgoLeaveATimeoutWhatItIs() {
            GreenThread<String> thread = blocked(() -> {
                assertThat(catchThrowable(GreenTimeoutTests::block)).isInstanceOf(InterruptedException.class);
                return GreenTimeout.call(SHORT, GreenTimeoutTests::block);
            });
            thread.kill();
            assertThatThrownBy(thread::await).hasCauseInstanceOf(TimeoutException.class);
            assertThat(thread.state()).isEqualTo(Future.State.FAILED);
        }

        @Test
        void byTheTimeLimitOfAPoolPassThrough() throws Exception {
            PoolOptions options = PoolOptions.named("limited").withHub(hub()).withTaskTimeout(SHORT);
            try (GreenPool pool = GreenPool.of(options)) {
                GreenThread<String> task = pool
                        .spawn(() -> GreenTimeout.callOr(LONG, GreenTimeoutTests::block, "late"));
                assertThatThrownBy(task::await).hasCauseInstanceOf(TimeoutException.class)
                        .hasMessageContaining("ran longer than");
                assertThat(pool.snapshot().timedOut()).isEqualTo(1);
            }
        }

        @Test
        void ofATaskInItsCallersThreadLeaveTheCallersLimitAlone() throws Exception {
            try (GreenPool pool = new GreenPool(0)) {
                String outcome = GreenTimeout.callOr(LONG, () -> {
                    passTime();
                    return inPlace(pool);
                }, "late");
                assertThat(outcome).isEqualTo("late");
            }
            assertThat(Thread.interrupted()).isFalse();
        }

        private String inPlace(GreenPool pool) throws Exception {
            GreenPool callers = GreenPool.of(PoolOptions.named("callers").withHub(pool.hub()).withSize(0)
                    .withWhenFull(io.greenlet.pool.WhenFull.CALLER_RUNS));
            GreenThread<String> task = callers.spawn(GreenTimeoutTests::block);
            return task.await();
        }
    }

    @Nested
    final class Shields {

        @Test
        void holdALimitBackUntilTheirEnd() {
            AtomicInteger steps = new AtomicInteger();
            assertThatThrownBy(() -> GreenTimeout.run(SHORT, () -> {
                GreenTimeout.runShielded(() -> {
                    Hub.current().sleep(SHORT.multipliedBy(2));
                    steps.incrementAndGet();
                });
                steps.incrementAndGet();
                block();
            })).isInstanceOf(TimeoutException.class);
            assertThat(steps).hasValue(2);
            assertThat(Thread.interrupted()).isFalse();
        }

        @Test
        void holdAKillBackUntilTheirEnd() throws Exception {
            GreenEvent<Thread> begun = new GreenEvent<>();
            GreenEvent<String> gate = new GreenEvent<>();
            GreenEvent<String> cleaned = new GreenEvent<>();
            GreenThread<String> thread = spawn(() -> {
                cleaned.send(GreenTimeout.<String>shielded(() -> {
                    begun.send(Thread.currentThread());
                    return gate.await();
                }));
                return block();
            });
            waitUntilParked(begun.await());
            thread.kill();
            gate.send("cleaned up");
            assertThatThrownBy(thread::await).isInstanceOf(GreenletExit.class);
            assertThat(cleaned.await()).isEqualTo("cleaned up");
        }

        @Test
        void putTheFlagBy() throws Exception {
            Thread.currentThread().interrupt();
            assertThat(GreenTimeout.<Boolean>shielded(() -> {
                Hub.current().sleep(Duration.ofMillis(1));
                return Thread.currentThread().isInterrupted();
            })).isFalse();
            assertThat(Thread.interrupted()).isTrue();
        }

        @Test
        void letLimitsInsideHold() throws Exception {
            GreenTimeout.run(LONG, () -> {
                String cleaned = GreenTimeout.shielded(
                        () -> GreenTimeout.callOr(SHORT, GreenTimeoutTests::block, "given up"));
                assertThat(cleaned).isEqualTo("given up");
            });
        }

        @Test
        void holdUntilTheOutermostOneEnds() throws Exception {
            GreenTimeout.run(LONG, () -> {
                GreenTimeout.runShielded(() -> {
                    GreenTimeout.runShielded(GreenTimeoutTests::passTime);
                    assertThat(Thread.currentThread().isInterrupted()).isFalse();
                });
                assertThat(Thread.interrupted()).isTrue();
            });
        }

        @Test
        void canBeUsedForCleanUpAfterTheInterruption() throws Exception {
            AtomicReference<@Nullable String> cleaned = new AtomicReference<>();
            assertThat(GreenTimeout.<String>callOr(LONG, () -> {
                try {
                    passTime();
                    return block();
                } finally {
                    cleaned.set(GreenTimeout.<String>shielded(() -> {
                        Hub.current().sleep(Duration.ofMillis(1));
                        return "cleaned up";
                    }));
                }
            }, "late")).isEqualTo("late");
            assertThat(cleaned).hasValue("cleaned up");
        }
    }

    @Nested
    final class Scope {

        @Test
        void throwsWhatItHasCaused() {
            assertThatThrownBy(() -> {
                GreenTimeout scope = GreenTimeout.open(SHORT);
                try (scope) {
                    block();
                } catch (InterruptedException e) {
                    scope.check(e);
                    throw e;
                }
            }).isInstanceOf(TimeoutException.class).hasMessage("timed out after 20 ms");
        }

        @Test
        void leavesWhatItHasNotCaused() throws Exception {
            GreenTimeout scope = GreenTimeout.open(LONG);
            try (scope) {
                Thread.currentThread().interrupt();
                block();
            } catch (InterruptedException e) {
                scope.check(e);
            }
            assertThat(scope.isOver()).isFalse();
        }

        @Test
        void canBeCancelled() throws Exception {
            try (GreenTimeout scope = GreenTimeout.open(SHORT)) {
                assertThat(scope.isPending()).isTrue();
                assertThat(scope).hasToString("time limit of 20 ms (pending)");
                assertThat(scope.cancel()).isTrue();
                assertThat(scope.cancel()).isFalse();
                assertThat(scope.isPending()).isFalse();
                assertThat(scope).hasToString("time limit of 20 ms (idle)");
                Hub.current().sleep(SHORT.multipliedBy(2));
                assertThat(scope.isOver()).isFalse();
            }
        }

        @Test
        void canBeginAnew() throws Exception {
            try (GreenTimeout scope = GreenTimeout.open(LONG)) {
                assertThat(scope.restart(SHORT)).isTrue();
                assertThat(scope.cancel()).isTrue();
                assertThat(scope.restart(SHORT)).isTrue();
                assertThat(catchThrowable(GreenTimeoutTests::block)).isInstanceOf(InterruptedException.class);
                assertThat(scope.isOver()).isTrue();
                assertThat(scope.restart(LONG)).as("too late").isFalse();
                assertThat(scope).hasToString("time limit of 20 ms (over)");
            }
        }

        @Test
        void endsWithTheOneAroundIt() {
            GreenTimeout outer = GreenTimeout.open(LONG);
            GreenTimeout inner = GreenTimeout.open(LONG);
            outer.close();
            assertThat(inner.isPending()).isFalse();
            assertThat(inner.restart(SHORT)).isFalse();
            inner.close();
            outer.close();
        }

        @Test
        void belongsToItsThread() throws Exception {
            try (GreenTimeout scope = GreenTimeout.open(LONG)) {
                Actor<@Nullable Throwable> other = fork(() -> catchThrowable(scope::close));
                assertThat(other.result()).isInstanceOf(IllegalStateException.class)
                        .hasMessageStartingWith("time limit of 30000 ms (pending) must be closed by its own thread");
                assertThat(scope.isPending()).isTrue();
                assertThatThrownBy(() -> scope.check(new InterruptedException()))
                        .isInstanceOf(IllegalStateException.class).hasMessageContaining("must be closed before");
            }
        }
    }

    @Nested
    final class ScopesLeftOpen {

        @Test
        void endWithTheOneOutsideAndLeaveNoFlag() {
            GreenTimeout outside = GreenTimeout.open(LONG);
            GreenTimeout inside = GreenTimeout.open(Duration.ZERO);
            outside.close();
            assertThat(Thread.interrupted()).isFalse();
            assertThat(inside.isOver()).isTrue();
            inside.close();
        }

        @Test
        void byATaskInPlaceLeaveNoFlagToItsCaller() throws Exception {
            GreenThread<Boolean> task = callers().spawn(() -> GreenTimeout.open(Duration.ZERO).isOver());
            assertThat(Thread.interrupted()).isFalse();
            assertThat(task.await()).isTrue();
        }

        @Test
        void byTheCallerOfATaskInPlaceAreNotClosedByThatTask() throws Exception {
            GreenTimeout mine = GreenTimeout.open(LONG);
            GreenThread<Boolean> task = callers().spawn(() -> {
                mine.close();
                return true;
            });
            assertThatThrownBy(task::await).isInstanceOf(IllegalStateException.class)
                    .hasMessage(mine + " must be closed by the task that has opened it: " + task);
            assertThat(mine.isPending()).isTrue();
            mine.close();
        }

        private GreenPool callers() {
            return GreenPool.of(PoolOptions.named("callers").withHub(hub()).withSize(0)
                    .withWhenFull(io.greenlet.pool.WhenFull.CALLER_RUNS));
        }
    }

    @Nested
    final class Greenlets {

        @Test
        void areEndedByTheLimitAroundThem() throws Exception {
            Greenlet sleeper = Greenlet.of(_ -> {
                try {
                    return block();
                } catch (InterruptedException e) {
                    return "interrupted";
                }
            });
            assertThat(GreenTimeout.<Object>call(SHORT, () -> Objects.requireNonNull(sleeper.switchTo())))
                    .isEqualTo("interrupted");
        }

        @Test
        void letALimitOutsideThroughTheirOwn() throws Exception {
            assertThat(GreenTimeout.<Object>callOr(LONG, () -> {
                TimeLimit around = (TimeLimit) Objects.requireNonNull(InterruptScope.entered());
                Greenlet inside = Greenlet.of(_ -> {
                    try {
                        return GreenTimeout.callOr(LONG, () -> {
                            passTime();
                            around.fire();
                            return block();
                        }, "inner");
                    } catch (Exception e) {
                        return e;
                    }
                });
                Object got = Objects.requireNonNull(inside.switchTo());
                assertThat(got).isInstanceOf(InterruptedException.class);
                throw (Exception) got;
            }, "outer")).isEqualTo("outer");
        }
    }
}
