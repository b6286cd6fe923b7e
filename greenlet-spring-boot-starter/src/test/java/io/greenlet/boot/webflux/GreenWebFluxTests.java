package io.greenlet.boot.webflux;

import static io.greenlet.boot.FailureAnalyses.assertThatAnalysis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.greenlet.GreenThread;
import io.greenlet.boot.Eventually;
import io.greenlet.boot.GreenAsync;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.RejectedSubmission;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
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
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/// WebFlux over HTTP: an application whose controllers use the pools in every way.
@Timeout(60)
class GreenWebFluxTests {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static ConfigurableApplicationContext context;
    private static HttpClient client;
    private static GreenPool web;
    private static GreenPool api;
    private static Gates gates;
    private static int port;

    /// What the controllers wait for.
    static final class Gates {

        private volatile CountDownLatch gate = new CountDownLatch(0);
        private final AtomicReference<@Nullable String> interrupted = new AtomicReference<>();
        private final AtomicInteger passes = new AtomicInteger();

        String pass() {
            passes.incrementAndGet();
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
        Blocking blocking(Gates gates) {
            return new Blocking(gates);
        }

        @Bean
        Threads threads(@Qualifier("api") GreenPool api, Gates gates) {
            return new Threads(api, gates);
        }

        @Bean
        Service service(Gates gates) {
            return new Service(gates);
        }

        @Bean
        Loops loops(Service service) {
            return new Loops(service);
        }
    }

    @RestController
    static class Blocking {

        private final Gates gates;

        Blocking(Gates gates) {
            this.gates = gates;
        }

        @GetMapping("/blocking")
        String blocking() {
            return gates.pass();
        }

        @PostMapping("/blocking/body")
        String body(@RequestBody String body) {
            return current() + " " + body;
        }

        @GetMapping("/reactive")
        Mono<String> reactive() {
            return Mono.fromCallable(() -> current() + " " + Schedulers.isInNonBlockingThread());
        }
    }

    @RestController
    static class Threads {

        private final GreenPool api;
        private final Gates gates;

        Threads(GreenPool api, Gates gates) {
            this.api = api;
            this.gates = gates;
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

        @GetMapping("/handled")
        GreenThread<String> handled() {
            return api.submit(() -> {
                throw new IllegalArgumentException(new RejectedSubmission("pool 'x': no"));
            });
        }

        @ExceptionHandler
        ResponseEntity<String> handle(IllegalArgumentException e) {
            return ResponseEntity.status(409).body("handled");
        }
    }

    static class Service {

        private final Gates gates;

        Service(Gates gates) {
            this.gates = gates;
        }

        @GreenAsync("api")
        public Future<String> future() {
            return CompletableFuture.completedFuture(gates.pass());
        }

        @GreenAsync("caller-runs")
        public CompletableFuture<String> callerRuns() {
            return CompletableFuture.completedFuture(Thread.currentThread().isVirtual() + " " + current());
        }
    }

    /// Handlers that call `@GreenAsync` methods in the event loop.
    @RestController
    static class Loops {

        private final Service service;

        Loops(Service service) {
            this.service = service;
        }

        @GetMapping("/loop/future")
        Mono<String> future() {
            return Mono.fromCallable(() -> {
                String loop = Schedulers.isInNonBlockingThread() + " " + Thread.currentThread().getName();
                Future<String> handle = service.future();
                return loop + " " + handle.isDone();
            });
        }

        @GetMapping("/loop/caller-runs")
        Mono<String> callerRuns() {
            return Mono.defer(() -> Mono.fromFuture(service.callerRuns()));
        }
    }

    @BeforeAll
    static void start() {
        SpringApplication application = new SpringApplication(App.class);
        application.setWebApplicationType(WebApplicationType.REACTIVE);
        context = application.run("--server.port=0", "--server.address=127.0.0.1", "--greenlet.pools.web.size=2",
                "--greenlet.pools.web.max-wait=1ms", "--greenlet.pools.web.queue-capacity=3",
                "--greenlet.pools.api.size=2", "--greenlet.pools.caller-runs.size=0",
                "--greenlet.pools.caller-runs.when-full=caller-runs", "--greenlet.web.blocking-pool=web",
                "--greenlet.web.retry-after=1500ms", "--greenlet.shutdown-grace=0", "--spring.main.banner-mode=off");
        web = context.getBean("web", GreenPool.class);
        api = context.getBean("api", GreenPool.class);
        gates = context.getBean(Gates.class);
        port = context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
        client = HttpClient.newHttpClient();
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
        web.resize(2);
        api.resize(2);
        for (GreenPool pool : List.of(web, api)) {
            assertThat(pool.waitAll(PATIENCE)).isTrue();
            assertThat(pool.free()).isEqualTo(2);
        }
    }

    private static HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).timeout(PATIENCE);
    }

    private static HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(request(path).build(), BodyHandlers.ofString());
    }

    private static CompletableFuture<HttpResponse<String>> start(String path) {
        return client.sendAsync(request(path).build(), BodyHandlers.ofString());
    }

    /// Sends a request, waits for something, and goes away.
    private static void disconnectWhen(String path, BooleanSupplier condition)
            throws IOException, InterruptedException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            OutputStream out = socket.getOutputStream();
            out.write(("GET " + path + " HTTP/1.1\r\nHost: here\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            Eventually.holds(condition);
        }
    }

    @Nested
    class BlockingMethods {

        @Test
        void runInThePool() throws Exception {
            assertThat(get("/blocking").body()).startsWith("web-");
        }

        @Test
        void runInThePoolAfterTheirBodyWasRead() throws Exception {
            HttpResponse<String> response = client.send(
                    request("/blocking/body").POST(HttpRequest.BodyPublishers.ofString("text")).build(),
                    BodyHandlers.ofString());
            assertThat(response.body()).startsWith("web-").endsWith(" text");
        }

        @Test
        void reactiveOnesStayInTheEventLoop() throws Exception {
            assertThat(get("/reactive").body()).isEqualTo("none true");
        }

        @Test
        void waitInLineForASlotWithoutAThread() throws Exception {
            gates.gate = new CountDownLatch(1);
            List<CompletableFuture<HttpResponse<String>>> responses = new ArrayList<>();
            for (int n = 0; n < 5; n++) {
                responses.add(start("/blocking"));
            }
            Eventually.holds(() -> web.running() == 2 && web.waiting() == 3);
            assertThat(get("/reactive").statusCode()).isEqualTo(200);
            gates.gate.countDown();
            for (CompletableFuture<HttpResponse<String>> response : responses) {
                assertThat(response.get().body()).startsWith("web-");
            }
        }

        @Test
        void areRefusedWhenTheQueueIsFull() throws Exception {
            gates.gate = new CountDownLatch(1);
            List<CompletableFuture<HttpResponse<String>>> responses = new ArrayList<>();
            for (int n = 0; n < 5; n++) {
                responses.add(start("/blocking"));
            }
            Eventually.holds(() -> web.running() == 2 && web.waiting() == 3);
            HttpResponse<String> refused = get("/blocking");
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.headers().firstValue("Retry-After")).hasValue("2");
            assertThat(refused.body()).contains("\"status\":503", "\"error\":\"Service Unavailable\"");
            gates.gate.countDown();
            for (CompletableFuture<HttpResponse<String>> response : responses) {
                assertThat(response.get().statusCode()).isEqualTo(200);
            }
        }

        @Test
        void killedInLineAreAnsweredStill() throws Exception {
            gates.gate = new CountDownLatch(1);
            web.resize(0);
            CompletableFuture<HttpResponse<String>> response = start("/blocking");
            Eventually.holds(() -> web.waiting() == 1);
            web.killAll();
            assertThat(response.get().statusCode()).isEqualTo(500);
        }

        @Test
        void areNeverCalledWhenTheirClientIsGoneBefore() throws Exception {
            web.resize(0);
            int before = gates.passes.get();
            disconnectWhen("/blocking", () -> web.waiting() == 1);
            Eventually.holds(() -> web.waiting() == 0);
            web.resize(2);
            assertThat(get("/blocking").statusCode()).isEqualTo(200);
            assertThat(gates.passes).hasValue(before + 1);
        }

        @Test
        void areKilledWhenTheirClientIsGone() throws Exception {
            gates.gate = new CountDownLatch(1);
            int before = gates.passes.get();
            disconnectWhen("/blocking", () -> gates.passes.get() > before);
            Eventually.holds(() -> web.running() == 0);
            assertThat(gates.interrupted.get()).startsWith("web-");
        }
    }

    @Nested
    class GreenThreads {

        @Test
        void areAnsweredWithTheirValue() throws Exception {
            assertThat(get("/thread").body()).startsWith("api-");
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
        void areKilledWhenTheirClientIsGone() throws Exception {
            gates.gate = new CountDownLatch(1);
            int before = gates.passes.get();
            disconnectWhen("/thread", () -> gates.passes.get() > before);
            Eventually.holds(() -> api.running() == 0);
            assertThat(gates.interrupted.get()).startsWith("api-");
        }

        @Test
        void theApplicationsOwnAnswerToARejectionCounts() throws Exception {
            HttpResponse<String> response = get("/handled");
            assertThat(response.statusCode()).isEqualTo(409);
            assertThat(response.body()).isEqualTo("handled");
        }
    }

    @Nested
    class AnEventLoop {

        @Test
        void isNotBlockedByACallWhenThePoolIsFull() throws Exception {
            api.resize(0);
            assertThat(get("/loop/future").body()).startsWith("true reactor-http-").endsWith(" false");
            assertThat(api.waiting()).isEqualTo(1);
        }

        @Test
        void runsNoTaskItself() throws Exception {
            GreenPool callerRuns = context.getBean("caller-runs", GreenPool.class);
            CompletableFuture<HttpResponse<String>> response = start("/loop/caller-runs");
            Eventually.holds(() -> callerRuns.waiting() == 1);
            callerRuns.resize(1);
            assertThat(response.get().body()).startsWith("true caller-runs-");
            callerRuns.waitAll();
            callerRuns.resize(0);
        }
    }

    @Nested
    class AtStartUp {

        @Test
        void anUnknownPoolIsRefused() {
            SpringApplication application = new SpringApplication(App.class);
            application.setWebApplicationType(WebApplicationType.REACTIVE);
            Throwable failure = catchThrowable(() -> application.run("--server.port=0", "--server.address=127.0.0.1",
                    "--greenlet.pools.api.size=2", "--greenlet.pools.caller-runs.size=0",
                    "--greenlet.web.blocking-pool=nope", "--spring.main.banner-mode=off"));
            assertThatAnalysis(failure)
                    .describes("greenlet.web.blocking-pool names green pool 'nope', which does not exist")
                    .advises("Define it, as with greenlet.pools.nope.size=100, or use one of the known pools: api,"
                            + " caller-runs, default.");
        }
    }
}
