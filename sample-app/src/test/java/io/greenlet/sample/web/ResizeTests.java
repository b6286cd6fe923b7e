package io.greenlet.sample.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.TestPropertySource;
import org.springframework.test.web.reactive.server.WebTestClient;
import tools.jackson.databind.JsonNode;

/// The pool's size, set through the actuator, decides how many visits run and so how long a check takes.
@WholeApplication
@TestPropertySource(properties = "checker.site-latency=10ms")
class ResizeTests {

    private static final Map<String, ?> A_PART = Map.of("maxPages", 300);

    private final ChecksClient checks;

    ResizeTests(@Autowired WebTestClient web) {
        checks = new ChecksClient(web);
    }

    @AfterEach
    void asBefore() {
        checks.cancelAll();
        checks.resize("crawler", 10);
    }

    @Test
    void inMidFlightItChangesAtOnce() {
        checks.resize("crawler", 2);
        List<JsonNode> before = new ArrayList<>();
        List<JsonNode> after = new ArrayList<>();
        String id = checks.start(A_PART);

        for (var event : checks.events(id).toIterable()) {
            JsonNode data = event.data();
            boolean resized = data.get("pool").get("size").asInt() == 25;
            (resized ? after : before).add(data.get("pool"));
            if (data.get("pagesDone").asInt() > 30 && after.isEmpty()) {
                JsonNode pool = checks.resize("crawler", 25);
                assertThat(pool.get("size").asInt()).isEqualTo(25);
                assertThat(pool.get("running").asInt()).isGreaterThan(2); // those in line have begun
            }
        }

        assertThat(before).isNotEmpty().allSatisfy(pool -> assertThat(pool.get("running").asInt()).isBetween(0, 2));
        assertThat(after).isNotEmpty().allSatisfy(pool -> assertThat(pool.get("running").asInt()).isBetween(0, 25));
        assertThat(checks.report(id).get("pages").asInt()).isEqualTo(300);
        assertThat(checks.report(id).get("peakRunning").asInt()).isBetween(3, 25);
    }

    @Test
    void aLargerPoolIsFaster() {
        checks.resize("crawler", 1);
        JsonNode slow = checks.reportAtEnd(checks.start(A_PART));
        checks.resize("crawler", 20);
        JsonNode fast = checks.reportAtEnd(checks.start(A_PART));

        assertThat(slow.get("peakRunning").asInt()).isEqualTo(1);
        assertThat(slow.get("millis").asLong()).isGreaterThan(300 * 10); // one wait after the other
        assertThat(fast.get("peakRunning").asInt()).isBetween(2, 20);
        assertThat(fast.get("millis").asLong()).isLessThan(slow.get("millis").asLong());
        assertThat(fast.get("brokenLinks")).isEqualTo(slow.get("brokenLinks"));
    }
}
