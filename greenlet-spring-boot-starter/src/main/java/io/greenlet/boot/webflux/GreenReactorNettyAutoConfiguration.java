package io.greenlet.boot.webflux;

import io.greenlet.boot.GreenPoolAutoConfiguration;
import io.greenlet.boot.GreenPools;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.webflux.autoconfigure.WebHttpHandlerBuilderCustomizer;
import org.springframework.context.annotation.Bean;
import reactor.netty.http.server.HttpServer;

/// Keeps connections of a Reactor Netty before 1.3.8 from going deaf when requests are answered in green threads: each
/// request is handled in a turn of its own of the event loop.
@AutoConfiguration(after = GreenPoolAutoConfiguration.class)
@ConditionalOnClass({HttpServer.class, WebHttpHandlerBuilderCustomizer.class})
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
@ConditionalOnBean(GreenPools.class)
public final class GreenReactorNettyAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean(name = "greenRequestTurns")
    WebHttpHandlerBuilderCustomizer greenRequestTurns() {
        boolean needed = RequestTurns.areNeeded(HttpServer.class.getPackage().getImplementationVersion());
        return builder -> {
            if (needed) {
                builder.httpHandlerDecorator(RequestTurns::new);
            }
        };
    }
}
