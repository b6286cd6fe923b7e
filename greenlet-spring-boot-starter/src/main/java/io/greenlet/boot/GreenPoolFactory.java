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
    private final List<GreenPoolPart> parts;

    GreenPoolFactory(GreenletProperties properties, Hub hub, List<GreenPoolCustomizer> customizers,
            List<GreenPoolPart> parts) {
        this.properties = properties;
        this.hub = hub;
        this.customizers = customizers;
        this.parts = parts;
    }

    /// Makes one pool. Called through the bean definitions of [GreenPoolRegistrar].
    GreenPool create(String name) {
        GreenletProperties.Pool settings = settings(name);
        PoolOptions options = settings.options(name).withHub(hub);
        for (GreenPoolCustomizer customizer : customizers) {
            options = customizer.customize(options);
        }
        for (GreenPoolPart part : parts) {
            options = part.prepare(options, settings);
        }
        GreenPool pool = GreenPool.of(options);
        parts.forEach(part -> part.made(pool));
        return pool;
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
