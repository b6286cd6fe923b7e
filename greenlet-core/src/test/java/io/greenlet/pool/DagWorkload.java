package io.greenlet.pool;

import io.greenlet.simulation.Workload;
import java.lang.reflect.Field;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// Nodes spawned in any order, posted, killed and awaited by chance, with a pool or without: every key that can come
/// comes, once, and what it needs is there before.
@SuppressWarnings("ReferenceEquality") // what is there must be the very same
public final class DagWorkload extends Workload {

    private static final class Failed extends RuntimeException {

        private static final long serialVersionUID = 1L;

        Failed() {
            super("failed", null, false, false);
        }
    }

    private static final int NEVER = -1; // a key that nobody posts
    private static final Field BOARD = field(DagPool.class, "board");
    private static final Field ENTRIES = field(DagBoard.class, "entries");
    private static final Field WATCHERS = field(DagBoard.class, "watchers");
    private static final Field HELPERS = field(DagBoard.class, "helpers");

    private static <T> T look(Field field, Object owner, Class<T> type) {
        try {
            return type.cast(field.get(owner));
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }

    private @Nullable GreenPool slots;
    private DagPool<Integer, Integer> dag = new DagPool<>();
    private DagBoard<Integer, Integer> board = new DagBoard<>();
    private final List<Integer> toSpawn = new ArrayList<>(); // keys above are posted from outside
    private final Set<Integer> tried = new HashSet<>(); // to spawn
    private final Set<Integer> spawned = new HashSet<>();
    private final Set<Integer> begun = new HashSet<>();
    private final Set<Integer> doomed = new HashSet<>(); // killed before they began
    private final Set<Integer> expected = new HashSet<>(); // promised by somebody
    private int keys;
    private int outside;
    private int clock;
    private final Map<Integer, Integer> goingOn = new HashMap<>(); // functions that run and do not wait: since when
    private int earlies; // of four nodes, how many begin early
    private boolean settled;

    /// For loading by name.
    public DagWorkload() {}

    @Override
    @SuppressWarnings("unchecked") // the board is the pool's
    protected void prepare() {
        slots = random(3) > 0
                ? GreenPool.of(PoolOptions.named("slots").withHub(hub()).withSize(chance(3) ? 2 : 1))
                : null;
        dag = slots == null ? DagPool.on(hub()) : DagPool.in(slots);
        board = look(BOARD, dag, DagBoard.class);
        toSpawn.clear();
        tried.clear();
        spawned.clear();
        begun.clear();
        doomed.clear();
        expected.clear();
        clock = 0;
        goingOn.clear();
        settled = false;
        earlies = random(5);
        keys = 4 + random(4);
        outside = keys - 1 - random(2);
        for (int key = 0; key < outside; key++) {
            toSpawn.add(random(toSpawn.size() + 1), key);
        }
        int actors = 2 + random(2);
        for (int i = 0; i < actors; i++) {
            actor(3 + random(3), this::act);
        }
    }

    /// Looks without the lock, where others might get in between: only one thread runs at a time.
    private boolean isThere(int key) {
        return board.arrival(key) != null;
    }

    private void act() throws InterruptedException {
        switch (random(13)) {
            case 0, 1, 2, 3 -> spawn();
            case 4 -> post(outside + random(keys - outside));
            case 5 -> dag.kill(actKey(), new Failed());
            case 6 -> kill(actKey());
            case 7 -> awaitLimited();
            case 8 -> awaitEverything();
            case 9 -> awaitEach();
            case 10 -> postForeign(actKey());
            case 11 -> expect(outside + random(keys - outside));
            default -> actors().get(random(actors().size())).kill();
        }
        dawdle();
    }

    private int actKey() {
        return random(keys);
    }

    private void spawn() {
        if (toSpawn.isEmpty()) {
            return;
        }
        int key = toSpawn.removeFirst();
        List<Integer> dependencies = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            int dependency = random(keys); // below or above: cycles are tried
            dependencies.add(chance(4) ? dependency : Math.max(dependency, key + 1) % keys);
        }
        if (chance(3)) {
            dependencies.clear();
        }
        tried.add(key);
        try {
            if (random(4) < earlies) {
                dag.spawnEarly(key, dependencies, results -> compute(results, true));
            } else {
                dag.spawn(key, dependencies, results -> compute(results, false));
            }
            rule(spawned.add(key), "spawned twice: " + key);
        } catch (KeyCollision e) {
            rule(isThere(key), "refused, and not there: " + key);
        } catch (IllegalArgumentException e) {
            rule(e.toString().contains("dependencies must not form a cycle: "), e.toString());
        }
    }

    private int compute(DagResults<Integer, Integer> results, boolean early) throws InterruptedException {
        int key = results.key();
        rule(begun.add(key), "ran twice: " + key);
        rule(!doomed.contains(key), "ran though it was killed before: " + key);
        for (int dependency : results.dependencies()) {
            rule(early || isThere(dependency), key + " began without " + dependency);
        }
        goOn(key);
        try {
            if (chance(2)) {
                read(results);
            }
            dawdle();
            switch (random(6)) {
                case 0 -> throw new Failed();
                case 1, 3 -> awaitInside(key);
                case 2 -> postOwn(key);
                default -> {
                }
            }
            return key;
        } finally {
            goingOn.remove(key);
        }
    }

    private void goOn(int key) {
        goingOn.put(key, clock++);
        rule(slots == null || goingOn.size() <= slots.size(), "more run than there are slots");
    }

    /// It is true only if no function has gone on all the time since.
    private void stalled(int since, IllegalStateException e) {
        rule(goingOn.values().stream().noneMatch(began -> began < since), "said to have stalled: " + e.getMessage());
    }

    private void read(DagResults<Integer, Integer> results) throws InterruptedException {
        Set<Integer> seen = new HashSet<>();
        goingOn.remove(results.key());
        Iterator<Map.Entry<Integer, Integer>> iterator = results.iterator();
        while (iterator.hasNext()) {
            try {
                Map.Entry<Integer, Integer> next = iterator.next();
                rule(next.getKey().equals(next.getValue()), "a wrong value: " + next);
                rule(seen.add(next.getKey()), "came twice: " + next);
            } catch (PropagatedFailure e) {
                rule(seen.add((Integer) e.key()), "came twice: " + e.key());
            }
        }
        goOn(results.key());
        rule(seen.equals(results.dependencies()), "read " + seen + " of " + results.dependencies());
        if (chance(2)) {
            for (int dependency : results.dependencies()) {
                rule(results.await(dependency) == dependency, "a wrong value of " + dependency);
            }
        }
    }

    /// Waits for a key that the node did not say it depends on.
    private void awaitInside(int own) throws InterruptedException {
        int key = random(keys);
        goingOn.remove(own);
        try {
            rule(dag.await(key) == key, "a wrong value of " + key);
        } catch (PropagatedFailure e) {
            rule(e.key().equals(key), "the failure of another than " + key + ": " + e);
        } catch (IllegalStateException e) {
            rule(Objects.requireNonNull(e.getMessage()).contains("must not await what waits for it"), e.toString());
        } finally {
            goOn(own);
        }
    }

    private void postOwn(int key) {
        try {
            dag.post(key, key);
        } catch (KeyCollision e) {
            rule(false, "may not post under its own key: " + key);
        }
    }

    private void post(int key) {
        DagBoard.Arrival<Integer, Integer> before = board.arrival(key);
        try {
            dag.post(key, key);
            rule(before == null, "posted twice: " + key);
        } catch (KeyCollision e) {
            DagBoard.Arrival<Integer, Integer> now = board.arrival(key);
            rule(now != null && (before == null || before == now), "refused, and not as before: " + key);
        }
    }

    /// A key that is spawned is not for others to post.
    private void postForeign(int key) {
        if (spawned.contains(key) && !isThere(key)) {
            try {
                dag.post(key, -2);
                rule(false, "posted in place of a node: " + key);
            } catch (KeyCollision e) {
                // as it should
            }
        }
    }

    private void kill(int key) {
        boolean had = dag.kill(key);
        DagNode<Integer, Integer> node = board.node(key);
        if (had && !begun.contains(key) && (node == null || !node.hasBegun())) {
            doomed.add(key);
        }
        rule(!had || tried.contains(key), "killed what was not spawned: " + key);
    }

    private void expect(int key) {
        expected.add(key);
        dag.expect(key);
    }

    private void awaitLimited() throws InterruptedException {
        Duration limit = Duration.ofMillis(random(4));
        int key = chance(4) ? NEVER : random(keys);
        int other = key == keys - 1 ? NEVER : keys - 1;
        long start = hub().nanoTime();
        try {
            rule(Integer.valueOf(key).equals(dag.awaitAll(List.of(key, other), limit).get(key)),
                    "a wrong value of " + key);
        } catch (PropagatedFailure e) {
            rule(tried.contains((Integer) e.key()), "failed, and was not spawned: " + e);
        } catch (TimeoutException e) {
            rule(hub().nanoTime() - start == limit.toNanos(), "gave up after " + (hub().nanoTime() - start) + " ns");
            return;
        }
        rule(hub().nanoTime() - start <= limit.toNanos(), "waited longer than its limit");
    }

    private void awaitEverything() throws InterruptedException {
        int start = clock++;
        try {
            Map<Integer, Integer> all = dag.awaitAll();
            all.forEach((key, value) -> rule(key.equals(value), "a wrong value of " + key + ": " + value));
        } catch (PropagatedFailure e) {
            rule(tried.contains((Integer) e.key()), "failed, and was not spawned: " + e);
        } catch (IllegalStateException e) {
            stalled(start, e);
        }
    }

    private void awaitEach() {
        int start = clock++;
        List<Integer> known = chance(2) ? board.known() : List.of(keys - 1, random(keys - 1));
        List<Integer> came = new ArrayList<>();
        long turn = hub().trace();
        var each = (known.size() == 2 ? dag.awaitEach(known) : dag.awaitEach()).iterator();
        boolean isSame = turn == hub().trace(); // else others may have got in between
        try {
            while (each.hasNext()) {
                try {
                    came.add(each.next().getKey());
                } catch (PropagatedFailure e) {
                    came.add((Integer) e.key());
                }
            }
            rule(!isSame || (came.size() == known.size() && came.containsAll(known)), came + " came of " + known);
        } catch (CancellationException e) {
            rule(Thread.interrupted(), "cancelled by no interrupt");
            throw e;
        } catch (IllegalStateException e) {
            stalled(start, e);
        }
        List<Integer> order = board.arrivals().stream().map(DagBoard.Arrival::key).filter(came::contains).toList();
        rule(order.equals(came), "came as " + came + " and not as " + order);
    }

    /// What nobody has spawned is posted, so that everything can come.
    @Override
    protected void settle() {
        settled = true;
        rule(!board.hasStalled() || look(WATCHERS, board, Collection.class).isEmpty(), "nobody was told of the stall");
        rule(board.hasStalled() || !goingOn.isEmpty() || !expected.stream().allMatch(this::isThere)
                || board.nodes().stream().anyMatch(node -> node.state == DagNode.State.READY), "a stall is not seen");
        helper(() -> {
            toSpawn.clear();
            for (int i = 0; i < 3; i++) { // nodes that go on may wait for others
                for (int key = 0; key < keys; key++) {
                    if (!isThere(key) && !spawned.contains(key)) {
                        post(key);
                    }
                }
                dawdle();
            }
        });
    }

    @Override
    protected void check() {
        rule(settled && dag.running() == 0 && dag.waiting() == 0, "not at rest: " + dag.waitingFor());
        for (int key = 0; key < keys; key++) {
            rule(isThere(key), "never came: " + key);
        }
        rule(look(ENTRIES, board, Map.class).isEmpty(), "remembered: " + look(ENTRIES, board, Map.class).keySet());
        rule(look(WATCHERS, board, Collection.class).isEmpty(), "somebody watches and does not wait");
        rule(look(HELPERS, board, Collection.class).isEmpty(), "somebody is to help and does not wait");
        rule(board.hasStalled(), "something is active");
        rule(goingOn.isEmpty(), "running: " + goingOn.keySet());
        rule(slots == null || (slots.running() == 0 && slots.waiting() == 0), "the slots are not at rest");
    }
}
