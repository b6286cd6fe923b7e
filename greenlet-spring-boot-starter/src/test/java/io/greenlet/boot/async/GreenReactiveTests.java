package io.greenlet.boot.async;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.greenlet.GreenThread;
import io.greenlet.GreenletExit;
import io.greenlet.boot.Eventually;
import io.greenlet.boot.GreenAsync;
import io.greenlet.boot.GreenPoolAutoConfiguration;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolSnapshot;
import io.greenlet.pool.RejectedSubmission;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.reactivestreams.Subscription;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SignalType;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

@Timeout(30)
class GreenReactiveTests {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(GreenPoolAutoConfiguration.class, GreenAsyncAutoConfiguration.class))
            .withPropertyValues("greenlet.pools.api.size=2", "greenlet.shutdown-grace=0").withBean(Service.class);

    interface Body {
        void run(Service service, GreenPool pool) throws Exception;
    }

    private void with(ApplicationContextRunner runner, Body body) {
        runner.run(context -> {
            assertThat(context).hasNotFailed();
            GreenPool pool = context.getBean("api", GreenPool.class);
            body.run(context.getBean(Service.class), pool);
            assertThat(pool.waitAll(Duration.ofSeconds(10))).isTrue();
            assertThat(pool.free()).isEqualTo(pool.size());
            assertThat(pool.waiting()).isZero();
        });
    }

    private void with(Body body) {
        with(runner, body);
    }

    static final class Probe {
        final AtomicInteger calls = new AtomicInteger();
        final AtomicLong requested = new AtomicLong();
        final BlockingQueue<String> requestedIn = new LinkedBlockingQueue<>();
        final BlockingQueue<String> events = new LinkedBlockingQueue<>();
        final CountDownLatch gate = new CountDownLatch(1);
        final Sinks.Many<String> sink = Sinks.many().unicast().onBackpressureBuffer();
    }

    @GreenAsync("api")
    static class Service {

        private final Probe probe = new Probe();

        Probe probe() {
            return probe;
        }

        private static String current() {
            return GreenThread.current().map(GreenThread::name).orElse("none");
        }

        public Mono<String> mono() {
            probe.calls.incrementAndGet();
            return Mono.just(current());
        }

        public Mono<String> empty() {
            return Mono.empty();
        }

        @SuppressWarnings("NullAway") // users do this
        public Mono<String> noMono() {
            return null;
        }

        public Mono<String> subscribed() {
            return Mono.fromCallable(Service::current);
        }

        public Mono<String> failing() throws IOException {
            throw new IOException("no route");
        }

        public Mono<String> failed() {
            return Mono.error(new IllegalStateException("inside"));
        }

        public Mono<String> never() {
            probe.events.add("called");
            return Mono.<String>never().doOnCancel(() -> probe.events.add("cancelled"));
        }

        public Mono<String> blocked() throws InterruptedException {
            probe.events.add("called");
            try {
                probe.gate.await();
            } catch (InterruptedException e) {
                probe.events.add("interrupted");
                throw e;
            }
            return Mono.just("through");
        }

        public Mono<String> context() {
            return Mono.deferContextual(view -> Mono.just(view.get("user")));
        }

        public Flux<Integer> numbers(int count) {
            return Flux.range(1, count).doOnRequest(n -> {
                probe.requested.addAndGet(n);
                probe.requestedIn.add(current());
            });
        }

        public Flux<String> sink() {
            probe.events.add("called");
            return probe.sink.asFlux().doOnCancel(() -> probe.events.add("cancelled"));
        }

        public Flux<Integer> elsewhere(int count) {
            return Flux.range(1, count).publishOn(Schedulers.parallel());
        }

        public Flux<Integer> through(Flux<Integer> other) {
            return other;
        }

        public Flux<Integer> brokenAfter(int count) {
            return Flux.range(1, count).concatWith(Mono.error(new IllegalStateException("broken")));
        }
    }

    @Nested
    class AMono {

        @Test
        void isColdAndRunsOncePerSubscription() {
            with((service, _) -> {
                Mono<String> mono = service.mono();
                assertThat(service.probe().calls).hasValue(0);
                assertThat(mono.block()).startsWith("api-");
                assertThat(mono.block()).startsWith("api-");
                assertThat(service.probe().calls).hasValue(2);
            });
        }

        @Test
        void isSubscribedInTheGreenThread() {
            with((service, _) -> assertThat(service.subscribed().block()).startsWith("api-"));
        }

        @Test
        void mayBeEmptyOrNull() {
            with((service, pool) -> {
                StepVerifier.create(service.empty()).verifyComplete();
                StepVerifier.create(service.noMono()).verifyComplete();
                assertThat(pool.snapshot().completed()).isEqualTo(2);
            });
        }

        @Test
        void failsWithWhatTheMethodThrows() {
            with((service, pool) -> {
                StepVerifier.create(service.failing()).verifyErrorSatisfies(
                        error -> assertThat(error).isInstanceOf(IOException.class).hasMessage("no route"));
                assertThat(pool.snapshot().failed()).isEqualTo(1);
            });
        }

        @Test
        void failsWithWhatTheReturnedMonoFailsWith() {
            with((service, pool) -> {
                StepVerifier.create(service.failed()).verifyErrorSatisfies(
                        error -> assertThat(error).isInstanceOf(IllegalStateException.class).hasMessage("inside"));
                assertThat(pool.snapshot().failed()).isEqualTo(1);
            });
        }

        @Test
        void holdsItsSlotUntilTheReturnedMonoEnds() {
            with((service, pool) -> {
                Disposable subscription = service.never().subscribe();
                assertThat(service.probe().events.take()).isEqualTo("called");
                assertThat(pool.running()).isEqualTo(1);
                subscription.dispose();
                assertThat(service.probe().events.take()).isEqualTo("cancelled");
                pool.waitAll();
                assertThat(pool.snapshot().killed()).isEqualTo(1);
            });
        }

        @Test
        void cancelledInterruptsItsMethod() {
            with((service, pool) -> {
                Disposable subscription = service.blocked().subscribe();
                assertThat(service.probe().events.take()).isEqualTo("called");
                subscription.dispose();
                assertThat(service.probe().events.take()).isEqualTo("interrupted");
                pool.waitAll();
                assertThat(pool.snapshot().killed()).isEqualTo(1);
            });
        }

        @Test
        void killedEndsWithTheKillsException() {
            with((service, pool) -> StepVerifier.create(service.blocked())
                    .then(() -> awaitRunning(pool)).then(pool::killAll).verifyError(GreenletExit.class));
        }

        @Test
        void overTheTimeLimitFails() {
            with(runner.withPropertyValues("greenlet.pools.api.task-timeout=10ms"), (service, pool) -> {
                StepVerifier.create(service.never()).verifyError(TimeoutException.class);
                assertThat(service.probe().events).containsExactly("called", "cancelled");
                assertThat(pool.snapshot().timedOut()).isEqualTo(1);
            });
        }

        @Test
        void hasGivenItsSlotBackWhenItsValueArrives() {
            with(runner.withPropertyValues("greenlet.pools.api.size=1", "greenlet.pools.api.when-full=reject"),
                    (service, _) -> assertThat(service.mono().flatMap(_ -> service.mono()).block())
                            .startsWith("api-"));
        }

        @Test
        void passesTheSubscribersContextOn() {
            with((service, _) -> assertThat(
                    service.context().contextWrite(context -> context.put("user", "ada")).block()).isEqualTo("ada"));
        }
    }

    private static void awaitRunning(GreenPool pool) {
        try {
            Eventually.holds(() -> pool.running() == 1 && pool.tasks().size() == 1
                    && pool.tasks().getFirst().stack().stream()
                            .anyMatch(frame -> frame.getMethodName().equals("await")));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Nested
    class AFlux {

        @Test
        void emitsAllElements() {
            with((service, pool) -> {
                StepVerifier.create(service.numbers(1000)).expectNextCount(1000).verifyComplete();
                assertThat(pool.snapshot().completed()).isEqualTo(1);
            });
        }

        @Test
        void emitsInThreadsOfItsOwnToo() {
            with((service, _) -> assertThat(service.elsewhere(10_000).reduce(Integer::sum).block())
                    .isEqualTo(50_005_000));
        }

        @Test
        void fails() {
            with((service, pool) -> {
                StepVerifier.create(service.brokenAfter(3)).expectNext(1, 2, 3).verifyErrorMessage("broken");
                assertThat(pool.snapshot().failed()).isEqualTo(1);
            });
        }

        @Test
        void isAskedForNoMoreThanItsSubscriberAsksFor() {
            with((service, pool) -> StepVerifier.create(service.numbers(10), 0).thenRequest(2).expectNext(1, 2)
                    .then(() -> assertThat(service.probe().requested).hasValue(2)).thenRequest(1).expectNext(3)
                    .then(() -> assertThat(service.probe().requested).hasValue(3))
                    .then(() -> assertThat(pool.running()).isEqualTo(1)).thenRequest(7).expectNextCount(7)
                    .verifyComplete());
        }

        @Test
        void isAskedInTheGreenThreadOnly() {
            with((service, _) -> {
                StepVerifier.create(service.numbers(10), 1).expectNext(1).thenRequest(9).expectNextCount(9)
                        .verifyComplete();
                assertThat(service.probe().requestedIn).hasSize(2).allMatch(name -> name.startsWith("api-"));
            });
        }

        @Test
        void takesNoMoreThanItsSubscriberWants() {
            with((service, pool) -> {
                assertThat(service.numbers(Integer.MAX_VALUE).take(5).collectList().block())
                        .isEqualTo(List.of(1, 2, 3, 4, 5));
                assertThat(service.sink().map(String::length).take(0).collectList().block()).isEmpty();
                pool.waitAll();
            });
        }

        @Test
        void holdsItsSlotUntilItsLastElement() {
            with((service, pool) -> {
                StepVerifier.create(service.sink()).then(() -> service.probe().sink.tryEmitNext("a")).expectNext("a")
                        .then(() -> assertThat(pool.running()).isEqualTo(1))
                        .then(() -> service.probe().sink.tryEmitComplete()).verifyComplete();
                assertThat(pool.running()).isZero();
                assertThat(pool.snapshot().completed()).isEqualTo(1);
            });
        }

        @Test
        void cancelledAtOnceNeverRuns() {
            with((service, pool) -> {
                service.numbers(3).subscribe(new BaseSubscriber<>() {
                    @Override
                    protected void hookOnSubscribe(Subscription subscription) {
                        cancel();
                    }
                });
                assertThat(pool.snapshot().spawned()).isZero();
            });
        }

        @Test
        void cancelledCancelsItsSource() {
            with((service, pool) -> {
                StepVerifier.create(service.sink()).then(() -> service.probe().sink.tryEmitNext("a")).expectNext("a")
                        .thenCancel().verify();
                assertThat(service.probe().events.take()).isEqualTo("called");
                assertThat(service.probe().events.take()).isEqualTo("cancelled");
                pool.waitAll();
                assertThat(pool.snapshot().killed()).isEqualTo(1);
            });
        }

        @Test
        void manyAtOnceStayWithinThePool() {
            with((service, pool) -> {
                AtomicInteger peak = new AtomicInteger();
                Integer sum = Flux.range(0, 200)
                        .flatMap(_ -> service.numbers(10)
                                .doOnNext(_ -> peak.accumulateAndGet(pool.running(), Math::max)), 200)
                        .reduce(Integer::sum).block();
                assertThat(sum).isEqualTo(200 * 55);
                assertThat(peak.get()).isBetween(1, 2);
                assertThat(pool.snapshot().completed()).isEqualTo(200);
            });
        }
    }

    @Nested
    class WhenThePoolIsFull {

        @Test
        void subscribingDoesNotBlock() {
            with(runner.withPropertyValues("greenlet.pools.api.size=0"), (service, pool) -> {
                BlockingQueue<String> got = new LinkedBlockingQueue<>();
                Disposable subscription = service.mono().subscribe(got::add);
                assertThat(subscription.isDisposed()).isFalse();
                assertThat(pool.waiting()).isEqualTo(1);
                pool.resize(1);
                assertThat(got.take()).startsWith("api-");
            });
        }

        @Test
        void theCallerNeverRunsTheTask() {
            with(runner.withPropertyValues("greenlet.pools.api.size=0", "greenlet.pools.api.when-full=caller-runs"),
                    (service, pool) -> {
                        BlockingQueue<String> got = new LinkedBlockingQueue<>();
                        service.mono().subscribe(got::add);
                        assertThat(pool.waiting()).isEqualTo(1);
                        pool.resize(1);
                        assertThat(got.take()).startsWith("api-");
                    });
        }

        @Test
        void aCancelledSubscriptionLeavesTheLine() {
            with(runner.withPropertyValues("greenlet.pools.api.size=0"), (service, pool) -> {
                Disposable subscription = service.mono().subscribe();
                assertThat(pool.waiting()).isEqualTo(1);
                subscription.dispose();
                assertThat(pool.waiting()).isZero();
                assertThat(service.probe().calls).hasValue(0);
            });
        }

        @Test
        void theSubscriptionIsRejected() {
            with(runner.withPropertyValues("greenlet.pools.api.size=0", "greenlet.pools.api.when-full=reject"),
                    (service, pool) -> {
                        StepVerifier.create(service.mono()).verifyError(RejectedSubmission.class);
                        assertThat(pool.snapshot().rejected()).isEqualTo(1);
                    });
        }

        @Test
        void theSubscriptionIsRejectedWhenTheQueueIsFull() {
            with(runner.withPropertyValues("greenlet.pools.api.size=0", "greenlet.pools.api.queue-capacity=0"),
                    (service, _) -> StepVerifier.create(service.mono()).verifyError(RejectedSubmission.class));
        }

        @Test
        void theSubscriptionIsRejectedAfterTheLongestWait() {
            with(runner.withPropertyValues("greenlet.pools.api.size=0", "greenlet.pools.api.max-wait=5ms"),
                    (service, _) -> StepVerifier.create(service.mono())
                            .verifyErrorSatisfies(error -> assertThat(error).isInstanceOf(RejectedSubmission.class)
                                    .hasMessage("pool 'api': no slot after 5 ms (size=0, running=0, waiting=0)")));
        }

        @Test
        void theLongestWaitDoesNotEndWhatHasBegun() {
            with(runner.withPropertyValues("greenlet.pools.api.max-wait=1ms"), (service, pool) -> {
                StepVerifier.create(service.blocked()).then(() -> awaitRunning(pool))
                        .then(() -> pool.hub().callAfter(Duration.ofMillis(2), service.probe().gate::countDown))
                        .expectNext("through").verifyComplete();
            });
        }
    }

    @Nested
    class FromThePoolItself {

        private final ApplicationContextRunner ofOne = runner.withPropertyValues("greenlet.pools.api.size=1");

        @Test
        void aBlockedTaskDoesNotWaitForItsOwnSlot() {
            with(ofOne, (service, pool) -> assertThat(pool.spawn(() -> service.mono().block()).await())
                    .startsWith("api-"));
        }

        @Test
        void aTaskThatReturnsThePublisherOfAnotherDoesNotWaitForItsOwnSlot() {
            with(ofOne, (service, _) -> assertThat(
                    service.through(service.numbers(5)).reduce(Integer::sum).block()).isEqualTo(15));
        }

        @Test
        void failuresArrive() {
            with(ofOne, (service, pool) -> assertThatThrownBy(pool.spawn(() -> service.failing().block())::await)
                    .hasRootCauseInstanceOf(IOException.class));
        }

        @Test
        void aFreeSlotIsUsed() {
            with((service, pool) -> {
                assertThat(pool.spawn(() -> service.mono().block()).await()).startsWith("api-");
                assertThat(pool.snapshot().spawned()).isEqualTo(2);
            });
        }
    }

    @Nested
    class Storms {

        /// Subscriptions that end in every way at once: by themselves, cancelled in line, cancelled while they run.
        @Test
        void leaveEverySlotBack() {
            with((service, pool) -> {
                for (int round = 0; round < 300; round++) {
                    List<Disposable> subscriptions = new ArrayList<>();
                    for (int n = 0; n < 8; n++) {
                        Flux<?> flux = switch ((round + n) % 4) {
                            case 0 -> service.numbers(100);
                            case 1 -> service.never().flux();
                            case 2 -> service.elsewhere(50);
                            default -> service.numbers(1000).take(3);
                        };
                        subscriptions.add(flux.subscribe());
                    }
                    subscriptions.forEach(Disposable::dispose);
                }
                pool.waitAll();
                PoolSnapshot end = pool.snapshot();
                assertThat(end.free()).isEqualTo(2);
                assertThat(end.waiting()).isZero();
                assertThat(end.completed() + end.killed()).isEqualTo(end.spawned()).isPositive();
            });
        }

        @Test
        void ofRequestsLoseNone() {
            with((service, _) -> {
                for (int round = 0; round < 50; round++) {
                    AtomicInteger got = new AtomicInteger();
                    CountDownLatch done = new CountDownLatch(1);
                    BaseSubscriber<Integer> subscriber = new BaseSubscriber<>() {
                        @Override
                        protected void hookOnSubscribe(Subscription subscription) {
                            subscription.request(1);
                        }

                        @Override
                        protected void hookOnNext(Integer value) {
                            got.incrementAndGet();
                            Schedulers.parallel().schedule(() -> request(1));
                        }

                        @Override
                        protected void hookFinally(SignalType type) {
                            done.countDown();
                        }
                    };
                    service.numbers(200).subscribe(subscriber);
                    done.await();
                    assertThat(got).hasValue(200);
                }
            });
        }
    }

    @Nested
    class AClosedPool {

        @Test
        void rejectsTheSubscription() {
            with((service, pool) -> {
                pool.close();
                StepVerifier.create(service.mono()).verifyErrorSatisfies(error -> assertThat(error)
                        .isInstanceOf(RejectedSubmission.class).hasMessageContaining("closed"));
            });
        }
    }
}
