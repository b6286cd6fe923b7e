package io.greenlet.sample.web;

import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.http.MediaType;
import org.springframework.test.web.reactive.server.WebTestClient;

/// What the one who runs it sees and changes through the actuator.
@WholeApplication
class OperationsTests {

    private static final String CRAWLER = "/actuator/greenpools/crawler";

    private final WebTestClient web;

    OperationsTests(@Autowired WebTestClient web) {
        this.web = web;
    }

    private WebTestClient.ResponseSpec change(Map<String, ?> settings) {
        return web.post().uri(CRAWLER).contentType(MediaType.APPLICATION_JSON).bodyValue(settings).exchange();
    }

    @AfterEach
    void asBefore() {
        change(Map.of("size", 10, "whenFull", "block", "maxWait", "30s", "taskTimeout", "90s")).expectStatus().isOk();
    }

    @Test
    void everySettingOfAPoolChangesAtOnce() {
        change(Map.of("size", 12, "whenFull", "queue", "maxWait", "none", "queueCapacity", 50, "taskTimeout", "PT1M"))
                .expectStatus().isOk().expectBody().jsonPath("$.size").isEqualTo(12).jsonPath("$.whenFull")
                .isEqualTo("queue").jsonPath("$.maxWait").isEmpty().jsonPath("$.queueCapacity").isEqualTo(50)
                .jsonPath("$.taskTimeout").isEqualTo("PT1M");
        change(Map.of("queueCapacity", "none")).expectStatus().isOk().expectBody().jsonPath("$.queueCapacity")
                .isEqualTo(Integer.MAX_VALUE).jsonPath("$.size").isEqualTo(12);
    }

    @Test
    void oneBadSettingAndNothingChanges() {
        change(Map.of("size", 12, "taskTimeout", "0s")).expectStatus().isBadRequest().expectBody().jsonPath("$.message")
                .isEqualTo("taskTimeout must be positive: PT0S");
        web.get().uri(CRAWLER).exchange().expectBody().jsonPath("$.size").isEqualTo(10).jsonPath("$.taskTimeout")
                .isEqualTo("PT1M30S");
    }

    @Test
    void theHubSaysWhichPoolsUseIt() {
        web.get().uri("/actuator/greenhub").exchange().expectStatus().isOk().expectBody()
                .jsonPath("$.hubs.parallel.kind").isEqualTo("parallel").jsonPath("$.hubs.parallel.greensJdkBlocking")
                .isEqualTo(true).jsonPath("$.hubs.parallel.pools[0]").isEqualTo("crawler");
        web.get().uri("/actuator/greenhub/parallel").exchange().expectStatus().isOk().expectBody().jsonPath("$.threads")
                .isArray();
        web.get().uri("/actuator/greenhub/nope").exchange().expectStatus().isNotFound();
    }
}
