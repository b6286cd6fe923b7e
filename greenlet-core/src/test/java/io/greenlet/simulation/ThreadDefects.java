package io.greenlet.simulation;

import java.util.List;

/// What can be wrong with a green thread and its end.
final class ThreadDefects {

    private static final String TASK = "GreenTask.java";

    private ThreadDefects() {}

    static void addTo(List<Defect> all) {
        add(all, TASK, "a start that does not look whether a kill came first", """
                if (!STATE.compareAndSet(this, NEW, BUSY)) {
                    return false;
                }""", "state = BUSY;");
        add(all, TASK, "a kill that interrupts after the body is over", """
                if (STATE.compareAndSet(this, RUNNING, BUSY)) {""", """
                if (state == RUNNING) {
                    Hub.point();""");
        add(all, TASK, "the flag of a late kill reaches the links", "&& Thread.interrupted(); // else",
                "&& Thread.currentThread().isInterrupted(); // else");
        add(all, TASK, "lost link: sealed without looking again",
                "if (COMPLETIONS.compareAndSet(this, seen, SEALED)) {", """
                        Hub.point();
                        COMPLETIONS.setVolatile(this, SEALED);
                        if (state != NEW) {""");
        add(all, TASK, "lost link: a push by a plain write",
                "if (COMPLETIONS.compareAndSet(this, seen, new Completion(who, seen))) {", """
                        Hub.point();
                        completions = new Completion(who, seen);
                        if (who != SEALED) {""");
        add(all, TASK, "a link that comes too late is not called", """
                if (!push(onEnd)) {
                    call(onEnd);
                }""", "push(onEnd);");
        add(all, TASK, "lost wake-up: those who await are not woken", "((Watcher) waiters.who()).ended();", "");
        add(all, TASK, "lost wake-up: those who came before a link are forgotten",
                "} else if (COMPLETIONS.compareAndSet(this, seen, reversed(joiners))) {",
                "} else if (COMPLETIONS.compareAndSet(this, seen, null)) {");
        add(all, TASK, "a link is called twice when another comes meanwhile", """
                if (links == null) {
                    if""", """
                for (Completion link = links; link != null; link = link.next()) {
                    call(link.who());
                }
                if (links == null) {
                    if""");
        add(all, TASK, "those who await are let go before the links have run",
                "return completions == SEALED || (state >= SUCCESS && isCaller());",
                "return completions == SEALED || state >= SUCCESS;");
        add(all, TASK, "a wait that believes any wake-up", """
                joiner.hub.park(this);
                continue;""", """
                joiner.hub.park(this);
                return true;""");
        add(all, TASK, "who gives up waiting is not taken off, and neither is anybody",
                "if (!found && c.who() == who) {", "if (c.who() == who || found) {");
        add(all, TASK, "unlinked, and called all the same", """
                return remove(onEnd);""", """
                Completion seen = completions;
                return seen != SEALED && seen != null;""");
        add(all, TASK, "a kill is forgotten by the time the body ends",
                "if (why != null && (flagged || isInterruption(thrown, why))) {",
                "if (why != null && flagged) {");
        add(all, "TimerHeap.java", "a timer that is cancelled takes another's place", """
                siftDown(last, index);
                if (last.index == index) {
                    siftUp(last, index);
                }""", "place(last, last.deadline, index);");
    }

    private static void add(List<Defect> all, String file, String name, String right, String wrong) {
        all.add(new Defect(Subject.THREADS, name, file, right, wrong));
    }
}
