package io.greenlet.boot.context;

import io.micrometer.context.ContextSnapshotFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.core.annotation.Order;

/// Thread-locals arrive in the task, where Micrometer's context propagation is present. A bean of type
/// [ContextSnapshotFactory] says which; otherwise all that are registered in the JVM.
@AutoConfiguration
@ConditionalOnClass(ContextSnapshotFactory.class)
public final class GreenContextPropagationAutoConfiguration {

    @Bean
    @Order(0)
    @ConditionalOnMissingBean
    ThreadLocalCapture greenThreadLocalCapture(ObjectProvider<ContextSnapshotFactory> factories) {
        return new ThreadLocalCapture(factories.getIfUnique(ThreadLocalCapture::clearing));
    }
}
