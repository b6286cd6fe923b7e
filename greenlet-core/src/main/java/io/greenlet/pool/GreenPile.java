package io.greenlet.pool;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.greenlet.GreenThread;
import io.greenlet.Hub;
import io.greenlet.waiting.WaitList;
import io.greenlet.waiting.Waiter;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Bodies in, results out, in the order in which they were spawned, on top of a pool that several piles may share.
///
/// A pile ends when everything spawned has been taken; it can be filled again then. A result is held until it is taken,
/// so whoever spawns without end takes from another thread and uses a [#bounded] pile.
///
/// **Failure.** A body that failed raises that at its position and counts as taken. **Interruption** of a take loses
/// nothing: the next take returns that result. **Re-entry** is as in the pool: a spawn or a take in one of the pool's
/// own green threads runs the body in place rather than wait for a slot.
///
/// Thread safety: any number of threads may spawn and take; two takers never get the same result.
///
/// eventlet: `GreenPile`.
///
/// @param <T> what the bodies return
@SuppressWarnings({"IterableAndIterator", "ReferenceEquality"}) // a pile is iterated as it stands; handles have identity
public final class GreenPile<T extends @Nullable Object> implements Iterator<T>, Iterable<T> {

    private final GreenPool pool;
    private final int capacity;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final Queue<GreenThread<T>> results = new ArrayDeque<>();

    /// Spawns under way: their results are to come.
    @GuardedBy("lock")
    private int spawning;

    /// Those who wait for the two above to change, spawners and takers alike; each looks again.
    @GuardedBy("lock")
    private final WaitList<Waiter> watchers = new WaitList<>();

    /// A pile on a pool of its own.
    ///
    /// @param size how many bodies may run at once
    /// @throws IllegalArgumentException if the size is negative
    public GreenPile(int size) {
        this(GreenPool.of(PoolOptions.named("pile").withSize(size)));
    }

    /// A pile on a pool that others may use too.
    ///
    /// @param pool the pool
    public GreenPile(GreenPool pool) {
        this(pool, Integer.MAX_VALUE);
    }

    private GreenPile(GreenPool pool, int capacity) {
        this.pool = Objects.requireNonNull(pool, "pool");
        this.capacity = capacity;
    }

    /// Makes a pile whose spawn waits while too much is in it, for a spawner that never ends and a taker in another
    /// thread.
    ///
    /// @param pool the pool
    /// @param capacity how many bodies and results, not yet taken, the pile holds at most
    /// @param <T> what the bodies return
    /// @return the pile
    /// @throws IllegalArgumentException if the capacity is not positive
    public static <T extends @Nullable Object> GreenPile<T> bounded(GreenPool pool, int capacity) {
        if (capacity <= 0) {
            throw new IllegalArgumentException("capacity must be positive: " + capacity);
        }
        return new GreenPile<>(pool, capacity);
    }

    /// Returns the pool that runs the bodies.
    ///
    /// @return the pool
    public GreenPool pool() {
        return pool;
    }

    /// Spawns a body in the pool, as [GreenPool#spawn] does, and gives its result the next position.
    ///
    /// @param body what to run
    /// @throws InterruptedException if the caller is interrupted while it waits; the pile is as before then
    /// @throws RejectedSubmission if the pool does not take it; the pile is as before then
    public void spawn(Callable<? extends T> body) throws InterruptedException {
        Objects.requireNonNull(body, "body");
        reserve();
        GreenThread<T> result = null;
        try {
            result = pool.spawn(body);
        } finally {
            settle(result);
        }
    }

    private void reserve() throws InterruptedException {
        for (;;) {
            Waiter waiter;
            Hub.lock(lock);
            try {
                if (results.size() + spawning < capacity) {
                    spawning++;
                    return;
                }
                waiter = new Waiter();
                watchers.add(waiter);
            } finally {
                lock.unlock();
            }
            watch(waiter);
        }
    }

    private void settle(@Nullable GreenThread<T> result) {
        WaitList<Waiter> woken;
        Hub.lock(lock);
        try {
            spawning--;
            if (result != null) {
                results.add(result);
            }
            woken = Waiter.giveAll(watchers, true);
        } finally {
            lock.unlock();
        }
        Waiter.wakeAll(woken);
    }

    /// Waits for the next result. eventlet: `next`.
    ///
    /// @return what the body at this position returned
    /// @throws InterruptedException if the caller is interrupted while it waits; the next take gets this result
    /// @throws NoSuchElementException if everything spawned has been taken
    public T take() throws InterruptedException {
        for (;;) {
            GreenThread<T> first;
            Waiter waiter = null;
            Hub.lock(lock);
            try {
                first = results.peek();
                if (first == null) {
                    if (spawning == 0) {
                        throw new NoSuchElementException("no more results");
                    }
                    waiter = new Waiter();
                    watchers.add(waiter);
                }
            } finally {
                lock.unlock();
            }
            if (waiter != null) {
                watch(waiter);
            } else if (first != null) {
                awaitEnd(first);
                if (remove(first)) {
                    return first.await();
                }
            }
        }
    }

    private static void awaitEnd(GreenThread<?> thread) throws InterruptedException {
        try {
            thread.await();
        } catch (RuntimeException | Error e) {
            // how it ended is for the one who takes it
        }
    }

    /// Takes the first result out; false when another taker was quicker.
    private boolean remove(GreenThread<T> first) {
        WaitList<Waiter> woken;
        Hub.lock(lock);
        try {
            if (results.peek() != first) {
                return false;
            }
            results.remove();
            woken = Waiter.giveAll(watchers, true);
        } finally {
            lock.unlock();
        }
        Waiter.wakeAll(woken);
        return true;
    }

    private void watch(Waiter waiter) throws InterruptedException {
        try {
            waiter.await(this, Waiter.FOREVER);
        } finally {
            if (waiter.given() == null) {
                Hub.lock(lock);
                try {
                    watchers.remove(waiter);
                } finally {
                    lock.unlock();
                }
            }
        }
    }

    /// Says whether there is something to take, now or when a spawn under way is through. Never waits.
    @Override
    public boolean hasNext() {
        Hub.lock(lock);
        try {
            return !results.isEmpty() || spawning > 0;
        } finally {
            lock.unlock();
        }
    }

    /// Is [#take()] for code that cannot throw [InterruptedException].
    ///
    /// @throws CancellationException if the caller is interrupted while it waits; its flag is set, and nothing is lost
    /// @throws NoSuchElementException if everything spawned has been taken
    @Override
    public T next() {
        try {
            return take();
        } catch (InterruptedException e) {
            throw GreenMap.interrupted(e);
        }
    }

    /// Returns this pile.
    @Override
    public Iterator<T> iterator() {
        return this;
    }
}
