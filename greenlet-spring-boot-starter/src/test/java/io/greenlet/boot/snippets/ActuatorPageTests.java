package io.greenlet.boot.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.GreenThread;
import io.greenlet.boot.Eventually;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.TaskOptions;
import io.greenlet.pool.WaitingSnapshot;
import io.greenlet.sync.GreenEvent;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// docs/actuator.md: each request of the page is made, and what the page answers has the fields that really come, in
/// their order, with values of their kinds.
@Timeout(60)
class ActuatorPageTests {

    private static final Path PAGE = Path.of("..", "docs", "actuator.md");
    private static final Pattern EXAMPLE = Pattern.compile(
            "^### `(GET|POST) (\\S+)`(?: with `([^`]+)`)?$.*?^```json\\n(.*?)^```$",
            Pattern.MULTILINE | Pattern.DOTALL);

    private static final JsonMapper JSON = JsonMapper.shared();

    private static GreenEvent<Integer> end;
    private static ConfigurableApplicationContext context;
    private static HttpClient client;
    private static URI base;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class App {}

    private record Example(String method, String path, @Nullable String body, String answer) {

        @Override
        public String toString() {
            return method + ' ' + path + (body == null ? "" : " with " + body);
        }
    }

    @BeforeAll
    static void start() {
        end = new GreenEvent<>();
        SpringApplication application = new SpringApplication(App.class);
        application.setWebApplicationType(WebApplicationType.REACTIVE);
        context = application.run("--server.port=0", "--spring.main.banner-mode=off", "--greenlet.pools.crawler.size=1",
                "--greenlet.pools.crawler.max-wait=1m", "--greenlet.pools.crawler.task-timeout=10m",
                "--greenlet.hubs.io.mode=cooperative", "--greenlet.pools.reader.hub=io",
                "--management.endpoints.web.exposure.include=health,greenpools,greenhub");
        base = URI.create("http://localhost:" + context.getEnvironment().getProperty("local.server.port"));
        client = HttpClient.newHttpClient();
    }

    @AfterAll
    static void stop() {
        end.send(1);
        client.close();
        context.close();
    }

    /// One task runs in the pool `crawler`, a caller waits with another, and one waits on the hub `io`.
    private static void occupy() throws InterruptedException {
        GreenPool crawler = context.getBean("crawler", GreenPool.class);
        crawler.resize(1);
        Thread caller = Thread.ofVirtual().unstarted(() -> spawnTwo(crawler));
        caller.start();
        awaits(() -> crawler.running() == 1 && crawler.waiters().stream().map(WaitingSnapshot::stack)
                .anyMatch(stack -> !stack.isEmpty())
                && crawler.tasks().stream().anyMatch(task -> !task.stack().isEmpty()));
        GreenPool reader = context.getBean("reader", GreenPool.class);
        GreenThread<Integer> waiting = reader.submit(() -> end.await());
        awaits(() -> reader.hub().greenThreads().stream()
                .anyMatch(thread -> thread.id() == waiting.id() && thread.blocker() != null));
    }

    private static void awaits(BooleanSupplier state) throws InterruptedException {
        Eventually.holds(state);
    }

    private static void spawnTwo(GreenPool crawler) {
        try {
            GreenThread<Integer> _ = crawler.spawn(() -> end.await(), TaskOptions.describedAs("fetch /index"));
            GreenThread<Integer> _ = crawler.spawn(() -> end.await(), TaskOptions.describedAs("fetch /about"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void everyRequestIsAnsweredAsThePageSays() throws Exception {
        List<Example> examples = EXAMPLE.matcher(Files.readString(PAGE)).results()
                .map(found -> new Example(found.group(1), found.group(2), found.group(3), found.group(4))).toList();
        assertThat(examples).hasSize(6);
        occupy();
        for (Example example : examples) {
            JsonNode told = JSON.readTree(example.answer());
            HttpResponse<String> response = send(example);
            int status = told.path("status").asInt(200);
            assertThat(response.statusCode()).as("%s: %s", example, response.body()).isEqualTo(status);
            assertSameShape(example.toString(), told, JSON.readTree(response.body()));
            if (status != 200) {
                assertThat(response.body()).contains(told.get("message").asString());
            }
        }
    }

    private static HttpResponse<String> send(Example example) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(example.path()));
        if (example.body() != null) {
            request.header("Content-Type", "application/json").POST(BodyPublishers.ofString(example.body()));
        }
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private static void assertSameShape(String where, JsonNode told, JsonNode real) {
        if (told.isNull() || real.isNull()) {
            assertThat(told.isContainer() || real.isContainer()).as(where).isFalse(); // any value may be missing
            return;
        }
        assertThat(real.getNodeType()).as(where).isEqualTo(told.getNodeType());
        if (told.isObject()) {
            if (where.endsWith("/hubs") || where.endsWith("/pools")) {
                assertThat(real.propertyNames()).as(where).containsExactlyInAnyOrderElementsOf(told.propertyNames());
            } else {
                assertThat(real.propertyNames()).as(where).containsExactlyElementsOf(told.propertyNames());
            }
            for (Map.Entry<String, JsonNode> field : told.properties()) {
                assertSameShape(where + '/' + field.getKey(), field.getValue(), real.get(field.getKey()));
            }
        } else if (told.isArray() && !told.isEmpty()) {
            assertThat(real.isEmpty()).as(where).isFalse();
            assertSameShape(where + "[0]", told.get(0), real.get(0));
        }
    }
}
