package io.greenlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.greenlet.sync.GreenEvent;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What a green thread promises to those who hold its handle, on every hub and from every kind of thread.
final class GreenThreadTests extends HubContract {

    private static final Duration LONG = Duration.ofHours(1);
    private static final Duration SHORT = Duration.ofMillis(2);
    private static final int ROUNDS = DEEP ? 20_000 : 1_000;

    /// A green thread that waits at a gate, and what the test needs to play with it.
    private final class Held {
        final GreenEvent<String> gate = new GreenEvent<>();
        private final GreenEvent<Thread> begun = new GreenEvent<>();
        final GreenThread<String> green = spawn(() -> {
            begun.send(Thread.currentThread());
            return gate.await();
        });

        Held() {
            waitUntilParked(thread());
        }

        Thread thread() {
            return uninterrupted(begun::await);
        }

        void release() throws InterruptedException {
            gate.send("released");
            assertThat(green.await()).isEqualTo("released");
        }
    }

    /// Spawns a green thread and returns it when it waits in its body for the first time.
    private GreenThread<String> waiting(Callable<String> body) {
        GreenEvent<Thread> begun = new GreenEvent<>();
        GreenThread<String> green = spawn(() -> {
            begun.send(Thread.currentThread());
            return body.call();
        });
        waitUntilParked(uninterrupted(begun::await));
        return green;
    }

    /// A green thread that, killed, cleans up until it may end, and counts how often it is interrupted.
    private final class Cleaner {
        final Latch interrupted = new Latch(1);
        private final GreenEvent<String> over = new GreenEvent<>();
        private int interrupts; // of the body, and who has awaited it
        final GreenThread<String> green = waiting(this::run);

        private String run() {
            for (;;) {
                try {
                    String value = over.await();
                    interrupts += Thread.interrupted() ? 1 : 0; // one that came with the value
                    return value;
                } catch (InterruptedException e) {
                    interrupts++;
                    interrupted.countDown();
                }
            }
        }

        int finish() throws InterruptedException {
            over.send("cleaned up");
            assertThat(green.await()).isEqualTo("cleaned up");
            return interrupts;
        }
    }

    /// A link that notes when it is called, in which thread and with what.
    private static final class Note implements Consumer<GreenThread<?>> {
        final AtomicInteger calls = new AtomicInteger();
        volatile @Nullable Thread thread;
        volatile @Nullable GreenThread<?> about;

        @Override
        public void accept(GreenThread<?> ended) {
            thread = Thread.currentThread();
            about = ended;
            calls.incrementAndGet();
        }
    }

    private static final class Checked extends Exception {
        private static final long serialVersionUID = 1L;
    }

    private static <T> T uninterrupted(Callable<T> call) {
        try {
            return call.call();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static String failing(Throwable error) throws Exception {
        switch (error) {
            case Error e -> throw e;
            case Exception e -> throw e;
            case Throwable e -> throw new AssertionError(e);
        }
    }

    /// Computes, deaf to interrupts, until the flag is up.
    private static void computeUntilInterrupted() {
        while (!Thread.currentThread().isInterrupted()) {
            letOthersRun();
        }
    }

    @Nested
    final class Result {

        @Test
        void awaitReturnsWhatTheBodyReturned() throws Exception {
            assertThat(spawn(() -> "value").await()).isEqualTo("value");
        }

        @Test
        void nullIsAResult() throws Exception {
            GreenThread<@Nullable String> green = spawn(() -> null);
            assertThat(green.await()).isNull();
            assertThat(green.get()).isNull();
            assertThat(green.state()).isEqualTo(Future.State.SUCCESS);
        }

        @Test
        void theBodyNeverRunsInTheCaller() throws Exception {
            Thread runner = spawn(Thread::currentThread).await();
            assertThat(runner).isNotSameAs(Thread.currentThread());
            assertThat(runner.isVirtual()).isTrue();
        }

        @Test
        void everyAwaiterGetsTheSameObject() throws Exception {
            Object value = new Object();
            GreenEvent<Object> gate = new GreenEvent<>();
            GreenThread<Object> green = spawn(gate::await);
            List<Actor<Object>> awaiters = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                awaiters.add(fork(i % 2 == 0 ? green::await : () -> green.await(LONG)));
            }
            awaiters.forEach(awaiter -> waitUntilParked(awaiter.thread()));
            gate.send(value);
            for (Actor<Object> awaiter : awaiters) {
                assertThat(awaiter.result()).isSameAs(value);
            }
            assertThat(green.await()).isSameAs(value);
        }

        @Test
        void afterTheEndAnInterruptFlagDoesNotSpoilIt() throws Exception {
            GreenThread<String> green = spawn(() -> "value");
            green.await();
            Thread.currentThread().interrupt();
            assertThat(green.await()).isEqualTo("value");
            assertThat(green.await(Duration.ZERO)).isEqualTo("value");
            assertThat(Thread.interrupted()).isTrue();
        }

        @Test
        void itIsAFuture() throws Exception {
            Held held = new Held();
            assertThat(held.green.isDone()).isFalse();
            assertThat(held.green.isCancelled()).isFalse();
            assertThat(held.green.state()).isEqualTo(Future.State.RUNNING);
            assertThatThrownBy(held.green::resultNow).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(held.green::exceptionNow).isInstanceOf(IllegalStateException.class);
            held.release();
            assertThat(held.green.isDone()).isTrue();
            assertThat(held.green.isCancelled()).isFalse();
            assertThat(held.green.state()).isEqualTo(Future.State.SUCCESS);
            assertThat(held.green.resultNow()).isEqualTo("released");
            assertThat(held.green.get()).isEqualTo("released");
            assertThat(held.green.get(0, TimeUnit.SECONDS)).isEqualTo("released");
            assertThatThrownBy(held.green::exceptionNow).isInstanceOf(IllegalStateException.class);
        }

        @Test
        void whatTheBodyWroteIsSeenAfterAwait() throws Exception {
            for (int round = 0; round < ROUNDS; round++) {
                int[] cell = {round};
                GreenThread<String> green = spawn(() -> {
                    cell[0]++;
                    return "written";
                });
                green.await();
                assertThat(cell[0]).isEqualTo(round + 1);
            }
        }

        @Test
        @SuppressWarnings("NullAway") // what null does is the test
        void aBodyIsRequired() {
            assertThatThrownBy(() -> spawn(null)).isInstanceOf(NullPointerException.class)
                    .hasMessage("body");
        }
    }

    @Nested
    final class Failure {

        @ParameterizedTest
        @MethodSource("io.greenlet.GreenThreadTests#unchecked")
        void anUncheckedExceptionIsRethrownAsItIs(Throwable error) {
            GreenThread<String> green = spawn(() -> failing(error));
            assertThatThrownBy(green::await).isSameAs(error);
            assertThatThrownBy(green::await).as("the second time").isSameAs(error);
            assertThatThrownBy(() -> green.await(LONG)).isSameAs(error);
        }

        @Test
        void aCheckedExceptionComesInACompletionException() {
            Checked error = new Checked();
            GreenThread<String> green = spawn(() -> failing(error));
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(green::await).isInstanceOf(CompletionException.class).cause().isSameAs(error);
            }
        }

        @ParameterizedTest
        @MethodSource("io.greenlet.GreenThreadTests#errors")
        void getWrapsItInAnExecutionException(Throwable error) {
            GreenThread<String> green = spawn(() -> failing(error));
            assertThatThrownBy(green::get).isInstanceOf(ExecutionException.class).cause().isSameAs(error);
            assertThatThrownBy(() -> green.get(1, TimeUnit.HOURS)).isInstanceOf(ExecutionException.class).cause()
                    .isSameAs(error);
        }

        @ParameterizedTest
        @MethodSource("io.greenlet.GreenThreadTests#errors")
        void itCountsAsFailed(Throwable error) {
            GreenThread<String> green = spawn(() -> failing(error));
            var _ = catchThrowable(green::await);
            assertThat(green.state()).isEqualTo(Future.State.FAILED);
            assertThat(green.isDone()).isTrue();
            assertThat(green.isCancelled()).isFalse();
            assertThat(green.exceptionNow()).isSameAs(error);
            assertThatThrownBy(green::resultNow).isInstanceOf(IllegalStateException.class);
        }

        @Test
        void everyAwaiterGetsTheSameException() {
            IllegalStateException error = new IllegalStateException("once");
            GreenEvent<String> gate = new GreenEvent<>();
            GreenThread<String> green = spawn(() -> {
                gate.await();
                throw error;
            });
            List<Actor<String>> awaiters = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                awaiters.add(fork(green::await));
            }
            awaiters.forEach(awaiter -> waitUntilParked(awaiter.thread()));
            gate.send("go");
            for (Actor<String> awaiter : awaiters) {
                assertThatThrownBy(awaiter::result).isSameAs(error);
            }
        }

        @Test
        void aStackThatOverflowsFailsThatGreenThreadOnly() throws Exception {
            GreenThread<Integer> green = spawn(() -> depth(0));
            assertThatThrownBy(green::await).isInstanceOf(StackOverflowError.class);
            assertThat(spawn(() -> "next").await()).isEqualTo("next");
        }

        @SuppressWarnings("InfiniteRecursion")
        private static int depth(int from) {
            return depth(from + 1) + 1;
        }

        @Test
        void anInterruptedExceptionWithoutAKillIsAFailureLikeAnyOther() {
            InterruptedException error = new InterruptedException("mine");
            GreenThread<String> green = spawn(() -> failing(error));
            assertThatThrownBy(green::await).isInstanceOf(CompletionException.class).cause().isSameAs(error);
            assertThat(green.state()).isEqualTo(Future.State.FAILED);
        }

        @Test
        void anInterruptByHandIsNoKill() {
            Held held = new Held();
            interrupt(held.thread());
            assertThatThrownBy(held.green::await).isInstanceOf(CompletionException.class)
                    .hasCauseInstanceOf(InterruptedException.class);
            assertThat(held.green.state()).isEqualTo(Future.State.FAILED);
        }

        @Test
        void aBodyThatThrowsGreenletExitEndsAsIfKilled() {
            GreenletExit exit = new GreenletExit("enough");
            GreenThread<String> green = spawn(() -> failing(exit));
            assertThatThrownBy(green::await).isSameAs(exit);
            assertThatThrownBy(green::get).isSameAs(exit);
            assertThat(green.state()).isEqualTo(Future.State.CANCELLED);
        }

        @Test
        void aBodyThatThrowsAnotherCancellationHasFailed() {
            CancellationException error = new CancellationException("of something else");
            GreenThread<String> green = spawn(() -> failing(error));
            assertThatThrownBy(green::await).isSameAs(error);
            assertThatThrownBy(green::get).isInstanceOf(ExecutionException.class).cause().isSameAs(error);
            assertThat(green.state()).isEqualTo(Future.State.FAILED);
        }
    }

    static Stream<Throwable> unchecked() {
        return Stream.of(new IllegalStateException("unchecked"), new AssertionError("error"),
                new CompletionException("made by the body", new IOException()), new LinkageError());
    }

    static Stream<Throwable> errors() {
        return Stream.concat(unchecked(), Stream.of(new Checked(), new IOException("checked")));
    }

    @Nested
    final class Kill {

        @Test
        void beforeTheStartTheBodyNeverRuns() {
            AtomicBoolean ran = new AtomicBoolean();
            GreenThread<String> green = hub().spawnAfter(LONG, () -> {
                ran.set(true);
                return "ran";
            });
            int timers = hub().snapshot().timers();
            green.kill();
            assertThat(green.state()).isEqualTo(Future.State.CANCELLED);
            assertThatThrownBy(green::await).isInstanceOf(GreenletExit.class).hasMessageContaining(green.name());
            assertThatThrownBy(green::get).isInstanceOf(GreenletExit.class);
            assertThat(hub().snapshot().timers()).as("its timer is taken back").isLessThan(timers);
            assertThat(ran).isFalse();
        }

        /// eventlet raises an IndexError here.
        @Test
        void beforeTheStartACauseOfOnesOwnReachesThoseWhoAwait() {
            GreenThread<String> green = hub().spawnAfter(LONG, () -> "never");
            List<Actor<String>> awaiters = List.of(fork(green::await), fork(() -> green.await(LONG)));
            awaiters.forEach(awaiter -> waitUntilParked(awaiter.thread()));
            IllegalArgumentException cause = new IllegalArgumentException("cause");
            green.kill(cause);
            for (Actor<String> awaiter : awaiters) {
                assertThatThrownBy(awaiter::result).isSameAs(cause);
            }
            assertThatThrownBy(green::await).isSameAs(cause);
            assertThatThrownBy(green::get).isInstanceOf(CancellationException.class).cause().isSameAs(cause);
        }

        @Test
        void endsABlockedBodyWithGreenletExit() {
            Held held = new Held();
            held.green.kill();
            assertThatThrownBy(held.green::await).isInstanceOf(GreenletExit.class)
                    .hasMessage("green thread '" + held.green.name() + "' was killed");
            assertThat(held.green.state()).isEqualTo(Future.State.CANCELLED);
            assertThat(held.green.isCancelled()).isTrue();
            assertThatThrownBy(held.green::get).isInstanceOf(GreenletExit.class);
            assertThatThrownBy(held.green::resultNow).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(held.green::exceptionNow).isInstanceOf(IllegalStateException.class);
        }

        @Test
        void withACauseOfOnesOwnAwaitThrowsThatVeryObject() {
            Held held = new Held();
            IllegalArgumentException cause = new IllegalArgumentException("cause");
            held.green.kill(cause);
            assertThatThrownBy(held.green::await).isSameAs(cause);
            assertThatThrownBy(held.green::await).as("the second time").isSameAs(cause);
            assertThatThrownBy(held.green::get).isInstanceOf(CancellationException.class)
                    .hasMessageContaining(held.green.name()).cause().isSameAs(cause);
            assertThat(held.green.state()).isEqualTo(Future.State.CANCELLED);
        }

        @Test
        @SuppressWarnings("NullAway") // what null does is the test
        void aCauseIsRequired() throws Exception {
            Held held = new Held();
            assertThatThrownBy(() -> held.green.kill(null)).isInstanceOf(NullPointerException.class)
                    .hasMessage("cause");
            held.release();
        }

        @Test
        void afterTheEndNothingChanges() throws Exception {
            GreenThread<String> done = spawn(() -> "done");
            done.await();
            done.kill();
            assertThat(done.await()).isEqualTo("done");
            assertThat(done.state()).isEqualTo(Future.State.SUCCESS);

            IllegalStateException error = new IllegalStateException();
            GreenThread<String> failed = spawn(() -> failing(error));
            var _ = catchThrowable(failed::await);
            failed.kill();
            assertThatThrownBy(failed::await).isSameAs(error);
            assertThat(failed.state()).isEqualTo(Future.State.FAILED);
        }

        @Test
        void aSecondOneChangesNothingAfterTheFirstEndedIt() {
            Held held = new Held();
            IllegalArgumentException first = new IllegalArgumentException("first");
            held.green.kill(first);
            assertThatThrownBy(held.green::await).isSameAs(first);
            held.green.kill(new IllegalArgumentException("second"));
            assertThatThrownBy(held.green::await).isSameAs(first);

            GreenThread<String> unstarted = hub().spawnAfter(LONG, () -> "never");
            unstarted.kill(first);
            unstarted.kill(new IllegalArgumentException("second"));
            assertThatThrownBy(unstarted::await).isSameAs(first);
        }

        @Test
        void aSecondOneEndsTheCleanUpThatTheFirstBegan() {
            GreenEvent<String> never = new GreenEvent<>();
            GreenEvent<Thread> cleaning = new GreenEvent<>();
            GreenThread<String> green = waiting(() -> {
                try {
                    return never.await();
                } catch (InterruptedException e) {
                    cleaning.send(Thread.currentThread());
                    return never.await();
                }
            });
            IllegalArgumentException second = new IllegalArgumentException("second");
            green.kill(new IllegalArgumentException("first"));
            waitUntilParked(uninterrupted(cleaning::await));
            green.kill(second);
            assertThatThrownBy(green::await).isSameAs(second);
        }

        @Test
        void doesNotWaitForTheEnd() throws Exception {
            GreenEvent<String> never = new GreenEvent<>();
            GreenEvent<String> mayEnd = new GreenEvent<>();
            GreenEvent<Thread> cleaning = new GreenEvent<>();
            GreenThread<String> green = waiting(() -> {
                try {
                    return never.await();
                } catch (InterruptedException e) {
                    cleaning.send(Thread.currentThread());
                    mayEnd.await();
                    throw e;
                }
            });
            green.kill();
            waitUntilParked(cleaning.await());
            assertThat(green.isDone()).isFalse();
            mayEnd.send("now");
            assertThatThrownBy(green::await).isInstanceOf(GreenletExit.class);
        }

        @Test
        void caughtByTheBodyItsResultCounts() throws Exception {
            GreenEvent<String> never = new GreenEvent<>();
            GreenEvent<String> gate = new GreenEvent<>();
            GreenThread<String> green = waiting(() -> {
                try {
                    return never.await();
                } catch (InterruptedException e) {
                    return gate.await() + " after a kill";
                }
            });
            green.kill();
            gate.send("alive");
            assertThat(green.await()).isEqualTo("alive after a kill");
            assertThat(green.state()).isEqualTo(Future.State.SUCCESS);
        }

        @Test
        void caughtByTheBodyItsLaterFailureCounts() {
            IllegalStateException error = new IllegalStateException("has nothing to do with it");
            assertThat(failureOfABodyThatCatchesAKill(error)).isSameAs(error);
        }

        @ParameterizedTest
        @MethodSource("io.greenlet.GreenThreadTests#dresses")
        void inWhateverDressTheInterruptLeavesTheBodyItIsTheKill(Function<Exception, Exception> dress) {
            GreenEvent<String> never = new GreenEvent<>();
            GreenThread<String> green = waiting(() -> {
                try {
                    return never.await();
                } catch (InterruptedException e) {
                    throw dress.apply(e);
                }
            });
            IllegalArgumentException cause = new IllegalArgumentException("cause");
            green.kill(cause);
            assertThatThrownBy(green::await).isSameAs(cause);
            assertThat(green.state()).isEqualTo(Future.State.CANCELLED);
        }

        @Test
        void aSocketTimeOutIsNoInterrupt() {
            Exception error = failureOfABodyThatCatchesAKill(new SocketTimeoutException("read timed out"));
            assertThat(error).isInstanceOf(CompletionException.class)
                    .hasCauseInstanceOf(SocketTimeoutException.class);
        }

        @Test
        void anExceptionWhoseCausesFormACircleEndsTheBody() {
            IllegalStateException one = new IllegalStateException("one");
            one.initCause(new IllegalStateException("two", one));
            assertThat(failureOfABodyThatCatchesAKill(one)).isSameAs(one);
        }

        @Test
        void anExceptionThatCannotTellItsCauseEndsTheBody() {
            Exception hostile = new Hostile();
            assertThat(failureOfABodyThatCatchesAKill(hostile)).isSameAs(hostile);
        }

        private static final class Hostile extends RuntimeException {
            private static final long serialVersionUID = 1L;

            @Override
            public synchronized Throwable getCause() {
                throw new UnsupportedOperationException("no cause today");
            }
        }

        private Exception failureOfABodyThatCatchesAKill(Exception error) {
            GreenEvent<String> never = new GreenEvent<>();
            GreenThread<String> green = waiting(() -> {
                try {
                    return never.await();
                } catch (InterruptedException e) {
                    throw error;
                }
            });
            green.kill();
            try {
                green.await(Duration.ofSeconds(10));
                throw new AssertionError("must fail");
            } catch (Exception e) {
                return e;
            }
        }

        @Test
        void whenTheBodyRestoresTheFlagAndThrowsSomethingElseItIsTheKill() {
            GreenEvent<String> never = new GreenEvent<>();
            GreenThread<String> green = waiting(() -> {
                try {
                    return never.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IllegalStateException("interrupted, as some libraries put it");
                }
            });
            Note note = new Note();
            AtomicBoolean flag = new AtomicBoolean();
            green.link(_ -> flag.set(Thread.currentThread().isInterrupted()));
            green.link(note);
            green.kill();
            assertThatThrownBy(green::await).isInstanceOf(GreenletExit.class);
            assertThat(green.state()).isEqualTo(Future.State.CANCELLED);
            assertThat(flag).as("the flag in a link").isFalse();
            assertThat(note.calls).hasValue(1);
        }

        @Test
        void duringAComputationEndsTheNextBlockingCall() {
            GreenEvent<String> never = new GreenEvent<>();
            GreenEvent<String> begun = new GreenEvent<>();
            AtomicBoolean computed = new AtomicBoolean();
            GreenThread<String> green = spawn(() -> {
                begun.send("computing");
                computeUntilInterrupted();
                computed.set(true);
                return never.await();
            });
            uninterrupted(begun::await);
            green.kill();
            assertThatThrownBy(green::await).isInstanceOf(GreenletExit.class);
            assertThat(computed).as("a computation is not cut short").isTrue();
        }

        @Test
        void duringAComputationThatNeverBlocksTheResultCounts() throws Exception {
            GreenEvent<String> begun = new GreenEvent<>();
            GreenThread<String> green = spawn(() -> {
                begun.send("computing");
                computeUntilInterrupted();
                return "computed";
            });
            AtomicBoolean flag = new AtomicBoolean();
            green.link(_ -> flag.set(Thread.currentThread().isInterrupted()));
            begun.await();
            green.kill();
            assertThat(green.await()).isEqualTo("computed");
            assertThat(green.state()).isEqualTo(Future.State.SUCCESS);
            assertThat(flag).as("the flag in a link").isFalse();
        }

        @Test
        void ofOneselfThrowsInPlace() {
            IllegalArgumentException cause = new IllegalArgumentException("cause");
            AtomicReference<@Nullable Throwable> inPlace = new AtomicReference<>();
            GreenThread<String> green = spawn(() -> {
                try {
                    GreenThread.current().orElseThrow().kill(cause);
                } catch (IllegalArgumentException e) {
                    inPlace.set(e);
                    throw e;
                }
                return "went on";
            });
            assertThatThrownBy(green::await).isSameAs(cause);
            assertThat(inPlace).hasValue(cause);
            assertThat(green.state()).isEqualTo(Future.State.CANCELLED);
        }

        @Test
        void ofOneselfCaughtLeavesNoTrace() throws Exception {
            GreenThread<Boolean> green = spawn(() -> {
                try {
                    GreenThread.current().orElseThrow().kill();
                    return true;
                } catch (GreenletExit e) {
                    hub().sleep(Duration.ZERO); // would throw if an interrupt were pending
                    return Thread.currentThread().isInterrupted();
                }
            });
            assertThat(green.await()).isFalse();
            assertThat(green.state()).isEqualTo(Future.State.SUCCESS);
        }

        @Test
        void ofAWaiterLeavesTheAwaitedAlone() throws Exception {
            Held held = new Held();
            GreenThread<String> waiter = waiting(held.green::await);
            waiter.kill();
            assertThatThrownBy(waiter::await).isInstanceOf(GreenletExit.class);
            assertThat(held.green.isDone()).isFalse();
            held.release();
        }

        @Test
        void fromALinkOfItsOwnHasNoEffect() throws Exception {
            Held held = new Held();
            GreenEvent<Boolean> flag = new GreenEvent<>();
            held.green.link(green -> {
                green.kill();
                flag.send(Thread.currentThread().isInterrupted());
            });
            held.release();
            assertThat(flag.await()).isFalse();
            assertThat(held.green.state()).isEqualTo(Future.State.SUCCESS);
        }

        @ParameterizedTest
        @MethodSource("io.greenlet.GreenThreadTests#blockingCalls")
        void reachesTheBlockingCallsOfTheJdk(Callable<String> blocking) {
            GreenThread<String> green = waiting(() -> hub().blocking(blocking));
            green.kill();
            assertThatThrownBy(green::await).isInstanceOf(GreenletExit.class);
        }

        /// The interruption of a body can itself fail: channels run foreign code in it.
        @Test
        void thatFailsToInterruptIsReportedAndDoesNotKeepTheBodyFromEnding() throws Exception {
            recordFailures();
            try (FragileChannel channel = new FragileChannel()) {
                GreenEvent<String> begun = new GreenEvent<>();
                AtomicBoolean go = new AtomicBoolean();
                GreenThread<String> green = spawn(() -> {
                    channel.enter();
                    begun.send("in a channel");
                    return hub().blocking(() -> {
                        while (!go.get()) {
                            Thread.onSpinWait();
                        }
                        return "ended";
                    });
                });
                begun.await();
                green.kill();
                assertThat(takeReport().error()).hasMessage(FragileChannel.MESSAGE);
                go.set(true);
                assertThat(green.await(Duration.ofSeconds(10))).isEqualTo("ended");
            }
        }
    }

    static Stream<Function<Exception, Exception>> dresses() {
        return Stream.of(interrupt -> interrupt, RuntimeException::new,
                interrupt -> new CompletionException(new ExecutionException(interrupt)),
                interrupt -> new CancellationException("a library's own"),
                interrupt -> new ClosedByInterruptException(),
                interrupt -> new InterruptedIOException(),
                interrupt -> new UncheckedIOException(new InterruptedIOException()),
                interrupt -> new IOException(new ClosedByInterruptException()),
                interrupt -> new SocketException("Closed by interrupt"));
    }

    static Stream<Callable<String>> blockingCalls() {
        return Stream.of(() -> {
            TimeUnit.HOURS.sleep(1);
            return "slept";
        }, () -> {
            new CountDownLatch(1).await();
            return "counted down";
        }, () -> new ArrayBlockingQueue<String>(1).take(), () -> {
            ReentrantLock lock = new ReentrantLock();
            Condition never = lock.newCondition();
            lock.lock();
            try {
                while (lock.isLocked()) {
                    never.await();
                }
                return "signalled";
            } finally {
                lock.unlock();
            }
        });
    }

    @Nested
    final class Cancel {

        @Test
        void withoutInterruptTakesBackWhatHasNotStarted() {
            GreenThread<String> green = hub().spawnAfter(LONG, () -> "never");
            Note note = new Note();
            green.link(note);
            assertThat(green.cancel(false)).isTrue();
            assertThat(note.calls).hasValue(1);
            assertThat(green.isCancelled()).isTrue();
            assertThat(green.state()).isEqualTo(Future.State.CANCELLED);
            assertThatThrownBy(green::await).isInstanceOf(GreenletExit.class).hasMessageContaining(green.name());
            assertThat(green.cancel(false)).as("again").isFalse();
        }

        @Test
        void withoutInterruptLeavesAloneWhatHasStarted() throws Exception {
            Held held = new Held();
            assertThat(held.green.cancel(false)).isFalse();
            assertThat(held.green.isCancelled()).isFalse();
            held.release();
            assertThat(held.green.cancel(false)).as("after the end").isFalse();
        }

        @Test
        void withInterruptKills() {
            Held held = new Held();
            assertThat(held.green.cancel(true)).isTrue();
            assertThatThrownBy(held.green::await).isInstanceOf(GreenletExit.class);
            assertThatThrownBy(held.green::get).isInstanceOf(CancellationException.class);
            assertThat(held.green.isCancelled()).isTrue();
            assertThat(held.green.cancel(true)).as("after the end").isFalse();
        }

        @Test
        void withInterruptTakesBackWhatHasNotStarted() {
            GreenThread<String> green = hub().spawnAfter(LONG, () -> "never");
            assertThat(green.cancel(true)).isTrue();
            assertThat(green.isCancelled()).isTrue();
        }

        @Test
        void ofOneselfThrowsAtTheNextBlockingCallOnly() {
            AtomicBoolean delivered = new AtomicBoolean();
            GreenThread<String> green = spawn(() -> {
                delivered.set(GreenThread.current().orElseThrow().cancel(true));
                hub().sleep(LONG);
                return "slept";
            });
            assertThatThrownBy(green::await).isInstanceOf(GreenletExit.class);
            assertThat(delivered).isTrue();
        }
    }

    @Nested
    final class Links {

        @Test
        void areCalledInTheOrderOfLinking() throws Exception {
            Held held = new Held();
            List<Integer> order = new CopyOnWriteArrayList<>();
            List<Integer> expected = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                int number = i;
                expected.add(number);
                held.green.link(_ -> order.add(number));
                if (i % 10 == 0) { // one who waits in between changes nothing
                    assertThatThrownBy(() -> held.green.await(Duration.ofNanos(1)))
                            .isInstanceOf(TimeoutException.class);
                }
            }
            held.release();
            assertThat(order).isEqualTo(expected);
        }

        @Test
        void areOverBeforeAnyAwaitReturns() throws Exception {
            Held held = new Held();
            GreenEvent<Thread> inLink = new GreenEvent<>();
            GreenEvent<String> linkMayEnd = new GreenEvent<>();
            held.green.link(_ -> {
                inLink.send(Thread.currentThread());
                uninterrupted(linkMayEnd::await);
            });
            Actor<String> before = fork(held.green::await);
            waitUntilParked(before.thread());
            held.gate.send("value");
            Thread linking = inLink.await();
            Actor<String> during = fork(held.green::await);
            waitUntilParked(linking);
            waitUntilParked(during.thread());
            waitUntilParked(before.thread());
            assertThat(held.green.isDone()).isFalse();
            assertThat(held.green.state()).isEqualTo(Future.State.RUNNING);
            assertThatThrownBy(() -> held.green.await(Duration.ZERO)).isInstanceOf(TimeoutException.class);
            assertThatThrownBy(held.green::resultNow).isInstanceOf(IllegalStateException.class);
            linkMayEnd.send("now");
            assertThat(before.result()).isEqualTo("value");
            assertThat(during.result()).isEqualTo("value");
        }

        @Test
        void runInTheEndingThread() throws Exception {
            Held held = new Held();
            Note note = new Note();
            AtomicReference<@Nullable Optional<GreenThread<?>>> current = new AtomicReference<>();
            held.green.link(note);
            held.green.link(_ -> current.set(GreenThread.current()));
            held.release();
            assertThat(note.thread).isSameAs(held.thread());
            assertThat(note.about).isSameAs(held.green);
            assertThat(current.get()).isEqualTo(Optional.of(held.green));
        }

        @Test
        void oneThatFailsIsReportedAndStopsNoOther() throws Exception {
            Held held = new Held();
            IllegalStateException error = new IllegalStateException("link");
            AssertionError worse = new AssertionError("link");
            Note first = new Note();
            Note last = new Note();
            held.green.link(first);
            held.green.link(_ -> {
                throw error;
            });
            held.green.link(_ -> {
                throw worse;
            });
            held.green.link(last);
            held.release();
            assertThat(first.calls).hasValue(1);
            assertThat(last.calls).hasValue(1);
            Report report = takeReport();
            assertThat(report.error()).isSameAs(error);
            assertThat(report.source()).isEqualTo("link of green thread '" + held.green.name() + "'");
            assertThat(takeReport().error()).isSameAs(worse);
        }

        @Test
        void addedInALinkAreCalledAfterThoseThatWereThere() throws Exception {
            Held held = new Held();
            List<String> order = new CopyOnWriteArrayList<>();
            held.green.link(green -> {
                order.add("first");
                green.link(inner -> {
                    order.add("third");
                    inner.link(_ -> order.add("fourth"));
                });
            });
            held.green.link(_ -> order.add("second"));
            held.release();
            assertThat(order).containsExactly("first", "second", "third", "fourth");
        }

        @Test
        void addedByAnotherThreadWhileLinksRunAreCalledToo() throws Exception {
            Held held = new Held();
            GreenEvent<String> inLink = new GreenEvent<>();
            GreenEvent<String> linkMayEnd = new GreenEvent<>();
            held.green.link(_ -> {
                inLink.send("in link");
                uninterrupted(linkMayEnd::await);
            });
            held.gate.send("value");
            inLink.await();
            Note late = new Note();
            held.green.link(late);
            assertThat(late.calls).as("not here, but where the links run").hasValue(0);
            linkMayEnd.send("now");
            held.green.await();
            assertThat(late.calls).hasValue(1);
            assertThat(late.thread).isSameAs(held.thread());
        }

        @Test
        void addedAfterTheEndAreCalledHereAndNow() throws Exception {
            Held held = new Held();
            held.release();
            Note note = new Note();
            held.green.link(note);
            assertThat(note.calls).hasValue(1);
            assertThat(note.thread).isSameAs(Thread.currentThread());
            assertThat(note.about).isSameAs(held.green);
        }

        @Test
        void addedAfterTheEndTheyFailIntoTheHandlerNotIntoTheCaller() throws Exception {
            Held held = new Held();
            held.release();
            IllegalStateException error = new IllegalStateException("link");
            held.green.link(_ -> {
                throw error;
            });
            assertThat(takeReport().error()).isSameAs(error);
        }

        @Test
        void mayAskForTheOutcome() throws Exception {
            Held held = new Held();
            GreenEvent<List<Object>> seen = new GreenEvent<>();
            held.green.link(green -> seen.send(uninterrupted(() -> List.of(green.await(), green.await(Duration.ZERO),
                    green.get(), green.get(0, TimeUnit.SECONDS), green.resultNow(), green.isDone(), green.state()))));
            held.release();
            assertThat(seen.await()).containsExactly("released", "released", "released", "released", "released", true,
                    Future.State.SUCCESS);
        }

        /// Whoever raised it: a link that blocks must not fail for it.
        @Test
        void doNotInheritAnInterruptFlagThatTheBodyLeft() throws Exception {
            GreenEvent<String> linked = new GreenEvent<>();
            GreenThread<String> green = spawn(() -> {
                linked.await();
                Thread.currentThread().interrupt();
                return "value";
            });
            GreenEvent<Boolean> seen = new GreenEvent<>();
            green.link(_ -> seen.send(Thread.currentThread().isInterrupted()));
            linked.send("now");
            assertThat(seen.await()).isFalse();
            assertThat(green.await()).isEqualTo("value");
        }

        @Test
        void ofAKilledOneSeeTheKill() throws Exception {
            Held held = new Held();
            GreenEvent<Throwable> seen = new GreenEvent<>();
            held.green.link(green -> seen.send(Objects.requireNonNull(catchThrowable(green::await))));
            IllegalArgumentException cause = new IllegalArgumentException("cause");
            held.green.kill(cause);
            assertThat(seen.await()).isSameAs(cause);
        }

        @Test
        void ofOneThatNeverStartedRunInTheThreadOfTheKiller() {
            GreenThread<String> green = hub().spawnAfter(LONG, () -> "never");
            Note note = new Note();
            AtomicReference<@Nullable Throwable> seen = new AtomicReference<>();
            green.link(note);
            green.link(ended -> seen.set(catchThrowable(ended::await)));
            IllegalArgumentException cause = new IllegalArgumentException("cause");
            green.kill(cause);
            assertThat(note.calls).hasValue(1);
            assertThat(note.thread).isSameAs(Thread.currentThread());
            assertThat(seen).hasValue(cause);
        }

        @Test
        void ofOneThatNeverStartedFailIntoTheHandlerNotIntoTheKiller() {
            GreenThread<String> green = hub().spawnAfter(LONG, () -> "never");
            IllegalStateException error = new IllegalStateException("link");
            Note last = new Note();
            green.link(_ -> {
                throw error;
            });
            green.link(last);
            green.kill();
            assertThat(last.calls).hasValue(1);
            assertThat(takeReport().error()).isSameAs(error);
        }

        @Test
        void takenBackAreNotCalled() throws Exception {
            Held held = new Held();
            Note kept = new Note();
            Note taken = new Note();
            held.green.link(taken);
            held.green.link(kept);
            assertThat(held.green.unlink(taken)).isTrue();
            assertThat(held.green.unlink(taken)).as("again").isFalse();
            assertThat(held.green.unlink(new Note())).as("never linked").isFalse();
            held.release();
            assertThat(taken.calls).hasValue(0);
            assertThat(kept.calls).hasValue(1);
            assertThat(held.green.unlink(kept)).as("after the end").isFalse();
        }

        @Test
        void linkedTwiceAreCalledTwiceAndTakenBackOnceEach() throws Exception {
            Held held = new Held();
            Note note = new Note();
            held.green.link(note);
            held.green.link(note);
            held.green.link(note);
            assertThat(held.green.unlink(note)).isTrue();
            held.release();
            assertThat(note.calls).hasValue(2);
        }

        @Test
        void takenBackWhileLinksRunTellsTheTruth() throws Exception {
            Held held = new Held();
            Note later = new Note();
            AtomicBoolean taken = new AtomicBoolean();
            held.green.link(green -> taken.set(green.unlink(later)));
            held.green.link(later);
            held.release();
            assertThat(later.calls).hasValue(taken.get() ? 0 : 1);
        }

        /// They are known by identity: nobody's `equals` gets a say.
        @Test
        void thatEqualEverythingAreTakenBackByNobodyElse() throws Exception {
            Held held = new Held();
            AtomicInteger calls = new AtomicInteger();
            held.green.link(new EqualToAll(calls));
            assertThat(held.green.unlink(new EqualToAll(calls))).isFalse();
            assertThatThrownBy(() -> held.green.await(Duration.ofNanos(1))).isInstanceOf(TimeoutException.class);
            Actor<String> waiter = fork(held.green::await);
            waitUntilParked(waiter.thread());
            waiter.interrupt();
            assertThatThrownBy(waiter::result).isInstanceOf(InterruptedException.class);
            held.release();
            assertThat(calls).hasValue(1);
        }

        private record EqualToAll(AtomicInteger calls) implements Consumer<GreenThread<?>> {
            @Override
            public void accept(GreenThread<?> green) {
                calls.incrementAndGet();
            }

            @Override
            @SuppressWarnings("EqualsBrokenForNull") // as broken as can be
            public boolean equals(@Nullable Object other) {
                return true;
            }

            @Override
            public int hashCode() {
                return 0;
            }
        }

        /// Even a handler that fails with the very error it was given stops nothing.
        @ParameterizedTest
        @MethodSource("io.greenlet.GreenThreadTests#failingHandlers")
        void surviveAFailureHandlerThatFails(FailureHandler handler) throws Exception {
            Held held = new Held();
            Note last = new Note();
            held.green.link(_ -> {
                throw new IllegalStateException("link; the failure handler fails too: expected in this log");
            });
            held.green.link(last);
            hub().setFailureHandler(handler);
            try {
                held.gate.send("released");
                assertThat(held.green.await(Duration.ofSeconds(10))).isEqualTo("released");
            } finally {
                recordFailures();
            }
            assertThat(last.calls).hasValue(1);
        }

        @Test
        @SuppressWarnings("NullAway") // what null does is the test
        void mustNotBeNull() throws Exception {
            Held held = new Held();
            assertThatThrownBy(() -> held.green.link(null)).isInstanceOf(NullPointerException.class)
                    .hasMessage("onEnd");
            assertThatThrownBy(() -> held.green.unlink(null)).isInstanceOf(NullPointerException.class)
                    .hasMessage("onEnd");
            held.release();
        }
    }

    static Stream<FailureHandler> failingHandlers() {
        return Stream.of((_, _) -> {
            throw new IllegalStateException("of the handler's own: expected in this log");
        }, (_, error) -> {
            throw (RuntimeException) error;
        }, (_, _) -> {
            throw new AssertionError("an error of the handler's own: expected in this log");
        });
    }

    @Nested
    final class Await {

        @Test
        void givesUpWhenTheTimeIsOverAndTheGreenThreadGoesOn() throws Exception {
            Held held = new Held();
            long start = hub().nanoTime();
            assertThatThrownBy(() -> held.green.await(SHORT)).isInstanceOf(TimeoutException.class)
                    .hasMessage("green thread '" + held.green.name() + "' has not ended within " + SHORT);
            assertThat(hub().nanoTime() - start).isGreaterThanOrEqualTo(SHORT.toNanos());
            assertThatThrownBy(() -> held.green.get(2, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
            assertThat(held.green.isDone()).isFalse();
            held.release();
        }

        @Test
        void ofZeroOrLessDoesNotWait() throws Exception {
            Held held = new Held();
            for (Duration none : List.of(Duration.ZERO, Duration.ofSeconds(-1), Duration.ofSeconds(Long.MIN_VALUE))) {
                assertThatThrownBy(() -> held.green.await(none)).isInstanceOf(TimeoutException.class);
            }
            assertThatThrownBy(() -> held.green.get(0, TimeUnit.DAYS)).isInstanceOf(TimeoutException.class);
            assertThatThrownBy(() -> held.green.get(Long.MIN_VALUE, TimeUnit.DAYS))
                    .isInstanceOf(TimeoutException.class);
            held.release();
            assertThat(held.green.await(Duration.ZERO)).isEqualTo("released");
            assertThat(held.green.await(Duration.ofSeconds(-1))).isEqualTo("released");
        }

        @Test
        void takesATimeOutOfAnySize() throws Exception {
            Held held = new Held();
            List<Actor<String>> waiters = List.of(fork(() -> held.green.await(Duration.ofSeconds(Long.MAX_VALUE))),
                    fork(() -> held.green.get(Long.MAX_VALUE, TimeUnit.DAYS)),
                    fork(() -> held.green.await(Duration.ofNanos(Long.MAX_VALUE - 1))));
            waiters.forEach(waiter -> waitUntilParked(waiter.thread()));
            held.release();
            for (Actor<String> waiter : waiters) {
                assertThat(waiter.result()).isEqualTo("released");
            }
        }

        @Test
        void interruptedEndsTheWaitAndNothingElse() throws Exception {
            Held held = new Held();
            AtomicBoolean flag = new AtomicBoolean();
            for (Callable<String> wait : List.<Callable<String>>of(held.green::await, () -> held.green.await(LONG),
                    held.green::get, () -> held.green.get(1, TimeUnit.HOURS))) {
                Actor<String> waiter = fork(() -> {
                    try {
                        return wait.call();
                    } finally {
                        flag.set(Thread.currentThread().isInterrupted());
                    }
                });
                waitUntilParked(waiter.thread());
                waiter.interrupt();
                assertThatThrownBy(waiter::result).isInstanceOf(InterruptedException.class);
                assertThat(flag).as("the flag is spent").isFalse();
            }
            assertThat(held.green.isDone()).isFalse();
            held.release();
        }

        @Test
        void withTheFlagSetThrowsAtOnce() throws Exception {
            Held held = new Held();
            Thread.currentThread().interrupt();
            assertThatThrownBy(held.green::await).isInstanceOf(InterruptedException.class);
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
            held.release();
        }

        @Test
        void endedEarlyLeavesNoWaiterBehind() throws Exception {
            Held held = new Held();
            WeakReference<Thread> timedOut = waiterThatLeft(() -> held.green.await(SHORT), false);
            WeakReference<Thread> interrupted = waiterThatLeft(held.green::await, true);
            waitUntilCollected(timedOut);
            waitUntilCollected(interrupted);
            held.release();
        }

        private WeakReference<Thread> waiterThatLeft(Callable<String> wait, boolean interrupt) throws Exception {
            Thread thread = Thread.ofVirtual().start(() -> {
                var _ = catchThrowable(wait::call);
            });
            if (interrupt) {
                waitUntilParked(thread);
                thread.interrupt();
            }
            thread.join();
            return new WeakReference<>(thread);
        }

        @Test
        void ofOneselfIsRefused() throws Exception {
            GreenEvent<GreenThread<List<@Nullable Throwable>>> self = new GreenEvent<>();
            GreenThread<List<@Nullable Throwable>> green = spawn(() -> {
                GreenThread<List<@Nullable Throwable>> me = self.await();
                List<@Nullable Throwable> refusals = new ArrayList<>();
                refusals.add(catchThrowable(me::await));
                refusals.add(catchThrowable(() -> me.await(LONG)));
                refusals.add(catchThrowable(me::get));
                refusals.add(catchThrowable(() -> me.get(1, TimeUnit.HOURS)));
                return refusals;
            });
            self.send(green);
            assertThat(green.await()).hasSize(4).allSatisfy(refusal -> assertThat(refusal)
                    .isInstanceOf(IllegalStateException.class).hasMessage(green + " must not await itself"));
        }

        @Test
        void manyWhoseTimeRunsOutTogetherAllLeave() throws Exception {
            Held held = new Held();
            List<Actor<@Nullable Throwable>> waiters = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                waiters.add(fork(() -> catchThrowable(() -> held.green.await(SHORT))));
            }
            for (Actor<@Nullable Throwable> waiter : waiters) {
                assertThat(waiter.result()).isInstanceOf(TimeoutException.class);
            }
            held.release();
        }
    }

    @Nested
    final class Identity {

        @Test
        void idsAreUnique() throws Exception {
            Set<Long> ids = new HashSet<>();
            for (int i = 0; i < 100; i++) {
                GreenThread<String> green = spawn(() -> "value");
                assertThat(ids.add(green.id())).isTrue();
                assertThat(green.id()).isPositive();
                green.await();
            }
        }

        @Test
        void theNameCarriesTheIdAndIsWhatIsPrinted() throws Exception {
            GreenThread<String> green = spawn(() -> Thread.currentThread().getName());
            assertThat(green.name()).isEqualTo("green-" + green.id());
            assertThat(green).hasToString("green thread '" + green.name() + "'");
            assertThat(green.name()).startsWith(green.await());
        }

        @Test
        void currentIsTheGreenThreadOneIsIn() throws Exception {
            GreenThread<Optional<GreenThread<?>>> green = spawn(GreenThread::current);
            assertThat(green.await()).isEqualTo(Optional.of(green));
            assertThat(GreenThread.current().isPresent()).isEqualTo(caller() == Caller.GREEN_THREAD);
        }

        @Test
        void aThreadStartedByHandInAGreenThreadIsNotGreen() throws Exception {
            GreenThread<List<Object>> green = spawn(() -> hub().blocking(() -> {
                List<Object> seen = new CopyOnWriteArrayList<>();
                for (Thread.Builder builder : List.of(Thread.ofVirtual(), Thread.ofPlatform())) {
                    builder.start(() -> {
                        seen.add(GreenThread.current());
                        seen.add(Hub.current());
                    }).join();
                }
                return List.copyOf(seen);
            }));
            assertThat(green.await()).containsExactly(Optional.empty(), Hub.parallel(), Optional.empty(),
                    Hub.parallel());
        }

        @Test
        void itsHubIsTheOneThatSpawnedIt() throws Exception {
            GreenThread<Hub> green = spawn(Hub::current);
            assertThat(green.hub()).isSameAs(hub());
            assertThat(green.await()).isSameAs(hub());
        }

        @Test
        void theParentIsTheGreenThreadThatSpawned() throws Exception {
            GreenEvent<GreenThread<String>> child = new GreenEvent<>();
            GreenEvent<String> gate = new GreenEvent<>();
            GreenThread<String> parent = spawn(() -> {
                child.send(spawn(() -> "child"));
                return gate.await();
            });
            assertThat(child.await().parent()).isEqualTo(Optional.of(parent));
            assertThat(parent.parent()).isEqualTo(GreenThread.current());
            gate.send("end");
            parent.await();
            child.await().await();
        }

        @Test
        void theSpawnerIsTheParentOfADelayedOneToo() throws Exception {
            GreenThread<Boolean> parent = spawn(() -> {
                Optional<GreenThread<?>> me = GreenThread.current();
                GreenThread<Boolean> after = hub().spawnAfter(SHORT,
                        () -> GreenThread.current().orElseThrow().parent().equals(me));
                GreenThread<Boolean> local = hub().spawnAfterLocal(SHORT,
                        () -> GreenThread.current().orElseThrow().parent().equals(me));
                return after.await() && local.await();
            });
            assertThat(parent.await()).isTrue();
        }

        @Test
        void inheritableThreadLocalsAreNotInherited() throws Exception {
            InheritableThreadLocal<String> local = new InheritableThreadLocal<>();
            local.set("the caller's");
            try {
                GreenThread<Optional<String>> green = spawn(() -> Optional.ofNullable(local.get()));
                assertThat(green.await()).isEmpty();
            } finally {
                local.remove();
            }
        }

        @Test
        void theContextClassLoaderIsThatOfTheSpawner() throws Exception {
            Thread me = Thread.currentThread();
            ClassLoader before = me.getContextClassLoader();
            ClassLoader mine = new ClassLoader(before) {};
            me.setContextClassLoader(mine);
            try {
                Callable<ClassLoader> body = () -> Thread.currentThread().getContextClassLoader();
                GreenThread<ClassLoader> now = spawn(body);
                GreenThread<ClassLoader> later = hub().spawnAfter(SHORT, body);
                GreenEvent<ClassLoader> called = new GreenEvent<>();
                HubTimer timer = hub().callAfter(SHORT,
                        () -> called.send(Thread.currentThread().getContextClassLoader()));
                assertThat(now.await()).isSameAs(mine);
                assertThat(later.await()).isSameAs(mine);
                assertThat(called.await()).as("in a callback").isSameAs(mine);
                assertThat(timer.isPending()).isFalse();
            } finally {
                me.setContextClassLoader(before);
            }
        }

        @Test
        void anInterruptFlagOfTheSpawnerIsNotInherited() throws Exception {
            Thread.currentThread().interrupt();
            GreenThread<Boolean> green = spawn(() -> Thread.currentThread().isInterrupted());
            assertThat(Thread.interrupted()).isTrue();
            assertThat(green.await()).isFalse();
        }
    }

    @Nested
    final class Completed {

        @Test
        void hasEndedWithItsValue() throws Exception {
            GreenThread<String> green = GreenThread.completed("value");
            assertThat(green.isDone()).isTrue();
            assertThat(green.isCancelled()).isFalse();
            assertThat(green.state()).isEqualTo(Future.State.SUCCESS);
            assertThat(green.await()).isEqualTo("value");
            assertThat(green.await(Duration.ZERO)).isEqualTo("value");
            assertThat(green.get()).isEqualTo("value");
            assertThat(green.resultNow()).isEqualTo("value");
            assertThat(green.parent()).isEmpty();
            assertThat(green.name()).endsWith("-" + green.id());
        }

        @Test
        void mayHoldNull() throws Exception {
            GreenThread<@Nullable String> green = GreenThread.completed(null);
            assertThat(green.await()).isNull();
        }

        @Test
        void callsLinksHereAndNow() {
            Note note = new Note();
            GreenThread<String> green = GreenThread.completed("value");
            green.link(note);
            assertThat(note.calls).hasValue(1);
            assertThat(note.thread).isSameAs(Thread.currentThread());
            assertThat(green.unlink(note)).isFalse();
        }

        @Test
        void cannotBeKilled() throws Exception {
            GreenThread<String> green = GreenThread.completed("value");
            green.kill();
            assertThat(green.cancel(true)).isFalse();
            assertThat(green.cancel(false)).isFalse();
            assertThat(green.await()).isEqualTo("value");
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
        }
    }

    @Nested
    final class AsACompletableFuture {

        @Test
        void itEndsWithTheValue() throws Exception {
            Held held = new Held();
            CompletableFuture<String> future = held.green.toCompletableFuture();
            assertThat(future).isNotDone();
            held.release();
            assertThat(future).isCompletedWithValue("released");
            assertThat(held.green.toCompletableFuture()).isCompletedWithValue("released");
        }

        @Test
        void itFailsWithWhatTheBodyThrew() {
            IOException broken = new IOException("broken");
            GreenThread<Object> green = spawn(() -> {
                throw broken;
            });
            CompletableFuture<Object> future = green.toCompletableFuture();
            assertThat(catchThrowable(green::await)).isInstanceOf(CompletionException.class);
            assertThat(future.exceptionNow()).isSameAs(broken);
        }

        @Test
        void itIsCancelledWithWhatTheThreadWasKilledBy() throws Exception {
            Held held = new Held();
            CompletableFuture<String> future = held.green.toCompletableFuture();
            GreenletExit exit = new GreenletExit("enough");
            held.green.kill(exit);
            assertThat(catchThrowable(held.green::await)).isSameAs(exit);
            assertThat(future).isCancelled();
            assertThat(future.handle((_, failure) -> failure).join()).isSameAs(exit);
        }

        @Test
        void cancelledItKillsTheThread() {
            Held held = new Held();
            assertThat(held.green.toCompletableFuture().cancel(true)).isTrue();
            assertThat(catchThrowable(held.green::await)).isInstanceOf(GreenletExit.class);
        }

        @Test
        void timedOutItKillsTheThread() {
            Held held = new Held();
            assertThat(held.green.toCompletableFuture().completeExceptionally(new TimeoutException())).isTrue();
            assertThat(catchThrowable(held.green::await)).isInstanceOf(GreenletExit.class);
        }

        @Test
        void endedInAnyWayItKillsTheThread() {
            for (UnaryOperator<CompletableFuture<String>> way : waysToEnd()) {
                Held held = new Held();
                CompletableFuture<String> future = held.green.toCompletableFuture();
                assertThat(way.apply(future)).isSameAs(future);
                assertThat(catchThrowable(held.green::await)).isInstanceOf(GreenletExit.class);
                assertThat(future.handle((value, failure) -> failure == null ? value : failure.getMessage()))
                        .isCompletedWithValue("enough");
            }
        }

        /// A body that cleans up after its kill must not be interrupted in that.
        @Test
        void endedAgainItDoesNotKillTheThreadAgain() throws Exception {
            for (UnaryOperator<CompletableFuture<String>> way : waysToEnd()) {
                Cleaner cleaner = new Cleaner();
                CompletableFuture<String> future = way.apply(cleaner.green.toCompletableFuture());
                cleaner.interrupted.await();
                assertThat(future.cancel(true)).isFalse();
                for (UnaryOperator<CompletableFuture<String>> again : waysToEnd()) {
                    assertThat(again.apply(future)).isSameAs(future);
                }
                assertThat(cleaner.finish()).isEqualTo(1);
            }
        }

        private List<UnaryOperator<CompletableFuture<String>>> waysToEnd() {
            List<UnaryOperator<CompletableFuture<String>>> ways = new ArrayList<>(List.of(future -> {
                boolean _ = future.complete("enough");
                return future;
            }, future -> {
                boolean _ = future.completeExceptionally(new IOException("enough"));
                return future;
            }, future -> {
                future.obtrudeValue("enough");
                return future;
            }, future -> {
                future.obtrudeException(new IOException("enough"));
                return future;
            }, future -> future.completeAsync(() -> "enough", Runnable::run)));
            if (!(hub() instanceof SimulatedHub)) { // which knows nothing of the JDK's threads and clock
                ways.add(future -> future.completeAsync(() -> "enough"));
                ways.add(future -> future.completeOnTimeout("enough", 1, TimeUnit.MILLISECONDS));
            }
            return ways;
        }

        @Test
        void whatIsMadeOfItKillsNothing() throws Exception {
            Cleaner cleaner = new Cleaner();
            CompletableFuture<String> future = cleaner.green.toCompletableFuture();
            List<CompletableFuture<String>> made = List.of(future.copy(), future.newIncompleteFuture(),
                    future.minimalCompletionStage().toCompletableFuture(), future.thenApply(value -> value),
                    future.whenComplete((_, _) -> Hub.point()));
            assertThat(made).allMatch(stage -> stage.cancel(true));
            assertThat(future).isNotDone();
            assertThat(cleaner.finish()).isZero();
            assertThat(future).isCompletedWithValue("cleaned up");
        }

        @Test
        void eachIsOneOfItsOwn() {
            Held held = new Held();
            CompletableFuture<String> one = held.green.toCompletableFuture();
            CompletableFuture<String> other = held.green.toCompletableFuture();
            assertThat(one.complete("enough")).isTrue();
            Throwable killed = catchThrowable(held.green::await);
            assertThat(killed).isInstanceOf(GreenletExit.class);
            assertThat(one).isCompletedWithValue("enough");
            assertThat(other.handle((_, failure) -> failure).join()).isSameAs(killed);
        }

        @Test
        void itEndsInTheOrderOfTheLinksAndBeforeAnyAwaitReturns() throws Exception {
            Held held = new Held();
            List<String> order = new CopyOnWriteArrayList<>();
            held.green.link(_ -> order.add("link before"));
            CompletableFuture<Boolean> future = held.green.toCompletableFuture().thenApply(order::add);
            held.green.link(_ -> order.add("link after"));
            held.release();
            assertThat(order).containsExactly("link before", "released", "link after");
            assertThat(future).isCompletedWithValue(true);
        }

        @Test
        void ofAThreadThatHasEndedItHasEndedToo() {
            IOException broken = new IOException("broken");
            GreenThread<String> failed = spawn(() -> failing(broken));
            assertThat(catchThrowable(failed::await)).hasCause(broken);
            assertThat(failed.toCompletableFuture().exceptionNow()).isSameAs(broken);
            GreenletExit exit = new GreenletExit("enough");
            GreenThread<String> killed = spawn(() -> failing(exit));
            assertThat(catchThrowable(killed::await)).isSameAs(exit);
            assertThat(killed.toCompletableFuture()).isCancelled();
            assertThat(killed.toCompletableFuture().handle((_, failure) -> failure).join()).isSameAs(exit);
            assertThat(GreenThread.completed("value").toCompletableFuture()).isCompletedWithValue("value");
        }

        @Test
        void killedByAnyExceptionItIsCancelled() {
            Held held = new Held();
            CompletableFuture<String> future = held.green.toCompletableFuture();
            IllegalStateException cause = new IllegalStateException("enough");
            held.green.kill(cause);
            assertThat(catchThrowable(held.green::await)).isSameAs(cause);
            assertThat(future).isCancelled();
            assertThat(future.handle((_, failure) -> failure).join()).isInstanceOf(CancellationException.class)
                    .hasCause(cause);
        }

        @Test
        void cancelledBeforeTheStartNothingRuns() {
            AtomicBoolean ran = new AtomicBoolean();
            GreenThread<String> green = hub().spawnAfter(LONG, () -> {
                ran.set(true);
                return "value";
            });
            assertThat(green.toCompletableFuture().cancel(false)).isTrue();
            assertThat(green.isCancelled()).isTrue();
            assertThat(ran).isFalse();
        }
    }

    @Nested
    final class Memory {

        @Test
        void aHandleKeepsTheResultButNotTheBody() throws Exception {
            AtomicReference<@Nullable WeakReference<Object>> captured = new AtomicReference<>();
            List<GreenThread<String>> ended = List.of(ended(captured, body -> hub().spawn(body)));
            waitUntilCollected(Objects.requireNonNull(captured.get()));
            List<GreenThread<String>> killed = List.of(ended(captured, body -> {
                GreenThread<String> green = hub().spawnAfter(LONG, body);
                green.kill();
                return green;
            }));
            waitUntilCollected(Objects.requireNonNull(captured.get()));
            assertThat(ended).allMatch(Future::isDone);
            assertThat(killed).allMatch(Future::isDone);
        }

        private GreenThread<String> ended(AtomicReference<@Nullable WeakReference<Object>> captured,
                Function<Callable<String>, GreenThread<String>> spawn) {
            Object heavy = new Object();
            captured.set(new WeakReference<>(heavy));
            GreenThread<String> green = spawn.apply(() -> "value" + heavy.hashCode());
            var _ = catchThrowable(green::await);
            return green;
        }

        @Test
        void aLinkIsForgottenOnceCalledOrTakenBack() throws Exception {
            Held held = new Held();
            WeakReference<Note> takenBack = linkAndUnlink(held);
            waitUntilCollected(takenBack);
            WeakReference<Note> called = link(held);
            held.release();
            waitUntilCollected(called);
            assertThat(held.green.isDone()).isTrue();
        }

        @Test
        void aFutureThatHasEndedDoesNotKeepItsThread() throws Exception {
            AtomicReference<@Nullable WeakReference<GreenThread<?>>> thread = new AtomicReference<>();
            CompletableFuture<String> ended = future(thread, future -> assertThat(future).isNotDone());
            waitUntilCollected(Objects.requireNonNull(thread.get()));
            CompletableFuture<String> cancelled = future(thread, future -> assertThat(future.cancel(true)).isTrue());
            waitUntilCollected(Objects.requireNonNull(thread.get()));
            assertThat(List.of(ended, cancelled)).allMatch(Future::isDone);
        }

        /// A method of its own, so that no frame of the test keeps the handle.
        private CompletableFuture<String> future(AtomicReference<@Nullable WeakReference<GreenThread<?>>> thread,
                Consumer<CompletableFuture<String>> end) throws InterruptedException {
            Latch gate = new Latch(1);
            GreenThread<String> green = hub().spawn(() -> {
                gate.await();
                return "value";
            });
            thread.set(new WeakReference<>(green));
            CompletableFuture<String> future = green.toCompletableFuture();
            end.accept(future);
            gate.countDown();
            var _ = catchThrowable(green::await);
            return future;
        }

        private WeakReference<Note> link(Held held) {
            Note note = new Note();
            held.green.link(note);
            return new WeakReference<>(note);
        }

        private WeakReference<Note> linkAndUnlink(Held held) {
            Note note = new Note();
            held.green.link(note);
            assertThat(held.green.unlink(note)).isTrue();
            return new WeakReference<>(note);
        }

        /// A server whose green threads spawn their successors runs for ever: each generation must go.
        @Test
        void aChainOfSpawnsDoesNotRetainItsAncestors() throws Exception {
            chain(body -> hub().spawn(body));
        }

        @Test
        void aChainOfDelayedSpawnsDoesNotRetainItsAncestors() throws Exception {
            chain(body -> hub().spawnAfter(Duration.ZERO, body));
        }

        @Test
        void aChainOfLocalDelayedSpawnsDoesNotRetainItsAncestors() throws Exception {
            chain(body -> hub().spawnAfterLocal(Duration.ZERO, body));
        }

        private void chain(Function<Callable<String>, GreenThread<String>> spawn) throws Exception {
            GreenEvent<WeakReference<GreenThread<?>>> first = new GreenEvent<>();
            GreenEvent<GreenThread<?>> last = new GreenEvent<>();
            GreenEvent<String> gate = new GreenEvent<>();
            begin(spawn, first, last, gate);
            GreenThread<?> survivor = last.await();
            waitUntilCollected(first.await());
            gate.send("end");
            assertThat(survivor.get()).isEqualTo("end");
        }

        /// A method of its own, so that no frame of the test keeps the handle.
        private void begin(Function<Callable<String>, GreenThread<String>> spawn,
                GreenEvent<WeakReference<GreenThread<?>>> first, GreenEvent<GreenThread<?>> last,
                GreenEvent<String> gate) {
            var _ = spawn.apply(() -> {
                first.send(new WeakReference<>(GreenThread.current().orElseThrow()));
                return generation(1, spawn, last, gate);
            });
        }

        /// Spawns the next generation, sees it begin, and ends.
        private String generation(int number, Function<Callable<String>, GreenThread<String>> spawn,
                GreenEvent<GreenThread<?>> last, GreenEvent<String> gate) throws InterruptedException {
            if (number == 10) {
                last.send(GreenThread.current().orElseThrow());
                return gate.await();
            }
            GreenEvent<String> begun = new GreenEvent<>();
            var _ = spawn.apply(() -> {
                begun.send("begun");
                return generation(number + 1, spawn, last, gate);
            });
            return begun.await();
        }
    }

    @Nested
    final class Races {

        /// An interrupt for a body that is over would hit its links, or the next task of a pool's slot.
        @Test
        void aKillNeverReachesTheThreadAfterTheBody() throws Exception {
            AtomicReference<@Nullable GreenThread<?>> target = new AtomicReference<>();
            AtomicBoolean over = new AtomicBoolean();
            AtomicInteger flagged = new AtomicInteger();
            Latch killing = new Latch(2);
            List<Actor<Integer>> killers = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                killers.add(fork(() -> {
                    int kills = 0;
                    while (!over.get()) {
                        GreenThread<?> green = target.get();
                        if (green != null) {
                            green.kill();
                            if (kills++ == 0) {
                                killing.countDown();
                            }
                        }
                        Hub.current().yieldNow();
                    }
                    return kills;
                }));
            }
            try {
                for (int round = 0; round < ROUNDS || killing.count() > 0; round++) {
                    int work = ThreadLocalRandom.current().nextInt(200);
                    GreenThread<String> green = spawn(() -> {
                        target.set(GreenThread.current().orElseThrow());
                        for (int i = 0; i < work; i++) {
                            Thread.onSpinWait();
                        }
                        return "value";
                    });
                    green.link(_ -> {
                        for (int i = 0; i < 50; i++) {
                            if (Thread.currentThread().isInterrupted()) {
                                flagged.incrementAndGet();
                            }
                            Thread.onSpinWait();
                        }
                    });
                    assertThat(green.await()).isEqualTo("value"); // it never blocks
                }
            } finally {
                over.set(true);
            }
            for (Actor<Integer> killer : killers) {
                assertThat(killer.result()).isPositive();
            }
            assertThat(flagged).as("links that saw an interrupt").hasValue(0);
        }

        @Test
        void aKillAndTheEndOfABlockedBodyLeaveOneOutcome() throws Exception {
            for (int round = 0; round < ROUNDS; round++) {
                GreenEvent<String> gate = new GreenEvent<>();
                AtomicInteger ends = new AtomicInteger();
                AtomicBoolean flagged = new AtomicBoolean();
                AtomicBoolean returned = new AtomicBoolean();
                GreenThread<String> green = spawn(() -> {
                    String value = gate.await();
                    returned.set(true);
                    return value;
                });
                green.link(_ -> {
                    ends.incrementAndGet();
                    flagged.set(Thread.currentThread().isInterrupted());
                });
                Actor<Boolean> killer = fork(() -> green.cancel(true));
                gate.send("value");
                Throwable error = catchThrowable(green::await);
                boolean delivered = killer.result();
                assertThat(returned.get()).isEqualTo(error == null);
                if (error != null) {
                    assertThat(error).isInstanceOf(GreenletExit.class);
                    assertThat(delivered).isTrue();
                }
                assertThat(green.state()).isEqualTo(error == null ? Future.State.SUCCESS : Future.State.CANCELLED);
                assertThat(ends).hasValue(1);
                assertThat(caller() == Caller.GREEN_THREAD || !flagged.get() || error != null).isTrue();
            }
        }

        @Test
        void aKillAndTheStartLeaveOneOutcome() throws Exception {
            int neverRan = 0;
            for (int round = 0; round < ROUNDS; round++) {
                AtomicBoolean ran = new AtomicBoolean();
                GreenThread<String> green = spawn(() -> {
                    ran.set(true);
                    return "value";
                });
                boolean takenBack = green.cancel(false);
                Throwable error = catchThrowable(green::await);
                assertThat(error != null).isEqualTo(takenBack);
                assertThat(ran.get()).isEqualTo(!takenBack);
                neverRan += takenBack ? 1 : 0;
            }
            assertThat(neverRan).isBetween(0, ROUNDS);
        }

        @Test
        void aLinkRacingWithTheEndIsCalledExactlyOnce() throws Exception {
            for (int round = 0; round < ROUNDS; round++) {
                GreenThread<String> green = spawn(() -> "value");
                Actor<Note> linker = fork(() -> {
                    Note note = new Note();
                    green.link(note);
                    return note;
                });
                Note mine = new Note();
                green.link(mine);
                Note theirs = linker.result();
                green.await();
                assertThat(mine.calls).hasValue(1);
                assertThat(theirs.calls).hasValue(1);
            }
        }

        @Test
        void anUnlinkRacingWithTheEndTellsTheTruth() throws Exception {
            for (int round = 0; round < ROUNDS; round++) {
                GreenEvent<String> gate = new GreenEvent<>();
                GreenThread<String> green = spawn(gate::await);
                Note note = new Note();
                green.link(note);
                Actor<Boolean> unlinker = fork(() -> green.unlink(note));
                gate.send("value");
                boolean takenBack = unlinker.result();
                green.await();
                assertThat(note.calls).hasValue(takenBack ? 0 : 1);
            }
        }

        @Test
        void anAwaitRacingWithTheEndIsAlwaysWoken() throws Exception {
            for (int round = 0; round < ROUNDS; round++) {
                GreenEvent<String> gate = new GreenEvent<>();
                GreenThread<String> green = spawn(gate::await);
                List<Actor<String>> awaiters = List.of(fork(green::await), fork(() -> green.await(LONG)));
                gate.send("value");
                for (Actor<String> awaiter : awaiters) {
                    assertThat(awaiter.result()).isEqualTo("value");
                }
            }
        }

        @Test
        void anAwaitInterruptedAtTheEndReturnsOrThrowsButNeverHangs() throws Exception {
            for (int round = 0; round < ROUNDS; round++) {
                GreenEvent<String> gate = new GreenEvent<>();
                GreenThread<String> green = spawn(gate::await);
                Actor<Object> awaiter = fork(() -> {
                    try {
                        return green.await();
                    } catch (InterruptedException e) {
                        return e;
                    } finally {
                        Thread.interrupted();
                    }
                });
                awaiter.interrupt();
                gate.send("value");
                assertThat(awaiter.result())
                        .satisfiesAnyOf(value -> assertThat(value).isEqualTo("value"),
                                value -> assertThat(value).isInstanceOf(InterruptedException.class));
                assertThat(green.await()).isEqualTo("value");
            }
        }

        /// A body that cleans up after its kill must not be interrupted in that.
        @Test
        void manyWhoEndTheFutureKillTheThreadOnce() throws Exception {
            int most = 0;
            for (int round = 0; round < ROUNDS; round++) {
                Cleaner cleaner = new Cleaner();
                CompletableFuture<String> future = cleaner.green.toCompletableFuture();
                List<Actor<Boolean>> killers = List.of(fork(() -> future.cancel(true)),
                        fork(() -> future.cancel(true)));
                for (Actor<Boolean> killer : killers) {
                    assertThat(killer.result()).isTrue();
                }
                cleaner.interrupted.await();
                most = Math.max(most, cleaner.finish());
            }
            assertThat(most).isEqualTo(1);
        }

        @Test
        void theEndOfTheThreadAndThatOfItsFutureLeaveOneOutcomeEach() throws Exception {
            for (int round = 0; round < ROUNDS; round++) {
                GreenEvent<String> gate = new GreenEvent<>();
                AtomicBoolean flagged = new AtomicBoolean();
                GreenThread<String> green = spawn(gate::await);
                green.link(_ -> flagged.set(Thread.currentThread().isInterrupted()));
                CompletableFuture<String> future = green.toCompletableFuture();
                Actor<Boolean> canceller = fork(() -> future.cancel(true));
                gate.send("value");
                boolean cancelled = canceller.result();
                Throwable error = catchThrowable(green::await);
                assertThat(future.isCancelled()).isEqualTo(cancelled);
                if (error != null) {
                    assertThat(error).isInstanceOf(GreenletExit.class);
                    assertThat(cancelled).isTrue();
                }
                if (!cancelled) {
                    assertThat(future).isCompletedWithValue("value");
                }
                assertThat(caller() == Caller.GREEN_THREAD || !flagged.get() || error != null).isTrue();
            }
        }

        @Test
        void manyKillersOfManyVictimsAllSucceed() throws Exception {
            List<GreenThread<String>> victims = new ArrayList<>();
            GreenEvent<String> never = new GreenEvent<>();
            ConcurrentLinkedQueue<GreenThread<?>> ended = new ConcurrentLinkedQueue<>();
            for (int i = 0; i < 500; i++) {
                GreenThread<String> victim = spawn(never::await);
                victim.link(ended::add);
                victims.add(victim);
            }
            List<Actor<String>> killers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                killers.add(fork(() -> {
                    victims.forEach(GreenThread::kill);
                    return "killed";
                }));
            }
            for (Actor<String> killer : killers) {
                assertThat(killer.result()).isEqualTo("killed");
            }
            for (GreenThread<String> victim : victims) {
                assertThatThrownBy(victim::await).isInstanceOf(GreenletExit.class);
            }
            assertThat(ended).containsExactlyInAnyOrderElementsOf(victims);
        }

        /// A permit left over by a wake-up of the past must not end the next wait.
        @Test
        void aStrayUnparkEndsNoAwait() throws Exception {
            Held held = new Held();
            Actor<String> awaiter = fork(held.green::await);
            for (int i = 0; i < 100; i++) {
                waitUntilParked(awaiter.thread());
                hub().unpark(awaiter.thread());
            }
            assertThat(awaiter.isDone()).isFalse();
            held.release();
            assertThat(awaiter.result()).isEqualTo("released");
        }
    }
}
