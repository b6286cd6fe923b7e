package io.greenlet.sync;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.greenlet.Hub;
import io.greenlet.waiting.Lookout;
import io.greenlet.waiting.Waiter;
import java.time.Duration;
import java.util.AbstractQueue;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A [BlockingQueue] for green threads and all others, which serves both its sides in the order in which they came.
///
/// | | gives out first | a put waits |
/// |---|---|---|
/// | [#fifo(int)] | the oldest element | while `capacity` elements are stored |
/// | [#lifo(int)] | the newest | the same |
/// | [#priority(int, Comparator)] | the least, of equal ones the oldest | the same |
/// | [#rendezvous()] | that of the first putter | until somebody takes its element: nothing is ever stored |
///
/// A capacity of zero makes a rendezvous of each kind. What blocked putters bring is not in the queue yet: [#size()],
/// [#contains(Object)], [#peek()] and iteration do not show it, [#poll()] and [#drainTo(Collection)] take it.
///
/// ```
///   open ──close──▶ closed: put, offer, add refuse; take and poll give out what is stored, then take refuses too
/// ```
///
/// *Fairness.* Strict, on both sides: an element goes to the taker who has waited longest, room to the putter who has
/// waited longest; a newcomer never overtakes either.
///
/// *Interruption.* Ends a wait, and the element is neither lost nor doubled: a call that an element reached just before
/// the interrupt, the kill or the time-out returns it, with the interrupt flag set if it was an interrupt. A call that
/// need not wait takes no notice of the flag.
///
/// *Time-out.* Zero or less does not wait.
///
/// *Thread safety.* Any thread may call any method. Iterators are weakly consistent: they show what was stored when they
/// were made. No code of the elements (`equals`, `toString`) runs under the queue's lock; a comparator does, and must
/// neither wait nor use the queue. If it throws, that put fails, or that take, and nothing has changed.
///
/// *Memory effects.* What was done before an element was put happens-before what is done after it was taken; in a
/// rendezvous also what was done before the take happens-before the return of the put; and [#taskDone()] before the
/// return of [#join()].
///
/// eventlet: `Queue`, `LightQueue`, `LifoQueue`, `PriorityQueue`; gevent: `JoinableQueue`, `Channel`.
///
/// {@snippet class="io.greenlet.snippets.CoreSnippetsTests" region="queue"}
///
/// @param <T> the type of the elements, which are not null
public final class GreenQueue<T> extends AbstractQueue<T> implements BlockingQueue<T> {

    // The decisions are those of QueueCore; here is the lock around them, and the wait. Each method takes the lock for one
    // step of the core, and wakes outside it whom that step has given something. A wait that ends otherwise takes its
    // waiter out of the line: if it does not stand there any more, the gift came first, and stands.

    private static final int UNBOUNDED = Integer.MAX_VALUE;

    private final ReentrantLock lock = new ReentrantLock();
    private final Lookout lookout = new Lookout();

    @GuardedBy("lock")
    private final QueueCore<T> core;

    private GreenQueue(Store<T> store, int capacity) {
        core = new QueueCore<>(store, valid(capacity));
    }

    private static int valid(int capacity) {
        if (capacity < 0) {
            throw new IllegalArgumentException("capacity must not be negative: " + capacity);
        }
        return capacity;
    }

    // ---- making one

    /// Makes a queue that gives out the oldest element first. eventlet: `Queue(maxsize)`.
    ///
    /// @param capacity how many elements it stores; zero makes it a rendezvous
    /// @param <T> the type of the elements
    /// @return an empty queue
    /// @throws IllegalArgumentException if the capacity is negative
    public static <T> GreenQueue<T> fifo(int capacity) {
        return new GreenQueue<>(new DequeStore<>(false), capacity);
    }

    /// Makes a queue without a bound that gives out the oldest element first. eventlet: `Queue()`.
    ///
    /// @param <T> the type of the elements
    /// @return an empty queue
    public static <T> GreenQueue<T> fifo() {
        return fifo(UNBOUNDED);
    }

    /// Makes a queue that gives out the newest element first. eventlet: `LifoQueue(maxsize)`.
    ///
    /// @param capacity how many elements it stores; zero makes it a rendezvous
    /// @param <T> the type of the elements
    /// @return an empty queue
    /// @throws IllegalArgumentException if the capacity is negative
    public static <T> GreenQueue<T> lifo(int capacity) {
        return new GreenQueue<>(new DequeStore<>(true), capacity);
    }

    /// Makes a queue without a bound that gives out the newest element first. eventlet: `LifoQueue()`.
    ///
    /// @param <T> the type of the elements
    /// @return an empty queue
    public static <T> GreenQueue<T> lifo() {
        return lifo(UNBOUNDED);
    }

    /// Makes a queue that gives out the least of the stored elements first, and of equal ones the oldest. An element that
    /// a putter waits with takes part when it is stored. eventlet: `PriorityQueue(maxsize)`.
    ///
    /// @param capacity how many elements it stores; zero makes it a rendezvous
    /// @param order which of two elements comes first; called under the queue's lock
    /// @param <T> the type of the elements
    /// @return an empty queue
    /// @throws IllegalArgumentException if the capacity is negative
    public static <T> GreenQueue<T> priority(int capacity, Comparator<? super T> order) {
        return new GreenQueue<>(new HeapStore<>(Objects.requireNonNull(order, "order")), capacity);
    }

    /// Makes a queue without a bound that gives out the least element first, and of equal ones the oldest. eventlet:
    /// `PriorityQueue()`.
    ///
    /// @param order which of two elements comes first; called under the queue's lock
    /// @param <T> the type of the elements
    /// @return an empty queue
    public static <T> GreenQueue<T> priority(Comparator<? super T> order) {
        return priority(UNBOUNDED, order);
    }

    /// Makes a queue that stores nothing: a put waits for its taker. eventlet: `Queue(0)`; gevent: `Channel`.
    ///
    /// @param <T> the type of the elements
    /// @return an empty queue
    public static <T> GreenQueue<T> rendezvous() {
        return fifo(0);
    }

    // ---- putting

    /// Puts an element in, and waits for room without limit; in a rendezvous, for its taker.
    ///
    /// @param element the element
    /// @throws InterruptedException if the caller is interrupted while it waits; the element is not in then
    /// @throws QueueClosedException if the queue is closed, before or meanwhile; the element is not in then
    @Override
    public void put(T element) throws InterruptedException {
        boolean _ = offer(element, Waiter.FOREVER);
    }

    /// Puts an element in, and waits for room for a limited time.
    ///
    /// @param element the element
    /// @param timeout the longest wait
    /// @throws TimeoutException if there is no room in that time
    /// @throws InterruptedException if the caller is interrupted while it waits; the element is not in then
    /// @throws QueueClosedException if the queue is closed, before or meanwhile
    public void put(T element, Duration timeout) throws InterruptedException, TimeoutException {
        if (!offer(element, timeout)) {
            throw new TimeoutException("no room in the queue within " + timeout + ' ' + counters());
        }
    }

    /// Puts an element in if that needs no wait: there is room, or a taker waits. eventlet: `put_nowait`.
    ///
    /// @param element the element
    /// @return whether it is in
    /// @throws QueueClosedException if the queue is closed
    @Override
    public boolean offer(T element) {
        try {
            return offer(element, 0);
        } catch (InterruptedException e) {
            throw new AssertionError("no wait", e);
        }
    }

    /// Puts an element in, and waits for room for a limited time.
    ///
    /// @param element the element
    /// @param timeout the longest wait
    /// @return whether it is in
    /// @throws InterruptedException if the caller is interrupted while it waits; the element is not in then
    /// @throws QueueClosedException if the queue is closed, before or meanwhile
    public boolean offer(T element, Duration timeout) throws InterruptedException {
        return offer(element, TimeUnit.NANOSECONDS.convert(timeout));
    }

    /// Is [#offer(Object, Duration)].
    @Override
    public boolean offer(T element, long timeout, TimeUnit unit) throws InterruptedException {
        return offer(element, unit.toNanos(timeout));
    }

    /// Puts an element in if that needs no wait.
    ///
    /// @param element the element
    /// @return true
    /// @throws IllegalStateException if it would have to wait; a [QueueClosedException] if the queue is closed
    @Override
    public boolean add(T element) {
        if (!offer(element)) {
            throw new IllegalStateException("queue must have room: " + counters());
        }
        return true;
    }

    private boolean offer(T element, long nanos) throws InterruptedException {
        Objects.requireNonNull(element, "element");
        Waiter putter = null;
        Waiter woken = null;
        Hub.lock(lock);
        try {
            if (core.isClosed()) {
                throw closed();
            }
            if (core.offer(element)) {
                woken = core.takeWoken();
            } else if (nanos > 0) {
                putter = waiter(element);
                core.putters().add(putter);
            } else {
                return false;
            }
        } finally {
            lock.unlock();
        }
        if (putter == null) {
            Waiter.wakeAll(woken);
            return true;
        }
        return switch (await(putter, nanos)) {
            case null -> false;
            case QueueCore.Answer.CLOSED -> throw closed();
            case QueueCore.Refused(RuntimeException why) -> throw why;
            case QueueCore.Refused(Error why) -> throw why;
            default -> true;
        };
    }

    // ---- taking

    /// Takes the next element, and waits for it without limit.
    ///
    /// @return the element
    /// @throws InterruptedException if the caller is interrupted while it waits
    /// @throws QueueClosedException if the queue is closed, before or meanwhile, and nothing is left in it
    @Override
    public T take() throws InterruptedException {
        return Objects.requireNonNull(poll(Waiter.FOREVER));
    }

    /// Takes the next element, and waits for it for a limited time.
    ///
    /// @param timeout the longest wait
    /// @return the element
    /// @throws TimeoutException if there is none in that time
    /// @throws InterruptedException if the caller is interrupted while it waits
    /// @throws QueueClosedException if the queue is closed, before or meanwhile, and nothing is left in it
    public T take(Duration timeout) throws InterruptedException, TimeoutException {
        T element = poll(timeout);
        if (element == null) {
            throw new TimeoutException("no element in the queue within " + timeout + ' ' + counters());
        }
        return element;
    }

    /// Takes the next element if that needs no wait. In a rendezvous that is the element of the first who waits with one
    /// (eventlet's `get_nowait` does not see it).
    ///
    /// @return the element, or null when there is none, also when the queue is closed
    @Override
    public @Nullable T poll() {
        Waiter woken;
        T element;
        Hub.lock(lock);
        try {
            element = core.poll();
            woken = core.takeWoken();
        } finally {
            lock.unlock();
        }
        Waiter.wakeAll(woken);
        return element;
    }

    /// Takes the next element, and waits for it for a limited time.
    ///
    /// @param timeout the longest wait
    /// @return the element, or null when there is none in that time
    /// @throws InterruptedException if the caller is interrupted while it waits
    /// @throws QueueClosedException if the queue is closed, before or meanwhile, and nothing is left in it
    public @Nullable T poll(Duration timeout) throws InterruptedException {
        return poll(TimeUnit.NANOSECONDS.convert(timeout));
    }

    /// Is [#poll(Duration)].
    @Override
    public @Nullable T poll(long timeout, TimeUnit unit) throws InterruptedException {
        return poll(unit.toNanos(timeout));
    }

    @SuppressWarnings("unchecked") // a gift that is no answer is an element
    private @Nullable T poll(long nanos) throws InterruptedException {
        Waiter taker = null;
        Waiter woken = null;
        T element;
        Hub.lock(lock);
        try {
            element = core.poll();
            if (element != null) {
                woken = core.takeWoken();
            } else if (core.isClosed()) {
                throw closed();
            } else if (nanos > 0) {
                taker = waiter(null);
                core.takers().add(taker);
            }
        } finally {
            lock.unlock();
        }
        if (taker == null) {
            Waiter.wakeAll(woken);
            return element;
        }
        Object given = await(taker, nanos);
        if (given == QueueCore.Answer.CLOSED) {
            throw closed();
        }
        return (T) given;
    }

    /// Looks at the next element that is stored.
    ///
    /// @return the element, or null when none is stored
    @Override
    public @Nullable T peek() {
        Hub.lock(lock);
        try {
            return core.store().peek();
        } finally {
            lock.unlock();
        }
    }

    /// Takes all that can be had without a wait, what blocked putters bring included, in one step.
    ///
    /// @param target where the elements go, in order; if it refuses one, that one and those after it stay in the queue
    /// @return how many went there
    @Override
    public int drainTo(Collection<? super T> target) {
        return drainTo(target, Integer.MAX_VALUE);
    }

    /// Takes what can be had without a wait, what blocked putters bring included, in one step.
    ///
    /// @param target where the elements go, in order; if it refuses one, that one and those after it stay in the queue
    /// @param most how many to take at most
    /// @return how many went there
    /// @throws IllegalArgumentException if the target is this queue
    @Override
    @SuppressWarnings("ReferenceEquality") // it is about this very queue
    public int drainTo(Collection<? super T> target, int most) {
        Objects.requireNonNull(target, "target");
        if (target == this) {
            throw new IllegalArgumentException("target must be another collection: " + counters());
        }
        Waiter woken;
        List<T> elements;
        Hub.lock(lock);
        try {
            elements = core.pollAll(most);
            woken = core.takeWoken();
        } finally {
            lock.unlock();
        }
        Waiter.wakeAll(woken);
        int moved = 0;
        try {
            for (T element : elements) {
                target.add(element);
                moved++;
            }
        } finally {
            if (moved < elements.size()) {
                restore(elements.subList(moved, elements.size()));
            }
        }
        return moved;
    }

    // ---- waiting

    /// A wait of the caller. Where something is stored, who parks lets the other side get ahead, and one wake-up is for
    /// many elements; at a rendezvous each has its own.
    @GuardedBy("lock")
    private Waiter waiter(@Nullable T offer) {
        return core.capacity() == 0 ? new Waiter(offer, lookout) : new Waiter(offer);
    }

    /// Waits for the gift; null when the time is over first.
    private @Nullable Object await(Waiter waiter, long nanos) throws InterruptedException {
        try {
            Object given = waiter.await(this, nanos);
            return given != null || leave(waiter) ? given : waiter.given();
        } catch (InterruptedException e) {
            if (leave(waiter)) {
                throw e;
            }
            Thread.currentThread().interrupt(); // the gift came first
            return waiter.given();
        } catch (RuntimeException | Error e) { // out of the hub: no more stack, or no more memory
            if (!leave(waiter)) {
                passOn(waiter);
            }
            throw e;
        }
    }

    /// Leaves the line; false if the gift came first.
    private boolean leave(Waiter waiter) {
        Hub.lock(lock);
        try {
            return core.leave(waiter);
        } finally {
            lock.unlock();
        }
    }

    /// Gives the element of a taker who cannot receive it to the next one.
    @SuppressWarnings("unchecked") // a taker's gift that is no answer is an element
    private void passOn(Waiter waiter) {
        Object given = waiter.given();
        if (waiter.offer() == null && given != null && !(given instanceof QueueCore.Answer)) {
            restore(List.of((T) given));
        }
    }

    private void restore(List<T> elements) {
        Waiter woken;
        Hub.lock(lock);
        try {
            core.restore(elements);
            woken = core.takeWoken();
        } finally {
            lock.unlock();
        }
        Waiter.wakeAll(woken);
    }

    // ---- changing

    /// Sets another capacity. Growing lets in at once as many of the blocked putters as there is new room for, first
    /// come, first served. What is stored stays: after shrinking there may be more than the capacity, and a put waits
    /// until enough of it is taken. eventlet: `resize`.
    ///
    /// @param capacity how many elements the queue stores from now on; zero makes it a rendezvous, [Integer#MAX_VALUE]
    ///     unbounded
    /// @throws IllegalArgumentException if the capacity is negative; nothing has changed then
    public void resize(int capacity) {
        int newCapacity = valid(capacity);
        Waiter woken;
        Hub.lock(lock);
        try {
            core.resize(newCapacity);
            woken = core.takeWoken();
        } finally {
            lock.unlock();
        }
        Waiter.wakeAll(woken);
    }

    /// Closes the queue for good: from now on it takes nothing. Blocked putters and takers are sent away with a
    /// [QueueClosedException]; what is stored can be taken. Closing again has no effect. To throw away what is left too,
    /// [#clear()] it then. gevent: `shutdown`.
    public void close() {
        Waiter woken;
        Hub.lock(lock);
        try {
            core.close();
            woken = core.takeWoken();
        } finally {
            lock.unlock();
        }
        Waiter.wakeAll(woken);
    }

    /// Says whether the queue is closed.
    ///
    /// @return whether it takes nothing any more
    public boolean isClosed() {
        Hub.lock(lock);
        try {
            return core.isClosed();
        } finally {
            lock.unlock();
        }
    }

    /// Returns the elements still to come, each of which is taken from the queue as a loop over them gets to it: a loop
    /// waits for the next one, and ends when the queue is closed and empty. Several loops share the elements; each of
    /// these has a loop of its own by [Iterable#iterator()]. gevent: iteration over a queue.
    ///
    /// Interruption: ends the loop by a [java.util.concurrent.CancellationException], with the flag set, and no element is lost.
    ///
    /// @return what can be iterated
    public Iterable<T> untilClosed() {
        return () -> new Arrivals<>(this);
    }

    // ---- joining

    /// Says that an element that was taken has been dealt with. eventlet: `task_done`.
    ///
    /// @throws IllegalStateException if every element that was put has been dealt with already
    public void taskDone() {
        Waiter woken;
        Hub.lock(lock);
        try {
            if (core.unfinished() == 0) {
                throw new IllegalStateException("taskDone must be called once per element: " + core);
            }
            core.done(1);
            woken = core.takeWoken();
        } finally {
            lock.unlock();
        }
        Waiter.wakeAll(woken);
    }

    /// Waits, without limit, until every element that was put has been dealt with: [#taskDone()] was called for it, or it
    /// was thrown out by [#remove(Object)], [#clear()] or an iterator. Returns at once if none is open. An element counts
    /// from the moment in which it is in the queue, or taken. eventlet: `join`.
    ///
    /// @throws InterruptedException if the caller is interrupted while it waits
    public void join() throws InterruptedException {
        boolean _ = join(Waiter.FOREVER);
    }

    /// Waits like [#join()], for a limited time.
    ///
    /// @param timeout the longest wait
    /// @return whether every element was dealt with in that time
    /// @throws InterruptedException if the caller is interrupted while it waits
    public boolean join(Duration timeout) throws InterruptedException {
        return join(TimeUnit.NANOSECONDS.convert(timeout));
    }

    private boolean join(long nanos) throws InterruptedException {
        Waiter joiner;
        Hub.lock(lock);
        try {
            if (core.unfinished() == 0 || nanos <= 0) {
                return core.unfinished() == 0;
            }
            joiner = new Waiter();
            core.joiners().add(joiner);
        } finally {
            lock.unlock();
        }
        return await(joiner, nanos) != null;
    }

    /// Returns how many elements [#join()] waits for. eventlet: `unfinished_tasks`.
    ///
    /// @return zero or more
    public long unfinished() {
        Hub.lock(lock);
        try {
            return core.unfinished();
        } finally {
            lock.unlock();
        }
    }

    // ---- looking

    /// Returns how many elements are stored. eventlet: `qsize`.
    @Override
    public int size() {
        Hub.lock(lock);
        try {
            return core.store().size();
        } finally {
            lock.unlock();
        }
    }

    /// Returns how many elements it stores before a put waits.
    ///
    /// @return zero for a rendezvous, [Integer#MAX_VALUE] without a bound
    public int capacity() {
        Hub.lock(lock);
        try {
            return core.capacity();
        } finally {
            lock.unlock();
        }
    }

    /// Returns how many more elements can be stored.
    ///
    /// @return zero after shrinking below the size, [Integer#MAX_VALUE] without a bound
    @Override
    public int remainingCapacity() {
        Hub.lock(lock);
        try {
            int capacity = core.capacity();
            return capacity == UNBOUNDED ? UNBOUNDED : Math.max(0, capacity - core.store().size());
        } finally {
            lock.unlock();
        }
    }

    /// Returns how many takers wait. eventlet: `getting`.
    ///
    /// @return zero or more
    public int getting() {
        Hub.lock(lock);
        try {
            return core.takers().size();
        } finally {
            lock.unlock();
        }
    }

    /// Returns how many putters wait. eventlet: `putting`.
    ///
    /// @return zero or more
    public int putting() {
        Hub.lock(lock);
        try {
            return core.putters().size();
        } finally {
            lock.unlock();
        }
    }

    private List<T> snapshot() {
        List<T> elements = new ArrayList<>();
        Hub.lock(lock);
        try {
            core.store().copyTo(elements);
        } finally {
            lock.unlock();
        }
        return elements;
    }

    /// Returns an iterator over what is stored now, the next element first; the others of a priority queue come in no
    /// particular order. Its `remove` throws the element out of the queue, if it is still there.
    @Override
    public Iterator<T> iterator() {
        Iterator<T> elements = snapshot().iterator();
        return new Iterator<>() {

            private @Nullable T last;

            @Override
            public boolean hasNext() {
                return elements.hasNext();
            }

            @Override
            public T next() {
                T next = elements.next();
                last = next;
                return next;
            }

            @Override
            public void remove() {
                T leaving = last;
                if (leaving == null) {
                    throw new IllegalStateException("next must be called before remove: " + counters());
                }
                last = null;
                boolean _ = discard(leaving);
            }
        };
    }

    /// Returns what is stored now, as [#iterator()] does.
    @Override
    public Spliterator<T> spliterator() {
        return Spliterators.spliterator(snapshot(), Spliterator.ORDERED | Spliterator.NONNULL);
    }

    /// Throws out the next of the stored elements that equals an object, for good: it counts as dealt with.
    ///
    /// @param object what to look for
    /// @return whether one was thrown out
    @Override
    public boolean remove(Object object) {
        for (T element : snapshot()) {
            if (object.equals(element) && discard(element)) {
                return true;
            }
        }
        return false;
    }

    private boolean discard(T element) {
        Waiter woken;
        boolean discarded;
        Hub.lock(lock);
        try {
            discarded = core.discard(element);
            woken = core.takeWoken();
        } finally {
            lock.unlock();
        }
        Waiter.wakeAll(woken);
        return discarded;
    }

    /// Throws out what is stored, for good: it counts as dealt with. Blocked putters get the room.
    @Override
    public void clear() {
        Waiter woken;
        Hub.lock(lock);
        try {
            core.clear();
            woken = core.takeWoken();
        } finally {
            lock.unlock();
        }
        Waiter.wakeAll(woken);
    }

    private QueueClosedException closed() {
        return new QueueClosedException("queue must be open: " + counters());
    }

    private String counters() {
        Hub.lock(lock);
        try {
            return core.toString();
        } finally {
            lock.unlock();
        }
    }

    /// Returns what is stored, and the counters.
    @Override
    public String toString() {
        return "queue " + snapshot() + ' ' + counters();
    }
}
