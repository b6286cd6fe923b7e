package io.greenlet.sample.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.greenlet.sample.LoopbackServer;
import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.TestPropertySource;
import org.springframework.test.web.reactive.server.WebTestClient;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.Disposable;
import tools.jackson.databind.JsonNode;

/// What the starter gives an application, as seen over HTTP.
@WholeApplication
@ExtendWith(OutputCaptureExtension.class)
@TestPropertySource(properties = "logging.level.io.greenlet.sample.crawl=debug")
class FeaturesTests {

    private final WebTestClient web;
    private final ChecksClient checks;
    private final CountDownLatch gate = new CountDownLatch(1);
    private final LoopbackServer server = new LoopbackServer();

    FeaturesTests(@Autowired WebTestClient web) throws IOException {
        this.web = web;
        checks = new ChecksClient(web);
    }

    @BeforeEach
    void aServerThatTakesItsTime() {
        server.links("/", "/a", "/b").page("/a", "a").page("/b", "b").on("/slow", exchange -> {
            gate.await();
            exchange.send("200 OK", "text/html", "<a href='/there'>there</a>".getBytes(UTF_8));
        });
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        gate.countDown();
        checks.cancelAll();
        server.close();
        await().until(() -> running("crawler") == 0 && running("requests") == 0);
    }

    private int running(String pool) {
        return checks.pool(pool).get("running").asInt();
    }

    private Disposable ask(String uri, int port) {
        return WebClient.create("http://127.0.0.1:" + port).get().uri(uri, server.url("/slow")).retrieve()
                .bodyToMono(String.class).onErrorComplete().subscribe();
    }

    @Test
    void aGreenThreadIsTheAnswerToARequest() {
        JsonNode look = checks.get("/pages?url={url}", server.url("/"));

        assertThat(look.get("url").asString()).isEqualTo(server.url("/").toString());
        assertThat(look.get("links").valueStream().map(link -> URI.create(link.asString())))
                .containsExactly(server.url("/a"), server.url("/b"));
        assertThat(look.get("problem").isNull()).isTrue();
    }

    @Test
    void aClientThatGoesAwayEndsItsGreenThread(@LocalServerPort int port) {
        Disposable client = ask("/pages?url={url}", port);
        await().until(() -> running("crawler") == 1);
        JsonNode task = checks.pool("crawler").get("tasks").get(0);
        assertThat(task.get("description").asString()).isEqualTo("Pages.look");

        client.dispose();

        await().until(() -> running("crawler") == 0);
        assertThat(gate.getCount()).isEqualTo(1);
    }

    @Test
    void codeThatBlocksRunsInAPool(@LocalServerPort int port) {
        Disposable client = ask("/pages/links?url={url}", port);
        await().until(() -> running("requests") == 1);

        gate.countDown();

        await().until(client::isDisposed);
        assertThat(checks.get("/pages/links?url={url}", server.url("/slow")).get(0).asString())
                .isEqualTo(server.url("/there").toString());
    }

    @Test
    void aFullPoolAnswersThatItIsFull() {
        checks.configure("requests", Map.of("size", 0, "queueCapacity", 0));
        try {
            web.get().uri("/pages/links?url={url}", server.url("/")).exchange().expectStatus().isEqualTo(503)
                    .expectHeader().valueEquals("Retry-After", "1");
        } finally {
            checks.configure("requests", Map.of("size", 50, "queueCapacity", 1_000));
        }
    }

    @Test
    void aBadUrlIsRefused() {
        web.get().uri("/pages?url={url}", "nowhere").exchange().expectStatus().isBadRequest().expectBody()
                .jsonPath("$.detail").value(String.class, detail -> assertThat(detail).startsWith("url must be"));
    }

    @Test
    void theLogSaysWhichCheckAVisitBelongsTo(CapturedOutput output) {
        String id = checks.start(Map.of("url", server.url("/")));
        checks.reportAtEnd(id);

        assertThat(output.toString().lines().filter(line -> line.contains(server.url("/a") + ": a page")))
                .singleElement().asString().contains("[check " + id + "]");
    }

    @Test
    void tasksAreObserved() {
        checks.reportAtEnd(checks.start(Map.of("url", server.url("/"))));

        JsonNode metric = checks.get("/actuator/metrics/greenlet.task.run?tag=pool:crawler");
        assertThat(metric.get("measurements").get(0).get("value").asDouble()).isGreaterThanOrEqualTo(3);
    }

    @Test
    void theHealthTellsOfThePools() {
        JsonNode pools = checks.get("/actuator/health").get("components").get("greenPools");

        assertThat(pools.get("status").asString()).isEqualTo("UP");
    }

    @Test
    void theHubIsShown() {
        JsonNode hub = checks.get("/actuator/greenhub").get("hubs").get("parallel");

        assertThat(hub.get("pools").valueStream().map(JsonNode::asString)).contains("crawler", "checks", "requests");
    }

    @Test
    void settingsChangeWhileItRuns() {
        JsonNode pool = checks.configure("crawler", Map.of("whenFull", "reject", "maxWait", "none"));
        assertThat(pool.get("whenFull").asString()).isEqualTo("reject");
        assertThat(pool.get("maxWait").isNull()).isTrue();

        pool = checks.configure("crawler", Map.of("whenFull", "block", "maxWait", "30s"));
        assertThat(pool.get("maxWait").asString()).isEqualTo("PT30S");
    }
}
