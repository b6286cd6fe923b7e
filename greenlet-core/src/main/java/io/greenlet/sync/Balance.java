package io.greenlet.sync;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.greenlet.Hub;
import io.greenlet.waiting.WaitList;
import io.greenlet.waiting.Waiter;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Permits, and who waits for one or for room to put one back: one signed number and one line.
///
/// ## One number
///
/// An acquire adds -1 to the number, a release +1, whether or not it has to wait; who gives up takes that back.
///
/// ```
///     -2    -1     0     1    …    limit    limit+1   limit+2
///   ◀── acquires wait ──┼── permits there are ──┼── releases wait ──▶
/// ```
///
/// Below 0 the line holds that many acquires, above the limit that many releases, in between nobody waits. So one line
/// serves both sides: its members are always of one kind, and the number says of which. With a limit of 0 there is no
/// in between, and every acquire meets a release.
///
/// ## Rules
///
/// - *In between, a step is one compare-and-set.* Outside, the number changes under the lock only, together with the
///   line: no compare-and-set starts or ends there but the one that joins the line, under the lock.
/// - *A step towards the line serves the first in it*, which is then done; the number moves by one and no permit is ever
///   free while somebody waits for one. A step away from it joins the line. So nobody overtakes, no `try…` either.
/// - *Joining races with a step from the other side.* Both are a compare-and-set from the same number: a release that
///   was quicker leaves a number from which nobody joins, and the acquire looks again.
/// - *Leaving races with being served.* Both happen under the lock: whoever gives up still stands in line, or its step
///   was taken, and stands.
///
/// Nobody is woken under the lock.
final class Balance {

    /// What an acquire adds.
    static final int ACQUIRE = -1;

    /// What a release adds.
    static final int RELEASE = 1;

    private final int limit;
    private final AtomicLong number; // not an int: a limit of 2^31-1 and somebody who waits to release would be too much
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final WaitList<Waiter> line = new WaitList<>();

    Balance(int permits, int limit) {
        this.limit = limit;
        number = new AtomicLong(permits);
    }

    int limit() {
        return limit;
    }

    /// Permits and releases that wait, minus acquires that wait.
    int number() {
        return Math.clamp(number.get(), Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    int free() {
        return Math.clamp(number.get(), 0, limit);
    }

    int acquiring() {
        return Math.clamp(-number.get(), 0, Integer.MAX_VALUE);
    }

    int releasing() {
        return Math.clamp(number.get() - limit, 0, Integer.MAX_VALUE);
    }

    private boolean mustWait(long seen, int step) {
        return step < 0 ? seen <= 0 : seen >= limit;
    }

    /// Whether those in line wait for this very step.
    private boolean serves(long seen, int step) {
        return step < 0 ? seen > limit : seen < 0;
    }

    /// Takes a step that need not wait; false if it had to.
    boolean tryStep(int step) {
        for (;;) {
            Hub.point();
            long seen = number.get();
            if (mustWait(seen, step)) {
                return false;
            }
            if (serves(seen, step)) {
                if (serveFirst(step)) {
                    return true;
                }
                continue;
            }
            Hub.point();
            if (number.compareAndSet(seen, seen + step)) {
                return true;
            }
        }
    }

    /// Takes a step, and waits for it if it has to; false when the time is over first.
    ///
    /// @param blocker what is waited for, for thread dumps
    /// @param nanos the longest wait, [Waiter#FOREVER] for no limit
    /// @throws InterruptedException if the caller is interrupted in line; it has left it then
    boolean step(int step, Object blocker, long nanos) throws InterruptedException {
        while (!tryStep(step)) {
            if (nanos <= 0) {
                return false;
            }
            Waiter waiter = new Waiter();
            if (join(waiter, step)) {
                return await(waiter, step, blocker, nanos);
            }
        }
        return true;
    }

    private boolean join(Waiter waiter, int step) {
        Hub.lock(lock);
        try {
            long seen = number.get();
            Hub.point();
            if (!mustWait(seen, step) || !number.compareAndSet(seen, seen + step)) {
                return false;
            }
            line.add(waiter);
            return true;
        } finally {
            lock.unlock();
        }
    }

    private boolean await(Waiter waiter, int step, Object blocker, long nanos) throws InterruptedException {
        try {
            waiter.await(blocker, nanos);
        } catch (InterruptedException e) {
            if (leave(waiter, step)) {
                throw e;
            }
            Thread.currentThread().interrupt(); // too late: the step is taken
        } catch (Error e) { // as when the stack is used up
            if (!leave(waiter, step)) {
                tryStep(-step);
            }
            throw e;
        }
        return waiter.given() != null || !leave(waiter, step);
    }

    /// Serves the first in line, if there still is one.
    private boolean serveFirst(int step) {
        Waiter first = null;
        Hub.lock(lock);
        try {
            long seen = number.get();
            if (serves(seen, step)) {
                first = served(seen + step);
            }
        } finally {
            lock.unlock();
        }
        if (first == null) {
            return false;
        }
        first.wake();
        return true;
    }

    @GuardedBy("lock")
    private @Nullable Waiter served(long newNumber) {
        Waiter first = line.poll();
        if (first == null) {
            throw new AssertionError("the number says that somebody waits: " + number);
        }
        number.set(newNumber);
        first.give(true);
        return first;
    }

    /// Gives a step up; false if it was taken.
    private boolean leave(Waiter waiter, int step) {
        Hub.lock(lock);
        try {
            if (!line.remove(waiter)) {
                return false;
            }
            number.set(number.get() - step);
            return true;
        } finally {
            lock.unlock();
        }
    }
}
