package io.greenlet;

import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/// A lock that guards a few instructions, which never wait for anyone of the hub: greenlet's own. Taking it is no switch.
///
/// On a hub with its own carrier a green thread that finds a [ReentrantLock] held, by a thread outside, is parked, and
/// others of its hub run: in the midst of a spawn or a send, which are no blocking calls, so that what the hub promises
/// between two of those is broken. Here it keeps its carrier while it waits, and while it holds the lock: a monitor of
/// the JDK's that it meets meanwhile would else let another one of the hub run, which waits for this lock and keeps the
/// carrier from the one that holds it.
///
/// Nor does waiting for it take an unpark away that was meant for its caller. A lock waits by parking too, so one that
/// comes meanwhile ends that; between "is it there?" and "park" it would be missed. So it is given back, at the price of a
/// park that returns for no reason.
final class ShortLock extends ReentrantLock {

    private static final long serialVersionUID = 1;

    @Override
    public void lock() {
        Thread here = Thread.currentThread();
        if (CarrierHub.isSeated(here)) {
            VirtualThreads.pin(here);
        }
        if (!super.tryLock()) {
            super.lock();
            LockSupport.unpark(here);
        }
    }

    @Override
    public void unlock() {
        super.unlock();
        Thread here = Thread.currentThread();
        if (CarrierHub.isSeated(here)) {
            VirtualThreads.unpin(here);
        }
    }

    /// Not offered: it would have to keep the carrier too.
    @Override
    public boolean tryLock() {
        throw new UnsupportedOperationException("take it by lock()");
    }
}
