package io.greenlet.boot.actuate;

import io.greenlet.boot.GreenPoolAutoConfiguration;
import io.greenlet.boot.GreenPools;

import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.autoconfigure.endpoint.expose.EndpointExposure;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/// The endpoint `greenpools`, where the actuator is present and exposes it.
@AutoConfiguration(after = GreenPoolAutoConfiguration.class)
@ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
@ConditionalOnBean(GreenPools.class)
public final class GreenPoolsEndpointAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    @ConditionalOnAvailableEndpoint
    GreenPoolsEndpoint greenPoolsEndpoint(GreenPools pools) {
        return new GreenPoolsEndpoint(pools);
    }

    @Bean
    @ConditionalOnBean(GreenPoolsEndpoint.class)
    @ConditionalOnMissingBean
    @ConditionalOnAvailableEndpoint(exposure = EndpointExposure.WEB)
    GreenPoolsWebExtension greenPoolsWebExtension(GreenPoolsEndpoint endpoint, GreenPools pools) {
        return new GreenPoolsWebExtension(endpoint, pools);
    }

    @Bean
    @ConditionalOnBean(GreenPoolsWebExtension.class)
    static UnknownFields greenPoolsUnknownFields() {
        return new UnknownFields();
    }
}
