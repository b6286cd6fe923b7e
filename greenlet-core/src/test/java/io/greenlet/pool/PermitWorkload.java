package io.greenlet.pool;

import io.greenlet.Hub;
import io.greenlet.pool.PermitCore.Admission;
import io.greenlet.pool.PermitCore.Kind;
import io.greenlet.simulation.Workload;
import io.greenlet.waiting.Waiter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Slots taken, waited for, returned, withdrawn, resized and closed, against a model: who holds one, and who stands in
/// line in which order.
///
/// No point lies between the core's decision and the model's update, so the two agree whenever anyone looks; but for those
/// who are about to stash a slot, of which the core may know already.
public final class PermitWorkload extends Workload {

    private static final class Place extends PermitCore.Place {

        private final PermitWorkload test;
        private final Waiter waiter = new Waiter();

        Place(PermitWorkload test, Kind kind) {
            super(kind, 0);
            this.test = test;
        }

        @Override
        void answered(Admission given) {
            int position = test.line.indexOf(this);
            if (position >= 0) {
                test.rule(given != Admission.ADMITTED || position == 0, "overtaken in line");
                test.line.remove(position);
            }
            if (given == Admission.ADMITTED) {
                test.holds(1, 0);
            }
            waiter.give(given);
        }
    }

    private final List<Place> line = new ArrayList<>();
    private PermitCore<Place> core = new PermitCore<>(0);
    private final int[] stashes = new int[2];
    private boolean stashing;
    private int held;
    private final List<Integer> atLeast = new ArrayList<>(); // how many were held: after each change
    private final List<Integer> atMost = new ArrayList<>();
    private int leaving; // of those held: on their way into a stash
    private int idleMoments; // how often nobody has come to hold one
    private int size;
    private int capacity;
    private int idlers; // in awaitIdle
    private boolean closed;
    private boolean settled; // nobody may be left to wait for ever from now on

    /// For loading by name.
    public PermitWorkload() {}

    @Override
    protected void prepare() {
        line.clear();
        held = 0;
        leaving = 0;
        atLeast.clear();
        atMost.clear();
        holds(0, 0);
        idlers = 0;
        closed = false;
        settled = false;
        size = random(3);
        capacity = random(3);
        Arrays.fill(stashes, 0);
        stashing = chance(2);
        core = stashing ? new PermitCore<>(size, 1 + random(3), this::stashed) : new PermitCore<>(size);
        int actors = 3 + random(2);
        for (int i = 0; i < actors; i++) {
            actor(2 + random(2), this::act);
        }
    }

    private long stashed() {
        long first = stashes[0];
        Hub.point();
        return first + stashes[1];
    }

    private void act() throws InterruptedException {
        agree();
        switch (random(12)) {
            case 0, 1, 2, 3 -> takeOrWait(Waiter.FOREVER);
            case 4, 5 -> takeOrWait(TimeUnit.MILLISECONDS.toNanos(random(3)));
            case 6, 7 -> tryTake();
            case 8 -> resize(settled ? 1 + random(3) : random(4));
            case 9 -> awaitIdle();
            case 10 -> actors().get(random(actors().size())).kill();
            default -> {
                if (chance(4)) {
                    close();
                }
            }
        }
        agree();
    }

    private void agree() {
        int before = atMost.size() - 1;
        long look = core.look();
        int running = PermitCore.running(look);
        rule(running >= Collections.min(atLeast.subList(before, atLeast.size()))
                && running <= Collections.max(atMost.subList(before, atMost.size())),
                "running " + running + " instead of " + held);
        if (before < atMost.size() - 1) {
            return; // what it saw may be over
        }
        rule(PermitCore.size(look) == size, "size " + PermitCore.size(look) + " instead of " + size);
        rule(core.waiting() == line.size(), "waiting " + core.waiting() + " instead of " + line.size());
        rule(PermitCore.free(look) <= 0 || line.isEmpty(), "a slot is free while somebody stands in line");
        rule(core.queued() == line.stream().filter(place -> place.kind != Kind.CALLER).count(), "queued");
        rule(core.isClosed() == closed, "closed");
        rule(idlers > 0 || look < 0 == (closed || !line.isEmpty()), "the slow path is " + (look < 0 ? "on" : "off"));
        rule(core.line().equals(line), "the line"); // last: it may have to wait for the core's lock
    }

    private long queued() {
        return line.stream().filter(place -> place.kind == Kind.QUEUED).count();
    }

    private boolean nothingFree() {
        return held >= size || !line.isEmpty();
    }

    private void took() {
        holds(1, 0);
        rule(held - leaving <= size, "one slot more than there are");
    }

    private void tryTake() throws InterruptedException {
        Admission answer = core.tryAcquire();
        switch (answer) {
            case ADMITTED -> {
                rule(line.isEmpty(), "overtook the line");
                rule(!closed, "admitted though closed");
                took();
                useAndReturn();
            }
            case FULL -> rule(nothingFree(), "full though a slot is free");
            case CLOSED -> rule(closed, "closed though open");
            case WAITING, KILLED, IN_PLACE -> rule(false, "tryAcquire answered " + answer);
        }
    }

    private void takeOrWait(long nanos) throws InterruptedException {
        boolean leave = chance(4); // as a queued task does, whose slot another starts
        Kind kind = leave ? (chance(2) ? Kind.QUEUED : Kind.STREAMED) : Kind.CALLER;
        Place place = new Place(this, kind);
        switch (core.acquireOrJoin(place, capacity)) {
            case ADMITTED -> useAndReturn();
            case WAITING -> {
                rule(nothingFree(), "waits though a slot is free");
                line.add(place);
                rule(kind != Kind.QUEUED || queued() <= capacity, "more queued than the capacity");
                if (!leave) {
                    await(place, nanos);
                }
            }
            case FULL -> rule(kind == Kind.QUEUED && nothingFree()
                    && queued() >= capacity, "queue full");
            case CLOSED -> rule(closed, "closed though open");
            case KILLED, IN_PLACE -> rule(false, "answered for no reason");
        }
    }

    private void await(Place place, long nanos) throws InterruptedException {
        Object given = null;
        try {
            given = place.waiter.await(this, nanos);
        } finally {
            if (given == null && !core.withdraw(place, Admission.FULL)) {
                given = place.answer(); // the answer came first
            }
            if (given == Admission.ADMITTED) {
                useAndReturn();
            } else if (given == Admission.CLOSED) {
                rule(closed, "sent away though open");
            }
        }
    }

    private void useAndReturn() throws InterruptedException {
        try {
            dawdle();
        } finally {
            Place next = giveBack();
            rule(next == null || held - leaving <= size, "handed over though there are fewer slots by now");
            if (next != null) {
                proceed(next);
            }
        }
    }

    private @Nullable Place giveBack() {
        Place next;
        if (stashing && !chance(3)) {
            int stash = random(stashes.length);
            holds(0, 1);
            next = core.release(() -> stashes[stash]++);
            holds(-1, -1); // in the same step as the core's: no point lies between
        } else {
            next = core.release();
            holds(-1, 0);
        }
        return next;
    }

    private void holds(int more, int moreOfThemLeaving) {
        held += more;
        leaving += moreOfThemLeaving;
        atLeast.add(held - leaving);
        atMost.add(held);
        idleMoments += held == leaving ? 1 : 0;
    }

    private void proceed(Place place) {
        rule(place.answer() == Admission.ADMITTED, "granted without an answer");
        if (place.kind == Kind.CALLER) {
            place.waiter.wake();
        } else {
            helper(this::useAndReturn);
        }
    }

    private void resize(int newSize) {
        List<Place> granted = core.resize(newSize);
        size = newSize;
        rule(granted.isEmpty() || held - leaving <= size, "more granted than there is room");
        granted.forEach(this::proceed);
    }

    private void awaitIdle() throws InterruptedException {
        int before = idleMoments;
        boolean wasIdle = held == leaving;
        idlers++;
        boolean idle;
        try {
            idle = core.awaitIdle(chance(2) ? Waiter.FOREVER : TimeUnit.MILLISECONDS.toNanos(random(4)));
        } finally {
            idlers--;
        }
        rule(!idle || wasIdle || idleMoments > before || held == leaving, "said to be idle, and never was");
    }

    private void close() {
        List<Place> sentAway = core.close();
        closed = true;
        rule(line.stream().noneMatch(place -> place.kind == Kind.CALLER), "a caller waits for a closed pool");
        sentAway.forEach(place -> place.waiter.wake());
    }

    @Override
    protected void settle() {
        agree();
        settled = true;
        resize(2);
    }

    @Override
    protected void check() {
        agree();
        rule(held == 0 && line.isEmpty(), "held " + held + ", in line " + line.size());
        rule(core.look() < 0 == closed, "the slow path stays on");
    }
}
