package io.greenlet.pool;

import io.greenlet.Hub;
import java.util.concurrent.atomic.AtomicBoolean;

/// A resource that goes back to its pool at the end of a `try`. eventlet: `pool.item()`.
///
/// Thread safety: any thread may close or discard it; the first to do so does.
///
/// @param <T> what is pooled
public final class Lease<T> implements AutoCloseable {

    private final ResourcePool<T> pool;
    private final T resource;
    private final AtomicBoolean over = new AtomicBoolean();

    Lease(ResourcePool<T> pool, T resource) {
        this.pool = pool;
        this.resource = resource;
    }

    /// Returns the resource.
    ///
    /// @return the resource
    /// @throws IllegalStateException if it has gone back: it may be another one's by now
    public T resource() {
        if (over.get()) {
            throw new IllegalStateException("lease must be open: its resource went back to " + pool);
        }
        return resource;
    }

    /// Says that the resource is broken: it is destroyed instead of going back, as by [ResourcePool#discard(Object)].
    /// Nothing happens when it has gone back already.
    public void discard() {
        if (isFirst()) {
            pool.discard(resource);
        }
    }

    /// Gives the resource back, as by [ResourcePool#give(Object)]. Nothing happens when it has gone back already.
    @Override
    public void close() {
        if (isFirst()) {
            pool.give(resource);
        }
    }

    private boolean isFirst() {
        Hub.point();
        return over.compareAndSet(false, true);
    }
}
