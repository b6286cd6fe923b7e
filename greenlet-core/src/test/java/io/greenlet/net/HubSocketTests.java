package io.greenlet.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.greenlet.Green;
import io.greenlet.HubContract.Caller;
import io.greenlet.HubContract.HubKind;
import io.greenlet.OnlyOn;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// The socket for hubs that a JDK blocking call holds up: what it promises beyond the socket that users see on every hub,
/// and that it is complete.
@OnlyOn(value = {HubKind.BATON, HubKind.SIMULATED}, from = Caller.GREEN_THREAD)
final class HubSocketTests extends NetContract {

    private record Pair(Socket near, Socket far) implements AutoCloseable {

        static Pair open() throws Exception {
            try (ServerSocket listener = listener()) {
                return new Pair(GreenNet.connect(listener.getLocalSocketAddress()), GreenNet.accept(listener));
            }
        }

        @Override
        public void close() throws IOException {
            near.close();
            far.close();
        }
    }

    @Test
    void othersOfTheHubRunWhileOneReads() throws Exception {
        try (Pair pair = Pair.open()) {
            assertThat(pair.near()).isInstanceOf(HubSocket.class);
            AtomicInteger turns = new AtomicInteger();
            Actor<Boolean> other = fork(() -> {
                for (int i = 0; i < 5; i++) {
                    turns.incrementAndGet();
                    Green.yieldNow();
                }
                say(pair.far(), "!");
                return true;
            });
            assertThat(hear(pair.near(), 1)).isEqualTo("!");
            assertThat(turns).hasValue(5);
            assertThat(other.result()).isTrue();
        }
    }

    @Test
    void anInterruptedReadLeavesTheSocketOpen() throws Exception {
        try (Pair pair = Pair.open()) {
            Actor<Boolean> reader = fork(() -> {
                assertThatExceptionOfType(InterruptedIOException.class).isThrownBy(() -> hear(pair.near(), 1))
                        .withMessageStartingWith("interrupted while waiting for Socket[");
                return Thread.interrupted();
            });
            waitUntilParked(reader.thread());
            reader.interrupt();
            assertThat(reader.result()).as("the flag").isTrue();
            say(pair.far(), "later");
            assertThat(hear(pair.near(), 5)).isEqualTo("later");
        }
    }

    @Test
    void twoReadersAreToldOfEachOther() throws Exception {
        try (Pair pair = Pair.open()) {
            Actor<String> first = fork(() -> hear(pair.near(), 1));
            waitUntilParked(first.thread());
            Actor<String> second = fork(() -> hear(pair.near(), 1));
            assertThatThrownBy(second::result).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("waits for it already");
            say(pair.far(), "1");
            assertThat(first.result()).isEqualTo("1");
        }
    }

    @Test
    void bytesAreReadOneByOneToo() throws Exception {
        try (Pair pair = Pair.open()) {
            pair.far().getOutputStream().write(200);
            pair.far().getOutputStream().write(new byte[0]);
            assertThat(pair.near().getInputStream().read(new byte[0])).isZero();
            assertThat(pair.near().getInputStream().read()).isEqualTo(200);
            say(pair.far(), "more");
            waitUntil("they are there", () -> {
                try {
                    return pair.near().getInputStream().available() == 4;
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            pair.far().getOutputStream().close();
            assertThat(pair.far().isClosed()).isTrue();
            assertThat(pair.near().getInputStream().readAllBytes()).asString().isEqualTo("more");
            assertThat(pair.near().getInputStream().read()).isEqualTo(-1);
            assertThatExceptionOfType(IndexOutOfBoundsException.class)
                    .isThrownBy(() -> pair.near().getInputStream().read(new byte[2], 1, 2));
            pair.near().getInputStream().close();
            assertThat(pair.near().isClosed()).isTrue();
        }
    }

    @Test
    void optionsAndNamesAreThoseOfTheChannel() throws Exception {
        try (Pair pair = Pair.open()) {
            Socket socket = pair.near();
            Socket plain = socket.getChannel().socket();
            socket.setTcpNoDelay(true);
            socket.setKeepAlive(true);
            socket.setSoLinger(true, 3);
            socket.setReuseAddress(true);
            socket.setOOBInline(true);
            socket.setTrafficClass(8);
            socket.setSendBufferSize(50_000);
            socket.setReceiveBufferSize(60_000);
            socket.setSoTimeout(70);
            assertThat(settings(socket)).isEqualTo(settings(plain)).startsWith(true, true, 3, true, true, 8)
                    .endsWith(70);
            assertThat(socket.setOption(StandardSocketOptions.SO_KEEPALIVE, false)
                    .getOption(StandardSocketOptions.SO_KEEPALIVE)).isFalse();
            assertThat(socket.supportedOptions()).isEqualTo(socket.getChannel().supportedOptions());
            assertThat(List.of(socket.getInetAddress(), socket.getLocalAddress(), socket.getPort(),
                    socket.getLocalPort(), socket.getRemoteSocketAddress(), socket.getLocalSocketAddress(),
                    socket.toString()))
                    .isEqualTo(List.of(plain.getInetAddress(), plain.getLocalAddress(), plain.getPort(),
                            plain.getLocalPort(), plain.getRemoteSocketAddress(), plain.getLocalSocketAddress(),
                            plain.toString()));
            assertThat(socket.isBound() && socket.isConnected()).isTrue();
            pair.far().sendUrgentData('u');
            pair.far().shutdownOutput();
            assertThat(hear(socket, 1)).as("urgent data in line").isEqualTo("u");
        }
    }

    private static List<Object> settings(Socket socket) throws IOException {
        return List.of(socket.getTcpNoDelay(), socket.getKeepAlive(), socket.getSoLinger(), socket.getReuseAddress(),
                socket.getOOBInline(), socket.getTrafficClass(), socket.getSendBufferSize(),
                socket.getReceiveBufferSize(), socket.getSoTimeout());
    }

    @Test
    void whatIsOverIsRefused() throws Exception {
        try (Pair pair = Pair.open()) {
            Socket socket = pair.near();
            InetSocketAddress address = anyPort();
            refused(() -> socket.connect(address), "Already connected");
            refused(() -> socket.connect(address, 5), "Already connected");
            refused(() -> socket.bind(address), "Already bound");
            socket.shutdownInput();
            assertThat(socket.isInputShutdown()).isTrue();
            refused(socket::getInputStream, "Socket input is shut down");
            socket.shutdownOutput();
            assertThat(socket.isOutputShutdown()).isTrue();
            refused(socket::getOutputStream, "Socket output is shut down");
            socket.close();
            refused(socket::getInputStream, "Socket is closed");
            refused(socket::getOutputStream, "Socket is closed");
            socket.close();
        }
    }

    private static void refused(org.assertj.core.api.ThrowableAssert.ThrowingCallable attempt, String message) {
        assertThatExceptionOfType(SocketException.class).isThrownBy(attempt).withMessage(message);
    }
}
