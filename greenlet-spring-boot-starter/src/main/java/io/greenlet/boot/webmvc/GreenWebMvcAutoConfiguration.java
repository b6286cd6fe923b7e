package io.greenlet.boot.webmvc;

import io.greenlet.boot.GreenPoolAutoConfiguration;
import io.greenlet.boot.GreenPools;
import io.greenlet.boot.web.GreenWebProperties;
import java.util.List;
import java.util.Objects;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.core.annotation.Order;
import org.springframework.web.method.support.HandlerMethodReturnValueHandler;
import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.servlet.config.annotation.AsyncSupportConfigurer;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/// Green pools in MVC: `greenlet.web.blocking-pool`, `GreenThread` as a return value, the answer to a rejected request.
@AutoConfiguration(after = GreenPoolAutoConfiguration.class)
@ConditionalOnClass(WebMvcConfigurer.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnBean(GreenPools.class)
@EnableConfigurationProperties(GreenWebProperties.class)
public final class GreenWebMvcAutoConfiguration {

    @Bean
    @Order(100)
    @ConditionalOnMissingBean(name = "greenWebMvc")
    WebMvcConfigurer greenWebMvc(GreenWebProperties properties) {
        return new WebMvcConfigurer() {
            @Override
            public void addReturnValueHandlers(List<HandlerMethodReturnValueHandler> handlers) {
                handlers.add(new GreenThreadReturnValue());
            }

            @Override
            public void extendHandlerExceptionResolvers(List<HandlerExceptionResolver> resolvers) {
                resolvers.add(new RejectedRequestResolver(properties));
            }
        };
    }

    /// The last one counts: after that of Spring Boot, which takes the `applicationTaskExecutor`.
    @Bean
    @Order(100)
    @ConditionalOnMissingBean(name = "greenAsyncSupport")
    @ConditionalOnProperty("greenlet.web.blocking-pool")
    WebMvcConfigurer greenAsyncSupport(GreenWebProperties properties, GreenPools pools) {
        String name = Objects.requireNonNull(properties.blockingPool());
        BlockingPool executor = new BlockingPool(pools.require(name, "greenlet.web.blocking-pool"));
        return new WebMvcConfigurer() {
            @Override
            public void configureAsyncSupport(AsyncSupportConfigurer configurer) {
                configurer.setTaskExecutor(executor);
            }
        };
    }
}
