package io.greenlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.Reference;
import java.lang.reflect.Method;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
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
import org.junit.jupiter.params.provider.MethodSource;

/// What the tests of all that must hold on every hub, from every kind of thread, are built on: each of their methods runs
/// once per [Scene], in a thread of the scene's kind.
///
/// A new hub joins all of them as one more [HubKind].
///
/// After each test nothing may be left: its threads and green threads have ended, no timer is pending, and no failure was
/// reported that the test did not take.
@ParameterizedClass(name = "{0}")
@MethodSource("io.greenlet.HubContract#scenes")
@ExtendWith(HubContract.InTheThreadOfTheScene.class)
@Timeout(60)
public abstract class HubContract {

    /// Whether the long runs are on: `mvn verify -Pdeep`.
    protected static final boolean DEEP = Boolean.getBoolean("greenlet.deep");

    private static final long LONGEST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(30);

    /// A hub under test. The one place to add the next.
    public enum HubKind {
        /// The JDK's scheduler.
        PARALLEL {
            @Override
            Hub open() {
                return Hub.parallel();
            }
        };

        abstract Hub open();
    }

    /// The kind of thread that calls.
    public enum Caller {
        PLATFORM_THREAD {
            @Override
            void start(Hub hub, Runnable body) {
                Thread.ofPlatform().daemon().start(body);
            }
        },
        VIRTUAL_THREAD {
            @Override
            void start(Hub hub, Runnable body) {
                Thread.ofVirtual().start(body);
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
    public record Scene(HubKind hub, Caller caller) {
        @Override
        public String toString() {
            return hub + " from a " + caller;
        }
    }

    /// What reached the failure handler.
    ///
    /// @param source what failed
    /// @param error what was thrown
    protected record Report(String source, Throwable error) {}

    /// A thread of the scene's kind that does something for the test.
    ///
    /// @param <T> what it returns
    protected static final class Actor<T extends @Nullable Object> {

        private final FutureTask<T> outcome;
        private final CompletableFuture<Thread> thread = new CompletableFuture<>();

        Actor(Callable<T> body) {
            outcome = new FutureTask<>(body);
        }

        void act() {
            thread.complete(Thread.currentThread());
            outcome.run();
        }

        /// Returns its thread, when it has begun.
        public Thread thread() {
            return thread.join();
        }

        /// Says whether it is over.
        public boolean isDone() {
            return outcome.isDone();
        }

        /// Waits for what it returns, or throws what it threw.
        @SuppressWarnings("ThrowSpecificity")
        public T result() throws Exception {
            try {
                return outcome.get();
            } catch (ExecutionException e) {
                switch (Objects.requireNonNull(e.getCause())) {
                    case Exception cause -> throw cause;
                    case Error cause -> throw cause;
                    case Throwable cause -> throw e;
                }
            }
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

    /// Every hub with every kind of caller.
    static Stream<Scene> scenes() {
        return Stream.of(HubKind.values())
                .flatMap(hub -> Stream.of(Caller.values()).map(caller -> new Scene(hub, caller)));
    }

    @BeforeEach
    final void openTheHub() {
        hub = scene.hub().open();
        handlerBefore = hub.failureHandler();
        timersBefore = hub.snapshot().timers();
        recordFailures();
    }

    @AfterEach
    final void nothingIsLeft() {
        hub.setFailureHandler(handlerBefore);
        waitUntil("all threads of the test have ended", () -> actors.stream().noneMatch(a -> a.thread().isAlive()));
        waitUntil("all green threads of the test have ended", () -> spawned.stream().allMatch(GreenThread::isDone));
        waitUntil("no timer is pending", () -> hub.snapshot().timers() <= timersBefore);
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

    /// Starts one more thread of the scene's kind.
    protected final <T extends @Nullable Object> Actor<T> fork(Callable<T> body) {
        Actor<T> actor = new Actor<>(body);
        actors.add(actor);
        scene.caller().start(hub, actor::act);
        return actor;
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

    /// Waits, in turns with others, until something has become true.
    protected static void waitUntil(String what, BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - start).as("waited too long until " + what).isLessThan(LONGEST_WAIT_NANOS);
            Hub.current().yieldNow();
        }
    }

    /// Waits until a thread waits, with a limit or without.
    protected static void waitUntilParked(Thread thread) {
        waitUntil(thread + " waits", () -> switch (thread.getState()) {
            case WAITING, TIMED_WAITING -> true;
            case NEW, RUNNABLE, BLOCKED -> false;
            case TERMINATED -> throw new AssertionError(thread + " has ended instead of waiting");
        });
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
                var _ = actor.result();
            } catch (InterruptedException e) { // the time limit of the class
                AssertionError stuck = new AssertionError("the test hangs: " + context.getDisplayName());
                stuck.setStackTrace(actor.thread().getStackTrace());
                actor.thread().interrupt();
                e.addSuppressed(stuck);
                throw e;
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
