package io.greenlet;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The timers of the parallel hub: a [TimerHeap], and one daemon thread that fires what is due.
///
/// Callbacks run on that thread and must not block; the hub gives a green thread to those of its users.
///
/// ```
///   no thread ──schedule──▶ running ──due──▶ fires outside the lock ──▶ running
///       ▲                      │ nothing pending for idleNanos
///       └──────────────────────┘ so that an idle library holds no thread and no class loader
/// ```
///
/// `thread` changes under the lock only. A schedule that comes while the thread decides to end either is seen by it
/// (it looks at the heap under the same lock) or sees `thread == null` and starts the next one.
final class TimerThread {

    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(10);

    /// Deadlines are compared by subtraction, so they stay within half the clock's range.
    private static final long LONGEST_NANOS = Long.MAX_VALUE >> 1;

    private final long idleNanos;
    private final ThreadFactory threads;
    private final ReentrantLock lock = new ShortLock();

    @GuardedBy("lock")
    private final TimerHeap heap = new TimerHeap();

    @GuardedBy("lock")
    private @Nullable Thread thread;

    @GuardedBy("lock")
    private boolean expectsNoMore;

    @GuardedBy("lock")
    private int own; // timers in the heap

    TimerThread() {
        this(IDLE_NANOS);
    }

    TimerThread(long idleNanos) {
        this(idleNanos, Thread.ofPlatform().name("greenlet-timers").daemon().inheritInheritableThreadLocals(false)
                .factory());
    }

    /// @param threads makes the thread, a daemon
    TimerThread(long idleNanos, ThreadFactory threads) {
        this.idleNanos = idleNanos;
        this.threads = threads;
    }

    HubTimer schedule(long delayNanos, Runnable callback) {
        Timer timer = new Timer(callback, false);
        add(timer, delayNanos);
        return timer;
    }

    /// Schedules what the hub does for itself: nobody takes it back, and it is not among the [#pending()].
    void scheduleOwn(long delayNanos, Runnable callback) {
        add(new Timer(callback, true), delayNanos);
    }

    private void add(Timer timer, long delayNanos) {
        long deadline = System.nanoTime() + Math.clamp(delayNanos, 0, LONGEST_NANOS);
        Thread wake = null;
        lock.lock();
        try {
            if (thread == null) {
                thread = start(); // before the timer is there: if there is no thread to be had, it must not fire later
                heap.add(timer, deadline);
            } else {
                heap.add(timer, deadline);
                wake = heap.first() == timer ? thread : null;
            }
            own += timer.isOwn ? 1 : 0;
        } finally {
            lock.unlock();
        }
        LockSupport.unpark(wake);
    }

    /// Ends the thread as soon as nothing is pending, instead of some time later.
    void expectNoMore() {
        Thread wake;
        lock.lock();
        try {
            expectsNoMore = true;
            wake = thread;
        } finally {
            lock.unlock();
        }
        LockSupport.unpark(wake);
    }

    /// How many are pending, but for the hub's own.
    int pending() {
        lock.lock();
        try {
            return heap.size() - own;
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private Thread start() {
        assert lock.isHeldByCurrentThread();
        Thread started = threads.newThread(this::loop);
        started.setContextClassLoader(null);
        started.start();
        return started;
    }

    private void loop() {
        boolean idled = false;
        for (;;) {
            TimerHeap.Entry due;
            long pause = idleNanos;
            lock.lock();
            try {
                long now = System.nanoTime();
                due = heap.pollDue(now);
                own -= due instanceof Timer timer && timer.isOwn ? 1 : 0;
                TimerHeap.Entry first = heap.first();
                if (first != null) {
                    pause = first.deadline() - now;
                } else if (due == null && (idled || expectsNoMore)) {
                    thread = null;
                    return;
                }
                idled = due == null && first == null;
            } finally {
                lock.unlock();
            }
            if (due != null) {
                fire(due);
                continue;
            }
            LockSupport.parkNanos(this, pause);
            boolean _ = Thread.interrupted(); // nobody's flag: it would keep this from parking
        }
    }

    private static void fire(TimerHeap.Entry due) {
        try {
            due.callback.run();
        } catch (Throwable e) {
            Hub.parallel().failed("timer callback", e);
        }
    }

    private final class Timer extends TimerHeap.Entry {

        final boolean isOwn; // the hub's

        Timer(Runnable callback, boolean isOwn) {
            super(callback);
            this.isOwn = isOwn;
        }

        @Override
        public boolean cancel() {
            lock.lock();
            try {
                return heap.remove(this);
            } finally {
                lock.unlock();
            }
        }

        @Override
        public boolean isPending() {
            lock.lock();
            try {
                return isQueued();
            } finally {
                lock.unlock();
            }
        }
    }
}
