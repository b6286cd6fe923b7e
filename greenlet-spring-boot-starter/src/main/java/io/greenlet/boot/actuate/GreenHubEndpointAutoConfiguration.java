package io.greenlet.boot.actuate;

import io.greenlet.boot.GreenHubs;
import io.greenlet.boot.GreenPoolAutoConfiguration;

import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/// The endpoint `greenhub`, where the actuator is present and exposes it.
@AutoConfiguration(after = GreenPoolAutoConfiguration.class)
@ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
@ConditionalOnBean(GreenHubs.class)
public final class GreenHubEndpointAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    @ConditionalOnAvailableEndpoint
    GreenHubEndpoint greenHubEndpoint(GreenHubs hubs) {
        return new GreenHubEndpoint(hubs);
    }
}
