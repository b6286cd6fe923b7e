package io.greenlet.boot;

import io.greenlet.pool.GreenPool;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.springframework.beans.factory.ListableBeanFactory;

/// All green pools of an application context by their bean names, whoever defined them.
///
/// Pools with a scope other than singleton are left out: each use of their name would be another pool.
public final class GreenPools {

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

    /// Returns the pool of a bean name.
    ///
    /// @param name the bean name
    /// @return the pool, or nothing if there is no pool of that name
    public Optional<GreenPool> find(String name) {
        return names().contains(name) ? Optional.of(beans.getBean(name, GreenPool.class)) : Optional.empty();
    }
}
