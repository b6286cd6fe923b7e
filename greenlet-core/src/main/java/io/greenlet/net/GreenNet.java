package io.greenlet.net;

import static java.nio.channels.SelectionKey.OP_ACCEPT;
import static java.nio.channels.SelectionKey.OP_CONNECT;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.greenlet.Green;
import io.greenlet.Hub;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;

/// Connects, listens and serves; every wait lets others of the caller's hub run, on every hub.
///
/// **Connections** are [Socket]s. Made here, or handed to a [ConnectionHandler], they are green on the hub that the maker
/// runs on: give one to a green thread of another kind of hub, and its reads may hold that up. One green thread at a time
/// reads a connection, and one writes it.
///
/// **Interruption.** What is in these methods ends with an [InterruptedException], and the listener or connection is as
/// before, or closed if it was not finished. A read or write of a connection ends with an [IOException] and the flag set;
/// the JDK's sockets, as used where JDK blocking is green, are closed by that. For a limit of a read use
/// [Socket#setSoTimeout(int)], after which the connection can be used again.
///
/// Thread safety: any thread may call any method.
///
/// eventlet: `eventlet.convenience`.
public final class GreenNet {

    private GreenNet() {}

    // ---- connect

    /// Connects to a host, as [#connect(String, int, ConnectOptions)] with no option set.
    ///
    /// @param host the host's name or address
    /// @param port the port
    /// @return the connection
    /// @throws IOException if there is no such host, or none of its addresses can be connected to
    /// @throws InterruptedException if the caller is interrupted meanwhile
    public static Socket connect(String host, int port) throws IOException, InterruptedException {
        return connect(host, port, ConnectOptions.DEFAULTS);
    }

    /// Connects to a host, trying its addresses one after the other. Looking the name up is [Hub#blocking].
    ///
    /// @param host the host's name or address
    /// @param port the port
    /// @param options how; the time limit holds for all addresses together, but not for looking the name up
    /// @return the connection
    /// @throws IOException if there is no such host, or none of its addresses can be connected to: of the last one, the
    ///     others suppressed
    /// @throws InterruptedException if the caller is interrupted meanwhile
    public static Socket connect(String host, int port, ConnectOptions options)
            throws IOException, InterruptedException {
        Objects.requireNonNull(host, "host");
        Deadline deadline = new Deadline(options.timeout());
        IOException failure = null;
        for (InetAddress address : addresses(host)) {
            try {
                return connect(new InetSocketAddress(address, port), host, options, deadline);
            } catch (IOException e) {
                if (failure != null) {
                    e.addSuppressed(failure);
                }
                failure = e;
            }
        }
        throw failure != null ? failure : new UnknownHostException(host);
    }

    private static InetAddress[] addresses(String host) throws IOException, InterruptedException {
        try {
            return Green.<InetAddress[]>blocking(() -> InetAddress.getAllByName(host));
        } catch (IOException | InterruptedException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError("looking a name up throws no other", e);
        }
    }

    /// Connects to an address, as [#connect(SocketAddress, ConnectOptions)] with no option set.
    ///
    /// @param address the address
    /// @return the connection
    /// @throws IOException if it cannot be connected to
    /// @throws InterruptedException if the caller is interrupted meanwhile
    public static Socket connect(SocketAddress address) throws IOException, InterruptedException {
        return connect(address, ConnectOptions.DEFAULTS);
    }

    /// Connects to an address. eventlet: `connect` (there, without a time limit).
    ///
    /// @param address the address
    /// @param options how
    /// @return the connection, an [javax.net.ssl.SSLSocket] after its handshake with [ConnectOptions#tls()]
    /// @throws SocketTimeoutException if that takes longer than [ConnectOptions#timeout()]
    /// @throws IOException if it cannot be connected to
    /// @throws InterruptedException if the caller is interrupted meanwhile
    public static Socket connect(SocketAddress address, ConnectOptions options)
            throws IOException, InterruptedException {
        if (!(address instanceof InetSocketAddress inet)) {
            throw new IllegalArgumentException("address must be an internet address: " + address);
        }
        if (inet.isUnresolved()) {
            return connect(inet.getHostString(), inet.getPort(), options);
        }
        return connect(inet, inet.getHostString(), options, new Deadline(options.timeout()));
    }

    private static Socket connect(InetSocketAddress address, String host, ConnectOptions options, Deadline deadline)
            throws IOException, InterruptedException {
        SocketChannel channel = SocketChannel.open();
        try {
            if (options.bind() != null) {
                channel.bind(options.bind());
            }
            awaitConnected(channel, address, deadline);
            Socket socket = HubSocket.of(channel);
            if (options.readTimeout() != null) {
                socket.setSoTimeout(millis(options.readTimeout())); // of TLS over it, too
            }
            SSLContext tls = options.tls();
            return tls == null ? socket : Tls.connect(socket, tls, host, deadline);
        } catch (Throwable e) {
            TimeLimit.closeQuietly(channel);
            if (e instanceof IOException && Thread.interrupted()) { // in the handshake
                throw (InterruptedException) new InterruptedException().initCause(e);
            }
            throw e;
        }
    }

    private static void awaitConnected(SocketChannel channel, InetSocketAddress address, Deadline deadline)
            throws IOException, InterruptedException {
        channel.configureBlocking(false);
        try {
            if (!channel.connect(address)) {
                Duration left = deadline.left();
                if (left == null) {
                    Hub.current().awaitReady(channel, OP_CONNECT);
                } else {
                    Hub.current().awaitReady(channel, OP_CONNECT, left);
                }
                channel.finishConnect();
            }
        } catch (TimeoutException e) {
            throw (IOException) new SocketTimeoutException("no connection to " + address + " within " + deadline)
                    .initCause(e);
        } catch (SocketException e) {
            throw (IOException) new ConnectException("no connection to " + address + ": " + e.getMessage())
                    .initCause(e);
        }
    }

    // ---- listen

    /// Listens at a port of all local addresses.
    ///
    /// @param port the port, zero for one that is free
    /// @return the listener
    /// @throws IOException if the port cannot be had
    public static ServerSocket listen(int port) throws IOException {
        return listen(new InetSocketAddress(port));
    }

    /// Listens at an address, as [#listen(SocketAddress, ListenOptions)] with no option set.
    ///
    /// @param address the address; port zero stands for one that is free
    /// @return the listener
    /// @throws IOException if the address cannot be had
    public static ServerSocket listen(SocketAddress address) throws IOException {
        return listen(address, ListenOptions.DEFAULTS);
    }

    /// Listens at an address. Never blocks. eventlet: `listen`.
    ///
    /// @param address the address; port zero stands for one that is free
    /// @param options how
    /// @return the listener, to be given to [#serve] or [#accept], and to be closed
    /// @throws IllegalArgumentException if a port is to be shared that is not fixed
    /// @throws UnsupportedOperationException if a port is to be shared, and the system cannot do that
    /// @throws IOException if the address cannot be had
    public static ServerSocket listen(SocketAddress address, ListenOptions options) throws IOException {
        if (!(address instanceof InetSocketAddress inet)) {
            throw new IllegalArgumentException("address must be an internet address: " + address);
        }
        if (options.reusePort() && inet.getPort() == 0) {
            throw new IllegalArgumentException("reusePort must be for a fixed port: " + address);
        }
        ServerSocketChannel listener = ServerSocketChannel.open();
        try {
            listener.setOption(StandardSocketOptions.SO_REUSEADDR, options.reuseAddress());
            if (options.reusePort()) {
                listener.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            }
            listener.bind(address, options.backlog());
            return listener.socket();
        } catch (BindException e) {
            TimeLimit.closeQuietly(listener);
            throw (IOException) new BindException("cannot listen at " + address + ": " + e.getMessage()).initCause(e);
        } catch (Throwable e) {
            TimeLimit.closeQuietly(listener);
            throw e;
        }
    }

    /// Waits for the next client of a listener that nobody serves.
    ///
    /// Timeout: that of [ServerSocket#setSoTimeout(int)]. Interruption: ends the wait; the listener stays open.
    ///
    /// @param listener what [#listen] has returned
    /// @return the connection
    /// @throws SocketTimeoutException if nobody comes in the listener's time limit
    /// @throws IOException if the listener is closed, before or meanwhile
    /// @throws IllegalStateException if somebody else waits for this listener
    /// @throws InterruptedException if the caller is interrupted while it waits
    public static Socket accept(ServerSocket listener) throws IOException, InterruptedException {
        ServerSocketChannel channel = nonBlocking(listener);
        Duration timeout = Duration.ofMillis(listener.getSoTimeout());
        Deadline deadline = new Deadline(timeout.isZero() ? null : timeout);
        for (;;) {
            SocketChannel accepted = channel.accept();
            if (accepted != null) {
                return opened(accepted);
            }
            Duration left = deadline.left();
            try {
                if (left == null) {
                    Hub.current().awaitReady(channel, OP_ACCEPT);
                } else {
                    Hub.current().awaitReady(channel, OP_ACCEPT, left);
                }
            } catch (TimeoutException e) {
                throw (IOException) new SocketTimeoutException("nobody came to " + listener + " within " + deadline)
                        .initCause(e);
            }
        }
    }

    private static Socket opened(SocketChannel accepted) throws IOException {
        try {
            return HubSocket.of(accepted);
        } catch (Throwable e) {
            TimeLimit.closeQuietly(accepted);
            throw e;
        }
    }

    // ---- serve

    /// Serves a listener with a thousand connections at once, as [#serve(ServerSocket, ConnectionHandler, ServeOptions)].
    ///
    /// @param listener what [#listen] has returned
    /// @param handler serves each connection
    /// @return how it stopped
    /// @throws IOException if the listener is closed already
    /// @throws InterruptedException if the caller is interrupted
    @CanIgnoreReturnValue
    public static StopReport serve(ServerSocket listener, ConnectionHandler handler)
            throws IOException, InterruptedException {
        return serve(listener, handler, ServeOptions.DEFAULT_CONCURRENCY);
    }

    /// Serves a listener, as [#serve(ServerSocket, ConnectionHandler, ServeOptions)].
    ///
    /// @param listener what [#listen] has returned
    /// @param handler serves each connection
    /// @param concurrency how many connections are open at once, at most
    /// @return how it stopped
    /// @throws IOException if the listener is closed already
    /// @throws InterruptedException if the caller is interrupted
    @CanIgnoreReturnValue
    public static StopReport serve(ServerSocket listener, ConnectionHandler handler, int concurrency)
            throws IOException, InterruptedException {
        return serve(listener, handler, ServeOptions.named("server").withConcurrency(concurrency));
    }

    /// Serves a listener until a handler throws [StopServe], or the listener is closed: each connection in a green thread of
    /// its own, as many at once as there is room for; clients beyond that wait, connected, in the listener's backlog.
    /// Returns when the handlers have ended, or were killed at the end of [ServeOptions#grace()]. The listener is closed
    /// then, in any case.
    ///
    /// A failing accept (too many open files, say) is reported and tried again; it neither stops the server nor spins.
    ///
    /// Interruption: kills the handlers, waits for them to unwind as [GreenServer] says, and throws.
    ///
    /// eventlet: `serve`.
    ///
    /// @param listener what [#listen] has returned
    /// @param handler serves each connection
    /// @param options how
    /// @return how it stopped
    /// @throws IOException if the listener is closed already
    /// @throws InterruptedException if the caller is interrupted
    @CanIgnoreReturnValue
    public static StopReport serve(ServerSocket listener, ConnectionHandler handler, ServeOptions options)
            throws IOException, InterruptedException {
        return start(listener, handler, options).awaitOrKill();
    }

    /// Starts a server with a thousand connections at once, as
    /// [#start(ServerSocket, ConnectionHandler, ServeOptions)].
    ///
    /// @param listener what [#listen] has returned
    /// @param handler serves each connection
    /// @return the server, to be stopped
    /// @throws IOException if the listener is closed already
    public static GreenServer start(ServerSocket listener, ConnectionHandler handler) throws IOException {
        return start(listener, handler, ServeOptions.DEFAULT_CONCURRENCY);
    }

    /// Starts a server, as [#start(ServerSocket, ConnectionHandler, ServeOptions)].
    ///
    /// @param listener what [#listen] has returned
    /// @param handler serves each connection
    /// @param concurrency how many connections are open at once, at most
    /// @return the server, to be stopped
    /// @throws IOException if the listener is closed already
    public static GreenServer start(ServerSocket listener, ConnectionHandler handler, int concurrency)
            throws IOException {
        return start(listener, handler, ServeOptions.named("server").withConcurrency(concurrency));
    }

    /// Starts a server and returns: it does in green threads what
    /// [#serve(ServerSocket, ConnectionHandler, ServeOptions)] does, until it is stopped. gevent: `StreamServer.start`.
    ///
    /// @param listener what [#listen] has returned; the server closes it
    /// @param handler serves each connection
    /// @param options how
    /// @return the server, to be stopped
    /// @throws IOException if the listener is closed already
    public static GreenServer start(ServerSocket listener, ConnectionHandler handler, ServeOptions options)
            throws IOException {
        Objects.requireNonNull(handler, "handler");
        return GreenServer.start(listener, handler, options);
    }

    // ---- for the parts

    static ServerSocketChannel nonBlocking(ServerSocket listener) throws IOException {
        ServerSocketChannel channel = listener.getChannel();
        if (channel == null) {
            throw new IllegalArgumentException("listener must be made by GreenNet.listen or of a channel: " + listener);
        }
        channel.configureBlocking(false);
        return channel;
    }

    static int port(SocketAddress address) {
        return address instanceof InetSocketAddress inet ? inet.getPort() : -1;
    }

    /// A limit as the JDK's sockets take it, where zero is none.
    static int millis(Duration limit) {
        return Math.clamp(TimeUnit.MILLISECONDS.convert(limit), 1, Integer.MAX_VALUE);
    }
}
