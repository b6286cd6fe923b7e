package io.greenlet.pool;

import java.time.Duration;
import java.util.List;

/// A task of a pool at one moment.
///
/// @param id the green thread's number
/// @param name the green thread's name
/// @param threadId the number of its virtual thread in a thread dump, 0 if it has none yet or has just ended
/// @param age how long its body has been running; zero if it has a slot and has not begun
/// @param stack where it is, innermost frame first; empty if it has not begun or has just ended
public record TaskSnapshot(long id, String name, long threadId, Duration age, List<StackTraceElement> stack) {

    /// Copies the stack.
    public TaskSnapshot {
        stack = List.copyOf(stack);
    }
}
