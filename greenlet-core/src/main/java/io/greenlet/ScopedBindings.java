package io.greenlet;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Copies the scoped values of the calling thread, to be bound again in another one.
///
/// JDK 25 hands scoped values on only inside a `StructuredTaskScope`, which is a preview API and ends its threads with
/// the scope that started them; a greenlet outlives the method that made it. There is no public way to ask a thread
/// which values it has. So this reads the JDK's own list of them, where the package `java.lang` is open to greenlet, and
/// builds a [ScopedValue.Carrier] of what it finds; it changes nothing in the JDK. Elsewhere it finds nothing.
final class ScopedBindings {

    private static final @Nullable ScopedBindings READER = open();

    private final MethodHandle current; // () -> Snapshot: of the calling thread
    private final VarHandle outer; // Snapshot: the next one out
    private final VarHandle innermost; // Snapshot: its last Carrier
    private final VarHandle before; // Carrier: the one bound before it
    private final VarHandle key;
    private final VarHandle value;

    private ScopedBindings(MethodHandles.Lookup java) throws ReflectiveOperationException {
        Class<?> snapshot = java.findClass("java.lang.ScopedValue$Snapshot");
        Class<?> carrier = ScopedValue.Carrier.class;
        current = java.findStatic(ScopedValue.class, "scopedValueBindings", MethodType.methodType(snapshot))
                .asType(MethodType.methodType(Object.class));
        outer = java.findVarHandle(snapshot, "prev", snapshot);
        innermost = java.findVarHandle(snapshot, "bindings", carrier);
        before = java.findVarHandle(carrier, "prev", carrier);
        key = java.findVarHandle(carrier, "key", ScopedValue.class);
        value = java.findVarHandle(carrier, "value", Object.class);
    }

    private static @Nullable ScopedBindings open() {
        if (!Object.class.getModule().isOpen("java.lang", ScopedBindings.class.getModule())) {
            return null;
        }
        try {
            return new ScopedBindings(MethodHandles.privateLookupIn(ScopedValue.class, MethodHandles.lookup()));
        } catch (ReflectiveOperationException | RuntimeException e) { // another JDK than 25
            return null;
        }
    }

    /// Whether [#ofCaller()] can tell.
    static boolean areReadable() {
        return READER != null;
    }

    /// The scoped values of the calling thread; null if it has none, or if they cannot be read here.
    static ScopedValue.@Nullable Carrier ofCaller() {
        return READER == null ? null : READER.copy();
    }

    private ScopedValue.@Nullable Carrier copy() {
        Set<ScopedValue<?>> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        ScopedValue.Carrier copy = null;
        for (Object snapshot = snapshot(); snapshot != null; snapshot = outer.get(snapshot)) {
            for (Object bound = innermost.get(snapshot); bound != null; bound = before.get(bound)) {
                ScopedValue<?> name = (ScopedValue<?>) key.get(bound);
                if (seen.add(name) && !isOwn(name)) { // else hidden by an inner one, or who the thread is
                    copy = bind(copy, name, value.get(bound));
                }
            }
        }
        return copy;
    }

    /// Whether it says who a thread is, which another one is not.
    private static boolean isOwn(ScopedValue<?> name) {
        return GreenTask.isIdentity(name) || Coroutine.isIdentity(name);
    }

    private @Nullable Object snapshot() {
        try {
            return (Object) current.invokeExact();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    @SuppressWarnings("unchecked") // the value was bound to this very key
    private static ScopedValue.Carrier bind(ScopedValue.@Nullable Carrier carrier, ScopedValue<?> name,
            @Nullable Object value) {
        ScopedValue<Object> key = (ScopedValue<Object>) name;
        return carrier == null ? ScopedValue.where(key, value) : carrier.where(key, value);
    }
}
