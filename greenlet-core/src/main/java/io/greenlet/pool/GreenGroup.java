package io.greenlet.pool;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.greenlet.GreenTask;
import io.greenlet.GreenThread;
import io.greenlet.GreenletExit;
import io.greenlet.Hub;
import io.greenlet.waiting.WaitList;
import io.greenlet.waiting.Waiter;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A set of green threads that are joined and killed together.
///
/// {@snippet class="io.greenlet.snippets.GroupSnippetsTests" region="group"}
///
/// ```
///            kill, first failure              the group is empty
///   open ────────────────────────▶ killing ────────────────────▶ open      close: takes nothing from then on
/// ```
///
/// **Members** are what was spawned here or [added][#add(GreenThread)], from then until their links have run. Nothing of a
/// member is kept after its end.
///
/// **Killing** lasts until the group is empty: whoever becomes a member meanwhile is killed too, one spawned here before its
/// body begins. So members that spawn others while they are killed leave none behind.
///
/// **Failure.** With [OnFailure#KILL_OTHERS] the first member that fails kills the others, and its failure is thrown by
/// those who wait in a join at that time, or else by the next join or close, once; an unchecked one as it is, a checked one
/// in a [CompletionException]. With [OnFailure#NONE] a failure is for those who await the member. A member that was killed
/// has not failed.
///
/// **Slots.** A group [in a pool][#in(GreenPool)] spawns there: what happens while that is full is the pool's [WhenFull], and
/// as long as a spawn is under way the group is not empty.
///
/// **Closing** waits for the members, as an [java.util.concurrent.ExecutorService] does, and kills none unless it is
/// interrupted. Where a body that throws shall take its group with it, use [#scope].
///
/// Thread safety: any thread may call any method. Memory effects: what a member did happens-before the return of a join.
///
/// gevent: `Group`.
@SuppressWarnings("ReferenceEquality") // green threads and failures are told apart by identity
public final class GreenGroup implements AutoCloseable, Iterable<GreenThread<?>> {

    /// What the failure of a member means for the others.
    public enum OnFailure {
        /// Nothing: it is for those who await the member.
        NONE,
        /// The others are killed, and a join throws it.
        KILL_OTHERS
    }

    /// What a group's scope runs.
    ///
    /// @param <T> what it returns
    @FunctionalInterface
    public interface Scope<T extends @Nullable Object> {

        /// Runs with a group, which ends after it.
        ///
        /// @param group the group
        /// @return any value
        /// @throws Exception if it fails: the members are killed then
        T run(GreenGroup group) throws Exception;
    }

    /// A green thread on a hub that is a member before it starts.
    private static final class Member<T extends @Nullable Object> extends GreenTask<T> {

        Member(Hub hub, Callable<? extends T> body) {
            super(hub, body);
        }

        void begin() {
            start();
        }
    }

    /// What those get who wait for the group to be empty.
    private record Empty(@Nullable Throwable failure) {}

    private final Hub hub;
    private final @Nullable GreenPool pool;
    private final OnFailure onFailure;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final Map<GreenThread<?>, Consumer<GreenThread<?>>> members = new LinkedHashMap<>(); // with the link that takes it out

    /// Members whose last links may still be running: those who join wait for these too. Weakly, as nobody looks again when
    /// the last of them is over.
    @GuardedBy("lock")
    private final List<WeakReference<GreenThread<?>>> leaving = new ArrayList<>();

    @GuardedBy("lock")
    private final WaitList<Waiter> joiners = new WaitList<>();

    @GuardedBy("lock")
    private int spawning; // spawns under way in the pool, whose members are to come

    @GuardedBy("lock")
    private int kills; // how often the group was killed

    @GuardedBy("lock")
    private @Nullable RuntimeException killing; // why, until the group is empty

    @GuardedBy("lock")
    private @Nullable Throwable failure; // the first, until somebody has been told

    @GuardedBy("lock")
    private boolean closed;

    /// A group on the hub of the caller, whose members may fail.
    public GreenGroup() {
        this(OnFailure.NONE);
    }

    /// A group on the hub of the caller.
    ///
    /// @param onFailure what the failure of a member means for the others
    public GreenGroup(OnFailure onFailure) {
        this(Hub.current(), null, onFailure);
    }

    private GreenGroup(Hub hub, @Nullable GreenPool pool, OnFailure onFailure) {
        this.hub = hub;
        this.pool = pool;
        this.onFailure = Objects.requireNonNull(onFailure, "onFailure");
    }

    /// Makes a group that spawns on a hub.
    ///
    /// @param hub the hub
    /// @param onFailure what the failure of a member means for the others
    /// @return a new group
    public static GreenGroup on(Hub hub, OnFailure onFailure) {
        return new GreenGroup(Objects.requireNonNull(hub, "hub"), null, onFailure);
    }

    /// Makes a group that spawns in the slots of a pool, which others may use too, and whose members may fail.
    ///
    /// @param pool the pool
    /// @return a new group
    public static GreenGroup in(GreenPool pool) {
        return in(pool, OnFailure.NONE);
    }

    /// Makes a group that spawns in the slots of a pool, which others may use too.
    ///
    /// @param pool the pool
    /// @param onFailure what the failure of a member means for the others
    /// @return a new group
    public static GreenGroup in(GreenPool pool, OnFailure onFailure) {
        return new GreenGroup(pool.hub(), pool, onFailure);
    }

    /// Runs a body with this group, and closes the group after it: when the body returns, its members are joined; when it
    /// throws, they are killed and waited for, and what it threw is thrown. The failure of a member does not interrupt the
    /// body.
    ///
    /// @param body what to run
    /// @param <T> what it returns
    /// @return what the body returned
    /// @throws Exception what the body threw, or else what the join throws
    public <T extends @Nullable Object> T scope(Scope<T> body) throws Exception {
        T value;
        try {
            value = body.run(this);
            join();
        } catch (Throwable e) {
            interrupt(killMembers(new GreenletExit("the scope of the group failed"), null));
            closeAfter(e);
            throw e;
        }
        close();
        return value;
    }

    private void closeAfter(Throwable error) {
        try {
            close();
        } catch (Throwable e) {
            if (e != error) {
                error.addSuppressed(e);
            }
        }
    }

    // ---- becoming a member

    /// Runs a body in a green thread that is a member. In a group that is being killed it is killed and its body never
    /// begins. gevent: `spawn`.
    ///
    /// @param body what to run
    /// @param <T> what it returns
    /// @return its handle
    /// @throws InterruptedException if the caller is interrupted while it waits for a slot of the pool
    /// @throws RejectedSubmission if the group is closed, or the pool does not take it
    public <T extends @Nullable Object> GreenThread<T> spawn(Callable<? extends T> body) throws InterruptedException {
        return spawn(Objects.requireNonNull(body, "body"), false);
    }

    /// Runs a body like [#spawn] for which nobody waits: what it throws goes to the hub's failure handler, too.
    ///
    /// @param body what to run
    /// @throws InterruptedException if the caller is interrupted while it waits for a slot of the pool
    /// @throws RejectedSubmission if the group is closed, or the pool does not take it
    public void spawnN(Runnable body) throws InterruptedException {
        Objects.requireNonNull(body, "body");
        var _ = this.<@Nullable Object>spawn(() -> {
            body.run();
            return null;
        }, true);
    }

    private <T extends @Nullable Object> GreenThread<T> spawn(Callable<? extends T> body, boolean detached)
            throws InterruptedException {
        int killsBefore = reserve();
        if (pool != null && killsBefore >= 0) {
            return spawnIn(pool, () -> {
                requireNotKilled(killsBefore);
                return body.call();
            }, detached);
        }
        Member<T> member = new Member<>(hub, body);
        settle(member, detached);
        member.begin();
        return member;
    }

    /// Announces a spawn. Returns how often the group was killed, or less than zero if it is being killed.
    private int reserve() {
        Hub.lock(lock);
        try {
            if (!closed) {
                spawning++;
                return killing == null ? kills : -1;
            }
        } finally {
            lock.unlock();
        }
        throw new RejectedSubmission("group must be open to take a green thread: " + this);
    }

    private <T extends @Nullable Object> GreenThread<T> spawnIn(GreenPool slots, Callable<T> body, boolean detached)
            throws InterruptedException {
        GreenThread<T> spawned = null;
        try {
            boolean mayRunHere = slots.isCurrent() || slots.options().whenFull() == WhenFull.CALLER_RUNS;
            spawned = mayRunHere ? slots.trySpawn(body).orElse(null) : slots.spawn(body);
            if (spawned != null) {
                return spawned;
            }
            PoolTask<T> here = PoolTask.slotless(slots, body);
            enlist(here, detached); // first, so that it can be killed
            here.runSlotless();
            passOnKill();
            return here;
        } finally {
            settle(spawned, detached);
        }
    }

    /// Members that run in one thread, one inside another, share its interrupt flag: a kill that came while the inner one ran
    /// was for both, and may have been used up.
    private void passOnKill() {
        boolean isKilled;
        Hub.lock(lock);
        try {
            isKilled = killing != null;
        } finally {
            lock.unlock();
        }
        if (isKilled && members().stream().anyMatch(GreenGroup::runsHere)) {
            Thread.currentThread().interrupt();
        }
    }

    private void requireNotKilled(int killsBefore) {
        boolean killed;
        Hub.lock(lock);
        try {
            killed = kills != killsBefore;
        } finally {
            lock.unlock();
        }
        if (killed) {
            throw new GreenletExit(this + " was killed before this could begin");
        }
    }

    /// A spawn is over, with a member to add or without.
    private void settle(@Nullable GreenThread<?> spawned, boolean detached) {
        if (spawned != null) {
            enlist(spawned, detached);
        }
        WaitList<Waiter> woken;
        Hub.lock(lock);
        try {
            spawning--;
            woken = joinersIfEmpty();
        } finally {
            lock.unlock();
        }
        Waiter.wakeAll(woken);
    }

    /// Makes a green thread a member. What has ended is none, though it may have failed; in a group that is being killed it
    /// is killed. A member stays what it is. gevent: `add`.
    ///
    /// @param thread any green thread, of any hub
    /// @throws RejectedSubmission if the group is closed
    public void add(GreenThread<?> thread) {
        Objects.requireNonNull(thread, "thread");
        int _ = reserve();
        settle(thread, false);
    }

    private <T extends @Nullable Object> void enlist(GreenThread<T> thread, boolean detached) {
        RuntimeException cause;
        Consumer<GreenThread<?>> link = ended -> ended(ended, detached);
        Hub.lock(lock);
        try {
            if (members.putIfAbsent(thread, link) != null) {
                return;
            }
            cause = killing;
        } finally {
            lock.unlock();
        }
        thread.link(link); // here and now if it has ended
        if (cause != null) {
            thread.kill(cause);
        }
    }

    /// Lets go of a member, which lives on. gevent: `discard`.
    ///
    /// @param thread a green thread
    /// @return whether it was a member
    public boolean discard(GreenThread<?> thread) {
        Consumer<GreenThread<?>> link = remove(thread, false);
        return link != null && unlink(thread, link);
    }

    private static <T extends @Nullable Object> boolean unlink(GreenThread<T> thread, Consumer<GreenThread<?>> link) {
        boolean _ = thread.unlink(link); // false if it is ending
        return true;
    }

    // ---- the end of a member

    /// The link of a member.
    private void ended(GreenThread<?> thread, boolean detached) {
        Throwable error = thread.state() == Future.State.FAILED ? thread.exceptionNow() : null;
        if (error != null && detached) {
            hub.failed(thread.toString(), error);
        }
        if (error != null && onFailure == OnFailure.KILL_OTHERS && isFirstFailure(thread, error)) {
            interrupt(killMembers(new GreenletExit("another of the group has failed: " + thread), thread));
        }
        var _ = remove(thread, true);
    }

    /// Notes a failure, unless it is that of somebody who is being killed, or one is to be told already.
    private boolean isFirstFailure(GreenThread<?> thread, Throwable error) {
        Hub.lock(lock);
        try {
            boolean isFirst = killing == null && members.containsKey(thread);
            if (isFirst && failure == null) {
                failure = error;
            }
            return isFirst;
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Consumer<GreenThread<?>> remove(GreenThread<?> thread, boolean ending) {
        Consumer<GreenThread<?>> link;
        WaitList<Waiter> woken;
        Hub.lock(lock);
        try {
            link = members.remove(thread);
            if (link != null && ending) {
                leaving.removeIf(GreenGroup::isOver);
                leaving.add(new WeakReference<>(thread));
            }
            woken = joinersIfEmpty();
        } finally {
            lock.unlock();
        }
        Waiter.wakeAll(woken);
        return link;
    }

    /// One that was collected had ended. To a simulated hub it must make no difference which of the two it was.
    private static boolean isOver(WeakReference<GreenThread<?>> reference) {
        GreenThread<?> thread = reference.get();
        if (thread != null) {
            return thread.isDone();
        }
        Hub.point();
        return true;
    }

    /// If the group is empty, it is open again, and those who wait for that have it.
    @GuardedBy("lock")
    private WaitList<Waiter> joinersIfEmpty() {
        if (!isEmptyNow()) {
            return new WaitList<>();
        }
        killing = null;
        if (joiners.isEmpty()) {
            return joiners;
        }
        return Waiter.giveAll(joiners, new Empty(failure));
    }

    @GuardedBy("lock")
    private boolean isEmptyNow() {
        return members.isEmpty() && spawning == 0;
    }

    // ---- join

    /// Waits until the group is empty at some moment, without limit. gevent: `join`.
    ///
    /// Fairness: those who wait are woken in the order in which they came. Interruption: ends the wait, not the members.
    ///
    /// @throws InterruptedException if the caller is interrupted while it waits
    /// @throws IllegalStateException if the caller is a member, which would wait for itself
    /// @throws CompletionException around the failure of a member that is checked, with [OnFailure#KILL_OTHERS]; an unchecked
    ///     one is thrown as it is
    public void join() throws InterruptedException {
        boolean _ = join(Waiter.FOREVER);
    }

    /// Waits until the group is empty at some moment, for a limited time; zero or less does not wait.
    ///
    /// @param timeout the longest wait
    /// @return whether the group was empty in that time
    /// @throws InterruptedException if the caller is interrupted while it waits
    /// @throws IllegalStateException if the caller is a member, which would wait for itself
    /// @throws CompletionException as [#join()] does
    public boolean join(Duration timeout) throws InterruptedException {
        return join(TimeUnit.NANOSECONDS.convert(timeout));
    }

    private boolean join(long nanos) throws InterruptedException {
        requireOutside("join");
        Hub clock = Hub.current();
        long start = clock.nanoTime();
        Empty empty = awaitEmpty(nanos);
        if (empty == null) {
            return false;
        }
        boolean isOver = awaitLeaving(
                nanos == Waiter.FOREVER ? nanos : Math.max(nanos, 0) - (clock.nanoTime() - start));
        if (isOver && empty.failure != null) {
            raise(empty.failure);
        }
        return isOver;
    }

    private @Nullable Empty awaitEmpty(long nanos) throws InterruptedException {
        Waiter waiter = new Waiter();
        Hub.lock(lock);
        try {
            if (isEmptyNow()) {
                return new Empty(failure);
            }
            if (nanos <= 0) {
                return null;
            }
            joiners.add(waiter);
        } finally {
            lock.unlock();
        }
        try {
            if (waiter.await(this, nanos) == null && leaveJoiners(waiter)) {
                return null;
            }
        } catch (InterruptedException e) {
            if (leaveJoiners(waiter)) {
                throw e;
            }
            Thread.currentThread().interrupt(); // too late: the group was empty
        }
        return (Empty) waiter.given();
    }

    private boolean leaveJoiners(Waiter waiter) {
        Hub.lock(lock);
        try {
            return joiners.remove(waiter);
        } finally {
            lock.unlock();
        }
    }

    /// Waits for the last links of those that were members; false when the time is over first.
    private boolean awaitLeaving(long nanos) throws InterruptedException {
        List<GreenThread<?>> last = new ArrayList<>();
        Hub.lock(lock);
        try {
            for (WeakReference<GreenThread<?>> reference : leaving) {
                GreenThread<?> thread = reference.get();
                if (thread != null && !thread.isDone()) {
                    last.add(thread);
                } else if (thread == null) {
                    Hub.point(); // as in isOver
                }
            }
        } finally {
            lock.unlock();
        }
        Hub clock = Hub.current();
        long start = clock.nanoTime();
        for (GreenThread<?> thread : last) {
            try {
                if (nanos == Waiter.FOREVER) {
                    thread.await();
                } else {
                    thread.await(Duration.ofNanos(nanos - (clock.nanoTime() - start)));
                }
            } catch (TimeoutException e) {
                return false;
            } catch (RuntimeException | Error e) {
                // how it ended is for those who hold its handle
            }
        }
        return true;
    }

    /// Throws a failure, which is told from then on.
    private void raise(Throwable told) {
        Hub.lock(lock);
        try {
            if (failure == told) {
                failure = null;
            }
        } finally {
            lock.unlock();
        }
        switch (told) {
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new CompletionException(e);
        }
    }

    // ---- kill and close

    /// Kills every member, and whoever becomes one until the group is empty. Does not wait: join for that. Called from a
    /// member, it ends that too, last: by throwing. gevent: `kill`.
    public void kill() {
        kill(new GreenletExit("the group was killed"));
    }

    /// Kills as [#kill()] does, with a cause of one's own.
    ///
    /// @param cause what killed them
    public void kill(RuntimeException cause) {
        Objects.requireNonNull(cause, "cause");
        List<GreenThread<?>> here = killMembers(cause, null);
        if (!here.isEmpty()) {
            GreenThread<?> innermost = here.removeLast();
            interrupt(here);
            innermost.kill(cause);
        }
    }

    private static void interrupt(List<GreenThread<?>> here) {
        for (GreenThread<?> member : here) {
            boolean _ = member.cancel(true); // a kill would throw
        }
    }

    /// Kills all but one, and but those that run in the calling thread, which it returns, the innermost last.
    private List<GreenThread<?>> killMembers(RuntimeException cause, @Nullable GreenThread<?> spared) {
        List<GreenThread<?>> killed;
        Hub.lock(lock);
        try {
            if (isEmptyNow()) {
                return List.of();
            }
            kills++;
            if (killing == null) {
                killing = cause;
            }
            killed = List.copyOf(members.keySet());
        } finally {
            lock.unlock();
        }
        List<GreenThread<?>> here = new ArrayList<>(1);
        for (GreenThread<?> member : killed) {
            if (runsHere(member)) {
                here.add(member);
            } else {
                member.kill(cause);
            }
        }
        here.remove(spared);
        return here;
    }

    private static boolean runsHere(GreenThread<?> member) {
        return (member instanceof PoolTask<?> task && task.runsHere())
                || member == GreenThread.current().orElse(null);
    }

    /// Closes the group: takes nothing from now on, and waits until it is empty. An interrupt kills the members instead, and the
    /// wait goes on; the flag is set then. Throws as [#join()] does; a failure that a join has thrown is not thrown again.
    ///
    /// @throws IllegalStateException if the caller is a member, which would wait for itself
    @Override
    public void close() {
        requireOutside("close");
        Hub.lock(lock);
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    join();
                    return;
                } catch (InterruptedException e) {
                    interrupted = true;
                    interrupt(killMembers(new GreenletExit("the close of the group was interrupted"), null));
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void requireOutside(String method) {
        GreenThread<?> caller = GreenThread.current().orElse(null);
        if (caller != null && contains(caller)) {
            throw new IllegalStateException(
                    method + " must be called from outside the group: its member " + caller + " would wait for itself");
        }
    }

    // ---- looking

    /// Returns how many members there are.
    ///
    /// @return the number at this moment
    public int size() {
        return members().size();
    }

    /// Says whether there is no member, and no spawn under way.
    ///
    /// @return whether a join would return at once
    public boolean isEmpty() {
        Hub.lock(lock);
        try {
            return isEmptyNow();
        } finally {
            lock.unlock();
        }
    }

    /// Says whether a green thread is a member.
    ///
    /// @param thread a green thread
    /// @return whether it is one at this moment
    public boolean contains(GreenThread<?> thread) {
        Hub.lock(lock);
        try {
            return members.containsKey(thread);
        } finally {
            lock.unlock();
        }
    }

    /// Iterates over the members of this moment, oldest first.
    @Override
    public Iterator<GreenThread<?>> iterator() {
        return members().iterator();
    }

    private List<GreenThread<?>> members() {
        Hub.lock(lock);
        try {
            return List.copyOf(members.keySet());
        } finally {
            lock.unlock();
        }
    }

    @Override
    public String toString() {
        Hub.lock(lock);
        try {
            return "group (size=" + members.size() + ", spawning=" + spawning + (killing == null ? "" : ", killing")
                    + (closed ? ", closed)" : ")");
        } finally {
            lock.unlock();
        }
    }
}
