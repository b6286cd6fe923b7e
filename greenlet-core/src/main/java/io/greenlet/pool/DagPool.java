package io.greenlet.pool;

import io.greenlet.GreenThread;
import io.greenlet.GreenletExit;
import io.greenlet.Hub;
import io.greenlet.waiting.Waiter;
import java.time.Duration;
import java.util.AbstractMap.SimpleImmutableEntry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Green threads that wait for each other's results by key: a node is spawned under a key, with the keys it depends on,
/// and what its function returns is posted under its key. The order of the spawns does not matter.
///
/// {@snippet class="io.greenlet.snippets.DagSnippetsTests" region="dag"}
///
/// ## When a node begins
///
/// A node has no thread, and no slot, before it can use it:
///
/// | spawned by | begins when | its [DagResults] |
/// |---|---|---|
/// | [#spawn], [#spawnMany] | all its dependencies are there, values or failures | never wait |
/// | [#spawnEarly], without a [GreenPool] | at once | wait for what is not there |
/// | [#spawnEarly], in a [GreenPool] | each of its dependencies is there or its node has begun | wait for what is not there |
///
/// So in a pool of any size nodes that hold a slot wait for nodes that hold one, and some of them for nobody: the pool
/// never fills up with nodes that wait for those in line. A node that calls [#await(Object)] for other keys than its
/// dependencies runs in place, in its own slot, what stands in line and is needed for them.
///
/// ## What a key is, and what happens to it
///
/// | the key | `spawn` | `post` | `replace` | `await` | `kill` |
/// |---|---|---|---|---|---|
/// | unknown | becomes pending | is there | is there | waits for somebody to spawn or post it | false |
/// | pending, not begun | [KeyCollision] | [KeyCollision] | [KeyCollision] | waits | fails with the kill, its function never runs |
/// | pending, running | [KeyCollision] | [KeyCollision], but its own thread may: what it returns is dropped then | as `post` | waits | is interrupted; fails with the kill unless it lives on |
/// | there: a value | [KeyCollision] | [KeyCollision] | another value | returns it | false |
/// | there: a failure | [KeyCollision] | [KeyCollision] | a value | throws it, a [PropagatedFailure] | false |
///
/// **Failure.** Whatever ends a function other than a return (an exception, an `Error`, a kill, a time limit or a
/// rejection of the pool) is posted under its key as a [PropagatedFailure], so that nobody waits for ever. Those who read the
/// key get it; a node that lets it pass fails with it, so that its causes lead back to where it began.
///
/// **What would never end** is reported: dependencies that form a cycle, by `spawn`; a node that awaits what waits for it,
/// by that `await`; and when no node can go on since all wait for keys that nobody computes, by `awaitAll()` and
/// `awaitEach()` of everything without a limit, unless one of those keys was promised by [#expect(Object)]. A wait for keys by
/// name, or with a limit, leaves it to somebody outside to post them.
///
/// **Interruption** ends a wait and changes nothing else. **Fairness.** Nodes are handed to hub or pool in the order in
/// which they become ready; those who wait for a key are woken in the order in which they came.
///
/// Keys need a stable `hashCode` and `equals`, which run under the pool's lock. Values are kept as long as the pool is.
///
/// Thread safety: any thread may call any method. Memory effects: what was done before a post, or by a node, happens-before
/// the return of what reads its key.
///
/// eventlet: `DAGPool`.
///
/// @param <K> the type of the keys, not null
/// @param <V> the type of the values
public final class DagPool<K, V extends @Nullable Object> {

    private static final ScopedValue<DagNode<?, ?>> NODE = ScopedValue.newInstance();
    private static final int MOST_NAMED = 10;

    private final Hub hub;
    private final @Nullable GreenPool pool;
    private final ReentrantLock lock = new ReentrantLock();
    private final DagBoard<K, V> board = new DagBoard<>(); // under the lock, by locked()

    /// A pool without bounds, on the hub of the caller. eventlet: `DAGPool()`.
    public DagPool() {
        this(Hub.current(), null);
    }

    /// A pool without bounds, on the hub of the caller, in which some values are there from the start. eventlet:
    /// `DAGPool(preload)`.
    ///
    /// @param preload the values by key
    public DagPool(Map<? extends K, ? extends V> preload) {
        this();
        preload.forEach(this::post);
    }

    private DagPool(Hub hub, @Nullable GreenPool pool) {
        this.hub = hub;
        this.pool = pool;
    }

    /// Makes a pool without bounds.
    ///
    /// @param hub where its nodes run
    /// @param <K> the type of the keys
    /// @param <V> the type of the values
    /// @return a new pool
    public static <K, V extends @Nullable Object> DagPool<K, V> on(Hub hub) {
        return new DagPool<>(Objects.requireNonNull(hub, "hub"), null);
    }

    /// Makes a pool whose nodes run in the slots of another, which others may use too. Nodes stand in its line like everyone,
    /// whatever its [WhenFull]; they are bounded by what was spawned here and do not count against its queue.
    ///
    /// @param pool where its nodes run
    /// @param <K> the type of the keys
    /// @param <V> the type of the values
    /// @return a new pool
    public static <K, V extends @Nullable Object> DagPool<K, V> in(GreenPool pool) {
        return new DagPool<>(pool.hub(), pool);
    }

    // ---- spawning

    /// Runs a function for a key when all it depends on is there. Never waits. eventlet: `spawn`.
    ///
    /// @param key the key to post its result under
    /// @param dependencies the keys whose values it needs; they may be spawned or posted later
    /// @param function what to run
    /// @throws KeyCollision if the key is taken
    /// @throws IllegalArgumentException if the key would wait for itself; the message has the way from it back to itself,
    ///     and nothing was spawned
    public void spawn(K key, Collection<? extends K> dependencies, DagFunction<K, V> function) {
        spawnAll(Map.of(key, dependencies), function, false);
    }

    /// Runs a function for a key like [#spawn] but before its dependencies are there, so that it can use each as it comes:
    /// its results wait.
    ///
    /// @param key the key to post its result under
    /// @param dependencies the keys whose values it needs; they may be spawned or posted later
    /// @param function what to run
    /// @throws KeyCollision if the key is taken
    /// @throws IllegalArgumentException if the key would wait for itself
    public void spawnEarly(K key, Collection<? extends K> dependencies, DagFunction<K, V> function) {
        spawnAll(Map.of(key, dependencies), function, true);
    }

    /// Runs a function once for each of some keys, as [#spawn] does: for all of them, or for none if it throws. eventlet:
    /// `spawn_many`.
    ///
    /// @param dependencies for each key the keys whose values it needs
    /// @param function what to run; it finds its key in [DagResults#key()]
    /// @throws KeyCollision if a key is taken
    /// @throws IllegalArgumentException if a key would wait for itself
    public void spawnMany(Map<? extends K, ? extends Collection<? extends K>> dependencies,
            DagFunction<K, V> function) {
        spawnAll(dependencies, function, false);
    }

    private void spawnAll(Map<? extends K, ? extends Collection<? extends K>> dependencies, DagFunction<K, V> function,
            boolean early) {
        Objects.requireNonNull(function, "function");
        Map<K, Set<K>> wanted = new LinkedHashMap<>();
        dependencies.forEach((key, keys) -> wanted.put(key, copy(keys)));
        List<DagNode<K, V>> nodes = new ArrayList<>();
        wanted.forEach((key, keys) -> {
            DagNode<K, V> node = new DagNode<>(this, key, keys, early, hub, pool, made -> () -> run(made, function));
            node.task().link(ended -> end(node, ended));
            nodes.add(node);
        });
        DagBoard.Refusal<K> refusal = locked(() -> {
            DagBoard.Refusal<K> found = board.refusal(wanted);
            if (found == null) {
                nodes.forEach(board::add);
            }
            return found;
        });
        switch (refusal) {
            case null -> {
            }
            case DagBoard.Taken<K>(K key) -> throw new KeyCollision(key);
            case DagBoard.Cycle<K>(List<K> path) ->
                throw new IllegalArgumentException("dependencies must not form a cycle: " + way(path));
        }
    }

    private static <K> Set<K> copy(Collection<? extends K> keys) {
        Set<K> copy = new LinkedHashSet<>();
        keys.forEach(key -> copy.add(Objects.requireNonNull(key, "key")));
        return Collections.unmodifiableSet(copy);
    }

    private V run(DagNode<K, V> node, DagFunction<K, V> function) throws Exception {
        Thread runner = Thread.currentThread();
        DagNode<K, V> within = caller();
        RuntimeException killed = locked(() -> board.begun(node, runner, within));
        if (killed != null) {
            throw killed;
        }
        return ScopedValue.where(NODE, node).call(() -> function.apply(new DagResults<>(this, node)));
    }

    /// The node that the caller runs for, or null.
    @SuppressWarnings({"unchecked", "ReferenceEquality"}) // its owner is this pool; threads are told apart by identity
    @Nullable DagNode<K, V> caller() {
        DagNode<?, ?> node = NODE.isBound() ? NODE.get() : null;
        return node != null && node.owner == this && node.runner == Thread.currentThread()
                ? (DagNode<K, V>) node
                : null;
    }

    /// Does what follows from a step at the board. A loop, since one node that is refused makes the next one ready.
    private void carryOut(DagBoard.Aftermath<K, V> first) {
        Waiter.wakeAll(first.woken());
        Deque<DagNode<K, V>> ready = new ArrayDeque<>(first.ready());
        for (DagNode<K, V> node = ready.poll(); node != null; node = ready.poll()) {
            DagBoard.Aftermath<K, V> next = handIn(node);
            Waiter.wakeAll(next.woken());
            ready.addAll(next.ready());
        }
    }

    /// Gives a node that is ready to the hub or the pool. One that cannot begin there has ended with it.
    private DagBoard.Aftermath<K, V> handIn(DagNode<K, V> node) {
        DagBoard.Outcome<V> refusal = null;
        try {
            node.handIn();
            refusal = node.outcomeInHandIn();
        } catch (Throwable e) { // refused, or no thread was to be had
            refusal = new DagBoard.Failure<>(new PropagatedFailure(node.key, e));
        }
        RuntimeException killed;
        DagBoard.Aftermath<K, V> aftermath;
        Hub.lock(lock);
        try {
            killed = board.handedIn(node);
            if (refusal != null) {
                boolean _ = board.ended(node, refusal);
            }
        } finally {
            aftermath = board.takeAftermath();
            lock.unlock();
        }
        if (killed != null && refusal == null) {
            node.task().kill(killed);
        }
        return aftermath;
    }

    /// The link of a node's green thread.
    private void end(DagNode<K, V> node, GreenThread<V> ended) {
        DagBoard.Outcome<V> outcome = switch (ended.state()) {
            case SUCCESS -> new DagBoard.Value<>(ended.resultNow());
            case FAILED -> new DagBoard.Failure<>(new PropagatedFailure(node.key, ended.exceptionNow()));
            case CANCELLED, RUNNING -> new DagBoard.Failure<>(new PropagatedFailure(node.key, killOf(ended)));
        };
        if (!node.hasEndedInHandIn(outcome)) {
            end(node, outcome);
        }
    }

    private static Throwable killOf(GreenThread<?> ended) {
        try {
            ended.await(); // it has ended: this does not wait
        } catch (InterruptedException | RuntimeException e) {
            return e;
        }
        throw new AssertionError(ended + " was not killed");
    }

    private void end(DagNode<K, V> node, DagBoard.Outcome<V> outcome) {
        boolean isTaken = locked(() -> board.ended(node, outcome));
        if (!isTaken && outcome instanceof DagBoard.Failure<V>(PropagatedFailure lost)
                && !(lost.getCause() instanceof GreenletExit)) {
            hub.failed("node of " + this + ", after it had posted under its key", lost);
        }
    }

    // ---- posting

    /// Posts a value under a key. A node may post under its own key while it runs: what it returns is dropped then. Never
    /// waits. eventlet: `post`.
    ///
    /// @param key the key
    /// @param value its value
    /// @throws KeyCollision if the key is taken
    public void post(K key, V value) {
        post(key, new DagBoard.Value<>(value), false);
    }

    /// Posts a failure under a key, as if its node had failed with it. Never waits.
    ///
    /// @param key the key
    /// @param error the cause of what those get who read the key
    /// @throws KeyCollision if the key is taken
    public void postFailure(K key, Throwable error) {
        post(key, new DagBoard.Failure<>(new PropagatedFailure(key, error)), false);
    }

    /// Posts a value under a key, in place of what is there, if anything is. Whoever has read the key keeps what it read.
    /// Never waits. eventlet: `post` with `replace=True`.
    ///
    /// @param key the key
    /// @param value its value from now on
    /// @throws KeyCollision if a node is running or waiting to run for the key, unless the caller is that node
    public void replace(K key, V value) {
        post(key, new DagBoard.Value<>(value), true);
    }

    private void post(K key, DagBoard.Outcome<V> outcome, boolean replacing) {
        Objects.requireNonNull(key, "key");
        DagNode<K, V> poster = caller();
        if (!locked(() -> board.post(key, outcome, replacing, poster))) {
            throw new KeyCollision(key);
        }
    }

    /// Says that somebody outside will post a key, so that a wait for everything waits for it instead of reporting it. A
    /// key that is there already is no longer expected.
    ///
    /// @param key the key
    public void expect(K key) {
        Objects.requireNonNull(key, "key");
        step(() -> board.promise(key));
    }

    // ---- waiting

    /// Waits for a key, without limit; it may be spawned or posted later. eventlet: `pool[key]`.
    ///
    /// @param key the key
    /// @return its value
    /// @throws InterruptedException if the caller is interrupted while it waits
    /// @throws PropagatedFailure if the key failed
    /// @throws IllegalStateException if the caller is a node that the key waits for
    public V await(K key) throws InterruptedException {
        return only(awaitAll(Set.of(key)));
    }

    /// Waits for a key for a limited time; zero or less does not wait.
    ///
    /// @param key the key
    /// @param timeout the longest wait
    /// @return its value
    /// @throws InterruptedException if the caller is interrupted while it waits
    /// @throws TimeoutException if nothing was posted under it in that time; the message says what it waits for
    /// @throws PropagatedFailure if the key failed
    public V await(K key, Duration timeout) throws InterruptedException, TimeoutException {
        return only(awaitAll(Set.of(key), timeout));
    }

    private static <V extends @Nullable Object> V only(Map<?, V> values) {
        return values.values().iterator().next();
    }

    /// Waits for all keys that are there, spawned or expected at the moment of the call. eventlet: `waitall`, `wait()`.
    ///
    /// @return their values in the order of arrival
    /// @throws InterruptedException if the caller is interrupted while it waits
    /// @throws PropagatedFailure the failure that came first, as soon as there is one
    /// @throws IllegalStateException if nothing can come any more, since all that is left waits for keys that nobody
    ///     computes, which the message names; or if a node calls this, which would wait for itself
    public Map<K, V> awaitAll() throws InterruptedException {
        return values(awaitsAll("awaitAll", true));
    }

    /// Waits for all keys that are there, spawned or expected at the moment of the call, for a limited time; zero or less
    /// does not wait.
    ///
    /// @param timeout the longest wait
    /// @return their values in the order of arrival
    /// @throws InterruptedException if the caller is interrupted while it waits
    /// @throws TimeoutException if they have not all come in that time; the message says what they wait for
    /// @throws PropagatedFailure the failure that came first, as soon as there is one
    /// @throws IllegalStateException if a node calls this, which would wait for itself
    public Map<K, V> awaitAll(Duration timeout) throws InterruptedException, TimeoutException {
        return values(awaitsAll("awaitAll", false), timeout);
    }

    /// Waits for some keys, without limit; they may be spawned or posted later. eventlet: `wait(keys)`.
    ///
    /// @param keys the keys
    /// @return their values in the order of arrival
    /// @throws InterruptedException if the caller is interrupted while it waits
    /// @throws PropagatedFailure the failure that came first, as soon as there is one
    /// @throws IllegalStateException if the caller is a node that one of the keys waits for
    public Map<K, V> awaitAll(Collection<? extends K> keys) throws InterruptedException {
        return values(awaits(keys));
    }

    /// Waits for some keys for a limited time; zero or less does not wait.
    ///
    /// @param keys the keys
    /// @param timeout the longest wait
    /// @return their values in the order of arrival
    /// @throws InterruptedException if the caller is interrupted while it waits
    /// @throws TimeoutException if they have not all come in that time; the message says what they wait for
    /// @throws PropagatedFailure the failure that came first, as soon as there is one
    public Map<K, V> awaitAll(Collection<? extends K> keys, Duration timeout)
            throws InterruptedException, TimeoutException {
        return values(awaits(keys), timeout);
    }

    /// Returns the keys that are there, spawned or expected at this moment and their values, in the order of arrival. The
    /// stream waits for what is to come. eventlet: `wait_each()`.
    ///
    /// A key that failed throws its [PropagatedFailure] at its position; [Stream#iterator()] goes on with the next. A consumer
    /// that is interrupted gets a [java.util.concurrent.CancellationException] with its flag set, and nothing is lost. The
    /// stream throws [IllegalStateException] where [#awaitAll()] does.
    ///
    /// @return the keys and values as they come
    /// @throws IllegalStateException if a node calls this, which would wait for itself
    public Stream<Map.Entry<K, V>> awaitEach() {
        return each(awaitsAll("awaitEach", true));
    }

    /// Returns some keys and their values in the order of arrival, as [#awaitEach()] does. eventlet: `wait_each(keys)`.
    ///
    /// @param keys the keys
    /// @return the keys and values as they come
    public Stream<Map.Entry<K, V>> awaitEach(Collection<? extends K> keys) {
        return each(awaits(keys));
    }

    /// Returns the keys of [#awaitEach()] that do not fail, and their values. eventlet: `wait_each_success()`.
    ///
    /// @return the keys and values as they come
    /// @throws IllegalStateException if a node calls this, which would wait for itself
    public Stream<Map.Entry<K, V>> awaitEachSuccess() {
        return filter(awaitsAll("awaitEachSuccess", true), DagPool::success);
    }

    /// Returns those of some keys that do not fail, and their values. eventlet: `wait_each_success(keys)`.
    ///
    /// @param keys the keys
    /// @return the keys and values as they come
    public Stream<Map.Entry<K, V>> awaitEachSuccess(Collection<? extends K> keys) {
        return filter(awaits(keys), DagPool::success);
    }

    /// Returns the keys of [#awaitEach()] that fail, and how. eventlet: `wait_each_exception()`.
    ///
    /// @return the keys and failures as they come
    /// @throws IllegalStateException if a node calls this, which would wait for itself
    public Stream<Map.Entry<K, PropagatedFailure>> awaitEachFailure() {
        return filter(awaitsAll("awaitEachFailure", true), DagPool::failure);
    }

    /// Returns those of some keys that fail, and how. eventlet: `wait_each_exception(keys)`.
    ///
    /// @param keys the keys
    /// @return the keys and failures as they come
    public Stream<Map.Entry<K, PropagatedFailure>> awaitEachFailure(Collection<? extends K> keys) {
        return filter(awaits(keys), DagPool::failure);
    }

    private static <K, V extends @Nullable Object> Map.Entry<K, V> entry(DagBoard.Arrival<K, V> arrival) {
        return new SimpleImmutableEntry<>(arrival.key(), value(arrival));
    }

    private static <K, V extends @Nullable Object> Map.@Nullable Entry<K, V> success(DagBoard.Arrival<K, V> arrival) {
        return arrival.outcome() instanceof DagBoard.Value<V> ? entry(arrival) : null;
    }

    private static <K, V extends @Nullable Object> Map.@Nullable Entry<K, PropagatedFailure> failure(
            DagBoard.Arrival<K, V> arrival) {
        return arrival.outcome() instanceof DagBoard.Failure<V>(PropagatedFailure failure)
                ? new SimpleImmutableEntry<>(arrival.key(), failure)
                : null;
    }

    private static <V extends @Nullable Object> V value(DagBoard.Arrival<?, V> arrival) {
        return switch (arrival.outcome()) {
            case DagBoard.Value<V>(V value) -> value;
            case DagBoard.Failure<V>(PropagatedFailure failure) -> throw failure;
        };
    }

    private Stream<Map.Entry<K, V>> each(DagAwait<K, V> await) {
        return new ResultStream<>(await.<Map.Entry<K, V>>iterator(DagPool::entry), true).onClose(await::close);
    }

    private <E> Stream<E> filter(DagAwait<K, V> await, Function<DagBoard.Arrival<K, V>, @Nullable E> each) {
        return new ResultStream<>(await.filter(each), true).onClose(await::close);
    }

    private Map<K, V> values(DagAwait<K, V> await) throws InterruptedException {
        try (await) {
            boolean _ = await.forAll(Waiter.FOREVER);
            return values(await.take());
        }
    }

    private Map<K, V> values(DagAwait<K, V> await, Duration timeout) throws InterruptedException, TimeoutException {
        try (await) {
            if (!await.forAll(TimeUnit.NANOSECONDS.convert(timeout))) {
                throw new TimeoutException("nothing was posted under " + text(await.missing()) + " within " + timeout
                        + ": " + text(waitingFor()));
            }
            return values(await.take());
        }
    }

    private static <K, V extends @Nullable Object> Map<K, V> values(List<DagBoard.Arrival<K, V>> arrivals) {
        Map<K, V> values = new LinkedHashMap<>();
        arrivals.forEach(arrival -> values.put(arrival.key(), value(arrival)));
        return values;
    }

    private DagAwait<K, V> awaits(Collection<? extends K> keys) {
        Set<K> wanted = copy(keys);
        return new DagAwait<>(this, board, locked(() -> board.begin(wanted, false)));
    }

    /// A wait for all that is known.
    private DagAwait<K, V> awaitsAll(String method, boolean isUnlimited) {
        DagNode<K, V> caller = caller();
        if (caller != null) {
            throw new IllegalStateException(method + " must be called from outside the dag pool: node '" + caller.key
                    + "' would wait for itself");
        }
        return new DagAwait<>(this, board, locked(() -> board.begin(board.known(), isUnlimited)));
    }

    static String way(List<?> path) {
        return path.stream().map(String::valueOf).collect(Collectors.joining(" -> "));
    }

    /// Some keys, not too many.
    static String text(Collection<?> keys) {
        return keys.stream().limit(MOST_NAMED).map(String::valueOf)
                .collect(Collectors.joining(", ", "[", keys.size() > MOST_NAMED ? ", ...]" : "]"));
    }

    /// Some keys and what they wait for, not too many.
    static String text(Map<?, ? extends Collection<?>> waiting) {
        if (waiting.isEmpty()) {
            return "nobody waits for another";
        }
        return waiting.entrySet().stream().limit(MOST_NAMED)
                .map(entry -> entry.getKey() + " waits for " + text(entry.getValue()))
                .collect(Collectors.joining(", ", "", waiting.size() > MOST_NAMED ? ", ..." : ""));
    }

    // ---- looking, and ending

    /// Looks at a key without waiting. A null that was posted looks like nothing here: ask [#keys()]. eventlet: `get`.
    ///
    /// @param key the key
    /// @return its value, or nothing if there is none so far
    /// @throws PropagatedFailure if the key failed
    public Optional<V> get(K key) {
        DagBoard.Arrival<K, V> arrival = this.<DagBoard.@Nullable Arrival<K, V>>locked(() -> board.arrival(key));
        return arrival == null ? Optional.empty() : Optional.ofNullable(value(arrival));
    }

    /// Returns the keys that are there, with a value or a failure. eventlet: `keys`.
    ///
    /// @return the keys at this moment, in the order of arrival
    public Set<K> keys() {
        Set<K> keys = new LinkedHashSet<>();
        locked(board::arrivals).forEach(arrival -> keys.add(arrival.key()));
        return keys;
    }

    /// Returns the keys and values that are there. eventlet: `items`.
    ///
    /// @return the keys and values at this moment, in the order of arrival
    /// @throws PropagatedFailure the failure that came first, if a key failed
    public Map<K, V> items() {
        return values(locked(board::arrivals));
    }

    /// Returns how many functions are running. eventlet: `running` (there, those that wait for keys too).
    ///
    /// @return how many have begun and not ended
    public int running() {
        return runningKeys().size();
    }

    /// Returns the keys whose functions are running. eventlet: `running_keys`.
    ///
    /// @return the keys at this moment, in the order in which they were first mentioned
    public Set<K> runningKeys() {
        return keysOf(DagNode::hasBegun);
    }

    /// Returns how many nodes have not begun: their dependencies are missing, or they stand in line for a slot. eventlet:
    /// `waiting`.
    ///
    /// @return how many were spawned and have not begun
    public int waiting() {
        return keysOf(node -> !node.hasBegun()).size();
    }

    private Set<K> keysOf(Predicate<DagNode<K, V>> which) {
        return locked(() -> board.nodes().stream().filter(which).map(node -> node.key)
                .collect(Collectors.toCollection(LinkedHashSet::new)));
    }

    /// Returns what a key's node waits for: dependencies that are not there, and keys that it awaits. eventlet:
    /// `waiting_for(key)`.
    ///
    /// @param key the key
    /// @return the keys it waits for at this moment; none if it waits for none, or nothing was spawned for it
    public Set<K> waitingFor(K key) {
        return locked(() -> {
            DagNode<K, V> node = board.node(key);
            return node == null ? Set.of() : board.waitingFor(node);
        });
    }

    /// Returns what all nodes wait for that wait for keys. eventlet: `waiting_for()`.
    ///
    /// @return for each key whose node waits for others, these
    public Map<K, Set<K>> waitingFor() {
        return locked(board::waitingFor);
    }

    /// Kills the node of a key: what depends on the key gets a [PropagatedFailure] whose cause is a [GreenletExit]. Before
    /// it began, its function never runs; while it runs, it is interrupted as by [GreenThread#kill()], and may live on.
    /// A node that kills itself ends by the exception thrown here. Does not wait. eventlet: `kill` (there, dependants hang).
    ///
    /// @param key the key
    /// @return whether there was a node that had not ended
    public boolean kill(K key) {
        return kill(key, new GreenletExit("node of a dag pool was killed"));
    }

    /// Kills the node of a key as [#kill(Object)] does, with a cause of one's own.
    ///
    /// @param key the key
    /// @param cause what killed it
    /// @return whether there was a node that had not ended
    public boolean kill(K key, RuntimeException cause) {
        DagBoard.Failure<V> failure = new DagBoard.Failure<>(new PropagatedFailure(key, cause));
        DagBoard.Killed<V> killed = locked(() -> board.kill(key, cause, failure));
        if (killed.task() != null) {
            killed.task().kill(cause);
        }
        return killed.found();
    }

    /// Returns the hub that runs the nodes.
    ///
    /// @return the hub
    public Hub hub() {
        return hub;
    }

    // ---- for the parts

    boolean isInItsSlots() {
        return pool != null && pool.isCurrent();
    }

    /// Takes a step at the board, and carries out what follows from it.
    <R extends @Nullable Object> R locked(Supplier<R> step) {
        Hub.lock(lock);
        try {
            return step.get();
        } finally {
            DagBoard.Aftermath<K, V> aftermath = board.takeAftermath();
            lock.unlock();
            carryOut(aftermath);
        }
    }

    void step(Runnable step) {
        var _ = this.<@Nullable Object>locked(() -> {
            step.run();
            return null;
        });
    }

    @Override
    public String toString() {
        return "dag pool (" + keys().size() + " keys, running=" + running() + ", waiting=" + waiting() + ')';
    }
}
