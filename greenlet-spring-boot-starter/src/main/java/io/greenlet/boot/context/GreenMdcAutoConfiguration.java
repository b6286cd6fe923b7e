package io.greenlet.boot.context;

import io.micrometer.context.ContextRegistry;
import io.micrometer.context.integration.Slf4jThreadLocalAccessor;
import org.slf4j.MDC;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.core.annotation.Order;

/// The MDC arrives in the task, where SLF4J and Micrometer's context propagation are present.
@AutoConfiguration
@ConditionalOnClass({MDC.class, Slf4jThreadLocalAccessor.class})
public final class GreenMdcAutoConfiguration {

    @Bean
    @Order(1) // around the others
    @ConditionalOnMissingBean
    MdcCapture greenMdcCapture() {
        return new MdcCapture(ContextRegistry.getInstance());
    }
}
