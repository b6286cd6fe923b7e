package io.greenlet.benchmarks.measure;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Many connections to an echo server, in one thread.
final class EchoClients implements AutoCloseable {

    private static final int BYTES = 64;

    /// The round trips of one run.
    ///
    /// @param perSecond how many there were
    /// @param p50 the median of their times, in microseconds
    /// @param p99 the time that one in a hundred exceeds, in microseconds
    record Trips(double perSecond, double p50, double p99) {}

    /// One connection: what of its answer is still to come, and when it has asked.
    private static final class Client {

        final SocketChannel channel;
        long asked;
        int missing;

        Client(SocketChannel channel) {
            this.channel = channel;
        }
    }

    private final InetSocketAddress server;
    private final Selector selector = Selector.open();
    private final List<Client> clients = new ArrayList<>();
    private final ByteBuffer out = ByteBuffer.allocateDirect(BYTES);
    private final ByteBuffer in = ByteBuffer.allocateDirect(BYTES);
    private long[] nanos = new long[1 << 20];
    private int trips;

    EchoClients(int port) throws IOException {
        server = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /// Connects until there are so many.
    void connect(int count) throws IOException {
        while (clients.size() < count) {
            SocketChannel channel = SocketChannel.open(server);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            Client client = new Client(channel);
            channel.register(selector, SelectionKey.OP_READ, client);
            clients.add(client);
        }
    }

    /// Lets all ask and ask again for a while, then waits for the answers that are still to come.
    Trips run(long millis) throws IOException {
        trips = 0;
        long begun = System.nanoTime();
        for (Client client : clients) {
            ask(client);
        }
        int open = clients.size();
        while (open > 0) {
            boolean again = System.nanoTime() - begun < millis * 1_000_000;
            if (selector.select(10_000) == 0) {
                throw new IOException(open + " answers must come within 10 s");
            }
            for (SelectionKey key : selector.selectedKeys()) {
                Client client = (Client) key.attachment();
                if (!hear(client)) {
                    continue;
                }
                if (again) {
                    ask(client);
                } else {
                    open--;
                }
            }
            selector.selectedKeys().clear();
        }
        double seconds = (System.nanoTime() - begun) / 1e9;
        Arrays.sort(nanos, 0, trips);
        return new Trips(trips / seconds, nanos[trips / 2] / 1e3, nanos[(int) (trips * 0.99)] / 1e3);
    }

    private void ask(Client client) throws IOException {
        client.asked = System.nanoTime();
        client.missing = BYTES;
        out.clear();
        if (client.channel.write(out) != BYTES) {
            throw new IOException("the socket's buffer must have room for " + BYTES + " bytes");
        }
    }

    /// Whether the answer is complete.
    private boolean hear(Client client) throws IOException {
        in.clear().limit(client.missing);
        int read = client.channel.read(in);
        if (read < 0) {
            throw new EOFException("the server must not hang up");
        }
        client.missing -= read;
        if (client.missing > 0) {
            return false;
        }
        if (trips == nanos.length) {
            nanos = Arrays.copyOf(nanos, trips * 2);
        }
        nanos[trips++] = System.nanoTime() - client.asked;
        return true;
    }

    @Override
    public void close() throws IOException {
        for (Client client : clients) {
            client.channel.close();
        }
        selector.close();
    }
}
