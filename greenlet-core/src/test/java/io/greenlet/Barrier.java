package io.greenlet;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.concurrent.locks.ReentrantLock;

/// A [java.util.concurrent.CyclicBarrier] whose wait is green on every hub.
public final class Barrier {

    private final int parties;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private int missing;

    @GuardedBy("lock")
    private Latch round = new Latch(1);

    /// A barrier for that many.
    public Barrier(int parties) {
        this.parties = parties;
        missing = parties;
    }

    /// Waits until as many have come as the barrier is for.
    public void await() throws InterruptedException {
        Latch mine;
        lock.lock();
        try {
            mine = round;
            missing--;
            if (missing == 0) {
                missing = parties;
                round = new Latch(1);
                mine.countDown();
            }
        } finally {
            lock.unlock();
        }
        mine.await();
    }
}
