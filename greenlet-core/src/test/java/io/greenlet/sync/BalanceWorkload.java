package io.greenlet.sync;

import io.greenlet.simulation.Workload;
import io.greenlet.waiting.WaitList;
import io.greenlet.waiting.Waiter;
import java.lang.reflect.Field;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What must hold for both semaphores: the number and the line belong together, nobody overtakes, a wait ends in time, and
/// no interrupt is lost.
///
/// Only one thread runs at a time, so looking at the line needs no lock, where others might get in between.
abstract class BalanceWorkload extends Workload {

    private static final Field LINE = field(Balance.class, "line");

    /// A step that takes as long as it is allowed to; false if that is too short.
    @FunctionalInterface
    interface Wait {
        boolean end(@Nullable Duration limit) throws InterruptedException;
    }

    private Balance balance = new Balance(0, 0);
    private List<Waiter> seen = new ArrayList<>(); // the line when it was looked at last
    private final List<Thread> threads = new ArrayList<>(); // of the actors
    private final Set<Thread> interrupted = new HashSet<>(); // during their wait

    /// Begins with a semaphore.
    final void watch(Object semaphore) {
        try {
            balance = (Balance) field(semaphore.getClass(), "balance").get(semaphore);
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
        seen = new ArrayList<>();
        threads.clear();
        interrupted.clear();
    }

    /// Looks whether all is as it must be, whoever is in the middle of whatever.
    final void agree() {
        int number = balance.number();
        List<Waiter> line = line();
        rule(line.size() == Math.max(-number, 0) + (number > balance.limit() ? number - balance.limit() : 0),
                "number " + number + ", in line " + line.size());
        rule(balance.acquiring() + balance.releasing() == line.size(), "acquiring and releasing");
        rule(number == balance.free() - balance.acquiring() + balance.releasing(), "free");
        List<Waiter> stayed = new ArrayList<>(seen);
        stayed.retainAll(line);
        rule(line.subList(0, stayed.size()).equals(stayed), "the order of the line");
        if (!stayed.isEmpty()) {
            for (Waiter behind : seen.subList(seen.indexOf(stayed.getFirst()), seen.size())) {
                rule(behind.given() == null, "overtaken in line");
            }
        }
        seen = line;
    }

    private List<Waiter> line() {
        try {
            List<Waiter> line = new ArrayList<>();
            @SuppressWarnings("unchecked") // so it is declared
            WaitList<Waiter> list = (WaitList<Waiter>) LINE.get(balance);
            for (Waiter next = list.peek(); next != null; next = list.after(next)) {
                line.add(next);
            }
            return line;
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }

    /// Waits; false if the time was over.
    final boolean await(@Nullable Duration limit, Wait wait) throws InterruptedException {
        Thread me = Thread.currentThread();
        if (!threads.contains(me)) {
            threads.add(me);
        }
        interrupted.remove(me);
        long start = hub().nanoTime();
        boolean done = wait.end(limit);
        long waited = hub().nanoTime() - start;
        rule(done || (limit != null && waited == limit.toNanos()), "gave up after " + waited + " ns");
        rule(limit == null || waited <= limit.toNanos(), "waited longer than its limit");
        rule(me.isInterrupted() || !interrupted.contains(me), "an interrupt is lost");
        return done;
    }

    /// Interrupts one of those who have waited.
    final void interruptSomeone() {
        if (!threads.isEmpty()) {
            Thread victim = threads.get(random(threads.size()));
            hub().interrupt(victim);
            interrupted.add(victim);
        }
    }
}
