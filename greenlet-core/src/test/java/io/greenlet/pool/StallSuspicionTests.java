package io.greenlet.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.greenlet.GreenThread;
import io.greenlet.GreenletExit;
import io.greenlet.Hub;
import io.greenlet.HubContract.Caller;
import io.greenlet.HubContract.HubKind;
import io.greenlet.OnlyOn;
import io.greenlet.pool.PoolStall.Kind;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Pools whose tasks wait in the JDK, where nobody can tell for whom: what is suspected and what is not. On one hub, since
/// such a wait holds up those that pass a baton.
@OnlyOn(value = HubKind.PARALLEL, from = Caller.PLATFORM_THREAD)
final class StallSuspicionTests extends PoolContract {

    private static final Duration NEVER = Duration.ofDays(1);

    private final ExecutorService others = Executors.newVirtualThreadPerTaskExecutor();

    @AfterEach
    void closeTheOthers() {
        others.close();
    }

    private static StallWatch watch(GreenPool pool) {
        return new StallWatch(() -> List.of(pool), Duration.ofNanos(1), NEVER);
    }

    private List<GreenThread<Integer>> holders(GreenPool pool, Callable<Integer> next) throws InterruptedException {
        CountDownLatch all = new CountDownLatch(pool.size());
        List<GreenThread<Integer>> holders = new ArrayList<>();
        for (int i = 0; i < pool.size(); i++) {
            holders.add(pool.spawn(() -> {
                all.countDown();
                all.await();
                return next.call();
            }));
        }
        return holders;
    }

    private static int await(GreenThread<Integer> child) {
        try {
            return child.await();
        } catch (InterruptedException e) {
            throw new CompletionException(e);
        }
    }

    private static int child(GreenPool pool) {
        try {
            return await(pool.spawn(() -> 1));
        } catch (InterruptedException e) {
            throw new CompletionException(e);
        }
    }

    private static PoolStall awaitSuspicion(StallWatch watch) {
        List<PoolStall> found = new ArrayList<>();
        waitUntil("it is suspected", () -> {
            found.addAll(watch.look());
            return !found.isEmpty();
        });
        return found.getFirst();
    }

    /// Looks several times while somebody stands in line.
    private static void assertNothingIsFound(GreenPool pool) {
        StallWatch watch = watch(pool);
        waitUntilWaiting(pool, 1);
        for (int i = 0; i < 5; i++) {
            letOthersRun();
            assertThat(watch.look()).isEmpty();
        }
    }

    @Test
    void aDetourThroughAFutureIsSuspectedAndEndsInAnErrorWithBothStacks() throws Exception {
        GreenPool pool = pool(2);
        StallWatch watch = watch(pool);
        List<GreenThread<Integer>> holders = holders(pool,
                () -> CompletableFuture.supplyAsync(() -> child(pool), others).join());
        waitUntilWaiting(pool, 2);
        holders.forEach(holder -> waitUntil(holder + " waits", () -> pool.tasks().stream()
                .allMatch(task -> task.stack().toString().contains("CompletableFuture.join"))));
        PoolStall stall = awaitSuspicion(watch);
        assertThat(stall.kind()).isEqualTo(Kind.SUSPECTED);
        assertThat(stall.kind().isStall()).isTrue();
        assertThat(stall.description())
                .startsWith("pool 'pool' stands still, and may wait for itself (size=2, running=2, waiting=2)")
                .contains("CompletableFuture.join").contains("GreenPool.spawn");
        assertThat(watch.reject(stall)).isTrue();
        waitUntil("both have ended", () -> holders.stream().allMatch(GreenThread::isDone));
        assertThat(holders).filteredOn(holder -> holder.state() == GreenThread.State.SUCCESS).hasSize(1);
        Throwable error = catchThrowable(() -> {
            for (GreenThread<Integer> holder : holders) {
                holder.await();
            }
        });
        assertThat(error).hasCauseExactlyInstanceOf(RejectedSubmission.class);
        Throwable cause = Objects.requireNonNull(error.getCause());
        assertThat(cause).hasMessageStartingWith("pool 'pool': taken out of the line, since the pool stands still, "
                + "and may wait for itself (size=2, running=2, waiting=2)");
        assertThat(Arrays.toString(cause.getStackTrace())).as("the waiter's").contains("GreenPool.spawn");
        assertThat(cause.getSuppressed()).as("the holders'").hasSize(2)
                .allSatisfy(
                        where -> assertThat(Arrays.toString(where.getStackTrace())).contains("CompletableFuture.join"))
                .allSatisfy(where -> assertThat(where.toString()).contains("has a slot of pool 'pool'"));
        assertThat(pool.snapshot().rejected()).isEqualTo(1);
    }

    @Test
    void aSuspicionThatIsOverRejectsNobody() throws Exception {
        GreenPool pool = pool(1);
        StallWatch watch = watch(pool);
        CountDownLatch gate = new CountDownLatch(1);
        List<GreenThread<Integer>> holders = holders(pool, () -> {
            gate.await();
            return 1;
        });
        Actor<Integer> inLine = fork(() -> pool.<Integer>spawn(() -> 1).await());
        PoolStall stall = awaitSuspicion(watch);
        gate.countDown();
        assertThat(inLine.result()).isEqualTo(1);
        assertThat(holders.getFirst().await()).isEqualTo(1);
        assertThat(watch.reject(stall)).isFalse();
        assertThat(watch.look()).isEmpty();
    }

    @Test
    void aSuspicionNeedsTime() throws Exception {
        GreenPool pool = pool(1);
        StallWatch patient = new StallWatch(() -> List.of(pool), NEVER, NEVER);
        StallWatch watch = watch(pool);
        CountDownLatch gate = new CountDownLatch(1);
        holders(pool, () -> {
            gate.await();
            return 1;
        });
        Actor<Integer> inLine = fork(() -> pool.<Integer>spawn(() -> 1).await());
        waitUntil("another suspects it", () -> {
            assertThat(patient.look()).isEmpty();
            return !watch.look().isEmpty();
        });
        assertThat(patient.look()).isEmpty();
        gate.countDown();
        assertThat(inLine.result()).isEqualTo(1);
    }

    @Test
    void whoWaitsWithALimitIsNotSuspected() throws Exception {
        GreenPool pool = pool(1);
        CountDownLatch gate = new CountDownLatch(1);
        holders(pool, () -> gate.await(1, TimeUnit.HOURS) ? 1 : 0);
        Actor<Integer> inLine = fork(() -> pool.<Integer>spawn(() -> 1).await());
        assertNothingIsFound(pool);
        gate.countDown();
        assertThat(inLine.result()).isEqualTo(1);
    }

    @Test
    void whoSleepsIsNotSuspected() throws Exception {
        GreenPool pool = pool(1);
        List<GreenThread<Integer>> holders = holders(pool, () -> {
            Thread.sleep(Duration.ofHours(1));
            return 1;
        });
        Actor<Integer> inLine = fork(() -> pool.<Integer>spawn(() -> 1).await());
        assertNothingIsFound(pool);
        holders.getFirst().kill();
        assertThat(inLine.result()).isEqualTo(1);
    }

    @Test
    void whoWaitsForTheNetworkIsNotSuspected() throws Exception {
        GreenPool pool = pool(1);
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
                Socket accepted = server.accept();
                InputStream in = client.getInputStream()) {
            holders(pool, in::read);
            Actor<Integer> inLine = fork(() -> pool.<Integer>spawn(() -> 1).await());
            waitUntil("it reads",
                    () -> pool.tasks().stream().anyMatch(task -> task.stack().toString().contains("sun.nio.ch")));
            assertNothingIsFound(pool);
            accepted.getOutputStream().write(1);
            assertThat(inLine.result()).isEqualTo(1);
        }
    }

    private static void waitHere(Semaphore semaphore) throws InterruptedException {
        semaphore.acquire();
    }

    private static void waitThere(Semaphore semaphore) throws InterruptedException {
        semaphore.acquire();
    }

    /// One that is woken now and then, and waits at one place and another, is at work.
    @Test
    void whoMovesIsNotSuspected() throws Exception {
        GreenPool pool = pool(1);
        StallWatch watch = watch(pool);
        Semaphore semaphore = new Semaphore(0);
        int rounds = 5;
        holders(pool, () -> {
            for (int i = 0; i < rounds; i++) {
                waitHere(semaphore);
                waitThere(semaphore);
            }
            return 1;
        });
        Actor<Integer> inLine = fork(() -> pool.<Integer>spawn(() -> 1).await());
        waitUntilWaiting(pool, 1);
        for (int i = 0; i < rounds; i++) {
            for (String place : List.of("waitHere", "waitThere")) {
                waitUntil("it waits", () -> pool.tasks().toString().contains(place)
                        && semaphore.hasQueuedThreads());
                assertThat(watch.look()).isEmpty();
                semaphore.release();
            }
        }
        assertThat(inLine.result()).isEqualTo(1);
    }

    @Test
    void whoIsKilledInLineAndHasNotGotToItGoesByItself() throws Exception {
        try (Hub busy = Hub.cooperative("busy")) {
            GreenPool pool = GreenPool.of(PoolOptions.named("pool").withSize(1).withHub(busy));
            AtomicReference<GreenThread<Integer>> child = new AtomicReference<>();
            GreenThread<Integer> holder = pool.spawn(() -> {
                child.set(busy.spawn(() -> pool.<Integer>spawn(() -> 1).await()));
                return child.get().await();
            });
            waitUntilWaiting(pool, 1);
            CountDownLatch isBusy = new CountDownLatch(1);
            AtomicBoolean free = new AtomicBoolean();
            busy.spawnN(() -> {
                isBusy.countDown();
                while (!free.get()) {
                    Thread.onSpinWait();
                }
            });
            isBusy.await();
            child.get().kill();
            StallWatch watch = new StallWatch(() -> List.of(pool), NEVER, NEVER);
            try {
                assertThat(watch.look()).isEmpty();
                assertThat(watch.look()).isEmpty();
            } finally {
                free.set(true);
            }
            assertThatThrownBy(holder::await).isInstanceOf(GreenletExit.class);
            assertThat(pool.snapshot().rejected()).isZero();
        }
    }
}
