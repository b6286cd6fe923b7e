package io.greenlet.pool;

import io.greenlet.GreenThread;
import java.time.Duration;
import java.util.List;

/// Hears what happens in a pool. Every method does nothing unless overridden.
///
/// Called without locks in the thread where it happens, so it must be quick; what it throws goes to the hub's failure
/// handler and changes nothing for the task.
public interface PoolListener {

    /// A task that found no slot is about to join the line, in the thread that hands it in. Then follows one of [#began],
    /// [#ended] and [#left].
    ///
    /// @param pool the pool
    /// @param task the task
    default void waits(GreenPool pool, GreenThread<?> task) {}

    /// A task that would stand in line, or did, was not taken in the end: the line was full, the pool is closed, the
    /// longest wait is over or the caller was interrupted. It never begins and has no outcome.
    ///
    /// @param pool the pool
    /// @param task the task
    default void left(GreenPool pool, GreenThread<?> task) {}

    /// A task begins, in its own green thread.
    ///
    /// @param pool the pool
    /// @param task the task
    /// @param waited how long it, or its caller, stood in line
    default void began(GreenPool pool, GreenThread<?> task, Duration waited) {}

    /// A task has ended; its slot is about to be free.
    ///
    /// @param pool the pool
    /// @param task the task
    /// @param outcome how it ended
    /// @param ran how long its body ran, zero if it never began
    default void ended(GreenPool pool, GreenThread<?> task, TaskOutcome outcome, Duration ran) {}

    /// The pool did not take a task.
    ///
    /// @param pool the pool
    /// @param why what its caller gets
    default void rejected(GreenPool pool, RejectedSubmission why) {}

    /// The pool has another size.
    ///
    /// @param pool the pool
    /// @param oldSize the size before
    /// @param newSize the size now
    default void resized(GreenPool pool, int oldSize, int newSize) {}

    /// The pool has other settings. A change of the size is told by [#resized] too.
    ///
    /// @param pool the pool
    /// @param before what held so far
    /// @param after what holds from now on
    default void reconfigured(GreenPool pool, PoolOptions before, PoolOptions after) {}

    /// A close with a deadline has come to it, or what is left will never have a slot: all these are killed next.
    ///
    /// @param pool the pool
    /// @param running what runs, oldest first
    /// @param waiting what stands in line, first first
    default void overdue(GreenPool pool, List<TaskSnapshot> running, List<WaitingSnapshot> waiting) {}
}
