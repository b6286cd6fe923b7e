package io.greenlet;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// A stretch of a thread's time that is over at a deadline: then a timer interrupts the thread, once. The machinery of
/// [GreenTimeout].
///
/// ## States
///
/// ```
///               restart                  the timer           it has interrupted
///     IDLE ───────────────────▶ ARMED ────────────▶ FIRING ────────────────────▶ FIRED
///      ▲                        │  ▲ │                                             ▲
///      ├── cancel, end ─────────┘  │ │ shield                                      │ the thread itself
///      │                  unshield │ ▼                                             │ sets its flag
///      └── cancel, end ─────────── SHIELDED ───────▶ POSTPONED ────────────────────┘
///                                         the timer             unshield
/// ```
///
/// The number of the arming is in the state too, so that the timer of an earlier one, on its way when it was cancelled,
/// finds a state that is not its own.
///
/// - *The timer races with the end.* Both are a compare-and-set from ARMED. The end that loses waits for FIRED, a few
///   instructions, and only then looks at the flag. So no interrupt comes after the end, and the flag of one that came
///   too late for the body is cleared there, unless it is somebody else's: [InterruptScope] says how that is told.
/// - *The timer races with a shield.* The same: the shield that loses waits for FIRED, and then takes the flag with it.
/// - *A foreign interrupt* (the caller's own flag, [Thread#interrupt()] by anybody) leaves no note. But if the flag is set
///   when this limit is about to set it, and no scope inside has, it is somebody else's (`joined`), and is set again after
///   the expiry has taken it. One that comes between the expiry and its end cannot be told from the expiry.
///
/// The interrupt is made on the hub's timer thread. It may close a channel there, as interrupts of threads in channels do.
@SuppressWarnings("ReferenceEquality") // scopes, threads and expiries are told apart by identity
final class TimeLimit extends InterruptScope {

    /// What a scope throws when its limit is over.
    static final class Expiry extends TimeoutException {

        private static final long serialVersionUID = 1L;

        Expiry(TimeLimit limit, Throwable cause) {
            super("timed out after " + limit.millis() + " ms");
            var _ = initCause(cause);
        }
    }

    private static final int IDLE = 0;
    private static final int ARMED = 1;
    private static final int SHIELDED = 2;
    private static final int FIRING = 3; // for a few instructions
    private static final int POSTPONED = 4;
    private static final int FIRED = 5;
    private static final int PHASES = 8; // the rest of the state: which arming

    /// A limit at least that long never ends, and has no timer.
    private static final long ENDLESS_NANOS = Long.MAX_VALUE >> 1;

    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(TimeLimit.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Hub hub = Hub.current();
    private volatile int state; // through STATE
    private boolean joined; // the flag was somebody else's before; written in FIRING, or by its thread

    // of its thread
    private long nanos;
    private long deadline;
    private @Nullable HubTimer timer;
    private int shields;
    private boolean ended;
    private boolean expired; // it had fired when it ended, and nobody outside had interrupted
    private boolean flagged; // the flag was set when it ended

    private TimeLimit() {
        super(InterruptScope.innermost());
    }

    /// Begins a scope of the calling thread. A limit of zero or less has fired.
    static TimeLimit begin(Duration limit) {
        Objects.requireNonNull(limit, "limit");
        TimeLimit scope = new TimeLimit();
        scope.enter();
        try {
            scope.arm(Hub.nanos(limit));
        } catch (Throwable e) { // no thread was to be had for the timer
            scope.end();
            throw e;
        }
        return scope;
    }

    // ---- the timer

    private void arm(long limitNanos) {
        int arming = arming(state) + PHASES;
        nanos = limitNanos;
        if (limitNanos <= 0) {
            deadline = hub.nanoTime();
            expireHere(arming);
            return;
        }
        deadline = hub.nanoTime() + Math.min(limitNanos, ENDLESS_NANOS);
        state = arming + (shields > 0 ? SHIELDED : ARMED);
        timer = limitNanos < ENDLESS_NANOS ? hub.schedule(limitNanos, () -> fire(arming)) : null;
    }

    private void expireHere(int arming) {
        if (shields > 0) {
            state = arming + POSTPONED;
            return;
        }
        joined = Thread.currentThread().isInterrupted();
        state = arming + FIRED;
        tellThoseOutside();
        Thread.currentThread().interrupt();
    }

    /// The time is over. For the timer.
    private void fire(int arming) {
        for (;;) {
            Hub.point();
            if (STATE.compareAndSet(this, arming + ARMED, arming + FIRING)) {
                interrupt(arming);
                return;
            }
            if (STATE.compareAndSet(this, arming + SHIELDED, arming + POSTPONED)) {
                return;
            }
            int seen = state;
            if (seen != arming + ARMED && seen != arming + SHIELDED) {
                return; // cancelled, ended, or fired by hand
            }
        }
    }

    /// Ends the time now, as the timer would. For tests of the races with it.
    void fire() {
        fire(arming(state));
    }

    private void interrupt(int arming) {
        try {
            tellThoseOutside();
            int dealtWith = dealtWithInside();
            joined = hub.isInterrupted(thread) && dealtWith == interruptsInside();
            Hub.point();
            hub.interrupt(thread);
        } finally {
            state = arming + FIRED; // a channel's foreign code may throw in the interrupt
        }
    }

    /// Takes the limit back; whether it was still to come.
    boolean cancel() {
        requireOwnThread("cancelled");
        for (;;) {
            Hub.point();
            int seen = state;
            if (!isPending(seen)) {
                return false;
            }
            if (STATE.compareAndSet(this, seen, arming(seen) + IDLE)) {
                stopTimer();
                return true;
            }
        }
    }

    /// Begins the limit anew, also after a cancel; false if it is too late: it has fired, or the scope has ended.
    boolean restart(long limitNanos) {
        requireOwnThread("restarted");
        boolean isInTime = !ended && (cancel() || phase(state) == IDLE);
        if (isInTime) {
            arm(limitNanos);
        }
        return isInTime;
    }

    private void requireOwnThread(String done) {
        Thread caller = Thread.currentThread();
        if (thread != caller) {
            throw new IllegalStateException(
                    this + " must be " + done + " by its own thread, " + thread + ": " + caller);
        }
        requireOwnTask(done);
    }

    /// A task that runs in the place of its caller does not meddle with its caller's limits, nor could it in its own
    /// thread.
    private void requireOwnTask(String done) {
        if (!isEntered()) {
            return;
        }
        for (InterruptScope inner = entered(); inner != null && inner != this; inner = inner.outer) {
            if (inner instanceof TaskScope inPlace) {
                throw new IllegalStateException(
                        this + " must be " + done + " by the task that has opened it: " + inPlace);
            }
        }
    }

    private void stopTimer() {
        HubTimer running = timer;
        timer = null;
        if (running != null) {
            running.cancel();
        }
    }

    // ---- the end

    /// Ends the scope. From now on it interrupts nobody, and the flag is as if it never had.
    void end() {
        requireOwnThread("closed");
        if (ended) {
            return;
        }
        boolean hasFired = stop();
        leave();
        settle(hasFired);
    }

    /// Takes the flag back if it is this limit's.
    private void settle(boolean hasFired) {
        if (!hasFired) {
            return;
        }
        flagged = Thread.interrupted();
        tellThoseOutsideOfTheEnd();
        expired = !isInterruptedFromOutside();
        if (flagged && (joined || wasFlagged() || !expired)) {
            Thread.currentThread().interrupt();
        }
    }

    /// Stops the timer; whether it has interrupted.
    private boolean stop() {
        ended = true;
        stopTimer();
        for (int spins = 0; !cancel(); spins++) {
            switch (phase(state)) {
                case FIRED -> {
                    return true;
                }
                case FIRING -> GreenTask.pause(this, spins);
                default -> { // never begun, cancelled, or held back by a shield that ends after this
                    state = arming(state) + IDLE;
                    return false;
                }
            }
        }
        return false;
    }

    /// Whether a body has thrown something because this limit interrupted it. Ask once, after [#end()]: a foreign
    /// interrupt that the expiry has taken along is set again here.
    boolean hasCaused(Throwable thrown) {
        boolean isCause = expired
                && ((flagged && thrown instanceof Exception) || GreenTask.isInterruption(thrown, null));
        if (isCause && joined) {
            Thread.currentThread().interrupt();
        }
        return isCause;
    }

    void requireEnded() {
        if (!ended) {
            throw new IllegalStateException(this + " must be closed before it is asked what it has caused");
        }
    }

    @Override
    void abandon() {
        settle(stop());
    }

    // ---- for those inside

    @Override
    int interrupts() {
        for (int spins = 0;; spins++) {
            Hub.point();
            int phase = phase(state);
            if (phase != FIRING) {
                return phase == FIRED ? 1 : 0; // and never back
            }
            GreenTask.pause(this, spins);
        }
    }

    @Override
    boolean isLimited() {
        return remainingNanos() != Long.MAX_VALUE;
    }

    @Override
    void shield() {
        shields++;
        for (int spins = 0;; spins++) {
            Hub.point();
            int seen = state;
            boolean isDone = phase(seen) == ARMED
                    ? STATE.compareAndSet(this, seen, arming(seen) + SHIELDED)
                    : phase(seen) != FIRING;
            if (isDone) {
                return;
            }
            GreenTask.pause(this, spins);
        }
    }

    @Override
    boolean unshield(boolean pending) {
        shields--;
        if (shields > 0) {
            return false;
        }
        for (;;) {
            Hub.point();
            int seen = state;
            if (phase(seen) == POSTPONED) {
                joined = pending && dealtWithInside() == interruptsInside();
                tellThoseOutside();
                state = arming(seen) + FIRED; // nobody else moves it from here
                return true;
            }
            if (phase(seen) != SHIELDED || STATE.compareAndSet(this, seen, arming(seen) + ARMED)) {
                return false;
            }
        }
    }

    // ---- looking

    private static int phase(int state) {
        return state & (PHASES - 1);
    }

    private static int arming(int state) {
        return state - phase(state);
    }

    private static boolean isPending(int state) {
        int phase = phase(state);
        return phase == ARMED || phase == SHIELDED;
    }

    boolean isPending() {
        return isPending(state);
    }

    /// Whether the time is over, whether or not the body has noticed.
    boolean isOver() {
        int phase = phase(state);
        return phase == FIRING || phase == FIRED || phase == POSTPONED;
    }

    /// What is left of the time, zero if nothing is; [Long#MAX_VALUE] if there is no limit. For its thread.
    long remainingNanos() {
        if (isOver()) {
            return 0;
        }
        boolean isLimited = isPending() && nanos < ENDLESS_NANOS;
        return isLimited ? Math.max(0, deadline - hub.nanoTime()) : Long.MAX_VALUE;
    }

    long millis() {
        return TimeUnit.NANOSECONDS.toMillis(Math.max(0, nanos));
    }

    @Override
    public String toString() {
        String how = switch (phase(state)) {
            case ARMED, SHIELDED -> "pending";
            case IDLE -> "idle";
            default -> "over";
        };
        return "time limit of " + millis() + " ms (" + how + ')';
    }
}
