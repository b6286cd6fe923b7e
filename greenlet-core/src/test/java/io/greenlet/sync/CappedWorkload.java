package io.greenlet.sync;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Permits of one capped semaphore, acquired and released by chance.
public final class CappedWorkload extends BalanceWorkload {

    private CappedSemaphore semaphore = new CappedSemaphore(0, 0);
    private int limit;
    private int permits; // at first
    private int acquired;
    private int released;
    private int acquiring;
    private int releasing;
    private boolean settled; // nobody may be left to wait for ever from now on

    /// For loading by name.
    public CappedWorkload() {}

    @Override
    protected void prepare() {
        limit = random(3);
        permits = random(limit + 1);
        semaphore = new CappedSemaphore(permits, limit);
        watch(semaphore);
        acquired = 0;
        released = 0;
        acquiring = 0;
        releasing = 0;
        settled = false;
        int actors = 3 + random(2);
        for (int i = 0; i < actors; i++) {
            actor(2 + random(3), this::act);
        }
    }

    private void act() throws InterruptedException {
        agree();
        switch (random(10)) {
            case 0, 1 -> acquire(settled ? Duration.ZERO : null);
            case 2, 3 -> release(settled ? Duration.ZERO : null);
            case 4 -> acquire(Duration.ofMillis(random(4)));
            case 5 -> release(Duration.ofMillis(random(4)));
            case 6 -> tryAcquire();
            case 7 -> tryRelease();
            case 8 -> interruptSomeone();
            default -> dawdle();
        }
        agree();
        dawdle();
    }

    private void acquire(@Nullable Duration within) throws InterruptedException {
        acquiring++;
        try {
            if (await(within, this::acquireWithin)) {
                acquired++;
            }
        } finally {
            acquiring--;
        }
        balanced();
    }

    private boolean acquireWithin(@Nullable Duration within) throws InterruptedException {
        if (within != null) {
            return semaphore.tryAcquire(within);
        }
        semaphore.acquire();
        return true;
    }

    private void release(@Nullable Duration within) throws InterruptedException {
        releasing++;
        try {
            if (await(within, this::releaseWithin)) {
                released++;
            }
        } finally {
            releasing--;
        }
        balanced();
    }

    private boolean releaseWithin(@Nullable Duration within) throws InterruptedException {
        if (within != null) {
            return semaphore.tryRelease(within);
        }
        semaphore.release();
        return true;
    }

    private void tryAcquire() {
        int before = semaphore.balance();
        long turn = hub().trace();
        acquiring++;
        boolean done = semaphore.tryAcquire();
        acquiring--;
        acquired += done ? 1 : 0;
        rule(turn != hub().trace() || done == before > 0, "tryAcquire: " + done + " though " + before);
        balanced();
    }

    private void tryRelease() {
        int before = semaphore.balance();
        long turn = hub().trace();
        releasing++;
        boolean done = semaphore.tryRelease();
        releasing--;
        released += done ? 1 : 0;
        rule(turn != hub().trace() || done == before < limit, "tryRelease: " + done + " though " + before);
        balanced();
    }

    /// Whoever is in the middle of a step may have taken it.
    private void balanced() {
        rule(acquired <= permits + released + releasing, "a permit from nowhere");
        rule(released <= limit - permits + acquired + acquiring, "a permit above the limit");
        agree();
    }

    @Override
    protected void settle() {
        agree();
        settled = true;
        rule(semaphore.acquiring() == acquiring && semaphore.releasing() == releasing,
                "in line: " + semaphore + " instead of " + acquiring + " and " + releasing);
        rule(semaphore.balance() == permits + released - acquired + releasing - acquiring, "balance " + semaphore);
        for (int left = semaphore.acquiring(); left > 0; left--) {
            rule(semaphore.tryRelease(), "no release for one who acquires");
            released++;
        }
        for (int left = semaphore.releasing(); left > 0; left--) {
            rule(semaphore.tryAcquire(), "no acquire for one who releases");
            acquired++;
        }
    }

    @Override
    protected void check() {
        agree();
        rule(acquiring == 0 && releasing == 0, "acquiring " + acquiring + ", releasing " + releasing);
        rule(semaphore.balance() == permits + released - acquired, "permits " + semaphore);
    }
}
