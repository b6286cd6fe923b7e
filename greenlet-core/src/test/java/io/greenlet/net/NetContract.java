package io.greenlet.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.HubContract;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/// What the tests of sockets are built on: servers and clients on loopback, at ports that are free.
abstract class NetContract extends HubContract {

    static final Duration LONG = Duration.ofSeconds(30);
    static final Duration SHORT = Duration.ofMillis(20);

    static InetSocketAddress anyPort() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    static ServerSocket listener() throws IOException {
        return GreenNet.listen(anyPort());
    }

    /// Options of a server on the hub under test.
    final ServeOptions options() {
        return ServeOptions.named("echo").withHub(hub());
    }

    static GreenServer start(ConnectionHandler handler, ServeOptions options) throws IOException {
        return GreenNet.start(listener(), handler, options);
    }

    final GreenServer start(ConnectionHandler handler) throws IOException {
        return start(handler, options());
    }

    static Socket client(GreenServer server) throws Exception {
        return GreenNet.connect(server.address());
    }

    /// Sends back what comes, until the client closes.
    static void echo(Socket connection) throws IOException {
        byte[] bytes = new byte[512];
        InputStream in = connection.getInputStream();
        for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
            connection.getOutputStream().write(bytes, 0, count);
        }
    }

    static void say(Socket connection, String text) throws IOException {
        connection.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    static String hear(Socket connection, int length) throws IOException {
        byte[] bytes = connection.getInputStream().readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("only " + new String(bytes, StandardCharsets.US_ASCII));
        }
        return new String(bytes, StandardCharsets.US_ASCII);
    }

    static void assertEchoes(Socket connection, String text) throws IOException {
        say(connection, text);
        assertThat(hear(connection, text.length())).isEqualTo(text);
    }

    /// Expects the other side to have closed, in peace or not.
    static void assertClosedByPeer(Socket connection) {
        int read;
        try {
            read = connection.getInputStream().read();
        } catch (IOException e) {
            assertThat(e).hasMessageContainingAll("reset");
            return;
        }
        assertThat(read).isEqualTo(-1);
    }

    /// Expects nobody to serve a client that comes now. While a listener is being closed a client may be connected, and
    /// reset; now and then Linux resets it only when it sends something.
    static void assertNotServed(GreenServer server) throws Exception {
        try (Socket client = client(server)) {
            say(client, "anybody?");
            assertClosedByPeer(client);
        } catch (SocketException e) {
            assertThat(e).hasMessageMatching(".*(refused|reset|Broken pipe).*");
        }
    }

    static void waitUntilOpen(GreenServer server, int open) {
        waitUntil(open + " are open in " + server, () -> server.snapshot().open() == open);
    }

    /// Each connection ended in exactly one way.
    static void assertSum(ServerSnapshot now) {
        assertThat(now.open() + now.completed() + now.failed() + now.killed() + now.timedOut()).as("%s", now)
                .isEqualTo(now.accepted());
    }
}
