package io.greenlet.boot.webmvc;

import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.SmartLifecycle;

/// Has requests in the pool's line answered before the web server's own graceful shutdown, which knows only of those
/// that have begun.
///
/// Not pauseable: a server whose socket has been closed does not open it again.
final class RequestPoolLifecycle implements SmartLifecycle {

    static final int PHASE = WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE + 512;

    private final RequestPool requests;
    private final boolean graceful;
    private volatile boolean running;

    RequestPoolLifecycle(RequestPool requests, boolean graceful) {
        this.requests = requests;
        this.graceful = graceful;
    }

    @Override
    public void start() {
        running = true;
    }

    /// Not called by a context, which gives a callback.
    @Override
    public void stop() {
        running = false;
    }

    @Override
    public void stop(Runnable callback) {
        running = false;
        if (graceful) {
            requests.finish(callback);
        } else {
            callback.run();
        }
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
