package io.greenlet;

import java.util.List;

import org.jspecify.annotations.Nullable;

/// A green thread at one moment.
///
/// @param id its number on its hub
/// @param name its name
/// @param state what it is doing
/// @param parent the number of the green thread that spawned it, if there is one and it lives
/// @param spawnedAt where it was spawned, if that was recorded ([Hub#recordSpawns(boolean)])
/// @param waitsFor what it waits for, in words, if it does; that may show values, such as the elements of a queue
/// @param blocker what it waits for, as the name of its class and a number that tells it from others of that class, if
///     it does; this shows no values
/// @param stack where it is, innermost first; empty before it begins
public record GreenThreadSnapshot(long id, String name, GreenThreadState state, @Nullable Long parent,
        @Nullable StackTraceElement spawnedAt, @Nullable String waitsFor, @Nullable String blocker,
        List<StackTraceElement> stack) {

    /// Makes a snapshot with a stack of its own.
    public GreenThreadSnapshot {
        stack = List.copyOf(stack);
    }
}
