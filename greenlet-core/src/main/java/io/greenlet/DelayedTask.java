package io.greenlet;

import java.util.concurrent.Callable;
import java.util.concurrent.Future;

import org.jspecify.annotations.Nullable;

/// A green thread that a timer starts. Ended before that, it takes its timer back.
final class DelayedTask<T extends @Nullable Object> extends GreenTask<T> {

    private final @Nullable Spawner owner;
    private volatile @Nullable HubTimer timer;

    DelayedTask(Hub hub, Callable<? extends T> body, @Nullable Spawner owner) {
        super(hub, Hub.GREEN, body);
        this.owner = owner;
    }

    void startAfter(long delayNanos) {
        HubTimer scheduled = hub().schedule(delayNanos, this::due);
        timer = scheduled;
        if (isDone()) {
            scheduled.cancel(); // killed before it could see its timer
        }
    }

    private void due() {
        if (owner != null && owner.hasEnded()) {
            kill(new GreenletExit(name() + " was dropped: its spawner ended before it was due"));
            return;
        }
        start();
    }

    @Override
    protected void ended(Future.State outcome, @Nullable Throwable error) {
        HubTimer scheduled = timer;
        if (scheduled != null) {
            scheduled.cancel();
        }
    }
}
