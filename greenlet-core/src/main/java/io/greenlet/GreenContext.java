package io.greenlet;

import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Scoped values of one thread, to be bound in another: a green thread inherits none by itself.
///
/// {@snippet class="io.greenlet.snippets.TimeoutSnippetsTests" region="context"}
///
/// | made by | has | in |
/// |---|---|---|
/// | [#capture(ScopedValue...)] | what the caller has bound of those named | every JVM |
/// | [#of(ScopedValue.Carrier)] | what the carrier binds | every JVM |
/// | [#captureAll()] | all that the caller has bound | one where [#canCaptureAll()] |
///
/// For a pool it is a decorator, [#carrying(ScopedValue...)], which captures in the thread that spawns. The values are bound
/// around the body alone, and held for as long as the body is.
///
/// Thread safety: never changes, so that it may be used any number of times, in any thread.
///
/// eventlet: none (contextvars are not inherited there either, and its users ask for it).
public final class GreenContext {

    private final ScopedValue.@Nullable Carrier bindings; // null if there are none

    private GreenContext(ScopedValue.@Nullable Carrier bindings) {
        this.bindings = bindings;
    }

    /// Captures what the calling thread has bound of some scoped values. Those that are not bound here are left alone.
    ///
    /// @param values which to capture
    /// @return their bindings
    public static GreenContext capture(ScopedValue<?>... values) {
        ScopedValue.Carrier bindings = null;
        for (ScopedValue<?> value : values) {
            if (value.isBound()) {
                bindings = bind(bindings, value);
            }
        }
        return new GreenContext(bindings);
    }

    private static <T extends @Nullable Object> ScopedValue.Carrier bind(ScopedValue.@Nullable Carrier bindings,
            ScopedValue<T> value) {
        return bindings == null ? ScopedValue.where(value, value.get()) : bindings.where(value, value.get());
    }

    /// Makes a context of bindings chosen by hand.
    ///
    /// @param bindings what to bind
    /// @return a context of them
    public static GreenContext of(ScopedValue.Carrier bindings) {
        return new GreenContext(Objects.requireNonNull(bindings, "bindings"));
    }

    /// Captures all that the calling thread has bound, whoever has bound it.
    ///
    /// @return the bindings
    /// @throws IllegalStateException in a JVM where they cannot be read
    public static GreenContext captureAll() {
        if (!canCaptureAll()) {
            throw new IllegalStateException("package java.lang must be open to greenlet to capture all scoped values"
                    + " (--add-opens java.base/java.lang=ALL-UNNAMED): name them with capture(..)");
        }
        return new GreenContext(ScopedBindings.ofCaller());
    }

    /// Says whether [#captureAll()] works in this JVM: where the package `java.lang` is open to greenlet.
    ///
    /// @return whether all bindings of a thread can be read
    /// @see Greenlet#inheritsScopedValues()
    public static boolean canCaptureAll() {
        return ScopedBindings.areReadable();
    }

    /// Returns what hands some scoped values on from whoever spawns to the task: for
    /// [io.greenlet.pool.PoolOptions#withDecorator(UnaryOperator)].
    ///
    /// @param values which to hand on
    /// @return a decorator that captures them in the thread that calls it
    public static UnaryOperator<Runnable> carrying(ScopedValue<?>... values) {
        ScopedValue<?>[] named = values.clone();
        return task -> capture(named).decorate(task);
    }

    /// Calls a body with these values bound.
    ///
    /// @param body what to call
    /// @param <T> what the body returns
    /// @return what the body returned
    /// @throws Exception what the body threw
    public <T extends @Nullable Object> T call(Callable<? extends T> body) throws Exception {
        Objects.requireNonNull(body, "body");
        return bindings == null ? body.call() : bindings.<T, Exception>call(body::call);
    }

    /// Runs a body with these values bound.
    ///
    /// @param body what to run
    public void run(Runnable body) {
        Objects.requireNonNull(body, "body");
        if (bindings == null) {
            body.run();
        } else {
            bindings.run(body);
        }
    }

    /// Returns a body that calls another one with these values bound.
    ///
    /// @param body what to call
    /// @param <T> what the body returns
    /// @return what to spawn
    public <T extends @Nullable Object> Callable<T> wrap(Callable<? extends T> body) {
        Objects.requireNonNull(body, "body");
        return () -> call(body);
    }

    /// Returns a body that runs another one with these values bound.
    ///
    /// @param body what to run
    /// @return what to spawn
    public Runnable decorate(Runnable body) {
        Objects.requireNonNull(body, "body");
        return () -> run(body);
    }
}
