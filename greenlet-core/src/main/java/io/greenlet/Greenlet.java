package io.greenlet;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A symmetric coroutine: a body that stops in the middle to let another one go on, and says which.
///
/// ```java
/// Greenlet caller = Greenlet.current();
/// Greenlet numbers = Greenlet.of(first -> {
///     for (int i = 1; i <= 3; i++) {
///         caller.switchTo(i);
///     }
///     return null;
/// });
/// numbers.switchTo(); // 1, then 2, then 3, then null, and numbers is dead
/// ```
///
/// A switch is a call that returns when somebody switches back, with what that one passed. Nothing is scheduled: control
/// is where the last switch took it.
///
/// ```
///              switchTo               somebody else has the turn
///   PENDING ───────────────▶ CURRENT ◀──────────────────────────▶ SUSPENDED
///      │                        │             switchTo, throwInto     │
///      │ close                  │ the body returns or throws          │ close, abandoned, end of the
///      ▼                        ▼                                     ▼ main thread: GreenletExit
///     DEAD ◀──────────────────────────────────────────────────────────┘
/// ```
///
/// **Trees.** Each greenlet belongs to the thread from which it comes: every thread, green or not, has a *main greenlet*
/// ([#current()] where there was never a switch), and what a greenlet makes belongs to the same tree. Exactly one of a
/// tree has the turn. Each has a virtual thread of its own, but to the rest of the world the tree is one thread: its
/// [GreenThread#current()] and its hub are those of the main thread. A switch from another tree, or without the turn, is
/// an [IllegalStateException] that names both.
///
/// **Parents.** When a body returns, its value goes to its parent, as if that had been switched to; what it throws is
/// thrown there, out of the switch in which the parent waits, as the same object, even a checked exception. A
/// [GreenletExit] that ends a body is not thrown but returned to the parent, as a value. The parent is the greenlet that
/// was current at construction, unless [#setParent(Greenlet)] says otherwise. A switch to a dead greenlet goes to its
/// parent, or the next one up that lives; one that has not begun yet is begun with it.
///
/// **Interruption.** No switch throws `InterruptedException`. An interrupt of any thread of the tree, and so a kill of
/// its green thread or the end of its time, reaches the greenlet that has the turn: its blocking call throws. A flag that
/// is set when the turn is given away goes with it, and ends the first blocking call of the one that gets it. So a tree
/// that is killed unwinds from where control is, through the parents, and never has two running. A body that kills its
/// own green thread is told in the same way, at its next blocking call.
///
/// **The end.** [#close()] ends one that is suspended. When a main thread ends, its suspended greenlets are ended by a
/// [GreenletExit] first, the youngest first: before its links are over if it is a green thread, some time after in
/// another thread. One whose handle nobody has any more can never go on; its body is ended in the same way as soon as the
/// collector has found out, as the last resort: its `finally` blocks then run beside the tree, without the turn, and what
/// they throw goes to the hub's failure handler. So a greenlet that is to be found must not hold its own handle in its
/// body across a switch, nor two each other's: the JVM keeps every parked thread and what is on its stack. In a
/// simulation the collector has no say: there they end with the main thread.
///
/// **Context.** The body sees the context class loader of the greenlet's creator. Its scoped values too, in a JVM where
/// [#inheritsScopedValues()]; elsewhere name them: [#of(Function, ScopedValue.Carrier)]. Thread-locals are its own.
///
/// Thread safety: switches, throws, closes and traces are for the one that has the turn; any thread may ask and set the
/// rest. Memory effects: what one did before it gave the turn away happens-before what the next one does.
///
/// greenlet: `greenlet`.
public final class Greenlet implements AutoCloseable {

    /// What a greenlet is doing.
    public enum State {
        /// It has not begun.
        PENDING,
        /// It waits for somebody to switch to it.
        SUSPENDED,
        /// It has the turn.
        CURRENT,
        /// It is over, or never will begin.
        DEAD
    }

    /// What a [Trace] is told of. There may be more one day.
    public enum Event {
        /// Control came with a value.
        SWITCH,
        /// Control came with an exception.
        THROW;

        /// Returns the name that greenlet gives it.
        ///
        /// @return `switch` or `throw`
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// Is told of every switch of a tree. greenlet: `settrace`.
    @FunctionalInterface
    public interface Trace {

        /// Called in the target, when it has the turn and before it goes on. What this throws is thrown in the target
        /// then, and the trace is removed.
        ///
        /// @param event how control came
        /// @param origin where it came from; dead, if that has ended with this
        /// @param target where it is now
        void traced(Event event, Greenlet origin, Greenlet target);
    }

    final Coroutine self;

    /// A handle of one that exists.
    Greenlet(Coroutine self) {
        this.self = self;
    }

    private static Greenlet create(@Nullable String name, Function<@Nullable Object, @Nullable Object> run,
            ScopedValue.@Nullable Carrier bindings) {
        Coroutine made = new Coroutine(Coroutine.current(), name, run, bindings);
        Greenlet handle = new Greenlet(made);
        made.handle(handle);
        return handle;
    }

    /// Makes a greenlet that has not begun. Its parent is the current one, whose scoped values it inherits where
    /// [#inheritsScopedValues()].
    ///
    /// @param run its body: takes what the first switch passes, and returns what goes to the parent
    /// @return a new greenlet
    public static Greenlet of(Function<@Nullable Object, @Nullable Object> run) {
        return create(null, run, ScopedBindings.ofCaller());
    }

    /// Makes a greenlet with a name, which its thread has too.
    ///
    /// @param name its name, for messages and thread dumps; need not be unique
    /// @param run its body
    /// @return a new greenlet
    /// @see #of(Function)
    public static Greenlet of(String name, Function<@Nullable Object, @Nullable Object> run) {
        return create(Objects.requireNonNull(name, "name"), run, ScopedBindings.ofCaller());
    }

    /// Makes a greenlet with another parent than the current one.
    ///
    /// @param run its body
    /// @param parent its parent
    /// @return a new greenlet
    /// @throws IllegalArgumentException if the parent is of another tree
    /// @see #of(Function)
    public static Greenlet of(Function<@Nullable Object, @Nullable Object> run, Greenlet parent) {
        Greenlet made = of(run);
        made.setParent(parent);
        return made;
    }

    /// Makes a greenlet whose body sees exactly the scoped values given here, in every JVM.
    ///
    /// @param run its body
    /// @param bindings what to bind around the body
    /// @return a new greenlet
    public static Greenlet of(Function<@Nullable Object, @Nullable Object> run, ScopedValue.Carrier bindings) {
        return create(null, run, Objects.requireNonNull(bindings, "bindings"));
    }

    /// Makes a greenlet whose body sees no scoped values.
    ///
    /// @param run its body
    /// @return a new greenlet
    public static Greenlet withoutScopedValues(Function<@Nullable Object, @Nullable Object> run) {
        return create(null, run, null);
    }

    /// Says whether a new greenlet inherits the scoped values of its creator. The JDK lets nobody read them, so this is
    /// so where the package `java.lang` is open to greenlet (`--add-opens java.base/java.lang=ALL-UNNAMED`, where greenlet
    /// is on the module path `=io.greenlet`, or `Add-Opens: java.base/java.lang` in the manifest of an executable jar).
    ///
    /// @return whether scoped values are inherited in this JVM
    public static boolean inheritsScopedValues() {
        return ScopedBindings.areReadable();
    }

    /// Returns the greenlet one is in: the main one of the calling thread unless that is the thread of another.
    /// greenlet: `getcurrent`.
    ///
    /// @return the current greenlet, the same object at each call
    public static Greenlet current() {
        return Coroutine.current().handle();
    }

    // ---- switching

    /// Lets this greenlet go on, and waits until somebody switches back. To oneself, it returns the value; to a dead
    /// one, it goes to the next live parent.
    ///
    /// @param value what the switch in which it waits returns there, or what its body takes if this is the first; may be
    ///     null
    /// @return what was passed with the switch back; null if nothing was
    /// @throws IllegalStateException if the caller is in another tree or does not have the turn
    @CanIgnoreReturnValue
    public @Nullable Object switchTo(@Nullable Object value) {
        Coroutine here = Coroutine.current();
        return here.tree.transfer(here, self, Coroutine.Handover.value(value, here));
    }

    /// Switches to this greenlet with nothing to tell it.
    ///
    /// @return what was passed with the switch back; null if nothing was
    /// @see #switchTo(Object)
    @CanIgnoreReturnValue
    public @Nullable Object switchTo() {
        return switchTo(null);
    }

    /// Raises something in this greenlet: out of the switch in which it waits, here and now if it is the current one. One
    /// that has not begun ends by it, and its body never runs. If it is dead, the next live parent gets it: a
    /// [GreenletExit] as a value, anything else as an exception.
    ///
    /// What the greenlet does not catch goes to *its* parent, which need not be the caller. greenlet: `throw`.
    ///
    /// @param error what to throw there
    /// @return what is passed with the switch back; null if nothing is
    /// @throws IllegalStateException if the caller is in another tree or does not have the turn
    @CanIgnoreReturnValue
    public @Nullable Object throwInto(Throwable error) {
        Objects.requireNonNull(error, "error");
        Coroutine here = Coroutine.current();
        boolean returned = error instanceof GreenletExit && self.isGone();
        return here.tree.transfer(here, self,
                returned ? Coroutine.Handover.value(error, here) : Coroutine.Handover.error(error, here));
    }

    /// Raises a [GreenletExit] in this greenlet.
    ///
    /// @return what is passed with the switch back: the exit itself if it ends by that and the caller is its parent
    /// @see #throwInto(Throwable)
    @CanIgnoreReturnValue
    public @Nullable Object throwInto() {
        return throwInto(new GreenletExit());
    }

    /// Ends this greenlet: raises a [GreenletExit] in it and waits until it has unwound. Whatever its parent, control
    /// comes back here, with what it throws if that is not the exit. One that has not begun never will; one that is dead
    /// stays so; the current one throws the exit here and now; the main one ends all others of its tree.
    ///
    /// @throws IllegalStateException if it goes on instead, and has switched here; or if the caller is in another tree or
    ///     does not have the turn
    @Override
    public void close() {
        Coroutine here = Coroutine.current();
        if (self.isMain()) {
            closeAll(here);
            return;
        }
        if (self.cancel() || self.isGone()) {
            return;
        }
        if (self == here) {
            throw new GreenletExit(this + " was closed");
        }
        here.tree.end(here, self);
    }

    private void closeAll(Coroutine here) {
        if (self != here) {
            throw new IllegalStateException(this + " must be closed by itself, not by the " + here);
        }
        here.tree.endMembers(here);
    }

    // ---- what it is

    /// Returns where control goes when this greenlet ends.
    ///
    /// @return the parent, or null for a main greenlet
    public @Nullable Greenlet parent() {
        return self.parent();
    }

    /// Sets where control goes when this greenlet ends, or when a switch finds it dead.
    ///
    /// @param parent a greenlet of the same tree
    /// @throws IllegalArgumentException if it is this one or below it, or of another tree
    /// @throws IllegalStateException if this is a main greenlet
    public void setParent(Greenlet parent) {
        Objects.requireNonNull(parent, "parent");
        if (self.isMain()) {
            throw new IllegalStateException(this + " must not have a parent: " + parent);
        }
        if (parent.self.tree != self.tree) {
            throw new IllegalArgumentException("parent must be of the same tree as " + this + ": " + parent);
        }
        self.reparent(parent);
    }

    /// Returns what this greenlet is doing.
    ///
    /// @return its state at this moment
    public State state() {
        if (isDead()) {
            return State.DEAD;
        }
        if (self.isPending()) {
            return State.PENDING;
        }
        return self.isCurrent() ? State.CURRENT : State.SUSPENDED;
    }

    /// Says whether this greenlet is over. A main greenlet is when its thread is.
    ///
    /// @return whether it never will run again
    public boolean isDead() {
        return self.isDead();
    }

    /// Says whether this greenlet has begun and is not over. greenlet: its truth value.
    ///
    /// @return whether it is current or suspended
    public boolean isActive() {
        return !self.isPending() && !isDead();
    }

    /// Returns the name: the one given, or `greenlet-` and a number, unique in its tree; of a main greenlet, its thread.
    ///
    /// @return the name
    public String name() {
        return self.name;
    }

    /// Returns where this greenlet waits, beginning with the call that switched away. greenlet: `gr_frame`.
    ///
    /// @return the frames, innermost first; none unless it is suspended
    public StackTraceElement[] stackTrace() {
        Thread thread = self.thread();
        if (thread == null || state() != State.SUSPENDED) {
            return new StackTraceElement[0];
        }
        StackTraceElement[] frames = thread.getStackTrace();
        int top = 0;
        while (top < frames.length && !frames[top].getClassName().equals(Greenlet.class.getName())) {
            top++;
        }
        return Arrays.copyOfRange(frames, top == frames.length ? 0 : top, frames.length);
    }

    /// Returns the kind, the name and the state.
    ///
    /// @return as in `greenlet 'greenlet-1' (suspended)`: pending, suspended, current, current in another thread, dead
    @Override
    public String toString() {
        return self.toString();
    }

    // ---- tracing

    /// Sets who is told of every switch in the caller's tree. greenlet: `settrace`.
    ///
    /// @param trace who is told from the next switch on, in place of the one before; null for nobody
    public static void setTrace(@Nullable Trace trace) {
        Coroutine.current().tree.trace(trace);
    }

    /// Returns who is told of every switch in the caller's tree. greenlet: `gettrace`.
    ///
    /// @return the one that was set last, or null
    public static @Nullable Trace trace() {
        return Coroutine.current().tree.trace();
    }
}
