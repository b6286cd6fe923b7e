package io.greenlet.sync;

import io.greenlet.waiting.Waiter;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// A semaphore whose release waits too: while it has as many permits as its limit allows.
///
/// {@snippet class="io.greenlet.snippets.SemaphoreSnippetsTests" region="capped"}
///
/// Acquiring is consuming and releasing is producing, with the limit as the capacity in between. With a limit of zero it is
/// a rendezvous: each acquire meets a release, and both wait for that.
///
/// **Fairness.** First come, first served on both sides, without exception: neither a newcomer nor a `try…` overtakes those
/// in line.
///
/// **Interruption.** A thread interrupted in line leaves it, and it is as if it had never come; one that is served at that
/// very moment has acquired or released, and keeps its flag. So does one that need not wait.
///
/// **Thread safety.** Any thread may call any method: platform threads, virtual threads, green threads of any hub. **Memory
/// effects.** What was done before a release happens-before the return of the acquire that gets its permit; what was done
/// before an acquire happens-before the return of the release that gets its room.
///
/// eventlet: `CappedSemaphore`, which neither knows time-outs nor stays exact when its second half is interrupted.
public final class CappedSemaphore {

    private final Balance balance;

    /// A semaphore with some permits, and a limit to them.
    ///
    /// @param permits how many there are at first
    /// @param limit how many there may be
    /// @throws IllegalArgumentException if one of them is negative, or there would be more permits than the limit
    public CappedSemaphore(int permits, int limit) {
        if (notNegative(permits, "permits") > notNegative(limit, "limit")) {
            throw new IllegalArgumentException("permits must not be above the limit of " + limit + ": " + permits);
        }
        balance = new Balance(permits, limit);
    }

    static int notNegative(int number, String subject) {
        if (number < 0) {
            throw new IllegalArgumentException(subject + " must not be negative: " + number);
        }
        return number;
    }

    /// Takes a permit; waits in line while there is none.
    ///
    /// @throws InterruptedException if the caller is interrupted in line, as by a kill; it has no permit then
    public void acquire() throws InterruptedException {
        balance.step(Balance.ACQUIRE, this, Waiter.FOREVER);
    }

    /// Takes a permit if there is one that nobody waits for, or somebody waits to release one. Never waits.
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

    /// Gives a permit back, to the first in line if somebody waits; waits in line while there are as many as the limit
    /// allows.
    ///
    /// @throws InterruptedException if the caller is interrupted in line, as by a kill; nothing is released then
    public void release() throws InterruptedException {
        balance.step(Balance.RELEASE, this, Waiter.FOREVER);
    }

    /// Gives a permit back if there is room for it, or somebody waits for it. Never waits.
    ///
    /// @return whether it is released
    public boolean tryRelease() {
        return balance.tryStep(Balance.RELEASE);
    }

    /// Gives a permit back; waits in line for a limited time while there are as many as the limit allows. Zero or less does
    /// not wait.
    ///
    /// @param timeout the longest wait
    /// @return whether it is released; if not, the time is over
    /// @throws InterruptedException if the caller is interrupted in line, as by a kill; nothing is released then
    public boolean tryRelease(Duration timeout) throws InterruptedException {
        return balance.step(Balance.RELEASE, this, TimeUnit.NANOSECONDS.convert(timeout));
    }

    /// Returns the limit.
    ///
    /// @return how many permits there may be
    public int limit() {
        return balance.limit();
    }

    /// Returns the permits, plus the releases that wait, minus the acquires that wait: above zero, how many acquires there
    /// can be before the next one waits; below zero, how many releases it takes to serve those who wait.
    ///
    /// eventlet: `balance`, which is less by the room that is left.
    ///
    /// @return the balance at this moment
    public int balance() {
        return balance.number();
    }

    /// Returns how many permits there are, those in the hands of waiting releases left out.
    ///
    /// @return from zero to the limit
    public int available() {
        return balance.free();
    }

    /// Returns how many threads wait to acquire.
    ///
    /// @return zero or more
    public int acquiring() {
        return balance.acquiring();
    }

    /// Returns how many threads wait to release.
    ///
    /// @return zero or more
    public int releasing() {
        return balance.releasing();
    }

    /// Says whether [#acquire()] would wait. eventlet: `locked`.
    ///
    /// @return whether there is neither a permit nor a release that waits
    public boolean locked() {
        return balance.number() <= 0;
    }

    /// Says whether [#release()] would wait. eventlet: `bounded`.
    ///
    /// @return whether there are as many permits as the limit allows, and nobody waits for one
    public boolean full() {
        return balance.number() >= balance.limit();
    }

    @Override
    public String toString() {
        return "capped semaphore (balance=" + balance() + ", limit=" + limit() + ')';
    }
}
