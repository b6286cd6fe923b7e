package io.greenlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.greenlet.sync.GreenEvent;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// What greenlets promise, clause by clause, in trees whose main greenlet is in any kind of thread.
final class GreenletTests extends HubContract {

    private static final Duration LONG = Duration.ofHours(1);
    private static final ScopedValue<String> USER = ScopedValue.newInstance();
    private static final ScopedValue<String> TENANT = ScopedValue.newInstance();

    private static final class Checked extends Exception {
        private static final long serialVersionUID = 1L;
    }

    private final List<Object> log = new ArrayList<>();

    private void note(@Nullable Object what) {
        log.add(String.valueOf(what));
    }

    /// Passes 1, 2, 3 and so on to its parent, and notes its end.
    private Greenlet counter() {
        return Greenlet.of(first -> {
            try {
                for (int i = 1;; i++) {
                    parent().switchTo(i);
                }
            } finally {
                note("unwound");
            }
        });
    }

    private static Greenlet parent() {
        return Objects.requireNonNull(Greenlet.current().parent());
    }

    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // what callers without null checks may pass
    private static <T> T none() {
        return null;
    }

    private static @Nullable Object sleepLong() {
        try {
            Green.sleep(LONG);
            return "slept";
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Nested
    final class Switch {

        @Test
        void passesTheFirstValueToTheBodyAndTheResultToTheParent() {
            Greenlet doubler = Greenlet.of(x -> x + "" + x);
            assertThat(doubler.switchTo("ab")).isEqualTo("abab");
            assertThat(doubler.isDead()).isTrue();
        }

        @Test
        void returnsWhatIsPassedBack() {
            Greenlet main = Greenlet.current();
            Greenlet echo = Greenlet.of(first -> {
                Object got = first;
                for (;;) {
                    got = main.switchTo("<" + got + ">");
                }
            });
            assertThat(echo.switchTo(1)).isEqualTo("<1>");
            assertThat(echo.switchTo(2)).isEqualTo("<2>");
            assertThat(echo.switchTo(null)).isEqualTo("<null>");
            assertThat(echo.switchTo()).isEqualTo("<null>");
            echo.close();
        }

        @Test
        void toOneselfReturnsTheValue() {
            Object value = new Object();
            assertThat(Greenlet.current().switchTo(value)).isSameAs(value);
            assertThat(Greenlet.of(v -> Greenlet.current().switchTo(v)).switchTo(value)).isSameAs(value);
        }

        @Test
        void givesNullWhereNothingIsReturned() {
            assertThat(Greenlet.of(x -> null).switchTo("x")).isNull();
        }

        @Test
        void goesBetweenSiblingsWithoutTheParent() {
            AtomicReference<@Nullable Greenlet> pong = new AtomicReference<>();
            Greenlet ping = Greenlet.of(first -> {
                Object ball = first;
                while ((int) Objects.requireNonNull(ball) < 2_000) {
                    ball = Objects.requireNonNull(pong.get()).switchTo((int) ball + 1);
                }
                return ball;
            });
            pong.set(Greenlet.of(first -> {
                Object ball = first;
                for (;;) {
                    ball = ping.switchTo((int) Objects.requireNonNull(ball) + 1);
                }
            }));
            assertThat(ping.switchTo(0)).isEqualTo(2_000);
            Objects.requireNonNull(pong.get()).close();
        }

        @Test
        void runsOneOfTheTreeAtATime() {
            AtomicInteger running = new AtomicInteger(1);
            Greenlet main = Greenlet.current();
            List<Greenlet> all = new ArrayList<>();
            int[] count = {0};
            for (int i = 0; i < 20; i++) {
                all.add(Greenlet.of(first -> {
                    for (int round = 0; round < 50; round++) {
                        assertThat(running.incrementAndGet()).isEqualTo(1);
                        count[0]++;
                        running.decrementAndGet();
                        main.switchTo();
                    }
                    return null;
                }));
            }
            for (int round = 0; round < 51; round++) {
                for (Greenlet each : all) {
                    running.decrementAndGet();
                    each.switchTo();
                    running.incrementAndGet();
                }
            }
            assertThat(count[0]).isEqualTo(1_000);
            assertThat(all).allMatch(Greenlet::isDead);
        }

        @Test
        void nestsAsDeepAsOneLikes() {
            assertThat(nested(500).switchTo(0)).isEqualTo(500);
        }

        private static Greenlet nested(int depth) {
            return Greenlet.of(x -> depth == 0 ? x : nested(depth - 1).switchTo((int) Objects.requireNonNull(x) + 1));
        }

        @Test
        void needsABody() {
            Function<@Nullable Object, @Nullable Object> none = none();
            assertThatThrownBy(() -> Greenlet.of(none)).isInstanceOf(NullPointerException.class)
                    .hasMessageContaining("run");
        }
    }

    @Nested
    final class Parent {

        @Test
        void isTheOneThatWasCurrentAtConstruction() {
            Greenlet main = Greenlet.current();
            Greenlet child = Greenlet.of(x -> Greenlet.of(y -> y));
            Greenlet grandchild = (Greenlet) Objects.requireNonNull(child.switchTo());
            assertThat(main.parent()).isNull();
            assertThat(child.parent()).isSameAs(main);
            assertThat(grandchild.parent()).isSameAs(child);
            assertThat(Greenlet.of(x -> x, child).parent()).isSameAs(child);
        }

        @Test
        void getsAResultWhoeverSwitchedThere() {
            Greenlet child = Greenlet.of(x -> "of the child");
            Greenlet other = Greenlet.of(x -> {
                child.switchTo();
                return "never here";
            });
            assertThat(other.switchTo()).isEqualTo("of the child");
            assertThat(other.state()).isEqualTo(Greenlet.State.SUSPENDED);
            other.close();
        }

        @Test
        void ofADeadOneGetsWhatWasMeantForIt() {
            Greenlet dead = Greenlet.of(x -> x);
            dead.switchTo();
            assertThat(dead.switchTo("back to me")).isEqualTo("back to me");
        }

        @Test
        void ofADeadOneMayBeAnother() {
            Greenlet dead = Greenlet.of(x -> x);
            dead.switchTo();
            Greenlet taker = Greenlet.of(x -> "taken: " + x);
            dead.setParent(taker);
            assertThat(dead.switchTo("it")).isEqualTo("taken: it");
            assertThat(taker.isDead()).isTrue();
        }

        @Test
        void thatHasNotBegunIsBegun() {
            Greenlet above = Greenlet.of(x -> "above got " + x);
            Greenlet below = Greenlet.of(x -> "a result", above);
            assertThat(below.switchTo()).isEqualTo("above got a result");
            assertThat(above.isDead()).isTrue();
        }

        @Test
        void thatHasNotBegunIsEndedByAnException() {
            AtomicBoolean ran = new AtomicBoolean();
            Greenlet above = Greenlet.of(x -> {
                ran.set(true);
                return x;
            });
            IllegalStateException error = new IllegalStateException("below");
            Greenlet below = Greenlet.of(x -> {
                throw error;
            }, above);
            assertThatThrownBy(below::switchTo).isSameAs(error);
            assertThat(ran).isFalse();
            assertThat(above.isDead()).isTrue();
        }

        @Test
        void isChangedWhileItRuns() {
            Greenlet above = Greenlet.of(x -> "above got " + x);
            Greenlet below = Greenlet.of(x -> {
                Greenlet.current().setParent(above);
                return "a result";
            });
            assertThat(below.switchTo()).isEqualTo("above got a result");
        }

        @Test
        void mustNotBeBelow() {
            Greenlet a = Greenlet.of(x -> x);
            Greenlet b = Greenlet.of(x -> x, a);
            Greenlet c = Greenlet.of(x -> x, b);
            assertThatThrownBy(() -> a.setParent(c)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("parent must not be the greenlet itself or below it: " + c + " for " + a);
            assertThatThrownBy(() -> a.setParent(a)).isInstanceOf(IllegalArgumentException.class);
            assertThat(a.parent()).isSameAs(Greenlet.current());
        }

        @Test
        void isNoneForAMainGreenlet() {
            Greenlet main = Greenlet.current();
            Greenlet child = Greenlet.of(x -> x);
            assertThatThrownBy(() -> main.setParent(child)).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(main.toString());
        }

        @Test
        void mustBeOfTheSameTree() throws Exception {
            Greenlet foreign = fork(Greenlet::current).result();
            Greenlet mine = Greenlet.of(x -> x);
            assertThatThrownBy(() -> mine.setParent(foreign)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(mine.toString()).hasMessageContaining(foreign.name());
        }
    }

    @Nested
    final class Exceptions {

        @Test
        void goToTheParentAsTheyAre() {
            for (Throwable error : List.of(new IllegalStateException(), new Error(), new Checked())) {
                Greenlet failing = Greenlet.of(x -> {
                    parent().throwInto(error);
                    return x;
                });
                assertThatThrownBy(failing::switchTo).isSameAs(error);
                failing.close();
                Greenlet thrown = Greenlet.of(x -> parent().switchTo());
                thrown.switchTo();
                assertThatThrownBy(() -> thrown.throwInto(error)).isSameAs(error);
                assertThat(thrown.isDead()).isTrue();
            }
        }

        @Test
        void goUpUntilSomebodyCatchesThem() {
            IllegalStateException error = new IllegalStateException();
            Greenlet middle = Greenlet.of(x -> Greenlet.of(y -> Greenlet.of(z -> {
                throw error;
            }).switchTo()).switchTo());
            assertThatThrownBy(middle::switchTo).isSameAs(error);
            Greenlet catching = Greenlet.of(x -> {
                try {
                    return Greenlet.of(y -> {
                        throw error;
                    }).switchTo();
                } catch (IllegalStateException e) {
                    return e;
                }
            });
            assertThat(catching.switchTo()).isSameAs(error);
        }

        @Test
        void areReturnedIfTheyAreExits() {
            GreenletExit exit = new GreenletExit("enough");
            assertThat(Greenlet.of(x -> {
                throw exit;
            }).switchTo()).isSameAs(exit);
        }

        @Test
        void ofTheDeepestStackDoNotEndTheTree() {
            Greenlet endless = Greenlet.of(this::callItself);
            assertThatThrownBy(endless::switchTo).isInstanceOf(StackOverflowError.class);
            assertThat(Greenlet.of(x -> x).switchTo(1)).isEqualTo(1);
        }

        @SuppressWarnings("InfiniteRecursion")
        private @Nullable Object callItself(@Nullable Object x) {
            return callItself(x);
        }
    }

    @Nested
    final class Throw {

        @Test
        void isRaisedInThePendingSwitch() {
            Greenlet catching = Greenlet.of(x -> {
                try {
                    return parent().switchTo("waiting");
                } catch (IllegalStateException e) {
                    return parent().switchTo("caught " + e.getMessage());
                }
            });
            assertThat(catching.switchTo()).isEqualTo("waiting");
            assertThat(catching.throwInto(new IllegalStateException("it"))).isEqualTo("caught it");
            assertThat(catching.switchTo("end")).isEqualTo("end");
        }

        @Test
        void ofAnExitIntoASuspendedOneReturnsIt() {
            Greenlet counter = counter();
            counter.switchTo();
            assertThat(counter.throwInto()).isInstanceOf(GreenletExit.class);
            assertThat(counter.isDead()).isTrue();
            assertThat(log).containsExactly("unwound");
        }

        @Test
        void intoOneThatHasNotBegunNeverRunsIt() {
            AtomicBoolean ran = new AtomicBoolean();
            IllegalStateException error = new IllegalStateException();
            Greenlet pending = Greenlet.of(x -> ran.getAndSet(true));
            assertThatThrownBy(() -> pending.throwInto(error)).isSameAs(error);
            assertThat(pending.isDead()).isTrue();
            GreenletExit exit = new GreenletExit();
            Greenlet exited = Greenlet.of(x -> ran.getAndSet(true));
            assertThat(exited.throwInto(exit)).isSameAs(exit);
            assertThat(exited.isDead()).isTrue();
            assertThat(ran).isFalse();
        }

        @Test
        void intoADeadOneReturnsAnExitAndRaisesAnythingElse() {
            Greenlet dead = Greenlet.of(x -> x);
            dead.switchTo();
            GreenletExit exit = new GreenletExit();
            assertThat(dead.throwInto(exit)).isSameAs(exit);
            IllegalStateException error = new IllegalStateException();
            assertThatThrownBy(() -> dead.throwInto(error)).isSameAs(error);
        }

        @Test
        void intoADeadOneReachesTheNearestLiveParent() {
            Greenlet above = Greenlet.of(x -> parent().switchTo(Greenlet.of(y -> y)));
            Greenlet dead = (Greenlet) Objects.requireNonNull(above.switchTo());
            dead.setParent(above);
            Greenlet empty = Greenlet.of(x -> x);
            dead.throwInto();
            assertThat(dead.isDead()).isTrue();
            assertThat(above.isDead()).as("it got the exit as a value, and returned it").isTrue();
            assertThat(empty.isActive()).isFalse();
        }

        @Test
        void intoTheCurrentOneIsRaisedThere() {
            IllegalStateException error = new IllegalStateException();
            assertThatThrownBy(() -> Greenlet.current().throwInto(error)).isSameAs(error);
            assertThatThrownBy(() -> Greenlet.current().throwInto()).isInstanceOf(GreenletExit.class);
            assertThat(Greenlet.of(x -> {
                try {
                    return Greenlet.current().throwInto(error);
                } catch (IllegalStateException e) {
                    return e;
                }
            }).switchTo()).isSameAs(error);
        }

        @Test
        void uncaughtGoesToTheTargetsParentNotToTheThrower() {
            IllegalStateException error = new IllegalStateException();
            Greenlet counter = counter();
            counter.switchTo();
            Greenlet thrower = Greenlet.of(x -> {
                counter.throwInto(error);
                return "never here";
            });
            assertThatThrownBy(thrower::switchTo).isSameAs(error);
            assertThat(thrower.state()).isEqualTo(Greenlet.State.SUSPENDED);
            thrower.close();
        }

        @Test
        void mustNotBeOfNull() {
            assertThatThrownBy(() -> Greenlet.current().throwInto(GreenletTests.<Throwable>none()))
                    .isInstanceOf(NullPointerException.class);
        }
    }

    @Nested
    final class States {

        @Test
        void goFromPendingToDead() {
            List<Object> seen = new ArrayList<>();
            AtomicReference<@Nullable Greenlet> self = new AtomicReference<>();
            Greenlet greenlet = Greenlet.of(x -> {
                seen.add(Objects.requireNonNull(self.get()).state());
                parent().switchTo();
                return x;
            });
            self.set(greenlet);
            seen.add(greenlet.state());
            assertThat(greenlet.isActive()).isFalse();
            assertThat(greenlet.isDead()).isFalse();
            greenlet.switchTo();
            seen.add(greenlet.state());
            assertThat(greenlet.isActive()).isTrue();
            assertThat(greenlet.isDead()).isFalse();
            greenlet.switchTo();
            seen.add(greenlet.state());
            assertThat(greenlet.isActive()).isFalse();
            assertThat(greenlet.isDead()).isTrue();
            assertThat(seen).containsExactly(Greenlet.State.PENDING, Greenlet.State.CURRENT,
                    Greenlet.State.SUSPENDED, Greenlet.State.DEAD);
        }

        @Test
        void areInTheText() {
            Greenlet greenlet = Greenlet.of("reader", x -> {
                parent().switchTo(Greenlet.current().toString());
                return x;
            });
            assertThat(greenlet).hasToString("greenlet 'reader' (pending)");
            assertThat(greenlet.switchTo()).isEqualTo("greenlet 'reader' (current)");
            assertThat(greenlet).hasToString("greenlet 'reader' (suspended)");
            greenlet.close();
            assertThat(greenlet).hasToString("greenlet 'reader' (dead)");
            assertThat(greenlet.name()).isEqualTo("reader");
            assertThat(Greenlet.of(x -> x).name()).isEqualTo("greenlet-1");
        }

        @Test
        void ofAMainGreenletFollowItsThread() throws Exception {
            Actor<Greenlet> other = fork(() -> {
                Greenlet main = Greenlet.current();
                assertThat(main.isActive()).isTrue();
                assertThat(main.state()).isEqualTo(Greenlet.State.CURRENT);
                assertThat(main.toString()).startsWith("main greenlet of ").endsWith(" (current)");
                return main;
            });
            Greenlet theirs = other.result();
            waitUntil("the thread has ended", () -> !other.thread().isAlive());
            assertThat(theirs.isDead()).isTrue();
            assertThat(theirs.isActive()).isFalse();
            assertThat(theirs.toString()).endsWith(" (dead)");
        }

        @Test
        void tellWhoRunsInAnotherThread() throws Exception {
            Greenlet mine = Greenlet.current();
            assertThat(fork(mine::toString).result()).endsWith(" (current in another thread)");
            assertThat(fork(mine::state).result()).isEqualTo(Greenlet.State.CURRENT);
        }

        @Test
        void ofASuspendedOneComeWithItsStack() {
            Greenlet counter = counter();
            assertThat(counter.stackTrace()).isEmpty();
            counter.switchTo();
            StackTraceElement[] stack = counter.stackTrace();
            assertThat(stack[0].getMethodName()).isEqualTo("switchTo");
            assertThat(stack).anyMatch(frame -> frame.getClassName().equals(GreenletTests.class.getName()));
            assertThat(Greenlet.current().stackTrace()).isEmpty();
            counter.close();
            assertThat(counter.stackTrace()).isEmpty();
        }
    }

    @Nested
    final class Current {

        @Test
        void isTheMainGreenletOfAThreadThatNeverSwitched() throws Exception {
            Greenlet main = Greenlet.current();
            assertThat(Greenlet.current()).isSameAs(main);
            assertThat(main.parent()).isNull();
            assertThat(main.isActive()).isTrue();
            assertThat(fork(Greenlet::current).result()).isNotSameAs(main);
            assertThat(spawn(Greenlet::current).await()).isNotSameAs(main);
        }

        @Test
        void isTheSameObjectInsideAndOutside() {
            Greenlet greenlet = Greenlet.of(x -> {
                parent().switchTo(Greenlet.current());
                return Greenlet.current();
            });
            assertThat(greenlet.switchTo()).isSameAs(greenlet);
            assertThat(greenlet.switchTo()).isSameAs(greenlet);
        }

        @Test
        void isAnotherInAThreadThatABodyStarts() {
            Greenlet.of(x -> {
                CompletableFuture<Greenlet> theirs = new CompletableFuture<>();
                Thread.ofVirtual().start(() -> theirs.complete(Greenlet.current()));
                waitUntil("it is told", theirs::isDone);
                assertThat(theirs.join()).isNotSameAs(Greenlet.current());
                assertThat(theirs.join().parent()).isNull();
                return x;
            }).switchTo();
        }
    }

    @Nested
    final class Trees {

        @Test
        void areLeftByNoSwitch() throws Exception {
            Greenlet mine = counter();
            mine.switchTo();
            Greenlet fresh = Greenlet.of(x -> x);
            String main = Greenlet.current().toString().replace(" (current)", "");
            fork(() -> {
                for (Greenlet theirs : List.of(mine, fresh)) {
                    assertThatThrownBy(theirs::switchTo).isInstanceOf(IllegalStateException.class)
                            .hasMessageContaining(theirs.toString()).hasMessageContaining(main)
                            .hasMessageContaining(Greenlet.current().toString());
                    assertThatThrownBy(theirs::throwInto).isInstanceOf(IllegalStateException.class);
                }
                assertThatThrownBy(mine::close).isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining(mine.toString());
                return "tried";
            }).result();
            assertThat(mine.switchTo()).isEqualTo(2);
            assertThat(fresh.switchTo(3)).isEqualTo(3);
            mine.close();
        }

        @Test
        void areLeftByNoSwitchFromABodyEither() throws Exception {
            Greenlet mine = Greenlet.current();
            fork(() -> {
                Greenlet body = Greenlet.of("theirs", x -> catchThrowable(mine::switchTo));
                assertThat(body.switchTo()).isInstanceOf(IllegalStateException.class)
                        .asString().contains("greenlet 'theirs' (current)").contains(mine.name());
                return "tried";
            }).result();
        }

        @Test
        void endWithTheirThreadForThoseThatHaveNotBegunToo() throws Exception {
            Actor<Greenlet> other = fork(() -> Greenlet.of(x -> x));
            Greenlet pending = other.result();
            waitUntil("the thread has ended", () -> !other.thread().isAlive());
            assertThatThrownBy(pending::switchTo).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("its thread has ended");
        }

        @Test
        void areOneGreenThread() {
            GreenThread<?> green = GreenThread.current().orElse(null);
            Hub before = Hub.current();
            Greenlet.of(x -> {
                assertThat(GreenThread.current().orElse(null)).isSameAs(green);
                assertThat(Hub.current()).isSameAs(before);
                return x;
            }).switchTo();
        }
    }

    @Nested
    final class Tracing {

        private final List<String> events = new ArrayList<>();

        private void traced(Greenlet.Event event, Greenlet origin, Greenlet target) {
            assertThat(Greenlet.current()).isSameAs(target);
            assertThat(target.state()).isEqualTo(Greenlet.State.CURRENT);
            events.add(event + " " + text(origin) + " " + text(target));
        }

        private static String text(Greenlet greenlet) {
            return greenlet.parent() == null ? "main" : greenlet.name();
        }

        @Test
        void tellsEverySwitchInTheTargetBeforeItGoesOn() {
            Greenlet.setTrace(this::traced);
            Greenlet a = Greenlet.of("a", x -> {
                events.add("a runs");
                Objects.requireNonNull(parent()).switchTo();
                events.add("a goes on");
                throw new IllegalStateException();
            });
            a.switchTo();
            events.add("main goes on");
            assertThatThrownBy(a::switchTo).isInstanceOf(IllegalStateException.class);
            Greenlet.setTrace(null);
            Greenlet.of(x -> x).switchTo();
            assertThat(events).containsExactly("switch main a", "a runs", "switch a main", "main goes on",
                    "switch main a", "a goes on", "throw a main");
        }

        @Test
        void tellsThrowsReturnsAndSwitchesToOneself() {
            Greenlet.setTrace(this::traced);
            Greenlet a = Greenlet.of("a", x -> parent().switchTo());
            a.switchTo();
            a.throwInto();
            Greenlet.current().switchTo();
            Greenlet b = Greenlet.of("b", x -> x);
            assertThatThrownBy(() -> b.throwInto(new IllegalStateException())).isNotNull();
            a.switchTo();
            assertThat(events).containsExactly("switch main a", "switch a main", "throw main a", "switch a main",
                    "switch main main", "throw main b", "throw b main", "switch main main");
            Greenlet.setTrace(null);
        }

        @Test
        void thatFailsIsRemovedAndRaisedInTheTarget() {
            IllegalStateException broken = new IllegalStateException("broken");
            AtomicBoolean ran = new AtomicBoolean();
            Greenlet.setTrace((event, origin, target) -> {
                throw broken;
            });
            Greenlet target = Greenlet.of(x -> ran.getAndSet(true));
            assertThatThrownBy(target::switchTo).isSameAs(broken);
            assertThat(ran).as("the body of the target").isFalse();
            assertThat(target.isDead()).isTrue();
            assertThat(Greenlet.trace()).isNull();
            Greenlet counter = counter();
            counter.switchTo();
            Greenlet.setTrace((event, origin, arrived) -> {
                throw broken;
            });
            IOException thrown = new IOException();
            assertThatThrownBy(() -> counter.throwInto(thrown)).isSameAs(broken).hasSuppressedException(thrown);
            assertThat(log).containsExactly("unwound");
        }

        @Test
        void isOfOneTree() throws Exception {
            Greenlet.Trace trace = this::traced;
            Greenlet.setTrace(trace);
            assertThat(Greenlet.trace()).isSameAs(trace);
            assertThat(Greenlet.of(x -> Greenlet.trace()).switchTo()).isSameAs(trace);
            events.clear();
            assertThat(fork(() -> {
                Greenlet.of(x -> x).switchTo();
                return Greenlet.trace();
            }).result()).isNull();
            assertThat(events).isEmpty();
            Greenlet.setTrace(null);
        }
    }

    @Nested
    final class Close {

        @Test
        void unwindsASuspendedOne() {
            Greenlet counter = counter();
            counter.switchTo();
            counter.close();
            assertThat(log).containsExactly("unwound");
            assertThat(counter.isDead()).isTrue();
            counter.close();
        }

        @Test
        void standsAtTheEndOfATry() {
            try (Greenlet counter = counter()) {
                assertThat(counter.switchTo()).isEqualTo(1);
            }
            assertThat(log).containsExactly("unwound");
        }

        @Test
        void ofOneThatHasNotBegunKeepsItFromBeginning() {
            Greenlet pending = counter();
            pending.close();
            assertThat(pending.isDead()).isTrue();
            assertThat(pending.switchTo("to the parent")).isEqualTo("to the parent");
            assertThat(log).isEmpty();
        }

        @Test
        void ofOneThatRefusesSaysSo() {
            Greenlet stubborn = Greenlet.of("stubborn", x -> {
                try {
                    parent().switchTo();
                } catch (GreenletExit exit) {
                    parent().switchTo();
                }
                return x;
            });
            stubborn.switchTo();
            assertThatThrownBy(stubborn::close).isInstanceOf(IllegalStateException.class)
                    .hasMessage("greenlet 'stubborn' (suspended) must end when it is closed, and has switched to the "
                            + Greenlet.current());
            assertThat(stubborn.isActive()).isTrue();
            assertThat(stubborn.switchTo()).isNull();
            assertThat(stubborn.isDead()).isTrue();
        }

        @Test
        void comesBackWhoeverTheParentIs() {
            Greenlet counter = counter();
            counter.switchTo();
            Greenlet closer = Greenlet.of(x -> {
                counter.close();
                return counter.isDead();
            });
            assertThat(closer.switchTo()).isEqualTo(true);
        }

        @Test
        void throwsWhatIsThrownInstead() {
            Greenlet failing = Greenlet.of(x -> {
                try {
                    return parent().switchTo();
                } catch (GreenletExit exit) {
                    throw new IllegalStateException("cannot end", exit);
                }
            });
            failing.switchTo();
            assertThatThrownBy(failing::close).hasMessage("cannot end");
            assertThat(failing.isDead()).isTrue();
        }

        @Test
        void ofTheCurrentOneIsAnExit() {
            assertThat(Greenlet.of(x -> {
                Greenlet.current().close();
                return x;
            }).switchTo()).isInstanceOf(GreenletExit.class);
        }

        @Test
        void ofTheMainOneEndsAllOthers() {
            Greenlet first = counter();
            Greenlet second = counter();
            first.switchTo();
            second.switchTo();
            Greenlet.current().close();
            assertThat(first.isDead()).isTrue();
            assertThat(second.isDead()).isTrue();
            assertThat(Greenlet.current().isActive()).isTrue();
            assertThat(Greenlet.of(x -> x).switchTo(1)).isEqualTo(1);
        }

        @Test
        void ofTheMainOneTellsAllThatWentWrong() {
            for (int i = 0; i < 2; i++) {
                Greenlet.of(x -> {
                    try {
                        return parent().switchTo();
                    } catch (GreenletExit exit) {
                        throw new IllegalStateException("cannot end");
                    }
                }).switchTo();
            }
            assertThatThrownBy(Greenlet.current()::close).hasMessage("cannot end")
                    .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
        }

        @Test
        void ofTheMainOneIsForItself() {
            Greenlet main = Greenlet.current();
            assertThat(Greenlet.of(x -> catchThrowable(main::close)).switchTo())
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @Nested
    final class EndOfTheThread {

        @Test
        void endsThoseThatAreSuspended() throws Exception {
            Queue<String> ends = new ConcurrentLinkedQueue<>();
            Queue<Thread> threads = new ConcurrentLinkedQueue<>();
            fork(() -> {
                for (int i = 0; i < 5; i++) {
                    String name = "g" + i;
                    Greenlet.of(name, x -> {
                        threads.add(Thread.currentThread());
                        try {
                            return parent().switchTo();
                        } finally {
                            ends.add(name);
                        }
                    }).switchTo();
                }
                return "done";
            }).result();
            waitUntil("all have ended", () -> {
                System.gc();
                return threads.stream().noneMatch(Thread::isAlive);
            });
            assertThat(ends).containsExactlyInAnyOrder("g0", "g1", "g2", "g3", "g4");
        }

        @Test
        void ofAGreenOneEndsThemBeforeAnyoneKnows() throws Exception {
            List<String> ends = new ArrayList<>();
            List<Greenlet> all = new ArrayList<>();
            spawn(() -> {
                for (String name : List.of("a", "b", "c")) {
                    Greenlet greenlet = Greenlet.of(name, x -> {
                        try {
                            return parent().switchTo();
                        } finally {
                            ends.add(name);
                        }
                    });
                    greenlet.switchTo();
                    all.add(greenlet);
                }
                return "done";
            }).await();
            assertThat(ends).containsExactly("c", "b", "a");
            assertThat(all).allMatch(Greenlet::isDead);
        }

        @Test
        void reportsThoseThatRefuse() throws Exception {
            AtomicInteger told = new AtomicInteger();
            AtomicBoolean over = new AtomicBoolean();
            assertThat(spawn(() -> {
                Greenlet greenlet = Greenlet.of("stubborn", x -> {
                    while (!over.get()) {
                        try {
                            parent().switchTo();
                        } catch (GreenletExit exit) {
                            told.incrementAndGet();
                        }
                    }
                    return x;
                });
                greenlet.switchTo();
                return "done";
            }).await()).isEqualTo("done");
            assertThat(takeReport().error()).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("greenlet 'stubborn'");
            assertThat(told).hasValue(3);
            over.set(true);
        }

        @Test
        void forgivesOneThatSwitchesInItsFinallyBlock() throws Exception {
            List<Greenlet> all = new ArrayList<>();
            spawn(() -> {
                Greenlet greenlet = Greenlet.of(x -> {
                    try {
                        return parent().switchTo();
                    } finally {
                        parent().switchTo();
                    }
                });
                greenlet.switchTo();
                all.add(greenlet);
                return "done";
            }).await();
            assertThat(takeReport().error()).isInstanceOf(IllegalStateException.class);
            assertThat(all).allMatch(Greenlet::isDead);
        }
    }

    @Nested
    final class Interrupts {

        @Test
        void reachTheOneThatHasTheTurn() throws Exception {
            Actor<Throwable> tree = fork(() -> catchThrowable(() -> Greenlet.of(x -> {
                Greenlet.of(y -> sleepLong()).switchTo();
                return x;
            }).switchTo()));
            waitUntilParked(tree.thread());
            tree.interrupt();
            assertThat(tree.result()).isInstanceOf(IllegalStateException.class)
                    .hasCauseInstanceOf(InterruptedException.class);
        }

        @Test
        void endATreeThatIsKilled() throws Exception {
            GreenEvent<Boolean> begun = new GreenEvent<>();
            List<String> unwound = new ArrayList<>();
            GreenThread<String> green = spawn(() -> {
                try {
                    Greenlet.of(x -> {
                        try {
                            begun.send(true);
                            return sleepLong();
                        } finally {
                            unwound.add("child");
                        }
                    }).switchTo();
                    return "went on";
                } finally {
                    unwound.add("main");
                }
            });
            begun.await();
            GreenletExit cause = new GreenletExit("killed");
            green.kill(cause);
            assertThatThrownBy(green::await).isSameAs(cause);
            assertThat(unwound).containsExactly("child", "main");
        }

        @Test
        void ofASuspendedOnesThreadReachTheOneThatHasTheTurn() throws Exception {
            CompletableFuture<Thread> sleeper = new CompletableFuture<>();
            CompletableFuture<Thread> worker = new CompletableFuture<>();
            Actor<Throwable> tree = fork(() -> {
                Greenlet suspended = Greenlet.of(x -> {
                    sleeper.complete(Thread.currentThread());
                    return parent().switchTo();
                });
                suspended.switchTo();
                Throwable thrown = catchThrowable(() -> Greenlet.of(x -> {
                    worker.complete(Thread.currentThread());
                    return sleepLong();
                }).switchTo());
                assertThat(suspended.isActive()).isTrue();
                suspended.close();
                return thrown;
            });
            waitUntil("they are there", () -> sleeper.isDone() && worker.isDone());
            waitUntilParked(worker.join());
            interrupt(sleeper.join());
            assertThat(tree.result()).hasCauseInstanceOf(InterruptedException.class);
        }

        @Test
        void goWithTheTurn() throws Exception {
            Thread.currentThread().interrupt();
            assertThat(Greenlet.of(x -> {
                boolean flagged = Thread.interrupted();
                parent().switchTo(flagged);
                Thread.currentThread().interrupt();
                return Thread.currentThread().isInterrupted();
            }).switchTo()).isEqualTo(true);
            assertThat(Thread.interrupted()).as("it went away").isFalse();
            Greenlet flagging = Greenlet.of(x -> {
                Thread.currentThread().interrupt();
                return x;
            });
            flagging.switchTo();
            assertThat(Thread.interrupted()).as("it came").isTrue();
        }

        @Test
        void areNotLostBetweenTwo() throws Exception {
            for (int round = 0; round < 100; round++) {
                Actor<Integer> tree = fork(() -> {
                    int switches = 0;
                    while (!Thread.currentThread().isInterrupted()) {
                        Greenlet.of(x -> x).switchTo();
                        if (++switches % 8 == 0) {
                            Green.yieldNow();
                        }
                    }
                    boolean flag = Thread.interrupted();
                    assertThat(flag).isTrue();
                    return switches;
                });
                tree.interrupt();
                assertThat(tree.result()).isNotNegative();
            }
        }

        @Test
        void endATreeThatKillsItself() {
            GreenletExit cause = new GreenletExit("enough");
            GreenThread<Object> green = spawn(() -> Objects.requireNonNull(Greenlet.of(x -> {
                GreenThread.current().orElseThrow().kill(cause);
                return sleepLong();
            }).switchTo()));
            assertThat(catchThrowable(green::await)).isSameAs(cause);
        }

        @Test
        void awaitingOneselfIsAnErrorInABodyToo() throws Exception {
            GreenThread<@Nullable Throwable> green = spawn(() -> (Throwable) Greenlet
                    .of(x -> catchThrowable(() -> GreenThread.current().orElseThrow().await())).switchTo());
            assertThat(green.await()).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("must not await itself");
        }
    }

    @Nested
    final class Context {

        @Test
        void ofScopedValuesIsThatOfTheCreator() {
            assertThat(Greenlet.inheritsScopedValues()).as("java.lang is open in the tests").isTrue();
            Greenlet greenlet = ScopedValue.where(USER, "outer").where(TENANT, "t").call(
                    () -> ScopedValue.where(USER, "inner").call(() -> Greenlet.of(x -> USER.get() + TENANT.get())));
            Object seen = ScopedValue.where(USER, "switcher").call(() -> greenlet.switchTo());
            assertThat(seen).isEqualTo("innert");
        }

        @Test
        void isInheritedByThoseThatABodyMakes() {
            Greenlet greenlet = ScopedValue.where(USER, "u").call(() -> Greenlet.of(x -> ScopedValue.where(TENANT, "t")
                    .call(() -> Greenlet.of(y -> USER.get() + TENANT.get()).switchTo())));
            assertThat(greenlet.switchTo()).isEqualTo("ut");
        }

        @Test
        void maySayNoOrWhich() {
            ScopedValue.where(USER, "u").where(TENANT, "t").run(() -> {
                assertThat(Greenlet.withoutScopedValues(x -> USER.isBound()).switchTo()).isEqualTo(false);
                assertThat(Greenlet.of(x -> USER.get() + TENANT.isBound(), ScopedValue.where(USER, "v")).switchTo())
                        .isEqualTo("vfalse");
            });
        }

        @Test
        void ofClassLoadersIsThatOfTheCreator() throws Exception {
            Thread here = Thread.currentThread();
            ClassLoader before = here.getContextClassLoader();
            try (URLClassLoader loader = new URLClassLoader(new URL[0], before)) {
                here.setContextClassLoader(loader);
                Greenlet greenlet = Greenlet.of(x -> Thread.currentThread().getContextClassLoader());
                here.setContextClassLoader(before);
                assertThat(greenlet.switchTo()).isSameAs(loader);
            }
        }
    }
}
