package io.greenlet.net;

import io.greenlet.Hub;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The program of [AcceptFailureTests]: a server in a JVM that has no descriptor left.
final class AcceptFailureProgram {

    private static final int MOST = 2_000_000;

    private AcceptFailureProgram() {}

    public static void main(String[] arguments) throws Exception {
        Queue<String> reports = new ConcurrentLinkedQueue<>();
        Hub.parallel().setFailureHandler((source, error) -> reports.add(source + ": " + error.getMessage()));
        loadAll();
        AtomicReference<Thread> handler = new AtomicReference<>();
        GreenServer server = GreenNet.start(
                GreenNet.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)), connection -> {
                    handler.set(Thread.currentThread());
                    NetContract.echo(connection);
                }, 10);
        long before = server.pool().snapshot().spawned();
        SocketChannel early = SocketChannel.open(server.address());
        while (!waits(handler.get())) { // what the JDK makes for the first that waits takes descriptors
            Hub.parallel().sleep(Duration.ofMillis(1));
        }
        echo(early);
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
                echo(late);
            } finally {
                System.err.println("reports at the end: " + reports + ", " + server.snapshot());
            }
        }
        System.out.println("stop: " + server.stop(Duration.ofSeconds(5)));
    }

    /// Loads greenlet: a class whose file cannot be opened is missing for good.
    private static void loadAll() throws Exception {
        Path classes = Path.of(Hub.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        try (Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".class")).toList()) {
                String name = classes.relativize(file).toString().replace(File.separatorChar, '.');
                if (name.startsWith("io.greenlet.")) {
                    Class<?> _ = Class.forName(name.substring(0, name.length() - ".class".length()));
                }
            }
        }
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

    private static boolean waits(@Nullable Thread thread) {
        return thread != null && thread.getState() == Thread.State.WAITING;
    }

    private static void echo(SocketChannel channel) throws IOException {
        try (channel) {
            Socket socket = channel.socket();
            NetContract.say(socket, "hello");
            System.out.println("heard: " + NetContract.hear(socket, 5));
        }
    }
}
