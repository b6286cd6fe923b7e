package io.greenlet.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.GreenThread;
import io.greenlet.Hub;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A pool so big that ending tasks stash their slots counts as exactly as a small one.
@Timeout(120)
final class BigPoolTests {

    private static final int BIG = PermitCore.STASH_FROM;
    private static final int ROUNDS = Boolean.getBoolean("greenlet.deep") ? 200_000 : 10_000;
    private static final int SPAWNERS = 3;

    @Test
    void aSlotIsBackBeforeItsTaskIsAwaited() throws Exception {
        try (GreenPool pool = new GreenPool(BIG)) {
            CountDownLatch over = new CountDownLatch(1);
            fill(pool, BIG - 1, over);
            for (int i = 0; i < ROUNDS; i++) {
                int number = i;
                assertThat(pool.trySpawn(() -> number).orElseThrow().await()).isEqualTo(number);
                assertThat(pool.free()).isOne();
            }
            over.countDown();
        }
    }

    @Test
    void slotsThatCameBackAreTakenAgain() throws Exception {
        try (GreenPool pool = new GreenPool(BIG)) {
            for (int round = 0; round < 20; round++) {
                List<GreenThread<Integer>> tasks = new ArrayList<>();
                for (int i = 0; i < BIG; i++) {
                    tasks.add(pool.spawn(() -> 1));
                }
                for (GreenThread<Integer> task : tasks) {
                    assertThat(task.await()).isOne();
                }
                assertThat(pool.running()).isZero();
                CountDownLatch over = new CountDownLatch(1);
                fill(pool, BIG, over);
                assertThat(pool.free()).isZero();
                assertThat(pool.trySpawn(() -> 1)).isEmpty();
                over.countDown();
                pool.waitAll();
                assertThat(pool.free()).isEqualTo(BIG);
            }
        }
    }

    @Test
    void slotsOfManyMoreTasksThanThereAreStashesAreCounted() throws Exception {
        int many = 8 * BIG;
        try (GreenPool pool = new GreenPool(many)) {
            for (int round = 0; round < 3; round++) {
                CountDownLatch over = new CountDownLatch(1);
                fill(pool, many, over);
                assertThat(pool.free()).isZero();
                over.countDown();
                pool.waitAll();
                List<GreenThread<Integer>> tasks = new ArrayList<>();
                for (int i = 0; i < many / 4; i++) { // stashed: more than half are free all the time
                    tasks.add(pool.spawn(() -> 1));
                }
                for (GreenThread<Integer> task : tasks) {
                    assertThat(task.await()).isOne();
                }
                assertThat(pool.free()).isEqualTo(many);
            }
        }
    }

    @Test
    void thoseWhoStayAreAlwaysCounted() throws Exception {
        int stay = BIG / 4;
        try (GreenPool pool = new GreenPool(BIG)) {
            CountDownLatch over = new CountDownLatch(1);
            fill(pool, stay, over);
            AtomicInteger inside = new AtomicInteger();
            AtomicInteger most = new AtomicInteger();
            List<GreenThread<Void>> spawners = spawners(() -> {
                for (int i = 0; i < ROUNDS; i++) {
                    pool.spawnN(() -> {
                        most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                        inside.decrementAndGet();
                    });
                }
                return null;
            });
            while (!spawners.stream().allMatch(GreenThread::isDone)) {
                PoolSnapshot seen = pool.snapshot();
                assertThat(seen.running()).isBetween(stay, BIG);
                assertThat(seen.free() + seen.running()).isEqualTo(BIG);
            }
            for (GreenThread<Void> spawner : spawners) {
                spawner.await();
            }
            over.countDown();
            pool.waitAll();
            assertThat(most.get()).isLessThanOrEqualTo(BIG - stay);
            assertThat(pool.free()).isEqualTo(BIG);
            assertThat(pool.snapshot().completed()).isEqualTo(stay + SPAWNERS * (long) ROUNDS);
        }
    }

    @Test
    void resizesAndWaitsForIdlenessAmongComingAndGoingTasks() throws Exception {
        try (GreenPool pool = new GreenPool(BIG)) {
            AtomicBoolean over = new AtomicBoolean();
            AtomicInteger ran = new AtomicInteger();
            List<GreenThread<Void>> others = new ArrayList<>();
            others.add(Hub.parallel().spawn(() -> {
                SplittableRandom random = new SplittableRandom(1);
                while (!over.get()) {
                    pool.resize(random.nextInt(1, 3 * BIG));
                    PoolSnapshot seen = pool.snapshot();
                    assertThat(seen.free() + seen.running()).isEqualTo(seen.size());
                    assertThat(seen.running()).isNotNegative();
                }
                return null;
            }));
            others.add(Hub.parallel().spawn(() -> {
                while (!over.get()) {
                    boolean _ = pool.waitAll(Duration.ofMillis(100));
                }
                return null;
            }));
            for (GreenThread<Void> spawner : spawners(() -> {
                for (int i = 0; i < ROUNDS; i++) {
                    pool.spawnN(ran::incrementAndGet);
                }
                return null;
            })) {
                spawner.await();
            }
            over.set(true);
            for (GreenThread<Void> other : others) {
                other.await();
            }
            pool.waitAll();
            assertThat(ran).hasValue(SPAWNERS * ROUNDS);
            assertThat(pool.free()).isEqualTo(pool.size());
            assertThat(pool.waiting()).isZero();
        }
    }

    @Test
    void closesWhileTasksComeAndGo() throws Exception {
        for (int round = 0; round < 50; round++) {
            AtomicInteger ran = new AtomicInteger();
            AtomicInteger taken = new AtomicInteger();
            GreenPool pool = new GreenPool(BIG);
            List<GreenThread<Void>> spawners = spawners(() -> {
                try {
                    for (;;) {
                        pool.spawnN(ran::incrementAndGet);
                        taken.incrementAndGet();
                    }
                } catch (RejectedSubmission e) {
                    return null;
                }
            });
            while (ran.get() < BIG) {
                Thread.onSpinWait();
            }
            pool.close();
            for (GreenThread<Void> spawner : spawners) {
                spawner.await();
            }
            assertThat(ran.get()).isEqualTo(taken.get());
            assertThat(pool.free()).isEqualTo(BIG);
        }
    }

    private static void fill(GreenPool pool, int tasks, CountDownLatch over) throws InterruptedException {
        for (int i = 0; i < tasks; i++) {
            pool.spawnN(() -> {
                try {
                    over.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
        }
    }

    private static List<GreenThread<Void>> spawners(Callable<Void> spawner) {
        List<GreenThread<Void>> all = new ArrayList<>();
        for (int i = 0; i < SPAWNERS; i++) {
            all.add(Hub.parallel().spawn(spawner));
        }
        return all;
    }
}
