package io.greenlet.net;

import io.greenlet.Hub;
import io.greenlet.pool.GreenPool;
import java.time.Duration;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/// How connections are served.
///
/// Two limits hold, each by not accepting: the pool's size bounds what runs in it, of this server and of others that
/// share it; `concurrency` bounds the connections of this server. Clients beyond them wait in the listener's backlog.
///
/// @param name the server's name, which its green threads and messages carry
/// @param concurrency how many connections are open at once, at most, 1000 unless set
/// @param pool the pool whose slots the connections take, shared with whoever else uses it; null (unless set) for one of
///     the server's own
/// @param hub the hub that runs the server, null (unless set) for that of the pool, or the caller's; with a pool it must
///     be the pool's
/// @param tls what to speak TLS with; null (unless set) for plain connections
/// @param tlsParameters protocols, ciphers, whether clients need certificates; null (unless set) for those of `tls`
/// @param handshakeTimeout how long a TLS handshake may take, as a whole, ten seconds unless set
/// @param idleTimeout how long a handler's read waits for bytes before it throws a [java.net.SocketTimeoutException]
///     (the connection's [java.net.Socket#setSoTimeout(int)] at first); null (unless set) for no limit
/// @param grace how long handlers get to finish when [StopServe], [GreenServer#close()] or the close of the listener
///     stops the server, 30 seconds unless set
public record ServeOptions(String name, int concurrency, @Nullable GreenPool pool, @Nullable Hub hub,
        @Nullable SSLContext tls, @Nullable SSLParameters tlsParameters, Duration handshakeTimeout,
        @Nullable Duration idleTimeout, Duration grace) {

    /// How many connections are open at once where nothing is said. eventlet: the same.
    public static final int DEFAULT_CONCURRENCY = 1000;

    /// Checks every option.
    public ServeOptions {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(handshakeTimeout, "handshakeTimeout");
        Objects.requireNonNull(grace, "grace");
        if (name.isBlank()) {
            throw new IllegalArgumentException("name must not be blank: '" + name + "'");
        }
        if (concurrency <= 0) {
            throw new IllegalArgumentException("concurrency must be positive: " + concurrency);
        }
        if (pool != null && hub != null && !hub.equals(pool.hub())) {
            throw new IllegalArgumentException("hub must be that of " + pool + ", " + pool.hub() + ": " + hub);
        }
        ConnectOptions.requirePositive("handshakeTimeout", handshakeTimeout);
        ConnectOptions.requirePositive("idleTimeout", idleTimeout);
        if (grace.isNegative()) {
            throw new IllegalArgumentException("grace must not be negative: " + grace);
        }
    }

    /// Options with nothing but a name set.
    ///
    /// @param name the server's name
    /// @return the options
    public static ServeOptions named(String name) {
        return new ServeOptions(name, DEFAULT_CONCURRENCY, null, null, null, null, Duration.ofSeconds(10), null,
                Duration.ofSeconds(30));
    }

    /// These options with another name.
    ///
    /// @param name the server's name
    /// @return new options
    public ServeOptions withName(String name) {
        return new ServeOptions(name, concurrency, pool, hub, tls, tlsParameters, handshakeTimeout, idleTimeout, grace);
    }

    /// These options with another number of connections.
    ///
    /// @param concurrency how many are open at once, positive
    /// @return new options
    public ServeOptions withConcurrency(int concurrency) {
        return new ServeOptions(name, concurrency, pool, hub, tls, tlsParameters, handshakeTimeout, idleTimeout, grace);
    }

    /// These options with a pool.
    ///
    /// @param pool the pool whose slots the connections take; null for one of the server's own
    /// @return new options
    public ServeOptions withPool(@Nullable GreenPool pool) {
        return new ServeOptions(name, concurrency, pool, hub, tls, tlsParameters, handshakeTimeout, idleTimeout, grace);
    }

    /// These options with a hub.
    ///
    /// @param hub the hub that runs the server; null for that of the pool, or the caller's
    /// @return new options
    public ServeOptions withHub(@Nullable Hub hub) {
        return new ServeOptions(name, concurrency, pool, hub, tls, tlsParameters, handshakeTimeout, idleTimeout, grace);
    }

    /// These options with TLS.
    ///
    /// @param tls what to speak TLS with
    /// @return new options
    public ServeOptions withTls(SSLContext tls) {
        return new ServeOptions(name, concurrency, pool, hub, Objects.requireNonNull(tls, "tls"), tlsParameters,
                handshakeTimeout, idleTimeout, grace);
    }

    /// These options with TLS.
    ///
    /// @param tls what to speak TLS with
    /// @param parameters protocols, ciphers, whether clients need certificates
    /// @return new options
    public ServeOptions withTls(SSLContext tls, SSLParameters parameters) {
        return new ServeOptions(name, concurrency, pool, hub, Objects.requireNonNull(tls, "tls"),
                Objects.requireNonNull(parameters, "parameters"), handshakeTimeout, idleTimeout, grace);
    }

    /// These options with another limit of handshakes.
    ///
    /// @param handshakeTimeout how long a TLS handshake may take, positive
    /// @return new options
    public ServeOptions withHandshakeTimeout(Duration handshakeTimeout) {
        return new ServeOptions(name, concurrency, pool, hub, tls, tlsParameters, handshakeTimeout, idleTimeout, grace);
    }

    /// These options with another limit of idleness.
    ///
    /// @param idleTimeout how long a read waits for bytes, positive; null for no limit
    /// @return new options
    public ServeOptions withIdleTimeout(@Nullable Duration idleTimeout) {
        return new ServeOptions(name, concurrency, pool, hub, tls, tlsParameters, handshakeTimeout, idleTimeout, grace);
    }

    /// These options with another grace.
    ///
    /// @param grace how long handlers get to finish, not negative
    /// @return new options
    public ServeOptions withGrace(Duration grace) {
        return new ServeOptions(name, concurrency, pool, hub, tls, tlsParameters, handshakeTimeout, idleTimeout, grace);
    }
}
