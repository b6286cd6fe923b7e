package io.greenlet.net;

import io.greenlet.GreenThread;
import io.greenlet.Hub;
import io.greenlet.net.ConnectionGate.Tally;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolOptions;
import io.greenlet.sync.GreenEvent;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// A server that runs: accepts while there is room, and serves each connection in a green thread of its own. Made by
/// [GreenNet#start(ServerSocket, ConnectionHandler, ServeOptions)].
///
/// ```
///   accepting ──stop, close, StopServe, listener closed──▶ stopping ──▶ stopped, with a StopReport
/// ```
///
/// A stop closes the listener at once: clients in its backlog are reset. Handlers get until the deadline to finish; those
/// that have not are killed and their connections closed, and get another second to unwind (and a millisecond for each, as
/// thousands take longer than a few). The server does this by itself, whether or not anybody waits for it, and an earlier deadline, given later, counts.
///
/// **Interruption** of a caller that waits ends the wait, not the stop; [#close()] waits on, for handlers that it kills.
///
/// Thread safety: any thread may call any method. Memory effects: the handlers that have ended happen-before the return of
/// what waits for the report.
///
/// eventlet: what `serve` does. gevent: `StreamServer`.
public final class GreenServer implements AutoCloseable {

    private static final long UNWIND_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final ServeOptions options;
    private final ConnectionHandler handler;
    private final ServerSocketChannel listener;
    private final SocketAddress address;
    private final Hub hub;
    private final GreenPool pool;
    private final ConnectionGate<Connection> gate;
    private final GreenEvent<StopReport> report = new GreenEvent<>();

    private GreenServer(ServerSocketChannel listener, SocketAddress address, ConnectionHandler handler,
            ServeOptions options) {
        this.options = options;
        this.handler = handler;
        this.listener = listener;
        this.address = address;
        GreenPool shared = options.pool();
        hub = shared != null ? shared.hub() : Objects.requireNonNullElseGet(options.hub(), Hub::current);
        pool = shared != null
                ? shared
                : GreenPool.of(PoolOptions.named(options.name()).withSize(options.concurrency()).withHub(hub));
        gate = new ConnectionGate<>(hub, options.concurrency());
    }

    static GreenServer start(ServerSocket socket, ConnectionHandler handler, ServeOptions options) throws IOException {
        ServerSocketChannel listener = GreenNet.nonBlocking(socket);
        SocketAddress address = listener.getLocalAddress();
        if (address == null) {
            throw new IllegalStateException("listener must be bound: " + socket);
        }
        GreenServer server = new GreenServer(listener, address, handler, options);
        server.hub.<Boolean>spawn(server::live).link(server::keeperEnded);
        return server;
    }

    // ---- its life

    /// Accepts, in a green thread of its own, until the stop; sees the stop through, and reports.
    private boolean live() {
        GreenThread<Boolean> acceptor = hub.spawn(() -> {
            new Acceptor(this, listener).run();
            return true;
        });
        acceptor.link(this::acceptorEnded);
        Tally<Connection> end = gate.keep(() -> {
            TimeLimit.closeQuietly(listener);
            acceptor.kill();
        }, Connection::kill, UNWIND_NANOS);
        report.send(reportOf(end));
        return true;
    }

    /// Its keeper ends early if the hub is closed, and kills it, before it begins.
    private void keeperEnded(GreenThread<?> keeper) {
        if (!report.ready()) {
            beginStop(Duration.ZERO);
            report.send(reportOf(gate.look()));
        }
        if (keeper.state() == Future.State.FAILED) {
            hub.failed(toString(), keeper.exceptionNow());
        }
    }

    private StopReport reportOf(Tally<Connection> end) {
        return new StopReport(name(), end.accepted() - end.in().size(), end.finished(), end.condemned(),
                end.in().stream().map(Connection::toString).toList());
    }

    /// It ends because the server stops, or the other way round.
    private void acceptorEnded(GreenThread<?> acceptor) {
        if (acceptor.state() == Future.State.FAILED) {
            hub.failed("accept of " + this, acceptor.exceptionNow());
        }
        begin();
    }

    /// Begins to stop, unless that was done before.
    void begin() {
        gate.begin(nanos(options.grace()));
        TimeLimit.closeQuietly(listener);
    }

    // ---- what it is and how it stands

    /// Returns the name, which messages carry, and green threads of the server's own pool.
    ///
    /// @return the name
    public String name() {
        return options.name();
    }

    /// Returns how it was started.
    ///
    /// @return the options
    public ServeOptions options() {
        return options;
    }

    /// Returns where it listens, or did.
    ///
    /// @return the listener's address
    public SocketAddress address() {
        return address;
    }

    /// Returns the port at which it listens, or did.
    ///
    /// @return the listener's port
    public int port() {
        return GreenNet.port(address);
    }

    /// Returns the hub that runs it.
    ///
    /// @return the hub
    public Hub hub() {
        return hub;
    }

    /// Returns the pool whose slots the connections take: the one given, or the server's own, whose size is the
    /// concurrency.
    ///
    /// @return the pool
    public GreenPool pool() {
        return pool;
    }

    /// Says whether the server has not begun to stop.
    ///
    /// @return whether it accepts clients, as far as there is room
    public boolean isAccepting() {
        return gate.look().accepting();
    }

    /// Returns the server's figures at this moment.
    ///
    /// @return a snapshot
    public ServerSnapshot snapshot() {
        Tally<Connection> now = gate.look();
        return new ServerSnapshot(name(), address, now.accepting(), now.in().size(), now.accepted(), now.completed(),
                now.failed(), now.killed(), now.timedOut());
    }

    // ---- the end

    /// Stops the server, and waits until it has stopped. A server that stops already gets the earlier of the two deadlines.
    ///
    /// @param grace how long handlers get to finish; zero or less kills them at once
    /// @return how it went
    /// @throws InterruptedException if the caller is interrupted while it waits; the server stops all the same
    /// @throws IllegalStateException if called from one of the server's handlers, which throws [StopServe] instead
    public StopReport stop(Duration grace) throws InterruptedException {
        requireOutside("stop");
        beginStop(grace);
        return report.await();
    }

    /// Begins to stop the server, as [#stop(Duration)] does, and does not wait: for handlers too.
    ///
    /// @param grace how long handlers get to finish; zero or less kills them at once
    public void beginStop(Duration grace) {
        gate.stop(nanos(grace));
        TimeLimit.closeQuietly(listener);
    }

    /// Waits until the server has stopped, for whatever reason, without limit.
    ///
    /// @return how it went
    /// @throws InterruptedException if the caller is interrupted while it waits
    /// @throws IllegalStateException if called from one of the server's handlers
    public StopReport await() throws InterruptedException {
        requireOutside("await");
        return report.await();
    }

    /// Waits until the server has stopped, for a limited time; zero or less does not wait.
    ///
    /// @param timeout the longest wait
    /// @return how it went
    /// @throws InterruptedException if the caller is interrupted while it waits
    /// @throws TimeoutException if it has not stopped in that time
    /// @throws IllegalStateException if called from one of the server's handlers
    public StopReport await(Duration timeout) throws InterruptedException, TimeoutException {
        requireOutside("await");
        return report.await(timeout);
    }

    /// Stops the server as [#stop(Duration)] with [ServeOptions#grace()], and waits until it has stopped. An interrupt kills
    /// the handlers instead, and the wait goes on; the flag is set then.
    ///
    /// @throws IllegalStateException if called from one of the server's handlers
    @Override
    public void close() {
        requireOutside("close");
        beginStop(options.grace());
        awaitKilling();
    }

    /// Waits until it has stopped; an interrupt kills the handlers, and stays in the flag.
    private void awaitKilling() {
        boolean interrupted = false;
        while (!report.ready()) {
            try {
                StopReport _ = report.await();
            } catch (InterruptedException e) {
                interrupted = true;
                beginStop(Duration.ZERO);
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// Waits until it has stopped. An interrupt kills the handlers, and is thrown when they have ended.
    StopReport awaitOrKill() throws InterruptedException {
        try {
            return report.await();
        } catch (InterruptedException e) {
            beginStop(Duration.ZERO);
            awaitKilling();
            throw e;
        }
    }

    private void requireOutside(String method) {
        GreenThread<?> here = GreenThread.current().orElse(null);
        if (here != null && gate.look().in().stream().anyMatch(connection -> connection.green().equals(here))) {
            throw new IllegalStateException(
                    method + " must be called from outside " + this + ": its own handler would wait for itself");
        }
    }

    // ---- for the parts

    ConnectionGate<Connection> gate() {
        return gate;
    }

    ConnectionHandler handler() {
        return handler;
    }

    private static long nanos(Duration duration) {
        return TimeUnit.NANOSECONDS.convert(duration);
    }

    @Override
    public String toString() {
        return "server '" + name() + "'";
    }
}
