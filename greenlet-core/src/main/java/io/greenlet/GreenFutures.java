package io.greenlet;

import io.greenlet.waiting.Waiter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.SequencedSet;
import java.util.concurrent.Future;

/// Waits for several futures at once: green threads, [java.util.concurrent.CompletableFuture]s, and any others, mixed as
/// they come.
///
/// A future is done when its [Future#isDone()] says so, however it ended: its failure or cancellation is not raised here.
/// Given twice, it counts once. Nothing polls, and nothing is left behind in the futures when the wait is over.
///
/// **Interruption** ends the wait, and nothing else. **Time-out**: what is done by then is returned; that is no failure.
/// On a hub that passes a baton, a future of a kind that greenlet does not know takes a thread that steps out of the hub.
///
/// **Re-entry.** A green thread of a pool that waits here without limit runs those of the futures that are still in line
/// for the same pool itself, as [GreenThread#await()] does.
///
/// {@snippet class="io.greenlet.snippets.ExecutorSnippetsTests" region="waiters"}
///
/// Thread safety: any thread may call these. Memory effects: what a future that is returned as done did happens-before
/// the return.
///
/// futurist: `waiters`.
public final class GreenFutures {

    /// Which futures are done, and which are not, each in the order in which they were given.
    ///
    /// @param done those that are done
    /// @param notDone those that are not, or were not a moment ago
    /// @param <F> their type
    public record Waited<F extends Future<?>>(SequencedSet<F> done, SequencedSet<F> notDone) {

        /// Copies both.
        public Waited {
            done = Collections.unmodifiableSequencedSet(new LinkedHashSet<>(done));
            notDone = Collections.unmodifiableSequencedSet(new LinkedHashSet<>(notDone));
        }

        /// Says whether all are done.
        ///
        /// @return whether there is none that is not
        public boolean allDone() {
            return notDone.isEmpty();
        }
    }

    private GreenFutures() {}

    /// Waits until one is done, without limit. With none given it returns at once. futurist: `wait_for_any`.
    ///
    /// @param futures what to wait for
    /// @param <F> their type
    /// @return which are done: at least one, if any was given
    /// @throws InterruptedException if the caller is interrupted while it waits
    /// @throws IllegalStateException if the calling green thread is one of them
    public static <F extends Future<?>> Waited<F> waitForAny(Collection<? extends F> futures)
            throws InterruptedException {
        return await(futures, false, Waiter.FOREVER);
    }

    /// Waits until one is done, for a limited time. futurist: `wait_for_any`.
    ///
    /// @param futures what to wait for
    /// @param timeout the longest wait; zero or less does not wait
    /// @param <F> their type
    /// @return which are done
    /// @throws InterruptedException if the caller is interrupted while it waits
    /// @throws IllegalStateException if the calling green thread is one of them
    public static <F extends Future<?>> Waited<F> waitForAny(Collection<? extends F> futures, Duration timeout)
            throws InterruptedException {
        return await(futures, false, Hub.nanos(timeout));
    }

    /// Waits until all are done, without limit. futurist: `wait_for_all`.
    ///
    /// @param futures what to wait for
    /// @param <F> their type
    /// @return all of them, done
    /// @throws InterruptedException if the caller is interrupted while it waits
    /// @throws IllegalStateException if the calling green thread is one of them
    public static <F extends Future<?>> Waited<F> waitForAll(Collection<? extends F> futures)
            throws InterruptedException {
        return await(futures, true, Waiter.FOREVER);
    }

    /// Waits until all are done, for a limited time. futurist: `wait_for_all`.
    ///
    /// @param futures what to wait for
    /// @param timeout the longest wait; zero or less does not wait
    /// @param <F> their type
    /// @return which are done
    /// @throws InterruptedException if the caller is interrupted while it waits
    /// @throws IllegalStateException if the calling green thread is one of them
    public static <F extends Future<?>> Waited<F> waitForAll(Collection<? extends F> futures, Duration timeout)
            throws InterruptedException {
        return await(futures, true, Hub.nanos(timeout));
    }

    private static <F extends Future<?>> Waited<F> await(Collection<? extends F> futures, boolean all, long nanos)
            throws InterruptedException {
        SequencedSet<F> given = new LinkedHashSet<>();
        for (F future : futures) {
            given.add(Objects.requireNonNull(future, "future"));
        }
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        for (;;) {
            long again = nanos == Waiter.FOREVER ? runInPlace(given, all) : Waiter.FOREVER;
            List<F> open = new ArrayList<>(given);
            open.removeIf(Future::isDone);
            boolean over = open.isEmpty() || (!all && open.size() < given.size());
            if (!over && nanos > 0) {
                requireOthers(open);
                watch(open, all ? open.size() : 1, Math.min(nanos, again));
            }
            if (over || again == Waiter.FOREVER) {
                return sorted(given);
            }
        }
    }

    private static void watch(List<? extends Future<?>> open, int missing, long nanos) throws InterruptedException {
        try (FutureWatch watch = new FutureWatch(missing)) {
            for (Future<?> future : open) {
                watch.add(future);
                if (watch.isOver()) {
                    return;
                }
            }
            watch.await(nanos);
        }
    }

    /// Runs here what can only run here. Returns after how many nanoseconds there may be more of that.
    private static long runInPlace(Collection<? extends Future<?>> futures, boolean all) throws InterruptedException {
        long again = Waiter.FOREVER;
        if (!all && futures.stream().anyMatch(Future::isDone)) {
            return again;
        }
        for (Future<?> future : futures) {
            if (future instanceof GreenTask<?> task) {
                again = Math.min(again, task.beforeWaitAmongOthers());
                if (!all && task.isDone()) {
                    return again;
                }
            }
        }
        return again;
    }

    private static void requireOthers(List<? extends Future<?>> open) {
        for (Future<?> future : open) {
            if (future instanceof GreenTask<?> task && task.isCaller()) {
                throw new IllegalStateException(task + " must not await itself");
            }
        }
    }

    private static <F extends Future<?>> Waited<F> sorted(SequencedSet<F> futures) {
        SequencedSet<F> done = new LinkedHashSet<>();
        SequencedSet<F> notDone = new LinkedHashSet<>();
        for (F future : futures) {
            (future.isDone() ? done : notDone).add(future);
        }
        return new Waited<>(done, notDone);
    }
}
