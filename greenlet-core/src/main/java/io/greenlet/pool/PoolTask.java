package io.greenlet.pool;

import io.greenlet.GreenTask;
import io.greenlet.HubTimer;
import io.greenlet.pool.PermitCore.Admission;
import io.greenlet.waiting.Waiter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// A pool's green thread: holds a slot from before its virtual thread exists until just before anyone learns of its end.
///
/// ```
///                  ┌──ADMITTED──▶ has a slot ──▶ start: own virtual thread ──┐
///   new ──admit────┤                  ▲ granted                              ├──▶ ended: the slot goes back
///                  ├──WAITING──▶ in line ──withdrawn──▶ runs here, or never ─┤       if there is one
///                  └──full, own thread or CALLER_RUNS──▶ runs here, no slot ─┘
/// ```
///
/// Whoever ends the task returns its slot, once: [GreenTask] calls `ended` exactly once, and whether there is a slot is
/// what the core has answered its place, or answers there. A task that others can see before it is admitted has a place.
@SuppressWarnings("ReferenceEquality") // tasks and expiries are told apart by identity
final class PoolTask<T extends @Nullable Object> extends GreenTask<T> {

    /// A task's place in line, with its caller if one waits.
    static final class Place extends PermitCore.Place {

        final PoolTask<?> task;
        final @Nullable Waiter caller;

        Place(PermitCore.Kind kind, long sinceNanos, PoolTask<?> task) {
            super(kind, sinceNanos);
            this.task = task;
            caller = kind == PermitCore.Kind.CALLER ? new Waiter() : null;
        }

        @Override
        void answered(Admission given) {
            if (caller != null) {
                caller.give(given);
            }
        }

        /// Lets the caller go on with its answer.
        void wakeCaller() {
            if (caller != null) {
                caller.wake();
            }
        }
    }

    private final GreenPool pool;

    private volatile @Nullable Place place; // set before the task joins the line
    private volatile boolean slotless; // it runs in its caller: set before it begins
    private volatile long beganNanos; // 0 before it begins
    private @Nullable HubTimer limit; // of the running thread
    private volatile @Nullable TimeoutException expiry; // written by the timer before it interrupts

    PoolTask(GreenPool pool, Callable<? extends T> body) {
        super(pool.hub(), pool.name(), DecoratedBody.of(body, pool.options().decorator()));
        this.pool = pool;
    }

    /// A detached task.
    PoolTask(GreenPool pool, Runnable body) {
        super(pool.hub(), pool.name(), DecoratedBody.of(body, pool.options().decorator()));
        this.pool = pool;
    }

    /// Whether the caller runs in a green thread of this pool.
    static boolean isCurrentIn(GreenPool pool) {
        return current() instanceof PoolTask<?> task && task.pool == pool;
    }

    boolean isCurrent() {
        return current() == this;
    }

    /// The tasks of a pool that hold a slot or stand in line.
    static List<PoolTask<?>> of(GreenPool pool) {
        List<PoolTask<?>> tasks = new ArrayList<>();
        for (GreenTask<?> task : entered(pool.hub())) {
            if (task instanceof PoolTask<?> mine && mine.pool == pool && !mine.slotless) {
                tasks.add(mine);
            }
        }
        return tasks;
    }

    /// Makes the place that the task will take in line, where others can see and end it from now on.
    Place enterLine(PermitCore.Kind kind) {
        Place made = new Place(kind, hub().nanoTime(), this);
        place = made;
        enter();
        return made;
    }

    /// Ends a task whose place was answered with FULL or CLOSED.
    void refuse() {
        withdraw();
    }

    /// Starts the task in the slot it has. A task that was killed meanwhile has returned it already.
    void startWithSlot() {
        start();
    }

    /// Runs the task in the calling thread, without a slot.
    void runSlotless() throws InterruptedException {
        slotless = true;
        runHere();
    }

    /// Takes the task out of the line, if it still stands there, and runs it in the calling thread.
    boolean runInPlace() throws InterruptedException {
        Place mine = place;
        if (mine == null || !pool.core().withdraw(mine, Admission.IN_PLACE)) {
            return false;
        }
        runSlotless();
        return true;
    }

    @Override
    protected void awaited() throws InterruptedException {
        if (isCurrentIn(pool)) {
            runInPlace();
        }
    }

    @Override
    protected void beginning() {
        long now = hub().nanoTime();
        beganNanos = now == 0 ? 1 : now;
        Duration timeout = pool.options().taskTimeout();
        if (timeout != null) {
            limit = hub().callAfter(timeout, () -> overdue(timeout));
        }
        Place mine = place;
        pool.ledger().began(this, mine == null ? 0 : now - mine.sinceNanos);
    }

    private void overdue(Duration timeout) {
        TimeoutException late = new TimeoutException(this + " ran longer than " + timeout);
        expiry = late;
        expire(late);
    }

    @Override
    protected void ended(State outcome, @Nullable Throwable error) {
        Admission admission = settle();
        try {
            if (limit != null) {
                limit.cancel();
            }
            if (admission != Admission.FULL && admission != Admission.CLOSED) {
                pool.ledger().ended(this, outcome(outcome, error));
            }
        } finally {
            if (admission == Admission.ADMITTED) {
                pool.release();
            }
        }
    }

    private TaskOutcome outcome(State outcome, @Nullable Throwable error) {
        return switch (outcome) {
            case SUCCESS -> TaskOutcome.COMPLETED;
            case CANCELLED -> TaskOutcome.KILLED;
            case FAILED, RUNNING -> error != null && error == expiry ? TaskOutcome.TIMED_OUT : TaskOutcome.FAILED;
        };
    }

    /// What became of its request, settled here and now if it was open: the task was killed before it had a slot then.
    private Admission settle() {
        Place mine = place;
        if (slotless) {
            return Admission.IN_PLACE;
        }
        if (mine == null) {
            return Admission.ADMITTED;
        }
        if (mine.answer() == null && pool.core().withdraw(mine, Admission.KILLED)) {
            mine.wakeCaller();
        }
        return Objects.requireNonNull(mine.answer());
    }

    /// How long its body has been running, zero before it begins.
    long ranNanos() {
        long began = beganNanos;
        return began == 0 ? 0 : hub().nanoTime() - began;
    }

    /// Whether it runs, or is about to, in a slot.
    boolean isAdmitted() {
        Place mine = place;
        return !slotless && (mine == null || mine.answer() == Admission.ADMITTED);
    }

    /// What it is doing at this moment.
    TaskSnapshot look() {
        Thread thread = runner();
        List<StackTraceElement> stack = thread == null ? List.of() : List.of(thread.getStackTrace());
        Duration age = Duration.ofNanos(ranNanos());
        return new TaskSnapshot(id(), name(), thread == null ? 0 : thread.threadId(), age, stack);
    }
}
