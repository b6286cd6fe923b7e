package io.greenlet.pool;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A task in a pool's line at one moment.
///
/// @param id the green thread's number
/// @param name the green thread's name
/// @param waited how long it, or its caller, has stood in line
/// @param description what it does, as its spawner says in [TaskOptions]; null if nothing is said
/// @param spawnedAt where it was spawned, if that was recorded ([io.greenlet.Hub#recordSpawns(boolean)]), else null
/// @param callerId the number of the thread that waits with it, 0 if its caller has gone on
/// @param caller the name of that thread, null if its caller has gone on
/// @param stack where that thread is, innermost frame first; empty if its caller has gone on
public record WaitingSnapshot(long id, String name, Duration waited, @Nullable String description,
        @Nullable StackTraceElement spawnedAt, long callerId, @Nullable String caller, List<StackTraceElement> stack) {

    /// Copies the stack.
    public WaitingSnapshot {
        stack = List.copyOf(stack);
    }

    /// Says whether its caller has gone on.
    ///
    /// @return whether nobody waits with it
    public boolean queued() {
        return caller == null;
    }
}
