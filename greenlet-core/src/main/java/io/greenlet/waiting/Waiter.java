package io.greenlet.waiting;

import io.greenlet.Hub;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/// One wait of the thread that creates it, ended by a gift: what it waited for.
///
/// The giver calls [#give(Object)] under the lock of the line and [#wake()] after it. A gift, once made, stands:
/// [#await(Object, long)] returns it even if the time is over or the thread was interrupted at that very moment (the
/// flag stays set then). Whoever ends the wait otherwise leaves the line under the line's lock and then looks at
/// [#given()]: either the waiter still stood in line, or the gift is there.
///
/// A waiter of a place with a [Lookout] may begin by looking, and is unparked only if it did so in vain:
///
/// ```
///   LOOKS ──in vain──▶ PARKS ──wake(): unpark──▶ WOKEN
///     └───────────────── wake() ─────────────────▲
/// ```
///
/// Memory effects: what the giver did before `give` happens-before the return of `await`.
public final class Waiter extends WaitList.Node {

    /// A wait without limit.
    public static final long FOREVER = Long.MAX_VALUE;

    private static final VarHandle GIFT;
    private static final VarHandle STATE;
    private static final int PARKS = 0;
    private static final int LOOKS = 1;
    private static final int WOKEN = 2;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            GIFT = lookup.findVarHandle(Waiter.class, "gift", Object.class);
            STATE = lookup.findVarHandle(Waiter.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Hub hub = Hub.current();
    private final Thread thread = Thread.currentThread();
    private final @Nullable Object offer;
    private final @Nullable Lookout lookout; // null: parks at once, and its state never changes
    private final int looks; // how many at most
    private volatile int state;
    private @Nullable Waiter nextToWake;
    private volatile @Nullable Object gift;

    /// A wait of the calling thread.
    public Waiter() {
        this(null);
    }

    /// A wait of the calling thread for somebody who takes something.
    ///
    /// @param offer what the giver gets in return, null for nothing
    public Waiter(@Nullable Object offer) {
        this.offer = offer;
        looks = 0;
        lookout = null;
    }

    /// A wait of the calling thread, in a place whose gifts may come soon.
    ///
    /// @param offer what the giver gets in return, null for nothing
    /// @param place what waits of that place have learned
    public Waiter(@Nullable Object offer, Lookout place) {
        this.offer = offer;
        looks = hub.looks(place.isWorthIt());
        if (looks > 0) {
            lookout = place;
            STATE.set(this, LOOKS);
        } else {
            lookout = null;
        }
    }

    /// Returns what the giver gets in return.
    ///
    /// @return the offer, or null if the waiter brought none
    public @Nullable Object offer() {
        return offer;
    }

    /// Returns who waits.
    ///
    /// @return the thread that created this waiter
    public Thread thread() {
        return thread;
    }

    /// Makes the gift that ends the wait. Call it once, under the lock of the line, and [#wake()] after it.
    ///
    /// @param what what the waiter gets
    public void give(Object what) {
        if (lookout == null) {
            gift = what;
        } else {
            GIFT.setRelease(this, what); // the wake-up goes on with a full fence
        }
    }

    /// Makes the same gift to everyone in line, who leave it. Call it under the lock of the line, and
    /// [#wakeAll(WaitList)] after it.
    ///
    /// @param line the line
    /// @param what what each waiter gets
    /// @return those to wake, first first
    public static WaitList<Waiter> giveAll(WaitList<Waiter> line, Object what) {
        WaitList<Waiter> given = new WaitList<>();
        for (Waiter next = line.poll(); next != null; next = line.poll()) {
            next.give(what);
            given.add(next);
        }
        return given;
    }

    /// Wakes everyone in a list, in order. Call it with no lock held.
    ///
    /// @param given whom [#giveAll(WaitList, Object)] has given something
    public static void wakeAll(WaitList<Waiter> given) {
        for (Waiter next = given.poll(); next != null; next = given.poll()) {
            next.wake();
        }
    }

    /// Wakes the thread that waits. Call it with no lock held.
    public void wake() {
        if (lookout != null) {
            Hub.point();
            if ((int) STATE.getAndSet(this, WOKEN) == LOOKS) {
                return;
            }
        }
        hub.unpark(thread);
    }

    /// Says who is to be woken after this one, by [#wakeAll(Waiter)]. Call it under the lock of the line.
    ///
    /// @param next another one who has its gift
    public void thenWake(Waiter next) {
        nextToWake = next;
    }

    /// Wakes a waiter and those who are to be woken after it, in order. Call it with no lock held.
    ///
    /// @param first whom to wake first, null for nobody
    public static void wakeAll(@Nullable Waiter first) {
        Waiter next = first;
        while (next != null) {
            Waiter waking = next;
            next = waking.nextToWake;
            waking.nextToWake = null; // one that is slow to go on holds nobody else
            waking.wake();
        }
    }

    /// Returns the gift.
    ///
    /// @return what was given, or null if nothing was so far
    public @Nullable Object given() {
        return gift;
    }

    /// Waits for the gift in the thread that created this waiter.
    ///
    /// @param blocker what is waited for, for thread dumps
    /// @param nanos the longest wait, [#FOREVER] for no limit; zero or less does not wait
    /// @return the gift, or null when the time is over
    /// @throws InterruptedException if the thread is interrupted before it
    public @Nullable Object await(Object blocker, long nanos) throws InterruptedException {
        return await(blocker, nanos, false);
    }

    /// Waits like [#await(Object, long)], but lets what is ready run once before a virtual thread parks. Right where the
    /// gift comes from the end of somebody's work and many are at work: it is often there after that, and then nobody is
    /// parked and woken.
    ///
    /// @param blocker what is waited for, for thread dumps
    /// @param nanos the longest wait, [#FOREVER] for no limit; zero or less does not wait
    /// @return the gift, or null when the time is over
    /// @throws InterruptedException if the thread is interrupted before it
    public @Nullable Object yieldThenAwait(Object blocker, long nanos) throws InterruptedException {
        return await(blocker, nanos, nanos > 0 && thread.isVirtual());
    }

    private @Nullable Object await(Object blocker, long nanos, boolean yieldsFirst) throws InterruptedException {
        boolean yields = yieldsFirst;
        boolean limited = nanos != FOREVER;
        if (lookout != null && nanos > 0) {
            lookOut(lookout);
        }
        long start = limited ? hub.nanoTime() : 0;
        for (;;) {
            Hub.point();
            Object given = given();
            if (given != null) {
                return given;
            }
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            if (yields) {
                yields = false;
                hub.yieldNow();
                continue;
            }
            if (!limited) {
                hub.park(blocker);
                continue;
            }
            long left = Math.max(nanos, 0) - (hub.nanoTime() - start); // MIN_VALUE minus anything would be positive
            if (left <= 0) {
                return null;
            }
            hub.parkNanos(blocker, left);
        }
    }

    /// Looks for the wake-up, not for the gift before it: who returns at the sight of that comes to the lock which its giver
    /// still holds.
    private void lookOut(Lookout place) {
        for (int left = looks; left > 0; left--) {
            Thread.onSpinWait();
            Hub.point();
            if (state == WOKEN) {
                place.found();
                return;
            }
        }
        place.inVain();
        Hub.point();
        boolean _ = STATE.compareAndSet(this, LOOKS, PARKS);
    }
}
