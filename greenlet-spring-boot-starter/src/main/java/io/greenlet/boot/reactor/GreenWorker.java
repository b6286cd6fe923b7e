package io.greenlet.boot.reactor;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.greenlet.GreenThread;
import io.greenlet.GreenletExit;
import io.greenlet.Hub;
import io.greenlet.boot.InLine;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.RejectedSubmission;
import io.greenlet.pool.TaskOptions;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Exceptions;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/// A worker over a pool: its tasks run one after the other, in order.
///
/// ```
///   schedule ──▶ queue ──▶ drain: a task of the pool ──▶ step, step, … ──▶ queue empty: it ends, its slot is free
///                            ▲                             │
///                            └── others wait for the pool: a new drain joins the line, this one ends
/// ```
///
/// At most one drain is the worker's (`drain`), and only that one takes steps; it takes the next under the lock, and
/// there finds out that it is not needed any more. What a drain leaves behind that was killed, in line or at work, the next
/// drain takes: a kill ends one step.
///
/// A dispose interrupts a step under the lock, in which the step also ends: an interrupt never hits the next one, and one
/// that came too late for its step is taken back there.
///
/// A full queue of the pool keeps no drain from going on: who cannot join the line again keeps its slot.
final class GreenWorker implements Scheduler.Worker {

    private final GreenScheduler scheduler;
    private final GreenPool pool;
    private final Set<Disposable> later = ConcurrentHashMap.newKeySet();
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private final Deque<Step> queue = new ArrayDeque<>();
    @GuardedBy("lock")
    private @Nullable Drain drain;
    @GuardedBy("lock")
    private @Nullable Step current; // what the drain runs
    @GuardedBy("lock")
    private boolean interrupted; // the current step, by a dispose
    private volatile boolean disposed; // written under the lock

    GreenWorker(GreenScheduler scheduler) {
        this.scheduler = scheduler;
        pool = scheduler.pool();
    }

    // ---- handing in

    @Override
    public Disposable schedule(Runnable task) {
        return enqueue(Schedulers.onSchedule(task), InLine.untilItRuns(pool, GreenScheduler.TASK));
    }

    @Override
    public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
        return delay <= 0 ? schedule(task) : later(Schedulers.onSchedule(task), unit.toNanos(delay), Later.ONCE);
    }

    @Override
    public Disposable schedulePeriodically(Runnable task, long initialDelay, long period, TimeUnit unit) {
        return later(Schedulers.onSchedule(task), unit.toNanos(initialDelay), Math.max(0, unit.toNanos(period)));
    }

    private Disposable later(Runnable task, long delayNanos, long periodNanos) {
        Later made = new Later(pool.hub(), task, periodNanos, due -> enqueue(due, GreenScheduler.TASK), later::remove);
        later.add(made);
        if (disposed) {
            later.remove(made);
            throw Exceptions.failWithRejected();
        }
        made.start(delayNanos);
        return made;
    }

    private Disposable enqueue(Runnable task, TaskOptions options) {
        Step step = new Step(task);
        Drain needed = null;
        Hub.lock(lock);
        try {
            if (disposed) {
                throw Exceptions.failWithRejected();
            }
            queue.add(step);
            if (drain == null) {
                needed = new Drain();
                drain = needed;
            }
        } finally {
            lock.unlock();
        }
        if (needed != null) {
            start(needed, options, step);
        }
        return step;
    }

    /// Starts the drain for a step; refused, it fails those who came meanwhile too, who count on it.
    private void start(Drain needed, TaskOptions options, Step step) {
        try {
            needed.start(options);
        } catch (RejectedSubmission e) {
            List<Step> lost = giveUp(needed);
            lost.stream().filter(other -> !other.equals(step)).forEach(_ -> pool.hub().failed("task of " + this, e));
            throw e;
        }
    }

    private List<Step> giveUp(Drain refused) {
        Hub.lock(lock);
        try {
            if (drain != refused) {
                return List.of();
            }
            drain = null;
            List<Step> lost = List.copyOf(queue);
            queue.clear();
            lost.forEach(step -> step.ended = true);
            return lost;
        } finally {
            lock.unlock();
        }
    }

    // ---- running

    /// A task of the pool that takes steps from the queue.
    private final class Drain implements Callable<@Nullable Void> {

        private volatile @Nullable GreenThread<?> handle; // written when it is handed in
        private boolean begun; // guarded by the lock

        void start(TaskOptions options) {
            GreenThread<@Nullable Void> given = pool.submit(this, options);
            handle = given;
            if (disposed) {
                given.cancel(false);
            }
            given.link(_ -> ended(this));
        }

        @Override
        public @Nullable Void call() throws InterruptedException {
            for (Step step = next(this); step != null; step = next(this)) {
                step.run();
                boolean ownInterrupt = endOf(step);
                if (ownInterrupt && disposed) {
                    throw new GreenletExit("the worker was disposed");
                }
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                if (handedOn(this)) {
                    return null;
                }
            }
            return null;
        }
    }

    /// Takes the next step, or takes the drain off the worker if there is none.
    private @Nullable Step next(Drain asking) {
        Hub.lock(lock);
        try {
            asking.begun = true;
            if (drain != asking) {
                return null;
            }
            Step step = queue.poll();
            if (step == null) {
                drain = null;
                return null;
            }
            step.runner = Thread.currentThread();
            current = step;
            return step;
        } finally {
            lock.unlock();
        }
    }

    /// Says whether a dispose has interrupted the step, whose interrupt is taken back here.
    private boolean endOf(Step step) {
        Hub.lock(lock);
        try {
            step.ended = true;
            step.runner = null;
            current = null;
            boolean wasInterrupted = interrupted;
            interrupted = false;
            return wasInterrupted && (Thread.interrupted() || disposed);
        } finally {
            lock.unlock();
        }
    }

    /// Lets others have the slot who wait for it, or gives the next step a time limit of its own.
    private boolean handedOn(Drain from) {
        if (pool.waiting() == 0 && pool.options().taskTimeout() == null) {
            return false;
        }
        Drain next = new Drain();
        Hub.lock(lock);
        try {
            if (drain != from || queue.isEmpty()) {
                return false;
            }
            drain = next;
        } finally {
            lock.unlock();
        }
        try {
            next.start(GreenScheduler.TASK);
            return true;
        } catch (RejectedSubmission e) {
            Hub.lock(lock);
            try {
                drain = from;
            } finally {
                lock.unlock();
            }
            return false;
        }
    }

    /// A drain has ended. If it is still the worker's, it was killed.
    private void ended(Drain end) {
        Drain next = null;
        Hub.lock(lock);
        try {
            if (drain == end) {
                Step killed = end.begun ? null : queue.poll();
                if (killed != null) {
                    killed.ended = true;
                }
                next = queue.isEmpty() ? null : new Drain();
                drain = next;
            }
        } finally {
            lock.unlock();
        }
        if (next != null) {
            try {
                next.start(GreenScheduler.TASK);
            } catch (RejectedSubmission e) {
                giveUp(next).forEach(_ -> pool.hub().failed("task of " + this, e));
            }
        }
    }

    /// One task. Disposed by its own thread it goes on, as what disposes itself at its end must.
    private final class Step implements Disposable {

        private final Runnable task;
        private volatile @Nullable Thread runner; // while it runs; written under the lock
        private volatile boolean ended; // by itself or by a dispose; written under the lock

        Step(Runnable task) {
            this.task = task;
        }

        void run() {
            try {
                task.run();
            } catch (Throwable e) {
                if (!ended) {
                    pool.hub().failed("task of " + GreenWorker.this, e);
                }
            }
        }

        @Override
        public void dispose() {
            Hub.lock(lock);
            try {
                if (!ended) {
                    ended = true;
                    if (!queue.remove(this)) {
                        interrupt(this);
                    }
                }
            } finally {
                lock.unlock();
            }
        }

        @Override
        public boolean isDisposed() {
            return ended;
        }
    }

    @GuardedBy("lock")
    private void interrupt(Step step) {
        Thread runs = step.runner;
        if (runs != null && !runs.equals(Thread.currentThread())) {
            interrupted = true;
            pool.hub().interrupt(runs);
        }
    }

    // ---- the worker as a whole

    @Override
    public void dispose() {
        Drain inLine = null;
        Hub.lock(lock);
        try {
            if (disposed) {
                return;
            }
            disposed = true;
            queue.forEach(step -> step.ended = true);
            queue.clear();
            if (current != null) {
                current.ended = true;
                interrupt(current);
            } else {
                inLine = drain;
            }
        } finally {
            lock.unlock();
        }
        if (inLine != null && inLine.handle != null) {
            Objects.requireNonNull(inLine.handle).cancel(false);
        }
        List.copyOf(later).forEach(Disposable::dispose);
        scheduler.leave(this);
    }

    @Override
    public boolean isDisposed() {
        return disposed;
    }

    @Override
    public String toString() {
        return "worker of " + pool;
    }
}
