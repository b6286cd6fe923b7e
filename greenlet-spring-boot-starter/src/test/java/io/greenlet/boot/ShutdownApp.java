package io.greenlet.boot;

import io.greenlet.GreenThread;
import io.greenlet.boot.async.GreenAsyncAutoConfiguration;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.TaskOptions;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/// An application that [ShutdownSignalTests] starts in a JVM of its own and sends a signal.
///
/// Its pool `work` runs 50 tasks at once. 20 requests run, and 20 more are in line with 180 tasks of the application; 30
/// of these run. The requests end when the shutdown has begun, the other tasks never.
public final class ShutdownApp {

    private ShutdownApp() {}

    /// Starts it, and says where when its pool is as full as it should be.
    ///
    /// @param args for Spring Boot
    static void main(String[] args) throws InterruptedException {
        SpringApplication application = new SpringApplication(App.class);
        application.setWebApplicationType(WebApplicationType.REACTIVE);
        var context = application.run(args);
        GreenPool work = context.getBean("work", GreenPool.class);
        endless(30, work);
        System.out.println("port " + context.getEnvironment().getProperty("local.server.port"));
        Eventually.holds(() -> work.running() == 50 && work.waiting() == 20);
        endless(180, work);
        System.out.println("full: running " + work.running() + ", waiting " + work.waiting());
    }

    private static void endless(int tasks, GreenPool work) {
        for (int n = 0; n < tasks; n++) {
            GreenThread<String> _ = work.submit(() -> {
                new CountDownLatch(1).await();
                return "never";
            }, TaskOptions.describedAs("endless"));
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @ImportAutoConfiguration({GreenPoolAutoConfiguration.class, GreenAsyncAutoConfiguration.class})
    static class App {

        @Bean
        Requests requests(@Qualifier("work") GreenPool work, Signal signal) {
            return new Requests(work, signal);
        }

        @Bean
        Signal signal() {
            return new Signal();
        }
    }

    /// Opens when the shutdown begins: its phase is the first.
    static final class Signal implements SmartLifecycle {

        private final CountDownLatch received = new CountDownLatch(1);
        private volatile boolean running;

        @Override
        public void start() {
            running = true;
        }

        @Override
        public void stop() {
            running = false;
            received.countDown();
        }

        @Override
        public boolean isRunning() {
            return running;
        }
    }

    @RestController
    static final class Requests {

        private final GreenPool work;
        private final Signal signal;
        private final AtomicInteger answered = new AtomicInteger();

        Requests(GreenPool work, Signal signal) {
            this.work = work;
            this.signal = signal;
        }

        @GetMapping("/request")
        CompletableFuture<String> request() {
            CompletableFuture<String> answer = new CompletableFuture<>();
            work.submit(() -> {
                signal.received.await();
                return "answer " + answered.incrementAndGet();
            }, TaskOptions.describedAs("request")).link(task -> answer.complete(task.resultNow())); // its slot is back
            return answer;
        }
    }
}
