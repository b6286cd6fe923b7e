package io.greenlet.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.greenlet.HubContract.Caller;
import io.greenlet.HubContract.HubKind;
import io.greenlet.OnlyOn;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// TLS over the sockets of each kind: the handshake is the connection's own affair. Not on the simulated hub, where it
/// takes as long as it takes and costs virtual time nothing.
@OnlyOn(value = {HubKind.PARALLEL, HubKind.OWN_CARRIER, HubKind.BATON}, from = Caller.GREEN_THREAD)
final class TlsTests extends NetContract {

    private static @Nullable SelfSigned keys;

    @BeforeAll
    static void makeAKey(@TempDir Path directory) throws Exception {
        keys = SelfSigned.in(directory);
    }

    @AfterAll
    static void forget() {
        keys = null;
    }

    private static SelfSigned keys() {
        return Objects.requireNonNull(keys);
    }

    private ServeOptions tls() {
        return options().withTls(keys().withKey());
    }

    private static Socket tlsClient(GreenServer server) throws Exception {
        return GreenNet.connect("localhost", server.port(), ConnectOptions.DEFAULTS.withTls(keys().withoutKey()));
    }

    @Test
    void handlersAndClientsSpeakTls() throws Exception {
        List<Socket> clients = new ArrayList<>();
        try (GreenServer server = start(connection -> {
            assertThat(((SSLSocket) connection).getSession().getProtocol()).isEqualTo("TLSv1.3");
            echo(connection);
        }, tls())) {
            for (int i = 0; i < 3; i++) {
                clients.add(tlsClient(server));
            }
            for (Socket client : clients) {
                assertEchoes(client, "in secret");
                client.close();
            }
            waitUntilOpen(server, 0);
            assertThat(server.snapshot().completed()).isEqualTo(3);
        }
    }

    @Test
    void aClientThatSaysNothingHoldsNobodyUpAndTimesOut() throws Exception {
        try (GreenServer server = start(NetContract::echo, tls().withHandshakeTimeout(Duration.ofMillis(300)));
                Socket silent = client(server)) {
            waitUntilOpen(server, 1);
            try (Socket client = tlsClient(server)) {
                assertEchoes(client, "meanwhile");
            }
            assertClosedByPeer(silent);
            waitUntilOpen(server, 0);
            assertThat(server.snapshot().timedOut()).isOne();
            assertSum(server.snapshot());
        }
    }

    @Test
    void aHandshakeThatFailsEndsItsConnectionOnly() throws Exception {
        try (GreenServer server = start(NetContract::echo, tls())) {
            try (Socket plain = client(server)) {
                say(plain, "GET / HTTP/1.1\r\n\r\n");
                Report report = takeReport();
                assertThat(report.error()).isInstanceOf(SSLException.class);
                assertThat(report.source()).startsWith("start of server 'echo': echo-");
            }
            try (Socket client = tlsClient(server)) {
                assertEchoes(client, "still there");
            }
            waitUntilOpen(server, 0);
            assertThat(server.snapshot().failed()).isOne();
        }
    }

    @Test
    void theServersCertificateMustBeForTheHost() throws Exception {
        try (GreenServer server = start(NetContract::echo, tls())) {
            ConnectOptions options = ConnectOptions.DEFAULTS.withTls(keys().withoutKey()).withTimeout(LONG);
            assertThatExceptionOfType(SSLException.class)
                    .isThrownBy(() -> GreenNet.connect("127.0.0.1", server.port(), options));
            assertThat(takeReport().error()).isInstanceOf(IOException.class);
        }
    }

    @Test
    void aClientsHandshakeHasALimitToo() throws Exception {
        try (GreenServer server = start(connection -> connection.getInputStream().readAllBytes())) {
            ConnectOptions options = ConnectOptions.DEFAULTS.withTls(keys().withoutKey()).withTimeout(SHORT);
            assertThatExceptionOfType(SocketTimeoutException.class)
                    .isThrownBy(() -> GreenNet.connect(server.address(), options))
                    .withMessage("no TLS handshake with " + server.address() + " within PT0.02S");
        }
    }

    @Test
    void aClientsHandshakeReadsNoLongerThanItsReadsMay() throws Exception {
        try (GreenServer server = start(connection -> connection.getInputStream().readAllBytes())) {
            ConnectOptions options = ConnectOptions.DEFAULTS.withTls(keys().withoutKey()).withReadTimeout(SHORT);
            assertThatExceptionOfType(SocketTimeoutException.class)
                    .isThrownBy(() -> GreenNet.connect(server.address(), options));
        }
    }

    @Test
    void anInterruptEndsAClientsHandshake() throws Exception {
        try (GreenServer server = start(connection -> connection.getInputStream().readAllBytes())) {
            ConnectOptions options = ConnectOptions.DEFAULTS.withTls(keys().withoutKey());
            Actor<Socket> client = fork(() -> GreenNet.connect(server.address(), options));
            waitUntilOpen(server, 1);
            client.interrupt();
            assertThatThrownBy(client::result).isInstanceOf(InterruptedException.class);
        }
    }

    @Test
    void clientsMayHaveToShowACertificate() throws Exception {
        SSLParameters parameters = keys().withKey().getDefaultSSLParameters();
        parameters.setNeedClientAuth(true);
        try (GreenServer server = start(NetContract::echo, options().withTls(keys().withKey(), parameters))) {
            try (Socket known = GreenNet.connect("localhost", server.port(),
                    ConnectOptions.DEFAULTS.withTls(keys().withKey()))) {
                assertEchoes(known, "known");
            }
            assertThatExceptionOfType(IOException.class).isThrownBy(() -> {
                try (Socket stranger = tlsClient(server)) {
                    assertEchoes(stranger, "unknown");
                }
            });
            assertThat(takeReport().error()).isInstanceOf(IOException.class);
        }
    }

    @Test
    void anIdleTlsConnectionTimesOut() throws Exception {
        try (GreenServer server = start(NetContract::echo, tls().withIdleTimeout(Duration.ofMillis(50)));
                Socket client = tlsClient(server)) {
            assertEchoes(client, "not idle");
            assertThat(client.getInputStream().read()).isEqualTo(-1);
            waitUntilOpen(server, 0);
            assertThat(server.snapshot().timedOut()).isOne();
        }
    }

    @Test
    void aStopKillsHandlersThatHangInTls() throws Exception {
        GreenServer server = start(connection -> {
            switch (connection.getInputStream().read()) {
                case 'r' -> connection.getInputStream().read();
                default -> {
                    for (byte[] much = new byte[1 << 16];;) { // nobody reads
                        connection.getOutputStream().write(much);
                    }
                }
            }
        }, tls());
        List<Socket> clients = List.of(client(server), tlsClient(server), tlsClient(server));
        say(clients.get(1), "r");
        say(clients.get(2), "w");
        waitUntilOpen(server, 3);
        assertThat(server.stop(SHORT)).isEqualTo(new StopReport("echo", 3, 0, 3, List.of()));
        assertClosedByPeer(clients.get(0));
        clients.forEach(TimeLimit::closeQuietly); // TLS clients find that they were cut off
    }
}
