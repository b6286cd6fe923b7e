package io.greenlet;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Limits the time of whatever the calling thread does, however many blocking calls that makes: when the limit is over,
/// the blocking call it is in, or its next one, throws [InterruptedException], and the scope of the limit makes a
/// [TimeoutException] of that.
///
/// {@snippet class="io.greenlet.snippets.TimeoutSnippetsTests" region="timeout"}
///
/// | form | when the limit is over |
/// |---|---|
/// | [#call(Duration, Callable)], [#run(Duration, Body)] | [TimeoutException] `timed out after 300 ms`; its cause is what ended the body |
/// | [#call(Duration, Callable, Supplier)], [#run(Duration, Body, Supplier)] | an exception of your own |
/// | [#callOr(Duration, Callable, Object)] | a value instead |
/// | [#tryRun(Duration, Body)] | false: silent |
/// | [#open(Duration)] | a scope for `try`, to be restarted or cancelled on the way |
///
/// **Whose interruption it is** is told by identity, not by the exception: scopes lie within each other, and a limit
/// outside, a kill of the green thread, or the time limit of its pool passes through the scopes inside untouched, also
/// through `callOr`. Where several come together the outermost has it: a kill before a limit, a limit outside before one
/// inside. An interrupt of the caller's own (its flag before the scope, [Thread#interrupt()] meanwhile) stays an
/// [InterruptedException] or a flag.
///
/// **The body decides.** A limit interrupts once. A body that catches the interruption and goes on lives, and its result
/// counts, however late; so does that of one that returns just as its time ends. The interrupt flag is then as if there
/// had been no limit. A body that computes and does not block is not disturbed. One that fails in another way while the
/// limit is over fails so, unless its exception stems from the interruption (has it for a cause, or left the flag set).
///
/// **Limits.** With a limit of zero or less the body runs, and its first blocking call ends. A limit of 146 years or more
/// never ends. A scope inside with a longer limit does not prolong the one outside. Time is that of the caller's hub.
///
/// **Clean-up** that must not be cut short belongs into [#shielded(Callable)].
///
/// Greenlets are parts of their thread: a limit of theirs, or around them, ends the blocking call of the one that has the
/// turn. Do not switch out of a scope that is still open.
///
/// Thread safety: a scope belongs to the thread that opened it, of whatever kind: green, virtual, platform. It limits that
/// thread, not those which it spawns.
///
/// eventlet: `Timeout`, `with_timeout`.
public final class GreenTimeout implements AutoCloseable {

    /// What to do within a limit, without a result.
    @FunctionalInterface
    public interface Body {

        /// Does it.
        ///
        /// @throws Exception what the scope is to throw
        void run() throws Exception;
    }

    /// What becomes of a scope whose limit has ended its body.
    private interface Late<T extends @Nullable Object> {
        T come(TimeLimit limit, Throwable thrown) throws Exception;
    }

    private final TimeLimit limit;

    private GreenTimeout(TimeLimit limit) {
        this.limit = limit;
    }

    // ---- bodies

    /// Calls a body within a limit.
    ///
    /// @param limit the longest time; zero or less ends its first blocking call
    /// @param body what to call
    /// @param <T> what the body returns
    /// @return what the body returned
    /// @throws TimeoutException if the body ended because the limit was over
    /// @throws Exception what the body threw
    public static <T extends @Nullable Object> T call(Duration limit, Callable<? extends T> body) throws Exception {
        return within(limit, body, GreenTimeout::fail);
    }

    /// Calls a body within a limit, with an exception of the caller's own. eventlet: `Timeout(seconds, exception)`.
    ///
    /// @param limit the longest time; zero or less ends its first blocking call
    /// @param body what to call
    /// @param late makes what to throw if the body ended because the limit was over; called in the caller then
    /// @param <T> what the body returns
    /// @return what the body returned
    /// @throws Exception what the body threw, or what `late` made
    public static <T extends @Nullable Object> T call(Duration limit, Callable<? extends T> body,
            Supplier<? extends Exception> late) throws Exception {
        Objects.requireNonNull(late, "late");
        return within(limit, body, (_, _) -> {
            throw late.get();
        });
    }

    /// Calls a body within a limit, with a value for the case that it is not in time. eventlet: `with_timeout` with
    /// `timeout_value`.
    ///
    /// @param limit the longest time; zero or less ends its first blocking call
    /// @param body what to call
    /// @param fallback what to return if the body ended because the limit was over
    /// @param <T> what the body returns
    /// @return what the body returned, or the fallback
    /// @throws Exception what the body threw
    public static <T extends @Nullable Object> T callOr(Duration limit, Callable<? extends T> body, T fallback)
            throws Exception {
        return within(limit, body, (_, _) -> fallback);
    }

    /// Runs a body without a result within a limit.
    ///
    /// @param limit the longest time; zero or less ends its first blocking call
    /// @param body what to run
    /// @throws TimeoutException if the body ended because the limit was over
    /// @throws Exception what the body threw
    public static void run(Duration limit, Body body) throws Exception {
        Object _ = within(limit, callable(body), GreenTimeout::fail);
    }

    /// Runs a body without a result within a limit, with an exception of the caller's own.
    ///
    /// @param limit the longest time; zero or less ends its first blocking call
    /// @param body what to run
    /// @param late makes what to throw if the body ended because the limit was over
    /// @throws Exception what the body threw, or what `late` made
    public static void run(Duration limit, Body body, Supplier<? extends Exception> late) throws Exception {
        Object _ = call(limit, callable(body), late);
    }

    /// Runs a body within a limit, silently. eventlet: `Timeout(seconds, False)`.
    ///
    /// @param limit the longest time; zero or less ends its first blocking call
    /// @param body what to run
    /// @return false if the body ended because the limit was over
    /// @throws Exception what the body threw
    public static boolean tryRun(Duration limit, Body body) throws Exception {
        Callable<Object> whole = callable(body);
        return within(limit, () -> {
            Object _ = whole.call();
            return true;
        }, (_, _) -> false);
    }

    private static Callable<Object> callable(Body body) {
        Objects.requireNonNull(body, "body");
        return () -> {
            body.run();
            return true;
        };
    }

    @SuppressWarnings("TypeParameterUnusedInFormals") // it never returns
    private static <T extends @Nullable Object> T fail(TimeLimit limit, Throwable thrown) throws TimeoutException {
        throw new TimeLimit.Expiry(limit, thrown);
    }

    private static <T extends @Nullable Object> T within(Duration limit, Callable<? extends T> body,
            Late<? extends T> late) throws Exception {
        Objects.requireNonNull(body, "body");
        TimeLimit scope = TimeLimit.begin(limit);
        T value;
        try {
            value = body.call();
        } catch (Throwable e) {
            scope.end();
            if (scope.hasCaused(e)) {
                return late.come(scope, e);
            }
            throw e;
        }
        scope.end();
        return value;
    }

    // ---- shields

    /// Calls a body that neither a limit nor a kill interrupts, as for clean-up: what comes meanwhile takes effect at its
    /// end, in the next blocking call after it. Limits that are opened inside hold inside.
    ///
    /// An interrupt flag that is set before is put by, and is there again after it. What cannot be held back is an
    /// interrupt by [Thread#interrupt()] while the body runs.
    ///
    /// A kill waits as long as the body takes, and so does whoever waits for the end of the green thread: give it a limit
    /// of its own if it might hang.
    ///
    /// @param body what to call
    /// @param <T> what the body returns
    /// @return what the body returned
    /// @throws Exception what the body threw
    public static <T extends @Nullable Object> T shielded(Callable<? extends T> body) throws Exception {
        return InterruptScope.shielded(Objects.requireNonNull(body, "body"));
    }

    /// Runs a body without a result that neither a limit nor a kill interrupts.
    ///
    /// @param body what to run
    /// @throws Exception what the body threw
    /// @see #shielded(Callable)
    public static void runShielded(Body body) throws Exception {
        Object _ = InterruptScope.shielded(callable(body));
    }

    /// Returns how much time the caller has: that of the shortest limit around it.
    ///
    /// @return the time left, zero if one is over; nothing if there is no limit
    public static Optional<Duration> remaining() {
        long least = Long.MAX_VALUE;
        for (InterruptScope scope = InterruptScope.innermost(); scope != null; scope = scope.outer) {
            if (scope instanceof TimeLimit around) {
                least = Math.min(least, around.remainingNanos());
            }
        }
        return least == Long.MAX_VALUE ? Optional.empty() : Optional.of(Duration.ofNanos(least));
    }

    // ---- a scope for try

    /// Opens a scope of the calling thread, which ends with [#close()]: always in a `try`, since a limit that nobody
    /// closes hits whatever the thread does when it is over.
    ///
    /// A `close` cannot change what the body has thrown, so that it takes a `catch` that asks:
    ///
    /// {@snippet class="io.greenlet.snippets.TimeoutSnippetsTests" region="scope"}
    ///
    /// The static forms do that by themselves. eventlet: `with Timeout(seconds)`.
    ///
    /// @param limit the longest time from now on; zero or less ends the next blocking call
    /// @return the scope
    public static GreenTimeout open(Duration limit) {
        return new GreenTimeout(TimeLimit.begin(limit));
    }

    /// Takes the limit back; the scope stays open. eventlet: `cancel`.
    ///
    /// @return whether the limit was still to come; if so, it never will
    /// @throws IllegalStateException if called by another thread than that of the scope, or by a task in its place
    public boolean cancel() {
        return limit.cancel();
    }

    /// Lets the limit begin anew from this moment, also after a cancel: for a limit on each step of a series, on silence.
    /// eventlet: `cancel` and `start`.
    ///
    /// @param fresh the longest time from now on; zero or less ends the next blocking call
    /// @return false if it is too late: the limit is over, or the scope is closed
    /// @throws IllegalStateException if called by another thread than that of the scope, or by a task in its place
    public boolean restart(Duration fresh) {
        return limit.restart(Hub.nanos(Objects.requireNonNull(fresh, "fresh")));
    }

    /// Says whether the limit is still to come: not if it is over, cancelled, or closed. eventlet: `pending`.
    ///
    /// @return whether it may interrupt the thread
    public boolean isPending() {
        return limit.isPending();
    }

    /// Says whether the limit is over: whether the thread was interrupted for it, or will be at the end of a shield.
    ///
    /// @return whether the time ran out before the limit was cancelled or the scope was closed
    public boolean isOver() {
        return limit.isOver();
    }

    /// Ends the scope, and those inside that were left open. From now on it interrupts nobody; the flag is as if it never
    /// had. Closing again has no effect.
    ///
    /// @throws IllegalStateException if called by another thread than that of the scope, or by a task in its place
    @Override
    public void close() {
        limit.end();
    }

    /// Throws a [TimeoutException] if an exception that came out of the closed scope is due to this limit; else returns.
    ///
    /// @param thrown what was caught behind the scope
    /// @throws TimeoutException if the limit was over, and what was thrown comes of that
    /// @throws IllegalStateException if the scope is open
    public void check(Exception thrown) throws TimeoutException {
        limit.requireEnded();
        if (limit.hasCaused(thrown)) {
            throw new TimeLimit.Expiry(limit, thrown);
        }
    }

    /// Returns the limit and its state.
    ///
    /// @return as in `time limit of 300 ms (pending)`: pending, idle, over
    @Override
    public String toString() {
        return limit.toString();
    }
}
