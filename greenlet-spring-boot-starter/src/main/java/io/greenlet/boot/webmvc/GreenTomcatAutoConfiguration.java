package io.greenlet.boot.webmvc;

import io.greenlet.boot.GreenPoolAutoConfiguration;
import io.greenlet.boot.GreenPools;
import io.greenlet.boot.web.GreenWebProperties;
import java.util.Objects;

import org.apache.catalina.startup.Tomcat;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.tomcat.ConfigurableTomcatWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;

/// Requests of Tomcat in a green pool: `greenlet.web.request-pool`.
@AutoConfiguration(after = GreenPoolAutoConfiguration.class)
@ConditionalOnClass({Tomcat.class, ConfigurableTomcatWebServerFactory.class})
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnBean(GreenPools.class)
@ConditionalOnProperty("greenlet.web.request-pool")
@EnableConfigurationProperties(GreenWebProperties.class)
public final class GreenTomcatAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    RequestPool greenRequestPool(GreenWebProperties properties, GreenPools pools) {
        String name = Objects.requireNonNull(properties.requestPool());
        return new RequestPool(pools.require(name, "greenlet.web.request-pool"));
    }

    /// After those of Spring Boot, of which one sets an executor of virtual threads; the last one counts.
    @Bean
    @Order(100)
    WebServerFactoryCustomizer<ConfigurableTomcatWebServerFactory> greenRequestPoolCustomizer(RequestPool requests) {
        return factory -> factory.addProtocolHandlerCustomizers(requests::serve);
    }

    @Bean
    RequestPoolLifecycle greenRequestPoolLifecycle(RequestPool requests, Environment environment) {
        return new RequestPoolLifecycle(requests,
                !"immediate".equalsIgnoreCase(environment.getProperty("server.shutdown")));
    }
}
