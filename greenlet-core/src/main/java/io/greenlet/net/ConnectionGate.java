package io.greenlet.net;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.greenlet.Hub;
import io.greenlet.waiting.WaitList;
import io.greenlet.waiting.Waiter;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/// Who is in a server, how many more may come, and how all of them leave when it stops. Knows nothing of sockets.
///
/// ```
///   OPEN ──begin, stop──▶ CLOSING ──the last has left──────────────────────────────▶ SHUT
///   admits                   └──the deadline──▶ CONDEMNED: all who are in are killed ──▲
///                                                       └── and left, or time is over ─┘
/// ```
///
/// Two threads wait here, besides those who pass through: the *acceptor* for room, and the *keeper* for the stop, and
/// then for the end of those who are in. Both look again each time they are woken, so whoever changes what they wait for
/// wakes them after the change: each change and each look is under the lock.
///
/// - *Admission against stop.* Both are under the lock: a connection is either in when the stop begins, and is waited for
///   and killed like the others, or is refused.
/// - *End against the deadline.* A connection that ends before the keeper condemns has finished, one that ends after it
///   was killed. It leaves once; a second end is told so.
/// - *Two stops.* The earlier deadline counts: a stop never makes another one wait longer.
/// - *The keeper killed*, as when its hub closes: the deadline is now. Killed once more, it waits for nobody.
///
/// @param <C> what is let in; told apart by identity
final class ConnectionGate<C> {

    /// How a connection ended.
    enum End {
        COMPLETED, FAILED, KILLED, TIMED_OUT
    }

    /// The figures of one moment: who has left how, who is in, and what became of those who were in at the stop.
    ///
    /// @param accepting whether it admits, as far as there is room
    /// @param accepted admitted so far
    /// @param completed left in one way
    /// @param failed left in another
    /// @param killed left in a third
    /// @param timedOut left in the last
    /// @param finished left between the stop and the deadline
    /// @param condemned in at the deadline
    /// @param in those who are in, oldest first
    record Tally<C>(boolean accepting, long accepted, long completed, long failed, long killed, long timedOut,
            int finished, int condemned, List<C> in) {}

    private enum Phase {
        OPEN, CLOSING, CONDEMNED, SHUT
    }

    /// How much longer they may take to leave for each who is killed.
    static final long UNWIND_EACH_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private static final long LONGEST_NANOS = Long.MAX_VALUE >> 2;

    private final Hub hub;
    private final int most;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final WaitList<Waiter> acceptors = new WaitList<>();

    @GuardedBy("lock")
    private final WaitList<Waiter> keepers = new WaitList<>();

    @GuardedBy("lock")
    private final Set<C> in = new LinkedHashSet<>();

    @GuardedBy("lock")
    private final Map<End, Long> ends = new EnumMap<>(End.class);

    @GuardedBy("lock")
    private Phase phase = Phase.OPEN;

    @GuardedBy("lock")
    private long deadline; // on the hub's clock; since CLOSING

    @GuardedBy("lock")
    private long accepted;

    @GuardedBy("lock")
    private int finished;

    @GuardedBy("lock")
    private int condemned;

    /// A gate that is open.
    ///
    /// @param hub whose clock it reads
    /// @param most how many may be in at once
    ConnectionGate(Hub hub, int most) {
        this.hub = hub;
        this.most = most;
    }

    // ---- the acceptor

    /// Waits until one more may come in; false when nobody will any more. For one thread, which then calls [#admit].
    boolean awaitRoom() throws InterruptedException {
        for (;;) {
            Waiter waiter = new Waiter();
            Hub.lock(lock);
            try {
                if (phase != Phase.OPEN) {
                    return false;
                }
                if (in.size() < most) {
                    return true;
                }
                acceptors.add(waiter);
            } finally {
                lock.unlock();
            }
            hold(waiter, Waiter.FOREVER);
        }
    }

    /// Lets one in; false when a stop has begun.
    boolean admit(C one) {
        Hub.lock(lock);
        try {
            if (phase != Phase.OPEN) {
                return false;
            }
            assert in.size() < most;
            in.add(one);
            accepted++;
            return true;
        } finally {
            lock.unlock();
        }
    }

    // ---- those who are in

    /// Says whether all who are in are being killed.
    boolean isCondemned() {
        Hub.lock(lock);
        try {
            return phase == Phase.CONDEMNED || phase == Phase.SHUT;
        } finally {
            lock.unlock();
        }
    }

    /// One leaves; false if it was not in, or has left already.
    boolean leave(C one, End how) {
        WaitList<Waiter> woken = new WaitList<>();
        Hub.lock(lock);
        try {
            if (!in.remove(one)) {
                return false;
            }
            ends.merge(how, 1L, Long::sum);
            switch (phase) {
                case OPEN -> woken = Waiter.giveAll(acceptors, true);
                case CLOSING -> finished++;
                case CONDEMNED, SHUT -> {
                }
            }
            if (phase != Phase.OPEN && in.isEmpty()) {
                woken = Waiter.giveAll(keepers, true);
            }
        } finally {
            lock.unlock();
        }
        Waiter.wakeAll(woken);
        return true;
    }

    // ---- the stop

    /// Begins to stop, unless that was done before.
    ///
    /// @param graceNanos how long those who are in may stay; zero or less for no time
    void begin(long graceNanos) {
        stop(graceNanos, false);
    }

    /// Begins to stop, or brings the deadline forward.
    ///
    /// @param graceNanos how long those who are in may stay; zero or less for no time
    void stop(long graceNanos) {
        stop(graceNanos, true);
    }

    private void stop(long graceNanos, boolean again) {
        long wanted = hub.nanoTime() + Math.clamp(graceNanos, 0, LONGEST_NANOS);
        WaitList<Waiter> acceptor = new WaitList<>();
        WaitList<Waiter> keeper = new WaitList<>();
        Hub.lock(lock);
        try {
            boolean first = phase == Phase.OPEN;
            boolean earlier = again && phase == Phase.CLOSING && wanted - deadline < 0;
            if (first) {
                phase = Phase.CLOSING;
                acceptor = Waiter.giveAll(acceptors, true);
            }
            if (first || earlier) {
                deadline = wanted;
                keeper = Waiter.giveAll(keepers, true);
            }
        } finally {
            lock.unlock();
        }
        Waiter.wakeAll(acceptor);
        Waiter.wakeAll(keeper);
    }

    // ---- the keeper

    /// Stays until the stop, and sees it through. For one thread.
    ///
    /// @param onStop called when the stop has begun
    /// @param kill called with each who is in at the deadline
    /// @param unwindNanos how long those have to leave, and a little longer if they are many
    /// @return the figures at the end; who is in then has not left in that time
    Tally<C> keep(Runnable onStop, Consumer<? super C> kill, long unwindNanos) {
        try {
            awaitStop();
        } catch (InterruptedException e) {
            stop(0);
        }
        onStop.run();
        if (!drained()) {
            condemn().forEach(kill);
            allow(unwindNanos);
            boolean _ = drained(); // who is left then is in the figures
        }
        return shut();
    }

    private void awaitStop() throws InterruptedException {
        for (;;) {
            Waiter waiter = new Waiter();
            Hub.lock(lock);
            try {
                if (phase != Phase.OPEN) {
                    return;
                }
                keepers.add(waiter);
            } finally {
                lock.unlock();
            }
            hold(waiter, Waiter.FOREVER);
        }
    }

    /// Waits until nobody is in; false when the deadline is reached first, or the keeper is killed.
    private boolean drained() {
        try {
            return awaitNobody();
        } catch (InterruptedException e) {
            return false;
        }
    }

    private boolean awaitNobody() throws InterruptedException {
        for (;;) {
            Waiter waiter = new Waiter();
            long left;
            Hub.lock(lock);
            try {
                left = deadline - hub.nanoTime();
                if (in.isEmpty() || left <= 0) {
                    return in.isEmpty();
                }
                keepers.add(waiter);
            } finally {
                lock.unlock();
            }
            hold(waiter, left);
        }
    }

    private List<C> condemn() {
        Hub.lock(lock);
        try {
            phase = Phase.CONDEMNED;
            condemned = in.size();
            return new ArrayList<>(in);
        } finally {
            lock.unlock();
        }
    }

    /// Gives the killed their time, now that all know of it. Many take longer than a few, be each as quick as it can.
    private void allow(long unwindNanos) {
        Hub.lock(lock);
        try {
            deadline = hub.nanoTime() + unwindNanos + condemned * UNWIND_EACH_NANOS;
        } finally {
            lock.unlock();
        }
    }

    private Tally<C> shut() {
        Hub.lock(lock);
        try {
            phase = Phase.SHUT;
            return tally();
        } finally {
            lock.unlock();
        }
    }

    // ---- looking

    /// Returns the figures of this moment.
    Tally<C> look() {
        Hub.lock(lock);
        try {
            return tally();
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private Tally<C> tally() {
        assert lock.isHeldByCurrentThread();
        return new Tally<>(phase == Phase.OPEN, accepted, count(End.COMPLETED), count(End.FAILED), count(End.KILLED),
                count(End.TIMED_OUT), finished, condemned, List.copyOf(in));
    }

    @GuardedBy("lock")
    private long count(End how) {
        return ends.getOrDefault(how, 0L);
    }

    /// Waits in a line until a wake-up, or until the time is over.
    private void hold(Waiter waiter, long nanos) throws InterruptedException {
        try {
            var _ = waiter.await(this, nanos);
        } finally {
            Hub.lock(lock);
            try {
                acceptors.remove(waiter);
                keepers.remove(waiter);
            } finally {
                lock.unlock();
            }
        }
    }

    @Override
    public String toString() {
        Tally<C> now = look();
        return "connections (" + now.in().size() + " of " + most + (now.accepting() ? ", accepting)" : ")");
    }
}
