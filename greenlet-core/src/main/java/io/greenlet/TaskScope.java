package io.greenlet;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The part of a thread's time in which it runs the body of a task, whose kills interrupt it: of a task that runs in the
/// thread of its caller, entered and left, or of a green thread in its own, which is there anyway.
///
/// A task in its caller's thread has its [GreenLocal]s here, and they go with it.
@SuppressWarnings("ReferenceEquality") // threads are told apart by identity
final class TaskScope extends InterruptScope {

    private final GreenTask<?> task;
    private volatile int interrupts; // written in BUSY
    private int shields; // written in BUSY
    private boolean heldBack; // a kill was; written in BUSY
    private @Nullable Map<GreenLocal<?>, @Nullable Object> locals; // none until one is set

    TaskScope(GreenTask<?> task, @Nullable InterruptScope outer) {
        super(outer);
        this.task = task;
    }

    /// The innermost task that the calling thread runs in place of its own work; null if it does its own.
    static @Nullable TaskScope inPlace() {
        Thread here = Thread.currentThread();
        for (InterruptScope scope = entered(); scope != null && scope.thread == here; scope = scope.outer) {
            if (scope instanceof TaskScope inPlace && inPlace.isEntered()) {
                return inPlace;
            }
        }
        return null;
    }

    Map<GreenLocal<?>, @Nullable Object> locals() {
        Map<GreenLocal<?>, @Nullable Object> mine = locals;
        if (mine == null) {
            mine = new HashMap<>();
            locals = mine;
        }
        return mine;
    }

    /// Leaves the scope of a task in place, which is over.
    void end() {
        leave();
        tellThoseOutsideOfTheEnd();
    }

    /// Interrupts the body, or holds that back. Called in BUSY.
    void interrupt(Hub hub) {
        if (shields > 0) {
            heldBack = true;
            return;
        }
        countInterrupt();
        tellThoseOutside();
        Hub.point();
        hub.interrupt(thread);
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // BUSY makes it atomic; who kills itself needs it to differ, no more
    void countInterrupt() {
        interrupts++;
    }

    @Override
    int interrupts() {
        for (int spins = 0;; spins++) {
            Hub.point();
            int count = interrupts;
            if (!task.isBusy()) {
                return count;
            }
            GreenTask.pause(this, spins);
        }
    }

    @Override
    boolean isLimited() {
        return task.isTimeLimited();
    }

    @Override
    void shield() {
        if (task.holdBusy()) {
            shields++;
            task.letGo();
        }
    }

    @Override
    boolean unshield(boolean pending) {
        if (!task.holdBusy()) {
            return false;
        }
        shields--;
        boolean isDue = shields == 0 && heldBack;
        if (isDue) {
            heldBack = false;
            countInterrupt();
            tellThoseOutside();
        }
        task.letGo();
        return isDue;
    }

    @Override
    void abandon() {
        throw new AssertionError(task + " runs in the place of another and has not ended");
    }

    @Override
    public String toString() {
        return task.toString();
    }
}
