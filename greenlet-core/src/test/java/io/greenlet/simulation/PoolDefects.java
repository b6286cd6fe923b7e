package io.greenlet.simulation;

import java.util.List;

/// What can be wrong with a pool around its core.
final class PoolDefects {

    private static final String POOL = "pool/GreenPool.java";
    private static final String TASK = "pool/PoolTask.java";
    private static final String GREEN = "GreenTask.java";
    private static final String LEDGER = "pool/PoolLedger.java";

    private PoolDefects() {}

    static void addTo(List<Defect> all) {
        add(all, TASK, "leaked slot: a task that ends returns it only if it began",
                "if (admission == Admission.ADMITTED) {", "if (admission == Admission.ADMITTED && seat != null) {");
        add(all, TASK, "invented slot: one that was killed in line returns one too",
                "if (admission == Admission.ADMITTED) {",
                "if (admission == Admission.ADMITTED || admission == Admission.KILLED) {");
        add(all, TASK, "leaked slot: a listener's or ledger's word decides", """
                } finally {
                    if (admission == Admission.ADMITTED) {
                        pool.release(seat);
                    }
                }""", """
                } finally {
                    if (admission == Admission.ADMITTED && outcome != State.FAILED) {
                        pool.release(seat);
                    }
                }""");
        add(all, TASK, "one that is killed in line stays there", """
                if (mine.answer() == null && pool.core().withdraw(mine, Admission.KILLED)) {
                    mine.wakeCaller();
                }
                return Objects.requireNonNull(mine.answer());""", """
                return mine.answer() == null ? Admission.KILLED : mine.answer();""");
        add(all, TASK, "the caller of one that is killed in line is not woken", """
                if (mine.answer() == null && pool.core().withdraw(mine, Admission.KILLED)) {
                    mine.wakeCaller();
                }""", """
                if (mine.answer() == null) {
                    pool.core().withdraw(mine, Admission.KILLED);
                }""");
        add(all, TASK, "a time-out is counted as a failure",
                "limit != null && error == limit.expiry ? TaskOutcome.TIMED_OUT : TaskOutcome.FAILED;",
                "limit != null && limit.expiry != null ? TaskOutcome.TIMED_OUT : null;");
        add(all, TASK, "a seat is never left", """
                if (seat != null) {
                    seat.leave();
                }""", "");
        add(all, GREEN, "the first link is not called if the body never ran", """
                callFirstLink();
                Completion""", """
                if (error == null || reason != null) {
                    callFirstLink();
                }
                Completion""");
        add(all, GREEN, "those who await are let go before the first link has run", """
                callFirstLink();
                Completion waiters = callLinks();""", """
                Completion waiters = callLinks();
                Hub.point();
                callFirstLink();""");
        add(all, POOL, "one that has waited too long is taken out of the line and never ends",
                "task.refuse(noSlotAfter(maxWait));", "noSlotAfter(maxWait);");
        add(all, POOL, "one that has waited too long ends though it has its slot", """
                if (core.withdraw(task.place(), Admission.FULL)) {
                    ledger.left(task);
                    task.refuse(noSlotAfter(maxWait));
                }""", """
                core.withdraw(task.place(), Admission.FULL);
                task.refuse(noSlotAfter(maxWait));""");
        add(all, "pool/PermitCore.java", "a pool opens again before its close has returned", "if (closings > 0) {",
                "if (closings < 0) {");
        add(all, POOL, "a close never counts as over", """
                    finish();
                } finally {
                    core.closeIsOver();""", """
                    finish();
                } finally {
                    core.isClosed();""");
        add(all, POOL, "who is granted a slot is not started", """
                place.task.startWithSlot();
                } catch""", """
                } catch""");
        add(all, POOL, "lost wake-up: the caller of a granted one sleeps on", """
                } finally {
                    place.wakeCaller();
                }""", """
                } finally {
                    place.task.isDone();
                }""");
        add(all, POOL, "a close does not wake those it sends away",
                "core.close().forEach(PoolTask.Place::wakeCaller);", "core.close();");
        add(all, POOL, "the interrupt of a caller in line loses the slot granted meanwhile", """
                if (core.withdraw(place, Admission.FULL)) {
                    ledger.left(task);
                    throw e;
                }
                Thread.currentThread().interrupt(); // too late: the answer stands""", """
                core.withdraw(place, Admission.FULL);
                if (task.hub() != null) {
                    throw e;
                }""");
        add(all, POOL, "a wait that is over leaves its place in line", """
                if (answer == null) {
                    if (core.withdraw(place, Admission.FULL)) {
                        ledger.left(task);
                        return false;
                    }
                    answer""", """
                if (answer == null) {
                    if (place.answer() == null) {
                        return false;
                    }
                    answer""");
        add(all, POOL, "the listener does not hear of one whose wait is over", """
                ledger.left(task);
                return false;""", "return false;");
        add(all, POOL, "the listener does not hear of one that joins the line without its caller", """
                ledger.waits(task);
                int capacity""", "int capacity");
        add(all, POOL, "what a resize grants is not started", "core.resize(newSize).forEach(GreenPool::proceed);",
                "core.resize(newSize);");
        add(all, POOL, "a close does not wait for handles", """
                for (PoolTask<?> task : ledger.running()) {
                    if (!task""", """
                for (PoolTask<?> task : List.<PoolTask<?>>of()) {
                    if (!task""");
        add(all, LEDGER, "kills that are not counted", "case KILLED -> killed.increment();", """
                case KILLED -> {
                }""");
        add(all, LEDGER, "the end is not told to the listener when a task never began", """
                if (isHeard()) {
                    Duration ran""", """
                if (isHeard() && seat != null) {
                    Duration ran""");
        add(all, POOL, "a task's own spawn waits for a slot that may be its own", "} else if (isCurrent()) {",
                "} else if (task.isCurrent()) {");
    }

    private static void add(List<Defect> all, String file, String name, String right, String wrong) {
        all.add(new Defect(Subject.POOLS, name, file, right, wrong));
    }
}
