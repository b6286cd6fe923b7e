package io.greenlet.boot;

import io.greenlet.Hub;
import io.greenlet.pool.GreenPool;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.springframework.beans.factory.ListableBeanFactory;

/// All hubs of an application context: its beans, those of its pools, and the parallel one, which belongs to everybody.
public final class GreenHubs {

    private final ListableBeanFactory beans;
    private final GreenPools pools;

    /// The hubs of a context.
    ///
    /// @param beans the context's beans
    /// @param pools the context's pools
    public GreenHubs(ListableBeanFactory beans, GreenPools pools) {
        this.beans = beans;
        this.pools = pools;
    }

    /// Returns every hub once, by its own name ([Hub#name()]). Where several have the same, the others are told apart by a
    /// number: `name-2`.
    ///
    /// @return a map that does not follow later changes
    public Map<String, Hub> all() {
        Map<String, Hub> all = new LinkedHashMap<>();
        for (String bean : beans.getBeanNamesForType(Hub.class, false, false)) {
            add(beans.getBean(bean, Hub.class), all);
        }
        pools.all().values().forEach(pool -> add(pool.hub(), all));
        add(Hub.parallel(), all);
        return all;
    }

    private static void add(Hub hub, Map<String, Hub> all) {
        if (all.containsValue(hub)) { // hubs are equal to themselves only
            return;
        }
        String name = hub.name();
        for (int n = 2; all.containsKey(name); n++) {
            name = hub.name() + '-' + n;
        }
        all.put(name, hub);
    }

    /// Returns the hub of a name.
    ///
    /// @param name a name that [#all()] knows
    /// @return the hub, or nothing if there is none of that name
    public Optional<Hub> find(String name) {
        return Optional.ofNullable(all().get(name));
    }

    /// Returns the bean names of the pools that run their tasks on a hub.
    ///
    /// @param hub the hub
    /// @return bean names, in the order of their definition
    public List<String> poolsOn(Hub hub) {
        List<String> names = new ArrayList<>();
        for (Map.Entry<String, GreenPool> pool : pools.all().entrySet()) {
            if (pool.getValue().hub().equals(hub)) {
                names.add(pool.getKey());
            }
        }
        return Collections.unmodifiableList(names);
    }
}
