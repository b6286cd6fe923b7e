package io.greenlet.benchmarks.measure;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Round trips of 64 bytes through an echo server with 100 and with 10,000 connections, all of which are busy: each sends again
/// as soon as it has its answer. The server runs in a process of its own, the clients share one thread of this one.
final class Echo implements Measure {

    private static final List<String> PYTHON = List.of("eventlet", "gevent");

    Echo() {}

    @Override
    public Map<String, Body> subjects(boolean quick) {
        List<String> servers = new ArrayList<>(EchoServer.KINDS.keySet());
        servers.addAll(PYTHON);
        Map<String, Body> subjects = new LinkedHashMap<>();
        for (String server : servers) {
            subjects.put(server, figures -> measure(server, quick ? 300 : 2_000, figures));
        }
        return subjects;
    }

    @Override
    public List<String> jvmOptions(String subject) {
        return List.of("-XX:+UseSerialGC"); // the clients leave no garbage, and the collector's threads to the server
    }

    private static void measure(String kind, long millis, Figures figures) throws IOException {
        Process server = new ProcessBuilder(command(kind)).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try (BufferedReader said = server.inputReader()) {
            String line = said.readLine();
            if (line == null || !line.startsWith("port ")) {
                throw new IllegalStateException("server must say its port: " + line);
            }
            try (EchoClients clients = new EchoClients(Integer.parseInt(line.substring(5)))) {
                for (int connections : List.of(100, 10_000)) {
                    clients.connect(connections);
                    clients.run(millis);
                    EchoClients.Trips trips = clients.run(millis);
                    String count = String.valueOf(connections);
                    figures.add(Map.of("connections", count, "of", "rate"), "1/s", trips.perSecond());
                    figures.add(Map.of("connections", count, "of", "p50"), "µs", trips.p50());
                    figures.add(Map.of("connections", count, "of", "p99"), "µs", trips.p99());
                }
            }
        } finally {
            server.destroyForcibly();
        }
    }

    private static List<String> command(String kind) {
        if (PYTHON.contains(kind)) {
            return List.of("/usr/bin/python3", "benchmarks/python/echo_server.py", kind);
        }
        return Jvm.command(List.of("-Xmx2g", Jvm.OPEN), EchoServer.class, kind);
    }
}
