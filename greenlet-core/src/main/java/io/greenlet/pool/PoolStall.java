package io.greenlet.pool;

import java.time.Duration;
import java.util.List;

/// A pool that a [StallWatch] found full for too long, or for good, with somebody in line.
///
/// @param pool the pool
/// @param kind what is the matter with it
/// @param oldestWait how long the first in line has waited
/// @param holders the tasks that hold slots, oldest first: at most [#MOST_SHOWN]
/// @param waiters those in line, first first: at most [#MOST_SHOWN]
/// @param description what is the matter, in several lines: the pool's figures, who waits for whom as far as that is known, and
///     the stacks of a few of both
public record PoolStall(GreenPool pool, Kind kind, Duration oldestWait, List<TaskSnapshot> holders,
        List<WaitingSnapshot> waiters, String description) {

    /// How many holders and how many waiters a stall shows at most.
    public static final int MOST_SHOWN = 20;

    /// What is the matter with a full pool.
    public enum Kind {

        /// It waits for itself: every task that holds a slot waits, without limit, for something that stands in line for
        /// this pool, or for another one in the same state. Unless somebody kills, resizes or rejects, nothing ever moves.
        PROVEN,

        /// It may wait for itself: for a long time no task has begun or ended, every task that holds a slot is parked
        /// without limit, at the same place each time, and not for the network.
        SUSPECTED,

        /// It has more to do than it gets done: somebody has stood in line for a long time. No stall.
        SATURATED;

        /// Says whether the pool stands still.
        ///
        /// @return whether this is a stall, proven or suspected
        public boolean isStall() {
            return this != SATURATED;
        }
    }

    /// Copies the lists.
    public PoolStall {
        holders = List.copyOf(holders);
        waiters = List.copyOf(waiters);
    }

    /// Returns the description.
    @Override
    public String toString() {
        return description;
    }
}
