package io.greenlet.pool;

import io.greenlet.Hub;
import io.greenlet.HubTimer;
import java.time.Duration;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// The one timer of a [ResourceStore]: the earliest of the times for which it was set.
///
/// One that is cancelled too late fires all the same, with a number that is not the latest by then. A plain object for one
/// thread: its owner guards it with its lock, which is not held when it fires.
final class IdleAlarm {

    private final Hub hub;
    private final LongConsumer onAlarm;
    private @Nullable HubTimer timer;
    private long atNanos;
    private long number;

    /// @param onAlarm is called with the alarm's number, to ask for [#isLatest(long)]
    IdleAlarm(Hub hub, LongConsumer onAlarm) {
        this.hub = hub;
        this.onAlarm = onAlarm;
    }

    /// Sees to it that the alarm comes by then.
    void setFor(long leftNanos, long now) {
        if (leftNanos == Lifespan.UNLIMITED || (timer != null && atNanos - now <= leftNanos)) {
            return;
        }
        cancel();
        long mine = number;
        atNanos = now + leftNanos;
        timer = hub.callAfter(Duration.ofNanos(Math.max(1, leftNanos)), () -> onAlarm.accept(mine));
    }

    /// Whether an alarm that comes is the one that was set last. If so, none is set now.
    boolean isLatest(long fired) {
        if (fired != number) {
            return false;
        }
        timer = null;
        return true;
    }

    void cancel() {
        number++;
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }
}
