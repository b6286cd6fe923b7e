package io.greenlet.net;

import java.util.List;

/// How a server stopped.
///
/// @param server the server's name
/// @param served how many connections were accepted and have ended, however
/// @param finished how many were open when the stop began, and ended in time
/// @param killed how many were open at the deadline, and were killed
/// @param left those of the killed whose handlers are still running: the name of the green thread and the client's
///     address; their connections are closed all the same
public record StopReport(String server, long served, int finished, int killed, List<String> left) {

    /// Copies the list.
    public StopReport {
        left = List.copyOf(left);
    }

    /// Says whether every handler ended in time.
    ///
    /// @return whether none was killed
    public boolean inTime() {
        return killed == 0;
    }
}
