package io.greenlet.sample.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.greenlet.sample.LoopbackServer;
import io.greenlet.sample.SampleApplication;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.test.web.reactive.server.WebTestClient;

@Timeout(60)
class ShutdownTests {

    @Test
    void endsChecksSubscribersAndPoolsAtOnce() throws IOException, InterruptedException {
        try (LoopbackServer server = new LoopbackServer()) {
            server.on("/", LoopbackServer.Exchange::hang);
            ConfigurableApplicationContext application = SpringApplication.run(SampleApplication.class,
                    "--server.port=0");
            ChecksClient checks = new ChecksClient(WebTestClient.bindToServer()
                    .baseUrl("http://127.0.0.1:" + application.getEnvironment().getProperty("local.server.port"))
                    .responseTimeout(Duration.ofSeconds(30)).build());
            String id = checks.start(Map.of("url", server.url("/"), "timeoutMillis", 60_000));
            CountDownLatch told = new CountDownLatch(1);
            checks.events(id).filter(event -> event.name().equals("done")).subscribe(_ -> told.countDown());
            await().until(() -> server.atOnce() == 1);

            long began = System.nanoTime();
            application.close();

            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
            told.await();
            await().until(() -> server.atOnce() == 0);
        }
    }
}
