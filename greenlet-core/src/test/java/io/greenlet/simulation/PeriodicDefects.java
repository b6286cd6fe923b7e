package io.greenlet.simulation;

import java.util.List;

/// What can be wrong with a periodic worker.
final class PeriodicDefects {

    private static final String WORKER = "periodic/PeriodicWorker.java";
    private static final String RUN = "periodic/PeriodicRun.java";
    private static final String AGENDA = "periodic/Agenda.java";
    private static final String STRATEGY = "periodic/PeriodicStrategy.java";

    private PeriodicDefects() {}

    static void addTo(List<Defect> all) {
        add(all, WORKER, "a run begins after the stop",
                "if (state != State.RUNNING || paused || run.watcher().retired) {",
                "if (paused || run.watcher().retired) {");
        add(all, WORKER, "a run begins in a pause", "if (state != State.RUNNING || paused || run.watcher().retired) {",
                "if (state != State.RUNNING || run.watcher().retired) {");
        add(all, WORKER, "a retired task begins",
                "if (state != State.RUNNING || paused || run.watcher().retired) {",
                "if (state != State.RUNNING || paused) {");
        add(all, WORKER, "a task that failed is forgotten", """
                } catch (Throwable e) {
                    refused(run, e);""", """
                } catch (IllegalStateException e) {
                    refused(run, e);""");
        add(all, WORKER, "the next run is planned while one runs", "watcher.run = null;\n        inFlight--;", """
                watcher.run = null;
                inFlight--;
                if (state == State.RUNNING && !watcher.retired) {
                    agenda.add(watcher, hub.nanoTime(), false);
                    PeriodicWatcher twice = agenda.pollDue(hub.nanoTime());
                    if (twice != null) {
                        hub.spawnN(() -> handIn(new PeriodicRun(this, twice)));
                        inFlight++;
                    }
                }""");
        add(all, WORKER, "lost wake-up: the timer is not set anew after a run", """
                agenda.add(watcher, due, false);
                arm();""", "agenda.add(watcher, due, false);");
        add(all, WORKER, "the timer is left at a later task's time",
                "if (first != null && alarmDue == first.due() && set.isPending()) {",
                "if (first != null && set.isPending()) {");
        add(all, WORKER, "a resume sets no timer", """
                paused = pause;
                arm();""", """
                paused = pause;
                if (pause) {
                    arm();
                }""");
        add(all, WORKER, "a run that is over is counted as running still", "watcher.run = null;\n        inFlight--;",
                "watcher.run = null;\n        inFlight -= run.hasFailed() ? 0 : 1;");
        add(all, WORKER, "it ends while one runs", "if (state != State.STOPPING || inFlight > 0) {",
                "if (state != State.STOPPING || inFlight > 1) {");
        add(all, WORKER, "lost wake-up: those who wait for the end",
                "woken = next(run, run.hasBegun() ? nextDue(run) : hub.nanoTime());", """
                        next(run, run.hasBegun() ? nextDue(run) : hub.nanoTime());
                        woken = new WaitList<>();""");
        add(all, WORKER, "a stop leaves the agenda", "agenda.clear();", "");
        add(all, WORKER, "a start plans twice", "killing = false;", """
                killing = false;
                watchers.forEach(watcher -> watcher.run = null);
                inFlight = 0;
                if (!watchers.isEmpty() && !watchers.getFirst().retired) {
                    PeriodicWatcher first = watchers.getFirst();
                    PeriodicRun run = new PeriodicRun(this, first);
                    inFlight++;
                    hub.spawnN(() -> handIn(run));
                }""");
        add(all, WORKER, "a reset leaves a pause", "paused = false;", "");
        add(all, WORKER, "a reset while runs are left", "if (state != State.NEW && state != State.STOPPED) {",
                "if (state == State.RUNNING) {");
        add(all, WORKER, "a run that is handed in is not counted", "due.run = run;\n                    inFlight++;",
                "due.run = run;");
        add(all, RUN, "an Error ends the task's life", """
                } catch (Throwable e) {
                    finish(e);""", """
                } catch (Exception e) {
                    finish(e);""");
        add(all, RUN, "a failure is a success", "return !finished || error != null;", "return !finished;");
        add(all, RUN, "never again, and again", "worker.retire(watcher);", "");
        add(all, AGENDA, "taken off before its time",
                "return first == null || first.due() - now > 0 ? null : entries.poll();",
                "return first == null || first.due() - now > 1_000_000 ? null : entries.poll();");
        add(all, STRATEGY, "from the start in place of the end", "return finished + spacing;",
                "return started + spacing;");
    }

    private static void add(List<Defect> all, String file, String name, String right, String wrong) {
        all.add(new Defect(Subject.PERIODICS, name, file, right, wrong));
    }
}
