package io.greenlet.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.FailureHandler;
import io.greenlet.Hub;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// Makes the pools and the callers of a test, and sees afterwards that nothing of them is left: no task, no waiter, no
/// slot, no timer, no thread, no failure that nobody looked at.
final class PoolWatch implements BeforeEachCallback, AfterEachCallback {

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

    /// A failure that the hub's failure handler received.
    record Failure(String source, Throwable error) {}

    /// A thread that makes one call, which may block.
    record Caller<T extends @Nullable Object>(Thread thread, FutureTask<T> call) {

        /// Waits for the call: its value, or what it threw.
        T result() throws Exception {
            try {
                return call.get();
            } catch (ExecutionException e) {
                switch (e.getCause()) {
                    case Exception thrown -> throw thrown;
                    case Error thrown -> throw thrown;
                    case null, default -> throw e;
                }
            }
        }

        void interrupt() {
            thread.interrupt();
        }
    }

    private final Queue<GreenPool> pools = new ConcurrentLinkedQueue<>();
    private final Queue<Caller<?>> callers = new ConcurrentLinkedQueue<>();
    private final Queue<Failure> failures = new ConcurrentLinkedQueue<>();
    private @Nullable FailureHandler before;

    GreenPool pool(int size) {
        return pool(PoolOptions.named("pool").withSize(size));
    }

    GreenPool pool(PoolOptions options) {
        GreenPool pool = GreenPool.of(options);
        pools.add(pool);
        return pool;
    }

    /// Watches a pool that something else made.
    GreenPool watched(GreenPool pool) {
        pools.add(pool);
        return pool;
    }

    /// Makes a call in a virtual thread.
    <T extends @Nullable Object> Caller<T> call(Callable<T> body) {
        FutureTask<T> call = new FutureTask<>(body);
        return started(new Caller<>(Thread.ofVirtual().name("caller").unstarted(call), call));
    }

    /// Makes a call in a platform thread.
    <T extends @Nullable Object> Caller<T> callFromPlatformThread(Callable<T> body) {
        FutureTask<T> call = new FutureTask<>(body);
        return started(new Caller<>(Thread.ofPlatform().daemon().name("caller").unstarted(call), call));
    }

    private <T extends @Nullable Object> Caller<T> started(Caller<T> caller) {
        callers.add(caller);
        caller.thread().start();
        return caller;
    }

    /// Takes that many slots until the gate opens.
    static void fill(GreenPool pool, int slots, CountDownLatch gate) {
        for (int i = 0; i < slots; i++) {
            assertThat(pool.trySpawn(() -> {
                gate.await();
                return "filler";
            })).isPresent();
        }
    }

    /// Takes what the failure handler received so far.
    List<Failure> failures() {
        List<Failure> taken = new ArrayList<>();
        for (Failure failure = failures.poll(); failure != null; failure = failures.poll()) {
            taken.add(failure);
        }
        return taken;
    }

    /// Waits until something has become true.
    static void eventually(String what, BooleanSupplier condition) {
        long start = System.nanoTime();
        for (int looks = 0; !condition.getAsBoolean(); looks++) {
            if (Thread.currentThread().isInterrupted()) {
                throw new AssertionError("interrupted before " + what);
            }
            if (System.nanoTime() - start > PATIENCE_NANOS) {
                throw new AssertionError("never: " + what);
            }
            if (looks < 100) {
                Thread.onSpinWait();
            } else {
                LockSupport.parkNanos(50_000);
            }
        }
    }

    /// Waits until that many stand in line.
    static void eventuallyWaiting(GreenPool pool, int waiting) {
        eventually("waiting == " + waiting + " in " + pool, () -> pool.waiting() == waiting);
    }

    /// Waits until a thread is parked, or otherwise waits for someone.
    static void eventuallyBlocked(Thread thread) {
        eventually("blocked: " + thread, () -> switch (thread.getState()) {
            case BLOCKED, WAITING, TIMED_WAITING -> true;
            case NEW, RUNNABLE, TERMINATED -> false;
        });
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        pools.clear();
        callers.clear();
        failures.clear();
        before = Hub.parallel().failureHandler();
        Hub.parallel().setFailureHandler((source, error) -> failures.add(new Failure(source, error)));
    }

    @Override
    public void afterEach(ExtensionContext context) {
        try {
            if (context.getExecutionException().isPresent()) {
                callers.forEach(Caller::interrupt);
                pools.forEach(GreenPool::killAll);
                return;
            }
            for (Caller<?> caller : callers) {
                eventually("a caller's end: " + caller, () -> caller.call().isDone());
            }
            pools.forEach(PoolWatch::assertAtRest);
            eventually("no timer", () -> Hub.parallel().snapshot().timers() == 0);
            assertThat(failures).as("failures nobody expected").isEmpty();
        } finally {
            if (before != null) {
                Hub.parallel().setFailureHandler(before);
            }
        }
    }

    /// Every slot back, nobody in line, every task in exactly one outcome, and the fast path open again.
    static void assertAtRest(GreenPool pool) {
        eventually(pool + " at rest", () -> pool.running() == 0 && pool.ledger().running().isEmpty());
        PoolSnapshot now = pool.snapshot();
        assertThat(now.free()).as("free slots of %s", now).isEqualTo(now.size());
        assertThat(now.waiting()).as("waiting: %s", now).isZero();
        assertThat(now.queued()).as("queued: %s", now).isZero();
        assertThat(now.completed() + now.failed() + now.killed() + now.timedOut()).as("outcomes of %s", now)
                .isEqualTo(now.spawned());
        assertThat(pool.core().look() < 0).as("the slow path is on").isEqualTo(pool.isClosed());
        assertThat(pool.tasks()).isEmpty();
    }
}
