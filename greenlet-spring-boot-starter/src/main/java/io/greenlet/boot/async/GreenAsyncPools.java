package io.greenlet.boot.async;

import io.greenlet.boot.GreenPools;
import io.greenlet.boot.GreenletConfigurationException;
import io.greenlet.boot.GreenletProperties;
import io.greenlet.pool.GreenPool;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;

/// Finds the pool of a method. Asks the bean factory when it is needed, not before: a post-processor must not create
/// beans.
final class GreenAsyncPools {

    private final ConfigurableBeanFactory beans;
    private final Map<String, GreenPool> pools = new ConcurrentHashMap<>(); // by the annotation's text

    GreenAsyncPools(ConfigurableBeanFactory beans) {
        this.beans = beans;
    }

    GreenPool of(GreenAsyncMethod method) {
        GreenPool known = pools.get(method.pool());
        if (known != null) {
            return known;
        }
        GreenPool pool = beans.getBean(check(method), GreenPool.class);
        pools.put(method.pool(), pool);
        return pool;
    }

    /// Returns the bean name of a method's pool. Creates no pool.
    String check(GreenAsyncMethod method) {
        if (method.pool().isEmpty()) {
            return checkDefault();
        }
        String name = resolve(method);
        if (!exists(name)) {
            throw unknown(method + " asks for green pool '" + name + "', which does not exist", name);
        }
        return name;
    }

    /// Returns the bean name of the pool for methods that name none.
    String checkDefault() {
        String name = beans.getBean(GreenletProperties.class).async().pool();
        if (!exists(name)) {
            throw unknown("greenlet.async.pool names green pool '" + name + "', which does not exist", name);
        }
        return name;
    }

    private String resolve(GreenAsyncMethod method) {
        try {
            @Nullable String name = beans.resolveEmbeddedValue(method.pool());
            return name == null ? "" : name;
        } catch (IllegalArgumentException e) {
            GreenletConfigurationException unresolved = new GreenletConfigurationException(
                    method + " asks for green pool '" + method.pool() + "', which cannot be resolved: "
                            + e.getMessage(),
                    "Set that property to the name of a pool. Known pools: " + known() + '.');
            unresolved.initCause(e);
            throw unresolved;
        }
    }

    private boolean exists(String name) {
        return beans.containsBean(name) && beans.isTypeMatch(name, GreenPool.class);
    }

    private GreenletConfigurationException unknown(String problem, String name) {
        String define = name.isEmpty() ? "Name a pool" : "Define it, as with greenlet.pools." + name + ".size=100";
        return new GreenletConfigurationException(problem,
                define + ", or use one of the known pools: " + known() + '.');
    }

    private String known() {
        return String.join(", ", names(beans.getBean(GreenPools.class)));
    }

    private static List<String> names(GreenPools pools) {
        return pools.names().stream().sorted().toList();
    }
}
