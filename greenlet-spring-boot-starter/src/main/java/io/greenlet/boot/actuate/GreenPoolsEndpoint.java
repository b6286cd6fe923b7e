package io.greenlet.boot.actuate;

import io.greenlet.boot.GreenPools;
import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;

/// Shows the green pools of the context and changes their settings.
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
    /// @return its figures, settings, running tasks and those in line, or null if there is no such pool
    @ReadOperation
    public @Nullable PoolDetail pool(@Selector String name) {
        return pools.find(name).map(pool -> PoolDetail.of(name, pool)).orElse(null);
    }

    /// Changes any of a pool's settings now, all at once and without losing a task. What is null stays; `none`, or an empty
    /// text, takes a limit away.
    ///
    /// @param name its bean name
    /// @param size how many tasks may run at once
    /// @param whenFull what handing in a task does when no slot is free: block, queue, reject, caller-runs
    /// @param maxWait how long a caller waits for a slot, as in the properties
    /// @param queueCapacity how many tasks may stand in line without a caller
    /// @param taskTimeout how long a task may run, as in the properties
    /// @return the pool in detail, or null if there is no such pool
    /// @throws InvalidEndpointRequestException if nothing is given, or a value is not legal; nothing is changed then
    @WriteOperation
    public @Nullable PoolDetail reconfigure(@Selector String name, @Nullable String size, @Nullable String whenFull,
            @Nullable String maxWait, @Nullable String queueCapacity, @Nullable String taskTimeout) {
        return change(name, PoolChange.of(size, whenFull, maxWait, queueCapacity, taskTimeout), "the actuator");
    }

    @Nullable PoolDetail change(String name, PoolChange change, String who) {
        pools.reconfigure(name, change, who);
        return pool(name);
    }

    /// Resizes a pool now.
    ///
    /// @param name its bean name
    /// @param size how many tasks may run at once, not negative
    /// @return the pool in detail, or null if there is no such pool
    /// @throws InvalidEndpointRequestException if the size is negative; nothing is changed then
    public @Nullable PoolDetail resize(String name, int size) {
        return reconfigure(name, Integer.toString(size), null, null, null, null);
    }

    /// All pools.
    ///
    /// @param pools their figures by bean name
    public record PoolsDescriptor(Map<String, PoolFigures> pools) {}
}
