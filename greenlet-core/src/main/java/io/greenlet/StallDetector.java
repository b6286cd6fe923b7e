package io.greenlet;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Watches a hub that runs one green thread at a time, and reports one that does not let go: it computes, or it is in a
/// JDK blocking call that this hub does not see.
///
/// It looks now and then whether the same green thread has run without a switch since it last looked; the hub itself
/// does nothing for it. A stall is reported once it has lasted as long as the limit, then each time it has lasted twice
/// as long as at the last report.
///
/// eventlet: `debug.hub_blocking_detection` (there, by a signal that raises in the code at fault).
public final class StallDetector implements AutoCloseable {

    /// A green thread that holds its hub.
    ///
    /// @param thread which one
    /// @param held for how long at least
    /// @param stack where it is, innermost first
    public record Stall(GreenThread<?> thread, Duration held, List<StackTraceElement> stack) {

        /// Makes a stall with a stack of its own.
        public Stall {
            stack = List.copyOf(stack);
        }

        @Override
        public String toString() {
            StringBuilder text = new StringBuilder().append(thread).append(" has held ").append(thread.hub())
                    .append(" for ").append(held.toMillis()).append(" ms");
            stack.forEach(frame -> text.append("\n    at ").append(frame));
            return text.toString();
        }
    }

    private static final int LOOKS_PER_LIMIT = 4;

    private final SerialHub hub;
    private final long limitNanos;
    private final Consumer<? super Stall> listener;
    private volatile boolean closed;
    private volatile @Nullable HubTimer next;

    // What the last look saw. Of the timers' thread.
    private long switches = -1;
    private @Nullable GreenTask<?> running;
    private long since;
    private long reportAt;

    StallDetector(SerialHub hub, Duration limit, Consumer<? super Stall> listener) {
        this.hub = hub;
        this.limitNanos = Hub.nanos(limit);
        this.listener = Objects.requireNonNull(listener, "listener");
        if (limitNanos <= 0) {
            throw new IllegalArgumentException("limit must be positive: " + limit);
        }
        lookLater();
    }

    /// Stops watching.
    @Override
    public void close() {
        closed = true;
        HubTimer pending = next;
        if (pending != null) {
            pending.cancel();
        }
    }

    private void lookLater() {
        next = Hub.parallel().schedule(Math.max(1, limitNanos / LOOKS_PER_LIMIT), this::look);
        if (closed) {
            close();
        }
    }

    @SuppressWarnings("ReferenceEquality") // tasks are told apart by identity
    private void look() {
        if (closed || hub.isClosed()) {
            return;
        }
        long now = Hub.parallel().nanoTime();
        long seen = hub.switches();
        GreenTask<?> task = hub.running();
        if (task == null || task != running || seen != switches) {
            running = task;
            switches = seen;
            since = now;
            reportAt = limitNanos;
        } else if (now - since >= reportAt) {
            reportAt = 2 * (now - since);
            report(task, now - since);
        }
        lookLater();
    }

    /// In a platform thread: the stall may be holding the carriers of virtual ones, and the listener may block.
    private void report(GreenTask<?> task, long heldNanos) {
        Thread thread = task.runner();
        if (thread == null) {
            return;
        }
        Stall stall = new Stall(task, Duration.ofNanos(heldNanos), List.of(thread.getStackTrace()));
        Thread.ofPlatform().daemon().name("greenlet-stall").inheritInheritableThreadLocals(false).start(() -> {
            try {
                listener.accept(stall);
            } catch (Throwable e) {
                hub.failed("stall listener", e);
            }
        });
    }
}
