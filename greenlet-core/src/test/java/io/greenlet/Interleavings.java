package io.greenlet;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jspecify.annotations.Nullable;

/// How Lincheck is run here: on platform threads, three of them, and briefly, unless the long runs are on.
///
/// It checks two ways. The model checker runs a scenario under one chosen interleaving after the other, and says so when all
/// threads are stuck; its clock stands still, so that no wait with a limit ends by it. The stress test runs the scenario on
/// threads that run freely. Both take scenarios that end whatever the interleaving: an operation that waits is one that
/// surely is served, or stands in a scenario of its own making, which [#scenario(Class, String...)] writes down.
public final class Interleavings {

    private static final boolean DEEP = Boolean.getBoolean("greenlet.deep");
    private static final int THREADS = 3;

    private Interleavings() {}

    /// Someone who can be interrupted in a step, and not later. One at a time, but a newcomer may take the place.
    public static final class Target {

        @GuardedBy("this")
        private @Nullable Thread waiting;

        /// What may be interrupted.
        @FunctionalInterface
        public interface Step {
            void take() throws InterruptedException;
        }

        /// Takes a step that may be interrupted; whether it was not.
        public boolean take(Step step) {
            synchronized (this) {
                waiting = Thread.currentThread();
            }
            try {
                step.take();
                return true;
            } catch (InterruptedException e) {
                return false;
            } finally {
                synchronized (this) {
                    waiting = null;
                    Thread.interrupted();
                }
            }
        }

        public synchronized void interrupt() {
            if (waiting != null) {
                waiting.interrupt();
            }
        }
    }

    /// The model checker with scenarios drawn from the operations.
    public static ModelCheckingOptions modelChecking() {
        return drawn(new ModelCheckingOptions(), 100, 6).invocationsPerIteration(DEEP ? 1_000 : 30);
    }

    /// The model checker with the scenarios that are added to it.
    public static ModelCheckingOptions modelCheckingOfGiven() {
        return new ModelCheckingOptions().iterations(0).invocationsPerIteration(DEEP ? 50_000 : 150);
    }

    /// The stress test with scenarios drawn from the operations.
    public static StressOptions stress() {
        return drawn(new StressOptions(), 100, 6).invocationsPerIteration(DEEP ? 10_000 : 400);
    }

    /// The stress test with the scenarios that are added to it.
    public static StressOptions stressOfGiven() {
        return new StressOptions().iterations(0).invocationsPerIteration(DEEP ? 500_000 : 800);
    }

    private static <O extends Options<O, ?>> O drawn(O options, int deep, int brief) {
        return options.iterations(DEEP ? deep : brief).threads(THREADS).actorsPerThread(DEEP ? 3 : 2)
                .actorsBefore(DEEP ? 2 : 1).actorsAfter(1);
    }

    /// A scenario: what each thread does, by the names of operations, `name:1` for one with a number as its parameter, and
    /// then the method of the class that is marked [Validate], if there is one.
    public static ExecutionScenario scenario(Class<?> operations, String... threads) {
        List<List<Actor>> parallel = new ArrayList<>();
        for (String thread : threads) {
            parallel.add(Arrays.stream(thread.split(" ")).map(name -> actor(operations, name)).toList());
        }
        Actor validation = Arrays.stream(operations.getMethods())
                .filter(method -> method.isAnnotationPresent(Validate.class))
                .map(Interleavings::actor).findFirst().orElse(null);
        return new ExecutionScenario(List.of(), parallel, List.of(), validation);
    }

    private static Actor actor(Class<?> operations, String step) {
        int colon = step.indexOf(':');
        try {
            if (colon < 0) {
                return actor(operations.getMethod(step));
            }
            return new Actor(operations.getMethod(step.substring(0, colon), int.class),
                    List.of(Integer.valueOf(step.substring(colon + 1))));
        } catch (NoSuchMethodException e) {
            throw new AssertionError(e);
        }
    }

    private static Actor actor(Method method) {
        return new Actor(method, List.of());
    }
}
