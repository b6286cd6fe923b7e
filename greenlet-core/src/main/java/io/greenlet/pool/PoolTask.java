package io.greenlet.pool;

import io.greenlet.GreenTask;
import io.greenlet.GreenThread;
import io.greenlet.GreenThreadState;
import io.greenlet.GreenletExit;
import io.greenlet.HubTimer;
import io.greenlet.pool.PermitCore.Admission;
import io.greenlet.waiting.Waiter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
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
sealed class PoolTask<T extends @Nullable Object> extends GreenTask<T> permits ExecutorTask, GreenMap.MapTask {

    /// A task's place in line, with its caller if one waits.
    static final class Place extends PermitCore.Place {

        final PoolTask<?> task;
        final @Nullable Waiter caller;
        private volatile @Nullable HubTimer patience; // its limit of waiting, if nobody waits with it
        private boolean isTimed; // its caller does not wait for ever; written before it joins the line
        private volatile @Nullable Refusal refusal; // written before it is answered
        private volatile PoolEvents.@Nullable Span waiting; // written before it joins the line; null if nobody records
        private final @Nullable ClassLoader contextClassLoader = Thread.currentThread().getContextClassLoader();

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

        /// Has something done if it still stands in line after some time.
        void after(Duration wait, Runnable tooLate) {
            HubTimer timer = task.hub().callAfter(wait, tooLate);
            patience = timer;
            if (answer() != null) { // before it could see the timer
                timer.cancel();
            }
        }

        private void stopTimer() {
            HubTimer timer = patience;
            if (timer != null) {
                timer.cancel();
            }
        }

        /// Says that its caller will go away after some time, before it joins the line.
        void callerIsTimed() {
            isTimed = true;
        }

        /// Whether it stands in line and will not leave it by itself.
        ///
        /// @param waiting the thread that waits with it; null if it is to be left there
        boolean isHopeless(@Nullable Thread waiting) {
            Thread mine = caller == null ? null : caller.thread();
            return mine == waiting && !isTimed && patience == null && task.pool.core().isInLine(this);
        }

        /// It is about to join the line; for the recorder.
        void joins() {
            waiting = Recorder.EVENTS.waits();
        }

        /// It has left the line, in which it stood; for the recorder.
        void waited() {
            PoolEvents.Span wait = waiting;
            if (wait != null) {
                Admission how = Objects.requireNonNull(answer());
                wait.over(task,
                        how == Admission.FULL && refusal != null ? "refused" : how.name().toLowerCase(Locale.ROOT));
            }
        }

        /// Why it was sent away, null if there is nothing special about that.
        @Nullable Refusal refusal() {
            return refusal;
        }

        /// Says why it is about to be sent away.
        void refuseFor(Refusal why) {
            refusal = why;
        }

        /// Lets the caller go on with its answer.
        void wakeCaller() {
            if (caller != null) {
                caller.wake();
            }
        }

        /// What a thread that waits here waits for.
        @Override
        public String toString() {
            return task.pool.toString();
        }
    }

    /// The pool's time limit for the body of one task.
    private static final class Limit {

        private final PoolTask<?> task;
        private final Duration timeout;
        private final HubTimer timer;
        private volatile @Nullable TimeoutException expiry; // written by the timer before it interrupts

        Limit(PoolTask<?> task, Duration timeout) {
            this.task = task;
            this.timeout = timeout;
            timer = task.hub().callAfter(timeout, this::expire);
        }

        private void expire() {
            TimeoutException late = new TimeoutException(task + " ran longer than " + timeout);
            expiry = late;
            task.expire(late);
        }
    }

    private final GreenPool pool;
    private final TaskOptions options;
    private final int kills; // how often all in the pool had been killed when this task was made
    private volatile boolean slotless; // it runs in its caller: set before it begins
    private volatile @Nullable Place place; // set before the task joins the line
    private long beganNanos; // or a little earlier; 0 before it begins; written before it takes its seat, where others find it
    private Roster.@Nullable Seat seat; // of the running thread
    private @Nullable Limit limit; // of the running thread

    PoolTask(GreenPool pool, Callable<? extends T> body) {
        this(pool, body, TaskOptions.NONE);
    }

    PoolTask(GreenPool pool, Callable<? extends T> body, TaskOptions options) {
        super(pool.hub(), DecoratedBody.of(body, pool.decorator()));
        this.pool = pool;
        this.options = options;
        kills = pool.ledger().kills();
        Recorder.EVENTS.spawned(this);
    }

    /// A detached task.
    PoolTask(GreenPool pool, Runnable body, TaskOptions options) {
        super(pool.hub(), DecoratedBody.of(body, pool.decorator()));
        this.pool = pool;
        this.options = options;
        kills = pool.ledger().kills();
        Recorder.EVENTS.spawned(this);
    }

    /// A task that is to run in its caller, without a slot, and that others may see before.
    static <T extends @Nullable Object> PoolTask<T> slotless(GreenPool pool, Callable<? extends T> body) {
        PoolTask<T> task = new PoolTask<>(pool, body);
        task.slotless = true;
        return task;
    }

    @Override
    protected String label() {
        return pool.name();
    }

    @Override
    protected @Nullable ClassLoader contextClassLoader() {
        Place mine = place;
        return mine == null ? super.contextClassLoader() : mine.contextClassLoader;
    }

    /// Whether the caller runs in a green thread of this pool.
    static boolean isCurrentIn(GreenPool pool) {
        return currentTask() instanceof PoolTask<?> task && task.pool == pool;
    }

    boolean isCurrent() {
        return currentTask() == this;
    }

    /// Whether a time limit will interrupt the calling thread.
    static boolean isTimedHere() {
        return isCallerTimeLimited();
    }

    /// What the thread of a task is parked for, at a moment that may be over.
    ///
    /// @param thread the thread
    /// @param blocker what it waits for
    /// @param mark stands for this very wait if it is one without limit for a green thread, else null
    record Wait(Thread thread, Object blocker, @Nullable Object mark) {}

    /// What the thread of a task is parked for, null if it is not or does not say.
    static @Nullable Wait waitOf(GreenTask<?> task) {
        Parked seen = parked(task);
        return seen == null ? null : new Wait(seen.thread(), seen.blocker(), seen.mark());
    }

    GreenPool pool() {
        return pool;
    }

    /// Whether its body runs in the calling thread.
    boolean runsHere() {
        return runner() == Thread.currentThread();
    }

    /// Kills tasks, but for the one that the caller runs in: its kill throws, and is for the end of what the caller does.
    ///
    /// @return that one, null if it is none of these
    static @Nullable PoolTask<?> killOthers(List<PoolTask<?>> tasks) {
        PoolTask<?> here = null;
        for (PoolTask<?> task : tasks) {
            if (!task.runsHere()) {
                task.kill();
            } else if (here == null || task.isCurrent()) {
                here = task;
            }
        }
        return here;
    }

    /// Makes the place that the task is about to take in line.
    final Place place(PermitCore.Kind kind) {
        Place made = place(kind, hub().nanoTime());
        made.joins();
        return made;
    }

    /// Makes the place that the task will take in line at some time.
    final Place place(PermitCore.Kind kind, long sinceNanos) {
        Place made = new Place(kind, sinceNanos, this);
        place = made;
        return made;
    }

    final TaskOptions options() {
        return options;
    }

    /// Whether it stands in line.
    final boolean isInLine() {
        Place mine = place;
        return mine != null && mine.answer() == null;
    }

    /// Its place if it stands in line, else null.
    final @Nullable Place placeInLine() {
        Place mine = place;
        return mine == null || mine.answer() != null ? null : mine;
    }

    /// The place it has, or will have, in line.
    final Place place() {
        return Objects.requireNonNull(place);
    }

    /// Starts the task in the slot it has. A task that was killed meanwhile has returned it already.
    void startWithSlot() {
        stopTimer();
        start();
    }

    private void stopTimer() {
        Place mine = place;
        if (mine != null) {
            mine.stopTimer();
        }
    }

    /// Ends a task whose place in line has been withdrawn: it was not taken.
    final void refuse(RejectedSubmission why) {
        failToStart(why);
    }

    /// Gives the task its first link, before others can see it.
    final void tellFirst(Consumer<? super GreenThread<T>> onEnd) {
        linkFirst(onEnd);
    }

    /// Makes a future that is its first link, before others can see it.
    final CompletableFuture<T> future() {
        return linkFutureFirst();
    }

    /// Says that the task will run without a slot, before others can see it.
    final void goWithoutSlot() {
        slotless = true;
    }

    /// Runs the task in the calling thread, without a slot.
    final void runSlotless() throws InterruptedException {
        goWithoutSlot();
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
        Place mine = place;
        // if nobody hears of it, people may come to see its age, no more: the exact time is a good part of the task's price
        long now = pool.ledger().isHeard() ? hub().nanoTime() : coarseNanoTime();
        beganNanos = now == 0 ? 1 : now;
        leftLine(mine);
        PoolEvents.Span run = Recorder.EVENTS.runs();
        seat = pool.ledger().began(this, mine == null ? 0 : Math.max(0, now - mine.sinceNanos));
        if (run != null) {
            seat.record(run);
        }
        if (kills != pool.ledger().kills()) {
            throw new GreenletExit(this + " was killed before it began");
        }
        Duration timeout = options.timeout() == null ? pool.taskTimeout() : options.timeout();
        if (timeout != null) {
            limit = new Limit(this, timeout);
        }
    }

    private static void leftLine(@Nullable Place mine) {
        if (mine != null && mine.caller == null) {
            mine.waited();
        }
    }

    @Override
    protected boolean isTimeLimited() {
        return limit != null;
    }

    @Override
    protected void ended(State outcome, @Nullable Throwable error) {
        Admission admission = admission();
        stopTimer();
        try {
            if (limit != null) {
                limit.timer.cancel();
            }
            if (seat == null) {
                leftLine(place);
            }
            if (admission != Admission.FULL && admission != Admission.CLOSED) {
                TaskOutcome how = outcome(outcome, error);
                if (seat != null) {
                    seat.recordEnd(this, how);
                }
                pool.ledger().ended(this, how, seat);
            } else if (place().caller != null) { // whose spawn throws; somebody who had seen it in line killed it since
                forgetFirstLink();
            }
        } finally {
            if (admission == Admission.ADMITTED) {
                pool.release(seat);
            }
        }
    }

    @Override
    protected void settled() {
        if (seat != null) {
            seat.leave();
        }
    }

    private TaskOutcome outcome(State outcome, @Nullable Throwable error) {
        return switch (outcome) {
            case SUCCESS -> TaskOutcome.COMPLETED;
            case CANCELLED -> TaskOutcome.KILLED;
            case FAILED, RUNNING -> limit != null && error == limit.expiry ? TaskOutcome.TIMED_OUT : TaskOutcome.FAILED;
        };
    }

    /// What became of its request, settled here and now if it was open: the task was killed before it had a slot then.
    private Admission admission() {
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

    /// Waits for its last link if its body is over; false when the time is over first.
    boolean awaitLinks(long nanos) throws InterruptedException {
        return !hasOutcome() || runsHere() || awaitEnd(nanos);
    }

    /// Where to look for a seat.
    int seatHint() {
        return spread();
    }

    /// How long its body has been running at a moment, zero before it begins.
    long ranNanos(long nowNanos) {
        long began = beganNanos;
        return began == 0 ? 0 : Math.max(0, nowNanos - began);
    }

    /// Whether its body runs, or is about to, in a slot.
    boolean holdsSlot() {
        Place mine = place;
        return !slotless && !hasOutcome() && (mine == null || mine.answer() == Admission.ADMITTED);
    }

    /// What it is doing at this moment, which is `nowNanos` or a little later.
    TaskSnapshot look(long nowNanos) {
        Thread thread = runner();
        List<StackTraceElement> stack = thread == null ? List.of() : List.of(thread.getStackTrace());
        Duration age = Duration.ofNanos(ranNanos(nowNanos));
        return new TaskSnapshot(id(), name(), thread == null ? 0 : thread.threadId(), age, options.description(),
                spawnedAt().orElse(null), stack);
    }

    /// Where its thread is parked without limit, innermost frame first; nothing if it is not.
    List<StackTraceElement> parkedAt() {
        Thread thread = runner();
        GreenThreadState doing = doing();
        if (thread == null || (doing != GreenThreadState.WAITING && doing != GreenThreadState.BLOCKING)) {
            return List.of();
        }
        return switch (thread.getState()) {
            case WAITING, BLOCKED -> List.of(thread.getStackTrace());
            case NEW, RUNNABLE, TIMED_WAITING, TERMINATED -> List.of();
        };
    }

    /// How it waits at this moment, which is `nowNanos` or a little later. For one that has a place in line.
    final WaitingSnapshot lookInLine(long nowNanos) {
        Place mine = place();
        Thread caller = mine.caller == null ? null : mine.caller.thread();
        return new WaitingSnapshot(id(), name(), Duration.ofNanos(Math.max(0, nowNanos - mine.sinceNanos)),
                options.description(), spawnedAt().orElse(null), caller == null ? 0 : caller.threadId(),
                caller == null ? null : caller.getName(), caller == null ? List.of() : List.of(caller.getStackTrace()));
    }
}
