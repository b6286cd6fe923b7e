package io.greenlet.boot;

import io.greenlet.Hub;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolOptions;
import java.util.List;

/// Makes the pools of the properties.
final class GreenPoolFactory {

    static final String BEAN_NAME = "greenPoolFactory";

    private final GreenletProperties properties;
    private final Hub hub;
    private final List<GreenPoolCustomizer> customizers;

    GreenPoolFactory(GreenletProperties properties, Hub hub, List<GreenPoolCustomizer> customizers) {
        this.properties = properties;
        this.hub = hub;
        this.customizers = customizers;
    }

    /// Makes one pool. Called through the bean definitions of [GreenPoolRegistrar].
    GreenPool create(String name) {
        PoolOptions options = settings(name).options(name).withHub(hub);
        for (GreenPoolCustomizer customizer : customizers) {
            options = customizer.customize(options);
        }
        return GreenPool.of(options);
    }

    private GreenletProperties.Pool settings(String name) {
        GreenletProperties.Pool exact = properties.pools().get(name);
        if (exact != null) {
            return exact;
        }
        String folded = PoolNames.fold(name);
        return properties.pools().entrySet().stream().filter(pool -> PoolNames.fold(pool.getKey()).equals(folded))
                .findFirst().map(entry -> entry.getValue()).orElse(GreenletProperties.Pool.DEFAULTS);
    }
}
