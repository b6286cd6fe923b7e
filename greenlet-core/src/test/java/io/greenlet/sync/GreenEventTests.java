package io.greenlet.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.greenlet.GreenThread;
import io.greenlet.GreenletExit;
import io.greenlet.HubContract;
import io.greenlet.HubTimer;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// What an event promises, from every kind of thread.
final class GreenEventTests extends HubContract {

    private static final Duration LONG = Duration.ofHours(1);
    private static final Duration SHORT = Duration.ofMillis(2);
    private static final int ROUNDS = DEEP ? 20_000 : 1_000;

    private final GreenEvent<String> event = new GreenEvent<>();

    private List<Actor<String>> waiters(int count, Callable<String> wait) {
        List<Actor<String>> waiters = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            waiters.add(fork(wait));
        }
        return waiters;
    }

    private void waitUntilWaiting(int count) {
        waitUntil(count + " wait", () -> event.toString().endsWith("waiting=" + count + ")"));
    }

    @Nested
    final class AFreshOne {

        @Test
        void holdsNothing() {
            assertThat(event.ready()).isFalse();
            assertThat(event.hasResult()).isFalse();
            assertThat(event.hasException()).isFalse();
            assertThat(event.poll()).isEmpty();
            assertThat(event).hasToString("event (fresh, waiting=0)");
        }

        @Test
        void cannotBeReset() {
            assertThatThrownBy(event::reset).isInstanceOf(IllegalStateException.class)
                    .hasMessage("event must be sent before a reset: it is fresh");
            event.send("value");
            assertThat(event.poll()).contains("value");
        }
    }

    @Nested
    final class AValue {

        @Test
        void isForThoseWhoComeLater() throws Exception {
            event.send("value");
            assertThat(event.await()).isEqualTo("value");
            assertThat(event.await(LONG)).isEqualTo("value");
            assertThat(event.await(Duration.ZERO)).isEqualTo("value");
            assertThat(event.await(Duration.ofSeconds(Long.MIN_VALUE))).isEqualTo("value");
            assertThat(event.poll()).contains("value");
            assertThat(event.ready()).isTrue();
            assertThat(event.hasResult()).isTrue();
            assertThat(event.hasException()).isFalse();
            assertThat(event).hasToString("event (sent value, waiting=0)");
        }

        @Test
        void isForAllWhoWait() throws Exception {
            List<Actor<String>> waiters = waiters(100, event::await);
            waiters.addAll(waiters(100, () -> event.await(LONG)));
            waitUntilWaiting(200);
            event.send("value");
            for (Actor<String> waiter : waiters) {
                assertThat(waiter.result()).isEqualTo("value");
            }
            assertThat(event).hasToString("event (sent value, waiting=0)");
        }

        /// eventlet cannot tell a null that was sent from a time-out.
        @Test
        void mayBeNull() throws Exception {
            GreenEvent<@Nullable String> nullable = new GreenEvent<>();
            Actor<@Nullable String> waiter = fork(() -> nullable.await(LONG));
            waitUntilParked(waiter.thread());
            nullable.send(null);
            assertThat(waiter.result()).isNull();
            assertThat(nullable.await()).isNull();
            assertThat(nullable.poll()).isEmpty();
            assertThat(nullable.hasResult()).isTrue();
            assertThat(nullable.ready()).isTrue();
        }

        @Test
        void isSentOnceAndTheFirstStays() throws Exception {
            event.send("first");
            assertThatThrownBy(() -> event.send("second")).isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith("event must be sent once: ").hasMessageContaining("first");
            assertThatThrownBy(() -> event.sendException(new IOException())).isInstanceOf(IllegalStateException.class);
            assertThat(event.await()).isEqualTo("first");
        }

        @Test
        void sentByManyAtOnceIsThatOfOne() throws Exception {
            for (int round = 0; round < ROUNDS / 10; round++) {
                GreenEvent<Integer> contested = new GreenEvent<>();
                Actor<Integer> waiter = fork(contested::await);
                List<Actor<Boolean>> senders = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    int number = i;
                    senders.add(fork(() -> {
                        try {
                            contested.send(number);
                            return true;
                        } catch (IllegalStateException e) {
                            return false;
                        }
                    }));
                }
                int received = waiter.result();
                for (int i = 0; i < 4; i++) {
                    assertThat(senders.get(i).result()).isEqualTo(i == received);
                }
            }
        }

        @Test
        void isReceivedDespiteAnInterruptFlagThatStays() throws Exception {
            event.send("value");
            Thread.currentThread().interrupt();
            assertThat(event.await()).isEqualTo("value");
            assertThat(Thread.interrupted()).isTrue();
        }

        @Test
        void carriesWhatTheSenderWroteBefore() throws Exception {
            for (int round = 0; round < ROUNDS; round++) {
                GreenEvent<String> sent = new GreenEvent<>();
                int[] cell = new int[1];
                Actor<Integer> waiter = fork(() -> {
                    sent.await();
                    return cell[0];
                });
                cell[0] = 1;
                sent.send("written");
                assertThat(waiter.result()).isEqualTo(1);
            }
        }
    }

    @Nested
    final class AnException {

        @Test
        void uncheckedIsThrownAsItIsToAll() {
            for (Throwable error : List.of(new IllegalArgumentException(), new AssertionError())) {
                GreenEvent<String> failing = new GreenEvent<>();
                Actor<String> waiter = fork(failing::await);
                waitUntilParked(waiter.thread());
                failing.sendException(error);
                assertThatThrownBy(waiter::result).isSameAs(error);
                assertThatThrownBy(failing::await).isSameAs(error);
                assertThatThrownBy(failing::await).as("again").isSameAs(error);
                assertThatThrownBy(() -> failing.await(Duration.ZERO)).isSameAs(error);
                assertThatThrownBy(failing::poll).isSameAs(error);
            }
        }

        @Test
        void checkedComesInACompletionException() {
            IOException error = new IOException("checked");
            event.sendException(error);
            assertThatThrownBy(event::await).isInstanceOf(CompletionException.class).cause().isSameAs(error);
            assertThatThrownBy(event::poll).isInstanceOf(CompletionException.class).cause().isSameAs(error);
        }

        @Test
        void canBeToldFromAValue() {
            event.sendException(new IllegalStateException("sent"));
            assertThat(event.ready()).isTrue();
            assertThat(event.hasException()).isTrue();
            assertThat(event.hasResult()).isFalse();
            assertThat(event).hasToString("event (failed java.lang.IllegalStateException: sent, waiting=0)");
        }

        @Test
        void isSentOnceAndTheFirstStays() {
            IllegalArgumentException first = new IllegalArgumentException("first");
            event.sendException(first);
            assertThatThrownBy(() -> event.sendException(new IOException())).isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith("event must be sent once: ");
            assertThatThrownBy(() -> event.send("value")).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(event::await).isSameAs(first);
        }

        @Test
        @SuppressWarnings("NullAway") // what null does is the test
        void isRequired() {
            assertThatThrownBy(() -> event.sendException(null)).isInstanceOf(NullPointerException.class)
                    .hasMessage("error");
            assertThat(event.ready()).isFalse();
        }
    }

    @Nested
    final class ATimeOut {

        @Test
        void isAnExceptionNotAResult() {
            long start = hub().nanoTime();
            assertThatThrownBy(() -> event.await(SHORT)).isInstanceOf(TimeoutException.class)
                    .hasMessage("nothing was sent within " + SHORT);
            assertThat(hub().nanoTime() - start).isGreaterThanOrEqualTo(SHORT.toNanos());
        }

        @Test
        void ofZeroOrLessDoesNotWait() {
            for (Duration none : List.of(Duration.ZERO, Duration.ofNanos(-1), Duration.ofSeconds(Long.MIN_VALUE))) {
                assertThatThrownBy(() -> event.await(none)).isInstanceOf(TimeoutException.class);
            }
        }

        @Test
        void mayBeOfAnySize() throws Exception {
            List<Actor<String>> waiters = waiters(1, () -> event.await(Duration.ofSeconds(Long.MAX_VALUE)));
            waiters.addAll(waiters(1, () -> event.await(Duration.ofNanos(Long.MAX_VALUE - 1))));
            waitUntilWaiting(2);
            event.send("value");
            for (Actor<String> waiter : waiters) {
                assertThat(waiter.result()).isEqualTo("value");
            }
        }

        @Test
        void leavesTheLineToTheOthers() throws Exception {
            List<Actor<String>> staying = waiters(3, event::await);
            List<Actor<String>> leaving = waiters(3, () -> event.await(SHORT));
            staying.addAll(waiters(3, () -> event.await(LONG)));
            for (Actor<String> waiter : leaving) {
                assertThatThrownBy(waiter::result).isInstanceOf(TimeoutException.class);
            }
            waitUntilWaiting(6);
            event.send("value");
            for (Actor<String> waiter : staying) {
                assertThat(waiter.result()).isEqualTo("value");
            }
        }

        /// eventlet leaves the timer of a wait that an exception ended, and wakes the next wait with it.
        @Test
        void ofAWaitThatWasInterruptedDoesNotEndTheNextWait() throws Exception {
            Duration limit = Duration.ofMillis(10);
            long start = hub().nanoTime();
            AtomicReference<@Nullable Exception> first = new AtomicReference<>();
            Actor<String> waiter = twoWaits(limit, first);
            while (first.get() instanceof TimeoutException) { // it was over before we could interrupt it
                event.send("not yet");
                assertThat(waiter.result()).isEqualTo("not yet");
                event.reset();
                limit = limit.multipliedBy(2);
                start = hub().nanoTime();
                waiter = twoWaits(limit, first);
            }
            waitUntilHubTime(start + limit.multipliedBy(2).toNanos());
            assertThat(waiter.isDone()).isFalse();
            event.send("value");
            assertThat(waiter.result()).isEqualTo("value");
        }

        /// A thread whose first wait was interrupted, if that came in time, and who now waits without limit.
        private Actor<String> twoWaits(Duration limit, AtomicReference<@Nullable Exception> first) {
            first.set(null);
            Actor<String> waiter = fork(() -> {
                try {
                    return event.await(limit);
                } catch (InterruptedException | TimeoutException e) {
                    first.set(e);
                }
                try {
                    return event.await();
                } catch (InterruptedException e) { // ours came after the time-out
                    return event.await();
                }
            });
            waitUntil("it waits, or has waited", () -> first.get() != null || event.toString().endsWith("=1)"));
            waiter.interrupt();
            waitUntil("the first wait is over", () -> first.get() != null);
            waitUntilWaiting(1);
            return waiter;
        }

        @Test
        void racingWithASendGetsTheValueOrTimesOutButNeverHangs() throws Exception {
            for (int round = 0; round < ROUNDS / 4; round++) {
                GreenEvent<String> racing = new GreenEvent<>();
                long nanos = round % 100 * 1000L;
                Actor<String> waiter = fork(() -> {
                    try {
                        return racing.await(Duration.ofNanos(nanos));
                    } catch (TimeoutException e) {
                        return "time is over";
                    }
                });
                hub().yieldNow();
                racing.send("value");
                assertThat(waiter.result()).isIn("value", "time is over");
                assertThat(racing).hasToString("event (sent value, waiting=0)");
            }
        }

        @Test
        void worksWithTheTimersOfTheHub() throws Exception {
            HubTimer timer = hub().callAfter(SHORT, () -> event.send("from a timer"));
            assertThat(event.await(LONG)).isEqualTo("from a timer");
            assertThat(timer.isPending()).isFalse();
        }
    }

    @Nested
    final class AnInterrupt {

        @Test
        void endsTheWaitAndTouchesNobodyElse() throws Exception {
            AtomicBoolean flag = new AtomicBoolean();
            Actor<String> staying = fork(event::await);
            for (Callable<String> wait : List.<Callable<String>>of(event::await, () -> event.await(LONG))) {
                Actor<String> leaving = fork(() -> {
                    try {
                        return wait.call();
                    } finally {
                        flag.set(Thread.currentThread().isInterrupted());
                    }
                });
                waitUntilWaiting(2);
                leaving.interrupt();
                assertThatThrownBy(leaving::result).isInstanceOf(InterruptedException.class);
                assertThat(flag).as("the flag is spent").isFalse();
                waitUntilWaiting(1);
            }
            event.send("value");
            assertThat(staying.result()).isEqualTo("value");
        }

        @Test
        void beforeTheWaitEndsItToo() {
            for (Callable<String> wait : List.<Callable<String>>of(event::await, () -> event.await(LONG))) {
                Thread.currentThread().interrupt();
                assertThatThrownBy(wait::call).isInstanceOf(InterruptedException.class);
                assertThat(Thread.currentThread().isInterrupted()).isFalse();
            }
            waitUntilWaiting(0);
        }

        @Test
        void byAKillEndsTheGreenThread() {
            GreenThread<String> green = spawn(event::await);
            waitUntilWaiting(1);
            green.kill();
            assertThatThrownBy(green::await).isInstanceOf(GreenletExit.class);
            waitUntilWaiting(0);
        }

        /// Whoever interrupts and whoever sends, each wait has exactly one end.
        @Test
        void racingWithASendLeavesEachWaiterOneEnd() throws Exception {
            for (int round = 0; round < ROUNDS / 4; round++) {
                GreenEvent<String> racing = new GreenEvent<>();
                List<Actor<String>> waiters = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    waiters.add(fork(() -> {
                        try {
                            return racing.await();
                        } catch (InterruptedException e) {
                            return "interrupted";
                        } finally {
                            Thread.interrupted();
                        }
                    }));
                }
                Actor<Integer> interrupter = fork(() -> {
                    waiters.get(1).interrupt();
                    waiters.get(3).interrupt();
                    return 2;
                });
                racing.send("value");
                assertThat(interrupter.result()).isEqualTo(2);
                assertThat(waiters.get(0).result()).isEqualTo("value");
                assertThat(waiters.get(1).result()).isIn("value", "interrupted");
                assertThat(waiters.get(2).result()).isEqualTo("value");
                assertThat(waiters.get(3).result()).isIn("value", "interrupted");
                assertThat(racing).hasToString("event (sent value, waiting=0)");
            }
        }
    }

    @Nested
    final class AReset {

        @Test
        void makesItFresh() throws Exception {
            event.send("first");
            event.reset();
            assertThat(event.ready()).isFalse();
            assertThat(event.poll()).isEmpty();
            assertThatThrownBy(() -> event.await(SHORT)).isInstanceOf(TimeoutException.class);
            assertThatThrownBy(event::reset).isInstanceOf(IllegalStateException.class);
            event.sendException(new IllegalStateException());
            event.reset();
            event.send("second");
            assertThat(event.await()).isEqualTo("second");
        }

        /// The value is that of the send that woke them, whatever comes before they run.
        @Test
        void afterASendTakesNothingFromThoseWhoWaited() throws Exception {
            for (int round = 0; round < ROUNDS / 4; round++) {
                List<Actor<String>> waiters = waiters(3, event::await);
                waitUntilWaiting(3);
                event.send("first");
                event.reset();
                event.send("second");
                for (Actor<String> waiter : waiters) {
                    assertThat(waiter.result()).isEqualTo("first");
                }
                assertThat(event.await()).isEqualTo("second");
                event.reset();
            }
        }

        @Test
        void overAndOverLosesNobody() throws Exception {
            GreenEvent<Integer> ticks = new GreenEvent<>();
            int last = ROUNDS;
            List<Actor<Boolean>> waiters = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                waiters.add(fork(() -> {
                    int before = 0;
                    boolean ordered = true;
                    while (before < last) {
                        int tick = ticks.await();
                        ordered &= tick >= before;
                        before = tick;
                        hub().yieldNow(); // the event may still hold this very tick
                    }
                    return ordered;
                }));
            }
            for (int tick = 1; tick < last; tick++) {
                ticks.send(tick);
                hub().yieldNow();
                ticks.reset();
            }
            ticks.send(last);
            for (Actor<Boolean> waiter : waiters) {
                assertThat(waiter.result()).as("ticks come in order").isTrue();
            }
        }
    }

    @Nested
    final class ItsLock {

        /// Foreign code under a lock is a deadlock to come.
        @Test
        void isNotHeldWhileAValueIsPrinted() throws Exception {
            GreenEvent<Object> printed = new GreenEvent<>();
            AtomicReference<@Nullable String> seen = new AtomicReference<>();
            printed.send(new Object() {
                @Override
                public String toString() {
                    Thread other = Thread.ofPlatform().daemon().start(printed::reset);
                    try {
                        seen.compareAndSet(null, other.join(Duration.ofSeconds(10)) ? "free" : "held");
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                    return "value";
                }
            });
            assertThatThrownBy(() -> printed.send("second")).isInstanceOf(IllegalStateException.class);
            assertThat(seen).hasValue("free");
            seen.set(null);
            printed.send("third");
            assertThat(printed.toString()).isEqualTo("event (sent third, waiting=0)");
        }
    }

    @Nested
    final class Memory {

        @Test
        void keepsNobodyWhoHasStoppedWaiting() throws Exception {
            List<WeakReference<Thread>> gone = new ArrayList<>();
            gone.add(gone(() -> event.await(SHORT), false));
            gone.add(gone(event::await, true));
            gone.forEach(HubContract::waitUntilCollected);
            WeakReference<Thread> woken = woken();
            waitUntilCollected(woken);
            assertThat(event.ready()).isTrue();
        }

        private WeakReference<Thread> gone(Callable<String> wait, boolean interrupt) throws Exception {
            Thread thread = Thread.ofVirtual().start(() -> assertThatThrownBy(wait::call));
            if (interrupt) {
                waitUntilParked(thread);
                thread.interrupt();
            }
            thread.join();
            return new WeakReference<>(thread);
        }

        private WeakReference<Thread> woken() throws Exception {
            Thread thread = Thread.ofVirtual().start(() -> {
                try {
                    event.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
            waitUntilParked(thread);
            event.send("value");
            thread.join();
            return new WeakReference<>(thread);
        }
    }
}
