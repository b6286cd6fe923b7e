package io.greenlet.pool;

import io.greenlet.Green;
import io.greenlet.GreenThread;
import io.greenlet.pool.GreenGroup.OnFailure;
import io.greenlet.simulation.Workload;
import io.greenlet.waiting.WaitList;
import java.lang.reflect.Field;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/// A group, with a pool under it or without, in which members spawn members, fail, are killed, joined and let go by chance:
/// a kill reaches all, a join waits for all, and a failure is told once.
@SuppressWarnings("ReferenceEquality") // green threads have identity
public final class GroupWorkload extends Workload {

    private static final class Failed extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final boolean isConsequence; // of a kill

        Failed(boolean isConsequence) {
            super("failed", null, false, false);
            this.isConsequence = isConsequence;
        }
    }

    private static final Duration FOR_EVER = Duration.ofHours(1);
    private static final Field MEMBERS = field(GreenGroup.class, "members");
    private static final Field JOINERS = field(GreenGroup.class, "joiners");
    private static final Field SPAWNING = field(GreenGroup.class, "spawning");
    private static final Field KILLING = field(GreenGroup.class, "killing");
    private static final Field FAILURE = field(GreenGroup.class, "failure");

    /// Looks without the lock, where others might get in between: only one thread runs at a time.
    private @Nullable Object look(Field field) {
        try {
            return field.get(group);
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }

    private @Nullable GreenPool slots;
    private GreenGroup group = new GreenGroup();
    private OnFailure onFailure = OnFailure.NONE;
    private final List<GreenThread<?>> members = new ArrayList<>(); // whose spawn has returned
    private final Set<GreenThread<?>> discarded = new LinkedHashSet<>();
    private final Map<GreenThread<?>, List<GreenThread<?>>> failed = new LinkedHashMap<>(); // and the members then
    private final Set<Failed> toTell = new LinkedHashSet<>(); // seen to wait for somebody to join
    private final Set<Failed> told = new HashSet<>();
    private int joining;
    private boolean settled;

    /// For loading by name.
    public GroupWorkload() {}

    @Override
    protected void prepare() {
        onFailure = random(3) == 0 ? OnFailure.NONE : OnFailure.KILL_OTHERS;
        slots = random(5) < 2
                ? GreenPool.of(PoolOptions.named("slots").withHub(hub()).withSize(1 + random(3))
                        .withWhenFull(chance(4) ? WhenFull.CALLER_RUNS : WhenFull.BLOCK))
                : null;
        group = slots == null ? GreenGroup.on(hub(), onFailure) : GreenGroup.in(slots, onFailure);
        members.clear();
        discarded.clear();
        failed.clear();
        toTell.clear();
        told.clear();
        joining = 0;
        settled = false;
        int actors = 2 + random(2);
        for (int i = 0; i < actors; i++) {
            actor(2 + random(4), this::act);
        }
    }

    private void act() throws InterruptedException {
        switch (random(12)) {
            case 0, 1, 2, 3 -> spawn(0);
            case 4 -> add();
            case 5 -> join(null);
            case 6, 10, 11 -> join(Duration.ofMillis(random(4)));
            case 7 -> group.kill();
            case 8 -> discard();
            default -> actors().get(random(actors().size())).kill();
        }
        dawdle();
    }

    private void spawn(int depth) throws InterruptedException {
        boolean isEndless = !settled && chance(3);
        GreenThread<Integer> member = group.spawn(() -> {
            rule(slots == null || look(KILLING) == null, "began while the group was killed");
            return live(depth, isEndless);
        });
        added(member);
    }

    /// A link that takes its time is a part of its member.
    private void added(GreenThread<Integer> member) {
        if (chance(3)) {
            member.link(ended -> hub().parkNanos("a slow link", 1 + random(2_000_000)));
        }
        member.link(_ -> {
            if (look(FAILURE) instanceof Failed failure) {
                toTell.add(failure);
            }
        });
        members.add(member);
    }

    private int live(int depth, boolean isEndless) throws InterruptedException {
        try {
            dawdle();
            if (depth < 2 && chance(4)) {
                spawn(depth + 1);
            }
            if (chance(8)) {
                group.kill();
            }
            if (isEndless) {
                Green.sleep(FOR_EVER);
                rule(false, "nobody killed it");
            }
            if (chance(4)) {
                fail();
            }
            return depth;
        } catch (InterruptedException e) {
            if (depth < 2 && chance(3)) {
                spawn(depth + 1); // while it is killed
            }
            if (chance(4)) {
                throw new Failed(slots == null); // else the caller may have been killed, in which it runs
            }
            throw e;
        }
    }

    private void fail() {
        GreenThread<?> here = GreenThread.current().orElseThrow();
        if (slots == null && onFailure == OnFailure.KILL_OTHERS) {
            failed.put(here,
                    List.copyOf(members).stream().filter(other -> other != here && group.contains(other)).toList());
        }
        throw new Failed(false);
    }

    private void add() {
        boolean isEndless = !settled && chance(2);
        GreenThread<Integer> member = hub().spawn(() -> live(2, isEndless));
        group.add(member);
        added(member);
    }

    private void discard() {
        if (!members.isEmpty()) {
            GreenThread<?> member = members.remove(random(members.size()));
            discarded.add(member);
            boolean _ = group.discard(member);
            if (settled) {
                member.kill();
            }
        }
    }

    private void join(@Nullable Duration limit) throws InterruptedException {
        List<GreenThread<?>> before = List.copyOf(members);
        Set<Failed> toldBefore = Set.copyOf(told);
        long start = hub().nanoTime();
        joining++;
        try {
            if (limit == null) {
                group.join();
            } else if (!group.join(limit)) {
                rule(hub().nanoTime() - start == limit.toNanos(),
                        "gave up after " + (hub().nanoTime() - start) + " ns");
                return;
            }
        } catch (Failed e) {
            rule(!e.isConsequence, "told of what a kill did");
            rule(onFailure == OnFailure.KILL_OTHERS, "told of a failure that is nobody's concern");
            rule(!toldBefore.contains(e), "told twice");
            told.add(e);
        } catch (CompletionException e) {
            rule(e.getCause() instanceof InterruptedException && slots != null, "told of " + e);
        } finally {
            joining--;
            rule(look(JOINERS) instanceof WaitList<?> line && line.size() <= joining, "listed and gone");
        }
        rule(limit == null || hub().nanoTime() - start <= limit.toNanos(), "waited longer than its limit");
        for (GreenThread<?> member : before) {
            rule(member.isDone() || discarded.contains(member), "joined, and not ended: " + member);
        }
    }

    /// Everything rests. A kill, or a failure that kills, has come to its end; what is endless lives.
    @Override
    protected void settle() {
        settled = true;
        rule(look(KILLING) == null || !Integer.valueOf(0).equals(look(SPAWNING)), "a kill left something: " + group);
        failed.forEach((member, others) -> rule(
                discarded.contains(member)
                        || others.stream().allMatch(other -> other.isDone() || discarded.contains(other)),
                "a failure left something: " + group));
        helper(() -> {
            group.kill();
            List.copyOf(discarded).forEach(GreenThread::kill);
            join(FOR_EVER);
        });
    }

    @Override
    protected void check() {
        helper(() -> {
            rule(group.isEmpty() && look(MEMBERS) instanceof Map<?, ?> left && left.isEmpty(), "left: " + group);
            rule(look(JOINERS) instanceof WaitList<?> line && line.isEmpty(), "somebody is listed and does not wait");
            rule(Integer.valueOf(0).equals(look(SPAWNING)), "a spawn is under way: " + group);
            rule(group.spawn(() -> "lives").await().equals("lives"), "not as before after a kill");
            try {
                group.close();
            } catch (Failed e) {
                rule(told.add(e), "told twice");
            } catch (CompletionException e) { // of one that ran in an actor that was killed
                rule(e.getCause() instanceof InterruptedException && slots != null, "told of " + e);
            }
            try {
                group.spawn(() -> "late").await();
                rule(false, "took what came after its close");
            } catch (RejectedSubmission e) {
                rule(group.isEmpty(), "closed, and not empty");
            }
            rule(told.containsAll(toTell), "not told of a failure");
            rule(slots == null || (slots.running() == 0 && slots.waiting() == 0), "the slots are not at rest");
        });
    }
}
