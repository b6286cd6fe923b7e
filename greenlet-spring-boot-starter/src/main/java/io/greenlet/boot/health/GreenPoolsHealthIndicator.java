package io.greenlet.boot.health;

import io.greenlet.boot.GreenPools;
import io.greenlet.boot.watchdog.GreenStall;
import io.greenlet.boot.watchdog.GreenStalls;
import io.greenlet.pool.PoolSnapshot;
import io.greenlet.pool.PoolStall.Kind;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

/// Tells whether green pools stand still.
final class GreenPoolsHealthIndicator extends AbstractHealthIndicator {

    private final GreenPools pools;
    private final @Nullable GreenStalls stalls;
    private final Status saturated;

    /// An indicator.
    ///
    /// @param stalls what the watchdog finds; null if there is no watchdog: then all is well
    GreenPoolsHealthIndicator(GreenPools pools, @Nullable GreenStalls stalls, HealthProperties properties) {
        super("The green pools could not be looked at");
        this.pools = pools;
        this.stalls = stalls;
        saturated = new Status(properties.saturatedStatus());
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        List<GreenStall> current = stalls == null ? List.of() : stalls.current();
        builder.status(status(current));
        pools.all().forEach((name, pool) -> builder.withDetail(name,
                detail(pool.snapshot(), current.stream().filter(stall -> stall.pool().equals(name)).findFirst())));
    }

    private Status status(List<GreenStall> current) {
        if (current.stream().anyMatch(stall -> stall.stall().kind().isStall())) {
            return Status.DOWN;
        }
        return current.isEmpty() ? Status.UP : saturated;
    }

    private static Map<String, Object> detail(PoolSnapshot pool, Optional<GreenStall> found) {
        Map<String, Object> detail = new LinkedHashMap<>();
        detail.put("state", found.map(stall -> name(stall.stall().kind())).orElse("ok"));
        detail.put("size", pool.size());
        detail.put("running", pool.running());
        detail.put("waiting", pool.waiting());
        detail.put("oldestWait", pool.oldestWait().toString());
        found.ifPresent(stall -> {
            detail.put("since", stall.since().toString());
            detail.put("problem", stall.stall().description().lines().findFirst().orElse(""));
        });
        return detail;
    }

    private static String name(Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }
}
