package io.greenlet.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.greenlet.Green;
import io.greenlet.Hub;
import io.greenlet.Latch;
import io.greenlet.SimulatedHub;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Ends of a server that take long, or end its hub too.
@Timeout(60)
final class ServerEndTests {

    private static final Duration LONG = Duration.ofSeconds(30);

    private static void waitUntilOpen(GreenServer server, int open) throws InterruptedException {
        while (server.snapshot().open() != open) {
            Green.sleep(Duration.ofMillis(1));
        }
    }

    @Test
    void aHandlerThatDoesNotHeedItsKillIsNamed() throws Exception {
        Latch gate = new Latch(1);
        Queue<Object> failures = new ConcurrentLinkedQueue<>();
        try (Hub hub = Hub.cooperative("heedless")) {
            hub.setFailureHandler((source, error) -> failures.add(error));
            GreenServer server = GreenNet.start(NetContract.listener(), connection -> {
                gate.awaitUninterruptibly();
                throw new IOException("after its kill");
            }, ServeOptions.named("heedless").withHub(hub));
            try (Socket client = GreenNet.connect(server.address())) {
                waitUntilOpen(server, 1);
                long start = System.nanoTime();
                StopReport report = server.stop(Duration.ofMillis(10));
                assertThat(Duration.ofNanos(System.nanoTime() - start)).as("a second to unwind")
                        .isBetween(Duration.ofSeconds(1), Duration.ofSeconds(10));
                assertThat(report.served()).isZero();
                assertThat(report.killed()).isOne();
                assertThat(report.left()).singleElement().asString()
                        .matches("server 'heedless': heedless-\\d+ with .*127\\.0\\.0\\.1:" + client.getLocalPort());
                NetContract.assertClosedByPeer(client);
            }
            gate.countDown();
            waitUntilOpen(server, 0);
            assertThat(server.snapshot().killed()).isOne();
            assertThat(failures).as("what comes of a kill").isEmpty();
        }
    }

    @Test
    void theCloseOfItsHubEndsTheServer() throws Exception {
        ServerSocket listener = NetContract.listener();
        Hub hub = Hub.cooperative("closing");
        GreenServer server = GreenNet.start(listener, NetContract::echo, ServeOptions.named("closing").withHub(hub));
        try (Socket client = GreenNet.connect(server.address())) {
            NetContract.assertEchoes(client, "open");
            hub.close();
            NetContract.assertClosedByPeer(client);
        }
        assertThat(server.await(LONG).served()).isOne();
        assertThat(listener.isClosed()).isTrue();
    }

    @Test
    void theCloseOfItsHubEndsAServerThatHasNotBegun() throws Exception {
        ServerSocket listener = NetContract.listener();
        GreenServer server;
        try (SimulatedHub hub = Hub.simulated(1)) {
            server = GreenNet.start(listener, NetContract::echo, ServeOptions.named("early").withHub(hub));
        }
        assertThat(server.await(Duration.ZERO)).isEqualTo(new StopReport("early", 0, 0, 0, List.of()));
        assertThat(listener.isClosed()).isTrue();
        assertThat(server.isAccepting()).isFalse();
    }

    @Test
    void aClosedHubStartsNoServer() throws Exception {
        Hub hub = Hub.cooperative("closed");
        hub.close();
        try (ServerSocket listener = NetContract.listener()) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> GreenNet.start(listener, NetContract::echo,
                            ServeOptions.named("none").withHub(hub)))
                    .withMessage("hub 'closed' is closed");
            assertThat(listener.isClosed()).as("it is still the caller's").isFalse();
        }
    }
}
