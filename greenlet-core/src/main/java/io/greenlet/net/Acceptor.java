package io.greenlet.net;

import static java.nio.channels.SelectionKey.OP_ACCEPT;

import io.greenlet.GreenThread;
import io.greenlet.Hub;
import io.greenlet.sync.GreenEvent;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Lets clients in, one after the other, in a green thread of its own.
///
/// Room first, then a client, then a slot of the pool, then the accept: nobody is accepted who could not be served at once,
/// and no slot is held while nobody comes. The green thread with the slot waits a moment for what was accepted, or for the
/// word that there is nothing after all.
///
/// An accept that fails, as when there are too many open files, would fail again at once: so the next one waits, longer
/// each time, and only the first failure, and one every so often, is reported.
final class Acceptor {

    private static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE);
    private static final long FIRST_PAUSE = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long LONGEST_PAUSE = TimeUnit.SECONDS.toNanos(1);
    private static final long QUIET = TimeUnit.SECONDS.toNanos(10);

    private final GreenServer server;
    private final ServerSocketChannel listener;
    private final Hub hub;
    private long pause; // after the next failure; zero while all goes well
    private long reported; // when the last failure was

    Acceptor(GreenServer server, ServerSocketChannel listener) {
        this.server = server;
        this.listener = listener;
        this.hub = server.hub();
    }

    /// Accepts until the server stops, or the listener is closed.
    void run() throws InterruptedException {
        while (server.gate().awaitRoom()) {
            try {
                hub.awaitReady(listener, OP_ACCEPT);
                admitNext();
                pause = 0;
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                recover(e);
            }
        }
    }

    private void admitNext() throws IOException, InterruptedException {
        GreenEvent<Optional<Connection>> arrival = new GreenEvent<>();
        GreenThread<Boolean> green = server.pool().<Boolean>trySpawn(() -> serve(arrival), FOREVER).orElseThrow();
        Connection connection = null;
        try {
            connection = accept(green);
        } finally {
            arrival.send(Optional.ofNullable(connection));
        }
    }

    /// In the green thread that has the slot.
    private boolean serve(GreenEvent<Optional<Connection>> arrival) throws Exception {
        Connection connection = arrival.await().orElse(null);
        if (connection == null) {
            return false;
        }
        connection.serve(server.handler());
        return true;
    }

    /// Returns null when the client has gone, or the server has begun to stop.
    private @Nullable Connection accept(GreenThread<?> green) throws IOException {
        SocketChannel channel = listener.accept();
        if (channel == null) {
            return null;
        }
        Connection connection = null;
        try {
            Connection made = new Connection(server, channel, green);
            if (server.gate().admit(made)) {
                connection = made;
                green.link(made::over);
            }
        } finally {
            if (connection == null) {
                TimeLimit.closeQuietly(channel);
            }
        }
        return connection;
    }

    private void recover(IOException failure) throws InterruptedException {
        long now = hub.nanoTime();
        if (pause == 0 || now - reported >= QUIET) {
            reported = now;
            hub.failed("accept of " + server, failure);
        }
        pause = Math.clamp(pause * 2, FIRST_PAUSE, LONGEST_PAUSE);
        hub.sleep(Duration.ofNanos(pause));
    }
}
