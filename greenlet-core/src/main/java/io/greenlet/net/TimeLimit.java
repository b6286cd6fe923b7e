package io.greenlet.net;

import io.greenlet.Hub;
import io.greenlet.HubTimer;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;

/// Closes something when its time is over, unless it is lifted before: the one limit that the JDK's sockets do not have
/// is that of several reads and writes together.
final class TimeLimit {

    private final HubTimer timer;

    TimeLimit(Duration limit, Closeable what) {
        timer = Hub.current().callAfter(limit, () -> closeQuietly(what));
    }

    /// Lifts the limit; false if it was reached.
    boolean lift() {
        return timer.cancel();
    }

    /// Closes what nobody uses any more.
    static void closeQuietly(Closeable what) {
        try {
            what.close();
        } catch (IOException e) {
            // it is gone all the same
        }
    }
}
