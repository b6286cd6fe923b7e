package io.greenlet;

import io.greenlet.simulation.Workload;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Green threads spawned, now and later, killed, cancelled, awaited, linked and unlinked by chance.
@SuppressWarnings("ReferenceEquality") // handles are told apart by identity
public final class ThreadWorkload extends Workload {

    private static final class Thrown extends RuntimeException {

        private static final long serialVersionUID = 1L;

        Thrown() {
            super("thrown by the body", null, false, false);
        }
    }

    /// What is known of a green thread, by what it did and by what others saw of it.
    private static final class Subject {

        private final List<String> outcomes = new ArrayList<>();
        private final Map<Consumer<GreenThread<Integer>>, Integer> links = new LinkedHashMap<>();
        private final List<Consumer<GreenThread<Integer>>> linked = new ArrayList<>();
        private @Nullable GreenThread<Integer> handle;
        private int begun;
        private int kills;
        private String ended = "never ran";
    }

    private final List<Subject> subjects = new ArrayList<>();

    /// For loading by name.
    public ThreadWorkload() {}

    @Override
    protected void prepare() {
        subjects.clear();
        spawn();
        int actors = 2 + random(2);
        for (int i = 0; i < actors; i++) {
            actor(3 + random(3), this::act);
        }
    }

    private void act() throws InterruptedException {
        Subject subject = subjects.get(random(subjects.size()));
        GreenThread<Integer> handle = subject.handle;
        switch (random(12)) {
            case 0, 1 -> spawn();
            case 2, 3 -> {
                subject.kills++;
                kill(handle);
            }
            case 4 -> {
                subject.kills++;
                boolean _ = handle != null && handle.cancel(chance(2));
            }
            case 5, 6 -> await(subject, null);
            case 7, 8 -> await(subject, Duration.ofMillis(random(3)));
            case 9, 10 -> link(subject);
            default -> {
                if (chance(2)) {
                    actors().get(random(actors().size())).kill();
                }
            }
        }
        dawdle();
    }

    private static void kill(@Nullable GreenThread<?> handle) {
        if (handle != null) {
            handle.kill();
        }
    }

    private void spawn() {
        Subject subject = new Subject();
        int kind = random(4);
        int value = subjects.size();
        subjects.add(subject);
        subject.handle = chance(3)
                ? hub().spawnAfter(Duration.ofMillis(random(3)), () -> body(subject, kind, value))
                : hub().spawn(() -> body(subject, kind, value));
        link(subject);
    }

    private int body(Subject subject, int kind, int value) throws InterruptedException {
        subject.begun++;
        rule(!Thread.currentThread().isInterrupted(), "begun with a flag");
        try {
            dawdle();
            dawdle();
        } catch (InterruptedException e) {
            rule(subject.kills > 0, "interrupted by nobody");
            if (kind == 3) {
                subject.ended = "killed";
                throw e;
            }
        }
        if (kind == 1) {
            subject.ended = "threw";
            throw new Thrown();
        }
        subject.ended = "returned " + value;
        return value;
    }

    private void link(Subject subject) {
        GreenThread<Integer> handle = subject.handle;
        if (handle == null) {
            return;
        }
        Consumer<GreenThread<Integer>> link = new Consumer<>() {
            @Override
            public void accept(GreenThread<Integer> ended) {
                rule(ended == handle, "told of somebody else");
                boolean inItsThread = GreenThread.current().orElse(null) == handle;
                rule(!inItsThread || !Thread.currentThread().isInterrupted(), "a flag in a link");
                subject.links.merge(this, 1, Integer::sum);
                Hub.point();
            }
        };
        subject.links.put(link, 0);
        handle.link(link);
        subject.linked.add(link);
        if (chance(4)) {
            Hub.point();
            int called = subject.links.getOrDefault(link, 0);
            boolean unlinked = handle.unlink(link);
            rule(!unlinked || called == 0, "unlinked after the call");
            if (unlinked) {
                subject.links.merge(link, 1, Integer::sum); // a call later would make it two
            }
        }
    }

    private void await(Subject subject, @Nullable Duration limit) throws InterruptedException {
        GreenThread<Integer> handle = subject.handle;
        if (handle == null) {
            return;
        }
        List<Consumer<GreenThread<Integer>>> before = new ArrayList<>(subject.linked);
        long start = hub().nanoTime();
        String outcome;
        try {
            outcome = "returned " + (limit == null ? handle.await() : handle.await(limit));
        } catch (TimeoutException e) {
            long waited = hub().nanoTime() - start;
            rule(limit != null && waited == limit.toNanos(), "gave up after " + waited + " ns");
            return;
        } catch (Thrown e) {
            outcome = "threw";
        } catch (GreenletExit e) {
            outcome = handle.isDone() ? "killed" : "somebody killed the caller";
        }
        rule(limit == null || limit.isZero() || hub().nanoTime() - start <= limit.toNanos(), "waited beyond its limit");
        if (!outcome.startsWith("somebody")) {
            rule(handle.isDone(), "awaited and not done");
            before.forEach(link -> rule(subject.links.getOrDefault(link, 0) == 1, "awaited before a link"));
            subject.outcomes.add(outcome);
        }
    }

    @Override
    protected void check() throws InterruptedException {
        for (Subject subject : subjects) {
            GreenThread<Integer> handle = subject.handle;
            rule(subject.begun <= 1, "begun " + subject.begun + " times");
            rule(handle != null && handle.isDone(), "not done");
            rule(subject.links.values().stream().allMatch(calls -> calls == 1),
                    "links called " + subject.links.values());
            await(subject, Duration.ZERO);
            String expected = subject.begun == 0 ? "killed" : subject.ended;
            String outcome = subject.outcomes.getLast();
            rule(outcome.equals(expected) || (outcome.equals("killed") && expected.equals("threw")), // its flag was set
                    outcome + " instead of " + expected);
            rule(subject.outcomes.stream().allMatch(outcome::equals), "not the same for all: " + subject.outcomes);
            rule(!outcome.equals("killed") || subject.kills > 0, "killed by nobody");
        }
    }
}
