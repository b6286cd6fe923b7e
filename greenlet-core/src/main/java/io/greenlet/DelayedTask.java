package io.greenlet;

import java.util.concurrent.Callable;
import java.util.concurrent.Future;

import org.jspecify.annotations.Nullable;

/// A green thread that a timer starts. Ended before that, it takes its timer back.
final class DelayedTask<T extends @Nullable Object> extends GreenTask<T> {

    private @Nullable Spawner owner; // of the timer's thread once scheduled; let go when it has been asked
    private final @Nullable ClassLoader contextClassLoader;
    private volatile @Nullable HubTimer timer;
    private boolean began; // of the running thread, or of who ends it before it has one

    DelayedTask(Hub hub, Callable<? extends T> body, @Nullable Spawner owner) {
        super(hub, body);
        contextClassLoader = Thread.currentThread().getContextClassLoader();
        this.owner = owner;
    }

    /// A detached one, for a callback.
    DelayedTask(Hub hub, Runnable body) {
        super(hub, body);
        owner = null;
        contextClassLoader = Thread.currentThread().getContextClassLoader();
    }

    @Override
    protected @Nullable ClassLoader contextClassLoader() {
        return contextClassLoader;
    }

    /// Starts the task when the time has come, unless the timer is cancelled or the hub has closed.
    HubTimer callAfter(long delayNanos) {
        Runnable fire = () -> {
            if (!hub().isClosed()) {
                start();
            }
        };
        HubTimer scheduled = hub().schedule(delayNanos, fire);
        if (delayNanos <= 0 && scheduled.cancel()) {
            fire.run(); // at once is in its place among those that are ready, not when a timer gets to it
        }
        return scheduled;
    }

    @Override
    boolean isScheduled() {
        HubTimer scheduled = timer;
        return scheduled != null && scheduled.isPending();
    }

    void startAfter(long delayNanos) {
        hub().enlist(this);
        HubTimer scheduled = hub().schedule(delayNanos, this::due);
        timer = scheduled;
        if (delayNanos <= 0 && scheduled.cancel()) {
            due();
            return;
        }
        if (hasOutcome()) {
            scheduled.cancel(); // killed before it could see its timer
        }
    }

    private void due() {
        Spawner spawner = owner;
        owner = null;
        if (spawner != null && spawner.hasEnded()) {
            GreenletExit dropped = new GreenletExit(name() + " was dropped: its spawner ended before it was due");
            hub().spawnN(() -> kill(dropped)); // its links may block, the timer must not
            return;
        }
        start();
    }

    @Override
    protected void beginning() {
        began = true;
    }

    @Override
    protected void ended(Future.State outcome, @Nullable Throwable error) {
        HubTimer scheduled = timer;
        if (scheduled != null) {
            scheduled.cancel();
        }
        if (!began) { // else its thread does, when it has ended
            hub().delist(this);
        }
    }
}
