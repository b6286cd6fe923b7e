package io.greenlet.net;

import io.greenlet.Green;
import io.greenlet.GreenThread;
import io.greenlet.Hub;
import io.greenlet.net.ConnectionGate.End;
import io.greenlet.net.ConnectionGate.Tally;
import io.greenlet.simulation.Workload;
import io.greenlet.waiting.WaitList;
import java.lang.reflect.Field;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A server without its sockets: an acceptor lets guests in that leave soon, late, when they are killed or not even then,
/// while others stop the server, once or more, and sometimes kill its keeper or its acceptor. The clock stands still
/// while anyone can run, so whoever waits must go on in the very instant in which it may.
public final class ServerWorkload extends Workload {

    private static final Field ACCEPTORS = field(ConnectionGate.class, "acceptors");
    private static final Field KEEPERS = field(ConnectionGate.class, "keepers");
    private static final Duration UNWIND = Duration.ofMillis(2);
    private static final long NEVER = Long.MAX_VALUE;

    /// One who is let in.
    private static final class Guest {
        private @Nullable GreenThread<?> green;
        private int kills;
        private boolean left;
    }

    private final List<Guest> in = new ArrayList<>();
    private ConnectionGate<Guest> gate = new ConnectionGate<>(Hub.parallel(), 1);
    private @Nullable Tally<Guest> end;
    private int most;
    private int accepted;
    private int left;
    private int leaving; // in leave()
    private int leftBefore; // before the first stop, for certain
    private int mayHaveLeftBefore;
    private long roomAt; // when one left last
    private long stopAt; // the first stop, and whoever kills the keeper stops too
    private long deadline; // the earliest
    private boolean stopped; // a stop has returned
    private boolean beginning; // one that has no say unless it is the first
    private boolean keeping;
    private boolean keeperKilled;
    private int onStops;

    /// For loading by name.
    public ServerWorkload() {}

    @Override
    protected void prepare() {
        in.clear();
        end = null;
        most = 1 + random(3);
        accepted = 0;
        left = 0;
        leaving = 0;
        leftBefore = 0;
        mayHaveLeftBefore = 0;
        roomAt = 0;
        stopAt = NEVER;
        deadline = NEVER;
        stopped = false;
        beginning = false;
        keeping = false;
        keeperKilled = false;
        onStops = 0;
        gate = new ConnectionGate<>(hub(), most);
        int clients = 2 + random(6);
        helper(() -> accept(clients));
        GreenThread<Boolean> keeper = hub().spawn(this::keep);
        int stoppers = random(4);
        for (int i = 0; i < stoppers; i++) {
            actor(1 + random(2), this::stop);
        }
        actor(2, this::look);
        if (chance(5)) {
            helper(() -> killKeeper(keeper));
        }
    }

    private long now() {
        return hub().nanoTime();
    }

    // ---- the acceptor

    private void accept(int clients) throws InterruptedException {
        for (int i = 0; i < clients; i++) {
            dawdle();
            long asked = now();
            if (!gate.awaitRoom()) {
                rule(stopAt != NEVER, "no room though nobody has stopped it");
                rule(now() == Math.max(asked, stopAt), "told late of the stop");
                rule(now() == asked || roomAt <= asked || roomAt == now(), "not told of the room");
                return;
            }
            rule(in.size() < most, "room where there is none");
            rule(now() == asked || now() == roomAt, "told late of the room");
            dawdle();
            Guest guest = new Guest();
            boolean late = stopped;
            if (!gate.admit(guest)) {
                rule(stopAt != NEVER, "refused though nobody has stopped it");
                return;
            }
            rule(!late, "let one in after the stop");
            accepted++;
            in.add(guest);
            rule(in.size() <= most, "more in than may be");
            GreenThread<Boolean> green = hub().spawn(() -> stay(guest));
            green.link(ended -> leaveUnbegun(guest));
            guest.green = green;
            if (guest.kills > 0) { // before it was known whom to kill
                green.kill();
            }
        }
        rule(gate.awaitRoom() || stopAt != NEVER, "no room though nobody has stopped it");
    }

    // ---- the guests

    private boolean stay(Guest guest) throws InterruptedException {
        try {
            switch (random(4)) {
                case 0 -> dawdle();
                case 1, 2 -> Green.sleep(Duration.ofMillis(random(5)));
                default -> Green.sleep(Duration.ofDays(1)); // hangs
            }
        } catch (InterruptedException e) {
            rule(guest.kills == 1, "interrupted for nothing");
            if (chance(3)) {
                Green.sleep(Duration.ofMillis(1 + random(4))); // takes its time
            }
        }
        leave(guest);
        return true;
    }

    /// A guest that is killed before it begins leaves by its link.
    private void leaveUnbegun(Guest guest) {
        if (!guest.left) {
            rule(guest.kills == 1, "ended for nothing");
            leave(guest);
        }
    }

    private void leave(Guest guest) {
        End how = gate.isCondemned() ? End.KILLED : End.COMPLETED;
        boolean before = !stopped;
        leaving++;
        boolean first = gate.leave(guest, how);
        leaving--;
        in.remove(guest);
        guest.left = true;
        left++;
        roomAt = now();
        rule(first, "was not in");
        if (stopAt == NEVER) {
            leftBefore++;
        }
        if (before) {
            mayHaveLeftBefore++;
        }
        rule(!chance(3) || !gate.leave(guest, how), "left twice");
    }

    // ---- the stop

    private void stop() throws InterruptedException {
        Green.sleep(Duration.ofMillis(random(6)));
        long grace = TimeUnit.MILLISECONDS.toNanos(random(5));
        boolean again = !chance(3);
        if (beginning || (!again && stopAt != NEVER && !stopped)) {
            return; // which one is the first would be open
        }
        beginning = !again;
        if (again || stopAt == NEVER) {
            deadline = Math.min(deadline, now() + grace);
        }
        stopAt = Math.min(stopAt, now());
        if (again) {
            gate.stop(grace);
        } else {
            gate.begin(grace);
        }
        stopped = true;
        beginning = false;
        rule(!gate.look().accepting(), "accepts after the stop");
    }

    private void killKeeper(GreenThread<?> keeper) throws InterruptedException {
        Green.sleep(Duration.ofMillis(random(6)));
        if (!keeping) { // one that never begins is none
            return;
        }
        keeperKilled = true;
        stopAt = Math.min(stopAt, now());
        deadline = Math.min(deadline, now());
        keeper.kill();
    }

    // ---- the keeper

    private boolean keep() {
        keeping = true;
        Tally<Guest> last = gate.keep(() -> {
            onStops++;
            rule(now() == stopAt, "the keeper is told late of the stop, or early");
            rule(!gate.look().accepting(), "accepts though it stops");
            stopped = true;
        }, guest -> {
            guest.kills++;
            rule(keeperKilled || now() == deadline, "killed at another time than the deadline");
            if (guest.green != null) {
                guest.green.kill();
            }
        }, UNWIND.toNanos());
        end = last;
        rule(last.in().size() <= in.size() + leaving, "still in: " + last.in().size() + " of " + in.size());
        if (!keeperKilled) {
            long latest = deadline + UNWIND.toNanos() + last.condemned() * ConnectionGate.UNWIND_EACH_NANOS;
            rule(now() <= latest, "the keeper stays after all deadlines");
            rule(last.in().isEmpty() || now() == latest, "the keeper went with some still in");
            rule(last.in().isEmpty() || last.condemned() > 0, "went at the first deadline");
            rule(!last.in().isEmpty() || last.accepted() == 0 || now() == Math.max(stopAt, roomAt),
                    "the keeper is told late that all have left");
        }
        agree(last);
        int open = last.finished() + last.condemned();
        rule(open <= last.accepted() - leftBefore, open + " were in at the stop, too many");
        rule(open >= last.accepted() - mayHaveLeftBefore, open + " were in at the stop, too few");
        rule(last.condemned() >= last.in().size(), "not killed, and still in");
        return true;
    }

    // ---- looking

    private void look() throws InterruptedException {
        agree(gate.look());
        dawdle();
    }

    private void agree(Tally<Guest> now) {
        long sum = now.completed() + now.failed() + now.killed() + now.timedOut() + now.in().size();
        rule(size(ACCEPTORS) <= 1 && size(KEEPERS) <= 1, "one stands in line twice");
        rule(now.accepted() == sum, "accepted " + now.accepted() + ", but " + sum + " are in or have left");
    }

    @Override
    protected void settle() {
        if (stopAt == NEVER) {
            deadline = now() + 1;
            stopAt = now();
            gate.stop(1);
            stopped = true;
        }
    }

    @Override
    protected void check() {
        Tally<Guest> now = gate.look();
        agree(now);
        rule(now.in().isEmpty() && in.isEmpty(), "still in: " + now);
        rule(now.accepted() == accepted && left == accepted, "accepted " + accepted + ", left " + left);
        rule(end != null, "the keeper has not ended");
        rule(onStops == 1, "the stop was told " + onStops + " times");
        rule(size(ACCEPTORS) == 0 && size(KEEPERS) == 0, "still in line: " + gate);
    }

    private int size(Field line) {
        try {
            return ((WaitList<?>) line.get(gate)).size();
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }
}
