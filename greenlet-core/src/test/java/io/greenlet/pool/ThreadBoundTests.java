package io.greenlet.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.HubContract;
import io.greenlet.OnlyOn;
import io.greenlet.Permits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Permit before thread: however many want to run, no more threads exist than there are slots. From one kind of caller,
/// virtual threads, since ten thousand of any other would be too much or would not show in a dump; and where threads are
/// real, not simulated.
@OnlyOn(value = {HubContract.HubKind.PARALLEL,
        HubContract.HubKind.OWN_CARRIER, HubContract.HubKind.BATON}, from = HubContract.Caller.VIRTUAL_THREAD)
@Timeout(120)
final class ThreadBoundTests extends PoolContract {

    private static final int MANY = 10_000;

    /// Counts the threads whose name begins so, virtual ones too, in a dump by the JVM. Through reflection, since the
    /// module under test does not read the one of the dump.
    private static long threads(String name, Path folder) throws ReflectiveOperationException, IOException {
        Path file = folder.resolve("dump-" + System.nanoTime() + ".json");
        Class<?> beans = Class.forName("com.sun.management.HotSpotDiagnosticMXBean");
        Class<?> format = Class.forName("com.sun.management.HotSpotDiagnosticMXBean$ThreadDumpFormat");
        Object bean = Class.forName("java.lang.management.ManagementFactory")
                .getMethod("getPlatformMXBean", Class.class).invoke(null, beans);
        Object json = format.getField("JSON").get(null);
        beans.getMethod("dumpThreads", String.class, format).invoke(bean, file.toAbsolutePath().toString(), json);
        try (Stream<String> lines = Files.lines(file)) {
            return lines.filter(line -> line.contains("\"name\": \"" + name)).count();
        }
    }

    @Test
    void twentyThousandSubmissionsToAPoolOfFourMakeFourThreads(@TempDir Path folder) throws Exception {
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
        waitUntil("all stand in line", () -> pool.waiting() == 2 * MANY - 4);
        assertStill(pool, 4, folder);
        assertThat(threads("caller", folder)).as("the dump shows virtual threads").isGreaterThan(MANY - 5);

        steps.release(MANY);
        waitUntil("half are done", () -> done.get() == MANY && live.get() == 4);
        assertThat(pool.running()).isEqualTo(4);
        assertStill(pool, 4, folder);

        pool.resize(2);
        steps.release(MANY / 2);
        waitUntil("three quarters are done", () -> done.get() == MANY + MANY / 2 && live.get() == 2);
        assertStill(pool, 2, folder);

        steps.release(MANY);
        for (Actor<Boolean> caller : callers) {
            assertThat(caller.result()).isTrue();
        }
        pool.waitAll();
        assertThat(done).hasValue(2 * MANY);
        assertThat(most).hasValue(4);
        waitUntil("no thread is left", () -> count(folder) == 0);
    }

    /// While nothing moves there are exactly as many threads as slots; one that has returned its slot may take a moment
    /// to die.
    private static void assertStill(GreenPool pool, int size, Path folder) {
        waitUntil(size + " threads", () -> count(folder) <= size);
        assertThat(count(folder)).isEqualTo(size);
        assertThat(pool.tasks()).hasSize(size);
    }

    private static long count(Path folder) {
        try {
            return threads("bound", folder);
        } catch (ReflectiveOperationException | IOException e) {
            throw new AssertionError(e);
        }
    }
}
