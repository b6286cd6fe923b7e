package io.greenlet;

import java.util.concurrent.Callable;

import org.jspecify.annotations.Nullable;

/// A hub whose green threads pass a [Baton]: they live in ordinary virtual threads, and JDK blocking calls keep the baton.
/// Who is next, and what time it is, is for the two kinds of it to say.
abstract sealed class TurnHub extends SerialHub permits BatonHub, SimulatedHub {

    TurnHub(String name) {
        super(name);
    }

    abstract Baton baton();

    @Override
    public boolean greensJdkBlocking() {
        return false;
    }

    @Override
    void makeReady(GreenTask<?> task) {
        baton().add(task);
    }

    @Override
    boolean isInside() {
        return baton().here() != null;
    }

    @Override
    public void park(Object blocker) {
        baton().park(blocker);
    }

    @Override
    public void unpark(Thread thread) {
        baton().unpark(thread);
    }

    @Override
    void unparkNext(Thread thread) {
        baton().unparkFirst(thread);
    }

    @Override
    void executePart(GreenTask<?> part) {
        baton().addFirst(part);
    }

    @Override
    public void interrupt(Thread thread) {
        baton().interrupt(thread);
    }

    @Override
    boolean isInterrupted(Thread thread) {
        return baton().isInterrupted(thread);
    }

    @Override
    public void yieldNow() {
        baton().yieldTurn();
    }

    @Override
    public <T extends @Nullable Object> T blocking(Callable<? extends T> body) throws Exception {
        return baton().outside(body);
    }

    @Override
    GreenThreadState stateOf(Thread thread) {
        return baton().stateOf(thread);
    }

    @Override
    @Nullable Object blockerOf(Thread thread) {
        return baton().blockerOf(thread);
    }

    @Override
    @Nullable GreenTask<?> running() {
        return baton().running();
    }

    @Override
    long switches() {
        return baton().passes();
    }

    @Override
    int ready() {
        return baton().ready();
    }
}
