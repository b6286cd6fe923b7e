package io.greenlet.boot.metrics;

import io.greenlet.pool.GreenPool;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;

/// Tells the meters of pools that come after the registries: those of lazy beans whose definition does not say that they
/// are pools, or that the application defines while it runs.
final class GreenPoolArrivals implements BeanPostProcessor {

    private final BeanFactory beans;
    private final ObjectProvider<GreenPoolMetrics> metrics;

    GreenPoolArrivals(BeanFactory beans, ObjectProvider<GreenPoolMetrics> metrics) {
        this.beans = beans;
        this.metrics = metrics;
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String name) {
        if (bean instanceof GreenPool pool && beans.containsBean(name) && beans.isSingleton(name)) {
            metrics.ifAvailable(meters -> meters.arrived(name, pool));
        }
        return bean;
    }
}
