package io.greenlet.boot.async;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.GreenThread;
import io.greenlet.pool.GreenPool;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What is between threads, of which a test of a method sees little.
@Timeout(60)
class TaskFutureTests {

    private static final int ROUNDS = 4_000; // of 450, one interrupted twice when each who ended the future killed

    /// A body that cleans up after its kill must not be interrupted in that.
    @Test
    void manyWhoCancelTheFutureKillItsTaskOnce() throws InterruptedException {
        AtomicReference<@Nullable TaskFuture> next = new AtomicReference<>();
        AtomicInteger most = new AtomicInteger();
        Thread other = Thread.ofPlatform().daemon().start(() -> cancelAll(next));
        try (GreenPool pool = new GreenPool(1)) {
            for (int round = 0; round < ROUNDS; round++) {
                CountDownLatch begun = new CountDownLatch(1);
                CountDownLatch interrupted = new CountDownLatch(1);
                CountDownLatch cleanedUp = new CountDownLatch(1);
                GreenThread<@Nullable Object> task = pool
                        .spawn(() -> most.accumulateAndGet(interrupts(begun, interrupted, cleanedUp), Math::max));
                TaskFuture future = TaskFuture.of(task);
                begun.await();
                next.set(future);
                future.cancel(true);
                while (next.get() != null) {
                    Thread.onSpinWait();
                }
                interrupted.await();
                cleanedUp.countDown();
                task.await();
            }
        } finally {
            other.interrupt();
            other.join();
        }
        assertThat(most).hasValue(1);
    }

    private static void cancelAll(AtomicReference<@Nullable TaskFuture> next) {
        while (!Thread.currentThread().isInterrupted()) {
            TaskFuture future = next.get();
            if (future == null) {
                Thread.onSpinWait();
            } else {
                future.cancel(true);
                next.set(null);
            }
        }
    }

    private static int interrupts(CountDownLatch begun, CountDownLatch interrupted, CountDownLatch cleanedUp) {
        int interrupts = 0;
        begun.countDown();
        for (;;) {
            try {
                cleanedUp.await();
                return interrupts;
            } catch (InterruptedException e) {
                interrupts++;
                interrupted.countDown();
            }
        }
    }
}
