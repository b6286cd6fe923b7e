package io.greenlet.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.GreenTask;
import io.greenlet.GreenThread;
import io.greenlet.Hub;
import io.greenlet.Latch;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// From when on the age of a task is counted while the parallel hub's coarse clock ticks. What is compared are readings of
/// clocks, whose order is certain, however slow the machine is.
@Timeout(60)
final class TaskAgeTests {

    private static final int LOOKS = 20;

    /// Reads the clock as tasks do.
    private static final class Reader extends GreenTask<Integer> {

        Reader() {
            super(Hub.parallel(), () -> 0);
        }

        long coarse() {
            return coarseNanoTime();
        }
    }

    /// What a task has seen of itself.
    ///
    /// @param before the time before it looked
    /// @param age its age
    /// @param after the time after it looked
    /// @param tick the coarse time then
    private record Look(long before, Duration age, long after, long tick) {}

    private final Reader clock = new Reader();
    private final GreenPool pool = new GreenPool(1);

    private Callable<Look> look() {
        return () -> {
            long before = System.nanoTime();
            Duration age = pool.tasks().getFirst().age();
            return new Look(before, age, System.nanoTime(), clock.coarse());
        };
    }

    /// Makes the clock tick, or keeps it at it: no exact time is read twice.
    private long tick() {
        for (;;) {
            long first = clock.coarse();
            while (System.nanoTime() == first) {
                Thread.onSpinWait();
            }
            if (clock.coarse() == first) {
                return first;
            }
        }
    }

    @Test
    void itIsCountedFromTheLastTick() throws InterruptedException {
        for (int looks = 0; looks < LOOKS;) {
            long tick = tick();
            Look seen = pool.spawn(look()).await();
            if (seen.tick == tick) { // else the clock has gone on, before the task began or after it
                assertThat(seen.age.toNanos()).isBetween(seen.before - tick, seen.after - tick);
                looks++;
            }
        }
    }

    /// Whether the clock stands, ticks or is just about to.
    @Test
    void itIsNeverTooShort() throws InterruptedException {
        for (int looks = 0; looks < 2_000; looks++) {
            Latch begun = new Latch(1);
            Latch gate = new Latch(1);
            GreenThread<Long> task = pool.spawn(() -> {
                long inside = System.nanoTime();
                begun.countDown();
                gate.await();
                return inside;
            });
            begun.await();
            long before = System.nanoTime();
            Duration age = pool.tasks().getFirst().age();
            gate.countDown();
            assertThat(age.toNanos()).isGreaterThanOrEqualTo(before - task.await());
        }
    }

    @Test
    void itIsExactIfSomebodyIsToldOfIt() throws InterruptedException {
        AtomicReference<Duration> ran = new AtomicReference<>(Duration.ZERO);
        pool.addListener(new PoolListener() {
            @Override
            public void ended(GreenPool of, GreenThread<?> task, TaskOutcome outcome, Duration how) {
                ran.set(how);
            }
        });
        for (int looks = 0; looks < LOOKS;) {
            long tick = tick();
            long spawned = System.nanoTime();
            Look seen = pool.spawn(look()).await();
            long over = System.nanoTime();
            if (seen.tick == tick) {
                assertThat(seen.age.toNanos()).isLessThanOrEqualTo(seen.after - spawned);
                assertThat(ran.get().toNanos()).isBetween(seen.after - seen.before, over - spawned);
                looks++;
            }
        }
    }
}
