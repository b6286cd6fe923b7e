package io.greenlet.sample.crawl;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;

import javax.net.ssl.SSLException;

import org.jspecify.annotations.Nullable;

/// A request that got no usable answer.
final class NoAnswer extends Exception {

    private static final long serialVersionUID = 1;

    final Problem problem;
    final String words;

    NoAnswer(Problem problem, String words) {
        super(words, null, false, false); // a message on its way to the report: no stack
        this.problem = problem;
        this.words = words;
    }

    static NoAnswer after(Duration limit) {
        return new NoAnswer(Problem.TIMEOUT, "not finished after " + limit.toMillis() + " ms");
    }

    /// Says in our words what the HTTP client says in its own.
    static NoAnswer because(@Nullable Throwable cause, URI url, FetchLimits limits) {
        if (isUnknownHost(cause)) {
            return new NoAnswer(Problem.UNKNOWN_HOST, "unknown host: " + url.getHost());
        }
        return switch (cause) {
            case HttpConnectTimeoutException _ -> new NoAnswer(Problem.UNREACHABLE,
                    "no connection after " + limits.connectTimeout().toMillis() + " ms: " + url.getAuthority());
            case ConnectException _ -> new NoAnswer(Problem.UNREACHABLE, "no connection: " + url.getAuthority());
            case SSLException e -> new NoAnswer(Problem.TLS, "no TLS connection: " + e.getMessage());
            case IOException e -> new NoAnswer(Problem.CONNECTION_LOST, "connection lost: " + e.getMessage());
            case null, default -> new NoAnswer(Problem.GIVEN_UP, "the request failed: " + cause);
        };
    }

    private static boolean isUnknownHost(@Nullable Throwable cause) {
        for (Throwable e = cause; e != null; e = e.getCause()) {
            if (e instanceof UnresolvedAddressException || e instanceof UnknownHostException) {
                return true;
            }
        }
        return false;
    }
}
