package io.greenlet;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.greenlet.Coroutine.Handover;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.SequencedSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The greenlets that come from one thread: its main greenlet, those it made, those that they made. Exactly one of them
/// has the turn; the others wait for it, each in a thread of its own.
///
/// To the rest of the world a tree is one thread, the one of the main greenlet, wherever in the tree control is:
///
/// - *Its green thread.* If that thread is green, the bodies are parts of this green thread: they say so when asked, and
///   run on its hub, which neither counts them nor ends them on their own.
/// - *Interrupts.* One that reaches a thread without the turn is passed on to the one that has it; a flag that is set
///   when the turn is given away goes with it.
/// - *Its end.* When the main thread ends, those that are suspended end first: in a link of the green thread, else, as
///   nothing tells of the end of other threads, in a thread of their own after the JVM has found it.
///
/// The turn is a volatile field, written by who has it. The lock guards what others than that one look at, and makes an
/// interrupt that is passed on meet a thread that still heeds it: one that ends looks for it after it gave its turn away.
/// With the lock held nothing is called but the interrupt of a thread.
@SuppressWarnings("ReferenceEquality") // threads and coroutines are told apart by identity
final class GreenletTree {

    /// How often a greenlet is told to end when its tree ends.
    private static final int PATIENCE = 3;

    /// What only its thread holds: collected when that has ended.
    private record Root(GreenletTree tree) {}

    private static final ThreadLocal<Root> ROOT = ThreadLocal.withInitial(() -> new Root(new GreenletTree()));

    /// Apart, so that its thread exists only where greenlets do.
    private static final class Watch {
        static final Cleaner CLEANER = Cleaner.create(Thread.ofPlatform().daemon().name("greenlet-cleaner").factory());
    }

    final ReentrantLock lock = new ShortLock();
    final Hub hub = Hub.current();
    final @Nullable GreenTask<?> owner = GreenTask.currentTask(); // what its bodies are parts of
    final Coroutine main;
    final Greenlet mainHandle;
    private final Thread thread = Thread.currentThread();
    private final AtomicInteger numbers = new AtomicInteger();

    /// Started and not dead, without the main one.
    @GuardedBy("lock")
    private final SequencedSet<Coroutine> members = new LinkedHashSet<>();

    private boolean watched; // somebody will end the members; belongs to who has the turn

    private volatile Coroutine current; // who has the turn; written by who has it
    private volatile Coroutine root; // where the way up ends: the main one, or who ends the tree in its place
    private volatile Greenlet.@Nullable Trace trace; // written by who has the turn

    @SuppressWarnings("NullAway.Init") // each needs the other
    private GreenletTree() {
        main = new Coroutine(this, isGreen() ? String.valueOf(owner) : "thread '" + thread.getName() + '\'');
        mainHandle = new Greenlet(main);
        current = main;
        root = main;
    }

    static GreenletTree ofCaller() {
        return ROOT.get().tree();
    }

    /// Whether its thread is a green one itself, and not just one that has inherited the scoped values of such.
    private boolean isGreen() {
        return owner != null && owner.runner() == thread;
    }

    Coroutine current() {
        return current;
    }

    int nextNumber() {
        return numbers.incrementAndGet();
    }

    boolean isOver() {
        return !thread.isAlive();
    }

    // ---- the turn

    /// Gives the turn from `here` to `target`, or to who receives in its place, and waits until it comes back.
    @Nullable Object transfer(Coroutine here, Coroutine target, Handover handover) {
        if (target.tree != this || here.tree != this) {
            throw foreign(here, target);
        }
        if (current != here) {
            throw new IllegalStateException(here + " must have the turn to switch to " + target + ", which is with "
                    + current);
        }
        Coroutine live = alive(target);
        Greenlet held = live.handle(); // from here on it is not abandoned
        while (live.isGone()) {
            live = alive(live);
            held = live.handle();
        }
        if (live == here) {
            return here.take(handover);
        }
        try {
            send(here, live, handover.interrupted(Thread.interrupted()));
        } finally {
            Reference.reachabilityFence(held);
        }
        return here.arrive();
    }

    static IllegalStateException foreign(Coroutine here, Coroutine target) {
        return new IllegalStateException(target + " must be used in its own tree, that of the "
                + target.tree.main + ", and not from the " + here
                + (target.tree.isOver() ? ": its thread has ended" : here.isMain() ? "" : " of the " + here.tree.main));
    }

    /// Who takes the turn in place of a dead one.
    private Coroutine alive(Coroutine target) {
        Coroutine live = target;
        while (live.isGone()) {
            Greenlet parent = live.parent();
            live = parent == null ? root : parent.self;
        }
        return live == main ? root : live;
    }

    private void send(Coroutine here, Coroutine target, Handover handover) {
        Greenlet mine = here.handle(); // to be found abandoned from the moment on when another one has the turn
        try {
            current = target;
            target.receive(handover);
        } catch (Throwable e) {
            current = here;
            if (handover.interrupted()) {
                Thread.currentThread().interrupt();
            }
            throw e;
        } finally {
            Reference.reachabilityFence(mine);
        }
    }

    /// The last step of one that has the turn: gives it to its parent.
    void finish(Coroutine ended, Handover end) {
        Greenlet closer = ended.closer();
        Greenlet parent = ended.parent();
        Coroutine next = closer != null ? closer.self : parent == null ? root : parent.self;
        Handover last = end.interrupted(ended.takeInterrupt());
        for (boolean sent = false; !sent;) {
            try {
                send(ended, alive(next), last);
                sent = true;
            } catch (Throwable e) { // the parent had not begun, and no thread was to be had for it: it is dead now
                last = Handover.error(e, ended).interrupted(Thread.interrupted());
            }
        }
        if (ended.takeInterrupt()) { // it came for this one while that gave the turn away
            interruptCurrent(ended);
        }
    }

    /// Passes an interrupt on to who has the turn; false if that is the caller itself by now.
    boolean interruptCurrent(Coroutine here) {
        Hub.point();
        lock.lock();
        try {
            Coroutine now = current;
            if (now == here) {
                return false;
            }
            now.interrupt();
            return true;
        } finally {
            lock.unlock();
        }
    }

    // ---- the trace

    Greenlet.@Nullable Trace trace() {
        return trace;
    }

    void trace(Greenlet.@Nullable Trace handler) {
        trace = handler;
    }

    /// Tells of a hand-over, in the one that got it.
    void trace(Handover handover, Coroutine target) {
        Greenlet.Trace handler = trace;
        if (handler == null) {
            return;
        }
        Throwable error = handover.error();
        try {
            handler.traced(error == null ? Greenlet.Event.SWITCH : Greenlet.Event.THROW, handover.origin().handle(),
                    target.handle());
        } catch (Throwable e) {
            trace = null;
            if (error != null && e != error) {
                e.addSuppressed(error);
            }
            throw e;
        }
    }

    // ---- the end

    @GuardedBy("lock")
    void joined(Coroutine member) {
        members.add(member);
    }

    /// Sees to it that somebody ends the members, once there are any. For who has the turn, without the lock.
    void watch() {
        if (watched) {
            return;
        }
        watched = true;
        if (isGreen() && owner != null) {
            owner.link(ended -> endInLink());
        } else {
            Watch.CLEANER.register(ROOT.get(), this::endElsewhere);
        }
    }

    @GuardedBy("lock")
    void left(Coroutine member) {
        members.remove(member);
    }

    /// Has something called when nobody has a handle any more. Not in a simulation, where the collector must not matter:
    /// there the end of the main thread ends all.
    void watch(Greenlet handle, Runnable abandoned) {
        if (!(hub instanceof SimulatedHub)) {
            Watch.CLEANER.register(handle, abandoned);
        }
    }

    private void endInLink() {
        watched = false; // later links may start others
        endMembers(main);
    }

    /// Its thread has ended: another one takes the place of the main greenlet to end the others.
    private void endElsewhere() {
        lock.lock();
        try {
            if (members.isEmpty()) {
                return;
            }
        } finally {
            lock.unlock();
        }
        Hub.parallel().spawnN(() -> {
            Coroutine last = new Coroutine(this, main.name);
            root = last;
            current = last;
            endMembers(last);
        });
    }

    /// Ends all that are suspended, the youngest first. What they throw, and who does not end, is thrown in one
    /// exception.
    void endMembers(Coroutine here) {
        Throwable failure = null;
        Map<Coroutine, Integer> told = new HashMap<>();
        for (Coroutine next = youngest(told); next != null; next = youngest(told)) {
            told.merge(next, 1, Integer::sum);
            try {
                end(here, next);
            } catch (Throwable e) {
                if (failure == null) {
                    failure = e;
                } else if (failure != e) {
                    failure.addSuppressed(e);
                }
            }
        }
        switch (failure) {
            case null -> {
            }
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException("greenlets of the " + main + " have failed", e);
        }
    }

    private @Nullable Coroutine youngest(Map<Coroutine, Integer> told) {
        lock.lock();
        try {
            for (Coroutine member : members.reversed()) {
                if (!member.isGone() && told.getOrDefault(member, 0) < PATIENCE) {
                    return member;
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    /// Throws the exit into a suspended one, whose end comes back here.
    void end(Coroutine here, Coroutine target) {
        if (target.tree != this || here.tree != this) {
            throw foreign(here, target);
        }
        Greenlet held = target.handle(); // from here on it is not abandoned
        if (target.isGone()) {
            return;
        }
        target.closeFor(here);
        try {
            transfer(here, target, Handover.error(new GreenletExit(target + " was closed"), here));
        } finally {
            target.closeFor(null);
            Reference.reachabilityFence(held);
        }
        if (!target.isGone()) {
            throw new IllegalStateException(target + " must end when it is closed, and has switched to the " + here);
        }
    }
}
