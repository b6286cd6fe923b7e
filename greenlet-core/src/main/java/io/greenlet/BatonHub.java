package io.greenlet;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/// The cooperative hub for every JVM: a [Baton], passed on in the order in which green threads became ready.
final class BatonHub extends SerialHub {

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
    public boolean greensJdkBlocking() {
        return false;
    }

    @Override
    void makeReady(GreenTask<?> task) {
        baton.add(task);
    }

    @Override
    void emptied() {
        timers.expectNoMore();
    }

    @Override
    boolean isInside() {
        return baton.here() != null;
    }

    @Override
    public void park(Object blocker) {
        baton.park(blocker);
    }

    @Override
    public void unpark(Thread thread) {
        baton.unpark(thread);
    }

    @Override
    void unparkNext(Thread thread) {
        baton.unparkFirst(thread);
    }

    @Override
    void executePart(GreenTask<?> part) {
        baton.addFirst(part);
    }

    @Override
    public void interrupt(Thread thread) {
        baton.interrupt(thread);
    }

    @Override
    public void yieldNow() {
        baton.yieldTurn();
    }

    @Override
    public <T extends @Nullable Object> T blocking(Callable<? extends T> body) throws Exception {
        return baton.outside(body);
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
    GreenThreadState stateOf(Thread thread) {
        return baton.stateOf(thread);
    }

    @Override
    @Nullable Object blockerOf(Thread thread) {
        return baton.blockerOf(thread);
    }

    @Override
    @Nullable GreenTask<?> running() {
        return baton.running();
    }

    @Override
    long switches() {
        return baton.passes();
    }

    @Override
    int ready() {
        return baton.ready();
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
