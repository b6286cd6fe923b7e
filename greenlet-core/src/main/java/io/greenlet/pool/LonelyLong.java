package io.greenlet.pool;

import java.util.concurrent.atomic.AtomicLongArray;

/// A number that shares its cache lines with nothing: whoever changes it takes them from the other processors, and what lay
/// beside it would go along, read by every task or not.
final class LonelyLong {

    private static final int BESIDE = 16; // numbers on either side: processors fetch lines of 64 bytes two by two

    private final AtomicLongArray cells = new AtomicLongArray(2 * BESIDE + 1);

    LonelyLong(long value) {
        cells.set(BESIDE, value);
    }

    long get() {
        return cells.get(BESIDE);
    }

    boolean compareAndSet(long expected, long value) {
        return cells.compareAndSet(BESIDE, expected, value);
    }
}
