package io.greenlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolOptions;
import io.greenlet.sync.GreenEvent;
import io.greenlet.sync.GreenQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What only the simulated hub promises: the order, the clock, and the end of a run.
@Timeout(60)
final class SimulatedHubTests {

    private final List<String> log = new ArrayList<>();

    private GreenThread<Boolean> spawnLogging(Hub hub, String name, Duration sleep) {
        return hub.spawn(() -> {
            Green.sleep(sleep);
            return log.add(name);
        });
    }

    private List<String> order(long seed, Duration sleep) {
        log.clear();
        try (SimulatedHub hub = Hub.simulated(seed)) {
            for (String name : List.of("a", "b", "c", "d")) {
                assertThat(spawnLogging(hub, name, sleep).isDone()).isFalse();
            }
            hub.run();
        }
        return List.copyOf(log);
    }

    @Test
    void nothingRunsBeforeTheRun() throws InterruptedException {
        try (SimulatedHub hub = Hub.simulated(1)) {
            GreenThread<Boolean> thread = spawnLogging(hub, "ran", Duration.ZERO);
            assertThat(thread.isDone()).isFalse();
            assertThat(log).isEmpty();
            assertThat(hub.snapshot()).isEqualTo(new HubSnapshot("simulated-1", "simulated", false, 1, 1, 0, 0));
            hub.run();
            assertThat(log).containsExactly("ran");
            assertThat(thread.await()).isTrue();
            assertThat(hub.snapshot().greenThreads()).isZero();
        }
    }

    @Test
    void theSeedSaysTheOrder() {
        Set<List<String>> orders = new HashSet<>();
        for (long seed = 0; seed < 200; seed++) {
            List<String> once = order(seed, Duration.ZERO);
            assertThat(order(seed, Duration.ZERO)).isEqualTo(once);
            orders.add(once);
        }
        assertThat(orders).as("of 4 there are 24 orders").hasSize(24);
    }

    @Test
    void allTimersOfOneInstantFireBeforeTheNextDraw() {
        Set<List<String>> orders = new HashSet<>();
        for (long seed = 0; seed < 300; seed++) {
            orders.add(order(seed, Duration.ofSeconds(1)));
        }
        assertThat(orders).hasSize(24);
    }

    @Test
    void timePassesWhenNobodyCanRun() {
        try (SimulatedHub hub = Hub.simulated(7)) {
            long begun = hub.nanoTime();
            GreenThread<Boolean> late = spawnLogging(hub, "in a year", Duration.ofDays(365));
            GreenThread<Boolean> early = spawnLogging(hub, "in an hour", Duration.ofHours(1));
            hub.run();
            assertThat(log).containsExactly("in an hour", "in a year");
            assertThat(hub.nanoTime() - begun).isEqualTo(Duration.ofDays(365).toNanos());
            assertThat(late.isDone() && early.isDone()).isTrue();
        }
    }

    @Test
    void aSpanOfTimeIsRunExactly() {
        try (SimulatedHub hub = Hub.simulated(7)) {
            long begun = hub.nanoTime();
            hub.runFor(Duration.ofMillis(5));
            assertThat(hub.nanoTime() - begun).as("idle").isEqualTo(5_000_000);
            GreenThread<Boolean> thread = spawnLogging(hub, "due", Duration.ofMillis(10));
            hub.runFor(Duration.ofNanos(9_999_999));
            assertThat(log).isEmpty();
            hub.runFor(Duration.ofNanos(1));
            assertThat(log).containsExactly("due");
            assertThat(thread.isDone()).isTrue();
            hub.runFor(Duration.ZERO);
            assertThat(hub.nanoTime() - begun).isEqualTo(15_000_000);
            assertThatIllegalArgumentException().isThrownBy(() -> hub.runFor(Duration.ofMillis(-1)))
                    .withMessageContaining("must not be negative").withMessageContaining("PT-0.001S");
        }
    }

    @Test
    void whoCanNeverWakeIsReported() {
        try (SimulatedHub hub = Hub.simulated(3)) {
            GreenEvent<String> never = new GreenEvent<>();
            GreenThread<String> waiter = hub.spawn(() -> never.await());
            assertThatIllegalStateException().isThrownBy(hub::run)
                    .withMessageContaining("nothing can wake 1 green threads of simulated-3")
                    .withMessageContaining(waiter.name() + " waits for event (fresh, waiting=1)")
                    .withMessageContaining("spawned at io.greenlet.SimulatedHubTests.whoCanNeverWakeIsReported(");
            never.send("after all");
            hub.run();
            assertThat(waiter.isDone()).isTrue();
        }
    }

    @Test
    void aPoolInItTakesItsSlots() {
        try (SimulatedHub hub = Hub.simulated(11)) {
            GreenPool pool = GreenPool.of(PoolOptions.named("two").withHub(hub).withSize(2));
            for (int i = 0; i < 10; i++) {
                assertThat(pool.submit(() -> {
                    Green.sleep(Duration.ofSeconds(1));
                    return pool.running();
                }).isDone()).isFalse();
            }
            hub.run();
            assertThat(hub.nanoTime()).isEqualTo(Duration.ofSeconds(5).toNanos());
            assertThat(pool.snapshot().completed()).isEqualTo(10);
        }
    }

    @Test
    void itsOwnGreenThreadCannotRunIt() {
        try (SimulatedHub hub = Hub.simulated(1)) {
            GreenThread<Boolean> inside = hub.spawn(() -> {
                assertThatIllegalStateException().isThrownBy(hub::run)
                        .withMessageContaining("must be run from outside");
                return true;
            });
            hub.run();
            assertThat(inside.state()).isEqualTo(GreenThread.State.SUCCESS);
        }
    }

    @Test
    void twoThreadsCannotRunIt() throws Exception {
        try (SimulatedHub hub = Hub.simulated(1)) {
            Latch inside = new Latch(1);
            Latch leave = new Latch(1);
            GreenThread<Boolean> holder = hub.spawn(() -> Green.blocking(() -> {
                inside.countDown();
                leave.await();
                return true;
            }));
            Thread runner = Thread.ofPlatform().start(hub::run);
            inside.await();
            assertThatIllegalStateException().isThrownBy(hub::run).withMessageContaining("by another thread");
            leave.countDown();
            runner.join();
            assertThat(holder.await()).isTrue();
        }
    }

    @Test
    void anInterruptOfWhoRunsItEndsTheRunAndNothingElse() {
        try (SimulatedHub hub = Hub.simulated(1)) {
            GreenThread<Boolean> thread = spawnLogging(hub, "ran", Duration.ofSeconds(1));
            Thread.currentThread().interrupt();
            assertThatExceptionOfType(CancellationException.class).isThrownBy(hub::run);
            assertThat(Thread.interrupted()).isTrue();
            hub.run();
            assertThat(thread.isDone()).isTrue();
        }
    }

    @Test
    void aCloseKillsAndLetsUnwind() {
        SimulatedHub hub = Hub.simulated(5);
        GreenThread<Boolean> sleeper = hub.spawn(() -> {
            try {
                Green.sleep(Duration.ofDays(1));
                return true;
            } finally {
                Green.sleep(Duration.ofMillis(1));
                log.add("unwound");
            }
        });
        GreenThread<Boolean> unborn = hub.spawnAfter(Duration.ofDays(2), () -> log.add("never"));
        hub.runFor(Duration.ofSeconds(1));
        hub.close();
        assertThat(log).containsExactly("unwound");
        assertThatExceptionOfType(GreenletExit.class).isThrownBy(sleeper::await).withMessageContaining("was closed");
        assertThatExceptionOfType(GreenletExit.class).isThrownBy(unborn::await);
        assertThatIllegalStateException().isThrownBy(() -> hub.spawn(() -> true)).withMessageContaining("is closed");
        hub.close();
    }

    @Test
    void whileSomeoneIsOutsideTheClockPassesAsRealTimeDoes() throws InterruptedException {
        try (SimulatedHub hub = Hub.simulated(5)) {
            Latch never = new Latch(1);
            GreenThread<Boolean> outside = hub.spawn(() -> Green.blocking(() -> {
                never.await();
                return true;
            }));
            hub.callAfter(Duration.ofMillis(20), () -> {
                log.add("timer");
                never.countDown();
            });
            long begun = System.nanoTime();
            hub.run();
            assertThat(System.nanoTime() - begun).isGreaterThanOrEqualTo(20_000_000);
            assertThat(log).containsExactly("timer");
            assertThat(outside.await()).isTrue();
        }
    }

    @Test
    void whatIsDueAtOnceRacesWithWhoIsReady() {
        try (SimulatedHub hub = Hub.simulated(4)) {
            hub.spawnN(() -> {
                hub.callAfter(Duration.ZERO, () -> log.add("timer"));
                for (int i = 0; i < 1_000 && log.isEmpty(); i++) {
                    Green.yieldNow();
                }
                log.add("waited for it");
            });
            hub.run();
            assertThat(log).containsExactly("timer", "waited for it");
        }
    }

    @Test
    void aSpawnedLaterOneIsLeftUntilItsLinksHaveRun() {
        try (SimulatedHub hub = Hub.simulated(4)) {
            GreenEvent<String> never = new GreenEvent<>();
            GreenThread<Boolean> late = hub.spawnAfter(Duration.ofMillis(1), () -> true);
            late.link(_ -> {
                try {
                    log.add(never.await());
                } catch (InterruptedException e) {
                    log.add("interrupted");
                }
            });
            assertThatIllegalStateException().isThrownBy(hub::run).withMessageContaining("nothing can wake 1");
            never.send("link");
            hub.run();
            assertThat(log).containsExactly("link");
            assertThat(late.isDone()).isTrue();
        }
    }

    @Test
    void anInterruptByTheJdkIsSeenBeforeTimePasses() {
        for (long seed = 0; seed < 100; seed++) {
            try (SimulatedHub hub = Hub.simulated(seed)) {
                Thread[] sleeper = {Thread.currentThread()};
                hub.spawnN(() -> {
                    sleeper[0] = Thread.currentThread();
                    try {
                        Green.sleep(Duration.ofHours(1));
                    } catch (InterruptedException e) {
                        log.add("interrupted after " + hub.nanoTime());
                    }
                });
                hub.callAfter(Duration.ofMillis(1), () -> sleeper[0].interrupt());
                hub.run();
            }
        }
        assertThat(log).hasSize(100).containsOnly("interrupted after 1000000");
    }

    @Test
    void anInterruptByTheJdkIsSeenWhileTheInterruptedWaitsForTheLockOfTheHub() {
        try (SimulatedHub hub = Hub.simulated(7)) {
            List<Thread> sleepers = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                hub.spawnN(() -> {
                    sleepers.add(Thread.currentThread());
                    try {
                        Green.sleep(Duration.ofHours(1));
                        log.add("slept until " + hub.nanoTime());
                    } catch (InterruptedException e) {
                        log.add("interrupted after " + hub.nanoTime());
                    }
                });
            }
            HubTimer _ = hub.schedule(1_000_000, () -> { // under the hub's lock, in the one that went to sleep last
                Thread other = sleepers.getFirst();
                assertThat(other).isNotSameAs(Thread.currentThread());
                other.interrupt();
                while (other.isInterrupted()) { // the wait for the lock takes the flag for its time
                    Hub.parallel().yieldNow();
                }
            });
            hub.run();
        }
        assertThat(log).containsExactly("interrupted after 1000000", "slept until 3600000000000");
    }

    @Test
    void whoKillsItselfAtTheMomentOfAnotherKillEndsThere() {
        for (long seed = 0; seed < 300; seed++) {
            try (SimulatedHub hub = Hub.simulated(seed)) {
                GreenThread<Boolean> victim = hub.spawn(() -> GreenTimeout.call(Duration.ofHours(1), () -> {
                    Green.yieldNow();
                    Green.yieldNow();
                    GreenThread.current().orElseThrow().kill();
                    return log.add("went on");
                }));
                hub.spawnN(victim::kill);
                hub.run();
                assertThat(victim.isCancelled()).isTrue();
            }
        }
        assertThat(log).isEmpty();
    }

    @Test
    void whatIsDueAtTheLastInstantRunsAlsoWhileSomeoneIsOutside() throws InterruptedException {
        try (SimulatedHub hub = Hub.simulated(5)) {
            Latch leave = new Latch(1);
            GreenThread<Boolean> outside = hub.spawn(() -> Green.blocking(() -> {
                leave.await();
                return true;
            }));
            hub.callAfter(Duration.ofMillis(10), () -> log.add("due"));
            hub.runFor(Duration.ofMillis(10));
            assertThat(log).containsExactly("due");
            leave.countDown();
            hub.run();
            assertThat(outside.await()).isTrue();
        }
    }

    @Nested
    class Restart {

        private long play(SimulatedHub hub, GreenPool pool) {
            log.clear();
            for (String name : List.of("a", "b", "c", "d", "e")) {
                assertThat(pool.submit(() -> {
                    Green.sleep(Duration.ofMillis(1));
                    Green.yieldNow();
                    return log.add(GreenThread.current().orElseThrow().name() + name + hub.nanoTime());
                }).isDone()).isFalse();
            }
            hub.run();
            log.add(Long.toString(hub.nanoTime()));
            return hub.trace();
        }

        private GreenPool pool(SimulatedHub hub) {
            return GreenPool
                    .of(PoolOptions.named("pool").withHub(hub).withSize(2).withTaskTimeout(Duration.ofSeconds(9)));
        }

        @Test
        void beginsAsAFreshHubWould() {
            try (SimulatedHub used = Hub.simulated(7); SimulatedHub fresh = Hub.simulated(42)) {
                GreenPool pool = pool(used);
                long before = play(used, pool);
                used.restart(42);
                assertThat(used.seed()).isEqualTo(42);
                assertThat(used.name()).isEqualTo("simulated-42");
                assertThat(used.nanoTime()).isZero();
                long again = play(used, pool);
                List<String> seen = List.copyOf(log);
                assertThat(again).isEqualTo(play(fresh, pool(fresh))).isNotEqualTo(before);
                assertThat(log).isEqualTo(seen);
            }
        }

        private long meet(SimulatedHub hub, GreenQueue<Integer> queue) {
            for (int i = 0; i < 5; i++) {
                int number = i;
                var _ = hub.spawn(() -> {
                    queue.put(number);
                    return null;
                });
                var _ = hub.spawn(() -> {
                    Green.yieldNow();
                    return log.add(Integer.toString(queue.take()));
                });
            }
            hub.run();
            return hub.trace();
        }

        @Test
        void takesNothingOverByWhatARendezvousHasLearned() {
            for (long seed = 0; seed < 50; seed++) {
                GreenQueue<Integer> queue = GreenQueue.rendezvous();
                try (SimulatedHub used = Hub.simulated(7); SimulatedHub fresh = Hub.simulated(seed)) {
                    long _ = meet(used, queue);
                    used.restart(seed);
                    log.clear();
                    long again = meet(used, queue);
                    List<String> seen = List.copyOf(log);
                    log.clear();
                    assertThat(again).isEqualTo(meet(fresh, GreenQueue.rendezvous()));
                    assertThat(log).isEqualTo(seen);
                }
            }
        }

        @Test
        void endsThoseThatAreLeftAndDropsTheirTimers() throws InterruptedException {
            try (SimulatedHub hub = Hub.simulated(7)) {
                GreenPool pool = pool(hub);
                GreenThread<Boolean> sleeper = pool.submit(() -> {
                    try {
                        Green.sleep(Duration.ofHours(1));
                    } finally {
                        hub.spawnN(() -> log.add("left behind in the end"));
                    }
                    return true;
                });
                GreenThread<Boolean> later = hub.spawnAfter(Duration.ofHours(2), () -> log.add("later"));
                hub.runFor(Duration.ofSeconds(1));
                hub.spawnN(() -> log.add("not begun"));

                hub.restart(8);

                assertThat(sleeper.state()).isEqualTo(Future.State.CANCELLED);
                assertThat(later.state()).isEqualTo(Future.State.CANCELLED);
                assertThat(hub.snapshot()).isEqualTo(new HubSnapshot("simulated-8", "simulated", false, 0, 0, 0, 0));
                assertThat(pool.free()).isEqualTo(2);
                hub.runFor(Duration.ofHours(3));
                assertThat(log).doesNotContain("later", "not begun");
            }
        }

        @Test
        void endsTheLongestLineOfAPoolToo() {
            try (SimulatedHub hub = Hub.simulated(7)) {
                GreenPool pool = GreenPool.of(PoolOptions.named("pool").withHub(hub).withSize(2));
                for (int i = 0; i < 1000; i++) {
                    var _ = pool.submit(() -> {
                        Green.sleep(Duration.ofHours(1));
                        return log.add("slept");
                    });
                }
                hub.runFor(Duration.ofSeconds(1));
                hub.restart(8);
                assertThat(pool.snapshot().killed()).isEqualTo(1000);
                assertThat(pool.free()).isEqualTo(2);
                assertThat(log).isEmpty();
            }
        }

        @Test
        void isRefusedWhereTheHubCannotBeRun() throws InterruptedException {
            SimulatedHub hub = Hub.simulated(7);
            try (hub) {
                GreenThread<Void> inside = hub.spawn(() -> {
                    hub.restart(8);
                    return null;
                });
                hub.run();
                assertThatIllegalStateException().isThrownBy(inside::await)
                        .withMessageContaining("must be run from outside");
                assertThat(hub.seed()).isEqualTo(7);
            }
            assertThatIllegalStateException().isThrownBy(() -> hub.restart(8))
                    .withMessage("simulated-7 is closed");
        }

        @Test
        void namesThoseThatDoNotHeedTheKill() {
            boolean[] heeds = new boolean[1];
            try (SimulatedHub hub = Hub.simulated(7)) {
                hub.spawnN(() -> {
                    while (!heeds[0]) {
                        try {
                            Green.sleep(Duration.ofDays(1));
                        } catch (InterruptedException e) {
                            log.add("not heeded");
                        }
                    }
                });
                hub.runFor(Duration.ofSeconds(1));
                assertThatIllegalStateException().isThrownBy(() -> hub.restart(8)).withMessage(
                        "simulated-7 cannot begin anew: still running after the kill: [green-1]");
                heeds[0] = true;
            }
            assertThat(log).isNotEmpty();
        }
    }
}
