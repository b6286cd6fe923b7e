package io.greenlet;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

import org.jspecify.annotations.Nullable;

/// The hub that leaves scheduling to the JDK: one virtual thread per green thread, all cores, the system's clock.
final class ParallelHub extends Hub {

    static final ParallelHub INSTANCE = new ParallelHub();

    private final TimerThread timers = new TimerThread();

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
    public void interrupt(Thread thread) {
        thread.interrupt();
    }

    @Override
    public HubSnapshot snapshot() {
        return new HubSnapshot(name(), greensJdkBlocking(), timers.pending());
    }

    @Override
    public void close() {
        // It is everybody's: its green threads are for those who spawned them to end.
    }

    @Override
    void execute(GreenTask<?> task) {
        VirtualThreads.unstarted(task.label(), task.contextClassLoader(), task::live).start();
    }

    @Override
    HubTimer schedule(long delayNanos, Runnable callback) {
        return timers.schedule(delayNanos, callback);
    }
}
