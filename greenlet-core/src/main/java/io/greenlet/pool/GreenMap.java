package io.greenlet.pool;

import io.greenlet.GreenThread;
import io.greenlet.Hub;
import io.greenlet.waiting.Waiter;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NavigableMap;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The results of calls that run in a pool, in bounded memory: what `imap` and `imapUnordered` iterate over.
///
/// There is no producer. The consumer pulls from the source and hands tasks in whenever it comes for a result, and is
/// woken to hand in more when those in hand fall to the pool's size:
///
/// ```
///   unfinished <= 2 x size      so that the next tasks stand in line before a slot comes free; never over `parallel`
///   in hand    <= 4 x size      unfinished, and finished but not consumed: a slow head leaves room behind it
///
///   source ──pull──▶ slot in `window` (ordered) ──▶ its task ends ──▶ head finished? ──▶ next()
///                                                        │  unordered: `finished` ──▶ next()
///                                                        └──▶ wakes the consumer if it can go on
/// ```
///
/// Only the consumer touches the source and the window. Ending tasks touch `unfinished`, `finished` and their own
/// slot's flag, then look for a sleeping consumer; the consumer announces itself as sleeping, then looks at those again.
/// One of the two sees the other. So it is with a resize, which changes how much may be in hand. A close may come from
/// any thread; who closes the source, it or the consumer at the end of the input, is settled by a compare-and-set.
final class GreenMap<R extends @Nullable Object> implements Iterator<R> {

    /// The calls to make, pulled by the consumer.
    interface Calls<R extends @Nullable Object> extends Iterator<Callable<R>> {
        /// Lets go of the source.
        void close() throws Exception;
    }

    /// A result to come. It is the link of its task, and takes the result out of it.
    private final class Slot implements Consumer<GreenThread<R>> {

        private final long position;
        private @Nullable PoolTask<R> task; // null if it failed before there was a task
        private @Nullable R value; // written before done
        private @Nullable Throwable failure; // written before done
        private volatile boolean done;

        Slot(long position) {
            this.position = position;
        }

        @Override
        public void accept(GreenThread<R> ended) {
            try {
                value = ended.await(); // it has ended: this does not wait
            } catch (Throwable e) {
                failure = e;
            }
            inHand.remove(position);
            int left = unfinished.decrementAndGet(); // first: who finds this done, and nothing else, may hand in the next
            finish();
            if (!ordered || this == head || (hungry && left < wakeAt())) {
                wakeConsumer();
            }
        }

        void finish() {
            Hub.point();
            done = true;
            if (!ordered) {
                finished.add(this);
            }
        }

        boolean runInPlace() throws InterruptedException {
            return task != null && task.runInPlace();
        }

        @SuppressWarnings("NullAway") // null only if the function returned it
        R take() {
            return switch (failure) {
                case null -> value;
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                case Throwable e -> throw new CompletionException(e);
            };
        }
    }

    private final GreenPool pool;
    private final Supplier<Calls<R>> source;
    private final boolean ordered;
    private final int parallel;

    // The consumer's own.
    private final Queue<Slot> window = new ArrayDeque<>(); // ordered: in hand, oldest first
    private int unconsumed; // in hand, whether finished or not
    private long pulledSoFar;
    private boolean exhausted;

    // Shared with ending tasks and a closing thread.
    private volatile @Nullable Calls<R> calls; // written by the consumer
    private final NavigableMap<Long, Slot> inHand = new ConcurrentSkipListMap<>(); // unfinished, oldest first, for close
    private final Queue<Slot> finished = new ConcurrentLinkedQueue<>(); // unordered: finished, not consumed
    private final AtomicInteger unfinished = new AtomicInteger();
    private final AtomicReference<@Nullable Waiter> sleeper = new AtomicReference<>();
    private final AtomicBoolean sourceClosed = new AtomicBoolean();
    private volatile @Nullable Slot head; // ordered: whose end the consumer waits for; written by the consumer
    private volatile boolean hungry; // the consumer could hand in more; written by the consumer
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

    private boolean mayHandIn() {
        return hasRoom() && unfinished.get() < Math.min(2L * enough(), parallel);
    }

    // ---- the consumer

    /// Never waits for a result, but hands in, and so may wait for the source.
    @Override
    public boolean hasNext() {
        handIn();
        return !closed && unconsumed > 0;
    }

    @Override
    public R next() {
        Slot slot;
        try {
            slot = await();
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
        unconsumed--;
        return slot.take();
    }

    private Slot await() throws InterruptedException {
        for (;;) {
            if (unfinished.get() < enough()) {
                handIn();
            }
            if (closed) {
                throw new CancellationException("the stream of results of " + pool + " is closed");
            }
            Slot ready = pollReady();
            if (ready != null) {
                return ready;
            }
            handIn();
            if (unconsumed == 0) {
                throw new NoSuchElementException("no more results");
            }
            if (!(PoolTask.isCurrentIn(pool) && runOneHere())) {
                sleep();
            }
        }
    }

    private @Nullable Slot pollReady() {
        Hub.point();
        if (!ordered) {
            return finished.poll();
        }
        Slot first = window.peek();
        return first != null && first.done ? window.remove() : null;
    }

    /// In one of the pool's own green threads: runs a task in line in place, since the slot it waits for may be this
    /// one.
    private boolean runOneHere() throws InterruptedException {
        if (ordered) {
            return window.element().runInPlace();
        }
        for (Slot slot : inHand.values()) {
            if (slot.runInPlace()) {
                return true;
            }
        }
        return false;
    }

    private void sleep() throws InterruptedException {
        Waiter waiter = new Waiter();
        head = ordered ? window.element() : null;
        hungry = hasRoom();
        sleeper.set(waiter);
        boolean wantsMore = !exhausted;
        if (wantsMore) {
            pool.watchSize(resizeWatch); // before it looks at the size for the last time
        }
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
        if (closed || (unfinished.get() < wakeAt() && mayHandIn())) {
            return true;
        }
        return ordered ? window.element().done : !finished.isEmpty();
    }

    private void wakeConsumer() {
        Hub.point();
        Waiter waiter = sleeper.getAndSet(null);
        if (waiter != null) {
            waiter.give(true);
            waiter.wake();
        }
    }

    private void handIn() {
        while (mayHandIn()) {
            Slot slot = new Slot(pulledSoFar++);
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
                slot.task = pool.submitStreamed(pulled.next());
            } catch (Throwable e) {
                fail(slot, e);
            }
            add(slot);
        }
    }

    /// The source failed, or the pool is closed: that is the last position.
    private void fail(Slot slot, Throwable failure) {
        exhausted = true;
        slot.failure = failure;
        try {
            closeSource();
        } catch (Throwable e) {
            if (!e.equals(failure)) {
                failure.addSuppressed(e);
            }
        }
    }

    private void add(Slot slot) {
        unconsumed++;
        if (ordered) {
            window.add(slot);
        }
        PoolTask<R> task = slot.task;
        if (task == null) {
            slot.finish();
            return;
        }
        unfinished.incrementAndGet();
        inHand.put(slot.position, slot);
        task.link(slot); // called here and now if the task has ended
        if (closed) {
            task.kill();
        }
    }

    // ---- the end

    private void close() {
        closed = true;
        for (Slot slot : inHand.descendingMap().values()) { // those in line before those who would let them in
            if (slot.task != null) {
                slot.task.kill();
            }
        }
        wakeConsumer();
        closeSource();
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
