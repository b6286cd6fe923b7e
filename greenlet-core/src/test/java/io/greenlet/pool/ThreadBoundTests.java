package io.greenlet.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.HubContract;
import io.greenlet.OnlyOn;
import io.greenlet.Permits;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Permit before thread: however many want to run, no more threads exist than there are slots. From one kind of caller,
/// virtual threads, since ten thousand of any other would be too much; and where threads are
/// real, not simulated.
@OnlyOn(value = {HubContract.HubKind.PARALLEL,
        HubContract.HubKind.OWN_CARRIER, HubContract.HubKind.BATON}, from = HubContract.Caller.VIRTUAL_THREAD)
@Timeout(120)
final class ThreadBoundTests extends PoolContract {

    private static final int MANY = 10_000;

    /// Counts the live threads whose name begins so, virtual ones too: from the JDK's own register of them, which a
    /// thread dump prints. Not by a dump: in JDK 25 one that meets a virtual thread about to mount, unmount or end may
    /// crash the JVM (JDK-8364343).
    private static long threads(String name) {
        try {
            Class<?> containers = Class.forName("jdk.internal.vm.ThreadContainers");
            Class<?> container = Class.forName("jdk.internal.vm.ThreadContainer");
            Object root = containers.getMethod("root").invoke(null);
            Stream<?> threads = (Stream<?>) container.getMethod("threads").invoke(root);
            return threads.filter(thread -> ((Thread) thread).getName().startsWith(name)).count();
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("the JDK keeps its register elsewhere: " + e, e);
        }
    }

    @Test
    void twentyThousandSubmissionsToAPoolOfFourMakeFourThreads() throws Exception {
        GreenPool pool = pool(PoolOptions.named("bound").withSize(4));
        Permits steps = new Permits();
        AtomicInteger live = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger done = new AtomicInteger();
        Callable<Integer> body = () -> {
            most.accumulateAndGet(live.incrementAndGet(), Math::max);
            steps.acquireUninterruptibly();
            done.incrementAndGet();
            return live.decrementAndGet();
        };
        List<Actor<Boolean>> callers = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            callers.add(fork(() -> pool.spawn(body).state() != null));
            assertThat(pool.submit(body)).isNotNull();
        }
        waitUntil("four run and all others stand in line", () -> live.get() == 4 && pool.waiting() == 2 * MANY - 4);
        assertStill(pool, 4);
        assertThat(threads("caller")).as("the register has virtual threads").isGreaterThan(MANY - 5);

        steps.release(MANY);
        waitUntil("half are done", () -> done.get() == MANY && live.get() == 4);
        assertThat(pool.running()).isEqualTo(4);
        assertStill(pool, 4);

        pool.resize(2);
        steps.release(MANY / 2);
        waitUntil("three quarters are done", () -> done.get() == MANY + MANY / 2 && live.get() == 2);
        assertStill(pool, 2);

        steps.release(MANY);
        for (Actor<Boolean> caller : callers) {
            assertThat(caller.result()).isTrue();
        }
        pool.waitAll();
        assertThat(done).hasValue(2 * MANY);
        assertThat(most).hasValue(4);
        waitUntil("no thread is left", () -> threads("bound") == 0);
    }

    /// While nothing moves there are exactly as many threads as slots; one that has returned its slot may take a moment
    /// to die.
    private static void assertStill(GreenPool pool, int size) {
        waitUntil(size + " threads", () -> threads("bound") <= size);
        assertThat(threads("bound")).isEqualTo(size);
        assertThat(pool.tasks()).hasSize(size);
    }
}
