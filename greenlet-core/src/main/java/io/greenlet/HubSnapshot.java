package io.greenlet;

/// A hub at one moment.
///
/// @param name the hub's name
/// @param kind `parallel`, `own-carrier`, `baton` or `simulated`
/// @param greensJdkBlocking whether JDK blocking calls let other green threads of the hub run
/// @param greenThreads those that have not ended; -1 on the parallel hub unless it is told to keep a list
///     ([Hub#recordSpawns(boolean)])
/// @param ready those of them that could run and are not; -1 on the parallel hub, where the JDK knows
/// @param timers timers pending
/// @param listeners waits for a channel to become ready
public record HubSnapshot(String name, String kind, boolean greensJdkBlocking, int greenThreads, int ready, int timers,
        int listeners) {}
