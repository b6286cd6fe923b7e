package io.greenlet.net;

import java.net.Socket;

/// Serves one connection, in a green thread of its own.
///
/// | it | then |
/// |---|---|
/// | returns | the connection is closed |
/// | throws [StopServe] | the connection is closed, and the server stops |
/// | is killed | the connection is closed; nobody is told |
/// | throws a [java.net.SocketTimeoutException], where the server has a [ServeOptions#idleTimeout()] | the connection is closed, and counted as timed out |
/// | throws anything else, an [Error] too | the connection is closed, and the hub's failure handler is told; the server goes on (eventlet's stops) |
@FunctionalInterface
public interface ConnectionHandler {

    /// Serves a connection. It is closed when this ends, however it ends.
    ///
    /// @param connection the connection, an [javax.net.ssl.SSLSocket] after its handshake where the server speaks TLS
    /// @throws Exception what ends the connection
    void handle(Socket connection) throws Exception;
}
