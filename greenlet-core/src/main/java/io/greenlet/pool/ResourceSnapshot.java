package io.greenlet.pool;

import java.time.Duration;

/// A resource pool at one moment; all of it is read together.
///
/// @param name the pool's name
/// @param size how many resources there may be at once
/// @param free how many more could be taken: `size - inUse`; negative after a shrink until enough came back
/// @param inUse resources handed out, being made, being cleaned or being destroyed: whatever is not idle
/// @param idle resources that wait to be taken
/// @param waiting takers in line
/// @param oldestWait how long the first in line has waited, zero when the line is empty
/// @param created resources made so far
/// @param destroyed resources destroyed so far
/// @param failed attempts to make one that failed
/// @param timedOut takers that left the line because their time was over
/// @param closed whether the pool hands out nothing any more
public record ResourceSnapshot(String name, int size, int free, int inUse, int idle, int waiting, Duration oldestWait,
        long created, long destroyed, long failed, long timedOut, boolean closed) {}
