package io.greenlet.boot.actuate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.greenlet.GreenThread;
import io.greenlet.boot.Eventually;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolListener;
import io.greenlet.pool.PoolOptions;
import io.greenlet.pool.TaskOptions;
import io.greenlet.pool.WhenFull;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.management.MBeanOperationInfo;
import javax.management.MBeanParameterInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.test.json.JsonAssert;
import org.springframework.test.json.JsonComparator;
import org.springframework.test.json.JsonCompareMode;

/// The endpoint over HTTP, with all of Spring Boot's auto-configuration.
@Timeout(60)
class GreenPoolsHttpTests {

    private static final JsonComparator STRICT = JsonAssert.comparator(JsonCompareMode.STRICT);

    private static final String NOTHING_GIVEN = "size, whenFull, maxWait, queueCapacity or taskTimeout must be given, as in "
            + "{\\\"size\\\": 50}";

    private static ConfigurableApplicationContext context;
    private static HttpClient client;
    private static GreenPool crawler;
    private static URI base;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class App {

        @Bean
        GreenPool mine() {
            return new GreenPool(7);
        }
    }

    @BeforeAll
    static void start() {
        SpringApplication application = new SpringApplication(App.class);
        application.setWebApplicationType(WebApplicationType.REACTIVE);
        context = application.run("--server.port=0", "--greenlet.pools.crawler.size=200",
                "--greenlet.pools.crawler.task-timeout=1m", "--management.endpoints.web.exposure.include=*",
                "--greenlet.shutdown-grace=0", "--spring.main.banner-mode=off", "--spring.jmx.enabled=true",
                "--management.endpoints.jmx.domain=greenlet.http.test",
                "--management.endpoints.jmx.exposure.include=greenpools");
        crawler = context.getBean("crawler", GreenPool.class);
        base = URI
                .create("http://localhost:" + context.getEnvironment().getProperty("local.server.port") + "/actuator/");
        client = HttpClient.newHttpClient();
    }

    @AfterAll
    static void stop() {
        client.close();
        context.close();
    }

    @AfterEach
    void sizeIsAsBefore() {
        crawler.resize(200);
    }

    private static HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(HttpRequest.newBuilder(base.resolve(path)).build(), BodyHandlers.ofString());
    }

    private static HttpResponse<String> post(String path, String json) throws IOException, InterruptedException {
        return client.send(HttpRequest.newBuilder(base.resolve(path)).header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(json)).build(), BodyHandlers.ofString());
    }

    private static void assertJson(HttpResponse<String> response, int status, String expected) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        STRICT.assertIsMatch(expected, response.body());
    }

    @Nested
    class TheList {

        @Test
        void showsEveryPool() throws Exception {
            CountDownLatch gate = new CountDownLatch(1);
            GreenThread<String> task = crawler.spawn(() -> {
                gate.await();
                return "done";
            });
            HttpResponse<String> response = get("greenpools");
            gate.countDown();
            task.await();
            String idle = """
                    "free":%1$d,"running":0,"waiting":0,"queued":0,"oldestWait":"PT0S","spawned":0,"completed":0,
                    "failed":0,"killed":0,"timedOut":0,"rejected":0,"closed":false""";
            long before = crawler.snapshot().completed() - 1;
            assertJson(response, 200, """
                    {"pools":{
                      "mine":{"size":7,%s},
                      "crawler":{"size":200,"free":199,"running":1,"waiting":0,"queued":0,"oldestWait":"PT0S",
                        "spawned":%d,"completed":%d,"failed":0,"killed":0,"timedOut":0,"rejected":0,"closed":false},
                      "default":{"size":1000,%s}}}""".formatted(idle.formatted(7), before + 1, before,
                    idle.formatted(1000)));
        }

        @Test
        void namesTheSizeFirst() throws Exception {
            assertThat(get("greenpools").body())
                    .startsWith("{\"pools\":{\"mine\":{\"size\":7,\"free\":7,\"running\":0,\"waiting\":0,");
        }
    }

    @Nested
    class OnePool {

        @Test
        void isShownInDetail() throws Exception {
            assertJson(get("greenpools/mine"), 200, """
                    {"name":"mine","size":7,"free":7,"running":0,"waiting":0,"queued":0,"oldestWait":"PT0S","spawned":0,
                     "completed":0,"failed":0,"killed":0,"timedOut":0,"rejected":0,"closed":false,"hub":"parallel",
                     "whenFull":"block","maxWait":null,"queueCapacity":2147483647,"taskTimeout":null,"tasks":[],
                     "waiters":[]}""");
        }

        @Test
        void showsItsTasksWithTheirStacks() throws Exception {
            CountDownLatch gate = new CountDownLatch(1);
            GreenThread<String> task = crawler.spawn(() -> {
                gate.await();
                return "done";
            }, TaskOptions.describedAs("fetch /"));
            Eventually.holds(() -> crawler.tasks().stream().flatMap(running -> running.stack().stream())
                    .anyMatch(frame -> frame.getMethodName().equals("await")));
            String body = get("greenpools/crawler").body();
            gate.countDown();
            task.await();
            assertThat(body).contains(
                    "\"tasks\":[{\"id\":" + task.id() + ",\"name\":\"" + task.name() + "\",\"age\":\"PT0",
                    "\"stack\":[\"java.base/", "java.util.concurrent.CountDownLatch.await(CountDownLatch.java:",
                    "\"description\":\"fetch /\",\"spawnedAt\":null,", "\"threadId\":", "\"taskTimeout\":\"PT1M\"");
        }

        @Test
        void showsHowLongTheFirstInLineHasWaited() throws Exception {
            crawler.resize(0);
            GreenThread<String> task = crawler.submit(() -> "done");
            Eventually.holds(() -> crawler.snapshot().oldestWait().toMillis() > 0);
            String body = get("greenpools/crawler").body();
            crawler.resize(1);
            task.await();
            assertThat(body).contains("\"waiting\":1,\"queued\":1,\"oldestWait\":\"PT0.0");
        }

        @Test
        void showsWhoWaitsAndWithWhichCaller() throws Exception {
            crawler.resize(0);
            GreenThread<String> queued = crawler.submit(() -> "done", TaskOptions.describedAs("fetch /a"));
            Thread caller = Thread.ofPlatform().name("a caller").start(() -> {
                try {
                    crawler.spawnN(() -> {
                    });
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            Eventually.holds(() -> crawler.waiters().size() == 2 && !crawler.waiters().getLast().stack().isEmpty());
            String body = get("greenpools/crawler").body();
            crawler.resize(2);
            queued.await();
            caller.join();
            assertThat(body).contains("\"waiting\":2,\"queued\":1",
                    "\"waiters\":[{\"id\":" + queued.id() + ",\"name\":\"" + queued.name() + "\",\"age\":\"PT0",
                    "\"description\":\"fetch /a\",\"spawnedAt\":null,\"callerId\":0,\"caller\":null,\"stack\":[]},",
                    "\"callerId\":" + caller.threadId() + ",\"caller\":\"a caller\",\"stack\":[\"java.base/",
                    "io.greenlet.pool.GreenPool.spawnN(GreenPool.java:");
        }

        @Test
        void showsTheFirstHundredInLineOfMore() throws Exception {
            crawler.resize(0);
            List<GreenThread<Integer>> tasks = IntStream.range(0, 120).mapToObj(n -> crawler.submit(() -> n)).toList();
            String body = get("greenpools/crawler").body();
            crawler.resize(200);
            for (GreenThread<Integer> task : tasks) {
                assertThat(task.await()).isNotNegative();
            }
            assertThat(body).contains("\"waiting\":120");
            assertThat(body.split("\"callerId\"", -1)).hasSize(101);
        }

        @Test
        void ofAnUnknownNameIsNotFound() throws Exception {
            assertThat(get("greenpools/nope").statusCode()).isEqualTo(404);
        }
    }

    @Nested
    class Resizing {

        @Test
        void answersTheNewState() throws Exception {
            HttpResponse<String> response = post("greenpools/crawler", "{\"size\":50}");
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.body()).startsWith("{\"name\":\"crawler\",\"size\":50,\"free\":50,\"running\":0,");
            assertThat(crawler.size()).isEqualTo(50);
        }

        @Test
        void letsThoseInLineBegin() throws Exception {
            crawler.resize(0);
            Stream<GreenThread<String>> waiting = Stream.of(1, 2, 3).map(n -> crawler.submit(() -> "done " + n))
                    .toList()
                    .stream();
            assertThat(post("greenpools/crawler", "{\"size\":3}").statusCode()).isEqualTo(200);
            for (GreenThread<String> task : waiting.toList()) {
                assertThat(task.await()).startsWith("done");
            }
        }

        @Test
        void aPoolOfTheUsersWorksToo() throws Exception {
            GreenPool mine = context.getBean("mine", GreenPool.class);
            assertThat(post("greenpools/mine", "{\"size\":\"8\"}").statusCode()).isEqualTo(200);
            assertThat(mine.size()).isEqualTo(8);
            mine.resize(7);
        }

        @Test
        void toZeroIsLegal() throws Exception {
            assertThat(post("greenpools/crawler", "{\"size\":0}").statusCode()).isEqualTo(200);
            assertThat(crawler.size()).isZero();
        }

        private void isRefused(String json, String message) throws Exception {
            assertJson(post("greenpools/crawler", json), 400, """
                    {"status":400,"message":"%s"}""".formatted(message));
            assertThat(crawler.size()).isEqualTo(200);
        }

        @Test
        void toANegativeSizeIsRefused() throws Exception {
            isRefused("{\"size\":-1}", "size must not be negative: -1");
        }

        @Test
        void toTextIsRefused() throws Exception {
            isRefused("{\"size\":\"abc\"}", "size must be a whole number: abc");
        }

        @Test
        void toAFractionIsRefused() throws Exception {
            isRefused("{\"size\":1.5}", "size must be a whole number: 1.5");
        }

        @Test
        void toMoreThanThereAreNumbersIsRefused() throws Exception {
            isRefused("{\"size\":99999999999}", "size must be a whole number: 99999999999");
        }

        @Test
        void toNothingIsRefused() throws Exception {
            isRefused("{\"size\":\"\"}", "size must be a whole number: ");
        }

        @Test
        void withoutASizeIsRefused() throws Exception {
            isRefused("{}", NOTHING_GIVEN);
        }

        @Test
        void withoutABodyIsRefused() throws Exception {
            isRefused("", NOTHING_GIVEN);
        }

        private static final String KNOWN = "known fields: size, whenFull, maxWait, queueCapacity, taskTimeout";

        @Test
        void withAFieldThatIsUnknownIsRefused() throws Exception {
            isRefused("{\"sise\":5}", "no field 'sise', " + KNOWN);
        }

        @Test
        void withAnUnknownFieldBesideAKnownOneChangesNothing() throws Exception {
            PoolOptions before = crawler.options();
            isRefused("{\"size\":5,\"maxwait\":\"2s\",\"when-full\":\"queue\"}",
                    "no fields 'maxwait', 'when-full', " + KNOWN);
            assertThat(crawler.options()).isEqualTo(before);
        }

        @Test
        void toSomethingElseThanANumberIsABadRequest() throws Exception {
            assertThat(post("greenpools/crawler", "{\"size\":{\"a\":1}}").statusCode()).isEqualTo(400);
            assertThat(post("greenpools/crawler", "{\"size\":").statusCode()).isEqualTo(400);
            assertThat(crawler.size()).isEqualTo(200);
        }

        @Test
        void anUnknownPoolIsNotFound() throws Exception {
            assertJson(post("greenpools/nope", "{\"size\":50}"), 404, """
                    {"status":404,"message":"no green pool 'nope', known pools: mine, crawler, default"}""");
        }
    }

    @Nested
    @ExtendWith(OutputCaptureExtension.class)
    class Reconfiguring {

        private static final String ALL = """
                {"size":3,"whenFull":"queue","maxWait":"500ms","queueCapacity":7,"taskTimeout":"PT2S"}""";

        private static void changesTo(String json, PoolOptions after) throws Exception {
            HttpResponse<String> response = post("greenpools/crawler", json);
            assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
            assertThat(crawler.options()).isEqualTo(after);
        }

        @AfterEach
        void settingsAreAsBefore() {
            crawler.reconfigure(now -> now.withWhenFull(WhenFull.BLOCK).withMaxWait(null)
                    .withQueueCapacity(Integer.MAX_VALUE).withTaskTimeout(Duration.ofMinutes(1)));
        }

        @Test
        void changesEverySettingAtOnceAndAnswersTheNewState(CapturedOutput output) throws Exception {
            List<PoolOptions> told = new CopyOnWriteArrayList<>();
            PoolListener listener = new PoolListener() {
                @Override
                public void reconfigured(GreenPool pool, PoolOptions before, PoolOptions after) {
                    told.add(after);
                }
            };
            crawler.addListener(listener);
            HttpResponse<String> response = post("greenpools/crawler", ALL);
            crawler.removeListener(listener);
            assertThat(response.body()).contains("\"size\":3", "\"whenFull\":\"queue\"", "\"maxWait\":\"PT0.5S\"",
                    "\"queueCapacity\":7", "\"taskTimeout\":\"PT2S\"");
            assertThat(told).hasSize(1).containsExactly(crawler.options());
            assertThat(output)
                    .contains("green pool 'crawler' is changed by the actuator: size from 200 to 3, when-full "
                            + "from block to queue, max-wait from no limit to PT0.5S, queue-capacity from no limit to 7, "
                            + "task-timeout from PT1M to PT2S");
        }

        @Test
        void changesOneAndLeavesTheRest(CapturedOutput output) throws Exception {
            PoolOptions before = crawler.options();
            changesTo("{\"maxWait\":250}", before.withMaxWait(Duration.ofMillis(250)));
            assertThat(output).contains("is changed by the actuator: max-wait from no limit to PT0.25S\n");
        }

        @Test
        void takesLimitsAway() throws Exception {
            PoolOptions before = crawler.options();
            post("greenpools/crawler", ALL);
            changesTo("{\"maxWait\":\"none\",\"queueCapacity\":\"\",\"taskTimeout\":\"none\"}",
                    before.withSize(3).withWhenFull(WhenFull.QUEUE).withTaskTimeout(null));
        }

        @Test
        void aChangeToWhatHoldsAlreadyIsNotLogged(CapturedOutput output) throws Exception {
            changesTo("{\"whenFull\":\"block\",\"taskTimeout\":\"1m\"}", crawler.options());
            assertThat(output).doesNotContain("is changed by");
        }

        @Test
        void oneBadValueAndNothingIsChanged() throws Exception {
            PoolOptions before = crawler.options();
            for (String bad : List.of("\"whenFull\":\"explode\"", "\"maxWait\":\"soon\"", "\"maxWait\":\"-1s\"",
                    "\"queueCapacity\":-1", "\"taskTimeout\":\"0s\"")) {
                HttpResponse<String> response = post("greenpools/crawler", "{\"size\":3," + bad + "}");
                String field = bad.substring(1, bad.indexOf('"', 1));
                assertThat(response.statusCode()).as(bad).isEqualTo(400);
                assertThat(response.body()).contains("\"status\":400", "\"message\":\"" + field + " must ");
                assertThat(crawler.options()).isEqualTo(before);
            }
        }

        @Test
        void noTaskIsLost() throws Exception {
            post("greenpools/crawler", "{\"size\":0,\"whenFull\":\"queue\"}");
            List<GreenThread<Integer>> tasks = IntStream.range(0, 100).mapToObj(n -> crawler.submit(() -> n)).toList();
            post("greenpools/crawler", "{\"size\":5,\"whenFull\":\"reject\",\"queueCapacity\":0}");
            for (int n = 0; n < 100; n++) {
                assertThat(tasks.get(n).await()).isEqualTo(n);
            }
        }
    }

    @Nested
    class OverJmx {

        private static Object invoke(String operation, @Nullable Object... arguments) throws Exception {
            MBeanServer server = ManagementFactory.getPlatformMBeanServer();
            ObjectName name = new ObjectName("greenlet.http.test:type=Endpoint,name=Greenpools");
            MBeanOperationInfo info = Arrays.stream(server.getMBeanInfo(name).getOperations())
                    .filter(each -> each.getName().equals(operation)
                            && each.getSignature().length == arguments.length)
                    .findFirst().orElseThrow();
            return server.invoke(name, operation, arguments, Arrays.stream(info.getSignature())
                    .map(MBeanParameterInfo::getType).toArray(String[]::new));
        }

        @Test
        void itChangesSettingsToo() throws Exception {
            assertThat(invoke("reconfigure", "crawler", "9", null, "2s", null, null).toString())
                    .contains("size=9", "maxWait=PT2S");
            assertThat(crawler.size()).isEqualTo(9);
            invoke("reconfigure", "crawler", null, null, "none", null, null);
            assertThat(crawler.options().maxWait()).isNull();
        }

        @Test
        void itRefusesBadValuesWithTheReason() {
            assertThatThrownBy(() -> invoke("reconfigure", "crawler", "9", "explode", null, null, null))
                    .rootCause()
                    .hasMessageContaining("whenFull must be one of block, queue, reject, caller-runs: explode");
            assertThat(crawler.size()).isEqualTo(200);
        }
    }

    @Nested
    class Meters {

        @Test
        void areThere() throws Exception {
            HttpResponse<String> response = get("metrics/greenlet.pool.size?tag=pool:crawler");
            assertJson(response, 200, """
                    {"name":"greenlet.pool.size","description":"Slots of the green pool","baseUnit":"slots",
                     "measurements":[{"statistic":"VALUE","value":200.0}],"availableTags":[]}""");
        }
    }
}
