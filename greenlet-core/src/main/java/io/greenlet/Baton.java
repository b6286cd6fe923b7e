package io.greenlet;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Lets one green thread of a hub run at a time, with public API only: each lives in an ordinary virtual thread, which
/// runs only while it holds the baton. Who blocks passes it straight on to the next; the one that gets it is unparked,
/// or started if this is its first turn.
///
/// The baton is *free* when nobody is ready; then whoever makes someone ready passes it on. Who is next is for the
/// [Line] to say.
///
/// - *Every change of state is under the lock*, so an unpark, an interrupt and a park of the same fiber come one after
///   the other: it either finds itself unparked, or is parked when the unpark comes.
/// - *Nobody runs without the baton.* An interrupt that comes from [Thread#interrupt()] wakes the virtual thread itself:
///   it makes itself ready and waits on, its flag put by until it has its turn.
/// - *The baton is passed outside the lock*, by a volatile write and an unpark.
@SuppressWarnings("ReferenceEquality") // fibers are told apart by identity
final class Baton {

    /// Those who are ready, and who of them is next. Called under the baton's lock.
    interface Line {

        void add(Fiber fiber);

        /// Adds one that is next before all others.
        void addFirst(Fiber fiber);

        /// Takes out the next one; null when there is none for now.
        @Nullable Fiber next();

        int size();
    }

    private final SerialHub hub;
    private final Line line;
    private final ReentrantLock lock = new ShortLock();
    private final Map<Thread, Fiber> fibers = new ConcurrentHashMap<>();
    private volatile @Nullable Fiber holder; // written under lock

    @GuardedBy("lock")
    private boolean choosing; // the line is thinking, and may make others ready meanwhile

    @GuardedBy("lock")
    private int count;

    @GuardedBy("lock")
    private int outside;

    private volatile long passes; // written by who passes

    Baton(SerialHub hub, Line line) {
        this.hub = hub;
        this.line = line;
    }

    // ---- looking

    /// The fiber of the calling thread, or null if that is none of this hub's green threads.
    @Nullable Fiber here() {
        return fibers.get(Thread.currentThread());
    }

    /// Whether the calling thread holds the baton and may let go of it: not so in the middle of passing it.
    boolean mayYield() {
        Fiber now = holder;
        return now != null && now.thread == Thread.currentThread() && !lock.isHeldByCurrentThread();
    }

    /// How often the baton was passed: the same number at two times means the holder has not let go.
    long passes() {
        return passes;
    }

    int ready() {
        lock.lock();
        try {
            return line.size();
        } finally {
            lock.unlock();
        }
    }

    /// How many are in a blocking call outside.
    int outside() {
        lock.lock();
        try {
            return outside;
        } finally {
            lock.unlock();
        }
    }

    @Nullable GreenTask<?> running() {
        Fiber now = holder;
        return now == null ? null : now.task;
    }

    GreenThreadState stateOf(Thread thread) {
        Fiber fiber = fibers.get(thread);
        if (fiber == null) { // it runs a task in place of the one it belongs to
            return Hub.stateInJdk(thread);
        }
        lock.lock();
        try {
            return switch (fiber.state) {
                case READY -> GreenThreadState.READY;
                case RUNNING, ENDED -> GreenThreadState.RUNNING;
                case PARKED -> GreenThreadState.WAITING;
                case OUTSIDE -> GreenThreadState.BLOCKING;
            };
        } finally {
            lock.unlock();
        }
    }

    @Nullable Object blockerOf(Thread thread) {
        Fiber fiber = fibers.get(thread);
        return fiber == null ? LockSupport.getBlocker(thread) : fiber.blocker;
    }

    /// Numbers fibers from zero again, when there are none.
    void restart() {
        lock.lock();
        try {
            count = 0;
        } finally {
            lock.unlock();
        }
    }

    // ---- getting ready

    /// A new green thread gets in line.
    void add(GreenTask<?> task) {
        add(task, false);
    }

    /// A new part of a green thread gets in line, before all others.
    void addFirst(GreenTask<?> task) {
        add(task, true);
    }

    private void add(GreenTask<?> task, boolean first) {
        Fiber next;
        lock.lock();
        try {
            join(new Fiber(task, count++), first);
            next = nextIfFree();
        } finally {
            lock.unlock();
        }
        go(next);
    }

    void unpark(Thread thread) {
        unpark(thread, false);
    }

    /// Unparks one that gets in line before all others.
    void unparkFirst(Thread thread) {
        unpark(thread, true);
    }

    private void unpark(Thread thread, boolean first) {
        Fiber fiber = fibers.get(thread);
        if (fiber == null) {
            LockSupport.unpark(thread);
            return;
        }
        Fiber next = null;
        boolean isOutside;
        lock.lock();
        try {
            isOutside = fiber.state == Fiber.State.OUTSIDE;
            if (fiber.state == Fiber.State.PARKED) {
                next = ready(fiber, first);
            } else {
                fiber.unparked = true;
            }
        } finally {
            lock.unlock();
        }
        if (isOutside) {
            LockSupport.unpark(thread);
        }
        go(next);
    }

    void interrupt(Thread thread) {
        Fiber fiber = fibers.get(thread);
        Fiber next = null;
        boolean runs = fiber == null;
        if (fiber != null) {
            lock.lock();
            try {
                switch (fiber.state) {
                    case PARKED -> {
                        fiber.interrupted = true;
                        next = ready(fiber);
                    }
                    case READY -> fiber.interrupted = true;
                    case RUNNING, OUTSIDE, ENDED -> runs = true;
                }
            } finally {
                lock.unlock();
            }
        }
        if (runs) {
            thread.interrupt();
        }
        go(next);
    }

    boolean isInterrupted(Thread thread) {
        Fiber fiber = fibers.get(thread);
        if (fiber == null) {
            return thread.isInterrupted();
        }
        lock.lock();
        try {
            return fiber.interrupted || isFlagged(fiber, thread);
        } finally {
            lock.unlock();
        }
    }

    /// Whether a thread has its flag set, also while it waits for the lock to say so. The order matters.
    private static boolean isFlagged(Fiber fiber, Thread thread) {
        return thread.isInterrupted() || fiber.flagged;
    }

    /// Makes those ready that were interrupted by the JDK's means and have not got to it themselves; whether there were
    /// any. For the line, under the lock.
    boolean readyInterrupted() {
        List<Fiber> interrupted = new ArrayList<>();
        for (Fiber fiber : fibers.values()) {
            Thread thread = fiber.thread;
            if (fiber.state == Fiber.State.PARKED && thread != null && isFlagged(fiber, thread)) {
                interrupted.add(fiber);
            }
        }
        interrupted.sort(Comparator.comparingInt(fiber -> fiber.number));
        for (Fiber fiber : interrupted) {
            fiber.state = Fiber.State.READY;
            line.add(fiber);
        }
        return !interrupted.isEmpty();
    }

    /// Passes the free baton on, if anyone may have it.
    void proceed() {
        Fiber next;
        lock.lock();
        try {
            next = nextIfFree();
        } finally {
            lock.unlock();
        }
        go(next);
    }

    @GuardedBy("lock")
    private @Nullable Fiber ready(Fiber fiber) {
        return ready(fiber, false);
    }

    @GuardedBy("lock")
    private @Nullable Fiber ready(Fiber fiber, boolean first) {
        fiber.state = Fiber.State.READY;
        join(fiber, first);
        return nextIfFree();
    }

    @GuardedBy("lock")
    private void join(Fiber fiber, boolean first) {
        if (first) {
            line.addFirst(fiber);
        } else {
            line.add(fiber);
        }
    }

    @GuardedBy("lock")
    private @Nullable Fiber nextIfFree() {
        return holder == null && !choosing ? next() : null;
    }

    @GuardedBy("lock")
    @SuppressWarnings("NonAtomicVolatileUpdate") // the lock makes it atomic
    private @Nullable Fiber next() {
        assert lock.isHeldByCurrentThread();
        choosing = true;
        Fiber next;
        try {
            next = line.next();
        } finally {
            choosing = false;
        }
        holder = next;
        passes++;
        if (next != null) {
            next.state = Fiber.State.RUNNING;
        }
        return next;
    }

    // ---- passing

    private void go(@Nullable Fiber first) {
        Fiber next = first;
        while (next != null) {
            try {
                if (next.thread == null) {
                    start(next);
                } else {
                    next.turn = true;
                    LockSupport.unpark(next.thread);
                }
                return;
            } catch (Throwable e) { // no thread was to be had
                Fiber failed = next;
                failed.task.failToStart(e);
                hub.delist(failed.task);
                next = leave(failed);
            }
        }
    }

    private void start(Fiber fiber) {
        Thread thread = VirtualThreads.unstarted(fiber.task.label(), fiber.contextClassLoader, () -> live(fiber));
        fiber.thread = thread;
        fibers.put(thread, fiber);
        thread.start();
    }

    private void live(Fiber fiber) {
        try {
            fiber.task.live();
        } finally {
            hub.delist(fiber.task);
            go(leave(fiber));
        }
    }

    private @Nullable Fiber leave(Fiber fiber) {
        lock.lock();
        try {
            fiber.state = Fiber.State.ENDED;
            Thread thread = fiber.thread;
            if (thread != null) {
                fibers.remove(thread);
            }
            return next();
        } finally {
            lock.unlock();
        }
    }

    private void awaitTurn(Fiber fiber, @Nullable Object blocker) {
        while (!fiber.turn) {
            LockSupport.park(blocker);
            if (!fiber.turn && Thread.currentThread().isInterrupted()) {
                wakeUp(fiber);
            }
        }
        fiber.turn = false;
    }

    /// The fiber's own thread was interrupted in its sleep.
    private void wakeUp(Fiber fiber) {
        Fiber next = null;
        fiber.flagged = true;
        lock.lock();
        try {
            putFlagBy(fiber);
            fiber.flagged = false;
            if (fiber.state == Fiber.State.PARKED) {
                next = ready(fiber);
            }
        } finally {
            lock.unlock();
        }
        go(next);
    }

    /// Takes the flag of the fiber's own thread, which would keep it from waiting for its turn.
    @GuardedBy("lock")
    private void putFlagBy(Fiber here) {
        here.interrupted |= Thread.interrupted();
    }

    // ---- letting go

    void park(Object blocker) {
        Fiber here = here();
        if (here == null || here.state == Fiber.State.OUTSIDE) { // its own state: nobody else changes that one
            LockSupport.park(blocker);
            return;
        }
        Fiber next;
        here.blocker = blocker;
        lock.lock();
        try {
            if (here.unparked || Thread.currentThread().isInterrupted()) {
                here.unparked = false;
                here.blocker = null;
                return;
            }
            here.state = Fiber.State.PARKED;
            next = next();
        } finally {
            lock.unlock();
        }
        letGo(here, next, blocker);
        here.blocker = null;
    }

    /// Gets in line again and lets the next one run, which may be the caller.
    void yieldTurn() {
        Fiber here = here();
        if (here == null || here.state == Fiber.State.OUTSIDE) {
            Hub.yieldInJdk();
            return;
        }
        Fiber next;
        lock.lock();
        try {
            here.state = Fiber.State.READY;
            putFlagBy(here);
            line.add(here);
            next = next();
        } finally {
            lock.unlock();
        }
        letGo(here, next, hub);
    }

    private void letGo(Fiber here, @Nullable Fiber next, Object blocker) {
        if (next != here) { // else a timer has made it ready again
            go(next);
            awaitTurn(here, blocker);
        }
        if (here.interrupted) {
            here.interrupted = false;
            Thread.currentThread().interrupt();
        }
    }

    /// Runs a body without the baton.
    <T extends @Nullable Object> T outside(Callable<? extends T> body) throws Exception {
        Fiber here = here();
        if (here == null || here.state == Fiber.State.OUTSIDE) {
            return body.call();
        }
        Fiber next;
        lock.lock();
        try {
            here.state = Fiber.State.OUTSIDE;
            outside++;
            next = next();
        } finally {
            lock.unlock();
        }
        go(next);
        try {
            return body.call();
        } finally {
            comeBack(here);
        }
    }

    private void comeBack(Fiber here) {
        Fiber next;
        lock.lock();
        try {
            outside--;
            putFlagBy(here);
            next = ready(here);
        } finally {
            lock.unlock();
        }
        letGo(here, next, hub);
    }
}
