package io.greenlet.boot.observation;

import io.greenlet.GreenThread;
import io.greenlet.boot.GreenPoolPart;
import io.greenlet.boot.GreenletProperties;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolListener;
import io.greenlet.pool.PoolOptions;
import io.greenlet.pool.TaskOutcome;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Observes tasks: their wait from the moment they join the line, their run while their body runs.
///
/// ```
///   spawner ── decorated: who observes it? ── waits ─▶ [wait ············] ─▶ began ─▶ [run: body in scope] ─▶ ended
///                                                        │ killed, left
/// ```
///
/// A decorator sees the spawner and the body, a listener sees the task and how it ends; neither sees both. They meet in
/// the thread that is about to run the body: it hears `began`, and then it runs what was decorated, with nothing of
/// another task in between. A task that runs in place begins when the body around it has long met its own.
///
/// Everything that starts here ends by the pool's word that one of `began`, `ended` and `left` follows `waits`, and that
/// `ended` follows `began`. So nothing stays in the maps.
final class TaskObservations implements GreenPoolPart, PoolListener {

    private final ObservationRegistry registry;
    private final GreenWaitConvention waitConvention;
    private final GreenRunConvention runConvention;

    private final Map<GreenThread<?>, Observation> waits = new ConcurrentHashMap<>();
    private final Map<Thread, Task> beginning = new ConcurrentHashMap<>(); // by the thread that will run the body
    private final Map<GreenThread<?>, Observation> runs = new ConcurrentHashMap<>();

    private record Task(GreenPool pool, GreenThread<?> handle) {}

    TaskObservations(ObservationRegistry registry, GreenWaitConvention waitConvention,
            GreenRunConvention runConvention) {
        this.registry = registry;
        this.waitConvention = waitConvention;
        this.runConvention = runConvention;
    }

    /// How many observations are open.
    int open() {
        return waits.size() + beginning.size() + runs.size();
    }

    // ---- the pool

    /// Next to the body, within all other decorators: one that sets the MDC must not hide the ids of the run's span.
    @Override
    public PoolOptions prepare(PoolOptions options, GreenletProperties.Pool properties) {
        UnaryOperator<Runnable> outer = options.decorator();
        return options.withDecorator(body -> outer.apply(observed(body)));
    }

    @Override
    public void made(GreenPool pool) {
        pool.addListener(this);
    }

    // ---- in the spawner

    private Runnable observed(Runnable body) {
        @Nullable Observation parent = registry.getCurrentObservation();
        return () -> run(parent, body);
    }

    @Override
    public void waits(GreenPool pool, GreenThread<?> task) {
        waits.put(task, Observation.start(waitConvention, () -> new GreenTaskContext.Wait(pool, task), registry));
    }

    @Override
    public void left(GreenPool pool, GreenThread<?> task) {
        stop(waits.remove(task), "left");
    }

    // ---- in the thread that runs the body

    @Override
    public void began(GreenPool pool, GreenThread<?> task, Duration waited) {
        stop(waits.remove(task), "began");
        beginning.put(Thread.currentThread(), new Task(pool, task));
    }

    private void run(@Nullable Observation parent, Runnable body) {
        Task task = beginning.remove(Thread.currentThread());
        if (task == null) {
            body.run(); // a decorator has handed it to another thread
            return;
        }
        Observation run = Observation.createNotStarted(runConvention,
                () -> new GreenTaskContext.Run(task.pool(), task.handle()), registry);
        if (isSwitchedOff(run)) {
            body.run(); // with what the spawner observes in scope
        } else {
            observe(parent == null ? run : run.parentObservation(parent), task, body);
        }
    }

    private void observe(Observation run, Task task, Runnable body) {
        runs.put(task.handle(), run.start());
        try (Observation.Scope _ = run.openScope()) {
            body.run();
        } catch (Throwable e) {
            run.error(e instanceof CompletionException && e.getCause() != null ? e.getCause() : e);
            throw e;
        }
    }

    @Override
    public void ended(GreenPool pool, GreenThread<?> task, TaskOutcome outcome, Duration ran) {
        String name = outcome.name().toLowerCase(Locale.ROOT).replace('_', '-');
        stop(waits.remove(task), name);
        stop(runs.remove(task), name);
        beginning.remove(Thread.currentThread(), new Task(pool, task)); // killed between the two
    }

    private static void stop(@Nullable Observation observation, String outcome) {
        if (observation == null) {
            return;
        }
        if (observation.getContext() instanceof GreenTaskContext context) {
            context.end(outcome);
        }
        observation.stop();
    }

    /// Whether the registry has given us an observation that observes nothing, as predicates have it do.
    private static boolean isSwitchedOff(Observation observation) {
        return !(observation.getContext() instanceof GreenTaskContext);
    }
}
