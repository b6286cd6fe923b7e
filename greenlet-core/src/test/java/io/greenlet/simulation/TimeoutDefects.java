package io.greenlet.simulation;

import java.util.List;

/// What can be wrong with time limits: with the race of the timer and the end, and with telling whose an interrupt is.
final class TimeoutDefects {

    private static final String LIMIT = "TimeLimit.java";
    private static final String SCOPE = "InterruptScope.java";
    private static final String KILLS = "TaskScope.java";
    private static final String TASK = "GreenTask.java";

    private TimeoutDefects() {}

    static void addTo(List<Defect> all) {
        add(all, LIMIT, "a timer that interrupts after the end",
                "if (STATE.compareAndSet(this, arming + ARMED, arming + FIRING)) {", """
                        if (state == arming + ARMED) {
                            Hub.point();""");
        add(all, LIMIT, "an end that does not wait for a timer that interrupts",
                "case FIRING -> GreenTask.pause(this, spins);", "case FIRING -> { return true; }");
        add(all, LIMIT, "a photo finish that leaves the flag", "flagged = Thread.interrupted();",
                "flagged = Thread.currentThread().isInterrupted();");
        add(all, LIMIT, "a photo finish that takes everybody's flag",
                "if (flagged && (joined || wasFlagged() || !expired)) {", "if (flagged && shields > 0) {");
        add(all, LIMIT, "an expiry that takes what was meant for those outside",
                "expired = !isInterruptedFromOutside();", "expired = true;");
        add(all, LIMIT, "an expiry that takes its own flag for a foreign one",
                "joined = hub.isInterrupted(thread) && dealtWith == interruptsInside();",
                "joined = hub.isInterrupted(thread) && dealtWith <= interruptsInside();");
        add(all, LIMIT, "a limit of zero that lets the body block", """
                tellThoseOutside();
                Thread.currentThread().interrupt();""", "tellThoseOutside();");
        add(all, LIMIT, "a limit of zero that takes the caller's own flag",
                "joined = Thread.currentThread().isInterrupted();", "joined = false;");
        add(all, LIMIT, "a restart of what is over",
                "boolean isInTime = !ended && (cancel() || phase(state) == IDLE);",
                "boolean isInTime = !ended && (cancel() || phase(state) != FIRING);");
        add(all, LIMIT, "a limit that ignores the shield",
                "? STATE.compareAndSet(this, seen, arming(seen) + SHIELDED)", "? seen == state");
        add(all, LIMIT, "an expiry that the shield swallows", """
                state = arming(seen) + FIRED; // nobody else moves it from here
                return true;""", """
                state = arming(seen) + FIRED;
                return false;""");
        add(all, LIMIT, "a shield that the inner one takes down for limits", """
                shields--;
                if (shields > 0) {""", """
                shields--;
                if (shields > 1) {""");
        add(all, SCOPE, "a scope that looks at the flag before it counts",
                """
                        before = interruptsOutside();
                        wasFlagged = Thread.currentThread().isInterrupted(); // after the count: one that was counted is in it""",
                """
                        wasFlagged = Thread.currentThread().isInterrupted();
                        Hub.point();
                        before = interruptsOutside();""");
        add(all, SCOPE, "a scope that stays behind", """
                if (isFirst) {
                    INNERMOST.remove();
                }""", """
                if (isFirst && !wasFlagged) {
                    INNERMOST.remove();
                }""");
        add(all, SCOPE, "a shield that leaves the flag", "boolean flagged = Thread.interrupted(); // after",
                "boolean flagged = Thread.currentThread().isInterrupted(); // after");
        add(all, SCOPE, "a shield that forgets the flag it has put by", "boolean due = flagged;",
                "boolean due = false;");
        add(all, KILLS, "a kill that ignores the shield", "if (shields > 0) {", "if (shields > 0 && heldBack) {");
        add(all, KILLS, "a kill that the shield swallows", "boolean isDue = shields == 0 && heldBack;",
                "boolean isDue = shields < 0 && heldBack;");
        add(all, KILLS, "a shield that the inner one takes down for kills",
                "boolean isDue = shields == 0 && heldBack;", "boolean isDue = heldBack;");
        add(all, KILLS, "a kill that nobody counts", """
                countInterrupt();
                tellThoseOutside();
                Hub.point();""", """
                tellThoseOutside();
                Hub.point();""");
        add(all, KILLS, "a kill that is believed before it interrupts", "if (!task.isBusy()) {",
                "if (count >= 0 || !task.isBusy()) {");
        add(all, KILLS, "a local of the caller in a task in place",
                "if (scope instanceof TaskScope inPlace && inPlace.isEntered()) {",
                "if (scope instanceof TaskScope inPlace && !inPlace.isEntered()) {");
        add(all, TASK, "a task in place that takes what was meant for its caller",
                "if (scope.isInterruptedFromOutside() || (scope.wasFlagged() && reason != null)) {",
                "if (scope.wasFlagged() && reason != null) {");
        add(all, TASK, "a killed task in place that takes its caller's flag",
                "if (scope.isInterruptedFromOutside() || (scope.wasFlagged() && reason != null)) {",
                "if (scope.isInterruptedFromOutside()) {");
        add(all, TASK, "an expiry inside that is taken for an interruption outside",
                "if (e instanceof TimeLimit.Expiry) {", "if (e instanceof TimeLimit.Expiry && depth > 30) {");
        add(all, "Baton.java", "an interrupt by a timer, lost on a thread that is next itself",
                "if (here.interrupted) {", "if (here.interrupted && next != here) {");
    }

    private static void add(List<Defect> all, String file, String name, String right, String wrong) {
        all.add(new Defect(Subject.TIMEOUTS, name, file, right, wrong));
    }
}
