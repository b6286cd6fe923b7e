package io.greenlet;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.greenlet.waiting.WaitList;
import io.greenlet.waiting.Waiter;
import java.util.concurrent.locks.ReentrantLock;

/// A [java.util.concurrent.CountDownLatch] whose wait is green on every hub: a test that waits in the JDK would hold up
/// a hub that passes a baton.
public final class Latch {

    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final WaitList<Waiter> waiters = new WaitList<>();

    private volatile int count; // written under lock

    /// A latch that opens after that many calls of [#countDown()].
    public Latch(int count) {
        this.count = count;
    }

    /// Counts one down; at zero all who wait go on.
    @SuppressWarnings("NonAtomicVolatileUpdate") // the lock makes it atomic
    public void countDown() {
        WaitList<Waiter> woken;
        lock.lock();
        try {
            if (count == 0) {
                return;
            }
            count--;
            if (count > 0) {
                return;
            }
            woken = Waiter.giveAll(waiters, this);
        } finally {
            lock.unlock();
        }
        Waiter.wakeAll(woken);
    }

    /// Returns how many are missing.
    public int count() {
        return count;
    }

    /// Waits for zero.
    public void await() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        if (count == 0) {
            return;
        }
        Waiter waiter = new Waiter();
        lock.lock();
        try {
            if (count == 0) {
                return;
            }
            waiters.add(waiter);
        } finally {
            lock.unlock();
        }
        try {
            var _ = waiter.await(this, Waiter.FOREVER);
        } finally {
            leave(waiter);
        }
    }

    /// Waits for zero, whoever interrupts; the flag is set afterwards then.
    public void awaitUninterruptibly() {
        boolean interrupted = false;
        while (count > 0) {
            try {
                await();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void leave(Waiter waiter) {
        lock.lock();
        try {
            waiters.remove(waiter);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public String toString() {
        return "latch (" + count + " missing)";
    }
}
