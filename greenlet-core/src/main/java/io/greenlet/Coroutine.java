package io.greenlet;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.lang.ref.WeakReference;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The body of a greenlet, and the thread it runs in. The [Greenlet] is its handle, and only that: neither the body's
/// thread nor what is reachable from it holds the handle, so that a handle that nobody has any more can be told.
///
/// ```
///             first switch             the body is over
///   PENDING ───────────────▶ STARTED ───────────────────▶ DEAD
///      │                      │ its handle is gone          ▲
///      │                      ▼                             │
///      │                    ABANDONED ──────────────────────┤
///      └── closed ──────────────────────────────────────────┘
/// ```
///
/// A started one has the turn of its tree or waits for it in [#awaitTurn()]: for a hand-over, which is written before
/// its thread is unparked. Only who has the turn hands over, and only one is abandoned that nobody can switch to; so a
/// hand-over is never overwritten.
///
/// *The handle races with the collector.* Who suspends itself makes sure that a handle exists until it has given the
/// turn away ([GreenletTree#send]). Before that it is not abandoned, for it has the turn; after that, it is when that
/// handle is found unreachable, unless somebody has asked for a new one since, under the lock.
@SuppressWarnings("ReferenceEquality") // coroutines are told apart by identity
final class Coroutine {

    /// How far it is.
    enum Phase {
        PENDING, STARTED, ABANDONED, DEAD
    }

    /// Who takes the turn, with what.
    ///
    /// @param value what the switch returns
    /// @param error what it throws instead, or null
    /// @param origin who gave the turn away
    /// @param interrupted whether that one's thread was interrupted: the flag goes with the turn
    record Handover(@Nullable Object value, @Nullable Throwable error, Coroutine origin, boolean interrupted) {

        static Handover value(@Nullable Object value, Coroutine origin) {
            return new Handover(value, null, origin, false);
        }

        static Handover error(Throwable error, Coroutine origin) {
            return new Handover(null, error, origin, false);
        }

        Handover interrupted(boolean flag) {
            return new Handover(value, error, origin, flag);
        }
    }

    /// One virtual thread, started by the first switch.
    private static final class Task extends GreenTask<@Nullable Object> {

        private final Coroutine coroutine;

        Task(Coroutine coroutine) {
            super(coroutine.tree.hub, coroutine::live);
            this.coroutine = coroutine;
        }

        @Override
        protected String label() {
            return coroutine.name;
        }

        @Override
        protected @Nullable ClassLoader contextClassLoader() {
            return coroutine.contextClassLoader;
        }

        @Override
        protected void ended(State outcome, @Nullable Throwable error) {
            if (error != null) { // no thread was to be had
                coroutine.last = Handover.error(error, coroutine);
            }
        }

        /// The very last step, so that no thread is left that has ended its greenlet and not itself.
        @Override
        protected void settled() {
            coroutine.over();
        }
    }

    private static final ScopedValue<Coroutine> HERE = ScopedValue.newInstance();

    final GreenletTree tree;
    final String name;
    private final ScopedValue.@Nullable Carrier bindings;
    private final @Nullable ClassLoader contextClassLoader = Thread.currentThread().getContextClassLoader();
    private @Nullable Function<@Nullable Object, @Nullable Object> run; // until it is called
    private volatile Phase phase; // written under the tree's lock
    private volatile @Nullable Handover inbox; // written by who hands over, then by itself
    private volatile @Nullable Thread thread; // written under the tree's lock by itself

    /// Where control goes in the end: a handle, so that who waits there is not taken for abandoned. Null for a root.
    private volatile @Nullable Greenlet parent; // written under the tree's lock

    private volatile @Nullable Greenlet closer; // where control goes instead; written by it, which has the turn then

    @GuardedBy("tree.lock")
    private WeakReference<@Nullable Greenlet> handle = new WeakReference<>(null);

    private boolean interruptible; // between its first step and its last; guarded by the tree's lock
    private boolean interrupted; // while it was not; guarded by the tree's lock
    private @Nullable Handover last; // how its body ended
    private @Nullable InterruptScope startedIn; // what may interrupt whoever made it begin

    /// One that has not begun.
    Coroutine(Coroutine creator, @Nullable String name, Function<@Nullable Object, @Nullable Object> run,
            ScopedValue.@Nullable Carrier bindings) {
        tree = creator.tree;
        this.name = name == null ? "greenlet-" + tree.nextNumber() : name;
        this.run = Objects.requireNonNull(run, "run");
        this.bindings = bindings;
        phase = Phase.PENDING;
        parent = creator.handle();
    }

    /// A root: it runs in the calling thread already.
    Coroutine(GreenletTree tree, String name) {
        this.tree = tree;
        this.name = name;
        bindings = null;
        phase = Phase.STARTED;
        thread = Thread.currentThread();
        interruptible = true;
    }

    /// Whether this is the scoped value that says which greenlet a thread is.
    static boolean isIdentity(ScopedValue<?> name) {
        return name == HERE;
    }

    /// The one that the calling thread is.
    static Coroutine current() {
        Coroutine here = started();
        return here != null ? here : GreenletTree.ofCaller().main;
    }

    /// The one that the calling thread runs, but for a main one.
    static @Nullable Coroutine started() {
        Coroutine here = HERE.isBound() ? HERE.get() : null;
        return here != null && here.thread == Thread.currentThread() ? here : null; // else it has inherited the value
    }

    /// The scope in which it was made to begin; its own lie within.
    @Nullable InterruptScope startedIn() {
        return startedIn;
    }

    /// Whether the calling thread runs a greenlet that is a part of this green thread.
    static boolean isPartOf(GreenTask<?> task) {
        Coroutine here = started();
        return here != null && here.tree.owner == task;
    }

    // ---- what it is

    /// The handle: the same one as long as anyone has it.
    Greenlet handle() {
        tree.lock.lock();
        try {
            Greenlet known = this == tree.main ? tree.mainHandle : handle.get();
            if (known != null) {
                return known;
            }
            Greenlet fresh = new Greenlet(this);
            handle = new WeakReference<>(fresh);
            if (phase == Phase.STARTED && parent != null) {
                watch(fresh);
            }
            return fresh;
        } finally {
            tree.lock.unlock();
        }
    }

    /// Takes its first handle.
    void handle(Greenlet first) {
        tree.lock.lock();
        try {
            handle = new WeakReference<>(first);
        } finally {
            tree.lock.unlock();
        }
    }

    boolean isMain() {
        return this == tree.main;
    }

    boolean isPending() {
        return phase == Phase.PENDING;
    }

    boolean isDead() {
        return isMain() ? tree.isOver() : phase == Phase.DEAD;
    }

    /// Whether nobody can switch to it any more.
    boolean isGone() {
        Phase now = phase;
        return now == Phase.DEAD || now == Phase.ABANDONED;
    }

    boolean isCurrent() {
        return phase == Phase.ABANDONED || (phase == Phase.STARTED && tree.current() == this && !isDead());
    }

    @Nullable Thread thread() {
        return thread;
    }

    @Nullable Greenlet parent() {
        return parent;
    }

    @Nullable Greenlet closer() {
        return closer;
    }

    void closeFor(@Nullable Coroutine who) {
        closer = who == null ? null : who.handle();
    }

    /// Makes another one its parent.
    void reparent(Greenlet to) {
        tree.lock.lock();
        try {
            for (Greenlet above = to; above != null; above = above.self.parent) {
                if (above.self == this) {
                    throw new IllegalArgumentException(
                            "parent must not be the greenlet itself or below it: " + to + " for " + this);
                }
            }
            parent = to;
        } finally {
            tree.lock.unlock();
        }
    }

    // ---- its life

    /// Gets the turn, and with it a thread if it has none yet.
    void receive(Handover handover) {
        inbox = handover;
        if (!begin()) {
            tree.hub.unparkNext(Objects.requireNonNull(thread));
            return;
        }
        startedIn = InterruptScope.innermost();
        try {
            tree.watch();
            tree.hub.executePart(new Task(this));
        } catch (Throwable e) { // no thread is to be had
            die();
            throw e;
        }
    }

    private boolean begin() {
        tree.lock.lock();
        try {
            if (phase != Phase.PENDING) {
                return false;
            }
            phase = Phase.STARTED;
            tree.joined(this);
            watch(handle());
            return true;
        } finally {
            tree.lock.unlock();
        }
    }

    /// Takes back one that has not begun; false if it has.
    boolean cancel() {
        tree.lock.lock();
        try {
            if (phase != Phase.PENDING) {
                return false;
            }
            phase = Phase.DEAD;
            run = null;
            return true;
        } finally {
            tree.lock.unlock();
        }
    }

    private void die() {
        tree.lock.lock();
        try {
            phase = Phase.DEAD;
            run = null;
            inbox = null;
            startedIn = null;
            tree.left(this);
        } finally {
            tree.lock.unlock();
        }
    }

    private void live() {
        tree.lock.lock();
        try {
            thread = Thread.currentThread();
            interruptible = true;
            if (interrupted) {
                interrupted = false;
                Thread.currentThread().interrupt();
            }
        } finally {
            tree.lock.unlock();
        }
        ScopedValue.Carrier own = GreenTask.actingAs(tree.owner, bindings).where(HERE, this);
        last = own.call(this::callBody);
        tree.lock.lock();
        try {
            interruptible = false; // from now on the flag is not its own
            interrupted = Thread.interrupted();
        } finally {
            tree.lock.unlock();
        }
    }

    private void over() {
        Handover end = Objects.requireNonNull(last);
        boolean abandoned = phase == Phase.ABANDONED;
        die();
        if (!abandoned) {
            tree.finish(this, end);
        } else if (end.error != null) {
            tree.hub.failed(toString(), end.error); // nobody is there to receive it
        }
    }

    /// Whether it was interrupted when its body was over.
    boolean takeInterrupt() {
        tree.lock.lock();
        try {
            boolean was = interrupted;
            interrupted = false;
            return was;
        } finally {
            tree.lock.unlock();
        }
    }

    private Handover callBody() {
        try {
            Object first = arrive();
            Function<@Nullable Object, @Nullable Object> body = Objects.requireNonNull(run);
            run = null;
            return Handover.value(body.apply(first), this);
        } catch (GreenletExit exit) {
            return Handover.value(exit, this);
        } catch (Throwable e) {
            return Handover.error(e, this);
        }
    }

    // ---- its turns

    /// Waits until somebody gives it the turn, and takes up what came with that.
    @Nullable Object arrive() {
        Handover got = awaitTurn();
        return phase == Phase.ABANDONED ? outcome(got) : take(got);
    }

    /// Takes up a hand-over, with the turn.
    @Nullable Object take(Handover got) {
        tree.trace(got, this);
        return outcome(got);
    }

    private static @Nullable Object outcome(Handover got) {
        if (got.error != null) {
            throw Coroutine.<RuntimeException>sneaky(got.error);
        }
        return got.value;
    }

    /// Throws whatever it is: a switch throws what was thrown, also if that is a checked exception.
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <E extends Throwable> E sneaky(Throwable error) throws E {
        throw (E) error;
    }

    private Handover awaitTurn() {
        boolean flagged = false;
        for (;;) {
            Handover got = inbox;
            if (got != null) {
                inbox = null;
                if (flagged || got.interrupted) {
                    Thread.currentThread().interrupt();
                }
                return got;
            }
            if (Thread.interrupted()) { // it was meant for the tree, not for the one that sleeps
                flagged |= !tree.interruptCurrent(this);
            } else {
                tree.hub.park(this);
            }
        }
    }

    /// Interrupts the one that has the turn. Called under the tree's lock, so that its thread does not end meanwhile.
    void interrupt() {
        assert tree.lock.isHeldByCurrentThread();
        Thread mine = thread;
        if (mine == null || !interruptible) {
            interrupted = true;
        } else {
            tree.hub.interrupt(mine);
        }
    }

    // ---- left behind

    @GuardedBy("tree.lock")
    private void watch(Greenlet watched) {
        WeakReference<@Nullable Greenlet> last = handle;
        tree.watch(watched, () -> abandoned(last));
    }

    /// Nobody has this handle any more: if it was the last one, and it sleeps, it would sleep for ever.
    private void abandoned(WeakReference<@Nullable Greenlet> lost) {
        tree.lock.lock();
        try {
            if (handle != lost || phase != Phase.STARTED || tree.current() == this) {
                return;
            }
            phase = Phase.ABANDONED;
            inbox = Handover.error(new GreenletExit(this + " was abandoned"), this);
        } finally {
            tree.lock.unlock();
        }
        tree.hub.unpark(Objects.requireNonNull(thread));
    }

    @Override
    public String toString() {
        String what = isMain() || parent == null ? "main greenlet of " + name : "greenlet '" + name + '\'';
        return what + " (" + describe() + ')';
    }

    private String describe() {
        if (isDead()) {
            return "dead";
        }
        if (isPending()) {
            return "pending";
        }
        if (phase == Phase.ABANDONED) {
            return "abandoned";
        }
        if (!isCurrent()) {
            return "suspended";
        }
        return thread == Thread.currentThread() ? "current" : "current in another thread";
    }
}
