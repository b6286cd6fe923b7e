package io.greenlet.pool;

import io.greenlet.GreenTask;
import io.greenlet.waiting.WaitList;
import io.greenlet.waiting.Waiter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a [DagPool] knows: which keys have come, who runs, and who waits for which key. A plain data structure for one
/// thread; the pool guards it with its lock and, after the lock, carries out the [Aftermath] of each step.
///
/// A node is *active* from the moment it is ready until it ends, except while it sleeps without limit for keys of this
/// pool, or has such a sleeper run in place in its thread. With no active node and no key that somebody has promised, nothing can come any more unless it is posted from
/// outside: the pool has *stalled*.
///
/// Hash code and equality of keys are the only foreign code that runs here.
final class DagBoard<K, V extends @Nullable Object> {

    /// What there is under a key.
    sealed interface Outcome<V extends @Nullable Object> {}

    record Value<V extends @Nullable Object>(V value) implements Outcome<V> {}

    record Failure<V extends @Nullable Object>(PropagatedFailure failure) implements Outcome<V> {}

    /// What there is under which key, and since when in the order of all.
    record Arrival<K, V extends @Nullable Object>(K key, long number, Outcome<V> outcome) {}

    /// Who is told when a key comes.
    sealed interface Demand<K> permits DagNode, DagWait {}

    /// What speaks against a spawn.
    sealed interface Refusal<K> {}

    record Taken<K>(K key) implements Refusal<K> {}

    record Cycle<K>(List<K> path) implements Refusal<K> {}

    /// What is to be done after the lock.
    record Aftermath<K, V extends @Nullable Object>(WaitList<Waiter> woken, List<DagNode<K, V>> ready) {}

    /// What was killed: whether there was a node, and its task if that is to be killed too.
    record Killed<V extends @Nullable Object>(boolean found, @Nullable GreenTask<V> task) {}

    /// A key that somebody computes, promised or waits for.
    private static final class Entry<K, V extends @Nullable Object> {
        private @Nullable DagNode<K, V> node; // until it has ended
        private boolean promised;
        private final Set<Demand<K>> demands = new LinkedHashSet<>();

        boolean isIdle() {
            return node == null && !promised && demands.isEmpty();
        }
    }

    private final SequencedMap<K, Arrival<K, V>> arrivals = new LinkedHashMap<>();
    private final SequencedMap<K, Entry<K, V>> entries = new LinkedHashMap<>();
    private final Set<DagWait<K, V>> watchers = new LinkedHashSet<>(); // asleep, to be told of a stall
    private final Set<DagWait<K, V>> helpers = new LinkedHashSet<>(); // asleep in a thread that may run nodes in place
    private int active;
    private int promised;
    private WaitList<Waiter> woken = new WaitList<>();
    private List<DagNode<K, V>> ready = new ArrayList<>();

    /// Takes what is to be done after the lock.
    Aftermath<K, V> takeAftermath() {
        Aftermath<K, V> taken = new Aftermath<>(woken, ready);
        woken = new WaitList<>();
        ready = new ArrayList<>();
        return taken;
    }

    // ---- nodes

    /// Says what speaks against spawning keys with these dependencies, if anything does.
    @Nullable Refusal<K> refusal(Map<K, Set<K>> wanted) {
        for (K key : wanted.keySet()) {
            if (arrivals.containsKey(key) || nodeOf(key) != null) {
                return new Taken<>(key);
            }
        }
        List<K> cycle = cycle(wanted);
        return cycle == null ? null : new Cycle<>(cycle);
    }

    void add(DagNode<K, V> node) {
        entry(node.key).node = node;
        for (K dependency : node.dependencies) {
            if (!arrivals.containsKey(dependency)) {
                node.missing.add(dependency);
                entry(dependency).demands.add(node);
                if (!node.early || (node.isBounded() && !hasBegun(dependency))) {
                    node.holding.add(dependency);
                }
            }
        }
        readyIfNothingHolds(node);
        wakeHelpers();
    }

    /// What is in line may be needed by others from now on, or somebody else is in line.
    private void wakeHelpers() {
        List.copyOf(helpers).forEach(this::wake);
    }

    private boolean hasBegun(K key) {
        DagNode<K, V> node = nodeOf(key);
        return node != null && node.hasBegun();
    }

    private void readyIfNothingHolds(DagNode<K, V> node) {
        if (node.state == DagNode.State.WAITING && node.holding.isEmpty()) {
            node.state = DagNode.State.READY;
            active++;
            ready.add(node);
        }
    }

    /// The node's task exists for others from now on. Returns what has killed it meanwhile.
    @Nullable RuntimeException handedIn(DagNode<K, V> node) {
        node.handedIn = true;
        wakeHelpers();
        return node.killed;
    }

    /// The node's function is about to run. Returns what has killed it meanwhile.
    ///
    /// @param within the node in whose thread it runs in place, if it does
    @Nullable RuntimeException begun(DagNode<K, V> node, Thread runner, @Nullable DagNode<K, V> within) {
        node.state = DagNode.State.RUNNING;
        node.runner = runner;
        if (within != null) {
            node.within = within;
            within.inPlace = node;
        }
        for (Demand<K> demand : entry(node.key).demands) {
            if (demand instanceof DagNode<K, ?> && toNode(demand).early) {
                toNode(demand).holding.remove(node.key);
                readyIfNothingHolds(toNode(demand));
            }
        }
        return node.killed;
    }

    /// Ends a node. False if its outcome is nobody's: there is something under its key already.
    boolean ended(DagNode<K, V> node, Outcome<V> outcome) {
        if (node.state == DagNode.State.ENDED) {
            return true;
        }
        if (node.state != DagNode.State.WAITING) {
            active--;
        }
        node.state = DagNode.State.ENDED;
        node.runner = null;
        if (node.within != null) {
            node.within.inPlace = null;
        }
        Entry<K, V> entry = entry(node.key);
        entry.node = null;
        node.missing.forEach(key -> leave(key, node));
        boolean isFirst = !arrivals.containsKey(node.key);
        if (isFirst) {
            arrive(node.key, outcome);
        }
        forgetIfIdle(node.key, entry);
        tellOfStall();
        return isFirst;
    }

    /// Kills a key's node as far as that can be done here.
    Killed<V> kill(K key, RuntimeException cause, Outcome<V> failure) {
        DagNode<K, V> node = nodeOf(key);
        if (node == null) {
            return new Killed<>(false, null);
        }
        if (node.state == DagNode.State.WAITING) {
            boolean _ = ended(node, failure);
            return new Killed<>(true, null);
        }
        node.killed = cause;
        return new Killed<>(true, node.handedIn || node.hasBegun() ? node.task() : null);
    }

    // ---- keys

    /// Posts; false if the key is taken.
    boolean post(K key, Outcome<V> outcome, boolean replacing, @Nullable DagNode<K, V> poster) {
        DagNode<K, V> node = nodeOf(key);
        if (node != null && !node.equals(poster)) {
            return false;
        }
        Arrival<K, V> before = arrivals.get(key);
        if (before == null) {
            arrive(key, outcome);
        } else if (replacing) {
            arrivals.put(key, new Arrival<>(key, before.number(), outcome));
        }
        return before == null || replacing;
    }

    private void arrive(K key, Outcome<V> outcome) {
        Arrival<K, V> arrival = new Arrival<>(key, arrivals.size(), outcome);
        arrivals.put(key, arrival);
        Entry<K, V> entry = entries.get(key);
        if (entry == null) {
            return;
        }
        if (entry.promised) {
            entry.promised = false;
            promised--;
        }
        for (Demand<K> demand : entry.demands) {
            switch (demand) {
                case DagNode<K, ?> _ -> {
                    DagNode<K, V> node = toNode(demand);
                    node.missing.remove(key);
                    node.holding.remove(key);
                    readyIfNothingHolds(node);
                }
                case DagWait<K, ?> _ -> {
                    DagWait<K, V> wait = toWait(demand);
                    wait.missing.remove(key);
                    wait.add(arrival);
                    if (wait.isSatisfied()) {
                        wake(wait);
                    }
                }
            }
        }
        entry.demands.clear();
        forgetIfIdle(key, entry);
        tellOfStall();
    }

    @SuppressWarnings("unchecked") // one board has nodes of one type only
    private DagNode<K, V> toNode(Demand<K> demand) {
        return (DagNode<K, V>) demand;
    }

    @SuppressWarnings("unchecked") // one board has waits of one type only
    private DagWait<K, V> toWait(Demand<K> demand) {
        return (DagWait<K, V>) demand;
    }

    /// Somebody outside will post this key.
    void promise(K key) {
        if (!arrivals.containsKey(key) && !entry(key).promised) {
            entry(key).promised = true;
            promised++;
        }
    }

    private Entry<K, V> entry(K key) {
        return entries.computeIfAbsent(key, k -> new Entry<>());
    }

    private @Nullable DagNode<K, V> nodeOf(K key) {
        Entry<K, V> entry = entries.get(key);
        return entry == null ? null : entry.node;
    }

    private void leave(K key, Demand<K> demand) {
        Entry<K, V> entry = entries.get(key);
        if (entry != null) {
            entry.demands.remove(demand);
            forgetIfIdle(key, entry);
        }
    }

    private void forgetIfIdle(K key, Entry<K, V> entry) {
        if (entry.isIdle()) {
            entries.remove(key, entry);
        }
    }

    // ---- waits

    /// Begins a wait for keys; what is there already has arrived.
    DagWait<K, V> begin(Collection<? extends K> keys, boolean isForEverything) {
        DagWait<K, V> wait = new DagWait<>(isForEverything);
        List<Arrival<K, V>> there = new ArrayList<>();
        for (K key : new LinkedHashSet<>(keys)) {
            Arrival<K, V> arrival = arrivals.get(key);
            if (arrival != null) {
                there.add(arrival);
            } else {
                wait.missing.add(key);
                entry(key).demands.add(wait);
            }
        }
        there.sort(Comparator.comparingLong(Arrival::number));
        there.forEach(wait::add);
        return wait;
    }

    /// Ends a wait: nothing of it stays.
    void end(DagWait<K, V> wait) {
        wait.missing.forEach(key -> leave(key, wait));
        wait.missing.clear();
        wake(wait);
    }

    /// Goes to sleep: the waiter gets a gift when it is time to look again.
    ///
    /// @param sleeping the node that sleeps without limit, if it is one
    /// @param helping whether the sleeper may run in place what is handed in
    void sleep(DagWait<K, V> wait, Waiter waiter, @Nullable DagNode<K, V> sleeping, boolean helping) {
        wait.sleeper = waiter;
        if (sleeping != null) {
            wait.blocked = sleeping;
            active -= inThreadOf(sleeping);
        }
        if (helping) {
            helpers.add(wait);
        }
        if (wait.isForEverything) {
            watchers.add(wait);
        }
        tellOfStall();
    }

    private void wake(DagWait<K, V> wait) {
        Waiter waiter = wait.sleeper;
        if (waiter != null) {
            waiter.give(true);
            woken.add(waiter);
            awake(wait);
        }
    }

    /// Is awake again, whoever woke it.
    void awake(DagWait<K, V> wait) {
        wait.sleeper = null;
        if (wait.blocked != null) {
            active += inThreadOf(wait.blocked);
            wait.blocked = null;
        }
        helpers.remove(wait);
        watchers.remove(wait);
    }

    /// How many nodes do not go on before this one does: itself, and those that it runs within.
    private static int inThreadOf(DagNode<?, ?> innermost) {
        int nodes = 0;
        for (DagNode<?, ?> node = innermost; node != null; node = node.within) {
            nodes++;
        }
        return nodes;
    }

    boolean hasStalled() {
        return active == 0 && promised == 0;
    }

    private void tellOfStall() {
        if (hasStalled()) {
            List.copyOf(watchers).forEach(this::wake);
        }
    }

    // ---- who needs whom

    /// A way from a key that is to be added back to itself, or null if there is none.
    @Nullable List<K> cycle(Map<K, ? extends Collection<K>> added) {
        Set<K> done = new HashSet<>();
        for (Map.Entry<K, ? extends Collection<K>> each : added.entrySet()) {
            Entry<K, V> entry = entries.get(each.getKey());
            boolean isWanted = each.getValue().contains(each.getKey()) || (entry != null && isWanted(entry));
            if (isWanted || added.size() > 1) {
                List<K> cycle = cycle(each.getKey(), added, done);
                if (cycle != null) {
                    return cycle;
                }
            }
        }
        return null;
    }

    private boolean isWanted(Entry<K, V> entry) {
        return !entry.demands.isEmpty() || (entry.node != null && entry.node.within != null);
    }

    /// Walks depth first, in a loop since chains may be long.
    private @Nullable List<K> cycle(K start, Map<K, ? extends Collection<K>> added, Set<K> done) {
        SequencedMap<K, Iterator<K>> path = new LinkedHashMap<>();
        if (!done.contains(start)) {
            path.put(start, needs(start, added).iterator());
        }
        while (!path.isEmpty()) {
            Map.Entry<K, Iterator<K>> last = path.lastEntry();
            if (!last.getValue().hasNext()) {
                done.add(last.getKey());
                path.pollLastEntry();
                continue;
            }
            K next = last.getValue().next();
            if (path.containsKey(next)) {
                List<K> cycle = new ArrayList<>(path.keySet());
                cycle.subList(0, cycle.indexOf(next)).clear();
                cycle.add(next);
                return cycle;
            }
            if (!done.contains(next)) {
                path.put(next, needs(next, added).iterator());
            }
        }
        return null;
    }

    /// The keys that a key cannot come without.
    private Collection<K> needs(K key, Map<K, ? extends Collection<K>> added) {
        Collection<K> known = added.get(key);
        if (known != null) {
            return known;
        }
        DagNode<K, V> node = arrivals.containsKey(key) ? null : nodeOf(key);
        if (node == null) {
            return List.of();
        }
        if (node.waits.isEmpty()) {
            return node.missing;
        }
        Set<K> needs = new LinkedHashSet<>(node.missing);
        if (node.inPlace != null) {
            needs.add(node.inPlace.key);
        }
        node.waits.stream().filter(DagWait::needsAll).forEach(wait -> needs.addAll(wait.missing));
        return needs;
    }

    /// A node in line for a slot without which the wait cannot end, except those tried before.
    @Nullable DagNode<K, V> inLineFor(DagWait<K, V> wait, Set<DagNode<K, V>> tried) {
        Set<K> seen = new HashSet<>();
        Deque<K> open = new ArrayDeque<>(wait.missing);
        for (K key = open.poll(); key != null; key = open.poll()) {
            if (!seen.add(key)) {
                continue;
            }
            DagNode<K, V> node = nodeOf(key);
            if (node != null && node.state == DagNode.State.READY && node.handedIn && !tried.contains(node)) {
                return node;
            }
            open.addAll(needs(key, Map.of()));
        }
        return null;
    }

    // ---- looking

    @Nullable Arrival<K, V> arrival(K key) {
        return arrivals.get(key);
    }

    List<Arrival<K, V>> arrivals() {
        return List.copyOf(arrivals.values());
    }

    /// The keys that are there, spawned or promised.
    List<K> known() {
        List<K> known = new ArrayList<>(arrivals.keySet());
        entries.forEach((key, entry) -> {
            if (!arrivals.containsKey(key) && (entry.node != null || entry.promised)) {
                known.add(key);
            }
        });
        return known;
    }

    /// The nodes that have not ended, oldest first.
    List<DagNode<K, V>> nodes() {
        List<DagNode<K, V>> nodes = new ArrayList<>();
        for (Entry<K, V> entry : entries.values()) {
            DagNode<K, V> node = entry.node;
            if (node != null) {
                nodes.add(node);
            }
        }
        return nodes;
    }

    /// For each key that waits, the keys it waits for, in no special order.
    SequencedMap<K, Set<K>> waitingFor() {
        SequencedMap<K, Set<K>> waiting = new LinkedHashMap<>();
        for (DagNode<K, V> node : nodes()) {
            Set<K> keys = waitingFor(node);
            if (!keys.isEmpty()) {
                waiting.put(node.key, keys);
            }
        }
        return waiting;
    }

    /// The keys a node waits for: its dependencies that are not there, in their order, and what it sleeps for.
    Set<K> waitingFor(DagNode<K, V> node) {
        Set<K> keys = new LinkedHashSet<>(node.dependencies);
        keys.retainAll(node.missing);
        node.waits.forEach(wait -> keys.addAll(wait.missing));
        return keys;
    }

    @Nullable DagNode<K, V> node(K key) {
        return nodeOf(key);
    }

    /// The keys that are waited for and that nobody computes.
    Set<K> nobodys() {
        Set<K> keys = new LinkedHashSet<>();
        entries.forEach((key, entry) -> {
            if (!entry.demands.isEmpty() && entry.node == null && !entry.promised) {
                keys.add(key);
            }
        });
        return keys;
    }
}
