package io.greenlet.boot.webflux;

import io.greenlet.boot.GreenPoolAutoConfiguration;
import io.greenlet.boot.GreenPools;
import io.greenlet.boot.web.GreenWebProperties;
import java.util.Objects;

import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Role;
import org.springframework.core.annotation.Order;
import org.springframework.web.reactive.config.BlockingExecutionConfigurer;
import org.springframework.web.reactive.config.WebFluxConfigurer;

/// Green pools in WebFlux: `greenlet.web.blocking-pool`, `GreenThread` as a return value, the answer to a rejected
/// request.
@AutoConfiguration(after = GreenPoolAutoConfiguration.class)
@ConditionalOnClass(WebFluxConfigurer.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
@ConditionalOnBean(GreenPools.class)
@EnableConfigurationProperties(GreenWebProperties.class)
public final class GreenWebFluxAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static GreenThreadAdapter greenThreadReactiveAdapter() {
        return new GreenThreadAdapter();
    }

    @Bean
    @ConditionalOnMissingBean
    RejectedRequestHandler greenRejectedRequestHandler(GreenWebProperties properties) {
        return new RejectedRequestHandler(properties);
    }

    /// The last one counts: after that of Spring Boot, which takes the `applicationTaskExecutor`.
    @Bean
    @Order(100)
    @ConditionalOnMissingBean(name = "greenBlockingExecution")
    @ConditionalOnProperty("greenlet.web.blocking-pool")
    WebFluxConfigurer greenBlockingExecution(GreenWebProperties properties, GreenPools pools) {
        String name = Objects.requireNonNull(properties.blockingPool());
        BlockingPool executor = new BlockingPool(pools.require(name, "greenlet.web.blocking-pool"));
        return new WebFluxConfigurer() {
            @Override
            public void configureBlockingExecution(BlockingExecutionConfigurer configurer) {
                configurer.setExecutor(executor);
            }
        };
    }
}
