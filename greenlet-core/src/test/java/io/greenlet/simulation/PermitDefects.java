package io.greenlet.simulation;

import java.util.List;

/// What can be wrong with slots and the line for them.
final class PermitDefects {

    private static final String FILE = "pool/PermitCore.java";

    private PermitDefects() {}

    static void addTo(List<Defect> all) {
        add(all, "lost wake-up: joins the line without looking again whether a slot came free", """
                } else if (isSlow(seen) || word.compareAndSet(seen, seen | SLOW)) {
                line.add(""", """
                } else {
                for (long now = word.get(); !word.compareAndSet(now, now | SLOW); now = word.get()) {}
                line.add(""");
        add(all, "lost wake-up: waits for idle without looking again", """
                if (isSlow(seen) || word.compareAndSet(seen, seen | SLOW)) {
                    idlers.add(""", """
                if (isSlow(seen) || word.compareAndSet(word.get(), word.get() | SLOW)) {
                    idlers.add(""");
        add(all, "lost update: a slot is taken by a plain write", """
                Hub.point();
                if (word.compareAndSet(seen, withFree(seen, free(seen) - 1))) {
                    return Admission.ADMITTED;
                }
                }
                }
                /// Takes a slot, or gives""", """
                Hub.point();
                word.compareAndSet(word.get(), withFree(seen, free(seen) - 1));
                return Admission.ADMITTED;
                }
                }
                /// Takes a slot, or gives""");
        add(all, "lost update: a slot is returned by a plain write", """
                Hub.point();
                if (word.compareAndSet(seen, withFree(seen, free(seen) + 1))) {
                    return null;
                }
                }
                }
                /// Returns a slot, by""", """
                Hub.point();
                word.compareAndSet(word.get(), withFree(seen, free(seen) + 1));
                return null;
                }
                }
                /// Returns a slot, by""");
        add(all, "lost update: a resize by a plain write", """
                if (word.compareAndSet(seen, pack(seen & SLOW, newSize, free - grants))) {
                    break;
                }""", """
                word.compareAndSet(word.get(), pack(seen & SLOW, newSize, free - grants));
                break;""");
        add(all, "leaked slot: one returned to a pool that has shrunk is not counted", """
                } else {
                    returnSlots(1);
                }""", """
                } else if (line.isEmpty()) {
                    returnSlots(1);
                }""");
        add(all, "invented slot: one that is handed over is returned too", """
                next = grantFirst(); // this very slot: it is never seen free
                } else {
                returnSlots(1);
                }""", """
                next = grantFirst();
                }
                returnSlots(1);""");
        add(all, "a slot of a pool that has shrunk is handed over", "if (!line.isEmpty() && free(word.get()) >= 0) {",
                "if (!line.isEmpty()) {");
        add(all, "the first in line is forgotten when a slot is returned", "next = grantFirst(); // this",
                "next = null; // this");
        add(all, "a resize grants one too few", "grants = Math.clamp(free, 0, line.size());",
                "grants = Math.clamp(free - 1, 0, line.size());");
        add(all, "a resize grants whatever the room", "grants = Math.clamp(free, 0, line.size());",
                "grants = line.size();");
        add(all, "invented slot: a resize does not count what it grants", "newSize, free - grants)",
                "newSize, free)");
        add(all, "barging: a newcomer does not look at the line", "free(seen) > 0 && line.isEmpty();",
                "free(seen) > 0 || (size(seen) > 0 && line.size() == 1);");
        add(all, "overtaking: the last in line is served first", """
                P place = line.poll();
                if (place == null) {""", """
                P place = line.peek();
                while (place != null && line.after(place) != null) {
                    place = line.after(place);
                }
                if (place != null) {
                    line.remove(place);
                }
                if (place == null) {""");
        add(all, "double grant: one that has an answer is withdrawn all the same", """
                if (answerOf(place) != null) {
                    return false;
                }
                if (line.remove""", """
                if (answerOf(place) != null) {
                    return true;
                }
                if (line.remove""");
        add(all, "one that is withdrawn stays in line", """
                if (line.remove(place)) {
                    counted(place, -1);
                }
                answer(""", """
                answer(""");
        add(all, "the slow path stays on when the last one leaves the line", """
                answer(place, answer);
                settle();
                return true;""", """
                answer(place, answer);
                return true;""");
        add(all, "a close does not send the callers away", "return removeAll(Kind.CALLER, Admission.CLOSED);",
                "return new ArrayList<>();");
        add(all, "a close that the fast path does not see", """
                place = next;
                }
                settle();""", """
                place = next;
                }""");
        add(all, "lost wake-up: those who wait for idle are not told", "woken = Waiter.giveAll(idlers, true);",
                "woken = Waiter.giveAll(new WaitList<>(), true);");
        add(all, "one who no longer waits for idle stays listed", """
                idlers.remove(waiter);
                settle();""", """
                settle();""");
        add(all, "leaked slot: one is stashed without looking again whether that was too late",
                "return isStashing() ? null : releaseSlowly(true);", "return null;");
        add(all, "leaked slot: what was stashed is counted before it is said that nobody shall stash", """
                advance(1); // before it counts: who stashes after that sees it
                long found = unfetched();""", """
                long found = unfetched();
                Hub.point();
                advance(1);""");
        add(all, "invented slot: one that was stashed late is returned though it was fetched",
                "if (unfetched() == 0) {",
                "if (false) {");
        add(all, "invented slot: one that was stashed late stays in the stash too", """
                    fetched++;
                }""", """
                }""");
        add(all, "invented slots: what was fetched is fetched again", "fetched += found;", "");
        add(all, "leaked slots: what was stashed is forgotten", "returnSlots((int) found);", "");
        add(all, "someone joins the line though slots are stashed", "if (!hasSlot && isStashing()) {", "if (false) {");
        add(all, "full though slots are stashed",
                "return mayStash && !isDry() ? acquireOrJoin(null, 0) : Admission.FULL;", "return Admission.FULL;");
        add(all, "lost wake-up: waits for idle while slots are stashed", """
                exact();
                for (;;) {
                    long seen = word.get();
                    if (running(seen) == 0) {""", """
                for (;;) {
                    long seen = word.get();
                    if (running(seen) == 0) {""");
        add(all, "a resize while slots are stashed", """
                exact();
                int grants;""", """
                int grants;""");
        add(all, "slots are stashed in a closed pool", """
                closed = true;
                exact();""", """
                closed = true;""");
        add(all, "slots are stashed while somebody stands in line",
                "if (!isStashing() && !isSlow(seen) && size(seen) >= stashFrom) {",
                "if (!isStashing() && size(seen) >= stashFrom) {");
        add(all, "a look forgets what is stashed",
                "return wasExactSince(before) ? seen : lookInStashes();",
                "return seen;");
        add(all, "a look does not notice that slots are stashed meanwhile",
                "return wasExactSince(before) ? seen", "return (before & 3) == 0 ? seen");
        add(all, "the word is said to be exact before what was fetched is in it", """
                returnSlots((int) found);
                advance(2);""", """
                advance(2);
                Hub.point();
                returnSlots((int) found);""");
        add(all, "a look counts what comes back while it looks and what is taken then", """
                if (word.get() == before) {""", """
                if (before != 0) {""");
        add(all, "the queue takes one more than its capacity", "queued >= capacity))", "queued > capacity))");
    }

    private static void add(List<Defect> all, String name, String right, String wrong) {
        all.add(new Defect(Subject.PERMITS, name, FILE, right, wrong));
    }
}
