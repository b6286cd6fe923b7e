package io.greenlet.pool;

import io.greenlet.Hub;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// How a pool is made.
///
/// @param name the pool's name, which its green threads and messages carry
/// @param size how many tasks may run at once, 1000 unless set; 0 is legal: tasks wait until a resize
/// @param hub the hub that runs them, the parallel one unless set
/// @param whenFull what `spawn` does when no slot is free, [WhenFull#BLOCK] unless set
/// @param maxWait how long [WhenFull#BLOCK] waits, null (unless set) for no limit; zero does not wait
/// @param queueCapacity how many tasks may stand in line without a caller, unlimited unless set; 0 queues nothing
/// @param taskTimeout how long a task's body may run before it is interrupted and fails, null (unless set) for no limit
/// @param listener who hears what happens, nobody unless set
/// @param decorator wraps every task, called in the thread that spawns it (so that it can capture context there), the
///     identity unless set
/// @param nonBlocking says which threads must never block, such as those of an event loop; none unless set. Where a spawn
///     in one of them would wait, or run the body in it, the task joins the line instead, as with `submit`
public record PoolOptions(String name, int size, Hub hub, WhenFull whenFull, @Nullable Duration maxWait,
        int queueCapacity, @Nullable Duration taskTimeout, PoolListener listener, UnaryOperator<Runnable> decorator,
        Predicate<? super Thread> nonBlocking) {

    /// The size of a pool of which no size is said. eventlet: the same.
    public static final int DEFAULT_SIZE = 1000;

    static final PoolListener NOBODY = new PoolListener() {};

    static final UnaryOperator<Runnable> UNDECORATED = UnaryOperator.identity();

    private static final Predicate<Thread> NO_THREAD = Set.<Thread>of()::contains;

    /// Checks every option.
    public PoolOptions {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(hub, "hub");
        Objects.requireNonNull(whenFull, "whenFull");
        Objects.requireNonNull(listener, "listener");
        Objects.requireNonNull(decorator, "decorator");
        Objects.requireNonNull(nonBlocking, "nonBlocking");
        if (name.isBlank()) {
            throw new IllegalArgumentException("name must not be blank: '" + name + "'");
        }
        requireSize(size);
        if (queueCapacity < 0) {
            throw new IllegalArgumentException("queueCapacity must not be negative: " + queueCapacity);
        }
        TaskOptions.requireNotNegative("maxWait", maxWait);
        TaskOptions.requirePositive("taskTimeout", taskTimeout);
    }

    /// Options with nothing but a name set.
    ///
    /// @param name the pool's name
    /// @return the options
    public static PoolOptions named(String name) {
        return new PoolOptions(name, DEFAULT_SIZE, Hub.parallel(), WhenFull.BLOCK, null, Integer.MAX_VALUE, null,
                NOBODY, UNDECORATED, NO_THREAD);
    }

    /// These options with another name.
    ///
    /// @param name the pool's name
    /// @return new options
    public PoolOptions withName(String name) {
        return new PoolOptions(name, size, hub, whenFull, maxWait, queueCapacity, taskTimeout, listener, decorator,
                nonBlocking);
    }

    /// These options with another size.
    ///
    /// @param size how many tasks may run at once, not negative
    /// @return new options
    public PoolOptions withSize(int size) {
        return new PoolOptions(name, size, hub, whenFull, maxWait, queueCapacity, taskTimeout, listener, decorator,
                nonBlocking);
    }

    /// These options with another hub.
    ///
    /// @param hub the hub that runs the tasks
    /// @return new options
    public PoolOptions withHub(Hub hub) {
        return new PoolOptions(name, size, hub, whenFull, maxWait, queueCapacity, taskTimeout, listener, decorator,
                nonBlocking);
    }

    /// These options with another policy.
    ///
    /// @param whenFull what `spawn` does when no slot is free
    /// @return new options
    public PoolOptions withWhenFull(WhenFull whenFull) {
        return new PoolOptions(name, size, hub, whenFull, maxWait, queueCapacity, taskTimeout, listener, decorator,
                nonBlocking);
    }

    /// These options with another limit of waiting.
    ///
    /// @param maxWait how long [WhenFull#BLOCK] waits; null for no limit
    /// @return new options
    public PoolOptions withMaxWait(@Nullable Duration maxWait) {
        return new PoolOptions(name, size, hub, whenFull, maxWait, queueCapacity, taskTimeout, listener, decorator,
                nonBlocking);
    }

    /// These options with another queue.
    ///
    /// @param queueCapacity how many tasks may stand in line without a caller, not negative
    /// @return new options
    public PoolOptions withQueueCapacity(int queueCapacity) {
        return new PoolOptions(name, size, hub, whenFull, maxWait, queueCapacity, taskTimeout, listener, decorator,
                nonBlocking);
    }

    /// These options with another time limit.
    ///
    /// @param taskTimeout how long a body may run, positive; null for no limit
    /// @return new options
    public PoolOptions withTaskTimeout(@Nullable Duration taskTimeout) {
        return new PoolOptions(name, size, hub, whenFull, maxWait, queueCapacity, taskTimeout, listener, decorator,
                nonBlocking);
    }

    /// These options with another listener. More can join with [GreenPool#addListener(PoolListener)].
    ///
    /// @param listener who hears what happens
    /// @return new options
    public PoolOptions withListener(PoolListener listener) {
        return new PoolOptions(name, size, hub, whenFull, maxWait, queueCapacity, taskTimeout, listener, decorator,
                nonBlocking);
    }

    /// These options with another decorator.
    ///
    /// @param decorator wraps every task, in the thread that spawns it
    /// @return new options
    public PoolOptions withDecorator(UnaryOperator<Runnable> decorator) {
        return new PoolOptions(name, size, hub, whenFull, maxWait, queueCapacity, taskTimeout, listener, decorator,
                nonBlocking);
    }

    /// These options with other threads that must never block.
    ///
    /// @param nonBlocking says of a thread whether it must never block; quick, and called from any thread
    /// @return new options
    public PoolOptions withNonBlocking(Predicate<? super Thread> nonBlocking) {
        return new PoolOptions(name, size, hub, whenFull, maxWait, queueCapacity, taskTimeout, listener, decorator,
                nonBlocking);
    }

    static void requireSize(int size) {
        if (size < 0) {
            throw new IllegalArgumentException("size must not be negative: " + size);
        }
    }
}
