package io.greenlet.net;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/// Lays TLS over a connected socket, with a limit for the whole handshake: each of its reads alone may be quick enough.
///
/// It is the JDK's, over the streams of the socket below, and so waits as they do.
final class Tls {

    private Tls() {}

    /// Shakes hands with a client that has connected.
    static SSLSocket accept(Socket socket, SSLContext context, @Nullable SSLParameters parameters, Duration limit)
            throws IOException {
        SSLSocket tls = over(socket, context, socket.getInetAddress().getHostAddress());
        tls.setUseClientMode(false);
        if (parameters != null) {
            tls.setSSLParameters(parameters);
        }
        return shakeHands(tls, socket, new Deadline(limit));
    }

    /// Shakes hands with a server, whose certificate has to be for the host.
    static SSLSocket connect(Socket socket, SSLContext context, String host, Deadline deadline)
            throws IOException {
        SSLSocket tls = over(socket, context, host);
        SSLParameters parameters = tls.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        tls.setSSLParameters(parameters);
        return shakeHands(tls, socket, deadline);
    }

    private static SSLSocket over(Socket socket, SSLContext context, String host) throws IOException {
        return (SSLSocket) context.getSocketFactory().createSocket(socket, host, socket.getPort(), true);
    }

    private static SSLSocket shakeHands(SSLSocket tls, Socket below, Deadline deadline) throws IOException {
        Duration left = deadline.left();
        if (left == null) {
            tls.startHandshake();
            return tls;
        }
        TimeLimit alarm = new TimeLimit(left, below);
        IOException failure = null;
        boolean inTime = false;
        try {
            tls.startHandshake();
        } catch (IOException e) {
            failure = e;
        } finally {
            inTime = alarm.lift();
        }
        if (!inTime) {
            SocketTimeoutException late = new SocketTimeoutException(
                    "no TLS handshake with " + below.getRemoteSocketAddress() + " within " + deadline);
            late.initCause(failure);
            throw late;
        }
        if (failure != null) {
            throw failure;
        }
        return tls;
    }

    /// Closes a connection. The TLS close says goodbye to the peer, which may not listen: that has a limit too.
    static void close(SSLSocket tls, Socket below, Duration limit) {
        TimeLimit alarm = new TimeLimit(limit, below);
        try {
            TimeLimit.closeQuietly(tls);
        } finally {
            boolean _ = alarm.lift();
        }
    }
}
