package io.greenlet.boot.webmvc;

import static io.greenlet.boot.FailureAnalyses.assertThatAnalysis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.greenlet.GreenThread;
import io.greenlet.boot.Eventually;
import io.greenlet.boot.GreenAsync;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.RejectedSubmission;
import io.greenlet.pool.TaskSnapshot;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/// MVC on Tomcat over HTTP: an application whose requests and controllers use the pools in every way.
@Timeout(60)
class GreenWebMvcTests {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static ConfigurableApplicationContext context;
    private static HttpClient client;
    private static GreenPool requests;
    private static GreenPool web;
    private static GreenPool api;
    private static Gates gates;
    private static URI base;

    /// What the controllers wait for.
    static final class Gates {

        private volatile CountDownLatch gate = new CountDownLatch(0);
        private final AtomicReference<@Nullable String> interrupted = new AtomicReference<>();

        String pass() {
            try {
                gate.await();
                return current();
            } catch (InterruptedException e) {
                interrupted.set(current());
                throw new IllegalStateException(e);
            }
        }
    }

    private static String current() {
        return GreenThread.current().map(GreenThread::name).orElse("none");
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class App {

        @Bean
        Gates gates() {
            return new Gates();
        }

        @Bean
        Controller controller(@Qualifier("api") GreenPool api, Gates gates) {
            return new Controller(api, gates);
        }

        @Bean
        Async async(Gates gates) {
            return new Async(gates);
        }
    }

    @RestController
    static class Controller {

        private final GreenPool api;
        private final Gates gates;

        Controller(GreenPool api, Gates gates) {
            this.api = api;
            this.gates = gates;
        }

        @GetMapping("/plain")
        String plain() {
            return gates.pass();
        }

        @GetMapping("/callable")
        Callable<String> callable() {
            return gates::pass;
        }

        @GetMapping("/thread")
        GreenThread<String> thread() {
            return api.submit(gates::pass);
        }

        @GetMapping("/thread/failing")
        GreenThread<String> failing() {
            return api.submit(() -> {
                throw new ResponseStatusException(HttpStatus.NOT_IMPLEMENTED);
            });
        }

        @GetMapping("/thread/entity")
        GreenThread<ResponseEntity<String>> entity() {
            return api.submit(() -> ResponseEntity.status(201).header("X-Ran-In", current()).body("made"));
        }

        @GetMapping("/thread/none")
        GreenThread<String> none() {
            return api.submit(() -> null);
        }

        @GetMapping("/rejected")
        String rejected() {
            throw new RejectedSubmission("pool 'x': no slot");
        }

        @GetMapping("/handled")
        String handled() {
            throw new IllegalArgumentException(new RejectedSubmission("pool 'x': no slot"));
        }

        @ExceptionHandler
        ResponseEntity<String> handle(IllegalArgumentException e) {
            return ResponseEntity.status(409).body("handled");
        }
    }

    @RestController
    static class Async {

        private final Gates gates;

        Async(Gates gates) {
            this.gates = gates;
        }

        @GetMapping("/async")
        @GreenAsync("api")
        public GreenThread<String> async() {
            return GreenThread.completed(gates.pass());
        }
    }

    private static ConfigurableApplicationContext run(String... more) {
        SpringApplication application = new SpringApplication(App.class);
        application.setWebApplicationType(WebApplicationType.SERVLET);
        List<String> arguments = new ArrayList<>(List.of("--server.port=0", "--server.address=127.0.0.1",
                "--greenlet.pools.api.size=2", "--greenlet.pools.web.size=1", "--greenlet.pools.requests.size=4",
                "--greenlet.shutdown-grace=0", "--spring.main.banner-mode=off"));
        arguments.addAll(List.of(more));
        return application.run(arguments.toArray(String[]::new));
    }

    private static URI address(ConfigurableApplicationContext of) {
        return URI.create("http://127.0.0.1:" + of.getEnvironment().getRequiredProperty("local.server.port"));
    }

    @BeforeAll
    static void start() {
        context = run("--greenlet.web.blocking-pool=web", "--greenlet.web.request-pool=requests",
                "--greenlet.pools.web.max-wait=1ms", "--spring.threads.virtual.enabled=true");
        requests = context.getBean("requests", GreenPool.class);
        web = context.getBean("web", GreenPool.class);
        api = context.getBean("api", GreenPool.class);
        gates = context.getBean(Gates.class);
        base = address(context);
        client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    }

    @AfterAll
    static void stop() {
        client.close();
        context.close();
    }

    @BeforeEach
    void open() {
        gates.gate = new CountDownLatch(0);
        gates.interrupted.set(null);
    }

    @AfterEach
    void everySlotIsBack() throws InterruptedException {
        gates.gate.countDown();
        requests.resize(4);
        for (GreenPool pool : List.of(requests, web, api)) {
            assertThat(pool.waitAll(PATIENCE)).isTrue();
            assertThat(pool.free()).isEqualTo(pool.size());
        }
    }

    private static CompletableFuture<HttpResponse<String>> start(URI at, String path) {
        return client.sendAsync(HttpRequest.newBuilder(at.resolve(path)).timeout(PATIENCE).build(),
                BodyHandlers.ofString());
    }

    private static HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(HttpRequest.newBuilder(base.resolve(path)).timeout(PATIENCE).build(),
                BodyHandlers.ofString());
    }

    @Nested
    class Requests {

        @Test
        void runInThePool() throws Exception {
            assertThat(get("/plain").body()).startsWith("requests-");
        }

        @Test
        void areShownAmongItsTasks() throws Exception {
            gates.gate = new CountDownLatch(1);
            CompletableFuture<HttpResponse<String>> response = start(base, "/plain");
            Eventually.holds(() -> !requests.tasks().isEmpty());
            assertThat(requests.tasks()).extracting(TaskSnapshot::description).containsExactly("request");
            gates.gate.countDown();
            assertThat(response.get().statusCode()).isEqualTo(200);
        }

        @Test
        void waitInLineWhenThePoolIsFull() throws Exception {
            gates.gate = new CountDownLatch(1);
            List<CompletableFuture<HttpResponse<String>>> responses = new ArrayList<>();
            for (int n = 0; n < 10; n++) {
                responses.add(start(base, "/plain"));
            }
            Eventually.holds(() -> requests.running() == 4 && requests.waiting() == 6);
            gates.gate.countDown();
            for (CompletableFuture<HttpResponse<String>> response : responses) {
                assertThat(response.get().body()).startsWith("requests-");
            }
        }

        @Test
        void killedInLineAreAnsweredStill() throws Exception {
            requests.resize(0);
            gates.gate = new CountDownLatch(1);
            CompletableFuture<HttpResponse<String>> response = start(base, "/plain");
            Eventually.holds(() -> requests.waiting() == 1);
            requests.killAll();
            assertThat(response.get().statusCode()).isEqualTo(500);
            assertThat(gates.interrupted.get()).startsWith("green-");
        }

        @Test
        void thatARejectionFailsAreToldToComeBack() throws Exception {
            HttpResponse<String> response = get("/rejected");
            assertThat(response.statusCode()).isEqualTo(503);
            assertThat(response.headers().firstValue("Retry-After")).hasValue("1");
            assertThat(response.body()).contains("\"status\":503", "\"error\":\"Service Unavailable\"");
        }

        @Test
        void theApplicationsOwnAnswerToARejectionCounts() throws Exception {
            HttpResponse<String> response = get("/handled");
            assertThat(response.statusCode()).isEqualTo(409);
            assertThat(response.body()).isEqualTo("handled");
        }
    }

    @Nested
    class AsynchronousHandling {

        @Test
        void runsInThePool() throws Exception {
            assertThat(get("/callable").body()).startsWith("web-");
        }

        @Test
        void isRefusedAfterTheLongestWait() throws Exception {
            gates.gate = new CountDownLatch(1);
            CompletableFuture<HttpResponse<String>> first = start(base, "/callable");
            Eventually.holds(() -> web.running() == 1);
            HttpResponse<String> refused = get("/callable");
            assertThat(refused.statusCode()).isEqualTo(503);
            gates.gate.countDown();
            assertThat(first.get().statusCode()).isEqualTo(200);
            assertThat(web.snapshot().rejected()).isEqualTo(1);
        }

        @Test
        void leavesTheExecutorOfSpringBootAlone() {
            assertThat(context.getBean("applicationTaskExecutor")).isInstanceOf(AsyncTaskExecutor.class)
                    .isNotInstanceOf(BlockingPool.class);
        }
    }

    @Nested
    class GreenThreads {

        @Test
        void areAnsweredWithTheirValueAndHoldNoRequestThread() throws Exception {
            gates.gate = new CountDownLatch(1);
            CompletableFuture<HttpResponse<String>> response = start(base, "/thread");
            Eventually.holds(() -> api.running() == 1 && requests.running() == 0);
            gates.gate.countDown();
            assertThat(response.get().body()).startsWith("api-");
        }

        @Test
        void mayComeFromGreenAsync() throws Exception {
            assertThat(get("/async").body()).startsWith("api-");
        }

        @Test
        void failAsTheyAre() throws Exception {
            assertThat(get("/thread/failing").statusCode()).isEqualTo(501);
        }

        @Test
        void mayEndWithAnEntity() throws Exception {
            HttpResponse<String> response = get("/thread/entity");
            assertThat(response.statusCode()).isEqualTo(201);
            assertThat(response.headers().firstValue("X-Ran-In").orElseThrow()).startsWith("api-");
            assertThat(response.body()).isEqualTo("made");
        }

        @Test
        void mayEndWithNothing() throws Exception {
            HttpResponse<String> response = get("/thread/none");
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.body()).isEmpty();
        }

        @Test
        void areKilledWhenTheRequestTimesOut() throws Exception {
            try (ConfigurableApplicationContext other = run("--spring.mvc.async.request-timeout=50ms")) {
                other.getBean(Gates.class).gate = new CountDownLatch(1);
                assertThat(start(address(other), "/thread").get().statusCode()).isEqualTo(503);
                GreenPool pool = other.getBean("api", GreenPool.class);
                pool.waitAll();
                assertThat(pool.snapshot().completed()).isZero();
            }
        }
    }

    @Nested
    class AFullRequestPool {

        @Test
        void answersAsynchronousRequestsThatHaveBegun() throws Exception {
            try (ConfigurableApplicationContext own = run("--greenlet.web.request-pool=requests",
                    "--greenlet.pools.requests.when-full=reject")) {
                Gates ownGates = own.getBean(Gates.class);
                GreenPool ownRequests = own.getBean("requests", GreenPool.class);
                GreenPool ownApi = own.getBean("api", GreenPool.class);
                ownGates.gate = new CountDownLatch(1);
                CompletableFuture<HttpResponse<String>> response = start(address(own), "/thread");
                Eventually.holds(() -> ownApi.running() == 1 && ownRequests.running() == 0);
                ownRequests.resize(0);
                ownGates.gate.countDown();
                assertThat(response.get().body()).startsWith("api-");
                assertThat(ownRequests.snapshot().rejected()).isPositive();
            }
        }

        @Test
        void closesNewConnectionsWhereItRejects() throws Exception {
            try (ConfigurableApplicationContext own = run("--greenlet.web.request-pool=requests",
                    "--greenlet.pools.requests.when-full=reject")) {
                own.getBean("requests", GreenPool.class).resize(0);
                assertThat(catchThrowable(() -> start(address(own), "/plain").get())).rootCause()
                        .isInstanceOf(IOException.class).isNotInstanceOf(HttpTimeoutException.class);
            }
        }
    }

    @Nested
    class AGracefulShutdown {

        @Test
        void answersRequestsInLine() throws Exception {
            ConfigurableApplicationContext other = run("--greenlet.web.request-pool=few",
                    "--greenlet.pools.few.size=2");
            Gates held = other.getBean(Gates.class);
            held.gate = new CountDownLatch(1);
            GreenPool pool = other.getBean("few", GreenPool.class);
            URI at = address(other);
            List<CompletableFuture<HttpResponse<String>>> responses = new ArrayList<>();
            for (int n = 0; n < 10; n++) {
                responses.add(start(at, "/plain"));
            }
            Eventually.holds(() -> pool.running() == 2 && pool.waiting() == 8);
            Thread closing = Thread.ofVirtual().start(other::close);
            Eventually.holds(() -> refusesConnections(at));
            held.gate.countDown();
            for (CompletableFuture<HttpResponse<String>> response : responses) {
                assertThat(response.get().statusCode()).isEqualTo(200);
            }
            closing.join();
            assertThat(pool.snapshot().killed()).isZero();
        }

        private static boolean refusesConnections(URI at) {
            try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), at.getPort())) {
                return false;
            } catch (IOException e) {
                return true;
            }
        }
    }

    @Nested
    class WithoutSettings {

        @Test
        void tomcatAndMvcKeepTheirOwnThreads() throws Exception {
            try (ConfigurableApplicationContext other = run()) {
                assertThat(start(address(other), "/plain").get().body()).isEqualTo("none");
                assertThat(start(address(other), "/callable").get().body()).isEqualTo("none");
                assertThat(start(address(other), "/thread").get().body()).startsWith("api-");
            }
        }
    }

    @Nested
    class AtStartUp {

        @Test
        void anUnknownRequestPoolIsRefused() {
            Throwable failure = catchThrowable(() -> run("--greenlet.web.request-pool=nope"));
            assertThatAnalysis(failure)
                    .describes("greenlet.web.request-pool names green pool 'nope', which does not exist")
                    .advises("Define it, as with greenlet.pools.nope.size=100, or use one of the known pools: api,"
                            + " default, requests, web.");
        }

        @Test
        void anUnknownBlockingPoolIsRefused() {
            Throwable failure = catchThrowable(() -> run("--greenlet.web.blocking-pool=nope"));
            assertThatAnalysis(failure)
                    .describes("greenlet.web.blocking-pool names green pool 'nope', which does not exist");
        }
    }
}
