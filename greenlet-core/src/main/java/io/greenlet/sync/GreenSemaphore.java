package io.greenlet.sync;

import io.greenlet.waiting.Waiter;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// A number of permits that threads take and give back, one at a time, and wait for in line when there is none.
///
/// {@snippet class="io.greenlet.snippets.SemaphoreSnippetsTests" region="semaphore"}
///
/// Nobody owns a permit: any thread may release what another has acquired, and a plain semaphore may get more permits than
/// it began with. A [#bounded(int)] one may not, and so tells of a release too many; one of a single permit is a lock that
/// is not re-entrant.
///
/// **Fairness.** First come, first served, without exception: a permit that is released while somebody waits belongs to the
/// first in line from that moment, and no newcomer overtakes, whether by [#acquire()] or by [#tryAcquire()].
///
/// **Interruption.** A thread interrupted in line leaves it, without a permit; one that is given a permit at that very
/// moment has it, and keeps its flag. So does one that need not wait.
///
/// **Thread safety.** Any thread may call any method: platform threads, virtual threads, green threads of any hub. **Memory
/// effects.** What was done before a release happens-before the return of the acquire that gets its permit.
///
/// eventlet: `Semaphore` and, bounded, `BoundedSemaphore`; its `Lock` is `GreenSemaphore.bounded(1)`. There, what does not
/// wait or waits for a limited time overtakes those in line, and a release in another OS thread wakes nobody.
public final class GreenSemaphore {

    /// A permit of a [GreenSemaphore], for a `try` statement that releases it at its end.
    ///
    /// Thread safety: any thread may close it; the first close releases the permit.
    public static final class Permit implements AutoCloseable {

        private final GreenSemaphore semaphore;
        private final AtomicBoolean closed = new AtomicBoolean();

        private Permit(GreenSemaphore semaphore) {
            this.semaphore = semaphore;
        }

        /// Releases the permit; again, it does nothing.
        ///
        /// @throws IllegalStateException if the semaphore has all its permits already
        @Override
        public void close() {
            if (!closed.getAndSet(true)) {
                semaphore.release();
            }
        }

        @Override
        public String toString() {
            return "permit (" + (closed.get() ? "released" : "held") + ") of " + semaphore;
        }
    }

    private final Balance balance;

    /// A semaphore that starts with some permits and may get more.
    ///
    /// @param permits how many there are at first
    /// @throws IllegalArgumentException if that is negative
    public GreenSemaphore(int permits) {
        this(permits, Integer.MAX_VALUE);
    }

    private GreenSemaphore(int permits, int bound) {
        balance = new Balance(CappedSemaphore.notNegative(permits, "permits"), bound);
    }

    /// Makes a semaphore that never has more permits than at first, and refuses a release that would give it more.
    ///
    /// eventlet: `BoundedSemaphore`.
    ///
    /// @param permits how many there are at first, and at most
    /// @return a new semaphore
    /// @throws IllegalArgumentException if that is negative
    public static GreenSemaphore bounded(int permits) {
        return new GreenSemaphore(permits, permits);
    }

    /// Takes a permit; waits in line while there is none.
    ///
    /// @throws InterruptedException if the caller is interrupted in line, as by a kill; it has no permit then
    public void acquire() throws InterruptedException {
        balance.step(Balance.ACQUIRE, this, Waiter.FOREVER);
    }

    /// Takes a permit if there is one that nobody waits for. Never waits.
    ///
    /// @return whether the caller has a permit now
    public boolean tryAcquire() {
        return balance.tryStep(Balance.ACQUIRE);
    }

    /// Takes a permit; waits in line for a limited time while there is none. Zero or less does not wait.
    ///
    /// @param timeout the longest wait
    /// @return whether the caller has a permit now; if not, the time is over
    /// @throws InterruptedException if the caller is interrupted in line, as by a kill; it has no permit then
    public boolean tryAcquire(Duration timeout) throws InterruptedException {
        return balance.step(Balance.ACQUIRE, this, TimeUnit.NANOSECONDS.convert(timeout));
    }

    /// Takes a permit like [#acquire()], for the resource of a `try` statement. eventlet: `with semaphore:`.
    ///
    /// @return what releases the permit when it is closed
    /// @throws InterruptedException if the caller is interrupted in line, as by a kill; it has no permit then
    public Permit hold() throws InterruptedException {
        Permit permit = new Permit(this); // first: what comes after the acquire must not fail
        acquire();
        return permit;
    }

    /// Gives a permit back, to the first in line if somebody waits. Never waits.
    ///
    /// @throws IllegalStateException if the semaphore has as many permits as it may have; nothing has changed then
    public void release() {
        if (balance.limit() == 0 || !balance.tryStep(Balance.RELEASE)) {
            throw new IllegalStateException("semaphore must not be released more often than acquired: balance="
                    + balance() + ", bound=" + balance.limit());
        }
    }

    /// Returns the permits minus those who wait for one: above zero that many are free, below zero so many wait.
    ///
    /// eventlet: `balance`.
    ///
    /// @return the permits that are missing or left at this moment
    public int balance() {
        return balance.number();
    }

    /// Returns how many permits are free. eventlet: `counter`.
    ///
    /// @return zero or more
    public int available() {
        return balance.free();
    }

    /// Returns how many threads wait in line.
    ///
    /// @return zero or more
    public int waiting() {
        return balance.acquiring();
    }

    /// Says whether [#acquire()] would wait. eventlet: `locked`.
    ///
    /// @return whether no permit is free
    public boolean locked() {
        return balance.number() <= 0;
    }

    @Override
    public String toString() {
        String bound = balance.limit() == Integer.MAX_VALUE ? "" : ", bound=" + balance.limit();
        return "semaphore (balance=" + balance() + bound + ')';
    }
}
