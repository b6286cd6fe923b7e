package io.greenlet.boot.watchdog;

import io.greenlet.Hub;
import io.greenlet.HubTimer;
import io.greenlet.boot.GreenPools;
import io.greenlet.boot.watchdog.WatchdogProperties.Action;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolStall;
import io.greenlet.pool.StallWatch;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/// Looks at all pools of the context now and then: logs what is stalled, once, and that it is over; and ends what it may end.
///
/// It runs from before the pools take work until after they are closed, since a close waits for what waits for itself too.
///
/// ```
///   stopped ──start──▶ timer pending ◀──────────────┐
///      ▲                 │ the time has come        │ running still
///      └──stop, at any ──┴────────────▶ a look ─────┘
///         time
/// ```
///
/// A look is made by one green thread, which sets the timer for the next when it is through; so looks never overlap, and what they
/// remember needs no lock. `running` and `timer` change under the object's lock: a stop either sees the timer or is seen.
final class GreenWatchdog implements SmartLifecycle {

    /// Just before that of the pools: starts before them, stops after them.
    static final int PHASE = Integer.MAX_VALUE / 2 - 1;

    private static final Log LOG = LogFactory.getLog(GreenWatchdog.class);

    private final GreenPools pools;
    private final GreenStalls stalls;
    private final WatchdogProperties properties;
    private final Hub clock = Hub.parallel();
    private final Object lock = new Object();
    private @Nullable Round round; // guarded by lock; null when stopped

    GreenWatchdog(GreenPools pools, GreenStalls stalls, WatchdogProperties properties) {
        this.pools = pools;
        this.stalls = stalls;
        this.properties = properties;
    }

    @Override
    public void start() {
        synchronized (lock) {
            if (round == null) {
                Round started = new Round(pools.all());
                round = started;
                started.lookLater();
            }
        }
    }

    @Override
    public void stop() {
        synchronized (lock) {
            if (round != null) {
                round.end();
                round = null;
            }
            stalls.are(List.of());
        }
    }

    @Override
    public boolean isRunning() {
        synchronized (lock) {
            return round != null;
        }
    }

    @Override
    public boolean isPauseable() {
        return false;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }

    /// From a start to a stop.
    private final class Round {

        private final Map<String, GreenPool> watched;
        private final StallWatch watch;
        private final Map<String, GreenStall> known = new LinkedHashMap<>(); // of the looks
        private @Nullable HubTimer timer; // guarded by lock

        Round(Map<String, GreenPool> watched) {
            this.watched = watched;
            watch = new StallWatch(watched::values, properties.stallAfter(), properties.saturatedAfter());
        }

        void lookLater() {
            timer = clock.callAfter(properties.interval(), this::look);
        }

        void end() {
            if (timer != null) {
                timer.cancel();
            }
        }

        private void look() {
            try {
                tell(watch.look());
            } catch (RuntimeException | Error e) {
                LOG.error("The watchdog of the green pools could not look at them", e);
            }
            synchronized (lock) {
                if (round == this) {
                    lookLater();
                }
            }
        }

        private void tell(List<PoolStall> found) {
            Instant now = Instant.now();
            Map<String, GreenStall> current = new LinkedHashMap<>();
            for (PoolStall stall : found) {
                String name = nameOf(stall.pool());
                GreenStall before = known.get(name);
                Instant since = before != null && before.stall().kind() == stall.kind() ? before.since() : null;
                current.put(name, new GreenStall(name, since == null ? now : since, stall));
                if (since == null) {
                    log(stall);
                }
            }
            known.forEach((name, before) -> {
                if (!current.containsKey(name)) {
                    LOG.info("Green " + before.stall().pool() + " moves again, after "
                            + Duration.between(before.since(), now).toMillis() + " ms");
                }
            });
            known.clear();
            known.putAll(current);
            synchronized (lock) {
                if (round == this) { // nobody has stopped it meanwhile
                    stalls.are(new ArrayList<>(current.values()));
                }
            }
            found.forEach(this::act);
        }

        private String nameOf(GreenPool pool) {
            return watched.entrySet().stream().filter(entry -> entry.getValue().equals(pool)).findFirst()
                    .map(Map.Entry::getKey).orElseGet(pool::name);
        }

        private void log(PoolStall stall) {
            String text = "Green " + stall.description();
            switch (stall.kind()) {
                case PROVEN -> LOG.error(text);
                case SUSPECTED, SATURATED -> LOG.warn(text);
            }
        }

        private void act(PoolStall stall) {
            Action action = switch (stall.kind()) {
                case PROVEN -> properties.onProven();
                case SUSPECTED -> properties.onSuspected();
                case SATURATED -> Action.REPORT;
            };
            if (action == Action.REJECT && watch.reject(stall)) {
                LOG.warn("Green " + stall.pool() + ": one was taken out of the line, so that the others can go on");
            }
        }
    }
}
