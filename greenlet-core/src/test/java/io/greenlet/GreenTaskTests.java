package io.greenlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.greenlet.sync.GreenEvent;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// What a task promises to those who build pools of it.
final class GreenTaskTests extends HubContract {

    /// A task that notes what happens to it.
    private static class Task extends GreenTask<String> {

        final List<String> notes = new CopyOnWriteArrayList<>();
        final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        final AtomicReference<@Nullable Thread> endedIn = new AtomicReference<>();

        Task(Hub hub, Callable<String> body) {
            super(hub, body);
        }

        @Override
        protected void beginning() {
            notes.add("beginning");
        }

        @Override
        protected void ended(Future.State outcome, @Nullable Throwable error) {
            notes.add("ended " + outcome);
            failure.set(error);
            endedIn.set(Thread.currentThread());
        }

        @Override
        protected void awaited() throws InterruptedException {
            notes.add("awaited");
        }

        final void begin() {
            start();
        }

        final void beginHere() throws InterruptedException {
            runHere();
        }

        final void timeOver(TimeoutException expiry) {
            expire(expiry);
        }

        final @Nullable Thread runs() {
            return runner();
        }
    }

    private final GreenEvent<String> gate = new GreenEvent<>();
    private final GreenEvent<Thread> begun = new GreenEvent<>();

    private Task waiting() throws InterruptedException {
        Task task = new Task(hub(), () -> {
            begun.send(Thread.currentThread());
            return gate.await();
        });
        task.begin();
        waitUntilParked(begun.await());
        return task;
    }

    @Nested
    final class TheHooks {

        @Test
        void areCalledBeforeTheLinks() throws Exception {
            Task task = new Task(hub(), () -> "value");
            task.link(_ -> task.notes.add("link"));
            task.begin();
            assertThat(task.await()).isEqualTo("value");
            // whether the task had begun when this thread came to await it is open
            assertThat(task.notes).filteredOn(note -> !note.equals("awaited")).containsExactly("beginning",
                    "ended SUCCESS", "link");
            assertThat(task.failure.get()).isNull();
        }

        @Test
        void ofTheEndLearnTheFailure() {
            IllegalStateException error = new IllegalStateException();
            Task task = new Task(hub(), () -> {
                throw error;
            });
            task.begin();
            assertThatThrownBy(task::await).isSameAs(error);
            assertThat(task.notes).contains("ended FAILED");
            assertThat(task.failure).hasValue(error);
        }

        @Test
        void ofTheEndLearnTheKill() throws Exception {
            Task task = waiting();
            IllegalArgumentException cause = new IllegalArgumentException();
            task.kill(cause);
            assertThatThrownBy(task::await).isSameAs(cause);
            assertThat(task.notes).contains("ended CANCELLED");
            assertThat(task.failure).hasValue(cause);
            assertThat(task.endedIn).hasValue(begun.await());
        }

        @Test
        void ofTheEndRunInTheKillerOfOneThatNeverBegan() {
            Task task = new Task(hub(), () -> "never");
            task.link(_ -> task.notes.add("link"));
            task.kill();
            assertThat(task.notes).containsExactly("ended CANCELLED", "link");
            assertThat(task.endedIn).hasValue(Thread.currentThread());
            task.begin();
            assertThat(task.notes).as("a start after the kill").containsExactly("ended CANCELLED", "link");
        }

        @Test
        void ofTheEndThatFailAreReportedAndTheLinksRun() throws Exception {
            AssertionError error = new AssertionError("hook");
            Task task = new Task(hub(), () -> "value") {
                @Override
                protected void ended(Future.State outcome, @Nullable Throwable none) {
                    throw error;
                }
            };
            AtomicInteger links = new AtomicInteger();
            task.link(_ -> links.incrementAndGet());
            task.begin();
            assertThat(task.await()).isEqualTo("value");
            assertThat(links).hasValue(1);
            Report report = takeReport();
            assertThat(report.error()).isSameAs(error);
            assertThat(report.source()).isEqualTo("end of " + task);
        }

        @Test
        void ofTheBeginningThatFailEndTheTaskInPlaceOfTheBody() {
            IllegalStateException hook = new IllegalStateException("hook");
            AtomicBoolean ran = new AtomicBoolean();
            Task task = new Task(hub(), () -> {
                ran.set(true);
                return "value";
            }) {
                @Override
                protected void beginning() {
                    throw hook;
                }
            };
            task.begin();
            assertThatThrownBy(task::await).isSameAs(hook);
            assertThat(ran).isFalse();
            assertThat(task.notes).contains("ended FAILED");
        }

        @Test
        void ofAwaitingAreCalledOnlyByAnAwaitWithoutLimitThatComesBeforeTheStart() throws Exception {
            Task task = new Task(hub(), () -> "value");
            assertThatThrownBy(() -> task.await(Duration.ofNanos(1))).isInstanceOf(TimeoutException.class);
            assertThat(task.notes).isEmpty();
            Actor<String> awaiter = fork(task::await);
            waitUntil("the hook was called", () -> task.notes.contains("awaited"));
            task.begin();
            assertThat(awaiter.result()).isEqualTo("value");
            assertThat(task.await()).isEqualTo("value");
            assertThat(task.notes).containsOnlyOnce("awaited");
        }

        @Test
        void knowTheRunnerWhileItRuns() throws Exception {
            Task task = new Task(hub(), () -> {
                begun.send(Thread.currentThread());
                return gate.await();
            });
            assertThat(task.runs()).isNull();
            task.begin();
            Thread runner = begun.await();
            assertThat(task.runs()).isSameAs(runner);
            gate.send("value");
            task.await();
            assertThat(task.runs()).isNull();
        }
    }

    @Nested
    final class AnExpiry {

        private final TimeoutException expiry = new TimeoutException("time is over");
        private final IllegalArgumentException cause = new IllegalArgumentException("kill");

        @Test
        void failsABlockedBody() throws Exception {
            Task task = waiting();
            task.timeOver(expiry);
            assertThatThrownBy(task::await).isInstanceOf(CompletionException.class).cause().isSameAs(expiry);
            assertThatThrownBy(task::get).isInstanceOf(ExecutionException.class).cause().isSameAs(expiry);
            assertThat(task.state()).isEqualTo(Future.State.FAILED);
            assertThat(task.notes).contains("ended FAILED");
            assertThat(task.failure).hasValue(expiry);
        }

        @Test
        void doesNothingToABodyThatComesToItsEnd() throws Exception {
            Task task = new Task(hub(), () -> {
                begun.send(Thread.currentThread());
                while (!Thread.currentThread().isInterrupted()) {
                    letOthersRun();
                }
                return "value";
            });
            AtomicBoolean flag = new AtomicBoolean();
            task.link(_ -> flag.set(Thread.currentThread().isInterrupted()));
            task.begin();
            begun.await();
            task.timeOver(expiry);
            assertThat(task.await()).isEqualTo("value");
            assertThat(flag).as("the flag in a link").isFalse();
            task.timeOver(expiry);
            assertThat(task.await()).isEqualTo("value");
        }

        @Test
        void isForOneThatHasBegun() throws Exception {
            Task task = new Task(hub(), () -> "value");
            task.timeOver(expiry);
            task.begin();
            assertThat(task.await()).isEqualTo("value");
        }

        @Test
        void givesWayToAKillWhicheverComesFirst() throws Exception {
            for (boolean killFirst : List.of(true, false)) {
                AtomicBoolean go = new AtomicBoolean();
                GreenEvent<String> running = new GreenEvent<>();
                Task task = new Task(hub(), () -> {
                    running.send("running");
                    while (!go.get()) {
                        letOthersRun();
                    }
                    return gate.await();
                });
                task.begin();
                running.await();
                if (killFirst) {
                    task.kill(cause);
                }
                task.timeOver(expiry);
                if (!killFirst) {
                    task.kill(cause);
                }
                go.set(true);
                assertThatThrownBy(task::await).isSameAs(cause);
                assertThat(task.state()).isEqualTo(Future.State.CANCELLED);
            }
        }

        @Test
        void caughtByTheBodyItsResultCounts() throws Exception {
            Task task = new Task(hub(), () -> {
                try {
                    begun.send(Thread.currentThread());
                    return gate.await();
                } catch (InterruptedException e) {
                    return "went on";
                }
            });
            task.begin();
            waitUntilParked(begun.await());
            task.timeOver(expiry);
            assertThat(task.await()).isEqualTo("went on");
        }
    }

    @Nested
    final class RunHere {

        @Test
        void runsTheBodyInTheCallerUnderItsIdentity() throws Exception {
            AtomicReference<@Nullable Thread> thread = new AtomicReference<>();
            AtomicReference<@Nullable Optional<GreenThread<?>>> identity = new AtomicReference<>();
            Task task = new Task(hub(), () -> {
                thread.set(Thread.currentThread());
                identity.set(GreenThread.current());
                return "value";
            });
            task.link(_ -> task.notes.add("link"));
            task.beginHere();
            assertThat(task.notes).containsExactly("beginning", "ended SUCCESS", "link");
            assertThat(task.await()).isEqualTo("value");
            assertThat(thread).hasValue(Thread.currentThread());
            assertThat(identity.get()).isEqualTo(GreenThread.current());
        }

        @Test
        void keepsAFailureInTheTask() throws Exception {
            IllegalStateException error = new IllegalStateException();
            Task task = new Task(hub(), () -> {
                throw error;
            });
            task.beginHere();
            assertThatThrownBy(task::await).isSameAs(error);
        }

        @Test
        void doesNothingToOneThatWasKilled() throws Exception {
            Task task = new Task(hub(), () -> "never");
            task.kill();
            task.beginHere();
            assertThat(task.notes).containsExactly("ended CANCELLED");
        }

        @Test
        void passesTheInterruptOfTheCallerOn() {
            Task task = new Task(hub(), gate::await);
            Thread.currentThread().interrupt();
            assertThatThrownBy(task::beginHere).isInstanceOf(InterruptedException.class);
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
            assertThat(task.state()).isEqualTo(Future.State.FAILED);
            assertThatThrownBy(task::await).isInstanceOf(CompletionException.class)
                    .hasCauseInstanceOf(InterruptedException.class);
        }

        @Test
        void passesTheInterruptOfTheCallerOnInAnyDress() {
            Task task = new Task(hub(), () -> {
                try {
                    return gate.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            Thread.currentThread().interrupt();
            Throwable thrown = catchThrowable(task::beginHere);
            boolean flag = Thread.interrupted();
            assertThat(thrown instanceof InterruptedException || flag).as("the caller learns of its interrupt")
                    .isTrue();
        }

        @Test
        void leavesTheFlagOfTheCallerToTheCaller() throws Exception {
            Task task = new Task(hub(), () -> "value");
            Thread.currentThread().interrupt();
            task.beginHere();
            assertThat(Thread.interrupted()).isTrue();
            assertThat(task.await()).isEqualTo("value");
        }

        @Test
        void aKillOfTheTaskSparesTheCaller() throws Exception {
            Task task = new Task(hub(), () -> {
                begun.send(Thread.currentThread());
                return gate.await();
            });
            Actor<Boolean> caller = fork(() -> {
                task.beginHere();
                return Thread.currentThread().isInterrupted();
            });
            waitUntilParked(begun.await());
            task.kill();
            assertThat(caller.result()).as("the flag in the caller").isFalse();
            assertThatThrownBy(task::await).isInstanceOf(GreenletExit.class);
        }

        @Test
        void aKillOfTheGreenThreadThatRunsItHereEndsBoth() throws Exception {
            Task inner = new Task(hub(), () -> {
                begun.send(Thread.currentThread());
                return gate.await();
            });
            GreenThread<String> outer = spawn(() -> {
                inner.beginHere();
                return gate.await();
            });
            waitUntilParked(begun.await());
            IllegalArgumentException cause = new IllegalArgumentException();
            outer.kill(cause);
            assertThatThrownBy(outer::await).isSameAs(cause);
            waitUntil("the inner one has ended", inner::isDone);
            assertThat(inner.state()).isNotEqualTo(Future.State.SUCCESS);
        }

        /// Both are killed at once, and there is only one flag.
        @Test
        void killsOfBothAreBothDelivered() throws Exception {
            for (int round = 0; round < (DEEP ? 10_000 : 300); round++) {
                GreenEvent<String> never = new GreenEvent<>();
                GreenEvent<Thread> inside = new GreenEvent<>();
                Task inner = new Task(hub(), () -> {
                    inside.send(Thread.currentThread());
                    return never.await();
                });
                GreenThread<String> outer = spawn(() -> {
                    inner.beginHere();
                    return never.await();
                });
                inside.await();
                Actor<Boolean> killer = fork(() -> inner.cancel(true));
                IllegalArgumentException cause = new IllegalArgumentException();
                outer.kill(cause);
                assertThat(killer.result()).isIn(true, false);
                assertThatThrownBy(outer::await).isSameAs(cause);
                assertThat(inner.isDone()).isTrue();
            }
        }
    }

    @Nested
    final class Detached {

        @Test
        void oneReportsItsFailureToTheHub() {
            IllegalStateException error = new IllegalStateException("nobody awaits it");
            GreenTask<@Nullable String> task = new GreenTask<>(hub(), () -> {
                throwIt(error);
            });
            task.start();
            assertThatThrownBy(task::await).isSameAs(error);
            Report report = takeReport();
            assertThat(report.error()).isSameAs(error);
            assertThat(report.source()).isEqualTo(task.toString());
        }

        private static void throwIt(RuntimeException error) {
            throw error;
        }
    }

    @Nested
    final class Identity {

        /// Ids are given when first asked for; two who ask at once must learn the same.
        @Test
        void isTheSameForAllWhoAskAtOnce() throws Exception {
            for (int round = 0; round < 500; round++) {
                Task task = new Task(hub(), () -> "never");
                List<Actor<Long>> asking = List.of(fork(task::id), fork(task::id), fork(task::id));
                long id = task.id();
                for (Actor<Long> asker : asking) {
                    assertThat(asker.result()).isEqualTo(id);
                }
                task.kill();
            }
        }

        @Test
        void differsFromThatOfAnyOther() {
            Task one = new Task(hub(), () -> "one");
            Task other = new Task(hub(), () -> "other");
            assertThat(one).isNotEqualTo(other);
            assertThat(Set.of(one, other)).contains(one, other);
            assertThat(one.id()).isNotEqualTo(other.id());
            one.kill();
            other.kill();
        }
    }
}
