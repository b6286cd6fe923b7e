package io.greenlet.sample.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.greenlet.pool.GreenPool;
import io.greenlet.sample.LoopbackServer;
import io.greenlet.sample.web.ChecksClient.Event;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.test.web.reactive.server.WebTestClient;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;
import tools.jackson.databind.JsonNode;

@WholeApplication
class ChecksTests {

    private final LoopbackServer server = new LoopbackServer();
    private final WebTestClient web;
    private final ChecksClient checks;
    private final GreenPool crawler;
    private final GreenPool coordinators;
    private final CheckRegistry registry;

    ChecksTests(@Autowired WebTestClient web, @Autowired @Qualifier("crawler") GreenPool crawler,
            @Autowired @Qualifier("checks") GreenPool coordinators, @Autowired CheckRegistry registry)
            throws IOException {
        this.web = web;
        this.checks = new ChecksClient(web);
        this.crawler = crawler;
        this.coordinators = coordinators;
        this.registry = registry;
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        checks.cancelAll();
        await().until(() -> crawler.running() == 0 && coordinators.running() == 0);
        await().until(() -> server.atOnce() == 0);
        server.close();
    }

    /// A check of a site whose only page never comes.
    private String startHanging() {
        server.on("/", LoopbackServer.Exchange::hang);
        return checks.start(Map.of("url", server.url("/"), "timeoutMillis", 60_000));
    }

    @Test
    void aStartedCheckSaysWhereToFindMore() {
        server.page("/", "");
        web.post().uri("/checks").contentType(MediaType.APPLICATION_JSON).bodyValue(Map.of("url", server.url("/")))
                .exchange().expectStatus().isAccepted().expectHeader().valueMatches("Location", "/checks/\\d+")
                .expectBody().jsonPath("$.id").isNotEmpty().jsonPath("$._links.self").value(self -> {
                    assertThat((String) self).matches("/checks/\\d+");
                }).jsonPath("$._links.events").value(events -> {
                    assertThat((String) events).matches("/checks/\\d+/events");
                });
    }

    @Test
    void theReportHasEverything() {
        server.links("/", "a.html", "gone.html").page("/a.html", "<a href=gone.html>gone</a>");

        JsonNode report = checks.reportAtEnd(checks.start(Map.of("url", server.url("/"), "maxPages", 10)));

        assertThat(report.get("status").asString()).isEqualTo("FINISHED");
        assertThat(report.get("url").asString()).isEqualTo(server.url("/").toString());
        assertThat(report.get("maxPages").asInt()).isEqualTo(10);
        assertThat(report.get("pages").asInt()).isEqualTo(2);
        assertThat(report.get("links").asInt()).isEqualTo(3);
        assertThat(report.get("broken").asInt()).isEqualTo(1);
        assertThat(report.get("references").asInt()).isEqualTo(2);
        assertThat(report.get("millis").asLong()).isNotNegative();
        assertThat(report.get("peakRunning").asInt()).isPositive();
        assertThat(report.get("peakWaiting").asInt()).isNotNegative();
        assertThat(report.get("slowestPages")).hasSize(3);
        JsonNode broken = report.get("brokenLinks").get(0);
        assertThat(broken.get("url").asString()).isEqualTo(server.url("/gone.html").toString());
        assertThat(broken.get("problem").asString()).isEqualTo("STATUS");
        assertThat(broken.get("detail").asString()).isEqualTo("status 404");
        assertThat(broken.get("foundOn").valueStream().map(JsonNode::asString)).containsExactly(
                server.url("/").toString(), server.url("/a.html").toString());
    }

    @Test
    void aStartThatCannotBeReachedIsAReportAndNoHang() throws IOException {
        server.close();

        JsonNode report = checks.reportAtEnd(checks.start(Map.of("url", server.url("/"))));

        assertThat(report.get("status").asString()).isEqualTo("FINISHED");
        assertThat(report.get("pages").asInt()).isZero();
        assertThat(report.get("brokenLinks").get(0).get("problem").asString()).isEqualTo("UNREACHABLE");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
            "{\"url\": \"nonsense\"}|url must be an absolute http or https URL: nonsense (no absolute http or https URL)",
            "{\"url\": \"ftp://h.test/\"}|url must be an absolute http or https URL: ftp://h.test/ (no absolute http or "
                    + "https URL)",
            "{\"url\": \"http://a b/\"}|url must be an absolute http or https URL: http://a b/ (Illegal character in "
                    + "authority)",
            "{\"url\": 7}|url must be an absolute http or https URL: 7 (no absolute http or https URL)",
            "{\"maxPages\": 0}|maxPages must be a whole number between 1 and 100000: 0",
            "{\"maxPages\": 100001}|maxPages must be a whole number between 1 and 100000: 100001",
            "{\"maxPages\": 99999999999}|maxPages must be a whole number between 1 and 100000: 99999999999",
            "{\"maxPages\": 1.5}|maxPages must be a whole number between 1 and 100000: 1.5",
            "{\"maxPages\": \"many\"}|maxPages must be a whole number between 1 and 100000: many",
            "{\"maxPages\": [1]}|maxPages must be a whole number between 1 and 100000: [1]",
            "{\"parallel\": 0}|parallel must be a whole number between 1 and 10000: 0",
            "{\"timeoutMillis\": 99}|timeoutMillis must be a whole number between 100 and 60000: 99",
            "{\"checkExternal\": \"yes\"}|checkExternal must be true or false: yes",
            "{\"maxPage\": 1}|field must be one of [url, maxPages, parallel, timeoutMillis, checkExternal]: maxPage"})
    void aBadFieldIsRefusedWithFieldRuleAndValue(String body, String message) {
        List<String> before = checks.ids();
        web.post().uri("/checks").contentType(MediaType.APPLICATION_JSON).bodyValue(body).exchange().expectStatus()
                .isBadRequest().expectBody().jsonPath("$.detail").isEqualTo(message).jsonPath("$.status")
                .isEqualTo(400);
        assertThat(checks.ids()).isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', value = {"{|no", "[]|no", "\"x\"|no"})
    void aBodyThatIsNoObjectIsRefused(String body) {
        web.post().uri("/checks").contentType(MediaType.APPLICATION_JSON).bodyValue(body).exchange().expectStatus()
                .isBadRequest().expectBody().jsonPath("$.detail").value(detail -> {
                    assertThat((String) detail).startsWith("the body must be a JSON object: ");
                });
    }

    @Test
    void anUnknownCheckIsNotFound() {
        for (WebTestClient.RequestHeadersSpec<?> request : List.of(web.get().uri("/checks/nope"),
                web.get().uri("/checks/nope/events"), web.delete().uri("/checks/nope"))) {
            request.exchange().expectStatus().isNotFound().expectBody().jsonPath("$.detail").isEqualTo(
                    "there is no check with the id nope; GET /checks lists those that are remembered");
        }
    }

    @Test
    void withoutABodyTheBundledSiteIsChecked() {
        web.post().uri("/checks").exchange().expectStatus().isAccepted();

        JsonNode report = checks.report(checks.ids().getFirst());

        assertThat(report.get("url").asString()).matches("http://127\\.0\\.0\\.1:\\d+/site/");
        assertThat(report.get("maxPages").asInt()).isEqualTo(2_000);
    }

    @Test
    void eventsTellTheProgressAndEndWithTheEnd() {
        server.links("/", "a.html", "gone.html").page("/a.html", "");
        String id = checks.start(Map.of("url", server.url("/")));

        List<Event> events = events(id);

        assertThat(events).extracting(Event::name).last().isEqualTo("done");
        assertThat(events.subList(0, events.size() - 1)).allSatisfy(event -> {
            assertThat(event.name()).isEqualTo("progress");
            assertThat(event.data().get("status").asString()).isIn("QUEUED", "RUNNING", "FINISHED");
        });
        JsonNode end = events.getLast().data();
        assertThat(end.get("status").asString()).isEqualTo("FINISHED");
        assertThat(end.get("pagesDone").asInt()).isEqualTo(3);
        assertThat(end.get("pagesKnown").asInt()).isEqualTo(3);
        assertThat(end.get("links").asInt()).isEqualTo(2);
        assertThat(end.get("broken").asInt()).isEqualTo(1);
        assertThat(end.get("pool").get("size").asInt()).isEqualTo(crawler.size());
        assertThat(end.get("pool").has("running")).isTrue();
        assertThat(end.get("pool").has("free")).isTrue();
        assertThat(end.get("pool").has("waiting")).isTrue();

        // A late subscriber sees the same.
        assertThat(events(id)).isEqualTo(events);
    }

    private List<Event> events(String id) {
        return Objects.requireNonNull(checks.events(id).collectList().block(Duration.ofSeconds(30)));
    }

    @Test
    void eventsComeWhileNothingHappens() {
        String id = startHanging();

        StepVerifier.create(checks.events(id).take(3)).expectNextCount(3).expectComplete()
                .verify(Duration.ofSeconds(20));
    }

    @Test
    void manySubscribersAllSeeTheEnd() {
        String id = startHanging();

        Flux<String> ends = Flux.merge(
                Stream.generate(() -> checks.events(id).last().map(Event::name)).limit(40)
                        .map(Flux::from).toList());

        StepVerifier.create(ends.collectList()).then(() -> checks.cancel(id))
                .assertNext(names -> assertThat(names).hasSize(40).containsOnly("done"))
                .expectComplete().verify(Duration.ofSeconds(30));
    }

    @Test
    void aSubscriberThatDoesNotReadHoldsNothing() {
        String id = startHanging();
        Check check = registry.find(id).orElseThrow();

        StepVerifier.create(check.events(), 0).then(check::cancel)
                .then(() -> await().until(() -> check.status() == CheckStatus.CANCELLED)).thenRequest(Long.MAX_VALUE)
                .thenConsumeWhile(event -> "progress".equals(event.event()))
                .assertNext(event -> assertThat(event.event()).isEqualTo("done")).expectComplete()
                .verify(Duration.ofSeconds(20));
    }

    @Test
    void cancellingKillsWhatIsInFlight() {
        server.links("/", IntStream.range(0, 30).mapToObj(i -> i + ".html").toArray(String[]::new));
        IntStream.range(0, 30).forEach(i -> server.on("/" + i + ".html", LoopbackServer.Exchange::hang));
        String id = checks.start(Map.of("url", server.url("/"), "timeoutMillis", 60_000));
        await().until(() -> server.atOnce() == crawler.size());

        checks.cancel(id);

        JsonNode report = checks.reportAtEnd(id);
        assertThat(report.get("status").asString()).isEqualTo("CANCELLED");
        assertThat(report.get("pages").asInt()).isEqualTo(1);
        await().until(() -> crawler.running() == 0 && crawler.waiting() == 0);
        await().until(() -> server.atOnce() == 0);
        checks.cancel(id); // once more does nothing
        assertThat(checks.report(id).get("status").asString()).isEqualTo("CANCELLED");
    }

    @Test
    void moreChecksThanThePoolTakesWaitAndThenAreRefused() {
        List<String> ids = Stream.generate(this::startHanging).limit(4).toList();
        await().until(() -> server.atOnce() == 2);
        assertThat(checks.report(ids.get(2)).get("status").asString()).isEqualTo("QUEUED");

        web.post().uri("/checks").contentType(MediaType.APPLICATION_JSON).bodyValue(Map.of("url", server.url("/")))
                .exchange().expectStatus().isEqualTo(HttpStatus.SERVICE_UNAVAILABLE).expectBody().jsonPath("$.detail")
                .value(detail -> {
                    assertThat((String) detail).contains("pool 'checks'").contains("size=2").contains("waiting=2");
                });

        checks.cancel(ids.get(3)); // before it began
        assertThat(checks.reportAtEnd(ids.get(3)).get("status").asString()).isEqualTo("CANCELLED");
        checks.cancel(ids.get(0)); // the next one takes its place
        await().until(() -> checks.report(ids.get(2)).get("status").asString().equals("RUNNING"));
    }

    @Test
    void onlyTheLastChecksAreRemembered() {
        String running = startHanging();
        await().until(() -> server.atOnce() == 1);
        server.page("/", "");
        List<String> ended = Stream.generate(() -> {
            String id = checks.start(Map.of("url", server.url("/")));
            checks.reportAtEnd(id);
            return id;
        }).limit(8).toList();

        assertThat(checks.ids()).containsExactly(ended.get(7), ended.get(6), ended.get(5), ended.get(4), running);
        web.get().uri("/checks/{id}", ended.getFirst()).exchange().expectStatus().isNotFound();
    }
}
