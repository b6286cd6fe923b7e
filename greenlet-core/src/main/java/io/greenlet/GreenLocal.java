package io.greenlet;

import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A variable of which each green thread has its own.
///
/// | who | has |
/// |---|---|
/// | a green thread | its own value, until it ends |
/// | a task that runs in the thread of its caller: a full pool's [io.greenlet.pool.WhenFull#CALLER_RUNS], a spawn from one of a full pool's own green threads | its own value, until it ends; its caller's is untouched |
/// | a [Greenlet] | its own value, until it is dead; the main one shares that of its thread |
/// | any other thread | its own value, as with a [ThreadLocal] |
///
/// So what counts is the task, not the thread that happens to run it: a pool task finds the same, nothing, wherever it
/// runs. Nothing is inherited from the spawner; [GreenContext] hands scoped values on.
///
/// The first [#get()] of each computes the initial value anew, and again after a [#remove()]. A value is free for the
/// collector when its green thread has ended, killed or not.
///
/// Thread safety: each thread sees its own value alone, so there is nothing to guard.
///
/// eventlet: `corolocal.local`.
///
/// @param <T> the type of the value
public final class GreenLocal<T extends @Nullable Object> {

    // A green thread's own thread is its alone, and so is a greenlet's. Those in their caller's thread have a TaskScope.
    private final ThreadLocal<T> ofThread;
    private final Supplier<? extends T> initial;

    private GreenLocal(Supplier<? extends T> initial) {
        this.initial = initial;
        ofThread = ThreadLocal.withInitial(initial);
    }

    /// Makes a variable.
    ///
    /// @param initial computes the first value of each green thread, in that green thread
    /// @param <T> the type of the value
    /// @return a new variable
    public static <T extends @Nullable Object> GreenLocal<T> withInitial(Supplier<? extends T> initial) {
        return new GreenLocal<>(Objects.requireNonNull(initial, "initial"));
    }

    /// Returns the caller's value, computed now if it has none.
    ///
    /// @return the value
    @SuppressWarnings({"unchecked", "NullAway"}) // what is kept for this is of its type
    public T get() {
        TaskScope inPlace = TaskScope.inPlace();
        if (inPlace == null) {
            return ofThread.get();
        }
        Map<GreenLocal<?>, @Nullable Object> values = inPlace.locals();
        if (!values.containsKey(this)) {
            T first = initial.get(); // which may look at other variables
            values.put(this, first);
        }
        return (T) values.get(this);
    }

    /// Sets the caller's value.
    ///
    /// @param value the value from now on
    public void set(T value) {
        TaskScope inPlace = TaskScope.inPlace();
        if (inPlace == null) {
            ofThread.set(value);
        } else {
            inPlace.locals().put(this, value);
        }
    }

    /// Takes the caller's value away: the next [#get()] computes it anew.
    public void remove() {
        TaskScope inPlace = TaskScope.inPlace();
        if (inPlace == null) {
            ofThread.remove();
        } else {
            inPlace.locals().remove(this);
        }
    }
}
