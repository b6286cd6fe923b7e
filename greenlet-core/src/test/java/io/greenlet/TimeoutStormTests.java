package io.greenlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Many threads in nested limits that end within microseconds of their bodies, in real time, killed and interrupted
/// meanwhile.
@Timeout(120)
final class TimeoutStormTests {

    private static final int THREADS = 100;
    private static final int ROUNDS = Boolean.getBoolean("greenlet.deep") ? 5_000 : 100;

    private final AtomicInteger stray = new AtomicInteger();
    private final AtomicInteger foreign = new AtomicInteger();
    private final AtomicInteger late = new AtomicInteger();
    private final AtomicInteger inTime = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> wrong = new AtomicReference<>();

    private String nested(SplittableRandom random, int depth) throws Exception {
        Duration limit = Duration.ofNanos(random.nextInt(400_000));
        Duration body = Duration.ofNanos(random.nextInt(400_000));
        String outcome = GreenTimeout.callOr(limit, () -> {
            if (depth > 0) {
                String _ = nested(random, depth - 1);
            }
            Green.sleep(body);
            return "in time";
        }, "late");
        (outcome.equals("late") ? late : inTime).incrementAndGet();
        return outcome;
    }

    /// Rounds without any interrupt but those of limits: none may get out, and no flag.
    private int rounds(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < ROUNDS; i++) {
            try {
                String _ = nested(random, 2);
            } catch (InterruptedException e) {
                foreign.incrementAndGet();
            } catch (Exception e) {
                wrong.set(e);
            }
            if (Thread.interrupted()) {
                stray.incrementAndGet();
            }
        }
        assertThat(InterruptScope.entered()).isNull();
        return ROUNDS;
    }

    @Test
    void limitsAloneLeaveNothingBehind() throws Exception {
        List<GreenThread<Integer>> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            long seed = i;
            threads.add(Green.spawn(() -> rounds(seed)));
        }
        for (GreenThread<Integer> thread : threads) {
            assertThat(thread.await()).isEqualTo(ROUNDS);
        }
        assertThat(wrong.get()).isNull();
        assertThat(foreign).as("interruptions that came out of all limits").hasValue(0);
        assertThat(stray).as("flags that came out of all limits").hasValue(0);
        assertThat(late).hasPositiveValue();
        assertThat(inTime).hasPositiveValue();
    }

    /// Killed at a chance moment, each ends by that kill or before it, never by a limit.
    @Test
    void killsArePassedOn() throws Exception {
        SplittableRandom chance = new SplittableRandom(1);
        for (int round = 0; round < ROUNDS / 10; round++) {
            List<GreenThread<String>> threads = new ArrayList<>();
            List<IllegalStateException> causes = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                SplittableRandom random = chance.split();
                threads.add(Green.spawn(() -> endless(random)));
                causes.add(new IllegalStateException("kill " + i));
            }
            Green.sleep(Duration.ofNanos(chance.nextInt(1_000_000)));
            for (int i = 0; i < THREADS; i++) {
                threads.get(i).kill(causes.get(i));
            }
            for (int i = 0; i < THREADS; i++) {
                GreenThread<String> thread = threads.get(i);
                assertThat(catchThrowable(thread::await)).isSameAs(causes.get(i));
            }
        }
    }

    private String endless(SplittableRandom random) throws Exception {
        for (;;) {
            String _ = nested(random, 2);
        }
    }

    /// An interrupt of a thread's own is seen, or in the flag, unless it came together with an expiry.
    @Test
    void interruptsOfTheCallersOwnSurviveLimitsThatDoNotEnd() throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            AtomicReference<@Nullable String> outcome = new AtomicReference<>();
            Thread thread = Thread.ofVirtual().start(() -> outcome.set(interruptible()));
            thread.interrupt();
            thread.join();
            assertThat(outcome).hasValue("interrupted");
        }
    }

    private static String interruptible() {
        try {
            GreenTimeout.run(Duration.ofSeconds(60), () -> GreenTimeout.run(Duration.ofSeconds(90),
                    () -> Green.sleep(Duration.ofSeconds(60))));
            return "slept";
        } catch (InterruptedException e) {
            return "interrupted";
        } catch (TimeoutException e) {
            return "late";
        } catch (Exception e) {
            return "failed";
        }
    }
}
