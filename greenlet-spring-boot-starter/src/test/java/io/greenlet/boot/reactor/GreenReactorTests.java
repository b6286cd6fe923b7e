package io.greenlet.boot.reactor;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.GreenThread;
import io.greenlet.GreenletExit;
import io.greenlet.boot.Eventually;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolOptions;
import io.greenlet.pool.RejectedSubmission;
import io.greenlet.pool.TaskOptions;
import io.greenlet.pool.TaskSnapshot;
import io.greenlet.pool.WaitingSnapshot;
import io.greenlet.pool.WhenFull;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

@Timeout(30)
class GreenReactorTests {

    private GreenPool pool = new GreenPool(0);

    private GreenPool pool(int size, UnaryOperator<PoolOptions> change) {
        pool = GreenPool.of(change.apply(PoolOptions.named("api").withSize(size)));
        return pool;
    }

    private GreenPool pool(int size) {
        return pool(size, UnaryOperator.identity());
    }

    @AfterEach
    void everySlotIsBack() throws InterruptedException {
        assertThat(pool.waitAll(Duration.ofSeconds(20))).isTrue();
        assertThat(pool.free()).isEqualTo(pool.size());
        assertThat(pool.waiting()).isZero();
    }

    private static String current() {
        return GreenThread.current().map(GreenThread::name).orElse("none");
    }

    @Nested
    class ALimit {

        @Test
        void runsAMonoInTheirSlots() {
            Mono<String> limited = Mono.fromCallable(GreenReactorTests::current)
                    .transform(GreenReactor.limit(pool(1)));
            StepVerifier.create(limited).assertNext(name -> assertThat(name).startsWith("api-")).verifyComplete();
            StepVerifier.create(limited).expectNextCount(1).verifyComplete();
            assertThat(pool.snapshot().completed()).isEqualTo(2);
        }

        @Test
        void runsAFluxInASlot() {
            Flux<Integer> limited = Flux.range(1, 1000).transform(GreenReactor.limit(pool(1)));
            StepVerifier.create(limited).expectNextCount(1000).verifyComplete();
            assertThat(pool.snapshot().completed()).isEqualTo(1);
        }

        @Test
        void passesAnEmptyMono() {
            StepVerifier.create(Mono.<String>empty().transform(GreenReactor.limit(pool(1)))).verifyComplete();
        }

        @Test
        void passesFailures() {
            StepVerifier.create(Mono.<String>error(new IOException("broken")).transform(GreenReactor.limit(pool(1))))
                    .verifyErrorSatisfies(error -> assertThat(error).isInstanceOf(IOException.class)
                            .hasMessage("broken"));
            assertThat(pool.snapshot().failed()).isEqualTo(1);
        }

        @Test
        void holdsTheSlotUntilTheEnd() {
            Sinks.Many<String> source = Sinks.many().unicast().onBackpressureBuffer();
            StepVerifier.create(source.asFlux().transform(GreenReactor.limit(pool(1))))
                    .then(() -> source.tryEmitNext("a")).expectNext("a")
                    .then(() -> assertThat(pool.running()).isEqualTo(1))
                    .then(source::tryEmitComplete).verifyComplete();
            assertThat(pool.running()).isZero();
        }

        @Test
        void asksForNoMoreThanItsSubscriber() {
            List<Long> asked = new ArrayList<>();
            Flux<Integer> limited = Flux.range(1, 10).doOnRequest(asked::add).transform(GreenReactor.limit(pool(1)));
            StepVerifier.create(limited, 0).thenRequest(2).expectNext(1, 2).thenRequest(8).expectNextCount(8)
                    .verifyComplete();
            assertThat(asked).containsExactly(2L, 8L);
        }

        @Test
        void passesTheContext() {
            Mono<String> limited = Mono.deferContextual(context -> Mono.just(context.<String>get("user")))
                    .transform(GreenReactor.limit(pool(1)));
            StepVerifier.create(limited.contextWrite(context -> context.put("user", "ann"))).expectNext("ann")
                    .verifyComplete();
        }

        @Test
        void showsItsTasks() {
            Sinks.One<String> source = Sinks.one();
            TaskOptions quote = TaskOptions.describedAs("quote");
            StepVerifier.create(source.asMono().transform(GreenReactor.limit(pool(1), quote)))
                    .then(() -> eventually(() -> !pool.tasks().isEmpty()))
                    .then(() -> assertThat(pool.tasks()).extracting(TaskSnapshot::description)
                            .containsExactly("quote"))
                    .then(() -> source.tryEmitValue("x")).expectNext("x").verifyComplete();
        }

        @Test
        void cancelsTheSource() {
            CountDownLatch cancelled = new CountDownLatch(1);
            StepVerifier
                    .create(Flux.never().startWith("a").doOnCancel(cancelled::countDown)
                            .transform(GreenReactor.limit(pool(1))))
                    .expectNext("a").thenCancel().verify();
            awaitLatch(cancelled);
        }

        @Test
        void cancelEndsASourceThatIsBusy() {
            AtomicBoolean over = new AtomicBoolean();
            CountDownLatch begun = new CountDownLatch(1);
            Disposable subscription = busy(begun, over).transform(GreenReactor.limit(pool(1))).subscribe();
            awaitLatch(begun);
            subscription.dispose();
            eventually(() -> pool.running() == 0, over);
        }

        @Test
        void subscribersStandInLineInOrder() {
            BlockingQueue<Integer> begun = new LinkedBlockingQueue<>();
            GreenPool none = pool(0);
            for (int n = 0; n < 5; n++) {
                int number = n;
                Mono.fromRunnable(() -> begun.add(number)).transform(GreenReactor.limit(none)).subscribe();
            }
            assertThat(none.waiters()).hasSize(5).extracting(WaitingSnapshot::caller).containsOnlyNulls();
            none.resize(1);
            eventually(() -> begun.size() == 5);
            assertThat(begun).containsExactly(0, 1, 2, 3, 4);
        }

        @Test
        void cancelledInLineItLeaves() {
            AtomicBoolean subscribed = new AtomicBoolean();
            Disposable subscription = Mono.fromRunnable(() -> subscribed.set(true))
                    .transform(GreenReactor.limit(pool(0))).subscribe();
            assertThat(pool.waiting()).isEqualTo(1);
            subscription.dispose();
            assertThat(pool.waiting()).isZero();
            assertThat(subscribed).isFalse();
        }

        @Test
        void manyStayWithinIt() {
            AtomicInteger running = new AtomicInteger();
            AtomicInteger peak = new AtomicInteger();
            GreenPool four = pool(4);
            Integer sum = Flux.range(1, 200).flatMap(n -> Mono.fromCallable(() -> {
                peak.accumulateAndGet(running.incrementAndGet(), Math::max);
                four.hub().yieldNow();
                running.decrementAndGet();
                return n;
            }).transform(GreenReactor.limit(four)), 200).reduce(Integer::sum).block();
            assertThat(sum).isEqualTo(20_100);
            assertThat(peak.get()).isBetween(1, 4);
        }
    }

    @Nested
    class AFullPool {

        private StepVerifier.FirstStep<String> subscriber() {
            return StepVerifier.create(Mono.just("a").transform(GreenReactor.limit(pool)));
        }

        @Test
        void thatRejectsFailsTheSubscriber() {
            pool(0, now -> now.withWhenFull(WhenFull.REJECT));
            subscriber().verifyError(RejectedSubmission.class);
            assertThat(pool.snapshot().rejected()).isEqualTo(1);
        }

        @Test
        void whoseQueueIsFullFailsTheSubscriber() {
            pool(0, now -> now.withQueueCapacity(0));
            subscriber()
                    .verifyErrorMessage("pool 'api': no slot, and the queue is full (capacity 0) (size=0, running=0,"
                            + " waiting=0)");
        }

        @Test
        void failsTheSubscriberAfterTheLongestWait() {
            pool(0, now -> now.withMaxWait(Duration.ofMillis(5)));
            subscriber().verifyErrorMessage("pool 'api': no slot after 5 ms (size=0, running=0, waiting=0)");
            assertThat(pool.snapshot().rejected()).isEqualTo(1);
            assertThat(pool.snapshot().killed()).isZero();
        }

        @Test
        void failsTheSubscriberAfterItsOwnLongestWait() {
            pool(0, now -> now.withMaxWait(Duration.ofHours(1)));
            StepVerifier
                    .create(Mono.just("a")
                            .transform(GreenReactor.limit(pool, TaskOptions.NONE.withMaxWait(Duration.ofMillis(5)))))
                    .verifyError(RejectedSubmission.class);
        }

        @Test
        void runsNothingInTheSubscriber() {
            pool(0, now -> now.withWhenFull(WhenFull.CALLER_RUNS));
            BlockingQueue<String> got = new LinkedBlockingQueue<>();
            Mono.fromCallable(GreenReactorTests::current).transform(GreenReactor.limit(pool)).subscribe(got::add);
            assertThat(got).isEmpty();
            pool.resize(1);
            eventually(() -> !got.isEmpty());
            assertThat(got.remove()).startsWith("api-");
        }

        @Test
        void letsItsOwnGreenThreadsSubscribeWithoutASlot() throws InterruptedException {
            pool(1);
            GreenThread<@Nullable String> task = pool.spawn(() -> Mono.fromCallable(GreenReactorTests::current)
                    .transform(GreenReactor.limit(pool)).block());
            assertThat(task.await()).isEqualTo(task.name());
        }

        @Test
        void letsItsOwnGreenThreadsHaveAFreeSlot() throws InterruptedException {
            pool(2);
            GreenThread<@Nullable String> task = pool.spawn(() -> Mono.fromCallable(GreenReactorTests::current)
                    .transform(GreenReactor.limit(pool)).block());
            assertThat(task.await()).startsWith("api-").isNotEqualTo(task.name());
        }
    }

    @Nested
    class ATimeLimit {

        @Test
        void ofThePoolCancelsTheSource() {
            CountDownLatch cancelled = new CountDownLatch(1);
            pool(1, now -> now.withTaskTimeout(Duration.ofMillis(5)));
            StepVerifier.create(Mono.never().doOnCancel(cancelled::countDown).transform(GreenReactor.limit(pool)))
                    .verifyError(TimeoutException.class);
            awaitLatch(cancelled);
            assertThat(pool.snapshot().timedOut()).isEqualTo(1);
        }

        @Test
        void endsASourceThatIsBusy() {
            AtomicBoolean over = new AtomicBoolean();
            pool(1, now -> now.withTaskTimeout(Duration.ofMillis(5)));
            AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
            busy(new CountDownLatch(1), over).transform(GreenReactor.limit(pool)).subscribe(_ -> {}, failure::set);
            eventually(() -> failure.get() != null, over);
            assertThat(failure.get()).isInstanceOf(TimeoutException.class);
            assertThat(pool.snapshot().timedOut()).isEqualTo(1);
        }

        @Test
        void ofTheTaskItself() {
            TaskOptions quick = TaskOptions.NONE.withTimeout(Duration.ofMillis(5));
            StepVerifier.create(Mono.never().transform(GreenReactor.limit(pool(1), quick)))
                    .verifyError(TimeoutException.class);
        }
    }

    @Nested
    class AGreenThread {

        @Test
        void isAMonoOfItsValue() throws InterruptedException {
            StepVerifier.create(GreenReactor.mono(pool(1).spawn(() -> "a"))).expectNext("a").verifyComplete();
        }

        @Test
        void isEmptyForNull() throws InterruptedException {
            GreenThread<@Nullable String> nothing = pool(1).spawn(() -> null);
            StepVerifier.create(GreenReactor.<String>mono(nothing)).verifyComplete();
        }

        @Test
        void failsAsItDoes() throws InterruptedException {
            IOException broken = new IOException("broken");
            GreenThread<String> failing = pool(1).spawn(() -> {
                throw broken;
            });
            StepVerifier.create(GreenReactor.mono(failing))
                    .verifyErrorSatisfies(error -> assertThat(error).isSameAs(broken));
        }

        @Test
        void failsWithWhatItWasKilledBy() throws InterruptedException {
            GreenThread<String> waiting = pool(1).spawn(GreenReactorTests::never);
            StepVerifier.create(GreenReactor.mono(waiting)).then(waiting::kill).verifyError(GreenletExit.class);
        }

        @Test
        void isKilledByACancel() throws InterruptedException {
            GreenThread<String> waiting = pool(1).spawn(GreenReactorTests::never);
            StepVerifier.create(GreenReactor.mono(waiting)).thenCancel().verify();
            eventually(waiting::isCancelled);
        }
    }

    private static String never() throws InterruptedException {
        new CountDownLatch(1).await();
        return "never";
    }

    /// Emits as fast as it can, until it is cancelled or over.
    private static Flux<Integer> busy(CountDownLatch begun, AtomicBoolean over) {
        return Flux.generate(sink -> {
            begun.countDown();
            if (over.get()) {
                sink.complete();
            } else {
                sink.next(1);
            }
        });
    }

    private static void eventually(BooleanSupplier condition, AtomicBoolean over) {
        try {
            eventually(condition);
        } finally {
            over.set(true);
        }
    }

    private static void eventually(BooleanSupplier condition) {
        try {
            Eventually.holds(condition);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void awaitLatch(CountDownLatch latch) {
        eventually(() -> latch.getCount() == 0);
    }
}
