package io.greenlet.boot;

import io.greenlet.pool.PoolOptions;
import io.greenlet.pool.WhenFull;
import java.time.Duration;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// What `greenlet.*` says.
///
/// @param hub The hub that runs the green threads of the pools that name none.
/// @param hubs Further hubs by name, for pools that name one. Each becomes a bean of type Hub under its name.
/// @param pools Green pools by name. Each becomes a bean of type GreenPool under its name.
/// @param async What `@GreenAsync` uses.
/// @param shutdownGrace How long pools let their tasks finish when the application stops. After that the tasks are
///     killed. Never longer than spring.lifecycle.timeout-per-shutdown-phase allows: of that, a quarter and at most
///     three seconds are kept for killed tasks to unwind.
/// @param recordSpawns Whether green threads remember where they were spawned, and the parallel hub keeps a list of them,
///     for the endpoints greenpools and greenhub. Costs a walk up the stack for each.
@ConfigurationProperties("greenlet")
public record GreenletProperties(@DefaultValue HubProperties hub, @DefaultValue Map<String, HubProperties> hubs,
        @DefaultValue Map<String, Pool> pools, @DefaultValue Async async,
        @DefaultValue(DEFAULT_GRACE) Duration shutdownGrace, @DefaultValue("false") boolean recordSpawns) {

    /// The name of the pool that always exists.
    public static final String DEFAULT_POOL = "default";

    static final String DEFAULT_GRACE = "30s";

    /// Checks the values.
    public GreenletProperties {
        InvalidValue.check(!shutdownGrace.isNegative(), "shutdown-grace", "must not be negative", shutdownGrace,
                "a duration of zero or more, such as 30s");
    }

    /// Where green threads run.
    public enum HubMode {

        /// On all cores, by the JDK's scheduler of virtual threads.
        PARALLEL,

        /// One at a time on a hub of the application's own, with a switch at blocking calls only.
        COOPERATIVE
    }

    /// The hub.
    ///
    /// @param mode How green threads are scheduled.
    public record HubProperties(@DefaultValue("parallel") HubMode mode) {

        static final HubProperties DEFAULTS = new HubProperties(HubMode.PARALLEL);
    }

    /// One pool.
    ///
    /// @param size How many tasks may run at once. 0 is legal: tasks wait until the pool is resized.
    /// @param whenFull What handing in a task does when no slot is free: the caller waits (block), the task waits and
    ///     the caller goes on (queue), the caller gets an exception (reject), the caller runs the task (caller-runs).
    /// @param maxWait How long a caller waits for a slot when the policy is block. Unlimited if not set.
    /// @param queueCapacity How many tasks may stand in line without a waiting caller. Unlimited if not set.
    /// @param taskTimeout How long a task may run before it is interrupted and fails. Unlimited if not set.
    /// @param propagateContext Whether tasks get the context of their spawner: task decorators, MDC, observation,
    ///     security context.
    /// @param hub The hub that runs its tasks, a name of greenlet.hubs or of another bean of type Hub. That of greenlet.hub
    ///     if not set.
    public record Pool(@DefaultValue("1000") int size, @DefaultValue("block") WhenFull whenFull,
            @Nullable Duration maxWait, @Nullable Integer queueCapacity, @Nullable Duration taskTimeout,
            @DefaultValue("true") boolean propagateContext, @Nullable String hub) {

        static final Pool DEFAULTS = new Pool(PoolOptions.DEFAULT_SIZE, WhenFull.BLOCK, null, null, null, true, null);

        /// Checks the values.
        public Pool {
            InvalidValue.check(size >= 0, "size", "must not be negative", size, "a whole number of 0 or more");
            InvalidValue.check(maxWait == null || !maxWait.isNegative(), "max-wait", "must not be negative", maxWait,
                    "a duration of zero or more, such as 500ms, or leave it out for no limit");
            InvalidValue.check(queueCapacity == null || queueCapacity >= 0, "queue-capacity", "must not be negative",
                    queueCapacity, "a whole number of 0 or more, or leave it out for no limit");
            InvalidValue.check(taskTimeout == null || taskTimeout.isPositive(), "task-timeout", "must be positive",
                    taskTimeout, "a duration above zero, such as 2s, or leave it out for no limit");
        }

        int capacity() {
            return queueCapacity == null ? Integer.MAX_VALUE : queueCapacity;
        }

        PoolOptions options(String name) {
            return PoolOptions.named(name).withSize(size).withWhenFull(whenFull).withMaxWait(maxWait)
                    .withQueueCapacity(capacity()).withTaskTimeout(taskTimeout);
        }
    }

    /// What `@GreenAsync` uses.
    ///
    /// @param pool Name of the pool for a `@GreenAsync` that names none.
    public record Async(@DefaultValue(DEFAULT_POOL) String pool) {}
}
