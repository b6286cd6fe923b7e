package io.greenlet.pool;

import io.greenlet.GreenThread;
import io.greenlet.GreenletExit;
import io.greenlet.Hub;
import io.greenlet.HubTimer;
import io.greenlet.waiting.Waiter;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// The results of tasks that were all handed in at once, in that order, within one time limit for all of them. For one
/// consumer at a time.
///
/// Over time, what is left is killed, last first, so that none of it begins in the slot of another.
final class ExecutorMap<R extends @Nullable Object> implements Iterator<R>, AutoCloseable {

    private final GreenPool pool;
    private final Hub clock = Hub.current();
    private final long start = clock.nanoTime();
    private final long limitNanos;
    private final Deque<GreenThread<R>> left;

    ExecutorMap(GreenPool pool, Collection<? extends GreenThread<R>> tasks, long limitNanos) {
        this.pool = pool;
        left = new ArrayDeque<>(tasks);
        this.limitNanos = limitNanos;
    }

    @Override
    public boolean hasNext() {
        return !left.isEmpty();
    }

    @Override
    public R next() {
        GreenThread<R> first = left.peek();
        if (first == null) {
            throw new NoSuchElementException("no more results");
        }
        try {
            R result = await(first);
            left.remove();
            return result;
        } catch (InterruptedException e) {
            throw GreenMap.interrupted(e); // the result is not lost
        } catch (TimeoutException e) {
            return expire(first);
        } catch (RuntimeException | Error e) {
            left.remove();
            throw e;
        }
    }

    private R await(GreenThread<R> first) throws InterruptedException, TimeoutException {
        if (limitNanos == Waiter.FOREVER) {
            return first.await();
        }
        return pool.isCurrent() ? awaitInPlace(first) : first.await(timeLeft());
    }

    /// In one of the pool's own green threads: a wait without limit, which runs the task in place if it is in line, ended
    /// by a kill of the task when the time is over.
    private R awaitInPlace(GreenThread<R> first) throws InterruptedException, TimeoutException {
        GreenletExit expiry = new GreenletExit(first + " was killed at the end of its map");
        HubTimer alarm = clock.callAfter(timeLeft(), () -> first.kill(expiry));
        try {
            return first.await();
        } catch (GreenletExit e) {
            if (e.equals(expiry)) {
                throw new TimeoutException(e.getMessage());
            }
            throw e;
        } finally {
            alarm.cancel();
        }
    }

    private Duration timeLeft() {
        return Duration.ofNanos(limitNanos - (clock.nanoTime() - start));
    }

    private R expire(GreenThread<R> first) {
        int missing = left.size();
        close();
        throw new CompletionException(new TimeoutException(first + " has not ended within "
                + Duration.ofNanos(limitNanos) + ", the limit of the whole map; with it, " + missing
                + " results are missing"));
    }

    /// Kills what is left.
    @Override
    public void close() {
        for (GreenThread<R> last = left.pollLast(); last != null; last = left.pollLast()) {
            boolean _ = last.cancel(true);
        }
    }
}
