package io.greenlet.net;

import java.net.SocketAddress;

/// A server's figures at one moment.
///
/// `accepted = open + completed + failed + killed + timedOut`.
///
/// @param name the server's name
/// @param address where it listens, or did
/// @param accepting whether it accepts clients, as far as there is room
/// @param open connections that are being served
/// @param accepted connections accepted so far
/// @param completed connections whose handlers returned
/// @param failed connections whose handlers, or TLS handshakes, failed
/// @param killed connections whose handlers were killed
/// @param timedOut connections that were idle for too long, or whose TLS handshakes took too long
public record ServerSnapshot(String name, SocketAddress address, boolean accepting, int open, long accepted,
        long completed, long failed, long killed, long timedOut) {}
