package io.greenlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.Reference;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.ArgumentsProvider;
import org.junit.jupiter.params.provider.ArgumentsSource;
import org.junit.jupiter.params.support.ParameterDeclarations;

/// What the tests of all that must hold on every hub, from every kind of thread, are built on: each of their methods runs
/// once per [Scene], in a thread of the scene's kind.
///
/// A new hub joins all of them as one more [HubKind].
///
/// On a hub that passes a baton a blocking call of the JDK holds everybody up, so what a test waits for it awaits with
/// greenlet's own means: a [Latch], an [Actor], an event. On the simulated hub the test itself is a green thread, which the
/// thread of JUnit runs together with all that it starts, in several orders.
///
/// After each test nothing may be left: its threads and green threads have ended, no timer is pending, and no failure was
/// reported that the test did not take.
@ParameterizedClass(name = "{0}")
@ArgumentsSource(HubContract.Scenes.class)
@ExtendWith(HubContract.InTheThreadOfTheScene.class)
@Timeout(60)
public abstract class HubContract {

    /// Whether the long runs are on: `mvn verify -Pdeep`.
    protected static final boolean DEEP = Boolean.getBoolean("greenlet.deep");

    private static final long LONGEST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(30);

    /// How many orders of the simulated hub are tried.
    private static final int SEEDS = DEEP ? 50 : 3;

    /// A hub under test. The one place to add the next.
    public enum HubKind {
        /// The JDK's scheduler.
        PARALLEL {
            @Override
            Hub open(long seed) {
                return Hub.parallel();
            }
        },
        /// One at a time, in order, on a carrier of the hub's own: what the tests' JVM allows.
        OWN_CARRIER {
            @Override
            Hub open(long seed) {
                return Hub.cooperative("own-carrier");
            }
        },
        /// One at a time, in order, by a baton: what the cooperative hub is in other JVMs.
        BATON {
            @Override
            Hub open(long seed) {
                return new BatonHub("baton");
            }
        },
        /// One at a time, in an order drawn from a seed.
        SIMULATED {
            @Override
            Hub open(long seed) {
                return Hub.simulated(seed);
            }
        };

        abstract Hub open(long seed);
    }

    /// The kind of thread that calls.
    public enum Caller {
        PLATFORM_THREAD {
            @Override
            void start(Hub hub, Runnable body) {
                Thread.ofPlatform().daemon().name("caller").start(body);
            }
        },
        VIRTUAL_THREAD {
            @Override
            void start(Hub hub, Runnable body) {
                Thread.ofVirtual().name("caller").start(body);
            }
        },
        GREEN_THREAD {
            @Override
            void start(Hub hub, Runnable body) {
                hub.spawnN(body);
            }
        };

        abstract void start(Hub hub, Runnable body);
    }

    /// Which hub is tested, and who calls it.
    ///
    /// @param hub the hub
    /// @param caller the kind of thread the test runs in, and those that it forks
    /// @param seed where a simulated hub's order comes from
    public record Scene(HubKind hub, Caller caller, long seed) {
        @Override
        public String toString() {
            return hub + " from a " + caller + (hub == HubKind.SIMULATED ? ", seed " + seed : "");
        }
    }

    /// Every hub with every kind of caller. A simulated hub runs nobody but its own green threads.
    static final class Scenes implements ArgumentsProvider {

        @Override
        public Stream<Arguments> provideArguments(ParameterDeclarations parameters, ExtensionContext context) {
            OnlyOn only = context.getRequiredTestClass().getAnnotation(OnlyOn.class);
            if (only == null) {
                return Stream.of(HubKind.values()).flatMap(Scenes::scenes).map(Arguments::of);
            }
            Set<Caller> callers = Set.of(only.from());
            return Stream.of(only.value()).flatMap(Scenes::scenes).filter(scene -> callers.contains(scene.caller()))
                    .map(Arguments::of);
        }

        private static Stream<Scene> scenes(HubKind hub) {
            return switch (hub) {
                case PARALLEL, OWN_CARRIER, BATON ->
                    Stream.of(Caller.values()).map(caller -> new Scene(hub, caller, 0));
                case SIMULATED -> LongStream.rangeClosed(1, SEEDS)
                        .mapToObj(seed -> new Scene(hub, Caller.GREEN_THREAD, seed));
            };
        }
    }

    /// What reached the failure handler.
    ///
    /// @param source what failed
    /// @param error what was thrown
    protected record Report(String source, Throwable error) {}

    /// A thread that does something for the test.
    ///
    /// @param <T> what it returns
    protected static final class Actor<T extends @Nullable Object> {

        private final HubContract test;
        private final Callable<T> body;
        private final Latch begun = new Latch(1);
        private final Latch ended = new Latch(1);
        private volatile @Nullable Thread thread;
        private @Nullable T value; // written before ended
        private @Nullable Throwable error; // written before ended

        Actor(HubContract test, Callable<T> body) {
            this.test = test;
            this.body = body;
        }

        void act() {
            thread = Thread.currentThread();
            begun.countDown();
            try {
                value = body.call();
            } catch (Throwable e) {
                error = e;
            } finally {
                ended.countDown();
            }
        }

        /// Returns its thread, when it has begun.
        public Thread thread() {
            begun.awaitUninterruptibly();
            return Objects.requireNonNull(thread);
        }

        /// Interrupts it, when it has begun.
        public void interrupt() {
            test.interrupt(thread());
        }

        /// Says whether it is over.
        public boolean isDone() {
            return ended.count() == 0;
        }

        /// Waits for what it returns, or throws what it threw.
        @SuppressWarnings({"ThrowSpecificity", "NullAway"}) // the value is what the body returned
        public T result() throws Exception {
            ended.await();
            switch (error) {
                case null -> {
                    return value;
                }
                case Exception cause -> throw cause;
                case Error cause -> throw cause;
                case Throwable cause -> throw new AssertionError(cause);
            }
        }

        void interruptIfBegun() {
            Thread mine = thread;
            if (mine != null) {
                test.interrupt(mine);
            }
        }

        boolean isGone() {
            Thread mine = thread;
            return mine != null && !mine.isAlive();
        }
    }

    @Parameter
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    private Scene scene;

    private final Queue<Actor<?>> actors = new ConcurrentLinkedQueue<>();
    private final Queue<GreenThread<?>> spawned = new ConcurrentLinkedQueue<>();
    private final Queue<Report> reports = new ConcurrentLinkedQueue<>();
    private Hub hub = Hub.parallel();
    private FailureHandler handlerBefore = hub.failureHandler();
    private int timersBefore;
    private volatile boolean failed;

    @BeforeEach
    final void openTheHub() {
        hub = scene.hub().open(scene.seed());
        handlerBefore = hub.failureHandler();
        timersBefore = hub.snapshot().timers();
        recordFailures();
    }

    @AfterEach
    final void nothingIsLeft() {
        hub.setFailureHandler(handlerBefore);
        if (failed) {
            actors.forEach(Actor::interruptIfBegun);
            hub.close();
            return;
        }
        waitUntil("all threads of the test have ended", () -> actors.stream().allMatch(Actor::isGone));
        waitUntil("all green threads of the test have ended", () -> spawned.stream().allMatch(GreenThread::isDone));
        waitUntil("no timer is pending", () -> hub.snapshot().timers() <= timersBefore);
        if (hub instanceof SerialHub serial) {
            waitUntil("no green thread is left", () -> serial.tasks().isEmpty());
        }
        hub.close();
        assertThat(reports).as("failures nobody expected").isEmpty();
    }

    /// Returns the hub under test.
    protected final Hub hub() {
        return hub;
    }

    /// Returns the kind of thread the test runs in.
    protected final Caller caller() {
        return scene.caller();
    }

    /// Returns whether the test has failed, so that what it leaves behind says nothing.
    protected final boolean hasFailed() {
        return failed;
    }

    /// Starts one more thread of the scene's kind.
    protected final <T extends @Nullable Object> Actor<T> fork(Callable<T> body) {
        return fork(scene.caller(), body);
    }

    /// Starts a thread of another kind than the scene's. On the simulated hub there is no other.
    protected final <T extends @Nullable Object> Actor<T> forkOther(Callable<T> body) {
        if (scene.hub() == HubKind.SIMULATED) {
            return fork(body);
        }
        return fork(scene.caller() == Caller.PLATFORM_THREAD ? Caller.VIRTUAL_THREAD : Caller.PLATFORM_THREAD, body);
    }

    private <T extends @Nullable Object> Actor<T> fork(Caller caller, Callable<T> body) {
        Actor<T> actor = new Actor<>(this, body);
        actors.add(actor);
        caller.start(hub, actor::act);
        return actor;
    }

    /// Interrupts a thread: as anybody does, or, on the simulated hub, as its own primitives do, since only they let the
    /// hub know whose turn has come.
    protected final void interrupt(Thread thread) {
        if (scene.hub() == HubKind.SIMULATED) {
            hub.interrupt(thread);
        } else {
            thread.interrupt();
        }
    }

    /// Spawns on the hub under test, and expects the green thread to be over after the test.
    protected final <T extends @Nullable Object> GreenThread<T> spawn(Callable<? extends T> body) {
        GreenThread<T> green = hub.spawn(body);
        spawned.add(green);
        return green;
    }

    /// Makes the hub's failure handler the one that notes what it gets.
    protected final void recordFailures() {
        hub.setFailureHandler((source, error) -> reports.add(new Report(source, error)));
    }

    /// Waits for a failure to be reported, and takes it.
    protected final Report takeReport() {
        waitUntil("a failure is reported", () -> !reports.isEmpty());
        return reports.remove();
    }

    /// Takes the failures that were reported so far.
    protected final List<Report> takeReports() {
        List<Report> taken = new ArrayList<>();
        for (Report report = reports.poll(); report != null; report = reports.poll()) {
            taken.add(report);
        }
        return taken;
    }

    /// Lets others of the caller's hub run, and virtual time pass. The interrupt flag stays as it is.
    protected static void letOthersRun() {
        letOthersRun(1_000);
    }

    private static void letOthersRun(long virtualNanos) {
        Hub here = Hub.current();
        if (!(here instanceof SimulatedHub)) {
            here.yieldNow();
            return;
        }
        boolean flagged = Thread.interrupted();
        here.parkNanos("others", virtualNanos);
        if (flagged) {
            Thread.currentThread().interrupt();
        }
    }

    /// Waits, in turns with others, until something has become true.
    protected static void waitUntil(String what, BooleanSupplier condition) {
        long start = System.nanoTime();
        for (long looks = 1; !condition.getAsBoolean(); looks++) {
            assertThat(System.nanoTime() - start).as("waited too long until " + what).isLessThan(LONGEST_WAIT_NANOS);
            letOthersRun(Math.min(looks, 100) * 1_000);
        }
    }

    /// Waits until a thread waits, with a limit or without. On a hub that chooses who runs, one that only waits for its turn
    /// does not.
    protected final void waitUntilParked(Thread thread) {
        waitUntil(thread + " waits", () -> switch (hub.stateOf(thread)) {
            case WAITING -> (scene.hub() == HubKind.SIMULATED && thread.isAlive()) || isParked(thread);
            case BLOCKING -> isParked(thread);
            case SCHEDULED, READY, RUNNING -> false;
        });
    }

    /// Waits until a thread that is none of the hub's waits.
    static void waitUntilBlocked(Thread thread) {
        waitUntil(thread + " waits", () -> isParked(thread));
    }

    private static boolean isParked(Thread thread) {
        return switch (thread.getState()) {
            case WAITING, TIMED_WAITING -> true;
            case NEW, RUNNABLE, BLOCKED -> false;
            case TERMINATED -> throw new AssertionError(thread + " has ended instead of waiting");
        };
    }

    /// Waits until the garbage collector has found that nothing holds the referent.
    protected static void waitUntilCollected(Reference<?> reference) {
        waitUntil("the referent is collected", () -> {
            System.gc();
            return reference.refersTo(null);
        });
    }

    /// Lets time pass on the hub's clock.
    protected final void waitUntilHubTime(long nanoTime) {
        waitUntil("the hub's clock shows the time", () -> hub.nanoTime() - nanoTime >= 0);
    }

    /// Runs each test method in a thread of its scene.
    static final class InTheThreadOfTheScene implements InvocationInterceptor {

        @Override
        public void interceptTestMethod(Invocation<@Nullable Void> invocation,
                ReflectiveInvocationContext<Method> method, ExtensionContext context) throws Throwable {
            perform(invocation, context);
        }

        @Override
        public void interceptTestTemplateMethod(Invocation<@Nullable Void> invocation,
                ReflectiveInvocationContext<Method> method, ExtensionContext context) throws Throwable {
            perform(invocation, context);
        }

        private static void perform(Invocation<@Nullable Void> invocation, ExtensionContext context) throws Throwable {
            HubContract test = context.getRequiredTestInstances().findInstance(HubContract.class).orElseThrow();
            Actor<String> actor = test.fork(() -> proceed(invocation));
            try {
                if (test.hub() instanceof SimulatedHub simulated) {
                    run(simulated, actor);
                }
                var _ = actor.result();
            } catch (InterruptedException e) { // the time limit of the class
                test.failed = true;
                AssertionError stuck = new AssertionError("the test hangs: " + context.getDisplayName());
                stuck.setStackTrace(actor.thread().getStackTrace());
                actor.interrupt();
                e.addSuppressed(stuck);
                throw e;
            } catch (Throwable e) {
                test.failed = true;
                throw e;
            }
        }

        /// Runs the simulation. A test that fails and leaves others waiting is to say why it failed.
        private static void run(SimulatedHub hub, Actor<String> actor) throws Exception {
            try {
                hub.run();
            } catch (CancellationException e) {
                Thread.interrupted();
                InterruptedException interrupt = new InterruptedException(e.getMessage());
                interrupt.initCause(e);
                throw interrupt;
            } catch (IllegalStateException stuck) {
                if (actor.isDone()) {
                    var _ = actor.result();
                }
                throw stuck;
            }
        }

        private static String proceed(Invocation<@Nullable Void> invocation) throws Exception {
            try {
                invocation.proceed();
                return "done";
            } catch (Exception | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }
    }
}
