package io.greenlet;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The hub that leaves scheduling to the JDK: one virtual thread per green thread, all cores, the system's clock.
final class ParallelHub extends Hub {

    static final ParallelHub INSTANCE = new ParallelHub();

    private static final int LOOKS = Runtime.getRuntime().availableProcessors() > 1 ? 128 : 0;

    private final TimerThread timers = new TimerThread();
    private final CoarseClock coarseClock = new CoarseClock(System::nanoTime, timers::scheduleOwn);
    private final Set<GreenTask<?>> recorded = ConcurrentHashMap.newKeySet();

    private ParallelHub() {
        super("parallel");
    }

    @Override
    public boolean greensJdkBlocking() {
        return true;
    }

    @Override
    public void sleep(Duration duration) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        if (!duration.isPositive()) {
            yieldNow();
            return;
        }
        Thread.sleep(duration);
    }

    @Override
    public void yieldNow() {
        yieldInJdk();
    }

    @Override
    public <T extends @Nullable Object> T blocking(Callable<? extends T> body) throws Exception {
        return body.call();
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    long coarseNanoTime() {
        return coarseClock.time();
    }

    @Override
    public void park(Object blocker) {
        LockSupport.park(blocker);
    }

    @Override
    public void parkNanos(Object blocker, long nanos) {
        LockSupport.parkNanos(blocker, nanos);
    }

    @Override
    public void unpark(Thread thread) {
        LockSupport.unpark(thread);
    }

    @Override
    public int looks(boolean worthIt) {
        return worthIt ? LOOKS : 0;
    }

    @Override
    public void interrupt(Thread thread) {
        thread.interrupt();
    }

    @Override
    public HubSnapshot snapshot() {
        int known = recordsSpawns() ? recorded.size() : -1;
        return new HubSnapshot(name(), "parallel", greensJdkBlocking(), known, -1, timers.pending(),
                ReadinessPoller.listeners(this));
    }

    @Override
    List<GreenTask<?>> tasks() {
        return recorded.stream().sorted(Comparator.comparingLong(GreenTask::id)).toList();
    }

    @Override
    GreenThreadState stateOf(Thread thread) {
        return stateInJdk(thread);
    }

    @Override
    @Nullable Object blockerOf(Thread thread) {
        return LockSupport.getBlocker(thread);
    }

    @Override
    public StallDetector detectStalls(Duration limit, Consumer<? super StallDetector.Stall> listener) {
        throw new UnsupportedOperationException(
                "hub '" + name() + "' runs green threads in parallel: none can hold it");
    }

    @Override
    public void close() {
        // It is everybody's: its green threads are for those who spawned them to end.
    }

    @Override
    void execute(GreenTask<?> task) {
        if (!recordsSpawns()) {
            VirtualThreads.unstarted(task.label(), task.contextClassLoader(), task::live).start();
            return;
        }
        recorded.add(task); // before its thread gets to it
        try {
            VirtualThreads.unstarted(task.label(), task.contextClassLoader(), () -> liveRecorded(task)).start();
        } catch (Throwable e) {
            recorded.remove(task);
            throw e;
        }
    }

    private void liveRecorded(GreenTask<?> task) {
        try {
            task.live();
        } finally {
            recorded.remove(task);
        }
    }

    @Override
    void executePart(GreenTask<?> part) {
        VirtualThreads.unstarted(part.label(), part.contextClassLoader(), part::live).start();
    }

    @Override
    HubTimer schedule(long delayNanos, Runnable callback) {
        return timers.schedule(delayNanos, callback);
    }
}
