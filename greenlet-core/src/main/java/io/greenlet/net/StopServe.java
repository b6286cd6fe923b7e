package io.greenlet.net;

/// Thrown by a [ConnectionHandler] to stop its server: it accepts nobody from now on, and the handlers of the other
/// connections get [ServeOptions#grace()] to finish. The connection itself is closed as after a return.
///
/// eventlet: `StopServe` (there, the other handlers are left to themselves, and the listener stays open).
public final class StopServe extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /// Stops the server without a word.
    public StopServe() {
        this("the handler stops its server");
    }

    /// Stops the server.
    ///
    /// @param message why
    public StopServe(String message) {
        super(message, null, false, false);
    }
}
