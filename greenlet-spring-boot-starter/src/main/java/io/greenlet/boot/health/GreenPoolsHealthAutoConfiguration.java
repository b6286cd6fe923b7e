package io.greenlet.boot.health;

import io.greenlet.boot.GreenPoolAutoConfiguration;
import io.greenlet.boot.GreenPools;
import io.greenlet.boot.watchdog.GreenStalls;
import io.greenlet.boot.watchdog.GreenWatchdogAutoConfiguration;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/// The health of the green pools, where Spring Boot's health is present and `management.health.greenpools.enabled` does not say no.
@AutoConfiguration(after = {GreenPoolAutoConfiguration.class, GreenWatchdogAutoConfiguration.class})
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnBean(GreenPools.class)
@EnableConfigurationProperties(HealthProperties.class)
public final class GreenPoolsHealthAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean(name = "greenPoolsHealthIndicator")
    @ConditionalOnEnabledHealthIndicator("greenpools") // on the class it would be looked at where the library is absent
    HealthIndicator greenPoolsHealthIndicator(GreenPools pools, ObjectProvider<GreenStalls> stalls,
            HealthProperties properties) {
        return new GreenPoolsHealthIndicator(pools, stalls.getIfAvailable(), properties);
    }
}
