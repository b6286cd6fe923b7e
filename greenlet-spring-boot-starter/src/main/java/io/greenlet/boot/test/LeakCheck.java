package io.greenlet.boot.test;

import io.greenlet.GreenThreadSnapshot;
import io.greenlet.Hub;
import io.greenlet.SimulatedHub;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

/// What a test leaves behind: taken note of at its begin, compared at its end.
///
/// On a simulated hub nothing moves any more, so what is there is left. Elsewhere things may just be ending, and are given a
/// while, but no longer than it takes them.
///
/// The parallel hub and the pools of a context serve everybody, so they are watched only while no other test runs. The
/// parallel hub knows its green threads as long as it is told to, which is from the begin of this check to its close.
final class LeakCheck implements AutoCloseable {

    private static final long GLANCE_NANOS = Duration.ofMillis(1).toNanos();

    private final SpringBeans beans;
    private final Map<String, PoolWatch> pools = new LinkedHashMap<>();
    private final List<HubWatch> hubs = new ArrayList<>();
    private final boolean alone;
    private final boolean recordedBefore;

    LeakCheck(SpringBeans beans, boolean alone) {
        this.beans = beans;
        this.alone = alone;
        recordedBefore = Hub.parallel().snapshot().greenThreads() >= 0;
        if (alone) {
            Hub.recordSpawns(true);
            hubs.add(HubWatch.from(Hub.parallel()));
            beans.hubs().stream().filter(hub -> !isParallel(hub)).map(HubWatch::from).forEach(hubs::add);
        }
        if (alone || beans.simulatedHub() != null) {
            beans.pools().forEach((name, pool) -> pools.put(name, PoolWatch.from(name, pool)));
        }
    }

    private static boolean isParallel(Hub hub) {
        return hub.equals(Hub.parallel());
    }

    /// Says what is left, in some lines for each; waits a while for that to be nothing.
    ///
    /// @param own the test's own simulated hub, if it has one
    List<String> left(@Nullable SimulatedHub own, Duration grace) throws InterruptedException {
        if (alone) {
            beans.pools().forEach((name, pool) -> pools.computeIfAbsent(name, _ -> PoolWatch.fresh(name, pool)));
        }
        List<HubWatch> watched = new ArrayList<>(hubs);
        if (own != null && watched.stream().noneMatch(watch -> watch.hub().equals(own))) {
            watched.add(HubWatch.fresh(own));
        }
        long deadline = System.nanoTime() + grace.toNanos();
        Map<HubWatch, Map<Long, GreenThreadSnapshot>> threads = new LinkedHashMap<>();
        for (HubWatch watch : watched) {
            threads.put(watch, endOf(watch, deadline));
        }
        for (PoolWatch watch : pools.values()) {
            if (!(watch.pool().hub() instanceof SimulatedHub)) {
                await(watch::isStill, deadline);
            }
        }
        return describe(threads, own);
    }

    /// Those of a hub's green threads that are there now and still are when the time is over.
    private static Map<Long, GreenThreadSnapshot> endOf(HubWatch watch, long deadline) throws InterruptedException {
        var now = watch.left().stream().map(GreenThreadSnapshot::id).collect(Collectors.toSet());
        if (!(watch.hub() instanceof SimulatedHub)) {
            await(() -> watch.left().stream().noneMatch(thread -> now.contains(thread.id())), deadline);
        }
        return watch.left().stream().filter(thread -> now.contains(thread.id())).collect(
                Collectors.toMap(GreenThreadSnapshot::id, thread -> thread, (one, _) -> one, LinkedHashMap::new));
    }

    private static void await(BooleanSupplier state, long deadline) throws InterruptedException {
        while (!state.getAsBoolean() && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(GLANCE_NANOS);
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        }
    }

    private List<String> describe(Map<HubWatch, Map<Long, GreenThreadSnapshot>> threads, @Nullable SimulatedHub own) {
        List<String> left = new ArrayList<>();
        for (PoolWatch watch : pools.values()) {
            var ofItsHub = threads.entrySet().stream().filter(entry -> entry.getKey().hub().equals(watch.pool().hub()))
                    .findFirst().map(Map.Entry::getValue).orElseGet(LinkedHashMap::new);
            String text = watch.describe(beans.areKept(), ofItsHub);
            if (text != null) {
                left.add(text);
            }
        }
        threads.forEach((watch, those) -> those.values().forEach(thread -> left.add(watch.describe(thread))));
        if (own != null && left.isEmpty() && own.snapshot().timers() > 0) {
            left.add("hub '" + own.name() + "' has timers that are pending: " + own.snapshot().timers());
        }
        return left;
    }

    /// Ends what is left in the context's pools, and lets the parallel hub be as it was.
    @Override
    public void close() {
        if (alone) {
            Hub.recordSpawns(recordedBefore);
        }
        if (beans.areAlive()) {
            pools.values().forEach(PoolWatch::clear);
        }
    }
}
