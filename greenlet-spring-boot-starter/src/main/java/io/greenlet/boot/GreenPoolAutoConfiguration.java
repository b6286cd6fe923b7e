package io.greenlet.boot;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
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

    @Bean(GreenPoolFactory.BEAN_NAME)
    GreenPoolFactory greenPoolFactory(GreenletProperties properties, ObjectProvider<GreenPoolCustomizer> customizers) {
        return new GreenPoolFactory(properties, customizers.orderedStream().toList());
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
