package io.greenlet.simulation;

import java.util.List;

/// What can be wrong with an executor, and with the wait for several futures.
final class ExecutorDefects {

    private static final String EXECUTOR = "pool/GreenThreadPoolExecutor.java";
    private static final String CORE = "pool/ExecutorCore.java";
    private static final String TASK = "pool/ExecutorTask.java";
    private static final String MAP = "pool/ExecutorMap.java";
    private static final String WATCH = "FutureWatch.java";
    private static final String FUTURES = "GreenFutures.java";

    private ExecutorDefects() {}

    static void addTo(List<Defect> all) {
        add(all, CORE, "a submission looks at the state before it has the lock", """
                Hub.lock(lock);
                try {
                    Taken taken = state == State.OPEN ?""", """
                boolean open = state == State.OPEN;
                Hub.lock(lock);
                try {
                    Taken taken = open ?""");
        add(all, CORE, "the backlog is looked at only when the pool has a slot", """
                if (queued >= backlogLimit) {
                    return Taken.BACKLOG;""", """
                if (queued > backlogLimit) {
                    return Taken.BACKLOG;""");
        add(all, CORE, "a delayed task overlooks the backlog",
                "if (gates == null && queued < backlogLimit) {", "if (gates == null) {");
        add(all, CORE, "one that is refused when it is due, and runs in place, is killed",
                "} else if (pool.core().withdraw(task.place(), PermitCore.Admission.FULL)) {",
                "} else if (task.phase == Phase.DELAYED) {");
        add(all, CORE, "what is due and finds a slot is not started", "case WITH_SLOT -> task.startWithSlot();", """
                case WITH_SLOT -> {
                }""");
        add(all, CORE, "what is refused when it is due waits for ever",
                "task.kill(gates == null ? refused(taken) : refused(gates));", "refused(taken);");
        add(all, CORE, "a task joins the line though it has ended", """
                if (task.phase != Phase.DELAYED) {
                    return;""", """
                if (task.phase == Phase.RUNNING) {
                    return;""");
        add(all, CORE, "a delayed one has no place, and returns a slot it never had",
                "PoolTask.Place _ = task.place(PermitCore.Kind.QUEUED, task.sinceNanos);", "");
        add(all, CORE, "lost wake-up: the last task to end does not terminate it", """
                tasks.remove(task);
                woken = terminate();""", """
                tasks.remove(task);
                woken = new WaitList<>();""");
        add(all, CORE, "it terminates while tasks run", "if (state == State.OPEN || !tasks.isEmpty()) {",
                "if (state == State.OPEN || queued > 0) {");
        add(all, CORE, "it never forgets", """
                tasks.remove(task);
                woken""", "woken");
        add(all, CORE, "the time in line is counted as time of running",
                "task.begunNanos = pool.hub().nanoTime();", "task.begunNanos = task.sinceNanos;");
        add(all, CORE, "the delay is counted as time in line", "task.sinceNanos += delayNanos;", "");
        add(all, CORE, "a failure is not counted as executed", """
                executed++;
                if (outcome == Future.State.FAILED) {
                    failures++;
                }""", """
                if (outcome == Future.State.FAILED) {
                    failures++;
                    return;
                }
                executed++;""");
        add(all, TASK, "counted only after those who wait know of the end", """
                try {
                    executor.ended(this, outcome);
                } finally {
                    super.ended(outcome, error);
                }""", """
                super.ended(outcome, error);
                link(done -> {
                    hub().yieldNow();
                    if (outcome != State.CANCELLED) {
                        executor.ended(this, outcome);
                    }
                });""");
        add(all, TASK, "a task waits for one in line behind itself", """
                if (left <= 0 || !awaitEnd(left)) {
                    boolean _ = runInPlace();
                }""", "");
        add(all, TASK, "who waits for a delayed task runs it before its time",
                "if (left <= 0 || !awaitEnd(left)) {", "if (left != 0 || !awaitEnd(left)) {");
        add(all, EXECUTOR, "a task may wait for the end of its executor", """
                if (nanos > 0) {
                    requireOutside("awaitTermination");
                }""", "");
        add(all, EXECUTOR, "what is abandoned is not cancelled", "if (task.cancel(false)) {", "if (!task.isDone()) {");
        add(all, EXECUTOR, "a command of a full executor waits for the slot of its own thread",
                "hand(made, pool().isCurrent());", "hand(made, true);");
        add(all, EXECUTOR, "a limited invokeAll leaves what is late running", """
                if (!done) {
                    cancel(handles);
                }
                }""", "}");
        add(all, MAP, "every result has the whole time",
                "return Duration.ofNanos(limitNanos - (clock.nanoTime() - start));",
                "return Duration.ofNanos(limitNanos - 0 * start);");
        add(all, MAP, "it goes on after its time", "int missing = left.size();\n        close();",
                "int missing = left.size();\n        left.remove();");
        add(all, WATCH, "lost wake-up: one that has ended meanwhile is not counted", """
                } else {
                    ended();
                }""", "}");
        add(all, WATCH, "lost wake-up: nobody is woken", "waiter.wake();", "");
        add(all, WATCH, "a watcher stays in a foreign future", "boolean _ = guard.complete(this);", "");
        add(all, FUTURES, "all are waited for with the count of all given",
                "watch(open, all ? open.size() : 1, Math.min(nanos, again));",
                "watch(open, all ? given.size() : 1, Math.min(nanos, again));");
        add(all, FUTURES, "any is all", "watch(open, all ? open.size() : 1, Math.min(nanos, again));",
                "watch(open, open.size(), Math.min(nanos, again));");
    }

    private static void add(List<Defect> all, String file, String name, String right, String wrong) {
        all.add(new Defect(Subject.EXECUTORS, name, file, right, wrong));
    }
}
