package io.greenlet;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.greenlet.waiting.WaitList;
import io.greenlet.waiting.Waiter;
import java.util.concurrent.locks.ReentrantLock;

/// A [java.util.concurrent.Semaphore] without permits at first, whose wait is green on every hub.
public final class Permits {

    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final WaitList<Waiter> waiters = new WaitList<>();

    @GuardedBy("lock")
    private int free;

    /// Gives that many permits.
    public void release(int permits) {
        WaitList<Waiter> woken = new WaitList<>();
        lock.lock();
        try {
            free += permits;
            while (free > 0 && !waiters.isEmpty()) {
                Waiter first = waiters.poll();
                if (first != null) {
                    first.give(this);
                    woken.add(first);
                    free--;
                }
            }
        } finally {
            lock.unlock();
        }
        Waiter.wakeAll(woken);
    }

    /// Waits for a permit and takes it, whoever interrupts; the flag is set afterwards then.
    public void acquireUninterruptibly() {
        Waiter waiter = new Waiter();
        lock.lock();
        try {
            if (free > 0) {
                free--;
                return;
            }
            waiters.add(waiter);
        } finally {
            lock.unlock();
        }
        boolean interrupted = false;
        while (waiter.given() == null) {
            try {
                var _ = waiter.await(this, Waiter.FOREVER);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
