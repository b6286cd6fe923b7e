package io.greenlet.simulation;

import java.util.List;

/// What can be wrong with the watch over pools that wait for themselves.
final class StallDefects {

    private static final String GRAPH = "pool/WaitGraph.java";
    private static final String WATCH = "pool/StallWatch.java";
    private static final String POOL = "pool/GreenPool.java";
    private static final String TASK = "pool/PoolTask.java";

    private StallDefects() {}

    static void addTo(List<Defect> all) {
        add(all, GRAPH, "a slot that nobody is seen to hold is nobody's",
                "if (running == 0 || holders.size() != running) {", "if (running == 0 || holders.isEmpty()) {");
        add(all, GRAPH, "one holder that waits is enough", """
                if (chain == null) {
                    return Set.of();
                }""", """
                if (chain == null) {
                    continue;
                }""");
        add(all, GRAPH, "who waits for a pool that moves is stuck",
                "return chain.end != null && !stuck.containsKey(chain.end.task.pool());",
                "return chain.end == null;");
        add(all, GRAPH, "nobody is seen to wait behind another", """
                at = awaited;""", """
                if (!steps.isEmpty()) {
                    return null;
                }
                at = awaited;""");
        add(all, GRAPH, "a caller in line is not seen", "if (wait.blocker() instanceof PoolTask.Place mine) {",
                "if (wait.blocker() instanceof PoolTask.Place mine && mine.caller == null) {");
        add(all, GRAPH, "who is sent away is not of the circle", """
                if (awaited.contains(place)) {
                    return place;
                }""", """
                if (!awaited.contains(place)) {
                    return place;
                }""");
        add(all, WATCH, "the look before is not remembered", "graph = seen;", "graph = new WaitGraph();");
        add(all, POOL, "lost wake-up: the caller who is sent away sleeps on", "place.wakeCaller(); // it throws",
                "place.answer();");
        add(all, POOL, "what was left in line and is sent away never ends", "place.task.refuse(rejection(why));",
                "rejection(why);");
        add(all, POOL, "one who is sent away is counted as taken", """
                if (answer == Admission.FULL) {
                    ledger.left(task);
                    throw rejection(Objects.requireNonNull(place.refusal()));
                }""", "");
        add(all, TASK, "the wait of a caller is taken for another's",
                "return mine == waiting && !isTimed && patience == null && task.pool.core().isInLine(this);",
                "return mine != waiting && !isTimed && patience == null && task.pool.core().isInLine(this);");
    }

    private static void add(List<Defect> all, String file, String name, String original, String faulty) {
        all.add(new Defect(Subject.STALLS, name, file, original, faulty));
    }
}
