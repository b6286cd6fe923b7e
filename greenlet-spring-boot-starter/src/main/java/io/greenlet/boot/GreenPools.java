package io.greenlet.boot;

import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolOptions;
import io.greenlet.pool.WhenFull;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ListableBeanFactory;

/// All green pools of an application context by their bean names, whoever defined them.
///
/// Pools with a scope other than singleton are left out: each use of their name would be another pool.
public final class GreenPools {

    private static final Log LOG = LogFactory.getLog(GreenPools.class);
    private static final String NO_LIMIT = "no limit";

    private final ListableBeanFactory beans;

    /// The pools of a context.
    ///
    /// @param beans the context's beans
    public GreenPools(ListableBeanFactory beans) {
        this.beans = beans;
    }

    /// Returns the bean names of all pools, in the order of their definition. Creates no pool.
    ///
    /// @return bean names
    public List<String> names() {
        return List.of(beans.getBeanNamesForType(GreenPool.class, false, false));
    }

    /// Returns all pools by bean name, in the order of their definition.
    ///
    /// @return a map that does not follow later changes
    public Map<String, GreenPool> all() {
        Map<String, GreenPool> all = new LinkedHashMap<>();
        for (String name : names()) {
            all.put(name, beans.getBean(name, GreenPool.class));
        }
        return all;
    }

    /// Changes a pool's settings now, and logs what has changed. Of no effect if there is no such pool.
    ///
    /// @param name the bean name
    /// @param change makes the new settings from those that hold now, as for [GreenPool#reconfigure]
    /// @param who who changes them, for the log
    /// @throws IllegalArgumentException if it changes what cannot be changed; nothing is changed then
    public void reconfigure(String name, UnaryOperator<PoolOptions> change, String who) {
        find(name).ifPresent(pool -> {
            AtomicReference<String> changed = new AtomicReference<>("");
            pool.reconfigure(before -> {
                PoolOptions after = change.apply(before);
                changed.set(differences(before, after));
                return after;
            });
            if (!changed.get().isEmpty()) {
                LOG.info("green pool '" + name + "' is changed by " + who + ": " + changed.get());
            }
        });
    }

    private static String differences(PoolOptions before, PoolOptions after) {
        List<String> changed = new ArrayList<>();
        difference("size", before.size(), after.size(), changed);
        difference("when-full", before.whenFull(), after.whenFull(), changed);
        difference("max-wait", before.maxWait(), after.maxWait(), changed);
        difference("queue-capacity", before.queueCapacity(), after.queueCapacity(), changed);
        difference("task-timeout", before.taskTimeout(), after.taskTimeout(), changed);
        return String.join(", ", changed);
    }

    private static void difference(String setting, @Nullable Object before, @Nullable Object after,
            List<String> changed) {
        if (!Objects.equals(before, after)) {
            changed.add(setting + " from " + shown(before) + " to " + shown(after));
        }
    }

    private static String shown(@Nullable Object value) {
        return switch (value) {
            case null -> NO_LIMIT;
            case Integer n when n == Integer.MAX_VALUE -> NO_LIMIT;
            case WhenFull policy -> policy.name().toLowerCase(Locale.ROOT).replace('_', '-');
            default -> value.toString();
        };
    }

    /// Returns the pool of a bean name.
    ///
    /// @param name the bean name
    /// @return the pool, or nothing if there is no pool of that name
    public Optional<GreenPool> find(String name) {
        return names().contains(name) ? Optional.of(beans.getBean(name, GreenPool.class)) : Optional.empty();
    }

    /// Returns the pool that a setting names.
    ///
    /// @param name the bean name
    /// @param setting what names it, for the message, such as a property
    /// @return the pool
    /// @throws GreenletConfigurationException if there is no pool of that name; it lists those that there are
    public GreenPool require(String name, String setting) {
        return find(name).orElseThrow(
                () -> unknown(setting + " names green pool '" + name + "', which does not exist", name));
    }

    /// Returns the failure of whoever needs a pool that does not exist.
    ///
    /// @param problem what is wrong
    /// @param name the bean name that there is no pool for
    /// @return a failure that says what to do, and lists the pools that there are
    public GreenletConfigurationException unknown(String problem, String name) {
        String define = name.isEmpty() ? "Name a pool" : "Define it, as with greenlet.pools." + name + ".size=100";
        return new GreenletConfigurationException(problem,
                define + ", or use one of the known pools: " + known() + '.');
    }

    /// Returns the names of all pools for a message.
    ///
    /// @return bean names in alphabetical order
    public String known() {
        return names().stream().sorted().collect(Collectors.joining(", "));
    }
}
