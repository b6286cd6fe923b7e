package io.greenlet.boot.reactor;

import io.greenlet.Hub;
import io.greenlet.HubTimer;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/// A task that is handed in when it is due, once or again and again.
///
/// ```
///   start ──▶ timer ──▶ due: handed in ──▶ runs ──▶ over
///               ▲                            │
///               └──── the next period ───────┘
/// ```
///
/// A period counts from when the last run was due; one that is missed begins at once. So at any time there is a timer or
/// a run, not both, and each writes its own field.
///
/// Races. A dispose meets a timer or a run that is just being made: whoever writes the field looks at `killed` after that.
/// Disposed in its own run, the run goes on and is the last.
final class Later implements Disposable {

    /// No period.
    static final long ONCE = -1;

    private final Hub hub;
    private final Runnable task;
    private final long periodNanos;
    private final Function<Runnable, Disposable> handIn;
    private final Consumer<Disposable> onEnd;

    private long dueNanos; // of whoever starts it, then of the timers and runs, one after the other
    private volatile @Nullable HubTimer timer;
    private volatile @Nullable Disposable run;
    private volatile @Nullable Thread runner; // while the task runs
    private volatile boolean over;
    private volatile boolean killed; // by a dispose from outside

    Later(Hub hub, Runnable task, long periodNanos, Function<Runnable, Disposable> handIn,
            Consumer<Disposable> onEnd) {
        this.hub = hub;
        this.task = task;
        this.periodNanos = periodNanos;
        this.handIn = handIn;
        this.onEnd = onEnd;
    }

    void start(long delayNanos) {
        dueNanos = hub.nanoTime() + Math.max(0, delayNanos);
        arm(delayNanos);
    }

    private void arm(long delayNanos) {
        HubTimer armed = hub.callAfter(Duration.ofNanos(Math.max(0, delayNanos)), this::due);
        timer = armed;
        if (killed) {
            armed.cancel();
        }
    }

    private void due() {
        if (over) {
            return;
        }
        try {
            Disposable made = handIn.apply(this::run);
            if (!made.isDisposed()) { // else the next one may be there already
                run = made;
            }
            if (killed) {
                made.dispose();
            }
        } catch (RejectedExecutionException e) {
            if (!over) {
                hub.failed("task that is due", e);
            }
            next();
        }
    }

    private void run() {
        if (over) {
            return;
        }
        runner = Thread.currentThread();
        try {
            task.run();
        } finally {
            runner = null;
            next();
        }
    }

    private void next() {
        if (over || periodNanos == ONCE) {
            over = true;
            onEnd.accept(this);
        } else {
            dueNanos += periodNanos;
            arm(dueNanos - hub.nanoTime());
        }
    }

    @Override
    public void dispose() {
        over = true;
        onEnd.accept(this);
        if (Thread.currentThread().equals(runner)) {
            return;
        }
        killed = true;
        HubTimer armed = timer;
        if (armed != null) {
            armed.cancel();
        }
        Disposable made = run;
        if (made != null) {
            made.dispose();
        }
    }

    @Override
    public boolean isDisposed() {
        return over;
    }
}
