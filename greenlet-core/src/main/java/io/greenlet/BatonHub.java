package io.greenlet;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/// The cooperative hub for every JVM: a [Baton], passed on in the order in which green threads became ready.
final class BatonHub extends TurnHub {

    private static final class FirstComeFirstServed implements Baton.Line {

        private final Deque<Fiber> ready = new ArrayDeque<>();

        @Override
        public void add(Fiber fiber) {
            ready.add(fiber);
        }

        @Override
        public void addFirst(Fiber fiber) {
            ready.addFirst(fiber);
        }

        @Override
        public @Nullable Fiber next() {
            return ready.poll();
        }

        @Override
        public int size() {
            return ready.size();
        }
    }

    private final Baton baton = new Baton(this, new FirstComeFirstServed());
    private final TimerThread timers = new TimerThread();

    BatonHub(String name) {
        super(name);
    }

    @Override
    Baton baton() {
        return baton;
    }

    @Override
    void emptied() {
        timers.expectNoMore();
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    HubTimer schedule(long delayNanos, Runnable callback) {
        return timers.schedule(delayNanos, callback);
    }

    @Override
    int timers() {
        return timers.pending();
    }

    @Override
    String kind() {
        return "baton";
    }
}
