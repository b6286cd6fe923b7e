package io.greenlet.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.HubContract;
import io.greenlet.Latch;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;

/// What the tests of pools are built on: pools on the hub of the scene, and a look afterwards that nothing of them is
/// left: no task, no waiter, no slot.
abstract class PoolContract extends HubContract {

    private final Queue<GreenPool> pools = new ConcurrentLinkedQueue<>();

    final GreenPool pool(int size) {
        return pool(PoolOptions.named("pool").withSize(size));
    }

    final GreenPool pool(PoolOptions options) {
        return watched(GreenPool.of(options.withHub(hub())));
    }

    /// Watches a pool that something else made.
    final GreenPool watched(GreenPool pool) {
        pools.add(pool);
        return pool;
    }

    /// Takes that many slots until the gate opens.
    static void fill(GreenPool pool, int slots, Latch gate) {
        for (int i = 0; i < slots; i++) {
            assertThat(pool.trySpawn(after(gate, i))).isPresent();
        }
    }

    /// A body that waits for the gate to open.
    static Callable<Integer> after(Latch gate, int value) {
        return () -> {
            gate.await();
            return value;
        };
    }

    /// Blocks until it is interrupted.
    static int forEver() throws InterruptedException {
        new Latch(1).await();
        return 0;
    }

    /// Waits until that many stand in line.
    static void waitUntilWaiting(GreenPool pool, int waiting) {
        waitUntil("waiting == " + waiting + " in " + pool, () -> pool.waiting() == waiting);
    }

    @AfterEach
    final void poolsAreAtRest() {
        if (hasFailed()) {
            pools.forEach(GreenPool::killAll);
        } else {
            pools.forEach(PoolContract::assertAtRest);
        }
    }

    /// Every slot back, nobody in line, every task in exactly one outcome, and the fast path open again.
    static void assertAtRest(GreenPool pool) {
        waitUntil(pool + " at rest", () -> pool.running() == 0 && pool.ledger().running().isEmpty());
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
