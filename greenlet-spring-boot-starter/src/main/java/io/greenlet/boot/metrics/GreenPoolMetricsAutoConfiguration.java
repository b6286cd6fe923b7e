package io.greenlet.boot.metrics;

import io.greenlet.boot.GreenPoolAutoConfiguration;
import io.greenlet.boot.GreenPools;
import io.micrometer.core.instrument.MeterRegistry;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Role;

/// Meters of the green pools, where Micrometer is present and there is a registry.
@AutoConfiguration(after = {GreenPoolAutoConfiguration.class, MetricsAutoConfiguration.class,
        CompositeMeterRegistryAutoConfiguration.class})
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean({GreenPools.class, MeterRegistry.class})
public final class GreenPoolMetricsAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    GreenPoolMetrics greenPoolMetrics(GreenPools pools) {
        return new GreenPoolMetrics(pools);
    }

    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static GreenPoolArrivals greenPoolArrivals(BeanFactory beans, ObjectProvider<GreenPoolMetrics> metrics) {
        return new GreenPoolArrivals(beans, metrics);
    }
}
