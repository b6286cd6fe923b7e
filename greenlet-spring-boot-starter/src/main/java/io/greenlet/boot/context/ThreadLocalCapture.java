package io.greenlet.boot.context;

import io.micrometer.context.ContextSnapshot;
import io.micrometer.context.ContextSnapshotFactory;

/// Takes the thread-locals that Micrometer's context propagation knows: the observation (and with it the span), Spring
/// Security's context, and what the application has registered.
final class ThreadLocalCapture implements TaskCapture {

    private final ContextSnapshotFactory snapshots;

    ThreadLocalCapture(ContextSnapshotFactory snapshots) {
        this.snapshots = snapshots;
    }

    /// A factory whose snapshots clear what the spawner did not have: a task that runs in its caller, or in the task
    /// that awaits it, must not see what that thread has.
    static ContextSnapshotFactory clearing() {
        return ContextSnapshotFactory.builder().clearMissing(true).build();
    }

    @Override
    public Runnable apply(Runnable body) {
        ContextSnapshot captured = snapshots.captureAll();
        return () -> {
            try (ContextSnapshot.Scope _ = captured.setThreadLocals()) {
                body.run();
            }
        };
    }
}
