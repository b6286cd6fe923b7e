package io.greenlet.boot.actuate;

import io.greenlet.HubSnapshot;
import java.util.List;

/// The figures of a hub.
///
/// @param kind `parallel`, `own-carrier`, `baton` or `simulated`
/// @param greensJdkBlocking whether JDK blocking calls let other green threads of the hub run
/// @param greenThreads those that have not ended; -1 on the parallel hub unless `greenlet.record-spawns` is on
/// @param ready those of them that could run and do not; -1 on the parallel hub, where the JDK knows
/// @param timers timers pending
/// @param listeners waits for a channel to become ready
/// @param pools the bean names of the pools that run their tasks on it
public record HubFigures(String kind, boolean greensJdkBlocking, int greenThreads, int ready, int timers,
        int listeners, List<String> pools) {

    static HubFigures of(HubSnapshot hub, List<String> pools) {
        return new HubFigures(hub.kind(), hub.greensJdkBlocking(), hub.greenThreads(), hub.ready(), hub.timers(),
                hub.listeners(), pools);
    }
}
