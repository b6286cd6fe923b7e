package io.greenlet.boot.reactor;

import io.greenlet.GreenThread;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.TaskOptions;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/// Green pools for Reactor: a limit for publishers, a scheduler, and green threads as publishers. None of it blocks a
/// subscriber's thread: what finds no slot stands in the pool's line.
///
/// {@snippet lang="java" :
/// Mono<Quote> quote = client.get().uri("/quote").retrieve().bodyToMono(Quote.class)
///         .transform(GreenReactor.limit(partner));
/// }
public final class GreenReactor {

    private GreenReactor() {}

    /// Returns an operator, for `transform`, that lets each subscription wait for a slot of a pool and hold it until the
    /// publisher has completed, failed or been cancelled.
    ///
    /// The publisher is subscribed to, and asked for elements, in a green thread of the pool, so it may block. A
    /// subscription that the pool refuses (it is full and rejects, its queue is full, its `max-wait` is over, it is
    /// closed) fails with [io.greenlet.pool.RejectedSubmission]; one over the pool's `task-timeout` is cancelled and fails with
    /// [java.util.concurrent.TimeoutException]. One cancelled in line leaves the line.
    ///
    /// **Fairness.** Subscriptions stand in the pool's own line with everybody else. **Re-entry.** In one of the pool's own
    /// green threads, when there is no free slot, the publisher is subscribed to there and then, without one.
    ///
    /// @param pool the pool
    /// @param <T> the type of the elements
    /// @return an operator for [Mono] and [Flux]
    public static <T> UnaryOperator<Publisher<T>> limit(GreenPool pool) {
        return limit(pool, TaskOptions.NONE);
    }

    /// Returns an operator like [#limit(GreenPool)], with what is special about its tasks.
    ///
    /// @param pool the pool
    /// @param task a description, a time limit, a limit of waiting
    /// @param <T> the type of the elements
    /// @return an operator for [Mono] and [Flux]
    public static <T> UnaryOperator<Publisher<T>> limit(GreenPool pool, TaskOptions task) {
        Objects.requireNonNull(pool, "pool");
        Objects.requireNonNull(task, "task");
        return source -> {
            Flux<T> limited = defer(pool, task, () -> source);
            return source instanceof Mono ? limited.singleOrEmpty() : limited;
        };
    }

    /// Returns a publisher each of whose subscriptions is a task of a pool: its green thread makes the publisher, which
    /// may block, subscribes to it, and holds the slot until it ends. The rest is as with [#limit(GreenPool)].
    ///
    /// @param pool the pool
    /// @param publisher makes the publisher, or null for an empty one; called once for each subscription
    /// @param <T> the type of the elements
    /// @return a cold publisher
    public static <T> Flux<T> defer(GreenPool pool, Callable<? extends @Nullable Publisher<? extends T>> publisher) {
        return defer(pool, TaskOptions.NONE, publisher);
    }

    /// Returns a publisher like [#defer(GreenPool, Callable)], with what is special about its tasks.
    ///
    /// @param pool the pool
    /// @param task a description, a time limit, a limit of waiting
    /// @param publisher makes the publisher, or null for an empty one; called once for each subscription
    /// @param <T> the type of the elements
    /// @return a cold publisher
    public static <T> Flux<T> defer(GreenPool pool, TaskOptions task,
            Callable<? extends @Nullable Publisher<? extends T>> publisher) {
        return GreenFlux.of(Objects.requireNonNull(pool, "pool"), Objects.requireNonNull(task, "task"),
                Objects.requireNonNull(publisher, "publisher"));
    }

    /// Returns a green thread as a publisher: of its value, or of what it failed with or was killed by. Cancelling a
    /// subscription kills it.
    ///
    /// @param thread the green thread, which runs whether or not anyone subscribes
    /// @param <T> the type of its value
    /// @return a publisher that is empty if the value is null
    public static <T> Mono<T> mono(GreenThread<? extends @Nullable T> thread) {
        Objects.requireNonNull(thread, "thread");
        return Mono.fromFuture(thread::toCompletableFuture);
    }

    /// Returns a new scheduler whose tasks are tasks of a pool, so that they may block.
    ///
    /// `schedule` never blocks and never runs a task in the caller: one that finds no slot joins the pool's line. The
    /// tasks of one worker run one after the other, in order; a worker holds a slot while it has something to do. Delays
    /// and periods run on the clock of the pool's hub. What is due later has been accepted by then, and joins the line even
    /// where the pool rejects.
    ///
    /// Where the pool would refuse a task at once, and after a dispose, `schedule` throws
    /// [java.util.concurrent.RejectedExecutionException]. The pool's `max-wait` does not hold here, unless it is zero:
    /// Reactor cannot be told of a refusal later. Failures of tasks go to the hub's failure handler.
    ///
    /// Disposing a task or a worker takes it out of the line, or interrupts it; disposing the scheduler disposes all of
    /// its own, and leaves the pool open.
    ///
    /// @param pool the pool
    /// @return a scheduler
    public static Scheduler scheduler(GreenPool pool) {
        return new GreenScheduler(Objects.requireNonNull(pool, "pool"));
    }
}
