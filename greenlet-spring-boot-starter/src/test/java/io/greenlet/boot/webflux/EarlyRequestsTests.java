package io.greenlet.boot.webflux;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.GreenThread;
import io.greenlet.boot.GreenPoolAutoConfiguration;
import io.greenlet.pool.GreenPool;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.webflux.autoconfigure.WebHttpHandlerBuilderCustomizer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.http.server.reactive.MockServerHttpResponse;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/// Requests that the server reads before it has ended the one before them on their connection.
@Timeout(60)
class EarlyRequestsTests {

    private static final String BEAN = "greenRequestTurns";
    private static final int PATIENCE_MILLIS = 30_000;

    private static ConfigurableApplicationContext context;
    private static int port;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class App {

        @Bean
        Controller controller(@Qualifier("web") GreenPool web) {
            return new Controller(web);
        }
    }

    @RestController
    static class Controller {

        private final GreenPool web;

        Controller(GreenPool web) {
            this.web = web;
        }

        @GetMapping("/blocking")
        String blocking() {
            return "blocking";
        }

        @GetMapping("/thread")
        GreenThread<String> thread() {
            return web.submit(() -> "thread");
        }

        @GetMapping("/at-once")
        Mono<String> atOnce() {
            return Mono.fromCallable(() -> Schedulers.isInNonBlockingThread() ? "at once" : "not in the event loop");
        }
    }

    @BeforeAll
    static void start() {
        SpringApplication application = new SpringApplication(App.class);
        application.setWebApplicationType(WebApplicationType.REACTIVE);
        context = application.run("--server.port=0", "--server.address=127.0.0.1", "--greenlet.pools.web.size=2",
                "--greenlet.web.blocking-pool=web", "--spring.main.banner-mode=off");
        port = context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
    }

    @AfterAll
    static void stop() {
        context.close();
    }

    /// A client with one connection.
    private static final class Client implements AutoCloseable {

        private final Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        private final BufferedReader in = new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));

        Client() throws IOException {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(PATIENCE_MILLIS);
        }

        void send(String... paths) throws IOException {
            StringBuilder requests = new StringBuilder();
            for (String path : paths) {
                requests.append("GET ").append(path).append(" HTTP/1.1\r\nHost: here\r\n\r\n");
            }
            socket.getOutputStream().write(requests.toString().getBytes(StandardCharsets.US_ASCII));
        }

        String body() throws IOException {
            int length = 0;
            for (String line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
                if (line.startsWith("Content-Length: ")) {
                    length = Integer.parseInt(line.substring("Content-Length: ".length()));
                }
            }
            char[] body = new char[length];
            for (int read = 0; read < length;) {
                read += in.read(body, read, length - read);
            }
            return new String(body);
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/blocking", "/thread"})
    void doNotStopTheirConnection(String path) throws IOException {
        try (Client client = new Client()) {
            String first = path.substring(1);
            for (int round = 0; round < 3; round++) {
                client.send(path, "/at-once");
                assertThat(List.of(client.body(), client.body())).containsExactly(first, "at once");
            }
            client.send("/at-once", "/at-once", path, path, "/at-once", "/at-once", path);
            assertThat(List.of(client.body(), client.body(), client.body(), client.body(), client.body(), client.body(),
                    client.body())).containsExactly("at once", "at once", first, first, "at once", "at once", first);
        }
    }

    @Test
    void ofAClientThatWaitsForEachAnswerDoNotStopItsConnection() throws IOException {
        try (Client client = new Client()) {
            for (int round = 0; round < 500; round++) {
                client.send("/blocking");
                assertThat(client.body()).isEqualTo("blocking");
                client.send("/at-once");
                assertThat(client.body()).isEqualTo("at once");
            }
        }
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"1.3.6", "1.3.7", "1.3.8-SNAPSHOT", "1.2.18", "who knows"})
    void needTurnsInVersionsThatStopReading(@Nullable String version) {
        assertThat(RequestTurns.areNeeded(version)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.3.8", "1.3.10", "1.4.0-M1", "2.0.0"})
    void needNoTurnsInLaterVersions(String version) {
        assertThat(RequestTurns.areNeeded(version)).isFalse();
    }

    @Test
    void thatNoServerHasMadeAreHandledAsTheyAre() {
        HttpHandler handler = (_, response) -> response.setComplete();
        MockServerHttpResponse response = new MockServerHttpResponse();
        new RequestTurns(handler).handle(MockServerHttpRequest.get("/").build(), response).block();
        assertThat(response.isCommitted()).isTrue();
    }

    private final ReactiveWebApplicationContextRunner runner = new ReactiveWebApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(GreenPoolAutoConfiguration.class,
                    GreenReactorNettyAutoConfiguration.class));

    @Test
    void haveTurnsInAnApplicationWithReactorNetty() {
        runner.run(app -> assertThat(app).hasBean(BEAN));
    }

    @Test
    void haveNoTurnsWithoutReactorNetty() {
        runner.withClassLoader(new FilteredClassLoader("reactor.netty"))
                .run(app -> assertThat(app).hasNotFailed().doesNotHaveBean(BEAN));
    }

    @Test
    void haveNoTurnsWithoutPools() {
        new ReactiveWebApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(GreenReactorNettyAutoConfiguration.class))
                .run(app -> assertThat(app).hasNotFailed().doesNotHaveBean(BEAN));
    }

    @Test
    void haveNoTurnsInAnApplicationThatServesNothing() {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(GreenPoolAutoConfiguration.class,
                        GreenReactorNettyAutoConfiguration.class))
                .run(app -> assertThat(app).hasNotFailed().doesNotHaveBean(BEAN));
    }

    @Test
    void haveTheTurnsOfTheApplication() {
        WebHttpHandlerBuilderCustomizer own = _ -> {};
        runner.withBean(BEAN, WebHttpHandlerBuilderCustomizer.class, () -> own)
                .run(app -> assertThat(app.getBean(BEAN)).isSameAs(own));
    }
}
