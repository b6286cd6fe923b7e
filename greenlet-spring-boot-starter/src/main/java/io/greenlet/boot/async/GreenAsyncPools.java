package io.greenlet.boot.async;

import io.greenlet.boot.GreenPools;
import io.greenlet.boot.GreenletConfigurationException;
import io.greenlet.boot.GreenletProperties;
import io.greenlet.pool.GreenPool;

import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;

/// Finds the pool of a method. Asks the bean factory when it is needed, not before: a post-processor must not create
/// beans.
final class GreenAsyncPools {

    private final ConfigurableBeanFactory beans;

    GreenAsyncPools(ConfigurableBeanFactory beans) {
        this.beans = beans;
    }

    GreenPool of(GreenAsyncMethod method) {
        return beans.getBean(check(method), GreenPool.class);
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
        return beans.getBean(GreenPools.class).unknown(problem, name);
    }

    private String known() {
        return beans.getBean(GreenPools.class).known();
    }
}
