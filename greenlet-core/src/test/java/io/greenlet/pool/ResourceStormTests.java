package io.greenlet.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.GreenThread;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Everything at once from many threads, then a look at what is left: nobody in line, nothing in use, every resource idle
/// or destroyed once, and the figures exact.
///
/// A failure names its seed; the threads' interleaving is not replayed by it, what each of them does is.
final class ResourceStormTests extends ResourceContract {

    private static final int STEPS = DEEP ? 20_000 : 150;
    private static final int WORKERS = 6;
    private static final int LARGEST = 4;

    private final AtomicInteger existing = new AtomicInteger(); // being made, there, or being destroyed
    private final AtomicInteger failures = new AtomicInteger();
    private final AtomicInteger mishaps = new AtomicInteger();
    private final AtomicReference<@Nullable String> broken = new AtomicReference<>();

    private void rule(boolean holds, String text) {
        if (!holds) {
            broken.compareAndSet(null, text);
        }
    }

    private Thing makeOrFail() throws IOException {
        rule(existing.incrementAndGet() <= LARGEST, "one too many");
        letOthersRun();
        if (ThreadLocalRandom.current().nextInt(5) == 0) {
            existing.decrementAndGet();
            failures.incrementAndGet();
            throw new IOException("on purpose");
        }
        return make();
    }

    private void hook(Thing thing) throws IOException {
        rule(thing.users.incrementAndGet() == 1, "a hook gets what somebody uses");
        letOthersRun();
        thing.users.decrementAndGet();
        if (ThreadLocalRandom.current().nextInt(10) == 0) {
            mishaps.incrementAndGet();
            throw new IOException("on purpose");
        }
    }

    private void destroy(Thing thing) throws IOException {
        try {
            hook(thing);
        } finally {
            thing.close();
            existing.decrementAndGet();
        }
    }

    private final class Storm {

        private final ResourcePool<Thing> pool;
        private final List<Actor<Boolean>> workers = new ArrayList<>();
        private final AtomicReference<@Nullable GreenThread<?>> victim = new AtomicReference<>();

        Storm(SplittableRandom random) {
            pool = watched(ResourcePool.of(options(random.nextInt(1, LARGEST + 1)).withMaxIdle(Duration.ofMillis(1))
                    .withMaxAge(Duration.ofMillis(3)).withCleanup(ResourceStormTests.this::hook)
                    .withOrder(random.nextBoolean() ? ResourceOptions.Order.QUEUE : ResourceOptions.Order.STACK)
                    .withCheck(thing -> {
                        hook(thing);
                        return ThreadLocalRandom.current().nextInt(5) > 0;
                    }).withDestroy(ResourceStormTests.this::destroy), ResourceStormTests.this::makeOrFail));
        }

        void rage(SplittableRandom random) throws Exception {
            for (int i = 0; i < WORKERS; i++) {
                SplittableRandom own = random.split();
                Actor<Boolean> worker = i % 2 == 0 ? fork(() -> work(own)) : forkOther(() -> work(own));
                workers.add(worker);
            }
            for (int i = 0; workers.stream().anyMatch(worker -> !worker.isDone()); i++) {
                pool.resize(random.nextInt(LARGEST + 1));
                letOthersRun();
                workers.get(i % WORKERS).interrupt();
                if (pool.size() == 0) {
                    pool.resize(1);
                }
                letOthersRun();
            }
            pool.resize(LARGEST);
            for (Actor<Boolean> worker : workers) {
                assertThat(worker.result()).isTrue();
            }
        }

        private boolean work(SplittableRandom random) {
            for (int step = 0; step < STEPS; step++) {
                try {
                    step(random);
                } catch (InterruptedException | CancellationException | ResourceUnavailable e) {
                    // as the storm has it
                } catch (CompletionException e) {
                    rule(e.getCause() instanceof IOException, e.toString());
                }
            }
            boolean _ = Thread.interrupted(); // the storm's
            return true;
        }

        private void step(SplittableRandom random) throws InterruptedException {
            switch (random.nextInt(8)) {
                case 0, 1 -> use(pool.take(), random);
                case 2, 3 -> use(pool.take(Duration.ofNanos(random.nextInt(200_000))), random);
                case 4 -> pool.tryTake().ifPresent(thing -> use(thing, random));
                case 5 -> pool.clear();
                case 6 -> {
                    try (Lease<Thing> lease = pool.lease()) {
                        rule(lease.resource().closed.get() == 0, "leased after its end");
                    }
                }
                default -> {
                    SplittableRandom own = random.split();
                    GreenThread<?> old = victim.getAndSet(spawn(() -> {
                        use(pool.take(), own);
                        return true;
                    }));
                    if (old != null) {
                        old.kill();
                    }
                }
            }
        }

        private void use(Thing thing, SplittableRandom random) {
            rule(thing.users.incrementAndGet() == 1, "used by two");
            rule(thing.closed.get() == 0, "used after its end");
            letOthersRun();
            thing.users.decrementAndGet();
            if (random.nextInt(8) == 0) {
                pool.discard(thing);
            } else {
                pool.give(thing);
            }
        }
    }

    @Test
    void leavesEveryResourceIdleOrDestroyedOnce() throws Exception {
        long seed = ThreadLocalRandom.current().nextLong();
        SplittableRandom random = new SplittableRandom(seed);
        Storm storm = new Storm(random);
        storm.rage(random);
        ResourcePool<Thing> pool = storm.pool;
        waitUntil("nothing is in use", () -> pool.inUse() == 0 && pool.waiting() == 0);
        assertThat(broken).as("seed %s", seed).hasNullValue();
        boolean empty = pool.close(Duration.ofHours(1));
        assertThat(empty).as("seed %s", seed).isTrue();
        ResourceSnapshot now = pool.snapshot();
        assertThat(existing).as("seed %s: %s", seed, now).hasValue(0);
        assertThat(now.created()).as("seed %s", seed).isEqualTo(things.size());
        assertThat(now.destroyed()).as("seed %s", seed).isEqualTo(things.size());
        assertThat(now.failed()).as("seed %s", seed).isEqualTo(failures.get());
        assertThat(takeReports()).as("seed %s", seed).hasSize(mishaps.get())
                .allSatisfy(report -> assertThat(report.error()).isInstanceOf(IOException.class));
    }
}
