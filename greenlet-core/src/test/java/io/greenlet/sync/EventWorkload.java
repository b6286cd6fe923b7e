package io.greenlet.sync;

import io.greenlet.simulation.Workload;
import io.greenlet.waiting.WaitList;
import java.lang.reflect.Field;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// One event, sent, reset and awaited by chance. Each send carries a ticket, so that whoever awaits can tell which one it
/// got.
public final class EventWorkload extends Workload {

    private static final Field LINE;

    static {
        try {
            LINE = GreenEvent.class.getDeclaredField("waiters");
            LINE.setAccessible(true);
        } catch (NoSuchFieldException e) {
            throw new AssertionError(e);
        }
    }

    /// What the event threw in place of a value.
    private static final class Sent extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final int ticket;

        Sent(int ticket) {
            super("sent " + ticket, null, false, false);
            this.ticket = ticket;
        }
    }

    private GreenEvent<Integer> event = new GreenEvent<>();
    private int sends;
    private boolean settled; // nobody may be left to wait for ever from now on
    private final List<Integer> numbers = new ArrayList<>(); // which send a value became, -1 for none
    private @Nullable Integer held;
    private int awaiting;
    private final List<Integer> inLine = new ArrayList<>(); // by send: how many stood in line, at least
    private final List<Integer> got = new ArrayList<>(); // by send: how many that had come before it got it

    /// For loading by name.
    public EventWorkload() {}

    @Override
    protected void prepare() {
        event = new GreenEvent<>();
        sends = 0;
        settled = false;
        numbers.clear();
        held = null;
        awaiting = 0;
        inLine.clear();
        got.clear();
        int actors = 3 + random(2);
        for (int i = 0; i < actors; i++) {
            actor(2 + random(3), this::act);
        }
    }

    private void act() throws InterruptedException {
        rule(event.ready() == (held != null), "ready");
        switch (random(10)) {
            case 0, 1, 2 -> send();
            case 3, 4 -> await(null);
            case 5, 6 -> await(Duration.ofMillis(random(4)));
            case 7, 8 -> {
                if (!settled) {
                    reset();
                }
            }
            default -> actors().get(random(actors().size())).kill();
        }
        dawdle();
    }

    private void send() {
        boolean failing = chance(3);
        int ticket = numbers.size();
        numbers.add(-1);
        int standing = inLine();
        long turn = hub().trace();
        try {
            if (failing) {
                event.sendException(new Sent(ticket));
            } else {
                event.send(ticket);
            }
        } catch (IllegalStateException e) {
            rule(held != null, "refused a first send");
            return;
        }
        // in one step with the send
        rule(held == null, "took a second send");
        held = sends;
        numbers.set(ticket, sends);
        sends++;
        inLine.add(turn == hub().trace() ? standing : 0); // else the line may have changed before the send
        got.add(0);
        rule(event.hasResult() != failing && event.hasException() == failing, "what was sent");
    }

    private void reset() {
        try {
            event.reset();
        } catch (IllegalStateException e) {
            rule(held == null, "refused a reset");
            return;
        }
        rule(held != null, "reset a fresh one");
        held = null;
    }

    private void await(@Nullable Duration limit) throws InterruptedException {
        int least = held != null ? held : sends;
        int before = sends;
        long start = hub().nanoTime();
        int number;
        awaiting++;
        try {
            number = numbers.get(limit == null ? event.await() : event.await(limit));
        } catch (Sent e) {
            number = numbers.get(e.ticket);
        } catch (TimeoutException e) {
            long waited = hub().nanoTime() - start;
            rule(limit != null && waited == limit.toNanos(), "gave up after " + waited + " ns");
            return;
        } catch (InterruptedException e) {
            for (int i = before; i < sends; i++) { // interrupted before it, perhaps, and still in line then
                got.set(i, got.get(i) + 1);
            }
            throw e;
        } finally {
            awaiting--;
        }
        rule(limit == null || hub().nanoTime() - start <= limit.toNanos(), "waited longer than its limit");
        rule(number >= least && number < sends, "got send " + number + " of " + sends + ", not one from " + least);
        if (number >= before && number < sends) {
            got.set(number, got.get(number) + 1);
        }
    }

    @Override
    protected void settle() {
        settled = true;
        rule(inLine() == awaiting, "in line: " + event);
        if (held == null) {
            send();
        }
    }

    /// How many stand in line. Only one thread runs at a time, so this needs no lock, where others might get in between.
    private int inLine() {
        try {
            return ((WaitList<?>) LINE.get(event)).size();
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    protected void check() {
        rule(awaiting == 0, "still awaited");
        rule(inLine() == 0, "in line: " + event);
        for (int i = 0; i < sends; i++) {
            rule(got.get(i) >= inLine.get(i), "send " + i + " reached " + got.get(i) + " of " + inLine.get(i));
        }
    }
}
