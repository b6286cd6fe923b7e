package io.greenlet.pool;

import io.greenlet.pool.PoolStall.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Finds pools that wait for themselves, and can end that.
///
/// A task that waits for another one of its own pool, both directly, needs no watch: the pool runs the other one in place. But
/// where the way leads through a further thread, a pool whose tasks all wait so has no slot left for what they wait for:
///
/// ```
///   crawler-1, which has a slot ──awaits──▶ green-3, of a hub or another pool ──stands in line──▶ pool 'crawler'
/// ```
///
/// Somebody calls [#look()] now and then. What it finds is one of three:
///
/// - [Kind#PROVEN]: two looks in a row saw that every holder of a slot waits, without limit, for what stands in the pool's
///   own line, or in that of another pool of which the same is true. Only waits that greenlet knows give proof: for a green
///   thread ([io.greenlet.GreenThread#await()], `get()`) and in line. A wait with a time limit proves nothing, that of a task
///   timeout or of a [io.greenlet.GreenTimeout] around it included, nor does one that steps out of its hub.
/// - [Kind#SUSPECTED]: for some time no task has begun or ended, and two looks in a row saw every holder parked without limit in
///   the same place: a `CompletableFuture.join()`, a latch, a queue. Who waits in JDK code for the network or a process is not
///   suspected, nor who is ready and only has to wait for its turn on its hub.
/// - [Kind#SATURATED]: neither, and somebody has stood in line for a long time.
///
/// A pool with nobody in line costs one read of a field. The watch belongs to one thread at a time.
///
/// The proof itself, and why a look at running threads can be believed, is in `WaitGraph`.
public final class StallWatch {

    /// A holder that is parked, and where.
    private record Parking(PoolTask<?> task, List<StackTraceElement> stack) {}

    /// A time in which the same tasks have held the slots of a pool.
    private static final class Standstill {

        private final Set<PoolTask<?>> holders;
        private final long sinceNanos;
        private @Nullable Set<Parking> parkings; // of the last look, null if not all were parked

        Standstill(Set<PoolTask<?>> holders, long sinceNanos) {
            this.holders = holders;
            this.sinceNanos = sinceNanos;
        }
    }

    private final Supplier<? extends Collection<GreenPool>> pools;
    private final long stallNanos;
    private final long saturatedNanos;

    // What the last look saw.
    private WaitGraph graph = new WaitGraph();
    private WaitGraph proven = new WaitGraph();
    private final Map<GreenPool, Standstill> standstills = new WeakHashMap<>();
    private final Map<GreenPool, Kind> told = new WeakHashMap<>();

    /// A watch over some pools.
    ///
    /// @param pools gives the pools at each look
    /// @param stallAfter how long nothing must have begun or ended, and the first must have stood in line, for a suspicion
    /// @param saturatedAfter how long the first must have stood in line for a pool to be saturated
    /// @throws IllegalArgumentException if a time is not positive
    public StallWatch(Supplier<? extends Collection<GreenPool>> pools, Duration stallAfter, Duration saturatedAfter) {
        this.pools = Objects.requireNonNull(pools, "pools");
        stallNanos = nanos("stallAfter", stallAfter);
        saturatedNanos = nanos("saturatedAfter", saturatedAfter);
    }

    private static long nanos(String name, Duration duration) {
        if (!duration.isPositive()) {
            throw new IllegalArgumentException(name + " must be positive: " + duration);
        }
        return TimeUnit.NANOSECONDS.convert(duration);
    }

    /// Looks at all pools.
    ///
    /// @return those that are stalled or saturated, in the order of the pools
    public List<PoolStall> look() {
        Set<GreenPool> busy = new LinkedHashSet<>(pools.get());
        busy.removeIf(pool -> pool.waiting() == 0);
        WaitGraph seen = WaitGraph.of(busy);
        proven = seen.confirmedBy(graph);
        graph = seen;
        standstills.keySet().retainAll(busy);
        told.keySet().retainAll(busy);
        List<PoolStall> stalls = new ArrayList<>();
        for (GreenPool pool : busy) {
            PoolStall stall = look(pool);
            if (stall == null) {
                told.remove(pool);
            } else {
                stalls.add(stall);
                if (told.put(pool, stall.kind()) != stall.kind()) {
                    Recorder.EVENTS.stalled(stall);
                }
            }
        }
        return stalls;
    }

    private @Nullable PoolStall look(GreenPool pool) {
        boolean isStill = isStill(pool); // at every look
        long waited = waitedNanos(pool);
        Kind kind = null;
        if (proven.isStuck(pool)) {
            kind = Kind.PROVEN;
        } else if (isStill && waited >= stallNanos) {
            kind = Kind.SUSPECTED;
        } else if (waited >= saturatedNanos) {
            kind = Kind.SATURATED;
        }
        return kind == null ? null : new StallReport(pool, kind, proven.chainsOf(pool)).stall();
    }

    private static long waitedNanos(GreenPool pool) {
        PoolTask.Place first = pool.core().first();
        return first == null ? 0 : pool.hub().nanoTime() - first.sinceNanos;
    }

    // ---- suspicion

    /// Whether a pool has stood still for long, as far as can be seen.
    private boolean isStill(GreenPool pool) {
        long now = pool.hub().nanoTime();
        int running = pool.running();
        Set<PoolTask<?>> holders = Set.copyOf(pool.holders());
        Standstill before = standstills.get(pool);
        if (before == null || !before.holders.equals(holders)) {
            standstills.put(pool, new Standstill(holders, now));
            return false;
        }
        if (holders.isEmpty() || holders.size() != running || now - before.sinceNanos < stallNanos) {
            before.parkings = null;
            return false;
        }
        Set<Parking> parkings = parkings(holders);
        boolean isStill = parkings != null && parkings.equals(before.parkings);
        before.parkings = parkings;
        return isStill;
    }

    /// Where the holders are parked; null unless all are, without limit.
    private static @Nullable Set<Parking> parkings(Set<PoolTask<?>> holders) {
        Set<Parking> parkings = new LinkedHashSet<>();
        for (PoolTask<?> holder : holders) {
            List<StackTraceElement> stack = holder.parkedAt();
            if (stack.isEmpty()
                    || stack.stream().takeWhile(StallWatch::isLibrary).anyMatch(StallWatch::endsByItself)) {
                return null;
            }
            parkings.add(new Parking(holder, stack));
        }
        return parkings;
    }

    private static boolean isLibrary(StackTraceElement frame) {
        String type = frame.getClassName();
        return type.startsWith("java.") || type.startsWith("jdk.") || type.startsWith("sun.")
                || type.startsWith("io.greenlet.");
    }

    /// Whether a frame of a parked thread says that something outside of this JVM will wake it, or time.
    private static boolean endsByItself(StackTraceElement frame) {
        String type = frame.getClassName();
        return type.startsWith("sun.nio.ch.") || type.startsWith("java.net.") || type.startsWith("sun.net.")
                || type.startsWith("jdk.internal.net.") || type.startsWith("java.lang.Process")
                || type.equals("io.greenlet.ReadinessPoller") || frame.getMethodName().equals("parkNanos");
    }

    // ---- ending it

    /// Ends a stall that the last look found, if it still is as it was: takes one out of the line, so that the holder that
    /// waits for it goes on with that failure. If it was proven, the one is the first in line for which a holder waits;
    /// otherwise the first in line, which may be the wrong one.
    ///
    /// A caller in line gets a [RejectedSubmission]; what was left in line fails with it. Its message says who waits for whom,
    /// with the stacks of both, which are suppressed exceptions too. It is counted as rejected.
    ///
    /// @param stall what was found
    /// @return whether somebody was taken out of the line
    public boolean reject(PoolStall stall) {
        return switch (stall.kind()) {
            case PROVEN -> rejectProven(stall.pool());
            case SUSPECTED -> rejectSuspected(stall.pool());
            case SATURATED -> false;
        };
    }

    private boolean rejectProven(GreenPool pool) {
        WaitGraph now = WaitGraph.of(List.of(pool)).confirmedBy(proven);
        PoolTask.Place culprit = now.isStuck(pool) ? now.culprit(pool) : null;
        if (culprit == null) {
            return false;
        }
        GreenPool owner = culprit.task.pool();
        return owner.refuse(culprit,
                new StallReport(owner, Kind.PROVEN, now.chainsOf(owner)).refusal(now.chainsTo(culprit)));
    }

    private boolean rejectSuspected(GreenPool pool) {
        Standstill standstill = standstills.get(pool);
        PoolTask.Place first = pool.core().first();
        if (standstill == null || first == null || !standstill.holders.equals(Set.copyOf(pool.holders()))) {
            return false;
        }
        return pool.refuse(first, new StallReport(pool, Kind.SUSPECTED, Set.of()).refusal(List.of()));
    }
}
