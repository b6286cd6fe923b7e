package io.greenlet.net;

import java.net.SocketAddress;
import java.time.Duration;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// How a connection is made.
///
/// @param timeout how long the connection, its TLS handshake included, may take; null (unless set) for no limit
/// @param bind the local address; null (unless set) for any
/// @param readTimeout how long a read waits for bytes, those of the TLS handshake too, before it throws a
///     [java.net.SocketTimeoutException]; null (unless set) for no limit
/// @param tls what to speak TLS with, the server's certificate being checked against the host's name; null (unless set)
///     for a plain connection
public record ConnectOptions(@Nullable Duration timeout, @Nullable SocketAddress bind, @Nullable Duration readTimeout,
        @Nullable SSLContext tls) {

    /// The options of which none is set.
    public static final ConnectOptions DEFAULTS = new ConnectOptions(null, null, null, null);

    /// Checks every option.
    public ConnectOptions {
        requirePositive("timeout", timeout);
        requirePositive("readTimeout", readTimeout);
    }

    /// These options with another time limit.
    ///
    /// @param timeout how long the connection may take, positive; null for no limit
    /// @return new options
    public ConnectOptions withTimeout(@Nullable Duration timeout) {
        return new ConnectOptions(timeout, bind, readTimeout, tls);
    }

    /// These options with a local address.
    ///
    /// @param bind the local address; null for any
    /// @return new options
    public ConnectOptions withBind(@Nullable SocketAddress bind) {
        return new ConnectOptions(timeout, bind, readTimeout, tls);
    }

    /// These options with another limit of reads.
    ///
    /// @param readTimeout how long a read waits for bytes, positive; null for no limit
    /// @return new options
    public ConnectOptions withReadTimeout(@Nullable Duration readTimeout) {
        return new ConnectOptions(timeout, bind, readTimeout, tls);
    }

    /// These options with TLS.
    ///
    /// @param tls what to speak TLS with
    /// @return new options
    public ConnectOptions withTls(SSLContext tls) {
        return new ConnectOptions(timeout, bind, readTimeout, Objects.requireNonNull(tls, "tls"));
    }

    static void requirePositive(String name, @Nullable Duration limit) {
        if (limit != null && !limit.isPositive()) {
            throw new IllegalArgumentException(name + " must be positive: " + limit);
        }
    }
}
