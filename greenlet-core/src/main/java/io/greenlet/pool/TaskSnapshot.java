package io.greenlet.pool;

import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;

/// A task of a pool at one moment.
///
/// @param id the green thread's number
/// @param name the green thread's name
/// @param threadId the number of its virtual thread in a thread dump, 0 if it has none yet or has just ended
/// @param age how long its body has been running; zero if it has a slot and has not begun. On the parallel hub, in a busy
///     pool without listeners, it may be too long by some milliseconds, by more when the hub's timers are late: tasks that
///     begin at once are then all counted from the hub's last tick
/// @param description what it does, as its spawner says in [TaskOptions]; null if nothing is said
/// @param spawnedAt where it was spawned, if that was recorded ([io.greenlet.Hub#recordSpawns(boolean)]), else null
/// @param stack where it is, innermost frame first; empty if it has not begun or has just ended
public record TaskSnapshot(long id, String name, long threadId, Duration age, @Nullable String description,
        @Nullable StackTraceElement spawnedAt, List<StackTraceElement> stack) {

    /// Copies the stack.
    public TaskSnapshot {
        stack = List.copyOf(stack);
    }
}
