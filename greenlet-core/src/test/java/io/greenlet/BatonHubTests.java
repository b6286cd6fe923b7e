package io.greenlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.greenlet.debug.HubDebug;
import io.greenlet.sync.GreenEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The cooperative hub as a baton: the order, one at a time, what holds it up and how that shows.
@Timeout(60)
final class BatonHubTests {

    private final BatonHub hub = new BatonHub("baton");
    private final List<String> log = new ArrayList<>();

    @AfterEach
    void close() {
        hub.close();
        assertThat(hub.tasks()).isEmpty();
    }

    @Test
    void oneAtATimeNeedsNoLocks() throws InterruptedException {
        int[] count = {0};
        List<GreenThread<Integer>> threads = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            threads.add(hub.spawn(() -> {
                for (int k = 0; k < 10_000; k++) {
                    count[0]++;
                    if (k % 100 == 0) {
                        Green.yieldNow();
                    }
                }
                return 0;
            }));
        }
        for (GreenThread<Integer> thread : threads) {
            assertThat(thread.await()).isZero();
        }
        assertThat(count[0]).isEqualTo(1_000_000);
    }

    @Test
    void firstComeFirstServedAndAChildAfterThoseBeforeIt() throws InterruptedException {
        GreenThread<Boolean> all = hub.spawn(() -> {
            GreenThread<Boolean> a = hub.spawn(() -> {
                log.add("a1");
                GreenThread<Boolean> child = hub.spawn(() -> log.add("child of a"));
                Green.yieldNow();
                log.add("a2");
                return child.await();
            });
            GreenThread<Boolean> b = hub.spawn(() -> {
                log.add("b1");
                Green.yieldNow();
                return log.add("b2");
            });
            return a.await() && b.await();
        });
        assertThat(all.await()).isTrue();
        assertThat(log).containsExactly("a1", "b1", "child of a", "a2", "b2");
    }

    @Test
    void othersGoOnWhileOneIsInABlockingCall() throws InterruptedException {
        CountDownLatch leave = new CountDownLatch(1);
        GreenThread<String> outside = hub.spawn(() -> hub.blocking(() -> {
            leave.await();
            return GreenThread.current().map(GreenThread::name).orElse("nobody");
        }));
        GreenThread<Boolean> other = hub.spawn(() -> {
            leave.countDown();
            return true;
        });
        assertThat(other.await()).isTrue();
        assertThat(outside.await()).as("its identity is the same outside").isEqualTo(outside.name());
    }

    @Test
    void aKillReachesABlockingCall() throws InterruptedException {
        CountDownLatch inside = new CountDownLatch(1);
        GreenThread<Boolean> outside = hub.spawn(() -> hub.blocking(() -> {
            inside.countDown();
            new CountDownLatch(1).await();
            return true;
        }));
        inside.await();
        outside.kill();
        assertThatExceptionOfType(GreenletExit.class).isThrownBy(outside::await);
    }

    @Test
    void anInterruptFromTheJdkWaitsForItsTurn() throws InterruptedException {
        GreenEvent<Thread> thread = new GreenEvent<>();
        GreenThread<Boolean> sleeper = hub.spawn(() -> {
            thread.send(Thread.currentThread());
            try {
                Green.sleep(Duration.ofHours(1));
                return false;
            } catch (InterruptedException e) {
                return Objects.equals(hub.running(), GreenTask.currentTask());
            }
        });
        Thread asleep = thread.await();
        HubContract.waitUntil("it sleeps", () -> hub.snapshot().timers() == 1);
        asleep.interrupt();
        assertThat(sleeper.await()).isTrue();
    }

    @Test
    void aCloseFromInsideKillsTheOthers() throws InterruptedException {
        GreenThread<Boolean> other = hub.spawn(() -> {
            Green.sleep(Duration.ofHours(1));
            return true;
        });
        GreenThread<Boolean> closer = hub.spawn(() -> {
            Green.yieldNow();
            hub.close();
            return other.isDone();
        });
        assertThat(closer.await()).isTrue();
        assertThatExceptionOfType(GreenletExit.class).isThrownBy(other::await)
                .withMessageContaining("'baton' was closed");
        assertThatIllegalStateException().isThrownBy(() -> hub.spawnN(() -> log.add("late")));
        assertThat(log).isEmpty();
    }

    @Test
    void whoHoldsItUpIsNamed() throws InterruptedException {
        LinkedBlockingQueue<StallDetector.Stall> stalls = new LinkedBlockingQueue<>();
        try (StallDetector detector = hub.detectStalls(Duration.ofMillis(20), stalls::add)) {
            CountDownLatch leave = new CountDownLatch(1);
            GreenThread<Boolean> holder = hub.spawn(() -> {
                leave.await(); // a JDK blocking call, which this hub does not see
                return true;
            });
            StallDetector.Stall stall = stalls.take();
            assertThat(stall.thread()).isSameAs(holder);
            assertThat(stall.held()).isGreaterThanOrEqualTo(Duration.ofMillis(20));
            assertThat(stall.toString()).contains(holder.name()).contains("has held baton for")
                    .contains("whoHoldsItUpIsNamed");
            assertThat(stalls.take().held()).as("again, after twice the time")
                    .isGreaterThanOrEqualTo(stall.held().multipliedBy(2));
            leave.countDown();
            assertThat(holder.await()).isTrue();
            assertThat(detector).isNotNull();
        }
        assertThatIllegalArgumentException().isThrownBy(() -> hub.detectStalls(Duration.ZERO, stalls::add))
                .withMessageContaining("limit must be positive: PT0S");
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> Hub.parallel().detectStalls(Duration.ofSeconds(1), stalls::add));
    }

    @Test
    void whoLetsGoIsNoStall() throws InterruptedException {
        LinkedBlockingQueue<StallDetector.Stall> stalls = new LinkedBlockingQueue<>();
        try (StallDetector detector = HubDebug.logStalls(hub, Duration.ofHours(1));
                StallDetector quick = hub.detectStalls(Duration.ofMillis(4), stalls::add)) {
            GreenThread<Boolean> busy = hub.spawn(() -> {
                long begun = hub.nanoTime();
                while (hub.nanoTime() - begun < 20_000_000) {
                    LockSupport.parkNanos(100_000);
                    Green.yieldNow();
                }
                return true;
            });
            assertThat(busy.await()).isTrue();
            assertThat(detector).isNotEqualTo(quick);
        }
        assertThat(stalls).filteredOn(stall -> stall.held().toMillis() < 4).isEmpty();
    }
}
