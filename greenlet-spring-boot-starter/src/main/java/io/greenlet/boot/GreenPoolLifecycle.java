package io.greenlet.boot;

import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/// Closes the pools when the context stops: after the web server has answered its last request, in the phase in which
/// Spring stops executors; and opens them again when it starts again.
///
/// Not pauseable: a context that is only paused, as between tests, goes on with its pools as they are.
final class GreenPoolLifecycle implements SmartLifecycle {

    /// Where Spring stops its executors too.
    static final int PHASE = Integer.MAX_VALUE / 2;

    private final GreenPoolDisposal disposal;
    private volatile boolean running;
    private volatile @Nullable Thread stopping; // written by stop, read by start: they come one after the other

    GreenPoolLifecycle(GreenPoolDisposal disposal) {
        this.disposal = disposal;
    }

    @Override
    public void start() {
        try {
            awaitStop();
            disposal.checkTimes();
            disposal.reopenAll();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while green pools were still closing", e);
        }
        running = true;
    }

    /// A stop may outlast its phase, if that has next to no time.
    private void awaitStop() throws InterruptedException {
        Thread last = stopping;
        if (last != null) {
            last.join();
        }
    }

    @Override
    public void stop() {
        running = false;
        try {
            disposal.closeAll();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Stops in a thread of its own: the context waits for the callback with a time limit, for `stop()` without one. No
    /// virtual one: tasks that keep every processor busy would keep it from killing them.
    @Override
    public void stop(Runnable callback) {
        running = false;
        stopping = Thread.ofPlatform().name("greenlet-shutdown").start(() -> {
            try {
                stop();
            } finally {
                callback.run();
            }
        });
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public boolean isPauseable() {
        return false;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }
}
