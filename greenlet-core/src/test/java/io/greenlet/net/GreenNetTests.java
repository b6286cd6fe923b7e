package io.greenlet.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.greenlet.Latch;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// Connecting, listening, accepting, and what comes over a connection, on every hub.
final class GreenNetTests extends NetContract {

    /// Both ends of a connection.
    private record Pair(Socket near, Socket far) implements AutoCloseable {

        static Pair open() throws Exception {
            return open(ConnectOptions.DEFAULTS);
        }

        static Pair open(ConnectOptions options) throws Exception {
            try (ServerSocket listener = listener()) {
                Socket near = GreenNet.connect(listener.getLocalSocketAddress(), options);
                return new Pair(near, GreenNet.accept(listener));
            }
        }

        @Override
        public void close() throws IOException {
            near.close();
            far.close();
        }
    }

    private static SocketAddress nobody() throws IOException {
        try (ServerSocket listener = listener()) {
            return listener.getLocalSocketAddress();
        }
    }

    /// Connects to a listener that accepts nobody until its backlog is full; the last attempt runs into its limit.
    private static Deque<Socket> fill(ServerSocket listener) throws Exception {
        Deque<Socket> waiting = new ArrayDeque<>();
        ConnectOptions quick = ConnectOptions.DEFAULTS.withTimeout(Duration.ofMillis(100));
        for (;;) {
            try {
                waiting.add(GreenNet.connect(listener.getLocalSocketAddress(), quick));
                assertThat(waiting).as("more than the backlog").hasSizeLessThan(20);
            } catch (SocketTimeoutException e) {
                assertThat(e).hasMessage(
                        "no connection to " + listener.getLocalSocketAddress() + " within PT0.1S");
                return waiting;
            }
        }
    }

    @Nested
    final class Connect {

        @Test
        void whatOneWritesTheOtherReads() throws Exception {
            try (Pair pair = Pair.open()) {
                say(pair.near(), "there");
                assertThat(hear(pair.far(), 5)).isEqualTo("there");
                say(pair.far(), "and back");
                assertThat(hear(pair.near(), 8)).isEqualTo("and back");
                assertThat(pair.near().getRemoteSocketAddress()).isEqualTo(pair.far().getLocalSocketAddress());
                pair.near().shutdownOutput();
                assertThat(pair.far().getInputStream().read()).isEqualTo(-1);
            }
        }

        @Test
        void aHostIsLookedUpAndEachOfItsAddressesIsTried() throws Exception {
            try (ServerSocket listener = listener();
                    Socket near = GreenNet.connect("localhost", listener.getLocalPort());
                    Socket far = GreenNet.accept(listener);
                    Socket unresolved = GreenNet
                            .connect(InetSocketAddress.createUnresolved("localhost", listener.getLocalPort()))) {
                assertThat(far.getPort()).isEqualTo(near.getLocalPort());
                assertThat(unresolved.isConnected()).isTrue();
            }
        }

        @Test
        void aHostThatIsNotThereIsUnknown() {
            assertThatExceptionOfType(UnknownHostException.class)
                    .isThrownBy(() -> GreenNet.connect("not a host", 80));
        }

        @Test
        void aRefusalNamesTheAddress() throws Exception {
            SocketAddress nobody = nobody();
            assertThatExceptionOfType(ConnectException.class).isThrownBy(() -> GreenNet.connect(nobody))
                    .withMessage("no connection to " + nobody + ": Connection refused")
                    .withCauseInstanceOf(ConnectException.class);
            int port = ((InetSocketAddress) nobody).getPort();
            assertThatExceptionOfType(ConnectException.class).isThrownBy(() -> GreenNet.connect("127.0.0.1", port));
        }

        @Test
        void aConnectionThatTakesTooLongTimesOutAndAnInterruptEndsTheWait() throws Exception {
            try (ServerSocket listener = GreenNet.listen(anyPort(), ListenOptions.DEFAULTS.withBacklog(1))) {
                Deque<Socket> waiting = fill(listener);
                Actor<Socket> late = fork(() -> GreenNet.connect(listener.getLocalSocketAddress()));
                waitUntilParked(late.thread());
                late.interrupt();
                assertThatThrownBy(late::result).isInstanceOf(InterruptedException.class);
                for (Socket socket : waiting) {
                    socket.close();
                }
            }
        }

        @Test
        void theLocalAddressCanBeChosen() throws Exception {
            InetAddress second = InetAddress.getByName("127.0.0.2");
            try (Pair pair = Pair.open(ConnectOptions.DEFAULTS.withBind(new InetSocketAddress(second, 0)))) {
                assertThat(pair.far().getInetAddress()).isEqualTo(second);
            }
        }

        @Test
        void anAddressThatIsNoneOfTheInternetsIsRefused() {
            SocketAddress unix = UnixDomainSocketAddress.of("there");
            assertThatIllegalArgumentException().isThrownBy(() -> GreenNet.connect(unix))
                    .withMessage("address must be an internet address: there");
            assertThatIllegalArgumentException().isThrownBy(() -> GreenNet.listen(unix))
                    .withMessage("address must be an internet address: there");
        }
    }

    /// Someone who reads, or is about to: a platform thread that does looks as if it ran.
    private Actor<String> reader(Socket connection, int length) throws InterruptedException {
        Latch begun = new Latch(1);
        Actor<String> reader = fork(() -> {
            InputStream in = connection.getInputStream();
            begun.countDown();
            return new String(in.readNBytes(length), StandardCharsets.US_ASCII);
        });
        begun.await();
        letOthersRun();
        return reader;
    }

    @Nested
    final class Streams {

        @Test
        void aReadWaitsForBytesAndAWriteForRoom() throws Exception {
            try (Pair pair = Pair.open()) {
                byte[] much = new byte[4_000_000]; // more than the system buffers
                new Random(1).nextBytes(much);
                Actor<Boolean> writer = fork(() -> {
                    pair.near().getOutputStream().write(much);
                    pair.near().shutdownOutput();
                    return true;
                });
                assertThat(pair.far().getInputStream().readAllBytes()).isEqualTo(much);
                assertThat(writer.result()).isTrue();
            }
        }

        @Test
        void oneReadsWhileAnotherOneWrites() throws Exception {
            try (Pair pair = Pair.open()) {
                Actor<String> reader = reader(pair.near(), 4);
                say(pair.near(), "ping");
                assertThat(hear(pair.far(), 4)).isEqualTo("ping");
                say(pair.far(), "pong");
                assertThat(reader.result()).isEqualTo("pong");
            }
        }

        @Test
        void aReadTimesOutAndTheConnectionCanBeUsedAgain() throws Exception {
            try (Pair pair = Pair.open(ConnectOptions.DEFAULTS.withReadTimeout(SHORT))) {
                assertThat(pair.near().getSoTimeout()).isEqualTo(20);
                assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(() -> hear(pair.near(), 1));
                say(pair.far(), "late");
                assertThat(hear(pair.near(), 4)).isEqualTo("late");
            }
        }

        @Test
        void closingWakesWhoReads() throws Exception {
            try (Pair pair = Pair.open()) {
                Actor<String> reader = reader(pair.near(), 1);
                pair.near().close();
                assertThatThrownBy(reader::result).isInstanceOf(ClosedChannelException.class);
                assertThatExceptionOfType(SocketException.class).isThrownBy(() -> pair.near().getInputStream());
                assertThat(pair.near().isClosed()).isTrue();
            }
        }

        @Test
        void anInterruptEndsARead() throws Exception {
            try (Pair pair = Pair.open()) {
                Latch begun = new Latch(1);
                Actor<Boolean> reader = fork(() -> {
                    begun.countDown();
                    assertThatThrownBy(() -> hear(pair.near(), 1)).isInstanceOfAny(InterruptedIOException.class,
                            SocketException.class, ClosedChannelException.class);
                    return Thread.interrupted();
                });
                begun.await();
                reader.interrupt();
                assertThat(reader.result()).as("the flag").isTrue();
            }
        }

        @Test
        void aResetConnectionSaysSo() throws Exception {
            try (Pair pair = Pair.open()) {
                pair.far().setSoLinger(true, 0);
                pair.far().close();
                assertThatExceptionOfType(SocketException.class).isThrownBy(() -> hear(pair.near(), 1))
                        .withMessageContaining("reset");
            }
        }
    }

    @Nested
    final class Listen {

        @Test
        void anAddressThatIsTakenIsNamed() throws Exception {
            try (ServerSocket first = listener()) {
                SocketAddress taken = first.getLocalSocketAddress();
                assertThatExceptionOfType(BindException.class).isThrownBy(() -> GreenNet.listen(taken))
                        .withMessage("cannot listen at " + taken + ": Address already in use");
            }
        }

        @Test
        void aPortIsSharedOnlyWhenAllSaySo() throws Exception {
            ListenOptions sharing = ListenOptions.DEFAULTS.withReusePort(true);
            SocketAddress free = nobody();
            try (ServerSocket first = GreenNet.listen(free, sharing);
                    ServerSocket second = GreenNet.listen(free, sharing)) {
                assertThat(second.getLocalPort()).isEqualTo(first.getLocalPort());
                assertThatExceptionOfType(BindException.class).isThrownBy(() -> GreenNet.listen(free));
            }
            assertThatIllegalArgumentException().isThrownBy(() -> GreenNet.listen(new InetSocketAddress(0), sharing))
                    .withMessageMatching("reusePort must be for a fixed port: .*:0");
        }

        @Test
        void thePortOfAllAddressesIsListenedAt() throws Exception {
            try (ServerSocket listener = GreenNet.listen(0);
                    Socket near = GreenNet
                            .connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), listener.getLocalPort()));
                    Socket far = GreenNet.accept(listener)) {
                assertThat(listener.getInetAddress().isAnyLocalAddress()).isTrue();
                assertThat(far.getPort()).isEqualTo(near.getLocalPort());
            }
        }
    }

    @Nested
    final class Accept {

        @Test
        void waitsForTheNextClient() throws Exception {
            try (ServerSocket listener = listener()) {
                Actor<Socket> acceptor = fork(() -> GreenNet.accept(listener));
                waitUntilParked(acceptor.thread());
                try (Socket near = GreenNet.connect(listener.getLocalSocketAddress()); Socket far = acceptor.result()) {
                    assertThat(far.getPort()).isEqualTo(near.getLocalPort());
                }
            }
        }

        @Test
        void nobodyComesInTime() throws Exception {
            try (ServerSocket listener = listener()) {
                listener.setSoTimeout(5);
                assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(() -> GreenNet.accept(listener))
                        .withMessageMatching("nobody came to .* within PT0.005S");
            }
        }

        @Test
        void anInterruptLeavesTheListenerOpen() throws Exception {
            try (ServerSocket listener = listener()) {
                Actor<Socket> acceptor = fork(() -> GreenNet.accept(listener));
                waitUntilParked(acceptor.thread());
                acceptor.interrupt();
                assertThatThrownBy(acceptor::result).isInstanceOf(InterruptedException.class);
                try (Socket near = GreenNet.connect(listener.getLocalSocketAddress());
                        Socket far = GreenNet.accept(listener)) {
                    assertThat(far.getPort()).isEqualTo(near.getLocalPort());
                }
            }
        }

        @Test
        void theCloseOfTheListenerEndsTheWait() throws Exception {
            ServerSocket listener = listener();
            Actor<Socket> acceptor = fork(() -> GreenNet.accept(listener));
            waitUntilParked(acceptor.thread());
            listener.close();
            assertThatThrownBy(acceptor::result).isInstanceOf(AsynchronousCloseException.class);
        }

        @Test
        void aListenerWithoutAChannelIsRefused() throws Exception {
            try (ServerSocket listener = new ServerSocket()) {
                assertThatIllegalArgumentException().isThrownBy(() -> GreenNet.accept(listener))
                        .withMessage("listener must be made by GreenNet.listen or of a channel: " + listener);
            }
        }
    }
}
