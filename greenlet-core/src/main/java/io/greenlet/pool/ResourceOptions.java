package io.greenlet.pool;

import io.greenlet.Hub;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// How a [ResourcePool] is made.
///
/// What may run code of yours, the check and the two hooks, runs in the thread that takes or gives, never under a lock.
///
/// @param name the pool's name, which its messages carry
/// @param minSize how many are made with the pool, in the thread that makes it, and kept however long they are idle; 0
///     unless set
/// @param size how many there may be at once, 4 unless set; 0 is legal: takers wait until a resize
/// @param hub the hub whose clock and timer judge age and idleness, and whose failure handler hears of hooks that failed;
///     the parallel one unless set
/// @param order which of several idle ones is taken first, [Order#QUEUE] unless set
/// @param maxIdle how long one may be idle before it is destroyed, null (unless set) for no limit; zero keeps none that
///     nobody waits for
/// @param maxAge how old one may become: it is destroyed when it comes back, or while it is idle; null (unless set) for no
///     limit; zero uses each once
/// @param maxWait how long [ResourcePool#take()] waits in line, null (unless set) for no limit; zero does not wait
/// @param check says whether an idle one is still good, before it is handed out; null (unless set) when all are. One that
///     is not, or whose check throws, is destroyed, and another one is handed out
/// @param checkAfter how long one must have been idle to be checked, zero unless set; one that is handed from its giver to
///     a waiter is not
/// @param cleanup brings one that comes back into the state in which the next taker wants it, null (unless set) for
///     nothing; one whose cleanup throws is destroyed
/// @param destroy ends one; it closes what is [AutoCloseable] unless set. What it throws is reported, and the resource
///     counts as destroyed
/// @param <T> what is pooled
public record ResourceOptions<T>(String name, int minSize, int size, Hub hub, Order order, @Nullable Duration maxIdle,
        @Nullable Duration maxAge, @Nullable Duration maxWait, @Nullable Check<? super T> check, Duration checkAfter,
        @Nullable Hook<? super T> cleanup, Hook<? super T> destroy) {

    /// The size of a pool of which no size is said. eventlet: the same.
    public static final int DEFAULT_SIZE = 4;

    private static final Hook<Object> CLOSE = resource -> {
        if (resource instanceof AutoCloseable closeable) {
            closeable.close();
        }
    };

    /// Which of several idle resources is taken first.
    public enum Order {

        /// The one that has been idle longest: all are used in turn. eventlet: the default.
        QUEUE,

        /// The one that came back last: those that are not needed stay idle until they are too old. eventlet:
        /// `order_as_stack`.
        STACK
    }

    /// Says whether a resource is still good.
    ///
    /// @param <T> what is pooled
    @FunctionalInterface
    public interface Check<T> {

        /// Says whether it is.
        ///
        /// @param resource a resource that nobody else uses meanwhile
        /// @return whether it can be handed out
        /// @throws Exception if it cannot; an [InterruptedException] is passed on to the taker
        boolean test(T resource) throws Exception;
    }

    /// Does something to a resource.
    ///
    /// @param <T> what is pooled
    @FunctionalInterface
    public interface Hook<T> {

        /// Does it.
        ///
        /// @param resource a resource that nobody else uses meanwhile
        /// @throws Exception if that failed
        void accept(T resource) throws Exception;
    }

    /// Checks every option.
    public ResourceOptions {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(hub, "hub");
        Objects.requireNonNull(order, "order");
        Objects.requireNonNull(checkAfter, "checkAfter");
        Objects.requireNonNull(destroy, "destroy");
        if (name.isBlank()) {
            throw new IllegalArgumentException("name must not be blank: '" + name + "'");
        }
        PoolOptions.requireSize(size);
        if (minSize < 0) {
            throw new IllegalArgumentException("minSize must not be negative: " + minSize);
        }
        if (minSize > size) {
            throw new IllegalArgumentException("minSize must not exceed the size " + size + ": " + minSize);
        }
        requireNotNegative("maxIdle", maxIdle);
        requireNotNegative("maxAge", maxAge);
        requireNotNegative("maxWait", maxWait);
        requireNotNegative("checkAfter", checkAfter);
    }

    private static void requireNotNegative(String what, @Nullable Duration duration) {
        if (duration != null && duration.isNegative()) {
            throw new IllegalArgumentException(what + " must not be negative: " + duration);
        }
    }

    /// Options with nothing but a name set.
    ///
    /// @param name the pool's name
    /// @param <T> what is pooled
    /// @return the options
    public static <T> ResourceOptions<T> named(String name) {
        return new ResourceOptions<>(name, 0, DEFAULT_SIZE, Hub.parallel(), Order.QUEUE, null, null, null, null,
                Duration.ZERO, null, CLOSE);
    }

    /// These options with another size.
    ///
    /// @param size how many there may be at once, not negative
    /// @return new options
    public ResourceOptions<T> withSize(int size) {
        return withSize(minSize, size);
    }

    /// These options with other sizes.
    ///
    /// @param minSize how many are made with the pool and kept
    /// @param size how many there may be at once, not less
    /// @return new options
    public ResourceOptions<T> withSize(int minSize, int size) {
        return new ResourceOptions<>(name, minSize, size, hub, order, maxIdle, maxAge, maxWait, check, checkAfter,
                cleanup, destroy);
    }

    /// These options with another hub.
    ///
    /// @param hub the hub with the clock
    /// @return new options
    public ResourceOptions<T> withHub(Hub hub) {
        return new ResourceOptions<>(name, minSize, size, hub, order, maxIdle, maxAge, maxWait, check, checkAfter,
                cleanup, destroy);
    }

    /// These options with another order.
    ///
    /// @param order which of several idle ones is taken first
    /// @return new options
    public ResourceOptions<T> withOrder(Order order) {
        return new ResourceOptions<>(name, minSize, size, hub, order, maxIdle, maxAge, maxWait, check, checkAfter,
                cleanup, destroy);
    }

    /// These options with another limit of idleness.
    ///
    /// @param maxIdle how long one may be idle; null for no limit
    /// @return new options
    public ResourceOptions<T> withMaxIdle(@Nullable Duration maxIdle) {
        return new ResourceOptions<>(name, minSize, size, hub, order, maxIdle, maxAge, maxWait, check, checkAfter,
                cleanup, destroy);
    }

    /// These options with another limit of age.
    ///
    /// @param maxAge how old one may become; null for no limit
    /// @return new options
    public ResourceOptions<T> withMaxAge(@Nullable Duration maxAge) {
        return new ResourceOptions<>(name, minSize, size, hub, order, maxIdle, maxAge, maxWait, check, checkAfter,
                cleanup, destroy);
    }

    /// These options with another limit of waiting.
    ///
    /// @param maxWait how long a take waits in line; null for no limit
    /// @return new options
    public ResourceOptions<T> withMaxWait(@Nullable Duration maxWait) {
        return new ResourceOptions<>(name, minSize, size, hub, order, maxIdle, maxAge, maxWait, check, checkAfter,
                cleanup, destroy);
    }

    /// These options with a check of every idle resource that is handed out.
    ///
    /// @param check says whether it is still good; null for no check
    /// @return new options
    public ResourceOptions<T> withCheck(@Nullable Check<? super T> check) {
        return withCheck(check, Duration.ZERO);
    }

    /// These options with a check of what is handed out after a while.
    ///
    /// @param check says whether it is still good; null for no check
    /// @param checkAfter how long a resource must have been idle to be checked, not negative
    /// @return new options
    public ResourceOptions<T> withCheck(@Nullable Check<? super T> check, Duration checkAfter) {
        return new ResourceOptions<>(name, minSize, size, hub, order, maxIdle, maxAge, maxWait, check, checkAfter,
                cleanup, destroy);
    }

    /// These options with another cleanup.
    ///
    /// @param cleanup what is done to a resource that comes back, such as a rollback; null for nothing
    /// @return new options
    public ResourceOptions<T> withCleanup(@Nullable Hook<? super T> cleanup) {
        return new ResourceOptions<>(name, minSize, size, hub, order, maxIdle, maxAge, maxWait, check, checkAfter,
                cleanup, destroy);
    }

    /// These options with another end.
    ///
    /// @param destroy ends a resource
    /// @return new options
    public ResourceOptions<T> withDestroy(Hook<? super T> destroy) {
        return new ResourceOptions<>(name, minSize, size, hub, order, maxIdle, maxAge, maxWait, check, checkAfter,
                cleanup, destroy);
    }
}
