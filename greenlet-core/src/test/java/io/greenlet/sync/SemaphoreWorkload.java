package io.greenlet.sync;

import io.greenlet.sync.GreenSemaphore.Permit;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Permits of one semaphore, taken and given back by chance, and now and then one that nobody has taken.
public final class SemaphoreWorkload extends BalanceWorkload {

    private GreenSemaphore semaphore = new GreenSemaphore(0);
    private boolean bounded;
    private int permits; // that there are, in whosesoever hands
    private int held; // by actors that know it
    private int surplus; // released by those who held none, and not yet refused to those who did
    private int acquiring;

    /// For loading by name.
    public SemaphoreWorkload() {}

    @Override
    protected void prepare() {
        bounded = chance(3);
        permits = bounded ? 1 + random(2) : random(3);
        semaphore = bounded ? GreenSemaphore.bounded(permits) : new GreenSemaphore(permits);
        watch(semaphore);
        held = 0;
        surplus = 0;
        acquiring = 0;
        int actors = 3 + random(2);
        for (int i = 0; i < actors; i++) {
            actor(2 + random(3), this::act);
        }
    }

    private void act() throws InterruptedException {
        agree();
        switch (random(12)) {
            case 0, 1, 2 -> acquire(null);
            case 3, 4, 5 -> acquire(Duration.ofMillis(random(3)));
            case 6, 7 -> tryAcquire();
            case 8, 9 -> hold();
            case 10 -> interruptSomeone();
            default -> releaseOneMore();
        }
        agree();
        dawdle();
    }

    private void acquire(@Nullable Duration limit) throws InterruptedException {
        boolean acquired;
        acquiring++;
        try {
            acquired = await(limit, this::acquireWithin);
        } finally {
            acquiring--;
        }
        if (acquired) {
            took();
            try {
                dawdle();
            } finally {
                giveBack();
            }
        }
    }

    private boolean acquireWithin(@Nullable Duration limit) throws InterruptedException {
        if (limit != null) {
            return semaphore.tryAcquire(limit);
        }
        semaphore.acquire();
        return true;
    }

    private void tryAcquire() throws InterruptedException {
        int before = semaphore.balance();
        long turn = hub().trace();
        boolean acquired = semaphore.tryAcquire();
        rule(turn != hub().trace() || acquired == before > 0, "tryAcquire: " + acquired + " though " + before);
        if (acquired) {
            took();
            try {
                dawdle();
            } finally {
                giveBack();
            }
        }
    }

    private void hold() throws InterruptedException {
        Permit permit;
        acquiring++;
        try {
            permit = semaphore.hold();
        } finally {
            acquiring--;
        }
        took();
        try {
            dawdle();
        } finally {
            held--;
            if (chance(3)) {
                helper(() -> release(permit::close));
            }
            release(permit::close);
            if (chance(3)) {
                release(permit::close);
            }
        }
    }

    private void took() {
        held++;
        rule(held - surplus <= permits, "one permit more than there are");
        rule(semaphore.available() + held - surplus <= permits, "a permit is free that is held");
        agree();
    }

    private void giveBack() {
        held--;
        release(semaphore::release);
        agree();
    }

    private void release(Runnable release) {
        try {
            release.run();
        } catch (IllegalStateException e) {
            surplus--;
            rule(surplus >= 0, "refused a release in order");
        }
    }

    /// Releases what nobody has acquired; if a bounded one lets that pass, another release is the one too many.
    private void releaseOneMore() {
        if (!bounded && chance(2)) {
            permits++;
            semaphore.release();
        }
        if (bounded) {
            boolean full = semaphore.balance() == permits;
            long turn = hub().trace();
            boolean refused = false;
            try {
                semaphore.release();
                surplus++;
            } catch (IllegalStateException e) {
                refused = true;
            }
            rule(turn != hub().trace() || refused == full, "released too often: refused " + refused);
            rule(semaphore.balance() <= permits, "more permits than its bound");
        }
    }

    @Override
    protected void settle() {
        agree();
        rule(semaphore.waiting() == acquiring, "in line: " + semaphore + " instead of " + acquiring);
        rule(permits == 0 || acquiring == 0, "somebody waits for ever: " + semaphore);
        if (permits == 0) {
            permits++;
            semaphore.release();
        }
    }

    @Override
    protected void check() {
        agree();
        rule(held == 0 && acquiring == 0, "held " + held + ", acquiring " + acquiring);
        rule(surplus == 0, "of the releases too many, " + surplus + " changed nothing");
        rule(semaphore.balance() == permits, "permits " + semaphore.balance() + " instead of " + permits);
    }
}
