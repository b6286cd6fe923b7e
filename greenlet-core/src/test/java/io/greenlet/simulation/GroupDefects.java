package io.greenlet.simulation;

import java.util.List;

/// What can be wrong with a group.
final class GroupDefects {

    private GroupDefects() {}

    static void addTo(List<Defect> all) {
        add(all, "lost wake-up: the last member goes and nobody is told", "Waiter.wakeAll(woken); return link;",
                "return link;");
        add(all, "lost wake-up: a spawn that came to nothing was the last",
                "spawning--; woken = joinersIfEmpty();", "spawning--; woken = new WaitList<>();");
        add(all, "who comes while the group is killed lives", """
                if (cause != null) {
                    thread.kill(cause);
                }""", "");
        add(all, "a kill is over when it returns", """
                if (killing == null) {
                    killing = cause;
                }""", "");
        add(all, "a kill is never over", "killing = null; if (joiners", "if (joiners");
        add(all, "a kill misses who waits for a slot", "if (killed) {", "if (killed && pool == null) {");
        add(all, "a closed group takes members", "if (!closed) {", "if (!closed || spawning == 0) {");
        add(all, "a join does not wait for links", "leaving.add(new WeakReference<>(thread));", "");
        add(all, "a failure is lost on a join that gives up", "Empty empty = awaitEmpty(nanos);", """
                Empty empty = awaitEmpty(nanos);
                failure = null;""");
        add(all, "a failure is told again and again", "if (failure == told) {", "if (failure != told) {");
        add(all, "a failure that came meanwhile is lost", """
                if (failure == told) {
                    failure = null;
                }""", "failure = null;");
        add(all, "what a kill did counts as a failure", "boolean isFirst = killing == null &&", "boolean isFirst =");
        add(all, "a failure leaves the others alone",
                "interrupt(killMembers(new GreenletExit(\"another of the group has failed: \" + thread), thread));",
                "");
        add(all, "a kill from a member throws before all are killed", "if (runsHere(member)) {",
                "if (member.isDone()) {");
        add(all, "empty while a spawn is under way", "return members.isEmpty() && spawning == 0;",
                "return members.isEmpty();");
        add(all, "a spawn that failed is under way for ever", "settle(spawned, detached);", """
                if (spawned != null) {
                    settle(spawned, detached);
                }""");
        add(all, "one who gave up stays in line",
                "if (waiter.await(this, nanos) == null && leaveJoiners(waiter)) {",
                "if (waiter.await(this, nanos) == null) {");
        add(all, "the member that is killed with the others is spared", "kills++; if", "if");
    }

    private static void add(List<Defect> all, String name, String right, String wrong) {
        all.add(new Defect(Subject.GROUPS, name, "pool/GreenGroup.java", right, wrong));
    }
}
