package io.greenlet.boot;

import io.greenlet.boot.GreenletProperties.Pool;
import io.greenlet.pool.PoolOptions;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;

/// Has the pools of the properties follow the environment when that changes.
///
/// It remembers what the environment last said of each pool, and applies the difference: what was changed in another way
/// (the endpoint, [GreenPoolCustomizer]) and has not changed in the environment stays. All pools' settings are read and
/// checked before the first is changed, so that a bad value changes nothing.
public final class GreenPoolSettings {

    private static final Log LOG = LogFactory.getLog(GreenPoolSettings.class);
    private static final Bindable<Map<String, Pool>> POOLS = Bindable.mapOf(String.class, Pool.class);

    private final Environment environment;
    private final GreenPools pools;
    private final ReentrantLock lock = new ReentrantLock(); // one change after the other
    private final Map<String, Pool> followed = new ConcurrentHashMap<>(); // by pool: what the environment last said
    private volatile @Nullable Map<String, Pool> latest; // what it said when it changed, by spelling
    private final Set<String> told = ConcurrentHashMap.newKeySet(); // what needs a restart, said once

    GreenPoolSettings(Environment environment, GreenPools pools) {
        this.environment = environment;
        this.pools = pools;
    }

    /// Returns the settings to make a pool with: those of the start, or if the environment has changed before the pool is
    /// first used, those of now.
    @SuppressWarnings("ReferenceEquality") // each change brings another map
    Pool settings(String name, Map<String, Pool> atStart) {
        for (;;) {
            Map<String, Pool> now = latest;
            Pool settings = BeanNames.find(now == null ? atStart : now, name, Pool.DEFAULTS);
            followed.put(name, settings);
            if (latest == now) {
                return settings;
            } // else the environment has just changed, and may not have seen this pool among those that follow it
        }
    }

    /// Reads the environment again, and changes what it now says otherwise, each pool at once. Values that are wrong are
    /// logged and nothing is changed; so is what needs a restart: a new pool, one that is gone, another hub.
    public void follow() {
        lock.lock();
        try {
            List<String> names = BeanNames.ofPools(environment);
            Map<String, Pool> now = Binder.get(environment).bind("greenlet.pools", POOLS).orElseGet(Map::of);
            latest = now;
            followed.forEach((name, before) -> {
                if (names.contains(name)) {
                    follow(name, before, BeanNames.find(now, name, Pool.DEFAULTS));
                } else {
                    needsRestart(name, " is gone: the pool stays as it is until the application restarts");
                }
            });
            names.stream().filter(name -> !pools.names().contains(name))
                    .forEach(name -> needsRestart(name, " is new: it becomes a pool when the application restarts"));
        } catch (BindException e) {
            refuse(new InvalidPropertyFailureAnalyzer(environment).analyze(e), e);
        } catch (GreenletConfigurationException e) {
            refuse(new FailureAnalysis(e.getMessage(), e.action(), e), e);
        } finally {
            lock.unlock();
        }
    }

    private void follow(String name, Pool before, Pool after) {
        if (!Objects.equals(before.hub(), after.hub())) {
            needsRestart(name, ".hub is now '" + after.hub() + "': that takes effect when the application restarts");
        }
        if (before.propagateContext() != after.propagateContext()) {
            needsRestart(name, ".propagate-context is now " + after.propagateContext()
                    + ": that takes effect when the application restarts");
        }
        followed.put(name, after);
        pools.reconfigure(name, difference(before, after), "the environment");
    }

    private static UnaryOperator<PoolOptions> difference(Pool before, Pool after) {
        return options -> {
            PoolOptions now = options;
            if (before.size() != after.size()) {
                now = now.withSize(after.size());
            }
            if (before.whenFull() != after.whenFull()) {
                now = now.withWhenFull(after.whenFull());
            }
            if (!Objects.equals(before.maxWait(), after.maxWait())) {
                now = now.withMaxWait(after.maxWait());
            }
            if (before.capacity() != after.capacity()) {
                now = now.withQueueCapacity(after.capacity());
            }
            if (!Objects.equals(before.taskTimeout(), after.taskTimeout())) {
                now = now.withTaskTimeout(after.taskTimeout());
            }
            return now;
        };
    }

    private void needsRestart(String pool, String what) {
        if (told.add(pool + what)) {
            LOG.warn("greenlet.pools." + pool + what);
        }
    }

    private static void refuse(@Nullable FailureAnalysis analysis, Exception e) {
        if (analysis == null) {
            LOG.error("the changed properties under greenlet.pools cannot be read: no pool is changed", e);
        } else {
            LOG.error(analysis.getDescription() + ". No pool is changed. " + analysis.getAction());
        }
    }
}
