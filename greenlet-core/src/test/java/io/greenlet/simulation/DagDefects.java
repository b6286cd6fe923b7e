package io.greenlet.simulation;

import java.util.List;

/// What can be wrong with a pool of nodes that wait for each other.
final class DagDefects {

    private static final String BOARD = "pool/DagBoard.java";
    private static final String AWAIT = "pool/DagAwait.java";
    private static final String POOL = "pool/DagPool.java";

    private DagDefects() {}

    static void addTo(List<Defect> all) {
        add(all, BOARD, "lost wake-up: a key comes and nobody is told", """
                if (wait.isSatisfied()) {
                    wake(wait);
                }""", "");
        add(all, BOARD, "lost wake-up: joins without looking", "if (arrival != null) {",
                "if (arrival != null && keys.size() > 1) {");
        add(all, BOARD, "a node begins without one of its dependencies", "&& node.holding.isEmpty()) {",
                "&& node.holding.size() <= 1) {");
        add(all, BOARD, "a node killed while it waits leaves its dependants hanging",
                "boolean _ = ended(node, failure);",
                "");
        add(all, BOARD, "a kill between ready and handed in is lost", "node.killed = cause;", "");
        add(all, POOL, "a failure is not posted", "boolean isTaken = locked(() -> board.ended(node, outcome));", """
                boolean isTaken = !(outcome instanceof DagBoard.Value<V>)
                        || locked(() -> board.ended(node, outcome));""");
        add(all, BOARD, "a node is handed in twice: the list is kept", "ready = new ArrayList<>(); return", """
                if (!ready.isEmpty()) {
                    ready = new ArrayList<>();
                }
                return""");
        add(all, BOARD, "cycles are waited for", "return cycle == null ? null : new Cycle<>(cycle);", "return null;");
        add(all, AWAIT, "a node awaits what waits for it", "if (path != null) {",
                "if (path != null && path.isEmpty()) {");
        add(all, BOARD, "nobody is told of a stall", "List.copyOf(watchers).forEach(this::wake);", "");
        add(all, BOARD, "a sleeper counts as one that goes on", "active -= inThreadOf(sleeping); } if (helping)",
                "} if (helping)");
        add(all, BOARD, "one that runs a sleeper in place counts as one that goes on", "node = node.within",
                "node = null");
        add(all, BOARD, "one that goes on counts as asleep", "active += inThreadOf(wait.blocked); wait.blocked = null;",
                "wait.blocked = null;");
        add(all, BOARD, "a stall is seen where a node goes on", "return active == 0 && promised == 0;",
                "return active <= 1 && promised == 0;");
        add(all, BOARD, "a promise that was kept is waited for", "entry.promised = false; promised--;",
                "entry.promised = false;");
        add(all, AWAIT, "a node that helps is not seen to wait",
                "pool.step(() -> caller.waits.add(wait)); // also", "// also");
        add(all, BOARD, "a second post overwrites the first", "} else if (replacing) {", "} else {");
        add(all, BOARD, "anyone posts in place of a node", "if (node != null && !node.equals(poster)) {",
                "if (node != null && poster != null && !node.equals(poster)) {");
        add(all, BOARD, "who could run a node in place is not told of it", "node.handedIn = true; wakeHelpers();",
                "node.handedIn = true;");
        add(all, AWAIT, "a wait that starts anew each time it wakes", "(clock.nanoTime() - start) : nanos;",
                "0 * start : nanos;");
        add(all, BOARD, "who has gone is still listed", "wait.missing.forEach(key -> leave(key, wait));", "");
        add(all, BOARD, "in any order", "there.sort(Comparator.comparingLong(Arrival::number));", "");
        add(all, BOARD, "a node that posted its own key ends twice", "if (isFirst) {", "if (isFirst || node.early) {");
    }

    private static void add(List<Defect> all, String file, String name, String right, String wrong) {
        all.add(new Defect(Subject.DAGS, name, file, right, wrong));
    }
}
