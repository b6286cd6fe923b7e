package io.greenlet.sample;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// A web server on a free loopback port that answers byte by byte what a test says: right, wrong, or without end. It
/// counts what it is asked and what it gets rid of.
public final class LoopbackServer implements AutoCloseable {

    /// Answers one request. When it returns, the connection is closed.
    @FunctionalInterface
    public interface Answer {
        void to(Exchange exchange) throws IOException, InterruptedException;
    }

    private final ServerSocket listener = new ServerSocket(0, 1_000, InetAddress.getLoopbackAddress());
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();
    private final Queue<String> requests = new ConcurrentLinkedQueue<>();
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
    private final Map<String, AtomicLong> written = new ConcurrentHashMap<>();
    private final AtomicInteger atOnce = new AtomicInteger();
    private final AtomicInteger mostAtOnce = new AtomicInteger();
    private final CountDownLatch closed = new CountDownLatch(1);

    /// Starts to listen.
    public LoopbackServer() throws IOException {
        Thread.startVirtualThread(this::accept);
    }

    /// Has a path answered; until then it is a 404.
    public LoopbackServer on(String path, Answer answer) {
        answers.put(path, answer);
        return this;
    }

    /// Has a path answered with an HTML page.
    public LoopbackServer page(String path, String html) {
        return on(path, exchange -> exchange.send("200 OK", "text/html; charset=utf-8", html.getBytes(UTF_8)));
    }

    /// Has a path answered with a page that has links, each in an `a` of its own.
    public LoopbackServer links(String path, String... links) {
        StringBuilder html = new StringBuilder();
        for (String link : links) {
            html.append("<a href=\"").append(link).append("\">there</a>\n");
        }
        return page(path, html.toString());
    }

    /// Has a path answered with a status and nothing else.
    public LoopbackServer status(String path, String status, String... headers) {
        return on(path, exchange -> exchange.head(status, List.of(headers)));
    }

    /// Has a path redirect.
    public LoopbackServer redirect(String path, String location) {
        return status(path, "302 Found", "Location: " + location, "Content-Length: 0");
    }

    /// Returns the URL of a path.
    public URI url(String path) {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort() + path);
    }

    /// Returns the requests so far, as in `GET /a.html`.
    public List<String> requests() {
        return List.copyOf(requests);
    }

    /// Returns how many bytes a path has got rid of.
    public long written(String path) {
        AtomicLong bytes = written.get(path);
        return bytes == null ? 0 : bytes.get();
    }

    /// Returns how many requests were being answered at once, at most.
    public int mostAtOnce() {
        return mostAtOnce.get();
    }

    /// Returns how many requests are being answered.
    public int atOnce() {
        return atOnce.get();
    }

    @Override
    public void close() throws IOException {
        closed.countDown();
        listener.close();
        for (Socket connection : connections) {
            connection.close();
        }
    }

    private void accept() {
        try {
            for (;;) {
                Socket connection = listener.accept();
                connections.add(connection);
                Thread.startVirtualThread(() -> serve(connection));
            }
        } catch (IOException e) {
            if (closed.getCount() > 0) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            BufferedReader in = new BufferedReader(new InputStreamReader(connection.getInputStream(), ISO_8859_1));
            String[] request = String.valueOf(in.readLine()).split(" ", 3);
            if (request.length < 3) {
                return;
            }
            for (String header = in.readLine(); header != null && !header.isEmpty(); header = in.readLine()) {
                // not needed
            }
            requests.add(request[0] + ' ' + request[1]);
            mostAtOnce.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
            try {
                Answer answer = answers.getOrDefault(request[1], missing -> missing.send("404 Not Found", "text/plain",
                        "not here".getBytes(UTF_8)));
                answer.to(new Exchange(request[0], connection, counting(request[1], connection.getOutputStream())));
            } finally {
                atOnce.decrementAndGet();
            }
        } catch (IOException e) {
            // the client hung up, as it should when it has had enough
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            connections.remove(connection);
        }
    }

    private OutputStream counting(String path, OutputStream out) {
        AtomicLong bytes = written.computeIfAbsent(path, _ -> new AtomicLong());
        return new FilterOutputStream(out) {
            @Override
            public void write(int b) throws IOException {
                out.write(b);
                bytes.incrementAndGet();
            }

            @Override
            public void write(byte[] data, int offset, int length) throws IOException {
                out.write(data, offset, length);
                bytes.addAndGet(length);
            }
        };
    }

    /// A request to answer.
    public final class Exchange {

        private final String method;
        private final Socket connection;
        private final OutputStream out;

        private Exchange(String method, Socket connection, OutputStream out) {
            this.method = method;
            this.connection = connection;
            this.out = out;
        }

        public String method() {
            return method;
        }

        public OutputStream out() {
            return out;
        }

        /// Sends a whole answer, as the request's method wants it.
        public void send(String status, String contentType, byte[] body) throws IOException {
            head(status, List.of("Content-Type: " + contentType, "Content-Length: " + body.length));
            if (!method.equals("HEAD")) {
                out.write(body);
            }
        }

        /// Sends a status and headers.
        public void head(String status, List<String> headers) throws IOException {
            StringBuilder head = new StringBuilder("HTTP/1.1 ").append(status).append("\r\nConnection: close\r\n");
            headers.forEach(header -> head.append(header).append("\r\n"));
            out.write(head.append("\r\n").toString().getBytes(ISO_8859_1));
        }

        /// Waits, which is how this server is slow; false once it has been closed.
        public boolean pause(long millis) throws InterruptedException {
            return !closed.await(millis, TimeUnit.MILLISECONDS);
        }

        /// Says nothing until the client hangs up.
        public void hang() throws IOException {
            connection.getInputStream().transferTo(OutputStream.nullOutputStream());
        }

        /// Hangs up in the rudest way.
        public void reset() throws IOException {
            connection.setSoLinger(true, 0);
            connection.close();
        }
    }
}
