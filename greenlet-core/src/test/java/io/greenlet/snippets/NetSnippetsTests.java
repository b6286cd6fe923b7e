package io.greenlet.snippets;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.net.ConnectOptions;
import io.greenlet.net.GreenNet;
import io.greenlet.net.GreenServer;
import io.greenlet.net.ServeOptions;
import io.greenlet.net.StopReport;
import io.greenlet.net.StopServe;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class NetSnippetsTests {

    private static InetSocketAddress anyPort() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    private static String answer(Socket connection, String question) throws IOException {
        connection.getOutputStream().write(question.getBytes(StandardCharsets.US_ASCII));
        connection.shutdownOutput();
        return new String(connection.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    }

    @Test
    void serve() throws Exception {
        InetSocketAddress address = anyPort();
        // @start region="serve"
        GreenServer server = GreenNet.start(GreenNet.listen(address),
                connection -> connection.getInputStream().transferTo(connection.getOutputStream()), // an echo
                ServeOptions.named("echo").withConcurrency(200).withIdleTimeout(Duration.ofMinutes(1)));
        try (Socket client = GreenNet.connect(server.address())) {
            System.out.println(answer(client, "anybody there?"));
        }
        StopReport report = server.stop(Duration.ofSeconds(10)); // handlers finish, or are killed
        System.out.println(report.served() + " served, " + report.killed() + " killed, left: " + report.left());
        // @end
        assertThat(report).isEqualTo(new StopReport("echo", 1, report.finished(), 0, report.left()));
    }

    @Test
    void blocking() throws Exception {
        ServerSocket listener = GreenNet.listen(anyPort());
        Thread client = Thread.startVirtualThread(() -> {
            try (Socket connection = GreenNet.connect(listener.getLocalSocketAddress())) {
                assertThat(answer(connection, "quit")).isEmpty();
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        // @start region="blocking"
        GreenNet.serve(listener, connection -> { // does not return until
            if (new String(connection.getInputStream().readAllBytes(), UTF_8).equals("quit")) {
                throw new StopServe(); // a handler says so
            }
        }, 1000);
        // @end
        client.join();
    }

    @Test
    void tls() throws Exception {
        SSLContext context = SSLContext.getDefault();
        // @start region="tls"
        ServeOptions serving = ServeOptions.named("site").withTls(context).withHandshakeTimeout(Duration.ofSeconds(5));
        ConnectOptions connecting = ConnectOptions.DEFAULTS.withTls(context).withTimeout(Duration.ofSeconds(5));
        // @end
        assertThat(serving.tls()).isSameAs(connecting.tls());
    }
}
