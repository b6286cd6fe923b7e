package io.greenlet.boot;

import java.util.function.BooleanSupplier;

/// Waits for a state that no latch tells of, such as the length of a pool's line. The test's time limit ends it.
public final class Eventually {

    private Eventually() {}

    /// Returns when the condition holds.
    ///
    /// @param condition what to wait for
    @SuppressWarnings("ThreadPriorityCheck") // a yield, so that others get to make it true
    public static void holds(BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean()) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            Thread.yield();
        }
    }
}
