package io.greenlet.pool;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.greenlet.Hub;
import io.greenlet.pool.ResourceGrant.Closed;
import io.greenlet.pool.ResourceGrant.Expired;
import io.greenlet.pool.ResourceGrant.Nothing;
import io.greenlet.pool.ResourceGrant.Ready;
import io.greenlet.pool.ResourceGrant.Room;
import io.greenlet.pool.ResourceGrant.Unchecked;
import io.greenlet.waiting.WaitList;
import io.greenlet.waiting.Waiter;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// The books of a [ResourcePool]: which resources there are, who has them, and the line of takers. It makes, checks and
/// destroys nothing, which is its caller's, outside the lock.
///
/// ## The life of a place
///
/// The pool has `size` places, and each resource takes one from before it is made until it has been destroyed:
///
/// ```
///                                  ┌──▶ USED: handed to the first in line
///   room ──▶ making ──▶ USED ──▶ RETURNING ──▶ IDLE ──▶ USED    entries: USED, RETURNING, IDLE
///    ▲ ▲       │         │           │           │              live():  making + entries
///    │ └───────┘ fails   │ not       │ too old,  │ expired,     taken(): live() + ending
///    │                   ▼ healthy   ▼ surplus   ▼ cleared
///    └───────────────────── ending ◀─────────────┘
/// ```
///
/// - *Counted first.* A taker that finds room takes it (`making`) before it leaves the lock, so that however long making
///   takes, nobody makes one too many; and a place is free only when the resource in it is destroyed, not when that is
///   decided. So there are never more than `size`, unless that was larger when their takers came.
/// - *Nobody waits in vain*: while anyone stands in line nothing is idle and there is no room. What comes free goes to the
///   first in line under the lock: a resource as it is, or the room in which one was, be it that making it failed. Hence a
///   newcomer that finds something idle, or room, overtakes nobody.
/// - *Leaving races with a hand-over*: both happen under the lock, so one that leaves was either still in line or has been
///   given something, which it then has to pass on or to return.
/// - *Returning races with returning*: the first to give a resource back makes it RETURNING under the lock; another one
///   sees that.
/// - *Surplus is never idle*: idle ones in excess are destroyed by the resize, those in use when they come back.
///
/// ## The timer
///
/// One, set for the first of the idle to expire; it is left alone when that is taken, and set again for what is idle
/// when it fires: see [IdleAlarm].
///
/// @param <T> what is pooled
@SuppressWarnings("IdentityHashMapUsage") // a resource is told apart from others by identity, whatever it thinks equal
final class ResourceStore<T> {

    /// What became of a new resource.
    enum Registration {
        USED, CLOSED, DOUBLE
    }

    private enum Use {
        USED, IDLE, RETURNING
    }

    /// A resource that there is.
    static final class Entry<T> {

        final T resource;
        private final long bornNanos;
        private long idleSinceNanos;
        private Use use = Use.USED; // guarded by the store's lock

        Entry(T resource, long bornNanos) {
            this.resource = resource;
            this.bornNanos = bornNanos;
        }
    }

    /// A taker in line.
    static final class Place extends WaitList.Node {

        final Waiter waiter = new Waiter();
        private final long sinceNanos;

        Place(long sinceNanos) {
            this.sinceNanos = sinceNanos;
        }
    }

    private final ResourceOptions<? super T> options;
    private final Hub hub;
    private final Lifespan lifespan;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private int size;

    /// Those that there are, but for those that are being destroyed.
    @GuardedBy("lock")
    private final Map<T, Entry<T>> entries = new IdentityHashMap<>();

    /// Those nobody has, longest idle first.
    @GuardedBy("lock")
    private final Deque<Entry<T>> idle = new ArrayDeque<>();

    @GuardedBy("lock")
    private int making;

    @GuardedBy("lock")
    private int ending;

    @GuardedBy("lock")
    private final WaitList<Place> line = new WaitList<>();

    /// Those who wait for the closed pool to be empty.
    @GuardedBy("lock")
    private final WaitList<Waiter> closers = new WaitList<>();

    @GuardedBy("lock")
    private boolean closed;

    @GuardedBy("lock")
    private final IdleAlarm alarm;

    @GuardedBy("lock")
    private long created;

    @GuardedBy("lock")
    private long destroyed;

    @GuardedBy("lock")
    private long failed;

    @GuardedBy("lock")
    private long timedOut;

    /// @param onAlarm is called with the timer's number when something may have expired, to call [#expire(long)]
    ResourceStore(ResourceOptions<? super T> options, LongConsumer onAlarm) {
        this.options = options;
        hub = options.hub();
        size = options.size();
        lifespan = Lifespan.of(options);
        alarm = new IdleAlarm(hub, onAlarm);
    }

    // ---- taking

    /// Takes something idle, or room; else joins the line if there is a place to stand there.
    ResourceGrant<T> take(@Nullable Place place) {
        Hub.lock(lock);
        try {
            ResourceGrant<T> grant = takeLocked();
            if (grant instanceof Nothing && place != null) {
                line.add(place);
            }
            return grant;
        } finally {
            lock.unlock();
        }
    }

    /// Takes something in place of a resource that has been destroyed: the taker need not stand in line again.
    ResourceGrant<T> takeAfterEnd() {
        WaitList<Waiter> woken;
        ResourceGrant<T> grant;
        Hub.lock(lock);
        try {
            ending--;
            destroyed++;
            grant = takeLocked();
            if (grant instanceof Nothing) { // the pool has shrunk meanwhile
                making++;
                grant = new Room<>();
            }
            woken = settle();
        } finally {
            lock.unlock();
        }
        Waiter.wakeAll(woken);
        return grant;
    }

    @GuardedBy("lock")
    private ResourceGrant<T> takeLocked() {
        assert lock.isHeldByCurrentThread();
        if (closed) {
            return new Closed<>();
        }
        Entry<T> entry = options.order() == ResourceOptions.Order.QUEUE ? idle.pollFirst() : idle.pollLast();
        if (entry != null) {
            return grant(entry);
        }
        if (taken() < size) {
            making++;
            return new Room<>();
        }
        return new Nothing<>();
    }

    @GuardedBy("lock")
    private ResourceGrant<T> grant(Entry<T> entry) {
        assert lock.isHeldByCurrentThread();
        long now = hub.nanoTime();
        if (leftNanos(entry, now) <= 0) {
            end(entry);
            return new Expired<>(entry);
        }
        entry.use = Use.USED;
        return lifespan.wantsCheck(now - entry.idleSinceNanos) ? new Unchecked<>(entry) : new Ready<>(entry);
    }

    /// Leaves the line. What the place was given before that is for its taker to pass on.
    @SuppressWarnings("unchecked") // places are given grants of this store
    ResourceGrant<T> leave(Place place) {
        Hub.lock(lock);
        try {
            if (line.remove(place)) {
                return new Nothing<>();
            }
            return (ResourceGrant<T>) Objects.requireNonNull(place.waiter.given());
        } finally {
            lock.unlock();
        }
    }

    void countTimedOut() {
        Hub.lock(lock);
        try {
            timedOut++;
        } finally {
            lock.unlock();
        }
    }

    // ---- making

    /// Notes a new resource, made in the room of its taker. Unless it is for use, its room has to be returned.
    Registration register(Entry<T> entry) {
        Hub.lock(lock);
        try {
            if (entries.containsKey(entry.resource)) {
                return Registration.DOUBLE;
            }
            created++;
            making--;
            if (closed) {
                ending++;
                return Registration.CLOSED;
            }
            entries.put(entry.resource, entry);
            armForIdle(entry.bornNanos); // with one more, one that was kept may be spare
            return Registration.USED;
        } finally {
            lock.unlock();
        }
    }

    /// Returns room in which nothing was made.
    void returnRoom(boolean hasFailed) {
        WaitList<Waiter> woken;
        Hub.lock(lock);
        try {
            making--;
            if (hasFailed) {
                failed++;
            }
            woken = settle();
        } finally {
            lock.unlock();
        }
        Waiter.wakeAll(woken);
    }

    // ---- giving back

    /// Takes a resource back from who uses it, so that nobody else can; null if it is not there, or nobody uses it.
    @Nullable Entry<T> claim(T resource) {
        Hub.lock(lock);
        try {
            Entry<T> entry = entries.get(resource);
            if (entry == null || entry.use != Use.USED) {
                return null;
            }
            entry.use = Use.RETURNING;
            return entry;
        } finally {
            lock.unlock();
        }
    }

    boolean contains(T resource) {
        Hub.lock(lock);
        try {
            return entries.containsKey(resource);
        } finally {
            lock.unlock();
        }
    }

    /// Hands a resource to the first in line, or makes it idle. False if it has to be destroyed, and [#ended()] called.
    boolean putBack(Entry<T> entry) {
        Place first;
        Hub.lock(lock);
        try {
            long now = hub.nanoTime();
            entry.idleSinceNanos = now;
            if (closed || live() > size || lifespan.isOver(now - entry.bornNanos)
                    || (line.isEmpty() && leftNanos(entry, now) <= 0)) {
                end(entry);
                return false;
            }
            first = line.poll();
            if (first == null) {
                entry.use = Use.IDLE;
                idle.addLast(entry);
                alarm.setFor(leftNanos(entry, now), now);
                return true;
            }
            entry.use = Use.USED;
            first.waiter.give(new Ready<>(entry));
        } finally {
            lock.unlock();
        }
        first.waiter.wake();
        return true;
    }

    /// Strikes a resource off that has to be destroyed; [#ended()] has to be called then.
    void strike(Entry<T> entry) {
        Hub.lock(lock);
        try {
            end(entry);
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void end(Entry<T> entry) {
        assert lock.isHeldByCurrentThread();
        entries.remove(entry.resource);
        ending++;
    }

    /// Returns the place of a resource that has been destroyed.
    void ended() {
        WaitList<Waiter> woken;
        Hub.lock(lock);
        try {
            ending--;
            destroyed++;
            woken = settle();
        } finally {
            lock.unlock();
        }
        Waiter.wakeAll(woken);
    }

    /// Gives what room there is to those in line. Returns whom to wake.
    @GuardedBy("lock")
    private WaitList<Waiter> settle() {
        assert lock.isHeldByCurrentThread();
        if (closed && taken() == 0) {
            return Waiter.giveAll(closers, true);
        }
        WaitList<Waiter> woken = new WaitList<>();
        while (taken() < size) {
            Place first = line.poll();
            if (first == null) {
                break;
            }
            making++;
            first.waiter.give(new Room<T>());
            woken.add(first.waiter);
        }
        return woken;
    }

    // ---- size and end

    /// Sets another size. Returns the idle ones in excess, to destroy them and call [#ended()] for each.
    List<Entry<T>> resize(int newSize) {
        List<Entry<T>> surplus = new ArrayList<>();
        WaitList<Waiter> woken;
        Hub.lock(lock);
        try {
            size = newSize;
            while (live() > size && !idle.isEmpty()) {
                Entry<T> entry = idle.removeFirst();
                end(entry);
                surplus.add(entry);
            }
            woken = settle();
        } finally {
            lock.unlock();
        }
        Waiter.wakeAll(woken);
        return surplus;
    }

    /// Takes out all idle ones, to destroy them and call [#ended()] for each.
    List<Entry<T>> clear() {
        Hub.lock(lock);
        try {
            return clearLocked();
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private List<Entry<T>> clearLocked() {
        assert lock.isHeldByCurrentThread();
        List<Entry<T>> cleared = new ArrayList<>(idle);
        idle.clear();
        cleared.forEach(this::end);
        alarm.cancel();
        return cleared;
    }

    /// Hands out nothing from now on, and sends the line away. Returns the idle ones, to destroy them and call [#ended()]
    /// for each.
    List<Entry<T>> close() {
        WaitList<Waiter> woken = new WaitList<>();
        List<Entry<T>> cleared;
        Hub.lock(lock);
        try {
            closed = true;
            for (Place first = line.poll(); first != null; first = line.poll()) {
                first.waiter.give(new Closed<T>());
                woken.add(first.waiter);
            }
            cleared = clearLocked();
        } finally {
            lock.unlock();
        }
        Waiter.wakeAll(woken);
        return cleared;
    }

    /// Waits until nothing is left of the closed pool; false when the time is over first.
    boolean awaitEmpty(Object blocker, long nanos) throws InterruptedException {
        Waiter waiter = new Waiter();
        Hub.lock(lock);
        try {
            if (taken() == 0) {
                return true;
            }
            closers.add(waiter);
        } finally {
            lock.unlock();
        }
        try {
            waiter.await(blocker, nanos);
        } finally {
            leaveClosers(waiter);
        }
        return waiter.given() != null;
    }

    private void leaveClosers(Waiter waiter) {
        Hub.lock(lock);
        try {
            closers.remove(waiter);
        } finally {
            lock.unlock();
        }
    }

    // ---- age

    /// Takes out what has expired, to destroy it and call [#ended()] for each.
    List<Entry<T>> expire(long number) {
        List<Entry<T>> expired = new ArrayList<>();
        Hub.lock(lock);
        try {
            if (!alarm.isLatest(number)) {
                return expired;
            }
            long now = hub.nanoTime();
            for (Iterator<Entry<T>> each = idle.iterator(); each.hasNext();) {
                Entry<T> entry = each.next();
                if (leftNanos(entry, now) <= 0) {
                    each.remove();
                    end(entry);
                    expired.add(entry);
                }
            }
            armForIdle(now);
        } finally {
            lock.unlock();
        }
        return expired;
    }

    /// How long a resource may stay idle from now on.
    @GuardedBy("lock")
    private long leftNanos(Entry<T> entry, long now) {
        assert lock.isHeldByCurrentThread();
        return lifespan.leftNanos(now - entry.bornNanos, isSpare() ? now - entry.idleSinceNanos : Lifespan.NOT_SPARE);
    }

    /// Whether there are more than are kept however long they are idle.
    @GuardedBy("lock")
    private boolean isSpare() {
        return entries.size() > options.minSize(); // one that is being made may fail
    }

    @GuardedBy("lock")
    private void armForIdle(long now) {
        assert lock.isHeldByCurrentThread();
        for (Entry<T> entry : idle) {
            alarm.setFor(leftNanos(entry, now), now);
        }
    }

    // ---- looking

    @GuardedBy("lock")
    private int live() {
        return making + entries.size();
    }

    @GuardedBy("lock")
    private int taken() {
        return live() + ending;
    }

    ResourceSnapshot snapshot() {
        Hub.lock(lock);
        try {
            Place first = line.peek();
            Duration oldest = first == null ? Duration.ZERO : Duration.ofNanos(hub.nanoTime() - first.sinceNanos);
            int inUse = taken() - idle.size();
            return new ResourceSnapshot(options.name(), size, size - inUse, inUse, idle.size(), line.size(), oldest,
                    created, destroyed, failed, timedOut, closed);
        } finally {
            lock.unlock();
        }
    }
}
