package io.greenlet.net;

import io.greenlet.Hub;
import java.io.FileInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/// The program of [AcceptFailureTests]: a server in a JVM that has no descriptor left.
final class AcceptFailureProgram {

    private static final int MOST = 2_000_000;

    private AcceptFailureProgram() {}

    public static void main(String[] arguments) throws Exception {
        Queue<String> reports = new ConcurrentLinkedQueue<>();
        Hub.parallel().setFailureHandler((source, error) -> reports.add(source + ": " + error.getMessage()));
        GreenServer server = GreenNet.start(
                GreenNet.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)), NetContract::echo, 10);
        long before = server.pool().snapshot().spawned();
        Hub.parallel().failed("warm-up", new IOException("it")); // what must be loaded takes descriptors
        reports.clear();
        echo(SocketChannel.open(), server);
        while (server.snapshot().completed() < 1) { // its descriptor is to be taken too
            Hub.parallel().sleep(Duration.ofMillis(1));
        }
        try (SocketChannel late = SocketChannel.open()) {
            List<FileInputStream> files = takeAll(Path.of(arguments[0]));
            late.connect(server.address());
            while (reports.isEmpty()) {
                Hub.parallel().sleep(Duration.ofMillis(1));
            }
            before = server.pool().snapshot().spawned();
            Hub.parallel().sleep(Duration.ofMillis(500));
            long attempts = server.pool().snapshot().spawned() - before;
            for (FileInputStream file : files) {
                file.close();
            }
            System.out.println("reports: " + reports);
            System.out.println("attempts in half a second: " + (attempts >= 1 && attempts <= 10 ? "few" : attempts));
            try {
                echo(late, server);
            } finally {
                System.err.println("reports at the end: " + reports + ", " + server.snapshot());
            }
        }
        System.out.println("stop: " + server.stop(Duration.ofSeconds(5)));
    }

    private static List<FileInputStream> takeAll(Path file) {
        List<FileInputStream> taken = new ArrayList<>();
        try {
            while (taken.size() < MOST) {
                taken.add(new FileInputStream(file.toFile()));
            }
        } catch (IOException e) {
            // that was the last
        }
        return taken;
    }

    private static void echo(SocketChannel channel, GreenServer server) throws IOException {
        try (channel) {
            if (!channel.isConnected()) {
                channel.connect(server.address());
            }
            Socket socket = channel.socket();
            NetContract.say(socket, "hello");
            System.out.println("heard: " + NetContract.hear(socket, 5));
        }
    }
}
