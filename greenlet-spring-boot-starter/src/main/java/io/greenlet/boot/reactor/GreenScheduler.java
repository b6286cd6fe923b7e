package io.greenlet.boot.reactor;

import io.greenlet.GreenThread;
import io.greenlet.boot.InLine;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.TaskOptions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Exceptions;
import reactor.core.Scannable;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/// Reactor's scheduler over a pool.
///
/// A task of the scheduler itself is a task of the pool. A [GreenWorker] has one task of the pool for its queue. What is
/// for later is a [Later], a timer of the pool's hub until it is due.
///
/// `live` has all that a dispose of the scheduler ends: everything joins it before it is handed in, and leaves it when
/// it has ended. One that joins while the scheduler is disposed sees `disposed` after that, and leaves again.
final class GreenScheduler implements Scheduler, Scannable {

    static final TaskOptions TASK = TaskOptions.describedAs("Reactor scheduler");

    private final GreenPool pool;
    private final long wallNanos; // the time of day when the hub's clock showed zero
    private final Set<Disposable> live = ConcurrentHashMap.newKeySet();
    private volatile boolean disposed;

    GreenScheduler(GreenPool pool) {
        this.pool = pool;
        wallNanos = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis()) - pool.hub().nanoTime();
    }

    GreenPool pool() {
        return pool;
    }

    // ---- tasks of its own

    @Override
    public Disposable schedule(Runnable task) {
        return run(Schedulers.onSchedule(task), InLine.untilItRuns(pool, TASK));
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
        Later later = new Later(pool.hub(), task, periodNanos, due -> run(due, TASK), live::remove);
        join(later);
        later.start(delayNanos);
        return later;
    }

    private Disposable run(Runnable task, TaskOptions options) {
        Run run = new Run(task);
        join(run);
        try {
            run.start(options);
        } catch (Throwable e) {
            leave(run);
            throw e;
        }
        return run;
    }

    private void join(Disposable member) {
        live.add(member);
        if (disposed) {
            live.remove(member);
            throw Exceptions.failWithRejected();
        }
    }

    void leave(Disposable member) {
        live.remove(member);
    }

    /// One task. Disposed by its own thread it goes on, as what disposes itself at its end must.
    private final class Run implements Disposable, Callable<@Nullable Void> {

        private final Runnable task;
        private volatile @Nullable GreenThread<?> handle; // written when it is handed in
        private volatile @Nullable Thread runner; // while the task runs
        private volatile boolean ended; // by itself or by a dispose
        private volatile boolean killed; // by a dispose from outside

        Run(Runnable task) {
            this.task = task;
        }

        void start(TaskOptions options) {
            GreenThread<@Nullable Void> given = pool.submit(this, options);
            handle = given;
            if (killed) {
                given.cancel(true);
            }
            given.link(_ -> {
                ended = true;
                leave(this);
            });
        }

        @Override
        public @Nullable Void call() {
            runner = Thread.currentThread();
            try {
                task.run();
            } catch (Throwable e) {
                if (!killed) {
                    pool.hub().failed("task of " + GreenScheduler.this, e);
                }
                throw e;
            } finally {
                runner = null;
            }
            return null;
        }

        @Override
        public void dispose() {
            ended = true;
            if (Thread.currentThread().equals(runner)) {
                return;
            }
            killed = true;
            GreenThread<?> given = handle;
            if (given != null) {
                given.cancel(true);
            }
        }

        @Override
        public boolean isDisposed() {
            return ended;
        }
    }

    // ---- the scheduler as a whole

    @Override
    public Worker createWorker() {
        GreenWorker worker = new GreenWorker(this);
        try {
            join(worker);
        } catch (RuntimeException e) {
            worker.dispose(); // a worker of a disposed scheduler, which takes nothing
        }
        return worker;
    }

    @Override
    public long now(TimeUnit unit) {
        return unit.convert(wallNanos + pool.hub().nanoTime(), TimeUnit.NANOSECONDS);
    }

    @Override
    public void dispose() {
        disposed = true;
        List.copyOf(live).forEach(Disposable::dispose);
        live.clear();
    }

    @Override
    public boolean isDisposed() {
        return disposed;
    }

    @Override
    @SuppressWarnings("rawtypes") // Reactor's signature
    public @Nullable Object scanUnsafe(Attr key) {
        if (Attr.TERMINATED.equals(key) || Attr.CANCELLED.equals(key)) {
            return isDisposed();
        }
        return Attr.NAME.equals(key) ? toString() : null;
    }

    @Override
    public String toString() {
        return "scheduler of " + pool;
    }
}
