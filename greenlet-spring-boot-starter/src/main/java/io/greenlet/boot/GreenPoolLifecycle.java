package io.greenlet.boot;

import org.springframework.context.SmartLifecycle;

/// Closes the pools when the context stops: after the web server has answered its last request, in the phase in which
/// Spring stops executors.
///
/// Not pauseable: a closed pool stays closed, and a context that is only paused between tests goes on.
final class GreenPoolLifecycle implements SmartLifecycle {

    /// Where Spring stops its executors too.
    static final int PHASE = Integer.MAX_VALUE / 2;

    private final GreenPoolDisposal disposal;
    private volatile boolean running;

    GreenPoolLifecycle(GreenPoolDisposal disposal) {
        this.disposal = disposal;
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop() {
        try {
            disposal.closeAll();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            running = false;
        }
    }

    /// Stops in a thread of its own: the context waits for the callback with a time limit, for `stop()` without one.
    @Override
    public void stop(Runnable callback) {
        Thread.ofVirtual().name("greenlet-shutdown").start(() -> {
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
