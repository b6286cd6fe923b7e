package io.greenlet.pool;

import io.greenlet.GreenletExit;
import io.greenlet.Hub;
import io.greenlet.waiting.Waiter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The results of calls that run in a pool, in bounded memory: what `imap` and `imapUnordered` iterate over.
///
/// There is no producer. The consumer pulls from the source and hands tasks in whenever it comes for a result, and is
/// woken to hand in more when those in hand fall to the pool's size:
///
/// ```
///   unfinished <= size          while the consumer is here and prompt: a task that finds a slot costs no place in line
///   unfinished <= 2 x size      before it sleeps, and when it was away for long: the next tasks stand in line before a
///                               slot comes free; never over `parallel`
///   in hand    <= 4 x size      unfinished, and finished but not consumed: a slow head leaves room behind it
///
///   source ──pull──▶ task in `window` (ordered) ──▶ it ends ──▶ head finished? ──▶ next()
///                                                     │  unordered: `finished` ──▶ next()
///                                                     └──▶ wakes the consumer if it can go on
/// ```
///
/// Whether the consumer is prompt shows in how many tasks have ended between two of its visits: half of the size, and it
/// was away for so long that with no more than the size the pool would idle behind it. A wait for a result is no absence.
/// It is taken for prompt again when it has taken as many results as may be in hand without such an absence: it may be
/// one that pauses after every batch.
///
/// Only the consumer touches the source and the window. Ending tasks count themselves in `ended`, then are done, then go
/// to `finished`, then look for a sleeping consumer; the consumer announces itself as sleeping, then looks at those again.
/// One of the two sees the other. So it is with a resize, which changes how much may be in hand.
///
/// A close may come from any thread; who closes the source, it or the consumer at the end of the input, is settled by a
/// compare-and-set. It says so first, then kills the tasks of this map that it finds in the pool's line or running; what
/// it does not find has a slot and will run, and looks before its body whether there was a close. A task that closes its
/// own stream is killed last, by what the close throws.
final class GreenMap<R extends @Nullable Object> implements Iterator<R> {

    /// The calls to make, pulled by the consumer.
    interface Calls<R extends @Nullable Object> extends Iterator<Callable<R>> {
        /// Lets go of the source.
        void close() throws Exception;
    }

    /// What one position will give.
    sealed interface Result<R extends @Nullable Object> permits MapTask, NoTask {
        boolean isDone();

        R take();
    }

    /// The call for one position, whose own end tells the consumer.
    static final class MapTask<R extends @Nullable Object> extends PoolTask<R> implements Result<R> {

        private @Nullable GreenMap<R> map; // let go of at the end: who keeps the task shall not keep the source
        private boolean wakes; // so few are left that the consumer shall hand in; of the ending thread

        MapTask(GreenMap<R> map, Callable<R> call) {
            super(map.pool, call);
            this.map = map;
        }

        private GreenMap<R> map() {
            return Objects.requireNonNull(map);
        }

        /// A close kills what runs, and what does not run yet finds here that it must not: one of the two sees the other.
        @Override
        protected void beginning() {
            super.beginning(); // from here on it can be seen running
            Hub.point();
            if (map().closed) {
                throw new GreenletExit(this + " was killed before it began");
            }
        }

        @Override
        protected void ended(State outcome, @Nullable Throwable error) {
            try {
                super.ended(outcome, error);
            } finally {
                wakes = map().countEnd(); // first: who finds this done, and nothing else, may hand in the next
            }
        }

        @Override
        protected void settled() {
            try {
                map().tellEnd(this, wakes);
            } finally {
                map = null;
                super.settled();
            }
        }

        @Override
        public R take() {
            try {
                return await(); // it has ended: this does not wait
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    /// A failure of the source, or of the hand-over: the last position.
    record NoTask<R extends @Nullable Object>(Throwable failure) implements Result<R> {

        @Override
        public boolean isDone() {
            return true;
        }

        @Override
        public R take() {
            switch (failure) {
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                case Throwable e -> throw new CompletionException(e);
            }
        }
    }

    private final GreenPool pool;
    private final Supplier<Calls<R>> source;
    private final boolean ordered;
    private final int parallel;

    // The consumer's own.
    private final Queue<Result<R>> window = new ArrayDeque<>(); // ordered: in hand, oldest first
    private int unconsumed; // in hand, whether finished or not
    private int started; // tasks, ever: may wrap
    private boolean exhausted;
    private int seen; // `ended`, when it looked last
    private long probation = 1; // results to take until it counts as prompt

    // Shared with ending tasks and a closing thread.
    private volatile @Nullable Calls<R> calls; // written by the consumer
    private final Queue<Result<R>> finished = new ConcurrentLinkedQueue<>(); // unordered: finished, not consumed
    private final AtomicInteger ended = new AtomicInteger(); // tasks, ever: may wrap
    private final AtomicReference<@Nullable Waiter> sleeper = new AtomicReference<>();
    private final AtomicBoolean sourceClosed = new AtomicBoolean();
    private volatile @Nullable Result<R> head; // ordered: whose end the consumer waits for; written by the consumer
    private volatile boolean hungry; // the consumer could hand in more; written by the consumer
    private int hungryFrom; // then: at how many ended; written by the consumer before it says so
    private volatile boolean closed;
    private final Runnable resizeWatch = this::wakeConsumer;

    private GreenMap(GreenPool pool, Supplier<Calls<R>> source, boolean ordered, int parallel) {
        this.pool = pool;
        this.source = source;
        this.ordered = ordered;
        this.parallel = parallel;
    }

    static <R extends @Nullable Object> Stream<R> stream(GreenPool pool, Supplier<Calls<R>> source, boolean ordered,
            int parallel) {
        GreenMap<R> map = new GreenMap<>(pool, source, ordered, parallel);
        return new ResultStream<>(map, ordered).onClose(map::close);
    }

    static void closeIfCloseable(Iterator<?> iterator) throws Exception {
        if (iterator instanceof AutoCloseable closeable) {
            closeable.close();
        }
    }

    /// What an iterator throws for an interrupt, whose flag it sets again.
    static CancellationException interrupted(InterruptedException interrupt) {
        Thread.currentThread().interrupt();
        CancellationException interrupted = new CancellationException("interrupted while waiting for a result");
        interrupted.initCause(interrupt);
        return interrupted;
    }

    /// How many unfinished keep the pool busy: with no more, the consumer hands in before it takes.
    private int enough() {
        return Math.clamp(parallel, 1, Math.max(1, pool.size()));
    }

    /// Fewer unfinished than this wake the consumer, so that it hands in several at a time where it can.
    private int wakeAt() {
        return Math.min(parallel, enough() + 1);
    }

    private boolean hasRoom() {
        return !exhausted && !closed && unconsumed < 4L * enough();
    }

    /// How many unfinished let the pool go on while the consumer sleeps, or is away.
    private int ahead() {
        return (int) Math.min(2L * enough(), parallel);
    }

    /// How many unfinished the consumer keeps while it is here.
    private int most() {
        return probation > 0 ? ahead() : enough();
    }

    private boolean mayHandIn(int most) {
        return unfinished() < most && hasRoom();
    }

    /// In hand and not ended, for the consumer: it alone starts tasks, so there may be fewer by now.
    private int unfinished() {
        Hub.point();
        seen = ended.get();
        return started - seen;
    }

    // ---- the consumer

    /// Never waits for a result, but hands in, and so may wait for the source.
    @Override
    public boolean hasNext() {
        comeBack();
        handIn(most());
        return !closed && unconsumed > 0;
    }

    @Override
    public R next() {
        Result<R> ready;
        try {
            ready = await();
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
        unconsumed--;
        probation -= probation > 0 ? 1 : 0;
        return ready.take();
    }

    private Result<R> await() throws InterruptedException {
        comeBack();
        for (;;) {
            if (unfinished() < enough()) {
                handIn(most());
            }
            if (closed) {
                throw new CancellationException("the stream of results of " + pool + " is closed");
            }
            Result<R> ready = pollReady();
            if (ready != null) {
                return ready;
            }
            handIn(most());
            if (unconsumed == 0) {
                throw new NoSuchElementException("no more results");
            }
            if (!(PoolTask.isCurrentIn(pool) && runOneHere())) {
                sleep();
            }
        }
    }

    /// Whether the consumer was away for long: then it is no prompt one, for as many results as may be in hand.
    private void comeBack() {
        int before = seen;
        unfinished();
        if (seen - before >= Math.max(1, enough() / 2)) {
            probation = 4L * enough();
        }
    }

    private @Nullable Result<R> pollReady() {
        Hub.point();
        if (!ordered) {
            return finished.poll();
        }
        Result<R> first = window.peek();
        return first != null && first.isDone() ? window.remove() : null;
    }

    /// In one of the pool's own green threads: runs a task in line in place, since the slot it waits for may be this
    /// one.
    private boolean runOneHere() throws InterruptedException {
        if (ordered) {
            return window.element() instanceof MapTask<R> first && first.runInPlace();
        }
        for (PoolTask<?> task : inLine()) {
            if (task.runInPlace()) {
                return true;
            }
        }
        return false;
    }

    /// The tasks of this map that stand in line, oldest first.
    private List<PoolTask<?>> inLine() {
        List<PoolTask<?>> mine = new ArrayList<>();
        for (PoolTask.Place place : pool.core().line()) {
            if (isMine(place.task)) {
                mine.add(place.task);
            }
        }
        return mine;
    }

    private boolean isMine(PoolTask<?> task) {
        return task instanceof MapTask<?> mine && equals(mine.map);
    }

    private void sleep() throws InterruptedException {
        if (Thread.currentThread().isVirtual()) {
            Hub.current().yieldNow(); // to the tasks: to take several results at a time is cheaper than a wake-up for each
            if (closed || isReady()) {
                return;
            }
        }
        handIn(ahead()); // it may be long until it is back, though it has been prompt
        Waiter waiter = new Waiter();
        head = ordered ? window.element() : null;
        Hub.point();
        sleeper.set(waiter);
        boolean wantsMore = !exhausted;
        if (wantsMore) {
            pool.watchSize(resizeWatch); // before it looks at the size for the last time, which is now
        }
        hungryFrom = started - wakeAt() + 1;
        hungry = hasRoom();
        Hub.point();
        try {
            if (!canGoOn()) {
                waiter.await(this, Waiter.FOREVER);
            }
        } finally {
            sleeper.set(null);
            if (wantsMore) {
                pool.unwatchSize(resizeWatch);
            }
        }
    }

    private boolean canGoOn() {
        return closed || (unfinished() < wakeAt() && mayHandIn(ahead())) || isReady();
    }

    private boolean isReady() {
        return ordered ? window.element().isDone() : !finished.isEmpty();
    }

    private void wakeConsumer() {
        Hub.point();
        Waiter waiter = sleeper.get();
        if (waiter == null) {
            return;
        }
        Hub.point();
        if (sleeper.compareAndSet(waiter, null)) {
            waiter.give(true);
            waiter.wake();
        }
    }

    /// Hands in until so many are unfinished.
    private void handIn(int most) {
        while (mayHandIn(most)) {
            try {
                Calls<R> pulled = calls;
                if (pulled == null) {
                    pulled = source.get();
                    calls = pulled;
                    if (closed) { // by a thread that may have come too early to see the source
                        closeSource();
                        return;
                    }
                }
                if (!pulled.hasNext()) {
                    exhausted = true;
                    closeSource();
                    return;
                }
                handIn(new MapTask<>(this, pulled.next()));
            } catch (Throwable e) {
                fail(e);
            }
        }
    }

    /// Has a task run. It counts before anyone else can see it.
    private void handIn(MapTask<R> task) {
        started++;
        try {
            pool.submitStreamed(task);
        } catch (Throwable e) {
            if (e instanceof RejectedSubmission why) {
                task.refuse(why); // else who has heard of it could end it later, as one more
            }
            if (task.isDone()) { // refused, or without a thread: it has failed like any other, and was counted
                stop(e);
            } else {
                started--;
                throw e;
            }
        }
        expect(task);
        if (closed) {
            task.kill();
        }
    }

    private void expect(Result<R> result) {
        unconsumed++;
        if (ordered) {
            window.add(result);
        }
    }

    /// The source failed, or the pool is closed: that is the last position.
    private void fail(Throwable failure) {
        stop(failure);
        Result<R> last = new NoTask<>(failure);
        expect(last);
        if (!ordered) {
            finished.add(last);
        }
    }

    private void stop(Throwable failure) {
        exhausted = true;
        try {
            closeSource();
        } catch (Throwable e) {
            if (!e.equals(failure)) {
                failure.addSuppressed(e);
            }
        }
    }

    // ---- ending tasks

    /// Counts an end; whether the consumer, if it sleeps, shall hand in more.
    private boolean countEnd() {
        Hub.point();
        int now = ended.incrementAndGet();
        return hungry && now - hungryFrom >= 0;
    }

    private void tellEnd(MapTask<R> task, boolean wakes) {
        if (!ordered) {
            finished.add(task);
        }
        if (wakes || !ordered || task.equals(head)) {
            wakeConsumer();
        }
    }

    // ---- the end

    private void close() {
        closed = true;
        Hub.point();
        inLine().reversed().forEach(PoolTask::kill); // before those who would let them in
        PoolTask<?> here = PoolTask.killOthers(pool.ledger().running().stream().filter(this::isMine).toList());
        wakeConsumer();
        try {
            closeSource();
        } finally {
            if (here != null) {
                here.kill(); // throws
            }
        }
    }

    private void closeSource() {
        Calls<R> pulled = calls;
        if (pulled != null && sourceClosed.compareAndSet(false, true)) {
            try {
                pulled.close();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new CompletionException(e);
            }
        }
    }
}
