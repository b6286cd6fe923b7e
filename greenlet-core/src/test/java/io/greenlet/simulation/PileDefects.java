package io.greenlet.simulation;

import java.util.List;

/// What can be wrong with a pile.
final class PileDefects {

    private PileDefects() {}

    static void addTo(List<Defect> all) {
        add(all, "lost wake-up: a spawn does not tell the takers", """
                if (result != null) {
                    results.add(result);
                }
                woken = Waiter.giveAll(watchers, true);""", """
                if (result != null) {
                    results.add(result);
                }
                woken = new WaitList<>();""");
        add(all, "lost wake-up: a take does not tell the spawners", """
                results.remove();
                woken = Waiter.giveAll(watchers, true);""", """
                results.remove();
                woken = new WaitList<>();""");
        add(all, "lost wake-up: a spawn that failed does not tell the takers", """
                } finally {
                    settle(result);
                }""", """
                } finally {
                    if (result != null) {
                        settle(result);
                    }
                }""");
        add(all, "a result is taken twice", """
                if (results.peek() != first) {
                    return false;
                }
                results.remove();""", "results.remove(first);");
        add(all, "a result is lost: whoever is first takes whatever is first", """
                if (results.peek() != first) {
                    return false;
                }""", "");
        add(all, "a result is lost: taken before it has come", """
                awaitEnd(first);
                if (remove(first)) {""", """
                if (remove(first)) {
                    awaitEnd(first);""");
        add(all, "more in it than it holds", "if (results.size() + spawning < capacity) {",
                "if (results.size() < capacity) {");
        add(all, "a place is kept by a spawn that failed", "spawning--;", "spawning -= result != null ? 1 : 0;");
        add(all, "in the order of the ends", "results.add(result);", """
                if (result.isDone()) {
                    ((ArrayDeque<GreenThread<T>>) results).addFirst(result);
                } else {
                    results.add(result);
                }""");
        add(all, "a failed one counts as not taken", """
                } catch (RuntimeException | Error e) {
                    // how""", """
                } catch (Error e) {
                    // how""");
        add(all, "takers see the end while a spawn is under way", """
                if (spawning == 0) {
                    throw""", """
                if (spawning >= 0) {
                    throw""");
    }

    private static void add(List<Defect> all, String name, String right, String wrong) {
        all.add(new Defect(Subject.PILES, name, "pool/GreenPile.java", right, wrong));
    }
}
