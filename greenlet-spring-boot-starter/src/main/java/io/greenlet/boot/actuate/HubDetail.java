package io.greenlet.boot.actuate;

import io.greenlet.GreenThreadSnapshot;
import io.greenlet.Hub;
import io.greenlet.HubSnapshot;
import java.util.List;
import java.util.Locale;

import org.jspecify.annotations.Nullable;

/// One hub in detail.
///
/// @param name the hub's name
/// @param kind `parallel`, `own-carrier`, `baton` or `simulated`
/// @param greensJdkBlocking whether JDK blocking calls let other green threads of the hub run
/// @param greenThreads those that have not ended; -1 on the parallel hub unless `greenlet.record-spawns` is on
/// @param ready those of them that could run and do not; -1 on the parallel hub, where the JDK knows
/// @param timers timers pending
/// @param listeners waits for a channel to become ready
/// @param pools the bean names of the pools that run their tasks on it
/// @param threads the first thousand green threads that have not ended, oldest first; on the parallel hub those that were
///     spawned while `greenlet.record-spawns` was on
public record HubDetail(String name, String kind, boolean greensJdkBlocking, int greenThreads, int ready, int timers,
        int listeners, List<String> pools, List<ThreadDetail> threads) {

    private static final int MOST_THREADS = 1000;

    static HubDetail of(String name, Hub hub, List<String> pools) {
        HubSnapshot now = hub.snapshot();
        return new HubDetail(name, now.kind(), now.greensJdkBlocking(), now.greenThreads(), now.ready(), now.timers(),
                now.listeners(), pools,
                hub.greenThreads().stream().limit(MOST_THREADS).map(ThreadDetail::of).toList());
    }

    /// A green thread.
    ///
    /// @param id its number
    /// @param name its name
    /// @param state `scheduled`, `ready`, `running`, `waiting` or `blocking`
    /// @param waitsFor what it waits for, as a class and a number that tells it from others of that class; null if it does
    ///     not wait
    /// @param parent the number of the green thread that spawned it; null if there is none or it has ended
    /// @param spawnedAt where it was spawned; null unless `greenlet.record-spawns` is on
    /// @param stack where it is, innermost frame first; empty if it has not begun
    public record ThreadDetail(long id, String name, String state, @Nullable String waitsFor, @Nullable Long parent,
            @Nullable String spawnedAt, List<String> stack) {

        static ThreadDetail of(GreenThreadSnapshot thread) {
            return new ThreadDetail(thread.id(), thread.name(), thread.state().name().toLowerCase(Locale.ROOT),
                    thread.blocker(), thread.parent(), Frames.frame(thread.spawnedAt()), Frames.stack(thread.stack()));
        }
    }
}
