package io.greenlet.boot.cloud;

import io.greenlet.boot.GreenPoolAutoConfiguration;
import io.greenlet.boot.GreenPoolSettings;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.cloud.context.environment.EnvironmentChangeEvent;
import org.springframework.context.annotation.Bean;

/// Has the pools of the properties follow the environment, where Spring Cloud tells of its changes.
@AutoConfiguration(after = GreenPoolAutoConfiguration.class)
@ConditionalOnClass(EnvironmentChangeEvent.class)
@ConditionalOnBean(GreenPoolSettings.class)
public final class GreenPoolCloudAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    EnvironmentFollower greenPoolEnvironmentFollower(GreenPoolSettings settings) {
        return new EnvironmentFollower(settings);
    }
}
