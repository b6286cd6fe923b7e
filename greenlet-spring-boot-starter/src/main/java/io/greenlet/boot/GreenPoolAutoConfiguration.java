package io.greenlet.boot;

import io.greenlet.Hub;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Role;
import org.springframework.core.env.Environment;

/// Makes the pools of the properties beans, and closes all pools with the context.
@AutoConfiguration
@EnableConfigurationProperties(GreenletProperties.class)
@Import(GreenPoolRegistrar.class)
public final class GreenPoolAutoConfiguration {

    private static final String HUB = "greenletHub";

    /// The hub of the pools of the properties. A bean of yours under this name takes its place.
    @Bean(name = HUB, destroyMethod = "close")
    @ConditionalOnMissingBean(name = HUB)
    Hub greenletHub(GreenletProperties properties) {
        return switch (properties.hub().mode()) {
            case PARALLEL -> Hub.parallel(); // closing it has no effect
            case COOPERATIVE -> Hub.cooperative("greenlet");
        };
    }

    @Bean(GreenPoolFactory.BEAN_NAME)
    GreenPoolFactory greenPoolFactory(GreenletProperties properties, @Qualifier(HUB) Hub hub,
            ObjectProvider<GreenPoolCustomizer> customizers, ObjectProvider<GreenPoolPart> parts) {
        return new GreenPoolFactory(properties, hub, customizers.orderedStream().toList(),
                parts.orderedStream().toList());
    }

    @Bean
    @ConditionalOnMissingBean
    GreenPools greenPools(ListableBeanFactory beans) {
        return new GreenPools(beans);
    }

    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static GreenPoolDisposal greenPoolDisposal(Environment environment) {
        return new GreenPoolDisposal(environment);
    }

    @Bean
    static GreenPoolLifecycle greenPoolLifecycle(GreenPoolDisposal disposal) {
        return new GreenPoolLifecycle(disposal);
    }
}
