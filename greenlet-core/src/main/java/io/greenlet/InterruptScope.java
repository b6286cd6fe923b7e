package io.greenlet;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/// A stretch of a thread's time in which one source may interrupt it: a [TimeLimit], or the task whose body runs there
/// ([TaskScope]). The scopes of a thread lie within each other; `outer` is the next one out.
///
/// Java's interrupt is one bit without a sender. So each source notes that it interrupts before it does, and whoever ends
/// a scope tells from these notes whose the interrupt was:
///
/// ```
///   a source:  note, interrupt        (between the two it is *busy*: FIRING, BUSY)
///   an end:    take the flag, then ask all sources outside, waiting for those that are busy
/// ```
///
/// - *Nobody's interrupt is lost.* One that came before the flag was taken has its note by then: the flag is set again for
///   it. One that comes later sets the flag itself.
/// - *Nobody's comes twice.* A note is believed only when its source is not busy, so its interrupt is not still to come.
/// - *Those outside go first.* Where both have interrupted, the interruption is theirs: what they end is the larger part.
///
/// What is told is whether a source has interrupted *since this scope began*: one that had before either has been dealt
/// with, or is in the flag when this scope begins.
@SuppressWarnings("ReferenceEquality") // scopes and threads are told apart by identity
abstract sealed class InterruptScope permits TimeLimit, TaskScope {

    private static final ThreadLocal<@Nullable InterruptScope> INNERMOST = new ThreadLocal<>();

    private static final VarHandle INSIDE;

    static {
        try {
            INSIDE = MethodHandles.lookup().findVarHandle(InterruptScope.class, "interruptsInside", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final @Nullable InterruptScope outer;
    final Thread thread = Thread.currentThread();
    private int before; // how often those outside had interrupted when this one began
    private volatile int interruptsInside; // through INSIDE: of scopes inside, told before they are made
    private volatile int dealtWithInside; // those of them whose flag is taken; written by its thread
    private volatile int told; // how often this one has told those outside
    private boolean wasFlagged; // when its thread entered it
    private boolean isFirst; // of those that its thread has entered
    private boolean isEntered;
    private boolean isLeft;

    InterruptScope(@Nullable InterruptScope outer) {
        this.outer = outer;
    }

    /// The innermost scope of the calling thread: also a green thread's own, which nobody enters. Null if it has none.
    static @Nullable InterruptScope innermost() {
        InterruptScope entered = INNERMOST.get();
        if (entered != null) {
            return entered;
        }
        Coroutine greenlet = Coroutine.started();
        if (greenlet != null) {
            return greenlet.startedIn();
        }
        GreenTask<?> task = GreenTask.runningHere();
        return task == null ? null : task.scope();
    }

    /// The innermost scope that the calling thread has entered.
    static @Nullable InterruptScope entered() {
        return INNERMOST.get();
    }

    /// Whether any source will interrupt the calling thread after some time. A green thread without a scope of its own has
    /// none inside either: that is the quick way.
    static boolean isLimitedHere() {
        GreenTask<?> task = GreenTask.runningHere();
        if (task != null && !task.hasScope()) {
            return task.isTimeLimited();
        }
        for (InterruptScope scope = innermost(); scope != null; scope = scope.outer) {
            if (scope.isLimited()) {
                return true;
            }
        }
        return false;
    }

    /// Makes this the innermost one of the calling thread.
    final void enter() {
        before = interruptsOutside();
        wasFlagged = Thread.currentThread().isInterrupted(); // after the count: one that was counted is in it
        isFirst = INNERMOST.get() == null;
        isEntered = true;
        INNERMOST.set(this);
    }

    /// Makes the outer one the innermost one again; scopes inside that were left open end with this one.
    final void leave() {
        if (isLeft) {
            return;
        }
        for (InterruptScope inner = INNERMOST.get(); inner != null && inner != this; inner = inner.outer) {
            inner.isLeft = true;
            inner.abandon();
        }
        isLeft = true;
        if (isFirst) {
            INNERMOST.remove();
        } else {
            INNERMOST.set(outer);
        }
    }

    /// Whether the flag was set when its thread entered it.
    final boolean wasFlagged() {
        return wasFlagged;
    }

    /// Whether its thread has entered it, and not left: not so for a green thread's own.
    final boolean isEntered() {
        return isEntered && !isLeft;
    }

    /// Whether any source outside has interrupted since this scope began. Take the flag before you ask.
    final boolean isInterruptedFromOutside() {
        return interruptsOutside() != before;
    }

    private int interruptsOutside() {
        int sum = 0;
        for (InterruptScope scope = outer; scope != null; scope = scope.outer) {
            sum += scope.interrupts();
        }
        return sum;
    }

    /// Runs a body which no source of the calling thread interrupts; what comes meanwhile takes effect at its end. A flag
    /// that is set is put by for that time.
    static <T extends @Nullable Object> T shielded(Callable<? extends T> body) throws Exception {
        InterruptScope innermost = innermost();
        for (InterruptScope scope = innermost; scope != null; scope = scope.outer) {
            scope.shield();
        }
        boolean flagged = Thread.interrupted(); // after the shields are up: nobody sets it any more
        try {
            return body.call();
        } finally {
            flagged |= Thread.interrupted(); // a foreign one
            boolean due = flagged;
            for (InterruptScope scope = innermost; scope != null; scope = scope.outer) {
                due |= scope.unshield(flagged);
            }
            if (due) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /// Tells those outside that this source is about to interrupt: a flag that they find set may be its. Called while it is
    /// busy.
    @SuppressWarnings("NonAtomicVolatileUpdate") // that makes it atomic
    final void tellThoseOutside() {
        told++;
        for (InterruptScope scope = outer; scope != null; scope = scope.outer) {
            int _ = (int) INSIDE.getAndAdd(scope, 1);
        }
    }

    /// Tells those outside that what they were told of is over: the flag is no longer this source's.
    @SuppressWarnings("NonAtomicVolatileUpdate") // by the thread of the scopes alone
    final void tellThoseOutsideOfTheEnd() {
        for (InterruptScope scope = outer; scope != null; scope = scope.outer) {
            scope.dealtWithInside += told;
        }
    }

    /// How often scopes inside have interrupted, or are about to.
    final int interruptsInside() {
        return interruptsInside;
    }

    /// How often they have, and have ended. Ask this, then look at the flag, then ask how often they have interrupted: if
    /// the numbers are the same, the flag is none of theirs.
    final int dealtWithInside() {
        return dealtWithInside;
    }

    /// How often this source has interrupted so far. Waits while it is busy.
    abstract int interrupts();

    /// Whether it will interrupt its thread after some time. For that thread.
    abstract boolean isLimited();

    /// Holds back its interrupts, until as many calls of [#unshield(boolean)]. For the thread of the scope.
    abstract void shield();

    /// Lets its interrupts through again; whether one was held back, which the caller is to deliver to itself.
    ///
    /// @param pending whether the thread is to be interrupted for another reason
    abstract boolean unshield(boolean pending);

    /// Ends without having been ended: its thread has left the outer one.
    abstract void abandon();
}
