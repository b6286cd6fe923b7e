package io.greenlet.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.greenlet.GreenThread;
import io.greenlet.Hub;
import io.greenlet.HubContract.Caller;
import io.greenlet.HubContract.HubKind;
import io.greenlet.Latch;
import io.greenlet.OnlyOn;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolOptions;
import io.greenlet.pool.RejectedSubmission;
import io.greenlet.sync.GreenEvent;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// Serving, its limits, what a handler's end does, and how a server stops, on every hub. A virtual thread that is not green
/// calls as a platform thread does: neither is on the server's hub.
@OnlyOn(value = {HubKind.PARALLEL, HubKind.OWN_CARRIER, HubKind.BATON, HubKind.SIMULATED}, from = {
        Caller.PLATFORM_THREAD, Caller.GREEN_THREAD})
final class GreenServerTests extends NetContract {

    /// Serves until it is killed, in one of the ways in which a handler can hang.
    private static void hang(Socket connection) throws Exception {
        switch (connection.getInputStream().read()) {
            case 'r' -> connection.getInputStream().read();
            case 's' -> Hub.current().sleep(Duration.ofDays(1));
            case 'w' -> {
                for (byte[] much = new byte[1 << 16];;) { // nobody reads
                    connection.getOutputStream().write(much);
                }
            }
            default -> new Latch(1).await();
        }
    }

    @Nested
    final class Serving {

        @Test
        void eachConnectionHasAGreenThreadOfItsOwn() throws Exception {
            List<Socket> clients = new ArrayList<>();
            try (GreenServer server = start(NetContract::echo)) {
                for (int i = 0; i < 20; i++) {
                    clients.add(client(server));
                }
                for (int i = 19; i >= 0; i--) {
                    assertEchoes(clients.get(i), "to " + i);
                }
                waitUntilOpen(server, 20);
                for (Socket client : clients) {
                    client.close();
                }
                waitUntilOpen(server, 0);
                ServerSnapshot now = server.snapshot();
                assertThat(now.accepted()).isEqualTo(20);
                assertThat(now.completed()).isEqualTo(20);
                assertThat(now.accepting()).isTrue();
                assertThat(now.address()).isEqualTo(server.address());
                assertThat(server.port()).isEqualTo(((InetSocketAddress) server.address()).getPort()).isPositive();
                assertThat(server).hasToString("server 'echo'");
            }
        }

        @Test
        void theHandlerRunsOnTheHubInTheServersPool() throws Exception {
            GreenEvent<GreenThread<?>> who = new GreenEvent<>();
            try (GreenServer server = start(connection -> who.send(GreenThread.current().orElseThrow()));
                    Socket client = client(server)) {
                GreenThread<?> green = who.await();
                assertThat(green.hub()).isSameAs(hub()).isSameAs(server.hub());
                assertThat(green.name()).startsWith("echo-");
                assertThat(server.pool().size()).isEqualTo(ServeOptions.DEFAULT_CONCURRENCY);
                assertClosedByPeer(client);
            }
        }

        @Test
        void theThirdClientOfAServerOfTwoWaitsConnectedUntilOneEnds() throws Exception {
            try (GreenServer server = start(NetContract::echo, options().withConcurrency(2));
                    Socket first = client(server);
                    Socket second = client(server)) {
                assertEchoes(first, "first");
                assertEchoes(second, "second");
                try (Socket third = client(server)) {
                    say(third, "third");
                    third.setSoTimeout(20);
                    assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(() -> hear(third, 1));
                    assertThat(server.snapshot().accepted()).as("it stands in the backlog").isEqualTo(2);
                    assertThat(server.pool().running()).isEqualTo(2);
                    third.setSoTimeout(0);
                    first.shutdownOutput();
                    assertThat(hear(third, 5)).isEqualTo("third");
                }
            }
        }

        @Test
        void aSharedPoolThatIsFullHoldsClientsBack() throws Exception {
            GreenPool pool = GreenPool.of(PoolOptions.named("shared").withHub(hub()).withSize(2));
            Latch gate = new Latch(1);
            GreenThread<Boolean> other = pool.spawn(() -> {
                gate.await();
                return true;
            });
            try (GreenServer server = start(NetContract::echo, ServeOptions.named("echo").withPool(pool));
                    Socket first = client(server);
                    Socket second = client(server)) {
                assertThat(server.hub()).isSameAs(hub());
                assertEchoes(first, "first");
                say(second, "second");
                waitUntil("it waits for a slot", () -> pool.waiting() == 1);
                assertThat(server.snapshot().accepted()).isEqualTo(1);
                gate.countDown();
                assertThat(other.await()).isTrue();
                assertThat(hear(second, 6)).isEqualTo("second");
            }
            waitUntil("the pool is at rest", () -> pool.free() == 2);
            assertThat(pool.snapshot().completed()).isEqualTo(3);
        }

        @Test
        void aServerTakesNoMoreOfASharedPoolThanItsConcurrency() throws Exception {
            GreenPool pool = GreenPool.of(PoolOptions.named("shared").withHub(hub()).withSize(5));
            try (GreenServer server = start(NetContract::echo, options().withPool(pool).withConcurrency(1));
                    Socket first = client(server);
                    Socket second = client(server)) {
                assertEchoes(first, "first");
                say(second, "second");
                second.setSoTimeout(20);
                assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(() -> hear(second, 1));
                assertThat(pool.running()).isEqualTo(1);
                second.setSoTimeout(0);
                first.shutdownOutput();
                assertThat(hear(second, 6)).isEqualTo("second");
            }
        }

        @Test
        void aServerNeedsAListenerThatIsBoundAndOpen() throws Exception {
            ServerSocket listener = listener();
            listener.close();
            assertThatExceptionOfType(ClosedChannelException.class)
                    .isThrownBy(() -> GreenNet.start(listener, NetContract::echo, 5));
            try (ServerSocket unbound = java.nio.channels.ServerSocketChannel.open().socket()) {
                assertThatIllegalStateException().isThrownBy(() -> GreenNet.start(unbound, NetContract::echo))
                        .withMessage("listener must be bound: " + unbound);
            }
        }
    }

    @Nested
    final class Handlers {

        @Test
        void aFailureIsReportedAndTheServerGoesOn() throws Exception {
            AtomicInteger count = new AtomicInteger();
            try (GreenServer server = start(connection -> {
                switch (count.incrementAndGet()) {
                    case 1 -> throw new IOException("broken");
                    case 2 -> throw new StackOverflowError("deep");
                    default -> echo(connection);
                }
            })) {
                try (Socket first = client(server)) {
                    assertClosedByPeer(first);
                    Report report = takeReport();
                    assertThat(report.error()).isInstanceOf(IOException.class).hasMessage("broken");
                    assertThat(report.source()).matches(
                            "server 'echo': echo-\\d+ with .*127\\.0\\.0\\.1:" + first.getLocalPort());
                }
                try (Socket second = client(server)) {
                    assertClosedByPeer(second);
                    assertThat(takeReport().error()).isInstanceOf(StackOverflowError.class);
                }
                try (Socket third = client(server)) {
                    assertEchoes(third, "third");
                }
                waitUntilOpen(server, 0);
                assertThat(server.snapshot().failed()).isEqualTo(2);
                assertThat(server.pool().snapshot().failed()).isEqualTo(2);
                assertSum(server.snapshot());
            }
        }

        @Test
        void aKilledOneIsClosedAndNobodyIsTold() throws Exception {
            GreenEvent<GreenThread<?>> who = new GreenEvent<>();
            try (GreenServer server = start(connection -> {
                who.send(GreenThread.current().orElseThrow());
                hang(connection);
            }); Socket client = client(server)) {
                say(client, "r");
                who.await().kill();
                assertClosedByPeer(client);
                waitUntilOpen(server, 0);
                assertThat(server.snapshot().killed()).isEqualTo(1);
                assertThat(server.isAccepting()).isTrue();
            }
        }

        @Test
        void oneThatKillsItselfIsKilled() throws Exception {
            try (GreenServer server = start(connection -> GreenThread.current().orElseThrow().kill());
                    Socket client = client(server)) {
                assertClosedByPeer(client);
                waitUntilOpen(server, 0);
                assertThat(server.snapshot().killed()).isEqualTo(1);
            }
        }

        @Test
        void allOfASharedPoolAreKilledWithIt() throws Exception {
            GreenPool pool = GreenPool.of(PoolOptions.named("shared").withHub(hub()).withSize(3));
            try (GreenServer server = start(GreenServerTests::hang, options().withPool(pool));
                    Socket client = client(server)) {
                waitUntilOpen(server, 1);
                pool.killAll();
                assertClosedByPeer(client);
                waitUntilOpen(server, 0);
                assertThat(server.snapshot().killed()).isEqualTo(1);
            }
        }

        @Test
        void anIdleConnectionTimesOutQuietly() throws Exception {
            try (GreenServer server = start(NetContract::echo, options().withIdleTimeout(Duration.ofMillis(30)));
                    Socket client = client(server)) {
                assertEchoes(client, "not idle");
                assertClosedByPeer(client);
                waitUntilOpen(server, 0);
                assertThat(server.snapshot().timedOut()).isEqualTo(1);
                assertSum(server.snapshot());
            }
        }

        @Test
        void aTimeOutOfTheHandlersOwnIsAFailure() throws Exception {
            try (GreenServer server = start(connection -> {
                throw new SocketTimeoutException("of another server");
            }); Socket client = client(server)) {
                assertClosedByPeer(client);
                assertThat(takeReport().error()).hasMessage("of another server");
                waitUntilOpen(server, 0);
                assertThat(server.snapshot().failed()).isEqualTo(1);
            }
        }
    }

    @Nested
    final class Serve {

        @Test
        void blocksUntilStopServeAndTheOthersHaveFinished() throws Exception {
            ServerSocket listener = listener();
            Actor<StopReport> serving = fork(() -> GreenNet.serve(listener, connection -> {
                if (connection.getInputStream().read() == '.') {
                    throw new StopServe();
                }
                echo(connection);
            }, options()));
            try (Socket other = GreenNet.connect(listener.getLocalSocketAddress());
                    Socket stopper = GreenNet.connect(listener.getLocalSocketAddress())) {
                assertEchoes(sayFirst(other), "served");
                say(stopper, ".");
                assertClosedByPeer(stopper);
                waitUntil("the listener is closed", listener::isClosed);
                assertEchoes(other, "still");
                assertThat(serving.isDone()).isFalse();
            }
            StopReport report = serving.result();
            assertThat(report.server()).isEqualTo("echo");
            assertThat(report.served()).isEqualTo(2);
            assertThat(report.finished()).isBetween(1, 2); // the one that stops leaves soon after
            assertThat(report.inTime()).isTrue();
            assertThat(report.left()).isEmpty();
        }

        private Socket sayFirst(Socket connection) throws IOException {
            say(connection, "-");
            return connection;
        }

        @Test
        void anInterruptKillsTheHandlersAndIsThrown() throws Exception {
            ServerSocket listener = listener();
            Actor<StopReport> serving = fork(() -> GreenNet.serve(listener, GreenServerTests::hang, options()));
            try (Socket client = GreenNet.connect(listener.getLocalSocketAddress())) {
                say(client, "s");
                waitUntilParked(serving.thread());
                serving.interrupt();
                assertThatThrownBy(serving::result).isInstanceOf(InterruptedException.class);
                assertClosedByPeer(client);
                assertThat(listener.isClosed()).isTrue();
            }
        }

        @Test
        void theCloseOfTheListenerStopsItInPeace() throws Exception {
            ServerSocket listener = listener();
            Actor<StopReport> serving = fork(() -> GreenNet.serve(listener, NetContract::echo, options()));
            try (Socket client = GreenNet.connect(listener.getLocalSocketAddress())) {
                assertEchoes(client, "before");
                listener.close();
                assertEchoes(client, "after");
            }
            StopReport report = serving.result();
            assertThat(report.finished()).isBetween(0, 1); // it may have left before the server knew
            assertThat(report.inTime()).isTrue();
        }

        @Test
        void runsOnTheHubOfTheCaller() throws Exception {
            ServerSocket listener = listener();
            Actor<StopReport> serving = fork(() -> GreenNet.serve(listener, connection -> {
                assertThat(Hub.current()).isSameAs(caller() == Caller.GREEN_THREAD ? hub() : Hub.parallel());
                throw new StopServe("enough");
            }, 1));
            try (Socket client = GreenNet.connect(listener.getLocalSocketAddress())) {
                assertClosedByPeer(client);
            }
            assertThat(serving.result().served()).isOne();
        }
    }

    @Nested
    final class Stop {

        @Test
        void handlersFinishAndNobodyIsLetIn() throws Exception {
            GreenServer server = start(NetContract::echo);
            Actor<StopReport> stopping;
            try (Socket client = client(server)) {
                assertEchoes(client, "before");
                stopping = fork(() -> server.stop(LONG));
                waitUntil("it stops", () -> !server.isAccepting());
                assertThatExceptionOfType(TimeoutException.class).isThrownBy(() -> server.await(Duration.ZERO));
                assertNotServed(server);
                assertEchoes(client, "meanwhile");
            }
            assertThat(stopping.result()).isEqualTo(new StopReport("echo", 1, 1, 0, List.of()));
            assertThat(server.stop(LONG)).as("again").isEqualTo(stopping.result());
            assertThat(server.await()).isEqualTo(server.await(LONG)).isEqualTo(stopping.result());
            server.close();
            assertThat(server.snapshot().accepting()).isFalse();
        }

        @Test
        void aServerThatServesNobodyStopsAtOnce() throws Exception {
            GreenServer server = start(NetContract::echo);
            assertThat(server.stop(LONG)).isEqualTo(new StopReport("echo", 0, 0, 0, List.of()));
        }

        @Test
        void handlersThatHangAreKilledAndCounted() throws Exception {
            GreenServer server = start(GreenServerTests::hang);
            List<Socket> clients = new ArrayList<>();
            for (String how : List.of("r", "s", "w", "l")) {
                Socket client = client(server);
                clients.add(client);
                say(client, how);
            }
            Socket soon = client(server);
            waitUntilOpen(server, 5);
            Actor<StopReport> stopping = fork(() -> server.stop(Duration.ofMillis(50)));
            waitUntil("it stops", () -> !server.isAccepting());
            say(soon, "r");
            say(soon, ".");
            StopReport report = stopping.result();
            assertThat(report).isEqualTo(new StopReport("echo", 5, 1, 4, List.of()));
            assertThat(report.inTime()).isFalse();
            ServerSnapshot now = server.snapshot();
            assertThat(now.killed()).isEqualTo(4);
            assertSum(now);
            clients.add(soon);
            for (Socket client : clients) {
                client.close();
            }
        }

        @Test
        void clientsInTheBacklogAreReset() throws Exception {
            GreenServer server = start(GreenServerTests::hang, options().withConcurrency(1));
            try (Socket first = client(server)) {
                waitUntilOpen(server, 1);
                try (Socket second = client(server)) {
                    assertThat(server.stop(Duration.ZERO).killed()).isOne();
                    assertClosedByPeer(second);
                }
                assertClosedByPeer(first);
            }
        }

        @Test
        void theEarlierOfTwoDeadlinesCounts() throws Exception {
            GreenServer server = start(GreenServerTests::hang);
            try (Socket client = client(server)) {
                waitUntilOpen(server, 1);
                Actor<StopReport> first = fork(() -> server.stop(LONG));
                waitUntil("it stops", () -> !server.isAccepting());
                assertThat(server.stop(SHORT).killed()).isOne();
                assertThat(first.result().killed()).isOne();
                assertClosedByPeer(client);
            }
        }

        @Test
        void aHandlerCannotWaitForItselfButCanBeginTheStop() throws Exception {
            GreenEvent<GreenServer> self = new GreenEvent<>();
            GreenServer server = start(connection -> {
                GreenServer mine = self.await();
                for (String method : List.of("stop", "close", "await")) {
                    assertThatIllegalStateException().isThrownBy(() -> {
                        switch (method) {
                            case "stop" -> mine.stop(SHORT);
                            case "close" -> mine.close();
                            default -> mine.await();
                        }
                    }).withMessage(method
                            + " must be called from outside server 'echo': its own handler would wait for itself");
                }
                mine.beginStop(LONG);
            });
            self.send(server);
            try (Socket client = client(server)) {
                assertThat(server.await()).isEqualTo(new StopReport("echo", 1, 1, 0, List.of()));
                assertClosedByPeer(client);
            }
        }

        @Test
        void aCloseThatIsInterruptedKillsAndWaitsOn() throws Exception {
            GreenServer server = start(GreenServerTests::hang);
            try (Socket client = client(server)) {
                waitUntilOpen(server, 1);
                Actor<Boolean> closer = fork(() -> {
                    server.close();
                    return Thread.interrupted();
                });
                waitUntilParked(closer.thread());
                closer.interrupt();
                assertThat(closer.result()).as("the flag").isTrue();
                assertThat(server.await(Duration.ZERO).killed()).isOne();
                assertClosedByPeer(client);
            }
        }

        @Test
        void anInterruptedStopGoesOn() throws Exception {
            GreenServer server = start(NetContract::echo);
            try (Socket client = client(server)) {
                assertEchoes(client, "in");
                Actor<StopReport> stopping = fork(() -> server.stop(LONG));
                waitUntilParked(stopping.thread());
                stopping.interrupt();
                assertThatThrownBy(stopping::result).isInstanceOf(InterruptedException.class);
                assertThat(server.isAccepting()).isFalse();
            }
            assertThat(server.await().finished()).isOne();
        }

        @Test
        void aClosedPoolStopsTheServer() throws Exception {
            GreenPool pool = GreenPool.of(PoolOptions.named("shared").withHub(hub()).withSize(3));
            GreenServer server = start(NetContract::echo, options().withPool(pool));
            pool.close();
            assertNotServed(server);
            assertThat(server.await().served()).isZero();
            assertThat(takeReport().error()).isInstanceOf(RejectedSubmission.class)
                    .hasMessageContaining("pool 'shared': closed");
        }

        @Test
        void aStopWhileTheAcceptorWaitsForASlotIsNotHeldUp() throws Exception {
            GreenPool pool = GreenPool.of(PoolOptions.named("shared").withHub(hub()).withSize(1));
            Latch gate = new Latch(1);
            pool.spawnN(gate::awaitUninterruptibly);
            GreenServer server = start(NetContract::echo, options().withPool(pool));
            try (Socket client = client(server)) {
                waitUntil("the acceptor waits for a slot", () -> pool.waiting() == 1);
                assertThat(server.stop(LONG).served()).isZero();
                assertClosedByPeer(client);
            }
            waitUntil("nobody waits for a slot", () -> pool.waiting() == 0);
            gate.countDown();
            pool.waitAll();
        }
    }
}
