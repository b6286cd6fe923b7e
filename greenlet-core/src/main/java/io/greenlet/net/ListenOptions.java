package io.greenlet.net;

/// How a listener is made.
///
/// @param backlog how many clients may wait, connected, until they are accepted, 1024 unless set (eventlet: 50): at the
///     limit of a server they wait here; the system may allow fewer
/// @param reuseAddress whether the address may be taken while connections of a former listener linger, true unless set
/// @param reusePort whether several listeners, of several processes too, may share the port, false unless set (eventlet
///     takes true for a fixed port, so that a second server started by mistake gets half of the clients in silence)
public record ListenOptions(int backlog, boolean reuseAddress, boolean reusePort) {

    /// The options of which none is set.
    public static final ListenOptions DEFAULTS = new ListenOptions(1024, true, false);

    /// Checks every option.
    public ListenOptions {
        if (backlog <= 0) {
            throw new IllegalArgumentException("backlog must be positive: " + backlog);
        }
    }

    /// These options with another backlog.
    ///
    /// @param backlog how many clients may wait, positive
    /// @return new options
    public ListenOptions withBacklog(int backlog) {
        return new ListenOptions(backlog, reuseAddress, reusePort);
    }

    /// These options with the address reused or not.
    ///
    /// @param reuseAddress whether the address may be taken while connections of a former listener linger
    /// @return new options
    public ListenOptions withReuseAddress(boolean reuseAddress) {
        return new ListenOptions(backlog, reuseAddress, reusePort);
    }

    /// These options with the port shared or not.
    ///
    /// @param reusePort whether several listeners may share the port
    /// @return new options
    public ListenOptions withReusePort(boolean reusePort) {
        return new ListenOptions(backlog, reuseAddress, reusePort);
    }
}
