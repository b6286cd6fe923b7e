package io.greenlet.boot.test;

import io.greenlet.FailureHandler;
import io.greenlet.SimulatedHub;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// The simulated hub of one test: one of its own, or that of its application context, which begins anew with each test.
///
/// What a green thread throws and nobody receives would only be logged, so it is kept here and fails the test; unless the
/// test sets a failure handler of its own.
final class TestHub implements AutoCloseable {

    private final SimulatedHub hub;
    private final FailureHandler before;
    private final boolean shared;
    private final List<Failure> failures = new CopyOnWriteArrayList<>();

    /// What failed, and how.
    record Failure(String source, Throwable error) {}

    private TestHub(SimulatedHub hub, boolean shared) {
        this.hub = hub;
        this.shared = shared;
        before = hub.failureHandler();
        hub.setFailureHandler((source, error) -> failures.add(new Failure(source, error)));
    }

    static TestHub own(SimulatedHub fresh) {
        return new TestHub(fresh, false);
    }

    static TestHub shared(SimulatedHub ofContext, long seed) {
        ofContext.restart(seed);
        return new TestHub(ofContext, true);
    }

    SimulatedHub hub() {
        return hub;
    }

    List<Failure> failures() {
        return failures;
    }

    /// Ends what the test has left; else a context that closes would wait for it, with nobody there to run the hub.
    @Override
    public void close() {
        hub.setFailureHandler(before);
        if (!shared) {
            hub.close();
        } else if (hub.snapshot().greenThreads() > 0 || hub.snapshot().timers() > 0) {
            hub.restart(hub.seed());
        }
    }
}
