package io.greenlet;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

import org.jspecify.annotations.Nullable;

/// The hub that leaves scheduling to the JDK: one virtual thread per green thread, all cores, the system's clock.
///
/// A green thread inherits no inheritable thread-locals: a pool's next task is often started by the one that ends, whose
/// values would be the wrong ones. Context travels by decorators. The context class loader is the spawner's.
final class ParallelHub extends Hub {

    static final ParallelHub INSTANCE = new ParallelHub();

    private static final int YIELDS_PER_PARK = 64;
    private static final ClassLoader SYSTEM = ClassLoader.getSystemClassLoader();

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

    /// A virtual thread that yields goes to the queue of its own carrier, which looks at no other queue while that holds
    /// anything: as many loops of yields as there are carriers starve whoever is woken by a timer or from a platform
    /// thread. So now and then this parks for the shortest time instead, which lets the carrier look around.
    @Override
    @SuppressWarnings("ThreadPriorityCheck") // it is a hint, as promised
    public void yieldNow() {
        if (Thread.currentThread().isVirtual() && ThreadLocalRandom.current().nextInt(YIELDS_PER_PARK) == 0) {
            LockSupport.parkNanos(this, 1);
        } else {
            Thread.yield();
        }
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
    public HubSnapshot snapshot() {
        return new HubSnapshot(name(), greensJdkBlocking(), timers.pending());
    }

    @Override
    public void close() {
        // It is everybody's: its green threads are for those who spawned them to end.
    }

    @Override
    void execute(GreenTask<?> task) {
        Thread thread = Thread.ofVirtual().name(task.label()).inheritInheritableThreadLocals(false)
                .unstarted(task::live);
        ClassLoader loader = task.contextClassLoader();
        if (!SYSTEM.equals(loader)) { // that is what a thread that inherits nothing has
            thread.setContextClassLoader(loader);
        }
        thread.start();
    }

    @Override
    HubTimer schedule(long delayNanos, Runnable callback) {
        return timers.schedule(delayNanos, callback);
    }
}
