package io.greenlet.sync;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.greenlet.Hub;
import io.greenlet.waiting.WaitList;
import io.greenlet.waiting.Waiter;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A box that is filled once, with a value or an exception, and read by any number of threads.
///
/// ```
///   fresh ──send, sendException──▶ sent ──reset──▶ fresh
/// ```
///
/// `send` gives each waiter the outcome of that very send: a [#reset()] or another `send` before it gets to run changes
/// nothing for it. Waiters are woken in the order in which they came.
///
/// Thread safety: any thread may call any method. Memory effects: what was done before `send` happens-before the return
/// of `await`.
///
/// eventlet: `Event`.
///
/// @param <T> the type of the value
public final class GreenEvent<T extends @Nullable Object> {

    private sealed interface Outcome {}

    private record Value(@Nullable Object value) implements Outcome {}

    private record Failure(Throwable error) implements Outcome {}

    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final WaitList<Waiter> waiters = new WaitList<>();

    private volatile @Nullable Outcome outcome; // written under lock; null while fresh

    /// A fresh event.
    public GreenEvent() {}

    /// Publishes a value. Never blocks. eventlet: `send`.
    ///
    /// @param value the value, which may be null
    /// @throws IllegalStateException if something was sent already; the first stays
    public void send(T value) {
        publish(new Value(value));
    }

    /// Publishes an exception: everyone who awaits gets this very object. Never blocks. eventlet: `send_exception`.
    ///
    /// @param error what `await` will throw, a checked exception inside a [CompletionException]
    /// @throws IllegalStateException if something was sent already; the first stays
    public void sendException(Throwable error) {
        publish(new Failure(Objects.requireNonNull(error, "error")));
    }

    private void publish(Outcome sent) {
        WaitList<Waiter> woken;
        Outcome held;
        Hub.lock(lock);
        try {
            held = outcome;
            if (held == null) {
                outcome = sent;
            }
            woken = Waiter.giveAll(waiters, sent); // nobody waits while something is held
        } finally {
            lock.unlock();
        }
        if (held != null) { // its text is made by foreign code, so not under the lock
            throw new IllegalStateException("event must be sent once: it holds " + held);
        }
        Waiter.wakeAll(woken);
    }

    /// Waits until something is sent, without limit. Returns at once if it was. eventlet: `wait`.
    ///
    /// @return the value sent
    /// @throws InterruptedException if the caller is interrupted while it waits
    public T await() throws InterruptedException {
        return open(Objects.requireNonNull(outcome(Waiter.FOREVER)));
    }

    /// Waits until something is sent, for a limited time; zero or less does not wait.
    ///
    /// @param timeout the longest wait
    /// @return the value sent
    /// @throws InterruptedException if the caller is interrupted while it waits
    /// @throws TimeoutException if nothing was sent in that time (eventlet returns `None`, as if that had been sent)
    public T await(Duration timeout) throws InterruptedException, TimeoutException {
        Outcome sent = outcome(TimeUnit.NANOSECONDS.convert(timeout));
        if (sent == null) {
            throw new TimeoutException("nothing was sent within " + timeout);
        }
        return open(sent);
    }

    private @Nullable Outcome outcome(long nanos) throws InterruptedException {
        Hub.point();
        Outcome sent = outcome;
        if (sent != null || nanos <= 0) {
            return sent;
        }
        Waiter waiter = new Waiter();
        Hub.lock(lock);
        try {
            if (outcome != null) {
                return outcome;
            }
            waiters.add(waiter);
        } finally {
            lock.unlock();
        }
        try {
            sent = (Outcome) waiter.await(this, nanos);
        } finally {
            if (sent == null) {
                leave(waiter);
            }
        }
        return sent != null ? sent : (Outcome) waiter.given();
    }

    private void leave(Waiter waiter) {
        Hub.lock(lock);
        try {
            waiters.remove(waiter);
        } finally {
            lock.unlock();
        }
    }

    @SuppressWarnings("unchecked") // send() takes values of this type only
    private T open(Outcome sent) {
        return switch (sent) {
            case Value(Object value) -> (T) value;
            case Failure(RuntimeException error) -> throw error;
            case Failure(Error error) -> throw error;
            case Failure(Throwable error) -> throw new CompletionException(error);
        };
    }

    /// Says whether something was sent.
    ///
    /// @return whether `await` would return at once
    public boolean ready() {
        return outcome != null;
    }

    /// Says whether a value was sent.
    ///
    /// @return whether `await` would return a value at once
    public boolean hasResult() {
        return outcome instanceof Value;
    }

    /// Says whether an exception was sent.
    ///
    /// @return whether `await` would throw at once
    public boolean hasException() {
        return outcome instanceof Failure;
    }

    /// Looks without waiting; throws like [#await()] if an exception was sent. A null that was sent looks like nothing
    /// here: ask [#hasResult()]. eventlet: `poll`.
    ///
    /// @return the value, or nothing if none was sent
    public Optional<T> poll() {
        Outcome sent = outcome;
        return sent == null ? Optional.empty() : Optional.ofNullable(open(sent));
    }

    /// Makes a sent event fresh again. Those whom the send woke still get what was sent. eventlet: `reset`.
    ///
    /// @throws IllegalStateException if nothing was sent
    public void reset() {
        Hub.lock(lock);
        try {
            if (outcome == null) {
                throw new IllegalStateException("event must be sent before a reset: it is fresh");
            }
            outcome = null;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public String toString() {
        Outcome sent = outcome;
        int waiting;
        Hub.lock(lock);
        try {
            waiting = waiters.size();
        } finally {
            lock.unlock();
        }
        String state = switch (sent) {
            case null -> "fresh";
            case Value(Object value) -> "sent " + value;
            case Failure(Throwable error) -> "failed " + error;
        };
        return "event (" + state + ", waiting=" + waiting + ')';
    }
}
