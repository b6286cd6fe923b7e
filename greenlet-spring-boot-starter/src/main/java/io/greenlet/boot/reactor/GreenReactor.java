package io.greenlet.boot.reactor;

import io.greenlet.pool.GreenPool;
import java.util.Objects;
import java.util.concurrent.Callable;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/// Green pools for Reactor.
public final class GreenReactor {

    private GreenReactor() {}

    /// Returns a publisher each of whose subscriptions is a task of a pool: its green thread makes the publisher, which
    /// may block, subscribes to it, and holds the slot until it ends.
    ///
    /// @param pool the pool
    /// @param publisher makes the publisher, or null for an empty one; called once for each subscription
    /// @param <T> the type of the elements
    /// @return a cold publisher
    public static <T> Flux<T> defer(GreenPool pool, Callable<? extends @Nullable Publisher<? extends T>> publisher) {
        return GreenFlux.of(Objects.requireNonNull(pool, "pool"), Objects.requireNonNull(publisher, "publisher"));
    }
}
