package io.greenlet.boot;

import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolOptions;
import java.util.List;

/// Makes the pools of the properties.
final class GreenPoolFactory {

    static final String BEAN_NAME = "greenPoolFactory";

    private final GreenletProperties properties;
    private final GreenHubFactory hubs;
    private final GreenPoolSettings settings;
    private final List<GreenPoolCustomizer> customizers;
    private final List<GreenPoolPart> parts;

    GreenPoolFactory(GreenletProperties properties, GreenHubFactory hubs, GreenPoolSettings settings,
            List<GreenPoolCustomizer> customizers, List<GreenPoolPart> parts) {
        this.properties = properties;
        this.hubs = hubs;
        this.settings = settings;
        this.customizers = customizers;
        this.parts = parts;
    }

    /// Makes one pool. Called through the bean definitions of [GreenPoolRegistrar].
    GreenPool create(String name) {
        GreenletProperties.Pool pool = settings.settings(name, properties.pools());
        PoolOptions options = pool.options(name).withHub(hubs.find(pool.hub(), name));
        for (GreenPoolCustomizer customizer : customizers) {
            options = customizer.customize(options);
        }
        for (GreenPoolPart part : parts) {
            options = part.prepare(options, pool);
        }
        GreenPool made = GreenPool.of(options);
        parts.forEach(part -> part.made(made));
        return made;
    }
}
