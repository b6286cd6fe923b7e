package io.greenlet;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.greenlet.waiting.WaitList;
import io.greenlet.waiting.Waiter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A hub that runs one green thread at a time, and so knows all of its own: what the cooperative and the simulated hub
/// have in common.
///
/// ```
///   open ──close──▶ closed: takes nothing, kills all ──the last has ended──▶ empty
/// ```
///
/// A task is enlisted from before it is ready until its thread has ended. `closed` and the list change under the lock: a
/// task either is seen by the close, which kills it, or sees that the hub is closed.
@SuppressWarnings("ReferenceEquality") // tasks are told apart by identity
abstract sealed class SerialHub extends Hub permits CarrierHub, TurnHub {

    /// How long a close waits for green threads that do not heed its kill.
    static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final System.Logger LOG = System.getLogger("io.greenlet");

    private final ReentrantLock lock = new ShortLock();

    @GuardedBy("lock")
    private final Set<GreenTask<?>> tasks = new LinkedHashSet<>();

    /// Closers, each waiting until few enough are left.
    @GuardedBy("lock")
    private final WaitList<Waiter> closers = new WaitList<>();

    private volatile boolean closed; // written under lock

    SerialHub(String name) {
        super(name);
    }

    /// Makes a task ready: it gets its turn in a thread that calls [GreenTask#live()], then [#delist(GreenTask)].
    abstract void makeReady(GreenTask<?> task);

    /// Whether the calling thread is one of this hub's green threads.
    abstract boolean isInside();

    /// Whose turn it is, or null when nobody runs.
    abstract @Nullable GreenTask<?> running();

    /// How often the turn has changed: the same number at two times means that who runs has not let go.
    abstract long switches();

    /// How many could run and do not.
    abstract int ready();

    /// How many timers are pending.
    abstract int timers();

    /// The form of the hub, in a word.
    abstract String kind();

    /// Called when the hub is closed and no green thread is left, or those left do not end.
    void emptied() {}

    // ---- who lives here

    @Override
    final void execute(GreenTask<?> task) {
        enlist(task);
        try {
            makeReady(task);
        } catch (Throwable e) {
            delist(task);
            throw e;
        }
    }

    @Override
    final void enlist(GreenTask<?> task) {
        lock.lock();
        try {
            if (closed && !tasks.contains(task)) { // one that was enlisted before is killed by the close
                throw new IllegalStateException("hub '" + name() + "' is closed");
            }
            tasks.add(task);
        } finally {
            lock.unlock();
        }
    }

    @Override
    final void delist(GreenTask<?> task) {
        WaitList<Waiter> woken;
        lock.lock();
        try {
            tasks.remove(task);
            if (tasks.size() > 1 || closers.isEmpty()) {
                return;
            }
            woken = Waiter.giveAll(closers, true);
        } finally {
            lock.unlock();
        }
        Waiter.wakeAll(woken);
    }

    @Override
    final boolean isClosed() {
        return closed;
    }

    /// Everyone who lives here, oldest first: running, ready, waiting, or to be spawned later.
    @Override
    final List<GreenTask<?>> tasks() {
        lock.lock();
        try {
            return new ArrayList<>(tasks);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public final HubSnapshot snapshot() {
        return new HubSnapshot(name(), kind(), greensJdkBlocking(), tasks().size(), ready(), timers(),
                ReadinessPoller.listeners(this));
    }

    @Override
    public final StallDetector detectStalls(Duration limit, Consumer<? super StallDetector.Stall> listener) {
        return new StallDetector(this, limit, listener);
    }

    // ---- the clock

    @Override
    public final void sleep(Duration duration) throws InterruptedException {
        long nanos = nanos(duration);
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        if (nanos <= 0) {
            yieldNow();
            return;
        }
        long start = nanoTime();
        for (long left = nanos; left > 0; left = nanos - (nanoTime() - start)) {
            parkNanos(this, left);
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        }
    }

    @Override
    public final void parkNanos(Object blocker, long nanos) {
        if (nanos <= 0) {
            return;
        }
        Thread here = Thread.currentThread();
        HubTimer alarm = schedule(nanos, () -> unpark(here));
        try {
            park(blocker);
        } finally {
            alarm.cancel();
        }
    }

    // ---- the end

    @Override
    public final void close() {
        List<GreenTask<?>> mine;
        lock.lock();
        try {
            closed = true;
            mine = new ArrayList<>(tasks);
        } finally {
            lock.unlock();
        }
        GreenTask<?> here = isInside() ? GreenTask.currentTask() : null;
        for (GreenTask<?> task : mine) {
            if (task != here) {
                task.kill(new GreenletExit("hub '" + name() + "' was closed"));
            }
        }
        awaitOthers(here);
        List<GreenTask<?>> left = tasks();
        if (here != null) {
            left.remove(here);
        }
        if (!left.isEmpty()) {
            LOG.log(System.Logger.Level.WARNING, "hub '" + name() + "' is closed, but still running after the kill: "
                    + left.stream().map(GreenTask::name).toList());
        }
        if (here == null) {
            emptied();
        }
    }

    /// Waits until nobody but the caller is left.
    void awaitOthers(@Nullable GreenTask<?> here) {
        Hub clock = Hub.current(); // the one the waiter waits with
        long start = clock.nanoTime();
        boolean interrupted = false;
        for (;;) {
            long left = PATIENCE_NANOS - (clock.nanoTime() - start);
            Waiter waiter = new Waiter();
            lock.lock();
            try {
                if (tasks.isEmpty() || (tasks.size() == 1 && tasks.contains(here)) || left <= 0 || interrupted) {
                    break;
                }
                closers.add(waiter);
            } finally {
                lock.unlock();
            }
            try {
                waiter.await(this, left);
            } catch (InterruptedException e) {
                interrupted = true;
            } finally {
                leave(waiter);
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void leave(Waiter waiter) {
        lock.lock();
        try {
            closers.remove(waiter);
        } finally {
            lock.unlock();
        }
    }
}
