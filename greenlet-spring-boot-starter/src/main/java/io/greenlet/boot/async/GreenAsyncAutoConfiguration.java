package io.greenlet.boot.async;

import io.greenlet.boot.GreenPoolAutoConfiguration;
import io.greenlet.boot.GreenPools;

import java.util.Objects;

import org.jspecify.annotations.Nullable;
import org.springframework.aop.interceptor.AsyncUncaughtExceptionHandler;
import org.springframework.aop.interceptor.SimpleAsyncUncaughtExceptionHandler;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Role;
import org.springframework.core.env.Environment;
import org.springframework.scheduling.annotation.AsyncConfigurer;

/// Runs `@GreenAsync` methods in green pools.
///
/// Failures of void methods go to the bean of type [AsyncUncaughtExceptionHandler] if there is one, else to that of the
/// [AsyncConfigurer] if there is one, else to the log.
@AutoConfiguration(after = GreenPoolAutoConfiguration.class)
@ConditionalOnBean(GreenPools.class)
public final class GreenAsyncAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static GreenAsyncPostProcessor greenAsyncPostProcessor(Environment environment,
            ObjectProvider<AsyncUncaughtExceptionHandler> handlers, ObjectProvider<AsyncConfigurer> configurers) {
        GreenAsyncPostProcessor processor = new GreenAsyncPostProcessor(() -> handler(handlers, configurers));
        processor.setProxyTargetClass(environment.getProperty("spring.aop.proxy-target-class", Boolean.class, true));
        return processor;
    }

    private static AsyncUncaughtExceptionHandler handler(ObjectProvider<AsyncUncaughtExceptionHandler> handlers,
            ObjectProvider<AsyncConfigurer> configurers) {
        AsyncUncaughtExceptionHandler own = handlers.getIfUnique();
        if (own != null) {
            return own;
        }
        AsyncConfigurer configurer = configurers.getIfUnique();
        @Nullable AsyncUncaughtExceptionHandler shared = configurer == null
                ? null
                : configurer.getAsyncUncaughtExceptionHandler();
        return Objects.requireNonNullElseGet(shared, SimpleAsyncUncaughtExceptionHandler::new);
    }
}
