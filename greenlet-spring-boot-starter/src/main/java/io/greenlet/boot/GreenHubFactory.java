package io.greenlet.boot;

import io.greenlet.Hub;
import io.greenlet.boot.GreenletProperties.HubProperties;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;

/// Makes the hubs of the properties, and finds the hub that a pool is to run on.
final class GreenHubFactory {

    static final String BEAN_NAME = "greenHubFactory";

    /// The hub of pools that name none.
    static final String DEFAULT_HUB = "greenletHub";

    private final GreenletProperties properties;
    private final ConfigurableListableBeanFactory beans;

    GreenHubFactory(GreenletProperties properties, ConfigurableListableBeanFactory beans) {
        this.properties = properties;
        this.beans = beans;
    }

    /// Makes one hub. Called through the bean definitions of [GreenPoolRegistrar].
    Hub create(String name) {
        return create(name, BeanNames.find(properties.hubs(), name, HubProperties.DEFAULTS));
    }

    static Hub create(String name, HubProperties hub) {
        return switch (hub.mode()) {
            case PARALLEL -> Hub.parallel(); // closing it has no effect
            case COOPERATIVE -> Hub.cooperative(name);
        };
    }

    /// Returns the hub that a pool asks for, which is then closed after the pool.
    Hub find(@Nullable String wanted, String pool) {
        String name = wanted == null ? DEFAULT_HUB : beanName(wanted, pool);
        beans.registerDependentBean(name, pool);
        return beans.getBean(name, Hub.class);
    }

    private String beanName(String wanted, String pool) {
        List<String> known = List.of(beans.getBeanNamesForType(Hub.class, false, false));
        if (known.contains(wanted)) {
            return wanted;
        }
        String folded = BeanNames.fold(wanted);
        return known.stream().filter(name -> BeanNames.fold(name).equals(folded)).findFirst()
                .orElseThrow(() -> new GreenletConfigurationException(
                        "greenlet.pools." + pool + ".hub must be the name of a hub: '" + wanted + "'",
                        "Define greenlet.hubs." + wanted + ".mode or use one of " + known + '.'));
    }
}
