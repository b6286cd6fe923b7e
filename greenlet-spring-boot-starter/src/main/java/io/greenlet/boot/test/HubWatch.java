package io.greenlet.boot.test;

import io.greenlet.GreenThreadSnapshot;
import io.greenlet.Hub;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// The green threads of a hub that were not there before.
final class HubWatch {

    private static final int FRAMES = 16;

    private final Hub hub;
    private final Set<Long> before;

    private HubWatch(Hub hub, Set<Long> before) {
        this.hub = hub;
        this.before = before;
    }

    /// Takes note of the green threads that there are.
    static HubWatch from(Hub hub) {
        return new HubWatch(hub, hub.greenThreads().stream().map(GreenThreadSnapshot::id).collect(Collectors.toSet()));
    }

    /// Holds every green thread for one that is left.
    static HubWatch fresh(Hub hub) {
        return new HubWatch(hub, Set.of());
    }

    Hub hub() {
        return hub;
    }

    List<GreenThreadSnapshot> left() {
        return hub.greenThreads().stream().filter(thread -> !before.contains(thread.id())).toList();
    }

    String describe(GreenThreadSnapshot thread) {
        return "green thread " + thread.name() + " of hub '" + hub.name() + "' is " + doing(thread)
                + stack(thread.stack());
    }

    static String doing(GreenThreadSnapshot thread) {
        String doing = switch (thread.state()) {
            case SCHEDULED -> "to begin later";
            case READY -> thread.stack().isEmpty() ? "ready and has not begun" : "ready";
            case RUNNING -> "running";
            case WAITING -> "waiting";
            case BLOCKING -> "blocking outside the hub";
        };
        return doing + (thread.waitsFor() == null ? "" : " for " + thread.waitsFor())
                + (thread.spawnedAt() == null ? "" : ", spawned at " + thread.spawnedAt());
    }

    static String stack(List<StackTraceElement> stack) {
        String frames = stack.stream().limit(FRAMES).map(frame -> "\n      at " + frame).collect(Collectors.joining());
        return stack.size() > FRAMES ? frames + "\n      … " + (stack.size() - FRAMES) + " more" : frames;
    }
}
