package io.greenlet.pool;

import io.greenlet.GreenTask;
import io.greenlet.Hub;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Who waits for whom, from the tasks that hold the slots of full pools to the places in line at which their waits end: one
/// look, made without stopping anybody.
///
/// ```
///   holder ──its thread waits for──▶ task ──runs in a thread that waits for──▶ task ── … ──▶ place in line
///     ▲                                                                                          │
///     └──────────── one of all the holders of ◀── pool ◀── for a slot of ────────────────────────┘
/// ```
///
/// A step is a wait without limit for a green thread, or in line. A place in line moves when *one* holder of its pool ends,
/// so a pool is *stuck* if *all* its holders have a way to a place in line of a stuck pool (or to a circle of threads that wait
/// for each other). The stuck pools are what is left when those with any other holder are taken out until none is left to take
/// out.
///
/// ## Why a look at running threads can be believed
///
/// Each thing seen is gone for good once it is gone: a task that holds a slot holds it until it ends, a wait is an object of
/// its own that is never entered again, a place in line is answered once. So what two looks both saw held from the one to
/// the other, all of it at once at any moment in between. The number of slots taken is read first in a look: when the second
/// reads it, all that both saw holds, and if as many holders were seen, these are all. From such a moment on nobody in it can
/// move by himself. What comes from outside, a kill, a resize, may still move them: it is not known whether it will.
///
/// Hence [#confirmedBy(WaitGraph)]: one look alone proves nothing.
final class WaitGraph {

    /// What a chain may have in steps: a longer one is taken for none.
    private static final int MOST_STEPS = 1000;

    /// A thread waits for a green thread.
    ///
    /// @param thread the thread
    /// @param awaited what it waits for
    /// @param mark this very wait
    record Step(Thread thread, GreenTask<?> awaited, Object mark) {}

    /// The way of a holder.
    ///
    /// @param holder the task that holds a slot
    /// @param steps what it waits for, and what that waits for
    /// @param end what stands in line at the end; null if the steps go in a circle
    record Chain(PoolTask<?> holder, List<Step> steps, PoolTask.@Nullable Place end) {}

    private final Map<GreenPool, Set<Chain>> stuck = new LinkedHashMap<>();

    /// Sees nothing.
    WaitGraph() {}

    /// Looks at some pools, and at those that they lead to.
    static WaitGraph of(Collection<GreenPool> pools) {
        WaitGraph graph = new WaitGraph();
        Set<GreenPool> seen = new LinkedHashSet<>(pools);
        Deque<GreenPool> open = new ArrayDeque<>(seen);
        for (GreenPool pool = open.poll(); pool != null; pool = open.poll()) {
            Set<Chain> chains = chains(pool);
            if (chains.isEmpty()) {
                continue;
            }
            graph.stuck.put(pool, chains);
            for (Chain chain : chains) {
                if (chain.end != null && seen.add(chain.end.task.pool())) {
                    open.add(chain.end.task.pool());
                }
            }
        }
        graph.prune();
        return graph;
    }

    /// Takes out the pools of which a holder waits for a pool that is not here.
    private void prune() {
        boolean isPruned;
        do {
            isPruned = stuck.values().removeIf(chains -> chains.stream().anyMatch(this::leadsAway));
        } while (isPruned);
    }

    private boolean leadsAway(Chain chain) {
        return chain.end != null && !stuck.containsKey(chain.end.task.pool());
    }

    /// What of it another look saw too: what holds.
    WaitGraph confirmedBy(WaitGraph other) {
        WaitGraph both = new WaitGraph();
        stuck.forEach((pool, chains) -> {
            if (chains.equals(other.stuck.get(pool))) {
                both.stuck.put(pool, chains);
            }
        });
        both.prune();
        return both;
    }

    boolean isStuck(GreenPool pool) {
        return stuck.containsKey(pool);
    }

    /// The ways of the holders of a pool; none if it is not stuck.
    Set<Chain> chainsOf(GreenPool pool) {
        return stuck.getOrDefault(pool, Set.of());
    }

    /// Who of those in line must go for the circle to be broken that a pool is in, or leads to: the first in line of those for
    /// which a holder waits that is in the circle itself. Null if nobody stands in line in it.
    PoolTask.@Nullable Place culprit(GreenPool first) {
        for (GreenPool pool : reachable(first)) {
            Set<PoolTask.Place> awaited = new HashSet<>();
            for (GreenPool inCircle : reachable(pool)) {
                chainsOf(inCircle).forEach(chain -> awaited.add(chain.end));
            }
            for (PoolTask.Place place : pool.core().line()) {
                if (awaited.contains(place)) {
                    return place;
                }
            }
        }
        return null;
    }

    /// A pool, and those for which its holders wait, and so on.
    private Set<GreenPool> reachable(GreenPool first) {
        Set<GreenPool> reached = new LinkedHashSet<>(List.of(first));
        Deque<GreenPool> open = new ArrayDeque<>(reached);
        for (GreenPool pool = open.poll(); pool != null; pool = open.poll()) {
            for (Chain chain : chainsOf(pool)) {
                if (chain.end != null && reached.add(chain.end.task.pool())) {
                    open.add(chain.end.task.pool());
                }
            }
        }
        return reached;
    }

    /// The ways that end at a place.
    List<Chain> chainsTo(PoolTask.Place place) {
        return stuck.values().stream().flatMap(Set::stream).filter(chain -> place.equals(chain.end)).toList();
    }

    // ---- looking

    /// The ways of all holders of a pool; none unless each has one.
    private static Set<Chain> chains(GreenPool pool) {
        Hub.point();
        int running = PermitCore.running(pool.core().look());
        List<PoolTask<?>> holders = pool.holders();
        if (running == 0 || holders.size() != running) {
            return Set.of();
        }
        Set<Chain> chains = new LinkedHashSet<>();
        for (PoolTask<?> holder : holders) {
            Chain chain = chain(holder);
            if (chain == null) {
                return Set.of();
            }
            chains.add(chain);
        }
        return chains;
    }

    private static @Nullable Chain chain(PoolTask<?> holder) {
        List<Step> steps = new ArrayList<>();
        Set<Thread> passed = new HashSet<>();
        GreenTask<?> at = holder;
        while (steps.size() < MOST_STEPS) {
            PoolTask.Wait wait = PoolTask.waitOf(at);
            if (wait == null) {
                return null;
            }
            if (!passed.add(wait.thread())) {
                return new Chain(holder, List.copyOf(steps), null);
            }
            if (wait.blocker() instanceof PoolTask.Place mine) {
                return mine.isHopeless(wait.thread()) ? new Chain(holder, List.copyOf(steps), mine) : null;
            }
            if (wait.mark() == null || !(wait.blocker() instanceof GreenTask<?> awaited)) {
                return null;
            }
            steps.add(new Step(wait.thread(), awaited, wait.mark()));
            at = awaited;
            PoolTask.Place left = at instanceof PoolTask<?> task ? task.placeInLine() : null;
            if (left != null) {
                return left.isHopeless(null) ? new Chain(holder, List.copyOf(steps), left) : null;
            }
        }
        return null;
    }
}
