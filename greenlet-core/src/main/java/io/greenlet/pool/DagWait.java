package io.greenlet.pool;

import io.greenlet.waiting.Waiter;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Somebody's wait for some keys: what has come of them and was not taken, in the order of arrival, and what has not. It
/// belongs to the [DagBoard], under its lock.
final class DagWait<K, V extends @Nullable Object> implements DagBoard.Demand<K> {

    final Queue<DagBoard.Arrival<K, V>> arrived = new ArrayDeque<>();
    final Set<K> missing = new LinkedHashSet<>();
    final boolean isForEverything; // and so is to be told when nothing can come any more
    int wanted = 1; // so many arrivals end its sleep
    boolean untilFailure; // so does a failure
    private boolean failed;
    @Nullable Waiter sleeper;
    @Nullable DagNode<K, V> blocked; // who sleeps here without limit

    DagWait(boolean isForEverything) {
        this.isForEverything = isForEverything;
    }

    void add(DagBoard.Arrival<K, V> arrival) {
        arrived.add(arrival);
        failed |= arrival.outcome() instanceof DagBoard.Failure;
    }

    boolean isSatisfied() {
        return arrived.size() >= wanted || missing.isEmpty() || (untilFailure && failed);
    }

    /// Whether each of the missing keys is needed for the sleep to end.
    boolean needsAll() {
        return wanted - arrived.size() >= missing.size();
    }
}
