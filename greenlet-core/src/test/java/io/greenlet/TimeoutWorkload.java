package io.greenlet;

import io.greenlet.simulation.Workload;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// Green threads in scopes within scopes, shields, and tasks in place, killed, interrupted and timed out by chance: by
/// timers, and by others that do what a timer does, in the middle of everything.
@SuppressWarnings("ReferenceEquality") // exceptions are told apart by identity
public final class TimeoutWorkload extends Workload {

    private static final class Thrown extends Exception {

        private static final long serialVersionUID = 1L;

        Thrown() {
            super("thrown by the body", null, false, false);
        }
    }

    /// A limit that is open.
    private static final class Limit {

        private final int shields; // around it
        private int kills; // begun before it
        private long opened;
        private long deadline = Long.MAX_VALUE;
        private @Nullable TimeLimit scope;
        private boolean byHand; // somebody has, or will at any moment
        private boolean due; // and its interrupt is still to be seen
        private boolean told; // somebody has seen an interruption since it was over
        private boolean toldLongAgo; // before the last scope in it

        Limit(Victim victim) {
            shields = victim.shields;
        }
    }

    /// What is known of a green thread.
    private static final class Victim {

        private @Nullable Thread thread;
        private @Nullable GreenThread<?> handle;
        private final List<Limit> limits = new ArrayList<>();
        private final List<InPlace> inPlace = new ArrayList<>();
        private int shields;
        private int killsBegun;
        private int killsDone;
        private int killsInPlace;
        private int killsDoneWhenTold;
        private int foreign;
        private int seen; // how many interruptions it has seen
        private @Nullable TimeoutException passing; // of a scope inside, through those outside
        private boolean passingWithFlag; // an interrupt for one of those outside is still to come
        private boolean killDue; // its interrupt is still to be seen
    }

    /// A task in its caller's thread.
    private static final class InPlace extends GreenTask<Integer> {

        private int kills;

        InPlace(Hub hub, Callable<Integer> body) {
            super(hub, body);
        }

        void here() throws InterruptedException {
            runHere();
        }
    }

    private static final GreenLocal<Integer> LOCAL = GreenLocal.withInitial(() -> 0);

    private final List<Victim> victims = new ArrayList<>();
    private int finished;

    /// For loading by name.
    public TimeoutWorkload() {}

    @Override
    protected void prepare() {
        victims.clear();
        finished = 0;
        int count = 1 + random(2);
        for (int i = 0; i < count; i++) {
            Victim victim = new Victim();
            victims.add(victim);
            victim.handle = hub().spawn(() -> live(victim));
        }
        boolean kills = chance(2);
        boolean interrupts = chance(3);
        for (int i = 0; i < 2; i++) {
            actor(4 + random(4), () -> disturb(victims.get(random(victims.size())), kills, interrupts));
        }
    }

    // ---- those who disturb

    private void disturb(Victim victim, boolean kills, boolean interrupts) throws InterruptedException {
        switch (random(6)) {
            case 0 -> {
                if (kills) {
                    kill(victim);
                }
            }
            case 1 -> {
                if (interrupts && victim.shields == 0 && victim.thread != null && finished < victims.size()) {
                    victim.foreign++;
                    hub().interrupt(victim.thread);
                }
            }
            case 2 -> {
                if (!victim.inPlace.isEmpty() && victim.shields == 0) {
                    InPlace task = victim.inPlace.getLast();
                    task.kills++;
                    victim.killsInPlace++;
                    task.kill();
                }
            }
            default -> {
                if (!victim.limits.isEmpty()) {
                    fire(victim, victim.limits.get(random(victim.limits.size())));
                }
            }
        }
        dawdle();
    }

    private static void kill(Victim victim) {
        GreenThread<?> handle = victim.handle;
        if (handle == null) {
            return;
        }
        victim.killsBegun++;
        int seen = victim.seen;
        handle.kill();
        victim.killsDone++;
        victim.killDue |= victim.seen == seen;
    }

    private static void fire(Victim victim, Limit limit) {
        TimeLimit scope = limit.scope;
        if (scope == null || limit.byHand) {
            return;
        }
        limit.byHand = true;
        int seen = victim.seen;
        scope.fire();
        limit.due = victim.seen == seen && scope.isOver();
    }

    // ---- those who are disturbed

    private int live(Victim victim) throws Exception {
        victim.thread = Thread.currentThread();
        for (int i = 0; i < 3; i++) {
            try {
                scope(victim, 0);
            } catch (InterruptedException e) {
                rule(victim.killsBegun + victim.foreign > 0, "interrupted by a limit, outside of all");
            } catch (Thrown e) {
                // its own
            }
            rule(InterruptScope.entered() == null, "a scope is left");
            rule(!Thread.currentThread().isInterrupted() || victim.killsBegun + victim.foreign > 0, "a stray flag");
            settle(victim);
        }
        victim.thread = null;
        finished++;
        return victim.seen;
    }

    /// What is due must come now.
    private void settle(Victim victim) throws Exception {
        try {
            sleep(victim, false);
        } catch (InterruptedException e) {
            // it has
        }
    }

    private void act(Victim victim, int depth) throws Exception {
        for (int i = 1 + random(3); i > 0; i--) {
            switch (random(10)) {
                case 0, 1, 2 -> sleep(victim, chance(3));
                case 3 -> Hub.point();
                case 4, 5, 6 -> {
                    if (depth < 3) {
                        scope(victim, depth);
                    }
                }
                case 7 -> shield(victim, depth);
                case 8 -> {
                    if (depth < 3) {
                        inPlace(victim, depth);
                    }
                }
                default -> {
                    if (chance(3)) {
                        throw new Thrown();
                    }
                }
            }
        }
    }

    private void sleep(Victim victim, boolean catches) throws InterruptedException {
        long start = hub().nanoTime();
        boolean due = isDue(victim, start);
        Duration pause = Duration.ofMillis(1 + random(3));
        try {
            hub().sleep(pause);
        } catch (InterruptedException e) {
            long now = hub().nanoTime();
            rule(isExplained(victim, now), "interrupted by nobody");
            rule(!due || now == start, "due, and came later");
            told(victim, now);
            if (!catches) {
                throw e;
            }
            return;
        }
        rule(!due, "due, and did not come");
        long now = hub().nanoTime();
        for (Limit limit : victim.limits) {
            rule(limit.shields < victim.shields || limit.told || now <= limit.deadline, "slept beyond a limit");
        }
    }

    private static boolean isDue(Victim victim, long now) {
        boolean due = victim.killDue && victim.shields == 0;
        for (Limit limit : victim.limits) {
            due |= limit.shields >= victim.shields && !limit.told && (limit.due || now >= limit.deadline);
        }
        return due;
    }

    private static boolean isExplained(Victim victim, long now) {
        if (victim.shields == 0 && (victim.killsBegun + victim.foreign > 0
                || victim.inPlace.stream().anyMatch(task -> task.kills > 0))) {
            return true;
        }
        return victim.limits.stream()
                .anyMatch(limit -> limit.shields >= victim.shields && (limit.byHand || now >= limit.deadline));
    }

    private static void told(Victim victim, long now) {
        victim.seen++;
        victim.killsDoneWhenTold = victim.killsDone;
        if (victim.shields == 0) {
            victim.killDue = false;
        }
        for (Limit limit : victim.limits) {
            if (limit.shields >= victim.shields && (limit.byHand || now >= limit.deadline)) {
                limit.told = true;
                limit.due = false;
            }
        }
    }

    // ---- scopes

    private void scope(Victim victim, int depth) throws Exception {
        Limit limit = new Limit(victim);
        Duration time = Duration.ofMillis(random(6) - 1);
        boolean isOwn = chance(8) && victim.shields == 0;
        if (isOwn) {
            victim.foreign++;
            Thread.currentThread().interrupt();
        }
        String outcome;
        try {
            outcome = switch (random(3)) {
                case 0 -> GreenTimeout.call(time, () -> body(victim, limit, time, depth, isOwn));
                case 1 -> GreenTimeout.callOr(time, () -> body(victim, limit, time, depth, isOwn), "late");
                default -> opened(victim, limit, time, depth, isOwn);
            };
        } catch (TimeoutException e) {
            outcome = ended(victim, limit, e);
        } finally {
            boolean _ = victim.limits.remove(limit);
        }
        victim.limits.forEach(outer -> outer.toldLongAgo = outer.told);
        if (outcome.equals("late")) {
            late(victim, limit);
        }
        boolean flagged = Thread.currentThread().isInterrupted();
        if (isOwn) {
            rule(flagged, "the caller's own flag is lost");
        } else {
            rule(!flagged || mayBeFlagged(victim), "a stray flag");
        }
    }

    /// Whose it is, which may be that of a scope inside.
    private String ended(Victim victim, Limit limit, TimeoutException expiry) throws TimeoutException {
        boolean isOwn = victim.passing != expiry;
        boolean isSure = limit.toldLongAgo && !limit.byHand && !victim.passingWithFlag
                && victim.foreign + victim.killsBegun + victim.killsInPlace == 0;
        rule(!isOwn || victim.passing == null || !isSure, "took the expiry of one inside");
        victim.passing = null;
        if (victim.limits.size() > 1 && chance(3)) {
            victim.passing = expiry;
            victim.passingWithFlag = Thread.currentThread().isInterrupted();
            throw expiry;
        }
        return isOwn ? "late" : "passed";
    }

    private void late(Victim victim, Limit limit) {
        long now = hub().nanoTime();
        rule(limit.byHand || now >= limit.deadline, "late before its time");
        for (Limit outer : victim.limits) {
            rule(outer.byHand || outer.shields < limit.shields || now < outer.deadline
                    || outer.deadline <= limit.opened,
                    "took what was meant for one outside");
        }
        rule(limit.shields > 0 || victim.killsDoneWhenTold <= limit.kills, "took a kill");
    }

    private boolean mayBeFlagged(Victim victim) {
        return isExplained(victim, hub().nanoTime());
    }

    private String opened(Victim victim, Limit limit, Duration time, int depth, boolean isOwn) throws Exception {
        GreenTimeout scope = GreenTimeout.open(time);
        try (scope) {
            String done = body(victim, limit, time, depth, isOwn);
            if (chance(2) && !isOwn) {
                anew(victim, limit, scope);
            }
            return done;
        } catch (InterruptedException | TimeoutException | Thrown e) {
            scope.check(e);
            throw e;
        }
    }

    private void anew(Victim victim, Limit limit, GreenTimeout scope) throws InterruptedException {
        if (chance(3)) {
            if (scope.cancel()) {
                rule(!limit.due, "cancelled what has come");
                limit.deadline = Long.MAX_VALUE;
            }
        } else {
            int time = 1 + random(4);
            long now = hub().nanoTime();
            if (scope.restart(Duration.ofMillis(time))) {
                rule(!limit.due && now < limit.deadline, "restarted what has come");
                limit.deadline = now + TimeUnit.MILLISECONDS.toNanos(time);
            } else {
                rule(limit.byHand || now >= limit.deadline, "no restart in time");
            }
        }
        sleep(victim, false);
    }

    private String body(Victim victim, Limit limit, Duration time, int depth, boolean isOwn) throws Exception {
        limit.kills = victim.killsBegun;
        limit.opened = hub().nanoTime();
        limit.deadline = limit.opened + Math.max(0, time.toNanos());
        limit.scope = InterruptScope.entered() instanceof TimeLimit scope ? scope : null;
        victim.limits.add(limit);
        if (!isOwn) {
            act(victim, depth + 1);
        } else if (chance(2)) {
            sleep(victim, false);
        }
        return "done";
    }

    private void shield(Victim victim, int depth) throws Exception {
        Callable<String> body = () -> {
            victim.shields++;
            try {
                rule(!Thread.currentThread().isInterrupted(), "a flag in a shield");
                act(victim, depth + 1);
            } finally {
                victim.shields--;
            }
            return "done";
        };
        try {
            String _ = GreenTimeout.shielded(body);
        } catch (Thrown e) {
            // its own
        } finally {
            victim.passingWithFlag |= Thread.currentThread().isInterrupted(); // which the shield has put by
        }
    }

    private void inPlace(Victim victim, int depth) throws Exception {
        InPlace task = new InPlace(hub(), () -> {
            rule(LOCAL.get() == 0, "a local of somebody else");
            LOCAL.set(depth + 1);
            act(victim, depth + 1);
            return depth;
        });
        int shields = victim.shields;
        victim.inPlace.add(task);
        Integer before = LOCAL.get();
        try {
            task.here();
        } finally {
            boolean _ = victim.inPlace.remove(task);
            victim.shields = shields;
            victim.passing = null; // it stays in the handle
        }
        rule(LOCAL.get().equals(before), "a local that is not its own");
        rule(!Thread.currentThread().isInterrupted() || mayBeFlagged(victim), "the flag of a task in place is left");
    }

    @Override
    protected void check() {
        rule(finished == victims.size() || victims.stream().anyMatch(victim -> victim.killsBegun > 0),
                "not all have ended");
        rule(hub().snapshot().timers() == 0, "timers are left");
    }
}
