package io.greenlet.sample.web;

import io.greenlet.sample.crawl.FetchLimits;
import io.greenlet.sample.crawl.Fetcher;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// What the checks need.
@Configuration(proxyBeanMethods = false)
class CheckerConfiguration {

    @Bean
    Fetcher fetcher(CheckerProperties properties) {
        return new Fetcher(new FetchLimits(properties.connectTimeout(),
                Math.toIntExact(properties.maxPageSize().toBytes()), properties.maxRedirects()));
    }

    /// Says where to look.
    @Bean
    ApplicationListener<ApplicationReadyEvent> welcome() {
        return ready -> System.getLogger("io.greenlet.sample").log(System.Logger.Level.INFO,
                "Open http://localhost:{0}/ to check a site; the pool is at http://localhost:{0}/actuator/greenpools",
                ready.getApplicationContext().getEnvironment().getProperty("local.server.port"));
    }
}
