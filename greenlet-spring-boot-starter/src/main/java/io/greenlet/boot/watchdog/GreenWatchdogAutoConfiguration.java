package io.greenlet.boot.watchdog;

import io.greenlet.boot.GreenPoolAutoConfiguration;
import io.greenlet.boot.GreenPools;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/// The watchdog over the green pools, unless `greenlet.watchdog.enabled=false`.
@AutoConfiguration(after = GreenPoolAutoConfiguration.class)
@ConditionalOnBean(GreenPools.class)
@ConditionalOnBooleanProperty(name = "greenlet.watchdog.enabled", matchIfMissing = true)
@EnableConfigurationProperties(WatchdogProperties.class)
public final class GreenWatchdogAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    GreenStalls greenStalls() {
        return new GreenStalls();
    }

    @Bean
    @ConditionalOnMissingBean
    GreenWatchdog greenWatchdog(GreenPools pools, GreenStalls stalls, WatchdogProperties properties) {
        return new GreenWatchdog(pools, stalls, properties);
    }
}
