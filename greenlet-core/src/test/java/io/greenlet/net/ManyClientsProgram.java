package io.greenlet.net;

import io.greenlet.Green;
import io.greenlet.Hub;
import io.greenlet.pool.GreenPool;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/// The clients of [ManyConnectionsTests], in a JVM of their own, which has its own descriptors. A connection beside them
/// tells what the others are to do: arguments are the two ports, how many connections, how many of them active, and how
/// many echoes each of those asks for after it was told to go on.
final class ManyClientsProgram {

    private final AtomicBoolean goesOn = new AtomicBoolean(); // told to come to the end
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicInteger echoes = new AtomicInteger();
    private final AtomicInteger closed = new AtomicInteger();
    private final int rounds;

    private ManyClientsProgram(int rounds) {
        this.rounds = rounds;
    }

    public static void main(String[] arguments) throws Exception {
        Hub.parallel().setFailureHandler((source, error) -> {
            error.printStackTrace();
            Runtime.getRuntime().halt(1);
        });
        List<Integer> numbers = List.of(arguments).stream().map(Integer::valueOf).toList();
        new ManyClientsProgram(numbers.get(4)).run(numbers.get(0), numbers.get(1), numbers.get(2), numbers.get(3));
        System.exit(0);
    }

    private void run(int port, int controlPort, int count, int active) throws Exception {
        InetAddress host = InetAddress.getLoopbackAddress();
        GreenPool openers = new GreenPool(100);
        List<Socket> clients;
        long start = System.nanoTime();
        try (var opened = openers.imap(i -> open(new InetSocketAddress(host, port)),
                IntStream.range(0, count).boxed().toList())) {
            clients = opened.toList();
        }
        System.out.println("opened in ms: " + (System.nanoTime() - start) / 1_000_000);
        GreenPool pool = new GreenPool(count);
        try (Socket control = GreenNet.connect(new InetSocketAddress(host, controlPort))) {
            start = System.nanoTime();
            for (int i = 0; i < active; i++) {
                Socket client = clients.get(i);
                pool.spawnN(() -> ask(client));
            }
            while (begun.get() < active) {
                Green.yieldNow();
            }
            NetContract.say(control, "all are active");
            String _ = NetContract.hear(control, 5);
            goesOn.set(true);
            pool.waitAll();
            long nanos = System.nanoTime() - start;
            System.out.println("echoes: " + echoes.get());
            System.out.println("echoes per second: " + echoes.get() * 1_000_000_000L / nanos);
            for (Socket client : clients) {
                pool.spawnN(() -> end(client));
            }
            pool.waitAll();
        }
        System.out.println("ends: " + closed.get());
    }

    private static Socket open(InetSocketAddress address) {
        try {
            return GreenNet.connect(address);
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            throw new AssertionError("nobody interrupts", e);
        }
    }

    private static void echo(Socket client, String text) throws IOException {
        NetContract.say(client, text);
        String heard = NetContract.hear(client, text.length());
        if (!heard.equals(text)) {
            throw new AssertionError("said " + text + " and heard " + heard);
        }
    }

    /// An active one.
    private void ask(Socket client) {
        try {
            String text = "from " + client.getLocalPort();
            echo(client, text);
            begun.incrementAndGet();
            for (int left = rounds; left > 0; left -= goesOn.get() ? 1 : 0) {
                echo(client, text);
                echoes.incrementAndGet();
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /// Where clients ask, the last echo and the end; else the end that the server makes.
    private void end(Socket client) {
        try (client) {
            if (rounds > 0) {
                echo(client, "the last");
            } else if (client.getInputStream().read() >= 0) {
                throw new AssertionError("heard something");
            }
            closed.incrementAndGet();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
