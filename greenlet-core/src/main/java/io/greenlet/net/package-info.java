/// Sockets of green threads: connect, listen, and servers with a green thread for each connection.
///
/// ```
///   listener ──a client is there──▶ room, and a slot of the pool? ──no──▶ it waits, connected, in the listener's backlog
///                                        │ yes
///                                        ▼
///            accept ──▶ own green thread: TLS handshake ──▶ handler ──ends, however──▶ closed, slot back
///
///   stop: listener closed ──▶ handlers finish ──deadline──▶ those left are killed ──▶ StopReport
/// ```
///
/// - [io.greenlet.net.GreenNet]: the verbs.
/// - [io.greenlet.net.GreenServer]: a server that runs, to be looked at and stopped.
/// - `ConnectionGate` counts connections and knows how a server stops; it knows nothing of sockets.
/// - `Acceptor` lets clients in, `Connection` is one of them, and `HubSocket` waits where the JDK's sockets would hold the
///   hub up.
///
/// Connections are the JDK's own type, [java.net.Socket], and everything that is built on it works. Where JDK blocking is
/// green ([io.greenlet.Hub#greensJdkBlocking()]) they are the JDK's sockets; elsewhere their streams wait by
/// [io.greenlet.Hub#awaitReady(java.nio.channels.SelectableChannel, int)], so that the others of the hub run meanwhile.
///
/// {@snippet class="io.greenlet.snippets.NetSnippetsTests" region="serve"}
@NullMarked
package io.greenlet.net;

import org.jspecify.annotations.NullMarked;
