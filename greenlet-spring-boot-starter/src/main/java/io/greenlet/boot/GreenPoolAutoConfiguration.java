package io.greenlet.boot;

import io.greenlet.Hub;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Role;
import org.springframework.core.env.Environment;

/// Makes the pools and hubs of the properties beans, and closes all pools with the context.
@AutoConfiguration
@EnableConfigurationProperties(GreenletProperties.class)
@Import(GreenPoolRegistrar.class)
public final class GreenPoolAutoConfiguration {

    /// The hub of the pools that name none. A bean of yours under this name takes its place.
    @Bean(name = GreenHubFactory.DEFAULT_HUB, destroyMethod = "close")
    @ConditionalOnMissingBean(name = GreenHubFactory.DEFAULT_HUB)
    Hub greenletHub(GreenletProperties properties) {
        return GreenHubFactory.create("greenlet", properties.hub());
    }

    @Bean(GreenHubFactory.BEAN_NAME)
    GreenHubFactory greenHubFactory(GreenletProperties properties, ConfigurableListableBeanFactory beans) {
        return new GreenHubFactory(properties, beans);
    }

    @Bean(GreenPoolFactory.BEAN_NAME)
    GreenPoolFactory greenPoolFactory(GreenletProperties properties, GreenHubFactory hubs, GreenPoolSettings settings,
            ObjectProvider<GreenPoolCustomizer> customizers, ObjectProvider<GreenPoolPart> parts) {
        return new GreenPoolFactory(properties, hubs, settings, customizers.orderedStream().toList(),
                parts.orderedStream().toList());
    }

    @Bean
    GreenPoolSettings greenPoolSettings(Environment environment, GreenPools pools) {
        return new GreenPoolSettings(environment, pools);
    }

    @Bean
    @ConditionalOnMissingBean
    GreenHubs greenHubs(ListableBeanFactory beans, GreenPools pools) {
        return new GreenHubs(beans, pools);
    }

    @Bean
    static SpawnRecording greenletSpawnRecording(Environment environment) {
        return new SpawnRecording(environment);
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
