package io.greenlet;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A green thread that is made first and started later: what hubs and pools are built of. Whoever limits green threads
/// in a way of their own extends it, as one extends [java.util.concurrent.FutureTask], and releases in
/// [#ended(State, Throwable)] what the task held.
///
/// ## States
///
/// ```
///             begin, in its thread        the body is over
///   NEW ──────────────────────────▶ RUNNING ─────────────▶ ENDING ──▶ SUCCESS, FAILED or CANCELLED
///    │        (through BUSY)         ▲   │ kill, expire       ▲         │ links run
///    │                               │   ▼                    │         ▼
///    │                                BUSY                    │        completions == SEALED: ended
///    └── kill, cancel, failure to start ──────────────────────┘        waiters are woken
/// ```
///
/// Whoever moves the state to ENDING, by compare-and-set, is the one that ends the task: it alone writes the outcome,
/// calls [#ended(State, Throwable)], the links, and seals.
///
/// - *A kill races with the end of the body.* A kill holds BUSY while it interrupts; the end waits those few
///   instructions. So an interrupt never reaches a thread that has left the body, and the flag of one that came too
///   late for the body is cleared before the links run.
/// - *A kill races with the start.* Both are a compare-and-set from NEW; the thread of a task that lost finds nothing to
///   do.
/// - *A link or a waiter races with the end.* They push onto `completions`; the end takes the links off until a
///   compare-and-set to SEALED succeeds on a list without links. A push that finds SEALED knows the task has ended.
///
/// The reason of an interrupt (the kill's cause, or the expiry) is kept beside the flag, since Java's interrupt carries
/// none. It becomes the outcome only if the body ends *by* that interruption.
///
/// @param <T> what the body returns
@SuppressWarnings("ReferenceEquality") // threads, exceptions and the sealed list are told apart by identity
public non-sealed class GreenTask<T extends @Nullable Object> implements GreenThread<T> {

    private static final int NEW = 0;
    private static final int RUNNING = 1;
    private static final int BUSY = 2; // held for a few instructions by whoever reads or writes the runner
    private static final int ENDING = 3;
    private static final int SUCCESS = 4; // this one and those after it: the outcome is written
    private static final int FAILED = 5;
    private static final int CANCELLED = 6;

    private static final ScopedValue<GreenTask<?>> CURRENT = ScopedValue.newInstance();
    private static final Completion SEALED = new Completion("sealed", null);
    private static final VarHandle STATE;
    private static final VarHandle COMPLETIONS;
    private static final VarHandle ID;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            STATE = lookup.findVarHandle(GreenTask.class, "state", int.class);
            ID = lookup.findVarHandle(GreenTask.class, "id", long.class);
            COMPLETIONS = lookup.findVarHandle(GreenTask.class, "completions", Completion.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /// Someone who wants to know of the end: a link (a [Consumer]) or a [Watcher]. Newest first; never changed.
    private record Completion(Object who, @Nullable Completion next) {}

    /// In the place of a first link: the task is detached.
    private enum Detached implements Consumer<Object> {
        MARK;

        @Override
        public void accept(Object ended) {}
    }

    /// Told when the task has ended and nothing of it is left to do.
    abstract static sealed class Watcher permits Joiner, FutureWatch {
        /// Called once, in the ending thread, after the last link: it must neither block nor throw.
        abstract void ended();
    }

    /// A thread parked until the end. An object of its own, so that two waits of one thread differ.
    private static final class Joiner extends Watcher {
        final Hub hub = Hub.current();
        final Thread thread = Thread.currentThread();
        final boolean isOpen; // nothing that greenlet knows of will end the wait but the end of the task

        Joiner(boolean isOpen) {
            this.isOpen = isOpen;
        }

        @Override
        void ended() {
            hub.unpark(thread);
        }
    }

    // A green thread is one small object, so that a spawn costs little more than its virtual thread: no field that
    // another can stand for.
    private final Hub hub;
    private final @Nullable WeakReference<? extends @Nullable GreenTask<?>> parent; // a SpawnSite if that is recorded
    private volatile long id; // through ID; 0 until somebody asks
    private volatile int state; // through STATE
    private volatile @Nullable Completion completions; // through COMPLETIONS

    /// The body, a [Callable], or a [Runnable] if detached; from the outcome on, the value on SUCCESS, else the
    /// [Throwable]. Read by others after they saw SEALED.
    private @Nullable Object content;

    private @Nullable Object runner; // a thread, or the TaskScope in it; written in BUSY and in ENDING; null when ended
    private volatile @Nullable Exception reason; // why it was interrupted; written in BUSY or by the runner
    private @Nullable Consumer<? super GreenThread<T>> firstLink; // or Detached; written before anyone sees the task, and by its end
    private @Nullable WeakReference<GreenTask<?>> self; // shared by all children; a race makes one more, harmless

    /// Makes a green thread that has not started. Its parent is the caller.
    ///
    /// @param hub the hub that will run it
    /// @param body what it will run
    protected GreenTask(Hub hub, Callable<? extends T> body) {
        this(hub, body, false);
    }

    /// Makes a detached green thread that has not started: one whose value is null and whose failure nobody will
    /// receive, so that the hub's failure handler shall. Its parent is the caller.
    ///
    /// @param hub the hub that will run it
    /// @param body what it will run
    protected GreenTask(Hub hub, Runnable body) {
        this(hub, body, true);
    }

    private GreenTask(Hub hub, Object body, boolean detached) {
        this.hub = hub;
        this.content = Objects.requireNonNull(body, "body");
        firstLink = detached ? Detached.MARK : null;
        GreenTask<?> spawner = currentTask();
        parent = hub.recordsSpawns() ? SpawnSite.here(spawner) : spawner == null ? null : spawner.self();
    }

    private GreenTask(T value) {
        hub = Hub.parallel();
        parent = null;
        content = value;
        state = SUCCESS;
        completions = SEALED;
    }

    static <T extends @Nullable Object> GreenTask<T> ended(T value) {
        return new GreenTask<>(value);
    }

    private WeakReference<GreenTask<?>> self() {
        WeakReference<GreenTask<?>> mine = self;
        if (mine == null) {
            mine = new WeakReference<>(this);
            self = mine;
        }
        return mine;
    }

    // ---- who it is

    @Override
    public final long id() {
        long known = id;
        if (known != 0) {
            return known;
        }
        long fresh = hub.nextId();
        long before = (long) ID.compareAndExchange(this, 0L, fresh);
        return before == 0 ? fresh : before;
    }

    @Override
    public final String name() {
        return label() + '-' + id();
    }

    @Override
    public final Hub hub() {
        return hub;
    }

    @Override
    public final Optional<GreenThread<?>> parent() {
        return parent == null ? Optional.empty() : Optional.ofNullable(parent.get());
    }

    @Override
    public final Optional<StackTraceElement> spawnedAt() {
        return parent instanceof SpawnSite site ? Optional.ofNullable(site.place()) : Optional.empty();
    }

    /// Returns the thread that runs the body at this moment.
    ///
    /// @return the thread, or null before the start and after the end
    protected final @Nullable Thread runner() {
        return state == NEW ? null : thread();
    }

    private @Nullable Thread thread() {
        Object now = runner;
        return now instanceof TaskScope scope ? scope.thread : (Thread) now;
    }

    /// Says whether it is settled that the task ends. Its links may still be running then. Who has written something that
    /// [#ended(State, Throwable)] reads, and finds false here, may rely on it that `ended` will see it.
    ///
    /// @return whether the body is over, or will never run
    protected final boolean hasOutcome() {
        return state >= ENDING; // by compare-and-set; the outcome itself is written with less, and seen late
    }

    /// Returns a number that differs between tasks that run at the same time: to keep them apart in memory. Call it in
    /// the running thread.
    ///
    /// @return any number
    protected final int spread() {
        return hub.spread();
    }

    /// Returns the time of the hub's clock, [Hub#nanoTime()], or an earlier one where that costs much less: on the parallel
    /// hub, while many ask, by up to five milliseconds, and by more if the machine is too busy for the hub's timers. Never
    /// a later one. Good for noting when something began that people may come to look at; it measures nothing short.
    ///
    /// @return a time in nanoseconds; compare by subtraction
    protected final long coarseNanoTime() {
        return hub.coarseNanoTime();
    }

    /// Returns the calling green thread as the task it is.
    ///
    /// @return the task, or null in a thread that is not green
    protected static @Nullable GreenTask<?> currentTask() {
        return Thread.currentThread().isVirtual() && CURRENT.isBound() ? CURRENT.get() : null;
    }

    /// Whether this is the scoped value that says which green thread a thread is.
    static boolean isIdentity(ScopedValue<?> name) {
        return name == CURRENT;
    }

    /// Has code in another thread act as a part of a green thread: there [#currentTask()] is `who`, which may be null.
    static ScopedValue.Carrier actingAs(@Nullable GreenTask<?> who, ScopedValue.@Nullable Carrier outer) {
        return outer == null ? ScopedValue.where(CURRENT, who) : outer.where(CURRENT, who);
    }

    /// Returns the green thread whose kills interrupt the calling thread; null in a thread that has only inherited its
    /// scoped values.
    static @Nullable GreenTask<?> runningHere() {
        GreenTask<?> task = currentTask();
        return task != null && task.isCaller() ? task : null;
    }

    /// Whether the caller is this green thread: its own thread, or a greenlet's that is a part of it.
    final boolean isCaller() {
        return thread() == Thread.currentThread() || (currentTask() == this && Coroutine.isPartOf(this));
    }

    // ---- hooks for those who limit green threads

    /// Returns what the name begins with, which is also the name of the virtual thread.
    ///
    /// @return `green` unless overridden
    protected String label() {
        return "green";
    }

    /// Returns the context class loader for the virtual thread; called by whoever starts it.
    ///
    /// @return that of the calling thread unless overridden: right if the task starts where it is spawned
    protected @Nullable ClassLoader contextClassLoader() {
        return Thread.currentThread().getContextClassLoader();
    }

    /// Called in the running thread just before the body. What it throws ends the task in place of the body.
    protected void beginning() {}

    /// Called once, when the outcome is known and before anyone learns of it: in the ending thread, or in that of the
    /// killer if the task never began. Here a pool takes its slot back. What it throws goes to the failure handler.
    ///
    /// @param outcome how the task ended
    /// @param error what `await` will throw, or null on success
    protected void ended(State outcome, @Nullable Throwable error) {}

    /// Called once, after the last link, when those who await the task may learn of its end: in the thread of
    /// [#ended(State, Throwable)]. What it throws goes to the failure handler.
    protected void settled() {}

    /// Called in a thread that is about to wait for this task without limit, while the task has not begun: the chance
    /// to run it here with [#runHere()] if waiting could be for ever.
    ///
    /// @throws InterruptedException if the caller is interrupted meanwhile
    protected void awaited() throws InterruptedException {}

    /// Called in a thread that is about to wait without limit for this task and others, while the task has not begun:
    /// the chance to run it here, without waiting for that first.
    ///
    /// @return after how many nanoseconds to call again if the wait still goes on; [Long#MAX_VALUE] for not at all
    /// @throws InterruptedException if the caller is interrupted meanwhile
    protected long awaitedAmongOthers() throws InterruptedException {
        awaited();
        return Long.MAX_VALUE;
    }

    /// Says whether the body has a time limit, which [#expire(TimeoutException)] will end it by. Called in the thread that
    /// runs it.
    ///
    /// @return false unless overridden
    protected boolean isTimeLimited() {
        return false;
    }

    /// Says whether a time limit that greenlet knows of will interrupt the calling thread: that of a task whose body runs
    /// there, or a [GreenTimeout].
    ///
    /// @return whether a wait of this thread without limit has one all the same
    protected static boolean isCallerTimeLimited() {
        return InterruptScope.isLimitedHere();
    }

    /// What the thread of a running task is parked for, as another thread sees it: it may have gone on meanwhile.
    ///
    /// @param thread the thread
    /// @param blocker what it waits for
    /// @param mark if that is a green thread, and nothing that greenlet knows of will end the wait but its end: an object that
    ///     stands for this very wait, and for no other; else null
    protected record Parked(Thread thread, Object blocker, @Nullable Object mark) {}

    /// Looks what the thread of a task is parked for.
    ///
    /// @param task any task
    /// @return what it is parked for; null if the task does not run, or its thread is not parked, or does not say for what,
    ///     or is interrupted, and just has not got to it
    protected static @Nullable Parked parked(GreenTask<?> task) {
        Hub.point();
        Thread thread = task.runner();
        Object blocker = thread == null ? null : task.hub.blockerOf(thread);
        if (thread == null || blocker == null || task.hub.isInterrupted(thread)) {
            return null;
        }
        return new Parked(thread, blocker, blocker instanceof GreenTask<?> awaited ? awaited.openWaitOf(thread) : null);
    }

    private @Nullable Object openWaitOf(Thread thread) {
        Hub.point();
        for (Completion c = completions; c != null; c = c.next()) {
            if (c.who() instanceof Joiner joiner && joiner.thread == thread) {
                return joiner.isOpen && !joiner.hub.isInterrupted(thread) ? joiner : null;
            }
        }
        return null;
    }

    /// Looks what a running task is doing.
    ///
    /// @return the state; null if it does not run
    protected final @Nullable GreenThreadState doing() {
        Thread thread = runner();
        return thread == null ? null : hub.stateOf(thread);
    }

    /// Starts the task in a virtual thread of its own. Call it, or [#runHere()], at most once.
    ///
    /// A task that was killed before stays killed. If no thread can be had, the task ends with that error and it is
    /// thrown here too.
    protected final void start() {
        if (state != NEW) {
            return;
        }
        try {
            hub.execute(this);
        } catch (Throwable e) {
            if (failToStart(e)) { // else it was killed meanwhile, as when its hub closes
                throw e;
            }
        }
    }

    /// Ends a task that has not begun, because it cannot begin; false if it has begun or ended already.
    ///
    /// @param why what it fails with
    /// @return whether this ended it
    @CanIgnoreReturnValue
    protected final boolean failToStart(Throwable why) {
        Hub.point();
        boolean isFirst = STATE.compareAndSet(this, NEW, ENDING);
        if (isFirst) {
            end(FAILED, why);
        }
        return isFirst;
    }

    /// Runs the task in the calling thread, to its end. The body keeps the identity of the caller: [GreenThread#current()]
    /// is whatever it was.
    ///
    /// An interrupt of the caller is the caller's, even if the body ended by it: it is passed on.
    ///
    /// @throws InterruptedException if the body ended by an interrupt of the caller
    protected final void runHere() throws InterruptedException {
        GreenTask<?> outer = currentTask();
        Exception before = outer == null ? null : outer.reason;
        TaskScope scope = new TaskScope(this, InterruptScope.innermost());
        boolean unflagged;
        scope.enter();
        try {
            if (!begin(scope)) {
                return;
            }
            unflagged = run(false);
        } finally {
            scope.end();
        }
        Throwable error = state == SUCCESS ? null : (Throwable) Objects.requireNonNull(content);
        Exception outers = outer == null ? null : outer.reason;
        if (scope.isInterruptedFromOutside() || (scope.wasFlagged() && reason != null)) { // the caller was killed, or its time ended, meanwhile
            if (outers != before && error == outers && error instanceof RuntimeException killedItself) {
                throw killedItself;
            }
            if (error != null || unflagged) {
                passOn(error);
            }
        } else if (error != null && reason == null && isInterruption(error, null)) {
            passOn(error);
        }
    }

    private static void passOn(@Nullable Throwable error) throws InterruptedException {
        if (error instanceof InterruptedException interrupt) {
            throw interrupt;
        }
        Thread.currentThread().interrupt();
    }

    /// Interrupts a running body because its time is over: ended by that, the task fails with the given exception. A
    /// kill that came before or comes after takes precedence.
    ///
    /// @param expiry what `await` will throw
    protected final void expire(TimeoutException expiry) {
        interrupt(expiry);
    }

    // ---- the way of the body

    /// The virtual thread's whole life.
    final void live() {
        if (begin(Thread.currentThread())) {
            ScopedValue.where(CURRENT, this).run(() -> run(true));
        }
    }

    private boolean begin(Object here) {
        Hub.point();
        if (!STATE.compareAndSet(this, NEW, BUSY)) {
            return false;
        }
        runner = here;
        STATE.setRelease(this, RUNNING);
        return true;
    }

    /// The body and the end of the task; whether an interrupt meant for this task was still in the flag.
    @CanIgnoreReturnValue
    private boolean run(boolean inOwnThread) {
        int how;
        Object what;
        try {
            beginning();
            what = call();
            how = SUCCESS;
        } catch (Throwable e) {
            what = e;
            how = FAILED;
        }
        Hub.point();
        for (int spins = 0; !STATE.compareAndSet(this, RUNNING, ENDING); spins++) {
            pause(spins); // BUSY: a kill is between two instructions
        }
        Exception why = reason;
        boolean interrupted = (why != null || inOwnThread) && Thread.interrupted(); // else it is the caller's
        boolean flagged = why != null && interrupted;
        if (how == FAILED) {
            Throwable thrown = (Throwable) Objects.requireNonNull(what);
            if (why != null && (flagged || isInterruption(thrown, why))) {
                what = why;
            }
            if (what instanceof GreenletExit || (what == why && why instanceof RuntimeException)) {
                how = CANCELLED;
            }
        }
        end(how, what);
        return flagged;
    }

    private boolean isDetached() {
        return firstLink == Detached.MARK;
    }

    private @Nullable Object call() throws Exception {
        Object body = Objects.requireNonNull(content);
        if (isDetached()) {
            ((Runnable) body).run();
            return null;
        }
        return ((Callable<?>) body).call();
    }

    /// What it is doing, with where it is.
    final GreenThreadSnapshot look() {
        Thread thread = runner();
        GreenTask<?> spawner = parent == null ? null : parent.get();
        StackTraceElement place = spawnedAt().orElse(null);
        Long parentId = spawner == null || spawner.isDone() ? null : spawner.id();
        if (thread == null) {
            return new GreenThreadSnapshot(id(), name(), isScheduled()
                    ? GreenThreadState.SCHEDULED
                    : GreenThreadState.READY, parentId, place, null, null, List.of());
        }
        GreenThreadState doing = hub.stateOf(thread);
        Object blocker = doing == GreenThreadState.RUNNING ? null : hub.blockerOf(thread);
        return new GreenThreadSnapshot(id(), name(), doing, parentId, place,
                blocker == null ? null : blocker.toString(), blocker == null ? null : identity(blocker),
                List.of(thread.getStackTrace()));
    }

    private static String identity(Object blocker) {
        return blocker.getClass().getName() + '@' + Integer.toHexString(System.identityHashCode(blocker));
    }

    /// Whether a timer is to start it.
    boolean isScheduled() {
        return false;
    }

    /// Whether a body that was interrupted ended by that. The JDK and libraries dress an interrupt in many ways.
    static boolean isInterruption(Throwable thrown, @Nullable Exception reason) {
        int depth = 0;
        for (Throwable e = thrown; e != null && depth < 32; e = causeOf(e), depth++) {
            if (e instanceof TimeLimit.Expiry) { // the interruption under it was that limit's
                return false;
            }
            boolean dressed = switch (e) {
                case InterruptedException _,java.nio.channels.ClosedByInterruptException _ -> true;
                case CancellationException _ -> reason != null; // else somebody else's end, perhaps, that it awaited
                case java.net.SocketTimeoutException _ -> false;
                case java.io.InterruptedIOException _ -> true;
                case java.net.SocketException closed -> "Closed by interrupt".equals(closed.getMessage());
                default -> e == reason;
            };
            if (dressed) {
                return true;
            }
        }
        return false;
    }

    /// The cause, or null if the exception's own code cannot tell it: that must not keep the task from ending.
    private static @Nullable Throwable causeOf(Throwable e) {
        try {
            return e.getCause();
        } catch (Throwable broken) {
            return null;
        }
    }

    /// The last steps, by the thread that moved the state to ENDING.
    private void end(int how, @Nullable Object what) {
        runner = Thread.currentThread();
        content = what;
        STATE.setRelease(this, how); // who reads it without the seal may see it late
        Throwable error = how == SUCCESS ? null : (Throwable) Objects.requireNonNull(what);
        if (isDetached() && how == FAILED) {
            hub.failed(toString(), Objects.requireNonNull(error));
        }
        try {
            ended(outcome(how), error);
        } catch (Throwable e) {
            hub.failed("end of " + this, e);
        }
        callFirstLink();
        Completion waiters = callLinks();
        try {
            settled();
        } catch (Throwable e) {
            hub.failed("end of " + this, e);
        }
        runner = null;
        while (waiters != null) {
            ((Watcher) waiters.who()).ended();
            waiters = waiters.next();
        }
    }

    private static State outcome(int state) {
        return switch (state) {
            case SUCCESS -> State.SUCCESS;
            case FAILED -> State.FAILED;
            case CANCELLED -> State.CANCELLED;
            default -> State.RUNNING;
        };
    }

    /// The link that came with the task: nobody adds it or takes it off while the task ends, so it races with nothing.
    private void callFirstLink() {
        Consumer<? super GreenThread<T>> link = firstLink;
        if (link != null) {
            firstLink = null;
            call(link);
        }
    }

    /// Calls links until there are none, then seals; returns those to wake, in the order in which they came.
    private @Nullable Completion callLinks() {
        for (;;) {
            Hub.point();
            Completion seen = completions;
            Completion links = null;
            Completion joiners = null;
            for (Completion c = seen; c != null; c = c.next()) { // newest first: both lists come out oldest first
                if (c.who() instanceof Watcher) {
                    joiners = new Completion(c.who(), joiners);
                } else {
                    links = new Completion(c.who(), links);
                }
            }
            if (links == null) {
                if (COMPLETIONS.compareAndSet(this, seen, SEALED)) {
                    return joiners;
                }
            } else if (COMPLETIONS.compareAndSet(this, seen, reversed(joiners))) {
                for (Completion link = links; link != null; link = link.next()) {
                    call(link.who());
                }
            }
        }
    }

    private static @Nullable Completion reversed(@Nullable Completion list) {
        Completion reversed = null;
        for (Completion c = list; c != null; c = c.next()) {
            reversed = new Completion(c.who(), reversed);
        }
        return reversed;
    }

    @SuppressWarnings("unchecked") // only link() puts consumers there, and they take this type
    private void call(Object link) {
        try {
            ((Consumer<? super GreenThread<T>>) link).accept(this);
        } catch (Throwable e) {
            hub.failed("link of " + this, e);
        }
    }

    // ---- kill

    @Override
    public final void kill(RuntimeException cause) {
        Objects.requireNonNull(cause, "cause");
        if (thread() == Thread.currentThread() && holdBusy()) {
            reason = cause;
            if (runner instanceof TaskScope scope) {
                scope.countInterrupt();
            }
            letGo();
            throw cause;
        }
        stop(cause);
    }

    @Override
    public final boolean cancel(boolean mayInterruptIfRunning) {
        GreenletExit cause = new GreenletExit(this + " was cancelled");
        return mayInterruptIfRunning ? stop(cause) : drop(cause);
    }

    private boolean stop(RuntimeException cause) {
        return drop(cause) || interrupt(cause);
    }

    /// Ends a task that has not begun.
    private boolean drop(RuntimeException cause) {
        Hub.point();
        if (!STATE.compareAndSet(this, NEW, ENDING)) {
            return false;
        }
        end(CANCELLED, cause);
        return true;
    }

    private boolean interrupt(Exception why) {
        for (int spins = 0;; spins++) {
            Hub.point();
            if (STATE.compareAndSet(this, RUNNING, BUSY)) {
                if (!(reason instanceof RuntimeException) || why instanceof RuntimeException) {
                    reason = why;
                }
                interruptBusy();
                return true;
            }
            int now = state;
            if (now == NEW || now >= ENDING) {
                return false;
            }
            pause(spins);
        }
    }

    /// Interrupts the body, and lets go. A channel's foreign code may throw in the interrupt: that is nothing to who kills, who
    /// may have others to kill, and the flag stands all the same.
    private void interruptBusy() {
        Thread thread = Objects.requireNonNull(thread());
        Throwable broken = null;
        try {
            if (runner instanceof TaskScope scope) {
                scope.interrupt(hub);
            } else {
                hub.interrupt(thread);
            }
        } catch (Throwable e) {
            broken = e;
        }
        STATE.setVolatile(this, RUNNING);
        if (broken != null) {
            hub.unpark(thread); // that comes after the channel
            hub.failed("interrupt of " + this, broken);
        }
    }

    /// Whether its body has a scope. For the thread that runs it.
    final boolean hasScope() {
        return runner instanceof TaskScope;
    }

    /// The scope of its body. For the thread that runs it.
    final TaskScope scope() {
        if (runner instanceof TaskScope known) {
            return known;
        }
        TaskScope made = new TaskScope(this, null);
        if (holdBusy()) {
            runner = made; // counts its kills from now on
            letGo();
        }
        return made;
    }

    /// Keeps kills out, until [#letGo()] a few instructions later; false if the body is over, and nobody is interrupted
    /// any more. For the thread that runs the body.
    final boolean holdBusy() {
        for (int spins = 0; state < ENDING; spins++) {
            Hub.point();
            boolean isHeld = STATE.compareAndSet(this, RUNNING, BUSY);
            if (isHeld) {
                return true;
            }
            pause(spins);
        }
        return false;
    }

    final void letGo() {
        STATE.setVolatile(this, RUNNING);
    }

    /// Whether a kill is between two instructions.
    final boolean isBusy() {
        return state == BUSY;
    }

    private void pause(int spins) {
        pause(this, spins);
    }

    /// Waits for whoever is between two instructions. Closing a channel may make it block there, and it may need this very
    /// carrier to go on: so this parks, which lets others in where a yield may not, and an interrupt flag would keep it
    /// from parking.
    static void pause(Object blocker, int spins) {
        if (spins < 100) {
            Thread.onSpinWait();
            return;
        }
        boolean interrupted = Thread.interrupted();
        Hub.current().parkNanos(blocker, 50_000);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    // ---- links

    @Override
    public final void link(Consumer<? super GreenThread<T>> onEnd) {
        Objects.requireNonNull(onEnd, "onEnd");
        if (!push(onEnd)) {
            call(onEnd);
        }
    }

    /// Gives the task its first link, as [#link(Consumer)] does, but for good: nobody can take it back. It costs less, and it
    /// never runs in the thread that links because the body was quick.
    ///
    /// Call it at most once, before anyone else sees the task; not for a detached one, of which nobody learns.
    ///
    /// @param onEnd what to call with this green thread
    protected final void linkFirst(Consumer<? super GreenThread<T>> onEnd) {
        firstLink = Objects.requireNonNull(onEnd, "onEnd");
    }

    /// Has the first link, if there is one, never called: for a task that ends and was never taken. Call it in
    /// [#ended(State, Throwable)].
    protected final void forgetFirstLink() {
        firstLink = null;
    }

    /// Makes a future that ends as the task does, as [#toCompletableFuture()] does, and gives it to the task as its
    /// [first link][#linkFirst(Consumer)].
    ///
    /// @return the future
    protected final CompletableFuture<T> linkFutureFirst() {
        ThreadFuture<T> future = new ThreadFuture<>(this);
        linkFirst(future);
        return future;
    }

    @Override
    public final boolean unlink(Consumer<? super GreenThread<T>> onEnd) {
        Objects.requireNonNull(onEnd, "onEnd");
        return remove(onEnd);
    }

    /// Adds someone to be told; false if the task has ended.
    private boolean push(Object who) {
        for (;;) {
            Hub.point();
            Completion seen = completions;
            if (seen == SEALED) {
                return false;
            }
            if (COMPLETIONS.compareAndSet(this, seen, new Completion(who, seen))) {
                return true;
            }
        }
    }

    /// Takes the oldest entry of `who` out again; false if it is not there (any more).
    private boolean remove(Object who) {
        for (;;) {
            Hub.point();
            Completion seen = completions;
            if (seen == SEALED) {
                return false;
            }
            Completion kept = null;
            boolean found = false;
            for (Completion c = reversed(seen); c != null; c = c.next()) {
                if (!found && c.who() == who) {
                    found = true;
                } else {
                    kept = new Completion(c.who(), kept);
                }
            }
            if (!found) {
                return false;
            }
            if (COMPLETIONS.compareAndSet(this, seen, kept)) {
                return true;
            }
        }
    }

    // ---- waiting

    @Override
    public final T await() throws InterruptedException {
        join();
        return report();
    }

    @Override
    public final T await(Duration timeout) throws InterruptedException, TimeoutException {
        join(Hub.nanos(timeout));
        return report();
    }

    @Override
    public final T get() throws InterruptedException, ExecutionException {
        join();
        return wrappedReport();
    }

    @Override
    public final T get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
        join(unit.toNanos(timeout));
        return wrappedReport();
    }

    /// To be called in a thread that is about to wait for this task and others without limit. Returns after how many
    /// nanoseconds to call again.
    final long beforeWaitAmongOthers() throws InterruptedException {
        return state == NEW ? awaitedAmongOthers() : Long.MAX_VALUE;
    }

    /// Has someone told of the end; false if the task has ended.
    final boolean watch(Watcher watcher) {
        return push(watcher);
    }

    /// Takes a watcher out again, if it was not told yet.
    final void unwatch(Watcher watcher) {
        boolean _ = remove(watcher);
    }

    private void join() throws InterruptedException {
        if (state == NEW) {
            awaited();
        }
        if (!isDone()) {
            join(new Joiner(!isCallerTimeLimited()), Long.MAX_VALUE);
        }
    }

    private void join(long nanos) throws InterruptedException, TimeoutException {
        if (!awaitEnd(nanos)) {
            throw new TimeoutException(this + " has not ended within " + Duration.ofNanos(nanos));
        }
    }

    /// Waits for the end, however it comes; false when the time is over first.
    ///
    /// @param nanos the longest wait in nanoseconds, [Long#MAX_VALUE] for no limit
    /// @return whether the task has ended
    /// @throws InterruptedException if the caller is interrupted while it waits
    protected final boolean awaitEnd(long nanos) throws InterruptedException {
        return isDone() || (nanos > 0 && join(new Joiner(false), nanos));
    }

    /// Parks until the end; false when the time is over first.
    private boolean join(Joiner joiner, long nanos) throws InterruptedException {
        if (isCaller()) {
            throw new IllegalStateException(this + " must not await itself");
        }
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        if (!push(joiner)) {
            return true;
        }
        boolean limited = nanos != Long.MAX_VALUE;
        long start = limited ? joiner.hub.nanoTime() : 0;
        while (completions != SEALED) {
            if (Thread.interrupted()) {
                remove(joiner);
                throw new InterruptedException();
            }
            if (!limited) {
                joiner.hub.park(this);
                continue;
            }
            long left = nanos - (joiner.hub.nanoTime() - start);
            if (left <= 0) {
                return !remove(joiner);
            }
            joiner.hub.parkNanos(this, left);
        }
        return true;
    }

    @SuppressWarnings({"unchecked", "NullAway"}) // on SUCCESS the content is what the body returned
    private T value() {
        return (T) content;
    }

    @SuppressWarnings("ThrowSpecificity") // errors pass as they are
    private T report() {
        if (state == SUCCESS) {
            return value();
        }
        switch ((Throwable) Objects.requireNonNull(content)) {
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new CompletionException(e);
        }
    }

    private T wrappedReport() throws ExecutionException {
        if (state == SUCCESS) {
            return value();
        }
        Throwable error = (Throwable) Objects.requireNonNull(content);
        if (state == FAILED) {
            throw new ExecutionException(error);
        }
        if (error instanceof CancellationException cancellation) {
            throw cancellation;
        }
        CancellationException wrapped = new CancellationException(this + " was killed");
        wrapped.initCause(error);
        throw wrapped;
    }

    @Override
    public final boolean isDone() {
        Hub.point();
        return completions == SEALED || (state >= SUCCESS && isCaller());
    }

    @Override
    public final boolean isCancelled() {
        return isDone() && state == CANCELLED;
    }

    @Override
    public final State state() {
        return isDone() ? outcome(state) : State.RUNNING;
    }

    @Override
    public final String toString() {
        return "green thread '" + name() + "'";
    }
}
