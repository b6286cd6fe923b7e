package io.greenlet.pool;

import io.greenlet.Hub;
import io.greenlet.waiting.Waiter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// How a thread waits for keys of a [DagPool]: it looks at the board, and sleeps, helps or gives up as that says, until
/// what it wants has arrived. Its [DagWait] on the board lasts from the beginning to the close.
///
/// Whoever wakes a sleeper makes it look again, so a wake-up says nothing by itself and none is lost: the look and the
/// falling asleep are one step under the lock.
final class DagAwait<K, V extends @Nullable Object> implements AutoCloseable {

    /// What a look says.
    private sealed interface Look<K, V extends @Nullable Object> {}

    private record Satisfied<K, V extends @Nullable Object>() implements Look<K, V> {}

    private record TimeOver<K, V extends @Nullable Object>() implements Look<K, V> {}

    private record Asleep<K, V extends @Nullable Object>() implements Look<K, V> {}

    private record Help<K, V extends @Nullable Object>(DagNode<K, V> node) implements Look<K, V> {}

    private record Stalled<K, V extends @Nullable Object>(Set<K> nobodys, Map<K, Set<K>> waiting)
            implements
                Look<K, V> {}

    private record Circular<K, V extends @Nullable Object>(List<K> path) implements Look<K, V> {}

    private final DagPool<K, V> pool;
    private final DagBoard<K, V> board;
    private final DagWait<K, V> wait;

    DagAwait(DagPool<K, V> pool, DagBoard<K, V> board, DagWait<K, V> wait) {
        this.pool = pool;
        this.board = board;
        this.wait = wait;
    }

    /// Waits until all have arrived, or one that failed; false when the time is over first.
    boolean forAll(long nanos) throws InterruptedException {
        return await(Integer.MAX_VALUE, true, nanos);
    }

    /// Takes what has arrived and was not taken.
    List<DagBoard.Arrival<K, V>> take() {
        return pool.locked(() -> {
            List<DagBoard.Arrival<K, V>> taken = new ArrayList<>(wait.arrived);
            wait.arrived.clear();
            return taken;
        });
    }

    Set<K> missing() {
        return pool.locked(() -> new LinkedHashSet<>(wait.missing));
    }

    /// The wait is over, whatever has come; a sleeper goes on.
    @Override
    public void close() {
        pool.step(() -> board.end(wait));
    }

    private boolean await(int wanted, boolean untilFailure, long nanos) throws InterruptedException {
        DagNode<K, V> caller = nanos == Waiter.FOREVER ? pool.caller() : null;
        if (caller == null) {
            return await(null, wanted, untilFailure, nanos);
        }
        pool.step(() -> caller.waits.add(wait)); // also while it helps, so that a cycle through it is seen
        try {
            return await(caller, wanted, untilFailure, nanos);
        } finally {
            pool.step(() -> caller.waits.remove(wait));
        }
    }

    private boolean await(@Nullable DagNode<K, V> caller, int wanted, boolean untilFailure, long nanos)
            throws InterruptedException {
        boolean limited = nanos != Waiter.FOREVER;
        Hub clock = Hub.current();
        long start = limited ? clock.nanoTime() : 0;
        Set<DagNode<K, V>> tried = new HashSet<>();
        for (;;) {
            Waiter waiter = new Waiter();
            long left = limited ? Math.max(nanos, 0) - (clock.nanoTime() - start) : nanos;
            switch (pool.locked(() -> {
                wait.wanted = wanted;
                wait.untilFailure = untilFailure;
                return limited ? lookOrSleep(waiter, left) : lookOrSleep(caller, waiter, tried);
            })) {
                case Satisfied<K, V> _ -> {
                    return true;
                }
                case TimeOver<K, V> _ -> {
                    return false;
                }
                case Asleep<K, V> _ -> sleep(waiter, left);
                case Help<K, V>(DagNode<K, V> node) -> {
                    tried.add(node);
                    boolean _ = node.runInPlace();
                }
                case Stalled<K, V>(Set<K> nobodys, Map<K, Set<K>> waiting) ->
                    throw new IllegalStateException("dag pool must have someone to post " + DagPool.text(nobodys) + ": "
                            + DagPool.text(waiting));
                case Circular<K, V>(List<K> path) -> throw new IllegalStateException(
                        "node '" + path.getFirst() + "' must not await what waits for it: " + DagPool.way(path));
            }
        }
    }

    private Look<K, V> lookOrSleep(Waiter waiter, long left) {
        if (wait.isSatisfied()) {
            return new Satisfied<>();
        }
        if (left <= 0) {
            return new TimeOver<>();
        }
        board.sleep(wait, waiter, null, false);
        return new Asleep<>();
    }

    /// Without limit: what can never end is not begun.
    private Look<K, V> lookOrSleep(@Nullable DagNode<K, V> caller, Waiter waiter, Set<DagNode<K, V>> tried) {
        if (wait.isSatisfied()) {
            return new Satisfied<>();
        }
        if (wait.isForEverything && board.hasStalled()) {
            return new Stalled<>(board.nobodys(), board.waitingFor());
        }
        if (caller != null && wait.needsAll() && !caller.dependencies.containsAll(wait.missing)) {
            List<K> path = board.cycle(Map.of(caller.key, wait.missing));
            if (path != null) {
                return new Circular<>(path);
            }
        }
        boolean helps = pool.isInItsSlots();
        DagNode<K, V> inLine = helps ? board.inLineFor(wait, tried) : null;
        if (inLine != null) {
            return new Help<>(inLine);
        }
        board.sleep(wait, waiter, caller, helps);
        return new Asleep<>();
    }

    private void sleep(Waiter waiter, long left) throws InterruptedException {
        try {
            waiter.await(pool, left);
        } finally {
            if (waiter.given() == null) {
                pool.step(() -> board.awake(wait));
            }
        }
    }

    // ---- one after the other

    /// Iterates over what comes, in the order of arrival. `hasNext` never waits.
    <E> Iterator<E> iterator(Function<DagBoard.Arrival<K, V>, E> each) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return hasMore();
            }

            @Override
            public E next() {
                return each.apply(takeNext());
            }
        };
    }

    /// Iterates over some of what comes, in the order of arrival. `hasNext` waits for the next of them.
    <E> Iterator<E> filter(Function<DagBoard.Arrival<K, V>, @Nullable E> each) {
        return new Iterator<>() {

            private @Nullable E next;

            @Override
            public boolean hasNext() {
                while (next == null && hasMore()) {
                    next = each.apply(takeNext());
                }
                return next != null;
            }

            @Override
            public E next() {
                E taken = hasNext() ? next : null;
                if (taken == null) {
                    throw new NoSuchElementException("no more keys");
                }
                next = null;
                return taken;
            }
        };
    }

    private boolean hasMore() {
        return pool.locked(() -> !wait.arrived.isEmpty() || !wait.missing.isEmpty());
    }

    private DagBoard.Arrival<K, V> takeNext() {
        try {
            boolean _ = await(1, false, Waiter.FOREVER);
        } catch (InterruptedException e) {
            throw GreenMap.interrupted(e);
        }
        DagBoard.Arrival<K, V> next = pool.<DagBoard.@Nullable Arrival<K, V>>locked(wait.arrived::poll);
        if (next == null) {
            throw new NoSuchElementException("no more keys");
        }
        return next;
    }
}
