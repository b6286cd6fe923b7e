package io.greenlet.simulation;

import io.greenlet.Green;
import io.greenlet.GreenThread;
import io.greenlet.Hub;
import io.greenlet.SimulatedHub;
import java.lang.reflect.Field;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;

/// Some green threads doing chance things to a primitive on a simulated hub, and the rules that must hold meanwhile and
/// afterwards. One seed is one schedule; it fails by an exception.
///
/// Everything random comes from [#random], which is the same in every JVM.
public abstract class Workload implements Schedule {

    /// A step that may block.
    @FunctionalInterface
    protected interface Step {
        void take() throws Exception;
    }

    /// Virtual time in which everything comes to its end that comes to one at all.
    private static final Duration ENOUGH = Duration.ofMillis(500);

    private long seed;
    private Random random = new Random();
    private SimulatedHub hub = Hub.simulated(0);
    private final List<GreenThread<?>> actors = new ArrayList<>();
    private final List<String> broken = new ArrayList<>();

    /// For loading by name.
    protected Workload() {}

    /// Runs one schedule. Returns its trace.
    ///
    /// @param ofSeed the seed
    @Override
    public final long run(long ofSeed) throws Exception {
        seed = ofSeed;
        random = new Random(ofSeed);
        actors.clear();
        broken.clear();
        hub = Hub.simulated(ofSeed);
        try (SimulatedHub closing = hub) {
            hub.setFailureHandler((source, error) -> broken.add("unexpected: " + error));
            prepare();
            hub.runFor(ENOUGH);
            settle();
            runToTheEnd();
            check();
            runToTheEnd();
            if (!broken.isEmpty()) {
                throw new AssertionError("seed " + seed + ": " + broken);
            }
            return closing.trace() * 31 + hub.nanoTime();
        }
    }

    private void runToTheEnd() {
        hub.runFor(ENOUGH);
        if (hub.snapshot().timers() == 0) {
            hub.run(); // says who waits for what
        }
        rule(hub.snapshot().greenThreads() == 0, "busy for ever");
    }

    /// Makes the primitive and the actors.
    protected abstract void prepare() throws Exception;

    /// Makes those who still wait go on, when nobody runs any more.
    protected void settle() throws Exception {}

    /// Looks at what is left.
    protected abstract void check() throws Exception;

    protected final SimulatedHub hub() {
        return hub;
    }

    /// A number from zero up to a bound.
    protected final int random(int bound) {
        return random.nextInt(bound);
    }

    protected final boolean chance(int oneIn) {
        return random.nextInt(oneIn) == 0;
    }

    /// A field of what is tested, for a look at what only it knows.
    protected static Field field(Class<?> owner, String name) {
        try {
            Field field = owner.getDeclaredField(name);
            field.setAccessible(true);
            return field;
        } catch (NoSuchFieldException e) {
            throw new AssertionError(e);
        }
    }

    /// Notes a broken rule.
    protected final void rule(boolean holds, String text) {
        if (!holds) {
            broken.add(text);
        }
    }

    /// Spawns an actor that takes a step several times, kills and interrupts of it included.
    protected final void actor(int times, Step step) {
        actors.add(hub.spawn(() -> {
            for (int i = 0; i < times; i++) {
                try {
                    step.take();
                } catch (InterruptedException | CancellationException e) {
                    // killed: it goes on
                }
            }
            return times;
        }));
    }

    /// Spawns someone who takes a step and is killed by nobody.
    protected final void helper(Step step) {
        hub.spawnN(() -> {
            try {
                step.take();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
    }

    protected final List<GreenThread<?>> actors() {
        return actors;
    }

    /// Lets others in, perhaps, or time pass.
    protected final void dawdle() throws InterruptedException {
        switch (random(6)) {
            case 0 -> Green.yieldNow();
            case 1 -> Green.sleep(Duration.ofMillis(1 + random(2)));
            default -> Hub.point();
        }
    }
}
