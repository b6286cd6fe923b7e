package io.greenlet.periodic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.greenlet.Green;
import io.greenlet.HubContract;
import io.greenlet.Latch;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.GreenThreadPoolExecutor;
import io.greenlet.pool.PoolOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// A periodic worker on every hub: its life, failures, what ends a task, what ends the worker. The times it keeps are
/// tested on the virtual clock: [PeriodicClockTests].
final class PeriodicWorkerTests extends HubContract {

    private static final Duration TICK = Duration.ofMillis(1);
    private static final Duration NEVER = Duration.ofDays(1000);

    private PeriodicWorker worker() {
        return PeriodicWorker.on(hub());
    }

    private PeriodicWorker worker(PeriodicOptions options) {
        return PeriodicWorker.on(hub(), options);
    }

    /// Closes it before the end of its block.
    private static void end(PeriodicWorker closing) {
        closing.close();
    }

    private static void waitUntilRun(AtomicInteger runs, int least) {
        waitUntil("run " + least, () -> runs.get() >= least);
    }

    @Test
    void aTaskRunsAgainAndAgainUntilTheWorkerIsStopped() throws InterruptedException {
        try (PeriodicWorker worker = worker()) {
            AtomicInteger runs = new AtomicInteger();
            PeriodicWatcher watcher = worker.every(TICK, "tick", runs::incrementAndGet);
            worker.start();
            assertThat(worker.isRunning()).isTrue();
            waitUntilRun(runs, 4);
            worker.stop();
            int then = runs.get();
            assertThat(worker.await(Duration.ofSeconds(30))).isTrue();
            worker.await();
            assertThat(runs.get()).isBetween(then, then + 1); // one that had begun may not have counted yet
            assertThat(watcher.statistics().runs()).isEqualTo(runs.get());
            assertThat(watcher.statistics().successes()).isEqualTo(runs.get());
            assertThat(watcher.statistics().running()).isFalse();
            assertThat(worker).hasToString("worker 'periodic'");
            assertThat(watcher).hasToString("periodic 'tick'");
        }
    }

    @Test
    void whateverABodyThrowsIsReportedAndItGoesOn() {
        Queue<Throwable> heard = new ConcurrentLinkedQueue<>();
        try (PeriodicWorker worker = worker(
                PeriodicOptions.named("w").withOnFailure((task, error) -> heard.add(error)))) {
            AtomicInteger runs = new AtomicInteger();
            PeriodicWatcher watcher = worker.every(TICK, "fails", () -> {
                switch (runs.incrementAndGet()) {
                    case 1 -> throw new IOException("checked");
                    case 2 -> throw new IllegalStateException("unchecked");
                    case 3 -> throw new StackOverflowError("an Error");
                    case 4 -> throw new InterruptedException("by nobody");
                    default -> {
                    }
                }
            });
            worker.start();
            waitUntilRun(runs, 6);
            end(worker);
            assertThat(heard).hasSize(4).hasAtLeastOneElementOfType(IOException.class)
                    .hasAtLeastOneElementOfType(StackOverflowError.class);
            assertThat(watcher.statistics().failures()).isEqualTo(4);
            assertThat(watcher.statistics().successes()).isEqualTo(runs.get() - 4);
        }
    }

    @Test
    void withoutAHandlerAFailureReachesTheHubs() {
        try (PeriodicWorker worker = worker()) {
            worker.add(PeriodicTask.every(NEVER, "fails", () -> {
                throw new IOException("disk");
            }).withRunImmediately(true));
            worker.start();
            assertThat(takeReport()).satisfies(report -> {
                assertThat(report.source()).isEqualTo("periodic 'fails' of worker 'periodic'");
                assertThat(report.error()).hasMessage("disk");
            });
        }
    }

    @Test
    void aFailureHandlerThatFailsStopsNothing() {
        PeriodicOptions options = PeriodicOptions.named("w").withOnFailure((task, error) -> {
            throw new IllegalStateException("the handler");
        });
        try (PeriodicWorker worker = worker(options)) {
            AtomicInteger runs = new AtomicInteger();
            worker.every(TICK, "fails", () -> {
                runs.incrementAndGet();
                throw new IOException("disk");
            });
            worker.start();
            waitUntilRun(runs, 3);
            end(worker);
            assertThat(takeReports()).isNotEmpty().allSatisfy(report -> {
                assertThat(report.source()).isEqualTo("failure handler of worker 'w'");
                assertThat(report.error()).hasMessage("the handler");
            });
        }
    }

    @Test
    void neverAgainRetiresATaskAndCountsAsASuccess() {
        try (PeriodicWorker worker = worker(PeriodicOptions.named("w").withStopWhenEmpty(true))) {
            AtomicInteger runs = new AtomicInteger();
            PeriodicWatcher watcher = worker.every(TICK, "thrice", () -> {
                if (runs.incrementAndGet() == 3) {
                    throw new NeverAgain("done");
                }
            });
            worker.start();
            waitUntil("the worker stops by itself", () -> !worker.isRunning());
            end(worker);
            PeriodicStatistics now = watcher.statistics();
            assertThat(now.runs()).isEqualTo(3);
            assertThat(now.successes()).isEqualTo(3);
            assertThat(now.retired()).isTrue();
            assertThat(watcher.retire()).isFalse();
        }
    }

    @Test
    void aTaskIsRetiredFromOutside() {
        try (PeriodicWorker worker = worker()) {
            AtomicInteger kept = new AtomicInteger();
            AtomicInteger retired = new AtomicInteger();
            worker.every(TICK, "kept", kept::incrementAndGet);
            PeriodicWatcher watcher = worker.every(TICK, "retired", retired::incrementAndGet);
            worker.start();
            waitUntilRun(retired, 1);
            assertThat(watcher.retire()).isTrue();
            waitUntil("its last run is over", () -> !watcher.statistics().running());
            int last = retired.get();
            waitUntilRun(kept, kept.get() + 3);
            assertThat(retired).hasValue(last);
            assertThat(worker.watchers()).hasSize(2);
        }
    }

    @Test
    void aTaskThatIsNotEnabledIsNotAdded() {
        try (PeriodicWorker worker = worker()) {
            assertThat(worker.add(PeriodicTask.every(TICK, "off", () -> {
            }).withEnabled(false))).isEmpty();
            assertThat(worker.watchers()).isEmpty();
            assertThatIllegalStateException().isThrownBy(worker::start)
                    .withMessage("worker 'periodic' must have something to do: it is empty");
        }
    }

    @Test
    void anEmptyWorkerMayStartIfItMayBeEmptyAndTakesTasksWhileItRuns() {
        try (PeriodicWorker worker = worker(PeriodicOptions.named("w").withAllowEmpty(true))) {
            worker.start();
            AtomicInteger runs = new AtomicInteger();
            worker.every(TICK, "late", runs::incrementAndGet);
            waitUntilRun(runs, 2);
        }
    }

    @Test
    void itStartsOnceUnlessItIsReset() {
        try (PeriodicWorker worker = worker()) {
            AtomicInteger runs = new AtomicInteger();
            PeriodicWatcher watcher = worker.every(TICK, "tick", runs::incrementAndGet);
            worker.start();
            assertThatIllegalStateException().isThrownBy(worker::start)
                    .withMessage("worker 'periodic' must be new, or reset after its end, to start: it is RUNNING");
            assertThatIllegalStateException().isThrownBy(worker::reset)
                    .withMessage("worker 'periodic' must have ended to be reset: it is RUNNING");
            waitUntilRun(runs, 1);
            watcher.retire();
            end(worker);
            assertThatIllegalStateException().isThrownBy(worker::start).withMessageEndingWith("it is STOPPED");
            worker.reset();
            assertThat(watcher.statistics()).isEqualTo(
                    new PeriodicStatistics(0, 0, 0, 0, Duration.ZERO, Duration.ZERO, false, false));
            assertThat(watcher.statistics().averageElapsed()).isZero();
            assertThat(watcher.statistics().averageWaiting()).isZero();
            int before = runs.get();
            worker.start();
            waitUntilRun(runs, before + 2);
        }
    }

    @Test
    void aWorkerThatWasStoppedBeforeItsStartDoesNotStart() throws InterruptedException {
        try (PeriodicWorker worker = worker()) {
            worker.every(TICK, "tick", () -> {
            });
            worker.stop();
            assertThat(worker.await(Duration.ZERO)).isTrue();
            assertThatIllegalStateException().isThrownBy(worker::start);
        }
    }

    @Test
    void noRunBeginsInAPause() {
        try (PeriodicWorker worker = worker()) {
            AtomicInteger runs = new AtomicInteger();
            PeriodicWatcher watcher = worker.every(TICK, "tick", runs::incrementAndGet);
            worker.start();
            waitUntilRun(runs, 2);
            worker.pause();
            waitUntil("the last run is over", () -> !watcher.statistics().running());
            int then = runs.get();
            waitUntilHubTime(hub().nanoTime() + Duration.ofMillis(5).toNanos());
            assertThat(runs).hasValue(then);
            worker.resume();
            waitUntilRun(runs, then + 2);
        }
    }

    @Test
    void stopIsARequestAndMayComeFromARun() throws InterruptedException {
        try (PeriodicWorker worker = worker()) {
            AtomicInteger finished = new AtomicInteger();
            worker.every(TICK, "last", () -> {
                worker.stop();
                Green.sleep(Duration.ofMillis(2));
                finished.incrementAndGet();
            });
            worker.start();
            assertThat(worker.await(Duration.ofSeconds(30))).isTrue();
            assertThat(finished).as("the run that goes on finishes").hasValue(1);
        }
    }

    @Test
    void aRunMayNotWaitForTheEndOfItsWorker() {
        try (PeriodicWorker worker = worker()) {
            Queue<String> said = new ConcurrentLinkedQueue<>();
            worker.every(TICK, "odd", () -> {
                for (PeriodicTask.Body wait : java.util.List.<PeriodicTask.Body>of(worker::close, worker::await,
                        () -> worker.close(Duration.ZERO))) {
                    try {
                        wait.run();
                    } catch (IllegalStateException e) {
                        said.add(String.valueOf(e.getMessage()));
                    }
                }
                throw new NeverAgain();
            });
            worker.start();
            waitUntil("it was refused thrice", () -> said.size() == 3);
            assertThat(said)
                    .contains("close must be called from outside worker 'periodic': its own run would wait for itself");
        }
    }

    @Test
    void aCloseWithADeadlineKillsWhatGoesOn() throws InterruptedException {
        try (PeriodicWorker worker = worker()) {
            Latch begun = new Latch(1);
            PeriodicWatcher watcher = worker.every(TICK, "stuck", () -> {
                begun.countDown();
                new Latch(1).await();
            });
            worker.start();
            begun.await();
            assertThat(worker.close(Duration.ofMillis(3))).isFalse();
            assertThat(watcher.statistics().failures()).as("counted, and nobody's failure").isEqualTo(1);
            assertThat(watcher.statistics().running()).isFalse();
            PeriodicWorker idle = worker();
            idle.every(NEVER, "idle", () -> {
            });
            idle.start();
            assertThat(idle.close(Duration.ZERO)).isTrue();
        }
    }

    @Test
    void anInterruptOfACloseKillsTheRuns() throws Exception {
        try (PeriodicWorker worker = worker()) {
            Latch begun = new Latch(1);
            worker.every(TICK, "stuck", () -> {
                begun.countDown();
                new Latch(1).await();
            });
            worker.start();
            begun.await();
            Actor<Boolean> closing = fork(() -> {
                end(worker);
                return Thread.interrupted();
            });
            waitUntilParked(closing.thread());
            closing.interrupt();
            assertThat(closing.result()).isTrue();
        }
    }

    @Test
    void runsTakeTheSlotsOfAPool() {
        GreenPool pool = GreenPool.of(PoolOptions.named("pool").withHub(hub()).withSize(1));
        try (PeriodicWorker worker = PeriodicWorker.on(pool)) {
            AtomicInteger inside = new AtomicInteger();
            AtomicInteger runs = new AtomicInteger();
            Queue<String> broken = new ConcurrentLinkedQueue<>();
            for (int i = 0; i < 3; i++) {
                worker.every(TICK, "task " + i, () -> {
                    if (!pool.isCurrent() || inside.incrementAndGet() > 1) {
                        broken.add("inside " + inside);
                    }
                    Green.yieldNow();
                    inside.decrementAndGet();
                    runs.incrementAndGet();
                });
            }
            worker.start();
            waitUntilRun(runs, 9);
            end(worker);
            assertThat(broken).isEmpty();
            assertThat(pool.running()).isZero();
            assertThat(pool.isClosed()).isFalse();
            assertThat(pool.snapshot().completed()).isGreaterThanOrEqualTo(9);
        }
    }

    @Test
    void aRunThatWaitsForASlotIsTakenBackByAStop() throws InterruptedException {
        GreenThreadPoolExecutor executor = GreenThreadPoolExecutor
                .of(PoolOptions.named("executor").withHub(hub()).withSize(1));
        try (PeriodicWorker worker = PeriodicWorker.on(executor)) {
            Latch gate = new Latch(1);
            var holder = executor.submit(() -> {
                gate.await();
                return 1;
            });
            AtomicInteger runs = new AtomicInteger();
            worker.every(TICK, "waits", runs::incrementAndGet);
            worker.start();
            waitUntil("it stands in line", () -> executor.statistics().queued() == 1);
            worker.stop();
            assertThat(worker.await(Duration.ofSeconds(30))).isTrue();
            assertThat(executor.statistics().queued()).isZero();
            gate.countDown();
            assertThat(holder.await()).isEqualTo(1);
            executor.close();
            assertThat(runs).hasValue(0);
        }
    }
}
