package io.greenlet.net;

import io.greenlet.GreenThread;
import io.greenlet.GreenletExit;
import io.greenlet.net.ConnectionGate.End;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/// A connection that was accepted, and the green thread that serves it.
///
/// The green thread closes the connection while it still has its slot, so that a shared pool never has more of them open
/// than slots. Then its link, [#over], says how it went; that runs for a green thread that was killed before its first
/// step too, and so closes once more.
final class Connection {

    private final GreenServer server;
    private final SocketChannel channel;
    private final SocketAddress peer;
    private final GreenThread<?> green;
    private boolean established; // written by its green thread before over()

    Connection(GreenServer server, SocketChannel channel, GreenThread<?> green) throws IOException {
        this.server = server;
        this.channel = channel;
        this.peer = channel.getRemoteAddress();
        this.green = green;
    }

    GreenThread<?> green() {
        return green;
    }

    /// Serves it, in its green thread.
    void serve(ConnectionHandler handler) throws Exception {
        Socket socket = null;
        try {
            socket = HubSocket.of(channel);
            established(socket, handler);
        } catch (StopServe e) {
            server.begin();
        } finally {
            close();
        }
    }

    private void established(Socket socket, ConnectionHandler handler) throws Exception {
        ServeOptions options = server.options();
        SSLContext context = options.tls();
        if (context == null) {
            handle(socket, handler);
            return;
        }
        SSLSocket tls = Tls.accept(socket, context, options.tlsParameters(), options.handshakeTimeout());
        try {
            handle(tls, handler);
        } finally {
            Tls.close(tls, socket, options.handshakeTimeout());
        }
    }

    private void handle(Socket socket, ConnectionHandler handler) throws Exception {
        if (server.options().idleTimeout() != null) {
            socket.setSoTimeout(GreenNet.millis(server.options().idleTimeout()));
        }
        established = true;
        handler.handle(socket);
    }

    /// Ends it: what the handler reads or writes fails from now on.
    void kill() {
        green.kill(new GreenletExit(this + " was killed: its server has stopped"));
        close();
    }

    private void close() {
        TimeLimit.closeQuietly(channel);
    }

    /// Its green thread has ended.
    void over(GreenThread<?> ended) {
        close();
        server.gate().leave(this, switch (ended.state()) {
            case SUCCESS -> End.COMPLETED;
            case CANCELLED -> End.KILLED;
            case FAILED, RUNNING -> failed(ended.exceptionNow());
        });
    }

    /// Whatever the handler of a killed one throws comes of the kill.
    private End failed(Throwable error) {
        if (server.gate().isCondemned()) {
            return End.KILLED;
        }
        if (error instanceof SocketTimeoutException && (!established || server.options().idleTimeout() != null)) {
            return End.TIMED_OUT;
        }
        server.hub().failed((established ? "" : "start of ") + this, error);
        return End.FAILED;
    }

    @Override
    public String toString() {
        return server + ": " + green.name() + " with " + peer;
    }
}
