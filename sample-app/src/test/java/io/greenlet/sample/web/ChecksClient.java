package io.greenlet.sample.web;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.test.web.reactive.server.WebTestClient;
import reactor.core.publisher.Flux;
import tools.jackson.databind.JsonNode;

/// What a user of the HTTP interface does.
record ChecksClient(WebTestClient web) {

    private static final ParameterizedTypeReference<ServerSentEvent<JsonNode>> EVENT = new ParameterizedTypeReference<>() {};

    /// A server-sent event.
    record Event(String name, JsonNode data) {}

    /// Starts a check and returns its id.
    String start(Map<String, ?> fields) {
        return body(web.post().uri("/checks").contentType(MediaType.APPLICATION_JSON).bodyValue(fields)).get("id")
                .asString();
    }

    /// Returns the report at this moment.
    JsonNode report(String id) {
        return body(web.get().uri("/checks/{id}", id));
    }

    /// Returns the report once the check has ended.
    JsonNode reportAtEnd(String id) {
        events(id).blockLast(Duration.ofSeconds(100));
        return report(id);
    }

    Flux<Event> events(String id) {
        return web.get().uri("/checks/{id}/events", id).accept(MediaType.TEXT_EVENT_STREAM).exchange().expectStatus()
                .isOk().returnResult(EVENT).getResponseBody()
                .map(event -> new Event(requireNonNull(event.event()), requireNonNull(event.data())));
    }

    void cancel(String id) {
        web.delete().uri("/checks/{id}", id).exchange().expectStatus().isNoContent();
    }

    /// Cancels what the test has left, and waits for its end.
    void cancelAll() {
        for (JsonNode check : body(web.get().uri("/checks"))) {
            String id = check.get("id").asString();
            cancel(id);
            reportAtEnd(id);
        }
    }

    List<String> ids() {
        return body(web.get().uri("/checks")).valueStream().map(check -> check.get("id").asString()).toList();
    }

    JsonNode pool(String name) {
        return body(web.get().uri("/actuator/greenpools/{name}", name));
    }

    JsonNode resize(String pool, int size) {
        return configure(pool, Map.of("size", size));
    }

    /// Changes settings of a pool.
    JsonNode configure(String pool, Map<String, ?> settings) {
        return body(web.post().uri("/actuator/greenpools/{name}", pool).contentType(MediaType.APPLICATION_JSON)
                .bodyValue(settings));
    }

    JsonNode get(String uri, Object... values) {
        return body(web.get().uri(uri, values));
    }

    private static JsonNode body(WebTestClient.RequestHeadersSpec<?> request) {
        return requireNonNull(request.exchange().expectStatus().is2xxSuccessful().expectBody(JsonNode.class)
                .returnResult().getResponseBody());
    }
}
