package io.greenlet.boot.reactor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.greenlet.GreenThread;
import io.greenlet.Hub;
import io.greenlet.SimulatedHub;
import io.greenlet.boot.Eventually;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolOptions;
import io.greenlet.pool.RejectedSubmission;
import io.greenlet.pool.WhenFull;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

@Timeout(30)
class GreenSchedulerTests {

    private GreenPool pool = GreenPool.of(PoolOptions.named("api").withSize(2));
    private Scheduler scheduler = GreenReactor.scheduler(pool);

    private void use(int size, UnaryOperator<PoolOptions> change) {
        pool = GreenPool.of(change.apply(PoolOptions.named("api").withSize(size)));
        scheduler = GreenReactor.scheduler(pool);
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

    /// A task that tells that it has begun, waits, and tells whether it was interrupted.
    private static final class Held implements Runnable {

        final CountDownLatch begun = new CountDownLatch(1);
        final CountDownLatch gate = new CountDownLatch(1);
        final CountDownLatch ended = new CountDownLatch(1);
        final AtomicBoolean interrupted = new AtomicBoolean();

        @Override
        public void run() {
            begun.countDown();
            try {
                gate.await();
            } catch (InterruptedException e) {
                interrupted.set(true);
            } finally {
                ended.countDown();
            }
        }
    }

    @Nested
    class ATask {

        @Test
        void runsInAGreenThreadThatMayBlock() throws InterruptedException {
            AtomicReference<String> ranIn = new AtomicReference<>();
            AtomicBoolean mayBlock = new AtomicBoolean();
            CountDownLatch ran = new CountDownLatch(1);
            Disposable task = scheduler.schedule(() -> {
                ranIn.set(current());
                mayBlock.set(!Schedulers.isInNonBlockingThread());
                ran.countDown();
            });
            ran.await();
            assertThat(ranIn.get()).startsWith("api-");
            assertThat(mayBlock).isTrue();
            Eventually.holds(task::isDisposed);
        }

        @Test
        void joinsTheLineWhenThePoolIsFull() throws InterruptedException {
            use(0, UnaryOperator.identity());
            CountDownLatch ran = new CountDownLatch(1);
            scheduler.schedule(ran::countDown);
            assertThat(pool.waiting()).isEqualTo(1);
            pool.resize(1);
            ran.await();
        }

        @Test
        void isNotRunByACallerInThePool() throws InterruptedException {
            use(1, now -> now.withWhenFull(WhenFull.CALLER_RUNS));
            AtomicReference<String> ranIn = new AtomicReference<>();
            CountDownLatch ran = new CountDownLatch(1);
            GreenThread<String> caller = pool.spawn(() -> {
                scheduler.schedule(() -> {
                    ranIn.set(current());
                    ran.countDown();
                });
                return current();
            });
            ran.await();
            assertThat(ranIn.get()).isNotEqualTo(caller.await());
        }

        @Test
        void disposedInLineNeverRuns() {
            use(0, UnaryOperator.identity());
            Held held = new Held();
            Disposable task = scheduler.schedule(held);
            task.dispose();
            assertThat(task.isDisposed()).isTrue();
            assertThat(pool.waiting()).isZero();
            assertThat(held.begun.getCount()).isEqualTo(1);
        }

        @Test
        void disposedAtWorkIsInterrupted() throws InterruptedException {
            Held held = new Held();
            Disposable task = scheduler.schedule(held);
            held.begun.await();
            task.dispose();
            held.ended.await();
            assertThat(held.interrupted).isTrue();
        }

        @Test
        void thatDisposesItselfIsNotInterrupted() throws InterruptedException {
            AtomicReference<Disposable> itself = new AtomicReference<>();
            CountDownLatch known = new CountDownLatch(1);
            AtomicBoolean interrupted = new AtomicBoolean(true);
            CountDownLatch ran = new CountDownLatch(1);
            itself.set(scheduler.schedule(() -> {
                uninterrupted(known);
                itself.get().dispose();
                interrupted.set(Thread.currentThread().isInterrupted());
                ran.countDown();
            }));
            known.countDown();
            ran.await();
            assertThat(interrupted).isFalse();
        }

        @Test
        void thatFailsIsToldToTheHub() throws InterruptedException {
            IllegalStateException broken = new IllegalStateException("broken");
            Queue<String> told = new ConcurrentLinkedQueue<>();
            try (Hub hub = Hub.cooperative("mine")) {
                hub.setFailureHandler((source, error) -> told.add(source + ": " + error.getMessage()));
                use(2, now -> now.withHub(hub));
                scheduler.schedule(() -> {
                    throw broken;
                });
                Eventually.holds(() -> pool.snapshot().failed() == 1);
                Scheduler.Worker worker = scheduler.createWorker();
                CountDownLatch ran = new CountDownLatch(1);
                worker.schedule(() -> {
                    throw broken;
                });
                worker.schedule(ran::countDown);
                ran.await();
                assertThat(told).containsExactly("task of scheduler of pool 'api': broken",
                        "task of worker of pool 'api': broken");
            }
        }

        @Test
        void isRefusedByAPoolThatRejects() {
            use(0, now -> now.withWhenFull(WhenFull.REJECT));
            assertThatThrownBy(() -> scheduler.schedule(() -> {
            })).isInstanceOf(RejectedSubmission.class);
            assertThatThrownBy(() -> scheduler.createWorker().schedule(() -> {
            })).isInstanceOf(RejectedSubmission.class);
            StepVerifier.create(Mono.just(1).publishOn(scheduler)).verifyError(RejectedExecutionException.class);
        }

        @Test
        void isRefusedByAClosedPool() {
            pool.close();
            assertThatThrownBy(() -> scheduler.schedule(() -> {
            })).isInstanceOf(RejectedSubmission.class);
        }

        @Test
        void waitsLongerThanThePoolsLongestWait() throws InterruptedException {
            use(0, now -> now.withMaxWait(Duration.ofNanos(1)));
            CountDownLatch ran = new CountDownLatch(2);
            scheduler.schedule(ran::countDown);
            scheduler.createWorker().schedule(ran::countDown);
            Eventually.holds(() -> pool.snapshot().oldestWait().toMillis() > 1);
            assertThat(pool.waiting()).isEqualTo(2);
            pool.resize(1);
            ran.await();
        }
    }

    @Nested
    class Later {

        private final SimulatedHub hub = Hub.simulated(7);
        private final Queue<String> ran = new ConcurrentLinkedQueue<>();

        {
            use(1, now -> now.withHub(hub));
        }

        private void note(String what) {
            ran.add(what + "@" + TimeUnit.NANOSECONDS.toMillis(hub.nanoTime()));
        }

        @Test
        void aTaskRunsOnTheClockOfTheHub() {
            long before = scheduler.now(TimeUnit.MILLISECONDS);
            long start = hub.nanoTime();
            scheduler.schedule(() -> note("a"), 100, TimeUnit.MILLISECONDS);
            scheduler.createWorker().schedule(() -> note("b"), 50, TimeUnit.MILLISECONDS);
            hub.run();
            long origin = TimeUnit.NANOSECONDS.toMillis(start);
            assertThat(ran).containsExactly("b@" + (origin + 50), "a@" + (origin + 100));
            assertThat(scheduler.now(TimeUnit.MILLISECONDS) - before).isEqualTo(100);
        }

        @Test
        void aTaskHoldsNoSlotUntilItIsDue() {
            scheduler.schedule(() -> note("a"), 100, TimeUnit.MILLISECONDS);
            hub.runFor(Duration.ofMillis(99));
            assertThat(pool.running() + pool.waiting()).isZero();
            hub.run();
            assertThat(ran).hasSize(1);
        }

        @Test
        void aDisposedTaskNeverRuns() {
            Scheduler.Worker worker = scheduler.createWorker();
            List<Disposable> tasks = List.of(scheduler.schedule(() -> note("a"), 100, TimeUnit.MILLISECONDS),
                    worker.schedule(() -> note("b"), 100, TimeUnit.MILLISECONDS),
                    worker.schedulePeriodically(() -> note("c"), 100, 100, TimeUnit.MILLISECONDS));
            hub.runFor(Duration.ofMillis(50));
            tasks.forEach(Disposable::dispose);
            hub.run();
            assertThat(ran).isEmpty();
            assertThat(tasks).allMatch(Disposable::isDisposed);
        }

        @Test
        void aPeriodicTaskRunsUntilItDisposesItself() {
            AtomicReference<Disposable> itself = new AtomicReference<>();
            AtomicInteger runs = new AtomicInteger();
            itself.set(scheduler.schedulePeriodically(() -> {
                if (runs.incrementAndGet() == 3) {
                    itself.get().dispose();
                }
            }, 10, 100, TimeUnit.MILLISECONDS));
            long start = hub.nanoTime();
            hub.run();
            assertThat(runs).hasValue(3);
            assertThat(Duration.ofNanos(hub.nanoTime() - start)).isEqualTo(Duration.ofMillis(210));
        }

        @Test
        void aPeriodicTaskKeepsItsRateWhenARunTakesLong() {
            Queue<Long> begun = new ConcurrentLinkedQueue<>();
            long start = hub.nanoTime();
            Disposable task = scheduler.schedulePeriodically(() -> {
                begun.add(TimeUnit.NANOSECONDS.toMillis(hub.nanoTime() - start));
                if (begun.size() == 1) {
                    sleep(250);
                }
            }, 0, 100, TimeUnit.MILLISECONDS);
            hub.runFor(Duration.ofMillis(450));
            task.dispose();
            hub.run();
            assertThat(begun).containsExactly(0L, 250L, 250L, 300L, 400L);
        }

        @Test
        void aTaskThatIsDueWaitsEvenWhereThePoolRejects() throws InterruptedException {
            use(1, now -> now.withHub(hub).withWhenFull(WhenFull.REJECT));
            GreenThread<String> busy = pool.submit(() -> {
                hub.sleep(Duration.ofMillis(100));
                return "busy";
            });
            scheduler.schedule(() -> note("a"), 50, TimeUnit.MILLISECONDS);
            long origin = TimeUnit.NANOSECONDS.toMillis(hub.nanoTime());
            hub.run();
            assertThat(busy.await()).isEqualTo("busy");
            assertThat(ran).containsExactly("a@" + (origin + 100));
        }

        @Test
        void aTaskThatThePoolRefusesWhenItIsDueIsToldToTheHub() {
            Queue<Throwable> told = new ConcurrentLinkedQueue<>();
            hub.setFailureHandler((_, error) -> told.add(error));
            scheduler.schedule(() -> note("a"), 50, TimeUnit.MILLISECONDS);
            pool.close();
            hub.run();
            assertThat(told).singleElement().isInstanceOf(RejectedSubmission.class);
        }

        private void sleep(long millis) {
            try {
                hub.sleep(Duration.ofMillis(millis));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Nested
    class AWorker {

        @Test
        void runsItsTasksOneAfterTheOtherInOrder() throws InterruptedException {
            use(4, UnaryOperator.identity());
            Scheduler.Worker worker = scheduler.createWorker();
            Queue<Integer> ran = new ConcurrentLinkedQueue<>();
            AtomicInteger running = new AtomicInteger();
            AtomicInteger peak = new AtomicInteger();
            CountDownLatch left = new CountDownLatch(1000);
            for (int n = 0; n < 1000; n++) {
                int number = n;
                worker.schedule(() -> {
                    peak.accumulateAndGet(running.incrementAndGet(), Math::max);
                    ran.add(number);
                    running.decrementAndGet();
                    left.countDown();
                });
            }
            left.await();
            assertThat(ran).containsExactlyElementsOf(IntStream.range(0, 1000).boxed().toList());
            assertThat(peak).hasValue(1);
        }

        @Test
        void holdsNoSlotWithNothingToDo() throws InterruptedException {
            Scheduler.Worker worker = scheduler.createWorker();
            assertThat(pool.running()).isZero();
            CountDownLatch ran = new CountDownLatch(1);
            worker.schedule(ran::countDown);
            ran.await();
            Eventually.holds(() -> pool.running() == 0);
            assertThat(worker.isDisposed()).isFalse();
        }

        @Test
        void holdsOneSlotForAllOfItsTasks() throws InterruptedException {
            Scheduler.Worker worker = scheduler.createWorker();
            Held held = new Held();
            CountDownLatch last = new CountDownLatch(1);
            worker.schedule(held);
            held.begun.await();
            worker.schedule(last::countDown);
            assertThat(pool.running()).isEqualTo(1);
            assertThat(pool.waiting()).isZero();
            held.gate.countDown();
            last.await();
            pool.waitAll();
            assertThat(pool.snapshot().spawned()).isEqualTo(1);
        }

        @Test
        void letsOthersInLineHaveTheSlotBetweenTwoTasks() throws InterruptedException {
            use(1, UnaryOperator.identity());
            Queue<String> ran = new ConcurrentLinkedQueue<>();
            Scheduler.Worker worker = scheduler.createWorker();
            Held held = new Held();
            worker.schedule(held);
            worker.schedule(() -> ran.add("second"));
            held.begun.await();
            GreenThread<Boolean> other = pool.submit(() -> ran.add("other"));
            held.gate.countDown();
            other.await();
            Eventually.holds(() -> ran.size() == 2);
            assertThat(ran).containsExactly("other", "second");
        }

        @Test
        void keepsItsSlotWhereTheLineIsFull() throws InterruptedException {
            use(1, now -> now.withQueueCapacity(1));
            Queue<String> ran = new ConcurrentLinkedQueue<>();
            Scheduler.Worker worker = scheduler.createWorker();
            Held held = new Held();
            worker.schedule(held);
            worker.schedule(() -> ran.add("second"));
            held.begun.await();
            GreenThread<Boolean> other = pool.submit(() -> ran.add("other"));
            held.gate.countDown();
            other.await();
            assertThat(ran).containsExactly("second", "other");
        }

        @Test
        void givesEachTaskThePoolsTimeLimit() throws InterruptedException {
            use(1, now -> now.withTaskTimeout(Duration.ofMillis(5)));
            Scheduler.Worker worker = scheduler.createWorker();
            Held late = new Held();
            CountDownLatch next = new CountDownLatch(1);
            worker.schedule(late);
            worker.schedule(next::countDown);
            late.ended.await();
            assertThat(late.interrupted).isTrue();
            next.await();
        }

        @Test
        void goesOnWithTheNextWhenOneIsKilled() throws InterruptedException {
            Scheduler.Worker worker = scheduler.createWorker();
            Held killed = new Held();
            CountDownLatch next = new CountDownLatch(1);
            worker.schedule(killed);
            worker.schedule(next::countDown);
            killed.begun.await();
            pool.killAll();
            next.await();
            assertThat(killed.interrupted).isTrue();
        }

        @Test
        void goesOnWithTheNextWhenOneIsKilledInLine() throws InterruptedException {
            use(0, UnaryOperator.identity());
            Scheduler.Worker worker = scheduler.createWorker();
            Held killed = new Held();
            CountDownLatch next = new CountDownLatch(1);
            worker.schedule(killed);
            worker.schedule(next::countDown);
            pool.killAll();
            pool.resize(1);
            next.await();
            assertThat(killed.begun.getCount()).isEqualTo(1);
        }

        @Test
        void dropsADisposedTask() throws InterruptedException {
            use(1, UnaryOperator.identity());
            Scheduler.Worker worker = scheduler.createWorker();
            Held first = new Held();
            Held second = new Held();
            CountDownLatch last = new CountDownLatch(1);
            worker.schedule(first);
            Disposable dropped = worker.schedule(second);
            worker.schedule(last::countDown);
            dropped.dispose();
            first.gate.countDown();
            last.await();
            assertThat(dropped.isDisposed()).isTrue();
            assertThat(second.begun.getCount()).isEqualTo(1);
        }

        @Test
        void interruptsADisposedTaskAndNotTheNext() throws InterruptedException {
            Scheduler.Worker worker = scheduler.createWorker();
            for (int round = 0; round < 200; round++) {
                Held first = new Held();
                AtomicBoolean interrupted = new AtomicBoolean();
                CountDownLatch last = new CountDownLatch(1);
                Disposable task = worker.schedule(first);
                worker.schedule(() -> {
                    interrupted.set(Thread.currentThread().isInterrupted());
                    last.countDown();
                });
                first.begun.await();
                if (round % 2 == 0) {
                    first.gate.countDown();
                }
                task.dispose();
                last.await();
                assertThat(interrupted).isFalse();
            }
        }

        @Test
        void disposedInterruptsWhatRunsAndDropsTheRest() throws InterruptedException {
            Scheduler.Worker worker = scheduler.createWorker();
            Held first = new Held();
            Held second = new Held();
            Disposable running = worker.schedule(first);
            Disposable queued = worker.schedule(second);
            first.begun.await();
            worker.dispose();
            first.ended.await();
            pool.waitAll();
            assertThat(first.interrupted).isTrue();
            assertThat(second.begun.getCount()).isEqualTo(1);
            assertThat(List.of(worker, running, queued)).allMatch(Disposable::isDisposed);
            assertThatThrownBy(() -> worker.schedule(second)).isInstanceOf(RejectedExecutionException.class);
            assertThatThrownBy(() -> worker.schedule(second, 1, TimeUnit.DAYS))
                    .isInstanceOf(RejectedExecutionException.class);
        }

        @Test
        void disposedInLineLeavesIt() {
            use(0, UnaryOperator.identity());
            Scheduler.Worker worker = scheduler.createWorker();
            worker.schedule(() -> {
            });
            assertThat(pool.waiting()).isEqualTo(1);
            worker.dispose();
            assertThat(pool.waiting()).isZero();
        }

        @Test
        void disposedByItsOwnTaskDoesNotInterruptIt() throws InterruptedException {
            Scheduler.Worker worker = scheduler.createWorker();
            AtomicBoolean interrupted = new AtomicBoolean(true);
            CountDownLatch ran = new CountDownLatch(1);
            worker.schedule(() -> {
                worker.dispose();
                interrupted.set(Thread.currentThread().isInterrupted());
                ran.countDown();
            });
            ran.await();
            assertThat(interrupted).isFalse();
        }

        @Test
        void manyOfThemShareThePool() throws InterruptedException {
            AtomicInteger running = new AtomicInteger();
            AtomicInteger peak = new AtomicInteger();
            CountDownLatch left = new CountDownLatch(50 * 20);
            List<Scheduler.Worker> workers = IntStream.range(0, 50).mapToObj(_ -> scheduler.createWorker()).toList();
            for (int n = 0; n < 20; n++) {
                workers.forEach(worker -> worker.schedule(() -> {
                    peak.accumulateAndGet(running.incrementAndGet(), Math::max);
                    running.decrementAndGet();
                    left.countDown();
                }));
            }
            left.await();
            assertThat(peak.get()).isBetween(1, 2);
            workers.forEach(Disposable::dispose);
        }
    }

    @Nested
    class Disposed {

        @Test
        void itRefusesEverything() {
            scheduler.dispose();
            assertThat(scheduler.isDisposed()).isTrue();
            assertThatThrownBy(() -> scheduler.schedule(() -> {
            })).isInstanceOf(RejectedExecutionException.class);
            assertThatThrownBy(() -> scheduler.createWorker().schedule(() -> {
            })).isInstanceOf(RejectedExecutionException.class);
            assertThatThrownBy(() -> scheduler.schedule(() -> {
            }, 1, TimeUnit.HOURS)).isInstanceOf(RejectedExecutionException.class);
            assertThat(pool.isClosed()).isFalse();
        }

        @Test
        void itEndsWhatIsItsOwn() throws InterruptedException {
            Held direct = new Held();
            Held worked = new Held();
            scheduler.schedule(direct);
            scheduler.createWorker().schedule(worked);
            Disposable later = scheduler.schedule(new Held(), 1, TimeUnit.HOURS);
            direct.begun.await();
            worked.begun.await();
            scheduler.dispose();
            direct.ended.await();
            worked.ended.await();
            assertThat(later.isDisposed()).isTrue();
        }
    }

    @Nested
    class Operators {

        @Test
        void publishOn() {
            StepVerifier.create(Flux.range(1, 1000).publishOn(scheduler).map(_ -> current()).distinct().count())
                    .assertNext(threads -> assertThat(threads).isPositive()).verifyComplete();
            StepVerifier.create(Flux.range(1, 1000).publishOn(scheduler)).expectNextSequence(
                    IntStream.rangeClosed(1, 1000).boxed().toList()).verifyComplete();
        }

        @Test
        void subscribeOn() {
            assertThat(Mono.fromCallable(GreenSchedulerTests::current).subscribeOn(scheduler).block())
                    .startsWith("api-");
        }

        @Test
        void interval() {
            StepVerifier.create(Flux.interval(Duration.ofMillis(1), scheduler).take(5)).expectNext(0L, 1L, 2L, 3L, 4L)
                    .verifyComplete();
        }

        @Test
        void delayElements() {
            StepVerifier.create(Flux.range(1, 5).delayElements(Duration.ofMillis(1), scheduler))
                    .expectNext(1, 2, 3, 4, 5).verifyComplete();
        }

        @Test
        void parallelFlux() {
            assertThat(Flux.range(1, 1000).parallel(2).runOn(scheduler).map(n -> n * 2).sequential()
                    .reduce(Integer::sum).block()).isEqualTo(1_001_000);
        }

        @Test
        void blockInside() {
            use(1, UnaryOperator.identity());
            assertThat(Mono.fromCallable(() -> Mono.just("inner").subscribeOn(Schedulers.parallel()).block())
                    .subscribeOn(scheduler).block()).isEqualTo("inner");
        }

        @Test
        void cancelInTheMiddle() {
            for (int round = 0; round < 100; round++) {
                Flux.range(1, 10_000).publishOn(scheduler).subscribeOn(scheduler).take(10).blockLast();
            }
        }
    }

    private static void uninterrupted(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
