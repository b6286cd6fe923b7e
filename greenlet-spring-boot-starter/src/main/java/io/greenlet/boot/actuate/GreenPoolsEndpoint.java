package io.greenlet.boot.actuate;

import io.greenlet.boot.GreenPools;
import io.greenlet.pool.GreenPool;
import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;

/// Shows the green pools of the context and resizes them.
@Endpoint(id = "greenpools")
public final class GreenPoolsEndpoint {

    private final GreenPools pools;

    /// An endpoint.
    ///
    /// @param pools what to show
    public GreenPoolsEndpoint(GreenPools pools) {
        this.pools = pools;
    }

    /// Returns all pools.
    ///
    /// @return their figures by bean name
    @ReadOperation
    public PoolsDescriptor pools() {
        Map<String, PoolFigures> figures = new LinkedHashMap<>();
        pools.all().forEach((name, pool) -> figures.put(name, PoolFigures.of(pool.snapshot())));
        return new PoolsDescriptor(figures);
    }

    /// Returns one pool in detail.
    ///
    /// @param name its bean name
    /// @return its figures, settings and running tasks, or null if there is no such pool
    @ReadOperation
    public @Nullable PoolDetail pool(@Selector String name) {
        return pools.find(name).map(pool -> PoolDetail.of(name, pool)).orElse(null);
    }

    /// Resizes a pool now.
    ///
    /// @param name its bean name
    /// @param size how many tasks may run at once, not negative
    /// @return the pool in detail, or null if there is no such pool
    /// @throws InvalidEndpointRequestException if the size is negative; nothing is changed then
    @WriteOperation
    public @Nullable PoolDetail resize(@Selector String name, int size) {
        GreenPool pool = pools.find(name).orElse(null);
        if (pool == null) {
            return null;
        }
        try {
            pool.resize(size);
        } catch (IllegalArgumentException e) {
            String reason = String.valueOf(e.getMessage());
            throw new InvalidEndpointRequestException(reason, reason, e);
        }
        return PoolDetail.of(name, pool);
    }

    /// All pools.
    ///
    /// @param pools their figures by bean name
    public record PoolsDescriptor(Map<String, PoolFigures> pools) {}
}
