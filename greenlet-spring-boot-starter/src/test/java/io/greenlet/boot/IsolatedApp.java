package io.greenlet.boot;

import io.greenlet.GreenThread;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// An application that [AbsentLibrariesTests] starts with a class path of its own.
public final class IsolatedApp implements Callable<String> {

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Config {

        @Bean
        Service service() {
            return new Service();
        }
    }

    static class Service {

        @GreenAsync
        public CompletableFuture<String> current() {
            return CompletableFuture.completedFuture(GreenThread.current().map(GreenThread::name).orElse("none"));
        }
    }

    @Override
    public String call() throws Exception {
        try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext(Config.class)) {
            String name = context.getBean(Service.class).current().get();
            return name.substring(0, name.indexOf('-')) + (context.containsBean("greenPoolMetrics") ? " meters" : "");
        }
    }
}
