package io.greenlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A lock whose wait leaves no trace in its caller.
@Timeout(60)
final class ShortLockTests {

    @Test
    void anUnparkThatComesWhileItIsWaitedForIsNotLost() throws InterruptedException {
        for (Thread.Builder kind : new Thread.Builder[]{Thread.ofPlatform().daemon(), Thread.ofVirtual()}) {
            ShortLock lock = new ShortLock();
            CountDownLatch parkedAndWoken = new CountDownLatch(1);
            Thread waiter = kind.unstarted(() -> {
                lock.lock();
                try {
                    assertThat(lock.getHoldCount()).isOne();
                } finally {
                    lock.unlock();
                }
                LockSupport.park();
                parkedAndWoken.countDown();
            });
            lock.lock();
            try {
                waiter.start();
                HubContract.waitUntil("it waits for the lock", lock::hasQueuedThreads);
                LockSupport.unpark(waiter);
                HubContract.waitUntil("it waits again", () -> waiter.getState() == Thread.State.WAITING);
            } finally {
                lock.unlock();
            }
            parkedAndWoken.await();
            waiter.join();
            assertThat(lock.isLocked()).isFalse();
        }
    }
}
