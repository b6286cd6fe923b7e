package io.greenlet.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.HubContract;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;

/// What the tests of resource pools are built on: resources that know what became of them, and a look afterwards that
/// each was destroyed once and nothing else is left.
abstract class ResourceContract extends HubContract {

    /// A resource that is closed when it is destroyed.
    static final class Thing implements AutoCloseable {

        final int number;
        final AtomicInteger users = new AtomicInteger();
        final AtomicInteger closed = new AtomicInteger();

        Thing(int number) {
            this.number = number;
        }

        @Override
        public void close() {
            closed.incrementAndGet();
        }

        /// Equal to all others, which must not matter.
        @Override
        public boolean equals(Object other) {
            return other instanceof Thing;
        }

        @Override
        public int hashCode() {
            return 1;
        }

        @Override
        public String toString() {
            return "thing " + number;
        }
    }

    private final Queue<ResourcePool<Thing>> pools = new ConcurrentLinkedQueue<>();
    final Queue<Thing> things = new ConcurrentLinkedQueue<>();
    private final AtomicInteger numbers = new AtomicInteger();

    final Thing make() {
        Thing thing = new Thing(numbers.incrementAndGet());
        things.add(thing);
        return thing;
    }

    final ResourceOptions<Thing> options(int size) {
        return ResourceOptions.<Thing>named("things").withHub(hub()).withSize(size);
    }

    final ResourcePool<Thing> pool(int size) {
        return pool(options(size));
    }

    final ResourcePool<Thing> pool(ResourceOptions<Thing> options) {
        return watched(ResourcePool.of(options, this::make));
    }

    /// Has a look at the pool after the test.
    final ResourcePool<Thing> watched(ResourcePool<Thing> pool) {
        pools.add(pool);
        return pool;
    }

    static void waitUntilWaiting(ResourcePool<?> pool, int waiting) {
        waitUntil("waiting == " + waiting + " in " + pool, () -> pool.waiting() == waiting);
    }

    @AfterEach
    final void nothingIsLeftOfThePools() {
        if (hasFailed()) {
            pools.forEach(ResourcePool::close);
            return;
        }
        for (ResourcePool<Thing> pool : pools) {
            waitUntil(pool.snapshot() + " at rest", () -> pool.inUse() == 0);
            pool.close();
            ResourceSnapshot now = pool.snapshot();
            assertThat(now.waiting()).as("waiting: %s", now).isZero();
            assertThat(now.idle()).as("idle: %s", now).isZero();
            assertThat(now.free()).as("free: %s", now).isEqualTo(now.size());
            assertThat(now.destroyed()).as("destroyed: %s", now).isEqualTo(now.created());
        }
        assertThat(things).allSatisfy(thing -> {
            assertThat(thing.closed).as("closings of %s", thing).hasValue(1);
            assertThat(thing.users).as("users of %s", thing).hasValue(0);
        });
    }
}
