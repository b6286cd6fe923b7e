package io.greenlet.pool;

import io.greenlet.GreenThread;
import io.greenlet.GreenletExit;
import io.greenlet.Hub;
import io.greenlet.pool.PermitCore.Admission;
import io.greenlet.pool.PermitCore.Kind;
import io.greenlet.waiting.Waiter;
import java.time.Duration;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Lets at most [#size()] green threads run at once.
///
/// A task has its slot before its virtual thread exists, and gives it back before anyone's `await` returns. When no slot
/// is free, [PoolOptions#whenFull()] says what happens; those who wait, callers of [#spawn] and tasks of [#submit]
/// alike, stand in one line.
///
/// **Fairness.** First come, first served, without exception: a slot that comes free goes to the first in line, and a
/// newcomer never overtakes.
///
/// **Re-entry.** A `spawn` from one of the pool's own green threads when the pool is full runs the body there and then,
/// in that green thread, so that a pool never waits for itself. Likewise an `await` in one of them, of a task still in
/// line for the same pool, runs that task in place.
///
/// **Interruption.** A caller interrupted in line leaves it, and its task never runs. An interrupt that comes when the
/// slot is already there is left in the caller's flag.
///
/// **Slots are never lost.** Kill, time-out, interrupt, resize, an exception, an `Error` or close, at any moment, leave
/// `free + running = size`.
///
/// Thread safety: any thread may call any method. Memory effects: what the caller did before handing a task in
/// happens-before its body; the body happens-before the return of `await` and of [#waitAll()].
///
/// eventlet: `GreenPool`.
public final class GreenPool implements AutoCloseable {

    /// How long a close with a deadline waits, at least, for killed tasks to unwind.
    private static final Duration LEAST_UNWIND = Duration.ofSeconds(1);
    private static final Comparator<TaskSnapshot> OLDEST_FIRST = Comparator.comparing(TaskSnapshot::age).reversed()
            .thenComparingLong(TaskSnapshot::threadId); // threads are numbered in the order in which they are made
    private static final System.Logger LOG = System.getLogger("io.greenlet.pool");

    private final String name;
    private final Hub hub;
    private final ReentrantLock changing = new ReentrantLock(); // a reconfiguration's settings and size go together
    private volatile PoolOptions options; // written under changing; its size is not kept up to date
    private final PermitCore<PoolTask.Place> core;
    private final PoolLedger ledger;
    private final List<Runnable> sizeWatchers = new CopyOnWriteArrayList<>();

    /// A pool of 1000 slots on the parallel hub. eventlet: `GreenPool()`.
    public GreenPool() {
        this(PoolOptions.DEFAULT_SIZE);
    }

    /// A pool on the parallel hub whose callers wait while it is full. eventlet: `GreenPool(size)`.
    ///
    /// @param size how many tasks may run at once; 0 is legal: they wait for a resize
    /// @throws IllegalArgumentException if the size is negative
    public GreenPool(int size) {
        this(PoolOptions.named("pool").withSize(size));
    }

    private GreenPool(PoolOptions options) {
        this.options = options;
        name = options.name();
        hub = options.hub();
        ledger = new PoolLedger(this);
        core = new PermitCore<>(options.size(), PermitCore.STASH_FROM, ledger::stashed);
        if (!options.listener().equals(PoolOptions.NOBODY)) {
            ledger.add(options.listener());
        }
    }

    /// Makes a pool.
    ///
    /// @param options how
    /// @return a new pool
    public static GreenPool of(PoolOptions options) {
        return new GreenPool(Objects.requireNonNull(options, "options"));
    }

    // ---- what it is and how it stands

    /// Returns the name, which the pool's green threads carry too.
    ///
    /// @return the name
    public String name() {
        return name;
    }

    /// Returns the hub that runs the tasks.
    ///
    /// @return the hub
    public Hub hub() {
        return hub;
    }

    /// Returns the settings that hold now: those it was made with, and what has changed since.
    ///
    /// @return the options
    public PoolOptions options() {
        PoolOptions now = options;
        int size = size();
        return now.size() == size ? now : now.withSize(size);
    }

    UnaryOperator<Runnable> decorator() {
        return options.decorator();
    }

    @Nullable Duration taskTimeout() {
        return options.taskTimeout();
    }

    /// Changes any setting but the name, the hub and the listener, at once and without losing a task. What runs and what
    /// stands in line stays: a task timeout holds for bodies that begin from now on, a limit of waiting, a queue capacity,
    /// a policy and a decorator for what is handed in from now on, and a size as with [#resize(int)].
    ///
    /// {@snippet lang="java" :
    /// pool.reconfigure(now -> now.withSize(50).withMaxWait(Duration.ofSeconds(1)));
    /// }
    ///
    /// @param change makes the new settings from those that hold now; it may be called more than once if another changes
    ///     them at the same time
    /// @throws IllegalArgumentException if it changes the name, the hub or the listener; nothing is changed then
    public void reconfigure(UnaryOperator<PoolOptions> change) {
        PoolOptions before;
        PoolOptions after;
        do {
            before = settled();
            after = Objects.requireNonNull(change.apply(before), "options");
            requireSame("name", before.name(), after.name());
            requireSame("hub", before.hub(), after.hub());
            requireSame("listener", before.listener(), after.listener());
        } while (!change(before, after));
        if (after.size() != before.size()) {
            tellResized(before.size(), after.size());
        }
        if (!after.equals(before)) {
            ledger.reconfigured(before, after);
        }
    }

    /// The settings that hold now, none of a reconfiguration that is half done.
    private PoolOptions settled() {
        Hub.lock(changing);
        try {
            return options();
        } finally {
            changing.unlock();
        }
    }

    /// Changes the settings and the size together; false if others hold now than before.
    private boolean change(PoolOptions before, PoolOptions after) {
        List<PoolTask.Place> granted = List.of();
        Hub.lock(changing);
        try {
            if (!options().equals(before)) {
                return false;
            }
            options = after;
            if (after.size() != before.size()) {
                granted = core.resize(after.size());
            }
        } finally {
            changing.unlock();
        }
        granted.forEach(GreenPool::proceed);
        return true;
    }

    private static void requireSame(String what, Object before, Object after) {
        if (!before.equals(after)) {
            throw new IllegalArgumentException(what + " must not change: " + before + " to " + after);
        }
    }

    /// Returns how many tasks may run at once.
    ///
    /// @return zero or more
    public int size() {
        return core.size();
    }

    /// Returns how many slots are free. eventlet: `free`.
    ///
    /// @return free slots; negative after a shrink until enough tasks have ended
    public int free() {
        return PermitCore.free(core.look());
    }

    /// Returns how many slots are taken, from the moment of the spawn. eventlet: `running`.
    ///
    /// @return taken slots
    public int running() {
        return PermitCore.running(core.look());
    }

    /// Returns how many stand in line: blocked callers and queued tasks. eventlet: `waiting`.
    ///
    /// @return the length of the line
    public int waiting() {
        return core.waiting();
    }

    /// Says whether the caller runs in one of this pool's own green threads: where a spawn that finds no slot runs the
    /// body in place, and waiting for the pool is refused.
    ///
    /// @return whether the calling green thread is a task of this pool
    public boolean isCurrent() {
        return PoolTask.isCurrentIn(this);
    }

    /// Says whether the pool takes no more tasks.
    ///
    /// @return whether a close has begun
    public boolean isClosed() {
        return core.isClosed();
    }

    /// Sets another size, now. Growing lets exactly as many in line begin as there is new room; shrinking never blocks
    /// and ends nobody: `free` is negative until enough tasks have ended. eventlet: `resize`.
    ///
    /// @param newSize how many tasks may run at once
    /// @throws IllegalArgumentException if the size is negative; nothing is changed then
    public void resize(int newSize) {
        PoolOptions.requireSize(newSize);
        int oldSize = size();
        core.resize(newSize).forEach(GreenPool::proceed);
        tellResized(oldSize, newSize);
    }

    private void tellResized(int oldSize, int newSize) {
        sizeWatchers.forEach(Runnable::run);
        ledger.resized(oldSize, newSize);
    }

    /// Returns the pool's figures at this moment.
    ///
    /// @return a snapshot
    public PoolSnapshot snapshot() {
        return ledger.snapshot(core);
    }

    /// Returns the tasks that hold a slot at this moment, with what they are doing, oldest first.
    ///
    /// @return their snapshots
    public List<TaskSnapshot> tasks() {
        long now = hub().nanoTime();
        return holders().stream().map(task -> task.look(now)).sorted(OLDEST_FIRST).toList();
    }

    /// Returns what stands in line at this moment, and who waits with it, first first.
    ///
    /// @return their snapshots
    public List<WaitingSnapshot> waiters() {
        return waiters(Integer.MAX_VALUE);
    }

    /// Returns the first of what stands in line at this moment, like [#waiters()]: a look at each caller's stack takes a
    /// while, and a line can be long.
    ///
    /// @param most how many at most, not negative
    /// @return their snapshots, first first
    /// @throws IllegalArgumentException if `most` is negative
    public List<WaitingSnapshot> waiters(int most) {
        if (most < 0) {
            throw new IllegalArgumentException("most must not be negative: " + most);
        }
        long now = hub.nanoTime();
        return core.line().stream().limit(most).map(place -> place.task.lookInLine(now)).toList();
    }

    /// Adds someone who hears what happens from now on.
    ///
    /// @param listener the listener
    public void addListener(PoolListener listener) {
        ledger.add(Objects.requireNonNull(listener, "listener"));
    }

    /// Removes a listener.
    ///
    /// @param listener the listener
    public void removeListener(PoolListener listener) {
        ledger.remove(listener);
    }

    // ---- handing tasks in

    /// Runs a body in a green thread of its own as soon as there is a slot; what happens until then is the pool's
    /// [WhenFull]. eventlet: `spawn`.
    ///
    /// @param body what to run
    /// @param <T> what it returns
    /// @return its handle
    /// @throws InterruptedException if the caller is interrupted in line, or while it runs the body itself
    /// @throws RejectedSubmission if the pool is full and does not wait, or not any longer, or is closed
    public <T extends @Nullable Object> GreenThread<T> spawn(Callable<? extends T> body) throws InterruptedException {
        return spawn(body, TaskOptions.NONE);
    }

    /// Runs a body like [#spawn(Callable)], with what is special about this task.
    ///
    /// @param body what to run
    /// @param task its time limit, its limit of waiting, what it does
    /// @param <T> what it returns
    /// @return its handle
    /// @throws InterruptedException if the caller is interrupted in line, or while it runs the body itself
    /// @throws RejectedSubmission if the pool is full and does not wait, or not any longer, or is closed
    public <T extends @Nullable Object> GreenThread<T> spawn(Callable<? extends T> body, TaskOptions task)
            throws InterruptedException {
        PoolTask<T> made = new PoolTask<>(this, Objects.requireNonNull(body, "body"), task);
        spawn(made);
        return made;
    }

    /// Runs a body like [#spawn(Callable, TaskOptions)], with a [link][GreenThread#link] that is there from the start: it never
    /// runs in the caller because the body was quick, and costs less than one that is added afterwards.
    ///
    /// It is called first of all links, once, and cannot be taken back; not at all if the task is not taken. A task that the
    /// caller itself could not run to its end, since it was interrupted, or for which no thread could be had, was taken: then
    /// the link has been called, and this throws as well. One that joined the line of a pool that queues was taken too, and
    /// its link learns of it if it has waited too long.
    ///
    /// @param body what to run
    /// @param task its time limit, its limit of waiting, what it does
    /// @param onEnd what to call with the green thread when that has ended
    /// @param <T> what it returns
    /// @return its handle
    /// @throws InterruptedException if the caller is interrupted in line, or while it runs the body itself
    /// @throws RejectedSubmission if the pool is full and does not wait, or not any longer, or is closed
    public <T extends @Nullable Object> GreenThread<T> spawn(Callable<? extends T> body, TaskOptions task,
            Consumer<? super GreenThread<T>> onEnd) throws InterruptedException {
        PoolTask<T> made = new PoolTask<>(this, Objects.requireNonNull(body, "body"), task);
        made.tellFirst(onEnd);
        spawn(made);
        return made;
    }

    /// Runs a body like [#spawn(Callable)] for code that works with [CompletableFuture]s.
    ///
    /// @param body what to run
    /// @param <T> what it returns
    /// @return a future that ends as the green thread does, and kills it when anyone else ends it; see
    ///     [GreenThread#toCompletableFuture()], of which this is the cheaper kind
    /// @throws InterruptedException if the caller is interrupted in line, or while it runs the body itself
    /// @throws RejectedSubmission if the pool is full and does not wait, or not any longer, or is closed
    public <T extends @Nullable Object> CompletableFuture<T> spawnFuture(Callable<? extends T> body)
            throws InterruptedException {
        return spawnFuture(body, TaskOptions.NONE);
    }

    /// Runs a body like [#spawnFuture(Callable)], with what is special about this task.
    ///
    /// @param body what to run
    /// @param task its time limit, its limit of waiting, what it does
    /// @param <T> what it returns
    /// @return a future that ends as the green thread does, and kills it when anyone else ends it
    /// @throws InterruptedException if the caller is interrupted in line, or while it runs the body itself
    /// @throws RejectedSubmission if the pool is full and does not wait, or not any longer, or is closed
    public <T extends @Nullable Object> CompletableFuture<T> spawnFuture(Callable<? extends T> body, TaskOptions task)
            throws InterruptedException {
        PoolTask<T> made = new PoolTask<>(this, Objects.requireNonNull(body, "body"), task);
        CompletableFuture<T> future = made.future();
        spawn(made);
        return future;
    }

    /// Runs a body like [#spawn] for which nobody waits: what it throws goes to the hub's failure handler. eventlet:
    /// `spawn_n`.
    ///
    /// @param body what to run
    /// @throws InterruptedException if the caller is interrupted in line, or while it runs the body itself
    /// @throws RejectedSubmission if the pool is full and does not wait, or not any longer, or is closed
    public void spawnN(Runnable body) throws InterruptedException {
        spawnN(body, TaskOptions.NONE);
    }

    /// Runs a body like [#spawnN(Runnable)], with what is special about this task.
    ///
    /// @param body what to run
    /// @param task its time limit, its limit of waiting, what it does
    /// @throws InterruptedException if the caller is interrupted in line, or while it runs the body itself
    /// @throws RejectedSubmission if the pool is full and does not wait, or not any longer, or is closed
    public void spawnN(Runnable body, TaskOptions task) throws InterruptedException {
        spawn(new PoolTask<>(this, Objects.requireNonNull(body, "body"), task));
    }

    private void spawn(PoolTask<?> task) throws InterruptedException {
        Admission answer = core.tryAcquire();
        if (answer == Admission.ADMITTED) {
            task.startWithSlot();
        } else if (answer == Admission.CLOSED) {
            throw rejection("closed");
        } else if (isCurrent()) {
            task.runSlotless();
        } else {
            spawnWhenFull(task);
        }
    }

    private void spawnWhenFull(PoolTask<?> task) throws InterruptedException {
        PoolOptions now = options;
        Duration own = task.options().maxWait();
        Duration maxWait = own == null && now.whenFull() == WhenFull.BLOCK ? now.maxWait() : own;
        switch (now.whenFull()) {
            case BLOCK -> {
                if (mustNotBlock()) {
                    queue(task, maxWait);
                } else if (!waitInLine(task, maxWait == null ? Waiter.FOREVER : nanos(maxWait))) {
                    throw noSlotAfter(Objects.requireNonNull(maxWait));
                }
            }
            case QUEUE -> queue(task, maxWait);
            case REJECT -> throw rejection("no slot");
            case CALLER_RUNS -> {
                if (mustNotBlock()) {
                    queue(task, maxWait);
                } else {
                    task.runSlotless();
                }
            }
        }
    }

    private boolean mustNotBlock() {
        return options.nonBlocking().test(Thread.currentThread());
    }

    /// Runs a body if a slot is free and nobody stands in line. Never waits, and never runs the body in the caller.
    ///
    /// @param body what to run
    /// @param <T> what it returns
    /// @return its handle, or nothing if there was no slot
    /// @throws RejectedSubmission if the pool is closed
    public <T extends @Nullable Object> Optional<GreenThread<T>> trySpawn(Callable<? extends T> body) {
        return trySpawn(body, TaskOptions.NONE);
    }

    /// Runs a body like [#trySpawn(Callable)], with what is special about this task.
    ///
    /// @param body what to run
    /// @param task its time limit, what it does
    /// @param <T> what it returns
    /// @return its handle, or nothing if there was no slot
    /// @throws RejectedSubmission if the pool is closed
    public <T extends @Nullable Object> Optional<GreenThread<T>> trySpawn(Callable<? extends T> body,
            TaskOptions task) {
        PoolTask<T> made = new PoolTask<>(this, Objects.requireNonNull(body, "body"), task);
        Admission answer = core.tryAcquire();
        if (answer == Admission.CLOSED) {
            throw rejection("closed");
        }
        if (answer != Admission.ADMITTED) {
            return Optional.empty();
        }
        made.startWithSlot();
        return Optional.of(made);
    }

    /// Runs a body if there is a slot within some time, waiting in line for it whatever the pool's [WhenFull].
    ///
    /// @param body what to run
    /// @param wait the longest wait; zero or less does not wait
    /// @param <T> what it returns
    /// @return its handle, or nothing if there was no slot in that time
    /// @throws InterruptedException if the caller is interrupted in line
    /// @throws RejectedSubmission if the pool is closed
    /// @throws IllegalStateException if called with a time to wait in a thread that must never block
    ///     ([PoolOptions#nonBlocking()]), even if there is a slot
    public <T extends @Nullable Object> Optional<GreenThread<T>> trySpawn(Callable<? extends T> body, Duration wait)
            throws InterruptedException {
        long nanos = nanos(Objects.requireNonNull(wait, "wait"));
        if (nanos <= 0) {
            return trySpawn(body);
        }
        if (mustNotBlock()) {
            throw new IllegalStateException("trySpawn of " + this + " must not wait in a thread that must never block: "
                    + Thread.currentThread().getName());
        }
        PoolTask<T> task = new PoolTask<>(this, Objects.requireNonNull(body, "body"));
        return waitInLine(task, nanos) ? Optional.of(task) : Optional.empty();
    }

    /// Hands a task in without ever blocking: it takes a free slot or joins the line.
    ///
    /// @param body what to run
    /// @param <T> what it returns
    /// @return its handle; killed or cancelled in line, it leaves the line and never runs
    /// @throws RejectedSubmission if [PoolOptions#queueCapacity()] tasks stand in line already, or the pool is closed
    public <T extends @Nullable Object> GreenThread<T> submit(Callable<? extends T> body) {
        return submit(body, TaskOptions.NONE);
    }

    /// Hands a task in like [#submit(Callable)], with what is special about it. One that stands in line for longer than
    /// its limit of waiting leaves the line, and its handle fails with [RejectedSubmission].
    ///
    /// @param body what to run
    /// @param task its time limit, its limit of waiting, what it does
    /// @param <T> what it returns
    /// @return its handle; killed or cancelled in line, it leaves the line and never runs
    /// @throws RejectedSubmission if [PoolOptions#queueCapacity()] tasks stand in line already, or it would have to stand
    ///     in line and may not wait at all, or the pool is closed
    public <T extends @Nullable Object> GreenThread<T> submit(Callable<? extends T> body, TaskOptions task) {
        PoolTask<T> made = new PoolTask<>(this, Objects.requireNonNull(body, "body"), task);
        queue(made, task.maxWait());
        return made;
    }

    private void queue(PoolTask<?> task, @Nullable Duration maxWait) {
        if (maxWait != null && maxWait.isZero()) {
            switch (core.tryAcquire()) {
                case ADMITTED -> task.startWithSlot();
                case CLOSED -> throw rejection("closed");
                case FULL, WAITING, KILLED, IN_PLACE -> throw noSlotAfter(maxWait);
            }
            return;
        }
        queue(task, Kind.QUEUED);
        if (maxWait != null && task.isInLine()) {
            task.place().after(maxWait, () -> tooLate(task, maxWait));
        }
    }

    /// Sends a task away that has waited too long, unless it has its slot already.
    private void tooLate(PoolTask<?> task, Duration maxWait) {
        if (core.withdraw(task.place(), Admission.FULL)) {
            ledger.left(task);
            task.refuse(noSlotAfter(maxWait));
        }
    }

    private RejectedSubmission noSlotAfter(Duration maxWait) {
        return rejection("no slot after " + maxWait.toMillis() + " ms");
    }

    /// Hands in a task of a stream, which bounds its own number; nobody else can see it so far.
    void submitStreamed(PoolTask<?> task) {
        queue(task, Kind.STREAMED);
    }

    private void queue(PoolTask<?> task, Kind kind) {
        if (core.tryAcquire() == Admission.ADMITTED) {
            task.startWithSlot();
            return;
        }
        PoolTask.Place place = task.place(kind); // before others see it, and may end it
        ledger.waits(task);
        int capacity = options.queueCapacity();
        Admission answer = core.acquireOrJoin(place, capacity);
        switch (answer) {
            case ADMITTED -> task.startWithSlot();
            case WAITING, KILLED, IN_PLACE -> {
            }
            case FULL -> {
                ledger.left(task);
                throw rejection("no slot, and the queue is full (capacity " + capacity + ')');
            }
            case CLOSED -> {
                ledger.left(task);
                throw rejection("closed");
            }
        }
    }

    /// Stands in line with the task; false when the time is over first. The one who grants the slot starts the task.
    private boolean waitInLine(PoolTask<?> task, long nanos) throws InterruptedException {
        PoolTask.Place place = task.place(Kind.CALLER);
        if (nanos != Waiter.FOREVER || PoolTask.isTimedHere()) {
            place.callerIsTimed();
        }
        Waiter caller = Objects.requireNonNull(place.caller);
        ledger.waits(task);
        Admission answer = core.acquireOrJoin(place, 0);
        if (answer == Admission.ADMITTED) {
            task.startWithSlot();
            return true;
        }
        if (answer == Admission.WAITING) {
            try {
                return hasSlot(place, caller, nanos);
            } finally {
                place.waited();
            }
        }
        return isTaken(place, answer);
    }

    private boolean hasSlot(PoolTask.Place place, Waiter caller, long nanos) throws InterruptedException {
        PoolTask<?> task = place.task;
        Admission answer;
        try {
            answer = (Admission) caller.yieldThenAwait(place, nanos);
        } catch (InterruptedException e) {
            if (core.withdraw(place, Admission.FULL)) {
                ledger.left(task);
                throw e;
            }
            Thread.currentThread().interrupt(); // too late: the answer stands
            answer = (Admission) caller.given();
        }
        if (answer == null) {
            if (core.withdraw(place, Admission.FULL)) {
                ledger.left(task);
                return false;
            }
            answer = (Admission) caller.given();
        }
        return isTaken(place, answer);
    }

    private boolean isTaken(PoolTask.Place place, @Nullable Admission answer) {
        PoolTask<?> task = place.task;
        if (answer == Admission.CLOSED) {
            ledger.left(task);
            throw rejection("closed");
        }
        if (answer == Admission.FULL) {
            ledger.left(task);
            throw rejection(Objects.requireNonNull(place.refusal()));
        }
        return true; // ADMITTED, or KILLED: then its handle has ended
    }

    /// Starts what has been granted a slot, then lets its caller go on.
    private static void proceed(PoolTask.Place place) {
        try {
            place.task.startWithSlot();
        } catch (Throwable e) {
            // no thread was to be had: the task has ended with that error, for those who await it
        } finally {
            place.wakeCaller();
        }
    }

    /// Takes a slot back from a task that ends.
    ///
    /// @param seat the task's, null if it never began
    void release(Roster.@Nullable Seat seat) {
        PoolTask.Place next = seat == null ? core.release() : core.release(seat);
        if (next != null) {
            proceed(next);
        }
    }

    private RejectedSubmission rejection(String why) {
        RejectedSubmission rejection = new RejectedSubmission(this + ": " + why + ' ' + figures());
        ledger.rejected(rejection);
        return rejection;
    }

    private RejectedSubmission rejection(Refusal refusal) {
        RejectedSubmission rejection = refusal.exception();
        ledger.rejected(rejection);
        return rejection;
    }

    /// Its counters, for messages.
    String figures() {
        long look = core.look();
        return "(size=" + PermitCore.size(look) + ", running=" + PermitCore.running(look) + ", waiting="
                + core.waiting() + ')';
    }

    /// Sends somebody away who stands in line, so that others can go on; false if he has his answer already.
    boolean refuse(PoolTask.Place place, Refusal why) {
        place.refuseFor(why);
        if (!core.withdraw(place, Admission.FULL)) {
            return false;
        }
        if (place.caller == null) {
            ledger.left(place.task);
            place.task.refuse(rejection(why));
        } else {
            place.wakeCaller(); // it throws
        }
        return true;
    }

    /// The tasks whose bodies run in slots, and those that are just ending.
    List<PoolTask<?>> holders() {
        return ledger.running().stream().filter(PoolTask::holdsSlot).toList();
    }

    // ---- streams of results

    /// Runs a function over items in this pool's slots, and returns the results in the order of the items.
    ///
    /// The stream is lazy and pulls the items in the thread that consumes it, never elsewhere. It keeps at most twice
    /// the pool's size in hand that have not ended, and at most four times the size together with results not yet
    /// consumed: a slow item does not idle the pool behind it, and endless input takes bounded memory. A consumer
    /// that is soon back for the next result keeps no more unfinished than the size, which spares its tasks the price of
    /// the line; one that waits for a result, or was away for long, goes beyond, so that the pool has work meanwhile. Its
    /// tasks wait in line like everybody's, whatever the pool's [WhenFull]. A source that is slow to give the next item
    /// holds up results too, unless the pool has enough in hand.
    ///
    /// **Failure.** What the function throws, and what pulling an item throws, is raised at its position;
    /// [Stream#iterator()] goes on with the next. **Interruption.** A consumer that is interrupted while it waits gets a
    /// [java.util.concurrent.CancellationException] with its flag set; no result is lost. **Closing** the stream stops
    /// the source (and closes its iterator if that can be closed), and kills what is in flight.
    ///
    /// eventlet: `imap` (there, with a pool of its own).
    ///
    /// @param function what to run on each item
    /// @param items the items
    /// @param <T> the type of the items
    /// @param <R> the type of the results
    /// @return the results, to be closed if not consumed to the end
    public <T extends @Nullable Object, R extends @Nullable Object> Stream<R> imap(
            Function<? super T, ? extends R> function, Iterable<? extends T> items) {
        return map(function, items, true, Integer.MAX_VALUE);
    }

    /// Runs a function over items as [#imap(Function, Iterable)] does, with a limit of its own under that of the pool.
    ///
    /// @param function what to run on each item
    /// @param items the items
    /// @param parallel how many of these calls may be running or in line at once
    /// @param <T> the type of the items
    /// @param <R> the type of the results
    /// @return the results, to be closed if not consumed to the end
    /// @throws IllegalArgumentException if `parallel` is not positive
    public <T extends @Nullable Object, R extends @Nullable Object> Stream<R> imap(
            Function<? super T, ? extends R> function, Iterable<? extends T> items, int parallel) {
        return map(function, items, true, parallel);
    }

    /// Runs a function over pairs of items, as [#imap(Function, Iterable)] does; the shorter input ends it. eventlet:
    /// `imap` with two iterables.
    ///
    /// @param function what to run on each pair
    /// @param as the first of each pair
    /// @param bs the second of each pair
    /// @param <A> the type of the first items
    /// @param <B> the type of the second items
    /// @param <R> the type of the results
    /// @return the results, to be closed if not consumed to the end
    public <A extends @Nullable Object, B extends @Nullable Object, R extends @Nullable Object> Stream<R> imap(
            BiFunction<? super A, ? super B, ? extends R> function, Iterable<? extends A> as,
            Iterable<? extends B> bs) {
        Objects.requireNonNull(function, "function");
        Objects.requireNonNull(as, "as");
        Objects.requireNonNull(bs, "bs");
        return GreenMap.stream(this, () -> {
            Iterator<? extends A> a = as.iterator();
            Iterator<? extends B> b = bs.iterator();
            return new GreenMap.Calls<>() {
                @Override
                public boolean hasNext() {
                    return a.hasNext() && b.hasNext();
                }

                @Override
                public Callable<R> next() {
                    A first = a.next();
                    B second = b.next();
                    return () -> function.apply(first, second);
                }

                @Override
                public void close() throws Exception {
                    try {
                        GreenMap.closeIfCloseable(a);
                    } finally {
                        GreenMap.closeIfCloseable(b);
                    }
                }
            };
        }, true, Integer.MAX_VALUE);
    }

    /// Runs a function over pairs that come as entries, as [#imap(Function, Iterable)] does. eventlet: `starmap`.
    ///
    /// @param function what to run on each pair
    /// @param pairs the pairs
    /// @param <A> the type of the keys
    /// @param <B> the type of the values
    /// @param <R> the type of the results
    /// @return the results, to be closed if not consumed to the end
    public <A extends @Nullable Object, B extends @Nullable Object, R extends @Nullable Object> Stream<R> starmap(
            BiFunction<? super A, ? super B, ? extends R> function,
            Iterable<? extends Map.Entry<? extends A, ? extends B>> pairs) {
        Objects.requireNonNull(function, "function");
        return map((Map.Entry<? extends A, ? extends B> pair) -> function.apply(pair.getKey(), pair.getValue()), pairs,
                true, Integer.MAX_VALUE);
    }

    /// Runs a function over items as [#imap(Function, Iterable)] does, and returns the results in the order in which
    /// they come. gevent: `imap_unordered`.
    ///
    /// @param function what to run on each item
    /// @param items the items
    /// @param <T> the type of the items
    /// @param <R> the type of the results
    /// @return the results, to be closed if not consumed to the end
    public <T extends @Nullable Object, R extends @Nullable Object> Stream<R> imapUnordered(
            Function<? super T, ? extends R> function, Iterable<? extends T> items) {
        return map(function, items, false, Integer.MAX_VALUE);
    }

    /// Runs a function over items as [#imapUnordered(Function, Iterable)] does, with a limit of its own under that of
    /// the pool.
    ///
    /// @param function what to run on each item
    /// @param items the items
    /// @param parallel how many of these calls may be running or in line at once
    /// @param <T> the type of the items
    /// @param <R> the type of the results
    /// @return the results, to be closed if not consumed to the end
    /// @throws IllegalArgumentException if `parallel` is not positive
    public <T extends @Nullable Object, R extends @Nullable Object> Stream<R> imapUnordered(
            Function<? super T, ? extends R> function, Iterable<? extends T> items, int parallel) {
        return map(function, items, false, parallel);
    }

    private <T extends @Nullable Object, R extends @Nullable Object> Stream<R> map(
            Function<? super T, ? extends R> function, Iterable<? extends T> items, boolean ordered, int parallel) {
        Objects.requireNonNull(function, "function");
        Objects.requireNonNull(items, "items");
        if (parallel <= 0) {
            throw new IllegalArgumentException("parallel must be positive: " + parallel);
        }
        return GreenMap.stream(this, () -> {
            Iterator<? extends T> source = items.iterator();
            return new GreenMap.Calls<>() {
                @Override
                public boolean hasNext() {
                    return source.hasNext();
                }

                @Override
                public Callable<R> next() {
                    T item = source.next();
                    return () -> function.apply(item);
                }

                @Override
                public void close() throws Exception {
                    GreenMap.closeIfCloseable(source);
                }
            };
        }, ordered, parallel);
    }

    // ---- ending

    /// Waits until no task runs and every handle is done, without limit. What stands in line counts: a slot that is returned goes to it, so the
    /// pool is not idle in between. In a pool of size 0 nothing runs. eventlet: `waitall`.
    ///
    /// @throws InterruptedException if the caller is interrupted while it waits
    /// @throws IllegalStateException if called from one of the pool's own green threads
    public void waitAll() throws InterruptedException {
        requireOutside("waitAll");
        awaitIdle(Waiter.FOREVER);
    }

    /// Waits until no task runs and every handle is done, for a limited time.
    ///
    /// @param timeout the longest wait; zero or less does not wait
    /// @return whether the pool was idle within that time
    /// @throws InterruptedException if the caller is interrupted while it waits
    /// @throws IllegalStateException if called from one of the pool's own green threads
    public boolean waitAll(Duration timeout) throws InterruptedException {
        requireOutside("waitAll");
        return awaitIdle(nanos(timeout));
    }

    /// A task returns its slot before its links run and its handle is done; the wait is for these too.
    private boolean awaitIdle(long nanos) throws InterruptedException {
        long start = hub().nanoTime();
        if (!core.awaitIdle(nanos)) {
            return false;
        }
        for (PoolTask<?> task : ledger.running()) {
            if (!task.awaitLinks(nanos == Waiter.FOREVER ? nanos : Math.max(nanos, 0) - (hub().nanoTime() - start))) {
                return false;
            }
        }
        return true;
    }

    /// Kills every task that runs or stands in line, and does not wait for their ends. A caller blocked in [#spawn] gets
    /// the handle of its killed task. Called from a task of the pool, it
    /// ends that too, last: by throwing.
    public void killAll() {
        PoolTask<?> here = PoolTask.killOthers(ledger.killed());
        GreenletExit cause = new GreenletExit("all tasks of " + this + " were killed"); // one for a line of any length
        core.line().forEach(place -> place.task.kill(cause));
        if (here != null) {
            here.kill();
        }
    }

    /// Returns this pool as an executor: `execute` is [#spawnN], an interrupt in line a [RejectedSubmission] with the
    /// flag set.
    ///
    /// @return a view of this pool
    public Executor asExecutor() {
        return command -> {
            try {
                spawnN(command);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw rejection("interrupted while waiting for a slot");
            }
        };
    }

    /// Closes the pool with a deadline: takes nothing from now on (callers blocked in [#spawn] are rejected), lets what
    /// was taken finish, and kills what is left when the time is over. Killed tasks get the same time again, at least a
    /// second, to unwind; those that do not end even then are logged with their names.
    ///
    /// @param grace how long to let tasks finish
    /// @return whether all ended by themselves
    /// @throws InterruptedException if the caller is interrupted while it waits; the pool stays closed to new tasks
    /// @throws IllegalStateException if called from one of the pool's own green threads
    public boolean close(Duration grace) throws InterruptedException {
        return close(grace, grace.compareTo(LEAST_UNWIND) < 0 ? LEAST_UNWIND : grace);
    }

    /// Closes the pool like [#close(Duration)], with a time of its own for killed tasks to unwind.
    ///
    /// @param grace how long to let tasks finish
    /// @param unwind how long to wait then for those that were killed; zero or less does not wait
    /// @return whether all ended by themselves
    /// @throws InterruptedException if the caller is interrupted while it waits; the pool stays closed to new tasks
    /// @throws IllegalStateException if called from one of the pool's own green threads
    public boolean close(Duration grace, Duration unwind) throws InterruptedException {
        requireOutside("close");
        Objects.requireNonNull(grace, "grace");
        Objects.requireNonNull(unwind, "unwind");
        stopIntake();
        try {
            return finish(grace, unwind);
        } finally {
            core.closeIsOver();
        }
    }

    private boolean finish(Duration grace, Duration unwind) throws InterruptedException {
        long start = hub.nanoTime();
        if (awaitIdle(nanos(grace))) {
            if (core.waiting() > 0) { // the pool is of size 0
                ledger.overdue();
            }
            boolean nobodyLeft = abandonLine();
            if (awaitIdle(nanos(grace) - (hub.nanoTime() - start))) { // what a resize from 0 let in before that
                return nobodyLeft;
            }
        }
        ledger.overdue();
        killAll();
        if (!awaitIdle(nanos(unwind))) {
            long now = hub.nanoTime();
            LOG.log(System.Logger.Level.WARNING, this + ": still running after kill: "
                    + ledger.running().stream().map(task -> describe(task.look(now))).toList()); // or their links
        }
        abandonLine();
        return false;
    }

    private static String describe(TaskSnapshot task) {
        String what = task.description() == null ? "" : ", " + task.description();
        return task.name() + " (for " + task.age().toMillis() + " ms" + what + ')';
    }

    /// Closes the pool: takes nothing from now on (callers blocked in [#spawn] are rejected), and waits until what was
    /// taken has finished. An interrupt kills it instead, and the wait goes on, as with
    /// [java.util.concurrent.ExecutorService#close()].
    ///
    /// @throws IllegalStateException if called from one of the pool's own green threads
    @Override
    public void close() {
        requireOutside("close");
        stopIntake();
        try {
            finish();
        } finally {
            core.closeIsOver();
        }
    }

    private void finish() {
        boolean interrupted = false;
        for (;;) {
            try {
                awaitIdle(Waiter.FOREVER);
                boolean _ = abandonLine();
                awaitIdle(Waiter.FOREVER); // what a resize from 0 let in before that
                break;
            } catch (InterruptedException e) {
                interrupted = true;
                killAll();
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// Opens a pool that was closed: it takes tasks again. Of no effect on one that is open.
    ///
    /// @throws IllegalStateException if a close has not returned yet
    public void reopen() {
        if (!core.reopen()) {
            throw new IllegalStateException(
                    this + " must not open before its close has returned: running=" + running());
        }
    }

    /// Opens a pool that was closed, when all who close it have returned: waits for them for a limited time. Of no effect
    /// on one that is open.
    ///
    /// @param timeout the longest wait; zero or less does not wait
    /// @return whether the pool is open; false if a close has not returned in time
    /// @throws InterruptedException if the caller is interrupted while it waits
    /// @throws IllegalStateException if called from one of the pool's own green threads
    public boolean reopen(Duration timeout) throws InterruptedException {
        requireOutside("reopen");
        long nanos = nanos(timeout);
        long start = hub.nanoTime();
        while (!core.reopen()) {
            long left = nanos - (hub.nanoTime() - start);
            if (left <= 0) {
                return false;
            }
            core.awaitCloses(left);
        }
        return true;
    }

    private void stopIntake() {
        core.close().forEach(PoolTask.Place::wakeCaller);
    }

    /// Kills what stands in the line of a pool of size 0, where it would wait for ever; true if there was nothing.
    private boolean abandonLine() {
        List<PoolTask.Place> left = core.abandonLine();
        left.forEach(place -> place.task.kill());
        return left.isEmpty();
    }

    private void requireOutside(String method) {
        if (isCurrent()) {
            throw new IllegalStateException(method + " must be called from outside " + this
                    + ": its own green thread would wait for itself");
        }
    }

    // ---- for the parts

    /// Has something run after each resize.
    void watchSize(Runnable watcher) {
        sizeWatchers.add(watcher);
    }

    void unwatchSize(Runnable watcher) {
        sizeWatchers.remove(watcher);
    }

    PermitCore<PoolTask.Place> core() {
        return core;
    }

    PoolLedger ledger() {
        return ledger;
    }

    private static long nanos(Duration duration) {
        return TimeUnit.NANOSECONDS.convert(duration);
    }

    @Override
    public String toString() {
        return "pool '" + name() + "'";
    }
}
