package io.greenlet;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/// A clock for those who read it very often and hardly ever look at what they have read: while it is busy, a reading is
/// one volatile read of what a timer has written, where the system's clock would hold the processor up.
///
/// ```
///             64 readings within a millisecond           the timer's first call
///   STANDING ──────────────────────────────────▶ STARTED ──────────────────────▶ TICKING ──┐ every 5 ms, 20 times
///      ▲                                            │ no timer to be had            │  ▲   │
///      └────────────────────────────────────────────┴─── the last call, no timer ───┘  └───┘
/// ```
///
/// Standing and started, it gives the exact time. Ticking, it gives the time of the last tick, which is too old by a tick
/// at most if the timers are on time, by more if they are late, and never lies ahead. It stops by itself, since nobody
/// writes down that he reads; whoever finds it standing and busy starts it again. So it wakes nobody in an idle process.
///
/// - *Readers race with each other*, while it stands, for the count of readings: those are plain fields, a lost count
///   makes it start a little later.
/// - *Readers race to start it*: one wins `started`. None of them writes `ticked`, the timer alone does; so a reader that
///   is held up anywhere in its start leaves the clock standing, not stopped at some time.
/// - *A start fails* when there is no timer, as when the machine is out of threads. That is nothing to its reader, who has
///   the exact time. The next try comes a second later.
final class CoarseClock {

    static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    static final int TICKS = 20;
    static final long BUSY_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    static final int BUSY_READINGS = 64;
    static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /// Calls back once, after a delay, one call at a time.
    @FunctionalInterface
    interface Timers {

        void schedule(long delayNanos, Runnable callback);
    }

    private final LongSupplier clock;
    private final Timers timers;
    private final AtomicBoolean started = new AtomicBoolean(); // set by a reader; reset by the timer, or when there is none
    private volatile long ticked; // the time of the last tick, 0 while there are none; written by the timer
    private int left; // ticks to come; written by who has set `started`, then by the timer
    private long since; // from when on readings count; plain, see above
    private int readings; // since then

    /// Makes one that stands.
    ///
    /// @param clock the exact time in nanoseconds
    /// @param timers what ticks
    CoarseClock(LongSupplier clock, Timers timers) {
        this.clock = clock;
        this.timers = timers;
        since = exact();
    }

    /// The time in nanoseconds, or an earlier one; never 0.
    long time() {
        long tick = ticked;
        return tick == 0 ? counted() : tick;
    }

    private long exact() {
        long now = clock.getAsLong();
        return now == 0 ? -1 : now;
    }

    private long counted() {
        long now = exact();
        long passed = now - since;
        if (passed > BUSY_NANOS) {
            since = now;
            readings = 1;
        } else if (passed >= 0 && ++readings >= BUSY_READINGS) {
            start(now);
        }
        return now;
    }

    private void start(long now) {
        readings = 0;
        if (!started.get() && started.compareAndSet(false, true)) {
            left = TICKS;
            if (!callsTickAfter(0)) {
                since = now + PAUSE_NANOS;
                started.set(false);
            }
        }
    }

    private void tick() {
        if (left-- > 0 && callsTickAfter(TICK_NANOS)) {
            ticked = exact();
        } else {
            ticked = 0;
            started.set(false);
        }
    }

    private boolean callsTickAfter(long delayNanos) {
        try {
            timers.schedule(delayNanos, this::tick);
            return true;
        } catch (Throwable e) { // whatever it is, a task that only wants to know the time has nothing to do with it
            return false;
        }
    }
}
