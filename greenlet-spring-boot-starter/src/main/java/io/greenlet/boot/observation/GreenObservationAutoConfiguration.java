package io.greenlet.boot.observation;

import io.greenlet.boot.GreenPoolAutoConfiguration;
import io.greenlet.boot.GreenPools;
import io.micrometer.observation.ObservationRegistry;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration;
import org.springframework.context.annotation.Bean;

/// Observes the tasks of the pools, where there is an observation registry and `greenlet.observations.enabled` is true.
@AutoConfiguration(after = {GreenPoolAutoConfiguration.class, ObservationAutoConfiguration.class})
@ConditionalOnClass(ObservationRegistry.class)
@ConditionalOnBooleanProperty("greenlet.observations.enabled")
@ConditionalOnBean({GreenPools.class, ObservationRegistry.class})
@EnableConfigurationProperties(GreenObservationProperties.class)
public final class GreenObservationAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    TaskObservations greenTaskObservations(ObservationRegistry registry, ObjectProvider<GreenWaitConvention> waits,
            ObjectProvider<GreenRunConvention> runs) {
        return new TaskObservations(registry, waits.getIfAvailable(() -> new GreenWaitConvention() {}),
                runs.getIfAvailable(() -> new GreenRunConvention() {}));
    }
}
