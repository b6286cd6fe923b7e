package io.greenlet.pool;

import io.greenlet.GreenTask;
import io.greenlet.Hub;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A function that was spawned under a key, from then until it has ended. All but the final fields and the task's own
/// state belongs to the [DagBoard], under its lock.
///
/// ```
///   WAITING ──all it needs is there──▶ READY ──has a thread, and a slot──▶ RUNNING ──▶ ENDED
///      └───────────── kill ───────────────┴──────────────────────────────────────────────▲
/// ```
final class DagNode<K, V extends @Nullable Object> implements DagBoard.Demand<K> {

    enum State {
        /// Keys are missing that it cannot begin without.
        WAITING,
        /// Handed to the hub or the pool, or about to be.
        READY,
        /// Its function runs.
        RUNNING,
        /// Its function is over, or will never run.
        ENDED
    }

    /// A green thread on a hub, without bounds: made when it is spawned and started when it is ready.
    private static final class Unbounded<V extends @Nullable Object> extends GreenTask<V> {

        Unbounded(Hub hub, Callable<? extends V> body) {
            super(hub, body);
        }

        void begin() {
            start();
        }
    }

    final K key;
    final Object owner; // the pool of this node
    final Set<K> dependencies;
    private final GreenTask<V> task; // made by the spawner, which is its parent and whose context it takes
    private final @Nullable GreenPool pool;
    private final @Nullable ClassLoader contextClassLoader = Thread.currentThread().getContextClassLoader();

    private volatile @Nullable Thread hander; // written by the one that hands it in
    private DagBoard.@Nullable Outcome<V> inHandIn; // of that thread

    State state = State.WAITING;
    final Set<K> missing = new LinkedHashSet<>(); // dependencies that nothing was posted under so far
    final Set<K> holding = new LinkedHashSet<>(); // those of them without which it does not begin
    final List<DagWait<K, V>> waits = new ArrayList<>(1); // without limit, of its own thread, asleep or helping
    boolean handedIn; // the task may be killed, or run in place
    @Nullable RuntimeException killed; // before it was handed in
    @Nullable Thread runner;
    @Nullable DagNode<K, V> within; // the node in whose thread it runs in place
    @Nullable DagNode<K, V> inPlace; // the node that runs in place in its thread, without whose end it does not go on
    final boolean early;

    DagNode(Object owner, K key, Set<K> dependencies, boolean early, Hub hub, @Nullable GreenPool pool,
            Function<DagNode<K, V>, Callable<V>> body) {
        this.owner = owner;
        this.key = key;
        this.dependencies = dependencies;
        this.early = early;
        this.pool = pool;
        Callable<V> called = body.apply(this);
        task = pool == null ? new Unbounded<>(hub, called) : new PoolTask<>(pool, called);
    }

    GreenTask<V> task() {
        return task;
    }

    /// Whether it needs a slot.
    boolean isBounded() {
        return pool != null;
    }

    boolean hasBegun() {
        return state == State.RUNNING;
    }

    /// Starts the green thread as soon as there is a slot, as if the spawner did it.
    void handIn() {
        Thread thread = Thread.currentThread();
        ClassLoader own = thread.getContextClassLoader();
        thread.setContextClassLoader(contextClassLoader);
        hander = thread;
        try {
            if (pool != null && task instanceof PoolTask<V> bounded) {
                pool.submitStreamed(bounded);
            } else if (task instanceof Unbounded<V> unbounded) {
                unbounded.begin();
            }
        } finally {
            hander = null;
            thread.setContextClassLoader(own);
        }
    }

    /// Keeps the outcome if the task has ended in the thread that hands it in, and there: what follows from it is for that
    /// thread to do when it is back, or a row of nodes that cannot begin would be as deep as it is long.
    @SuppressWarnings("ReferenceEquality") // threads are told apart by identity
    boolean hasEndedInHandIn(DagBoard.Outcome<V> outcome) {
        if (hander != Thread.currentThread()) {
            return false;
        }
        inHandIn = outcome;
        return true;
    }

    /// How the task has ended while it was handed in, for the thread that did that.
    DagBoard.@Nullable Outcome<V> outcomeInHandIn() {
        return inHandIn;
    }

    /// Runs it in the calling thread if it stands in line for a slot.
    boolean runInPlace() throws InterruptedException {
        return task instanceof PoolTask<V> bounded && bounded.runInPlace();
    }
}
