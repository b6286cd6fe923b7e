package io.greenlet;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/// The handle of a green thread: await its result, link to its end, kill it.
///
/// How it ended is told in two ways. [#await()] rethrows what the body threw, or what killed it, as it is (a checked
/// exception inside a [java.util.concurrent.CompletionException]); always the same object. The methods of [Future]
/// wrap it as `Future` says. A green thread counts as ended once its links have run, so what a link does happens-before
/// the return of `await`.
///
/// ```
///   not started ──▶ running ──▶ ending: slot released, links run ──▶ ended: SUCCESS, FAILED or CANCELLED
///        └───────── kill, cancel ─────────▲
/// ```
///
/// Thread safety: any thread may call any method. Memory effects: the body and the links happen-before the return of
/// `await`, `get`, `join`-like calls and of `isDone()` with true.
///
/// eventlet: `GreenThread`.
///
/// @param <T> what the body returns
public sealed interface GreenThread<T extends @Nullable Object> extends Future<T> permits GreenTask {

    /// Returns the green thread that the caller runs in. eventlet: `getcurrent`.
    ///
    /// @return the green thread, or nothing in a thread that is not green
    static Optional<GreenThread<?>> current() {
        return Optional.ofNullable(GreenTask.currentTask());
    }

    /// Returns a green thread that has ended with a value, without ever having run.
    ///
    /// @param value its value
    /// @param <T> the type of the value
    /// @return an ended green thread
    static <T extends @Nullable Object> GreenThread<T> completed(T value) {
        return GreenTask.ended(value);
    }

    /// Returns the number of this green thread, unique in its hub.
    ///
    /// @return a positive number
    long id();

    /// Returns the name: that of the pool, or `green`, which is also the name of the virtual thread, and the [#id()].
    ///
    /// @return the name
    String name();

    /// Returns the hub that runs this green thread.
    ///
    /// @return the hub
    Hub hub();

    /// Returns who spawned this green thread. It is not kept alive for that.
    ///
    /// @return the spawner, or nothing if that was no green thread or has ended and been forgotten
    Optional<GreenThread<?>> parent();

    /// Returns where in the spawner's code this green thread was spawned, if that was recorded: on a simulated hub
    /// always, elsewhere while [Hub#recordSpawns(boolean)] is on.
    ///
    /// @return the first frame outside greenlet, the JDK and what a [SpawnSiteFilter] skips
    Optional<StackTraceElement> spawnedAt();

    /// Waits for the end, without limit.
    ///
    /// A green thread of a pool that awaits a task still in line for the same pool runs that task itself, in its own
    /// slot, instead of waiting for a slot that it may be holding.
    ///
    /// Interruption: ends the wait, not the green thread. eventlet: `wait`.
    ///
    /// @return what the body returned
    /// @throws InterruptedException if the caller is interrupted while it waits
    /// @throws IllegalStateException if a green thread awaits itself
    T await() throws InterruptedException;

    /// Waits for the end for a limited time; zero or less does not wait.
    ///
    /// @param timeout the longest wait
    /// @return what the body returned
    /// @throws InterruptedException if the caller is interrupted while it waits
    /// @throws TimeoutException if the green thread has not ended in that time; it goes on
    T await(Duration timeout) throws InterruptedException, TimeoutException;

    /// Has something called when this green thread ends: in the ending thread, in the order of the calls to `link`,
    /// each guarded (what one throws goes to the hub's failure handler and stops no other), before anyone's `await`
    /// returns. The link may call `await` and `get`: they return at once. After the end it is called here and now.
    ///
    /// eventlet: `link`.
    ///
    /// @param onEnd what to call with this green thread
    void link(Consumer<? super GreenThread<T>> onEnd);

    /// Takes a link back. eventlet: `unlink`.
    ///
    /// @param onEnd the very object given to `link`
    /// @return whether it was linked and now will not be called
    boolean unlink(Consumer<? super GreenThread<T>> onEnd);

    /// Ends the green thread with a [GreenletExit].
    ///
    /// @see #kill(RuntimeException)
    default void kill() {
        kill(new GreenletExit("green thread '" + name() + "' was killed"));
    }

    /// Ends the green thread: its blocking call, or its next one, throws [InterruptedException]; ended by that, it is
    /// cancelled and `await` throws the cause given here. A body that catches the interruption and goes on lives, and
    /// its result counts.
    ///
    /// Not started yet, its body never runs, and its links are called here. Ended already, nothing happens. Killing
    /// oneself throws the cause at once. The call does not wait for the end. eventlet: `kill`.
    ///
    /// @param cause what `await` will throw
    void kill(RuntimeException cause);

    /// Cancels: `cancel(false)` only if not started, `cancel(true)` is [#kill()] without throwing in place.
    ///
    /// @param mayInterruptIfRunning whether to kill a green thread that has started
    /// @return whether it was taken back before its start, or the kill was delivered
    @Override
    boolean cancel(boolean mayInterruptIfRunning);

    /// Returns a future that ends as this green thread does, for code that works with those: with its value, with what
    /// its body threw, as it is, or with what it was killed by. Ended by anyone else (cancelled, timed out), the future
    /// kills the green thread. Each call makes another one.
    ///
    /// @return a new future
    default CompletableFuture<T> toCompletableFuture() {
        return ThreadFuture.of(this);
    }
}
