package io.greenlet;

import static java.nio.channels.SelectionKey.OP_ACCEPT;
import static java.nio.channels.SelectionKey.OP_CONNECT;
import static java.nio.channels.SelectionKey.OP_READ;
import static java.nio.channels.SelectionKey.OP_WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NoConnectionPendingException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.Pipe;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// Waiting for a channel: readiness, time-out, interrupt, close, misuse, and that none of them leaves anything behind.
final class ReadinessTests extends HubContract {

    private static final long FOREVER = Long.MAX_VALUE;
    private static final long SHORT = TimeUnit.MILLISECONDS.toNanos(3);
    private static final long HOUR = TimeUnit.HOURS.toNanos(1);

    private final Queue<SelectableChannel> channels = new ConcurrentLinkedQueue<>();

    @AfterEach
    void nobodyWaitsAnyMore() throws IOException {
        waitUntilWaiting(0);
        for (SelectableChannel channel : channels) {
            waitUntilGone(channel);
            channel.close();
        }
    }

    // ---- channels

    /// Both ends of a connection.
    private record Connection(SocketChannel near, SocketChannel far) {}

    private <C extends SelectableChannel> C nonBlocking(C channel) throws IOException {
        channels.add(channel);
        channel.configureBlocking(false);
        return channel;
    }

    private static InetSocketAddress anyPort() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    private ServerSocketChannel server() throws IOException {
        return nonBlocking(ServerSocketChannel.open().bind(anyPort()));
    }

    private Connection connection() throws IOException {
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(anyPort())) {
            SocketChannel near = nonBlocking(SocketChannel.open(server.getLocalAddress()));
            return new Connection(near, nonBlocking(server.accept()));
        }
    }

    private SocketChannel quiet() throws IOException {
        return connection().near();
    }

    private DatagramChannel datagrams() throws IOException {
        return nonBlocking(DatagramChannel.open().bind(anyPort()));
    }

    private static void sendByte(SocketChannel channel) throws IOException {
        assertThat(channel.write(ByteBuffer.allocate(1))).isOne();
    }

    private static int readAll(SocketChannel channel) throws IOException {
        return channel.read(ByteBuffer.allocate(100));
    }

    /// Writes until the channel is not ready for more.
    private void fill(SocketChannel channel) throws Exception {
        ByteBuffer much = ByteBuffer.allocate(1 << 16);
        for (int quiet = 0; quiet < 2;) {
            much.clear();
            if (channel.write(much) > 0) {
                quiet = 0;
                continue;
            }
            try {
                await(channel, OP_WRITE, SHORT);
                quiet = 0;
            } catch (TimeoutException e) {
                quiet++;
            }
        }
    }

    private static void drain(SocketChannel channel) throws IOException {
        ByteBuffer much = ByteBuffer.allocate(1 << 16);
        while (channel.read(much) > 0) {
            much.clear();
        }
    }

    // ---- waits

    private int await(SelectableChannel channel, int ops, long nanos)
            throws IOException, InterruptedException, TimeoutException {
        return ReadinessPoller.await(hub(), channel, ops, nanos);
    }

    private Actor<Integer> waiter(SelectableChannel channel, int ops) {
        return fork(() -> await(channel, ops, FOREVER));
    }

    private void waitUntilWaiting(int count) {
        waitUntil(count + " wait", () -> ReadinessPoller.listeners(hub()) == count);
    }

    private static void waitUntilRegistered(SelectableChannel channel) {
        waitUntil(channel + " is registered", channel::isRegistered);
    }

    /// A wait that ended by itself leaves the selector a moment later.
    private static void waitUntilGone(SelectableChannel channel) {
        waitUntil(channel + " is registered no more", () -> !channel.isRegistered());
    }

    private static long descriptors() {
        OperatingSystemMXBean system = ManagementFactory.getOperatingSystemMXBean();
        return system instanceof com.sun.management.UnixOperatingSystemMXBean unix
                ? unix.getOpenFileDescriptorCount()
                : 0;
    }

    @Nested
    final class WhenReady {

        @Test
        void aReaderIsToldWhenThereIsSomethingToRead() throws Exception {
            Connection connection = connection();
            Actor<Integer> reader = waiter(connection.near(), OP_READ);
            waitUntilWaiting(1);
            assertThat(reader.isDone()).isFalse();
            sendByte(connection.far());
            assertThat(reader.result()).isEqualTo(OP_READ);
            assertThat(readAll(connection.near())).isOne();
        }

        @Test
        void theEndOfTheStreamIsSomethingToRead() throws Exception {
            Connection connection = connection();
            Actor<Integer> reader = waiter(connection.near(), OP_READ);
            waitUntilWaiting(1);
            connection.far().close();
            assertThat(reader.result()).isEqualTo(OP_READ);
            assertThat(readAll(connection.near())).isEqualTo(-1);
        }

        @Test
        void aWriterIsToldWhenThereIsRoom() throws Exception {
            Connection connection = connection();
            fill(connection.near());
            Actor<Integer> writer = waiter(connection.near(), OP_WRITE);
            waitUntilWaiting(1);
            waitUntil("there was room", () -> {
                try {
                    drain(connection.far());
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
                return writer.isDone();
            });
            assertThat(writer.result()).isEqualTo(OP_WRITE);
        }

        @Test
        void connectAndAcceptAreTold() throws Exception {
            ServerSocketChannel server = server();
            Actor<Integer> acceptor = waiter(server, OP_ACCEPT);
            waitUntilWaiting(1);
            SocketChannel client = nonBlocking(SocketChannel.open());
            if (!client.connect(server.getLocalAddress())) {
                assertThat(await(client, OP_CONNECT, HOUR)).isEqualTo(OP_CONNECT);
                assertThat(client.finishConnect()).isTrue();
            }
            assertThat(acceptor.result()).isEqualTo(OP_ACCEPT);
            assertThat(nonBlocking(server.accept()).getRemoteAddress()).isEqualTo(client.getLocalAddress());
        }

        @Test
        void aRefusedConnectionIsReadyToFail() throws Exception {
            SocketAddress nobody;
            try (ServerSocketChannel server = ServerSocketChannel.open().bind(anyPort())) {
                nobody = server.getLocalAddress();
            }
            SocketChannel client = nonBlocking(SocketChannel.open());
            assertThatThrownBy(() -> {
                if (!client.connect(nobody)) {
                    await(client, OP_CONNECT, HOUR);
                    client.finishConnect();
                }
            }).isInstanceOf(IOException.class).hasMessageContaining("refused");
        }

        @Test
        void datagramsAndPipesAreTold() throws Exception {
            DatagramChannel datagrams = datagrams();
            Pipe pipe = Pipe.open();
            nonBlocking(pipe.source());
            nonBlocking(pipe.sink());
            Actor<Integer> receiver = waiter(datagrams, OP_READ);
            Actor<Integer> reader = waiter(pipe.source(), OP_READ);
            waitUntilWaiting(2);
            assertThat(await(pipe.sink(), OP_WRITE, HOUR)).isEqualTo(OP_WRITE);
            pipe.sink().write(ByteBuffer.allocate(1));
            datagrams.send(ByteBuffer.allocate(1), datagrams.getLocalAddress());
            assertThat(receiver.result()).isEqualTo(OP_READ);
            assertThat(reader.result()).isEqualTo(OP_READ);
        }

        @Test
        void aWaitForSeveralTellsWhichAreReady() throws Exception {
            Connection connection = connection();
            assertThat(await(connection.near(), OP_READ | OP_WRITE, HOUR)).isEqualTo(OP_WRITE);
            sendByte(connection.far());
            await(connection.near(), OP_READ, HOUR);
            assertThat(await(connection.near(), OP_READ | OP_WRITE, HOUR)).isEqualTo(OP_READ | OP_WRITE);
        }

        @Test
        void whatIsStillReadyIsToldAgain() throws Exception {
            Connection connection = connection();
            sendByte(connection.far());
            for (int i = 0; i < 50; i++) {
                assertThat(await(connection.near(), OP_READ, FOREVER)).isEqualTo(OP_READ);
            }
            readAll(connection.near());
            assertThatThrownBy(() -> await(connection.near(), OP_READ, SHORT)).isInstanceOf(TimeoutException.class);
        }

        @Test
        void aReaderAndAWriterMayWaitForTheSameChannel() throws Exception {
            Connection connection = connection();
            Actor<Integer> reader = waiter(connection.near(), OP_READ);
            waitUntilWaiting(1);
            assertThat(await(connection.near(), OP_WRITE, HOUR)).as("a writer beside it").isEqualTo(OP_WRITE);
            assertThat(ReadinessPoller.listeners(hub())).isOne();
            assertThat(reader.isDone()).isFalse();
            sendByte(connection.far());
            assertThat(reader.result()).isEqualTo(OP_READ);

            fill(connection.near());
            readAll(connection.near());
            Actor<Integer> writer = waiter(connection.near(), OP_WRITE);
            Actor<Integer> second = waiter(connection.near(), OP_READ);
            waitUntilWaiting(2);
            sendByte(connection.far());
            assertThat(second.result()).as("a reader beside it").isEqualTo(OP_READ);
            assertThat(writer.isDone()).isFalse();
            connection.near().close();
            assertThatThrownBy(writer::result).isInstanceOf(AsynchronousCloseException.class);
        }

        @Test
        void nothingOfTheWaitIsLeft() throws Exception {
            Connection connection = connection();
            sendByte(connection.far());
            await(connection.near(), OP_READ, HOUR);
            assertThat(connection.near().isRegistered()).isFalse();
            connection.near().configureBlocking(true);
            assertThat(readAll(connection.near())).isOne();
        }

        /// The order of the writes is the memory effect: what the peer wrote is there to read.
        @Test
        void manyRoundsOfPingPongLoseNothing() throws Exception {
            Connection connection = connection();
            int rounds = DEEP ? 20_000 : 500;
            Actor<Integer> echo = fork(() -> {
                for (int i = 0; i < rounds; i++) {
                    await(connection.far(), OP_READ, FOREVER);
                    assertThat(readAll(connection.far())).isOne();
                    sendByte(connection.far());
                }
                return rounds;
            });
            for (int i = 0; i < rounds; i++) {
                sendByte(connection.near());
                await(connection.near(), OP_READ, FOREVER);
                assertThat(readAll(connection.near())).isOne();
            }
            assertThat(echo.result()).isEqualTo(rounds);
        }

        @Test
        void aThousandChannelsAtOnce() throws Exception {
            int count = 1_000;
            List<DatagramChannel> all = new ArrayList<>();
            List<Actor<Integer>> readers = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                DatagramChannel channel = datagrams();
                all.add(channel);
                readers.add(waiter(channel, OP_READ));
            }
            waitUntilWaiting(count);
            for (DatagramChannel channel : all) {
                channel.send(ByteBuffer.allocate(1), channel.getLocalAddress());
            }
            for (Actor<Integer> reader : readers) {
                assertThat(reader.result()).isEqualTo(OP_READ);
            }
        }
    }

    @Nested
    final class WhenTheTimeIsOver {

        @Test
        void itThrows() throws Exception {
            SocketChannel channel = quiet();
            assertThatThrownBy(() -> await(channel, OP_READ, SHORT)).isInstanceOf(TimeoutException.class)
                    .hasMessage("no OP_READ (1) of " + channel + " within PT0.003S");
        }

        @Test
        void notBefore() throws Exception {
            SocketChannel channel = quiet();
            Hub clock = Hub.current();
            long start = clock.nanoTime();
            assertThatThrownBy(() -> await(channel, OP_READ, SHORT)).isInstanceOf(TimeoutException.class);
            assertThat(clock.nanoTime() - start).isGreaterThanOrEqualTo(SHORT);
        }

        @Test
        void nothingOfTheWaitIsLeft() throws Exception {
            SocketChannel channel = quiet();
            assertThatThrownBy(() -> await(channel, OP_READ, SHORT)).isInstanceOf(TimeoutException.class);
            assertThat(ReadinessPoller.listeners(hub())).isZero();
            channel.configureBlocking(true);
            waitUntilGone(channel);
        }

        @Test
        void theOtherSideGoesOnWaiting() throws Exception {
            Connection connection = connection();
            fill(connection.near());
            Actor<Integer> writer = waiter(connection.near(), OP_WRITE);
            waitUntilWaiting(1);
            assertThatThrownBy(() -> await(connection.near(), OP_READ, SHORT)).isInstanceOf(TimeoutException.class);
            assertThat(ReadinessPoller.listeners(hub())).isOne();
            connection.near().close();
            assertThatThrownBy(writer::result).isInstanceOf(AsynchronousCloseException.class);
        }

        @Test
        void itsChannelCanBeAwaitedAgainAtOnce() throws Exception {
            Connection connection = connection();
            for (int i = 0; i < 200; i++) {
                assertThatThrownBy(() -> await(connection.near(), OP_READ, 1 + System.nanoTime() % 50_000))
                        .isInstanceOf(TimeoutException.class);
            }
            sendByte(connection.far());
            assertThat(await(connection.near(), OP_READ, FOREVER)).isEqualTo(OP_READ);
        }

        @Test
        void withNoTimeItLooksOnce() throws Exception {
            Connection connection = connection();
            for (long nanos : new long[]{0, -1, Long.MIN_VALUE}) {
                assertThatThrownBy(() -> await(connection.near(), OP_READ, nanos)).isInstanceOf(TimeoutException.class);
                assertThat(await(connection.near(), OP_READ | OP_WRITE, nanos)).isEqualTo(OP_WRITE);
            }
            assertThat(connection.near().isRegistered()).isFalse();
        }
    }

    @Nested
    final class WhenInterrupted {

        @Test
        void itThrowsAndTheChannelStaysOpen() throws Exception {
            Connection connection = connection();
            Actor<Boolean> reader = fork(() -> {
                assertThatThrownBy(() -> await(connection.near(), OP_READ, HOUR))
                        .isInstanceOf(InterruptedException.class);
                return Thread.currentThread().isInterrupted();
            });
            waitUntilWaiting(1);
            hub().interrupt(reader.thread());
            assertThat(reader.result()).as("the flag is spent").isFalse();
            assertThat(ReadinessPoller.listeners(hub())).isZero();
            sendByte(connection.far());
            assertThat(await(connection.near(), OP_READ, FOREVER)).isEqualTo(OP_READ);
        }

        @Test
        void beforeItWaits() throws Exception {
            SocketChannel channel = quiet();
            for (long nanos : new long[]{0, SHORT, FOREVER}) {
                Actor<Boolean> reader = fork(() -> {
                    Thread.currentThread().interrupt();
                    assertThatThrownBy(() -> await(channel, OP_READ, nanos)).isInstanceOf(InterruptedException.class);
                    return Thread.currentThread().isInterrupted();
                });
                assertThat(reader.result()).isFalse();
            }
            assertThat(channel.isOpen()).isTrue();
        }

        @Test
        void aKillEndsTheWait() throws Exception {
            SocketChannel channel = quiet();
            AtomicReference<Throwable> seen = new AtomicReference<>();
            GreenThread<Integer> green = spawn(() -> {
                try {
                    return await(channel, OP_READ, FOREVER);
                } catch (InterruptedException e) {
                    seen.set(e);
                    throw e;
                }
            });
            waitUntilWaiting(1);
            green.kill();
            assertThat(catchThrowable(green::await)).isInstanceOf(GreenletExit.class);
            assertThat(seen.get()).isInstanceOf(InterruptedException.class);
            assertThat(ReadinessPoller.listeners(hub())).isZero();
        }
    }

    @Nested
    final class WhenClosed {

        @Test
        void everyWaiterGetsAnIoErrorAtOnce() throws Exception {
            Connection connection = connection();
            fill(connection.near());
            Actor<Integer> reader = waiter(connection.near(), OP_READ);
            Actor<Integer> writer = waiter(connection.near(), OP_WRITE);
            waitUntilWaiting(2);
            waitUntilRegistered(connection.near());
            connection.near().close();
            assertThatThrownBy(reader::result).isInstanceOf(AsynchronousCloseException.class);
            assertThatThrownBy(writer::result).isInstanceOf(AsynchronousCloseException.class);
        }

        /// With the peer's half closed already, the socket hangs up as it is closed, and a selector takes that for ready.
        @Test
        void closingIsNotTakenForReadiness() throws Exception {
            for (int round = 0; round < 20; round++) {
                Connection connection = connection();
                fill(connection.near());
                connection.far().shutdownOutput();
                waitUntilGone(connection.near());
                Actor<Integer> writer = waiter(connection.near(), OP_WRITE);
                waitUntilRegistered(connection.near());
                connection.near().close();
                assertThatThrownBy(writer::result).isInstanceOf(AsynchronousCloseException.class);
                connection.far().close();
            }
        }

        @Test
        void everyKindOfChannelTells() throws Exception {
            Pipe pipe = Pipe.open();
            for (SelectableChannel channel : List.of(server(), datagrams(), nonBlocking(pipe.source()), quiet())) {
                Actor<Integer> waiter = waiter(channel, channel.validOps() & (OP_READ | OP_ACCEPT));
                waitUntilRegistered(channel);
                channel.close();
                assertThatThrownBy(waiter::result).isInstanceOf(AsynchronousCloseException.class);
            }
            pipe.sink().close();
        }

        @Test
        void beforeTheWaitItIsRefused() throws Exception {
            SocketChannel channel = quiet();
            channel.close();
            for (long nanos : new long[]{0, SHORT, FOREVER}) {
                assertThatThrownBy(() -> await(channel, OP_READ, nanos)).isInstanceOf(ClosedChannelException.class);
            }
        }

        /// A port can be taken again only when the descriptor is released.
        @Test
        void theDescriptorIsReleasedWhenTheWaiterKnows() throws Exception {
            for (int i = 0; i < 50; i++) {
                ServerSocketChannel server = server();
                SocketAddress address = server.getLocalAddress();
                Actor<Integer> acceptor = waiter(server, OP_ACCEPT);
                waitUntilRegistered(server);
                server.close();
                assertThatThrownBy(acceptor::result).isInstanceOf(AsynchronousCloseException.class);
                rebind(address);
            }
        }

        /// The close comes at every point of the registration.
        @Test
        void theDescriptorIsReleasedWhenTheChannelIsJustBeingRegistered() throws Exception {
            for (int i = 0; i < (DEEP ? 20_000 : 300); i++) {
                ServerSocketChannel server = server();
                SocketAddress address = server.getLocalAddress();
                Actor<Integer> acceptor = waiter(server, OP_ACCEPT);
                waitUntilRegistered(server); // by one key or another
                server.close();
                assertThatThrownBy(acceptor::result).isInstanceOf(ClosedChannelException.class);
                waitUntilReleased(address);
                channels.remove(server);
            }
        }

        @Test
        void theDescriptorIsReleasedByAWaiterThatWasToldBefore() throws Exception {
            for (int i = 0; i < 50; i++) {
                ServerSocketChannel server = server();
                SocketAddress address = server.getLocalAddress();
                try (SocketChannel client = SocketChannel.open(address)) {
                    await(server, OP_ACCEPT, FOREVER);
                    server.close();
                    assertThat(client.isConnected()).isTrue();
                }
                waitUntilReleased(address);
            }
        }

        @Test
        void theDescriptorIsReleasedAfterATimeOut() throws Exception {
            for (int i = 0; i < 50; i++) {
                ServerSocketChannel server = server();
                SocketAddress address = server.getLocalAddress();
                long nanos = 1 + i * 2_000L; // some before the channel is registered, some after
                assertThatThrownBy(() -> await(server, OP_ACCEPT, nanos)).isInstanceOf(TimeoutException.class);
                server.close();
                waitUntilReleased(address);
            }
        }

        private static void rebind(SocketAddress address) throws IOException {
            try (ServerSocketChannel next = ServerSocketChannel.open()) {
                next.setOption(StandardSocketOptions.SO_REUSEADDR, true).bind(address);
            }
        }

        private static void waitUntilReleased(SocketAddress address) {
            waitUntil(address + " can be bound again", () -> {
                try {
                    rebind(address);
                    return true;
                } catch (IOException e) {
                    return false;
                }
            });
        }
    }

    /// A message and a time-out and a close at the same moment: one of them wins, and nothing is left.
    @Test
    void readinessCloseAndTimeOutRace() throws Exception {
        long before = descriptors();
        int rounds = DEEP ? 5_000 : 300;
        for (int round = 0; round < rounds; round++) {
            Connection connection = connection();
            long nanos = round % 3 == 0 ? FOREVER : 1 + round * 977L % 200_000;
            AtomicBoolean started = new AtomicBoolean();
            Actor<Integer> reader = fork(() -> {
                started.set(true);
                return await(connection.near(), OP_READ, nanos);
            });
            Actor<Boolean> closer = fork(() -> {
                waitUntil("the reader has begun", started::get);
                connection.near().close();
                return true;
            });
            if (round % 2 == 0) {
                sendByte(connection.far());
            }
            try {
                assertThat(reader.result()).isEqualTo(OP_READ);
            } catch (TimeoutException e) {
                assertThat(nanos).isNotEqualTo(FOREVER);
            } catch (ClosedChannelException e) {
                assertThat(connection.near().isOpen()).isFalse();
            }
            assertThat(closer.result()).isTrue();
            connection.far().close();
        }
        assertThat(ReadinessPoller.listeners(hub())).isZero();
        waitUntil("all descriptors are released", () -> descriptors() < before + rounds / 10);
    }

    /// The key of somebody else's selector comes and goes while the channel is registered here.
    @Test
    void anotherSelectorOfTheSameChannelDoesNotMatter() throws Exception {
        long before = descriptors();
        int rounds = 200;
        try (Selector other = Selector.open()) {
            for (int round = 0; round < rounds; round++) {
                Connection connection = connection();
                SelectionKey foreign = connection.near().register(other, OP_READ);
                Actor<Integer> reader = waiter(connection.near(), OP_READ);
                if (round % 2 == 0) {
                    waitUntilWaiting(1);
                }
                foreign.cancel();
                other.selectNow();
                connection.near().close();
                assertThatThrownBy(reader::result).isInstanceOf(ClosedChannelException.class);
                connection.far().close();
            }
        }
        waitUntil("all descriptors are released", () -> descriptors() < before + rounds / 10);
    }

    @Nested
    final class Refused {

        @Test
        void opsThatTheChannelDoesNotHave() throws Exception {
            SocketChannel channel = quiet();
            for (int ops : new int[]{0, OP_ACCEPT, OP_READ | OP_ACCEPT, 2, -1}) {
                assertThatThrownBy(() -> await(channel, ops, FOREVER)).isInstanceOf(IllegalArgumentException.class)
                        .hasMessageStartingWith("ops must be one or more of OP_READ|OP_WRITE|OP_CONNECT (13) for "
                                + channel + ": ")
                        .hasMessageContaining(Integer.toString(ops));
            }
            assertThatThrownBy(() -> await(channel, OP_ACCEPT, FOREVER)).hasMessageEndingWith(": OP_ACCEPT (16)");
        }

        @Test
        void aBlockingChannel() throws Exception {
            SocketChannel channel = quiet();
            channel.configureBlocking(true);
            assertThatThrownBy(() -> await(channel, OP_READ, FOREVER)).isInstanceOf(IllegalStateException.class)
                    .hasMessage("channel must be in non-blocking mode: " + channel);
        }

        @Test
        @SuppressWarnings("NullAway") // what null does is the test
        void noChannel() {
            assertThatThrownBy(() -> await(null, OP_READ, FOREVER)).isInstanceOf(NullPointerException.class)
                    .hasMessage("channel");
        }

        @Test
        void aSecondWaiterForTheSameReadiness() throws Exception {
            Connection connection = connection();
            GreenThread<Integer> first = spawn(() -> await(connection.near(), OP_READ, FOREVER));
            waitUntilWaiting(1);
            GreenThread<Integer> second = spawn(() -> await(connection.near(), OP_READ | OP_WRITE, FOREVER));
            assertThat(catchThrowable(second::await)).isInstanceOf(IllegalStateException.class)
                    .hasMessage(second + " cannot wait for OP_READ|OP_WRITE (5) of " + connection.near() + ": " + first
                            + " waits for it already")
                    .hasMessageContaining(first.name()).hasMessageContaining(second.name());
            assertThat(ReadinessPoller.listeners(hub())).isOne();
            sendByte(connection.far());
            assertThat(first.await()).as("the first is not disturbed").isEqualTo(OP_READ);
        }

        @Test
        void aSecondWaiterInAPlainThread() throws Exception {
            Connection connection = connection();
            Actor<Integer> first = waiter(connection.near(), OP_READ);
            waitUntilWaiting(1);
            AtomicReference<Throwable> refusal = new AtomicReference<>();
            Thread named = Thread.ofPlatform().name("second").start(
                    () -> refusal.set(catchThrowable(() -> await(connection.near(), OP_READ, FOREVER))));
            waitUntil("it is refused", () -> refusal.get() != null && !named.isAlive());
            assertThat(refusal.get()).isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith("thread 'second' cannot wait for OP_READ (1) of ");
            sendByte(connection.far());
            assertThat(first.result()).isEqualTo(OP_READ);
        }

        @Test
        void whatTheSocketIsNotConnectedFor() throws Exception {
            SocketChannel fresh = nonBlocking(SocketChannel.open());
            assertThatThrownBy(() -> await(fresh, OP_READ, FOREVER)).isInstanceOf(NotYetConnectedException.class);
            assertThatThrownBy(() -> await(fresh, OP_WRITE, FOREVER)).isInstanceOf(NotYetConnectedException.class);
            assertThatThrownBy(() -> await(fresh, OP_CONNECT, FOREVER))
                    .isInstanceOf(NoConnectionPendingException.class);
            assertThat(await(quiet(), OP_CONNECT, FOREVER)).as("connected already").isEqualTo(OP_CONNECT);
        }
    }

    /// Who gives up meets monitors of the JDK's, where on an own carrier another one of the hub may come in.
    @Nested
    final class ManyAtOnce {

        @Test
        void timeOutsHoldNobodyUp() throws Exception {
            List<Actor<Integer>> waiters = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                SocketChannel channel = quiet();
                waiters.add(fork(() -> {
                    int timeOuts = 0;
                    for (int k = 0; k < 100; k++) {
                        try {
                            await(channel, OP_READ, 50_000);
                        } catch (TimeoutException e) {
                            timeOuts++;
                        }
                    }
                    return timeOuts;
                }));
            }
            for (Actor<Integer> waiter : waiters) {
                assertThat(waiter.result()).isEqualTo(100);
            }
        }
    }

    /// What the hubs make of the wait.
    @Nested
    final class OnAHubOfItsOwn {

        private interface Body {
            void run() throws Exception;
        }

        /// Waits for another hub, which a simulated one must not take for standing still.
        private void outside(Body body) throws Exception {
            String done = hub().blocking(() -> {
                body.run();
                return "done";
            });
            assertThat(done).isEqualTo("done");
        }

        @Test
        void othersOfACooperativeHubGoOnMeanwhile() throws Exception {
            outside(() -> {
                Connection connection = connection();
                try (Hub own = Hub.cooperative("own")) {
                    GreenThread<Integer> reader = own
                            .spawn(() -> ReadinessPoller.await(own, connection.near(), OP_READ, FOREVER));
                    GreenThread<String> other = own.spawn(() -> {
                        Green.sleep(Duration.ofMillis(1));
                        assertThat(ReadinessPoller.listeners(own)).isOne();
                        sendByte(connection.far());
                        return "went on";
                    });
                    assertThat(other.await()).isEqualTo("went on");
                    assertThat(reader.await()).isEqualTo(OP_READ);
                    assertThatThrownBy(() -> own.spawn(() -> {
                        readAll(connection.near());
                        return ReadinessPoller.await(own, connection.near(), OP_READ, SHORT);
                    }).await()).hasRootCauseInstanceOf(TimeoutException.class);
                }
            });
        }

        @Test
        void closingACooperativeHubEndsTheWait() throws Exception {
            outside(() -> {
                Connection connection = connection();
                Hub own = Hub.cooperative("own");
                GreenThread<Integer> reader = own
                        .spawn(() -> ReadinessPoller.await(own, connection.near(), OP_READ, FOREVER));
                waitUntil("it waits", () -> ReadinessPoller.listeners(own) == 1);
                own.close();
                assertThat(catchThrowable(reader::await)).isInstanceOf(GreenletExit.class);
                assertThat(ReadinessPoller.listeners(own)).isZero();
            });
        }

        @Test
        void theClockOfASimulatedHubDoesNotJumpMeanwhile() throws Exception {
            outside(() -> {
                Connection connection = connection();
                try (SimulatedHub own = Hub.simulated(1)) {
                    GreenThread<Integer> reader = own
                            .spawn(() -> ReadinessPoller.await(own, connection.near(), OP_READ, HOUR));
                    GreenThread<Boolean> closer = own.spawn(() -> {
                        Green.yieldNow();
                        sendByte(connection.far());
                        return true;
                    });
                    own.run();
                    assertThat(closer.await()).isTrue();
                    assertThat(reader.await()).isEqualTo(OP_READ);
                    assertThat(own.nanoTime()).isLessThan(HOUR);
                }
            });
        }

        @Test
        void aTimeOutOnASimulatedHubTakesItsTime() throws Exception {
            outside(() -> {
                SocketChannel channel = quiet();
                try (SimulatedHub own = Hub.simulated(2)) {
                    GreenThread<Integer> reader = own.spawn(() -> ReadinessPoller.await(own, channel, OP_READ, SHORT));
                    own.run();
                    assertThatThrownBy(reader::await).hasRootCauseInstanceOf(TimeoutException.class);
                    assertThat(own.nanoTime()).isGreaterThanOrEqualTo(SHORT);
                }
            });
        }
    }

    @Nested
    final class ThePollersThread {

        private final ReadinessPoller poller = new ReadinessPoller(1);

        @Test
        void endsWhenIdleAndBeginsAgain() throws Exception {
            Connection connection = connection();
            long before = descriptors();
            for (int round = 0; round < 20; round++) {
                assertThat(poller.awaitReady(hub(), connection.near(), OP_WRITE, FOREVER)).isEqualTo(OP_WRITE);
                assertThatThrownBy(() -> poller.awaitReady(hub(), connection.near(), OP_READ, SHORT))
                        .isInstanceOf(TimeoutException.class);
                waitUntil("the thread has ended", () -> !poller.isRunning());
            }
            waitUntil("its selectors are closed", () -> descriptors() < before + 20);
        }

        @Test
        void staysWhileSomebodyWaits() throws Exception {
            Connection connection = connection();
            Actor<Integer> reader = fork(() -> poller.awaitReady(hub(), connection.near(), OP_READ, FOREVER));
            waitUntil("it waits", () -> poller.count(hub()) == 1);
            hub().sleep(Duration.ofMillis(5));
            assertThat(poller.isRunning()).isTrue();
            sendByte(connection.far());
            assertThat(reader.result()).isEqualTo(OP_READ);
        }

        /// It would spin: nobody is told of a connection that somebody else has finished.
        @Test
        void tellsOfAConnectionThatSomebodyElseHasFinished() throws Exception {
            ServerSocketChannel server = server();
            for (int round = 0; round < 100; round++) {
                SocketChannel client = nonBlocking(SocketChannel.open());
                if (client.connect(server.getLocalAddress())) {
                    continue;
                }
                Actor<Integer> waiter = waiter(client, OP_CONNECT);
                waitUntil("it waits, or waits no more", () -> waiter.isDone() || ReadinessPoller.listeners(hub()) > 0);
                assertThat(client.finishConnect()).isTrue();
                assertThat(waiter.result()).isEqualTo(OP_CONNECT);
                client.close();
                server.accept().close();
            }
        }
    }

    /// What this rests on in the JDK.
    @Nested
    final class TheAlarm {

        @Test
        void ringsWhenTheChannelCloses() throws Exception {
            SocketChannel channel = quiet();
            AtomicInteger rings = new AtomicInteger();
            CloseAlarm alarm = new CloseAlarm(channel, rings::incrementAndGet);
            alarm.arm();
            assertThat(channel.isRegistered()).isTrue();
            assertThat(rings).hasValue(0);
            channel.close();
            assertThat(rings).hasPositiveValue();
            assertThat(channel.isRegistered()).isFalse();
        }

        @Test
        void disarmedIsAsIfItHadNeverBeen() throws Exception {
            SocketChannel channel = quiet();
            AtomicInteger rings = new AtomicInteger();
            CloseAlarm alarm = new CloseAlarm(channel, rings::incrementAndGet);
            alarm.arm();
            alarm.disarm();
            assertThat(channel.isRegistered()).isFalse();
            channel.configureBlocking(true);
            channel.close();
            assertThat(rings).hasValue(0);
        }

        @Test
        void knowsWhetherItComesFirst() throws Exception {
            try (Selector selector = Selector.open()) {
                for (boolean first : new boolean[]{true, false}) {
                    SocketChannel channel = quiet();
                    CloseAlarm alarm = new CloseAlarm(channel, () -> {
                    });
                    if (first) {
                        alarm.arm();
                    }
                    SelectionKey key = channel.register(selector, OP_READ);
                    if (!first) {
                        alarm.arm();
                    }
                    assertThat(alarm.comesBefore(selector)).isEqualTo(first);
                    alarm.disarm();
                    key.cancel();
                    selector.selectNow();
                }
            }
        }
    }
}
