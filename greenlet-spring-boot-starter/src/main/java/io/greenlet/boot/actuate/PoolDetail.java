package io.greenlet.boot.actuate;

import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolOptions;
import io.greenlet.pool.PoolSnapshot;
import io.greenlet.pool.TaskSnapshot;
import io.greenlet.pool.WaitingSnapshot;
import io.greenlet.pool.WhenFull;
import java.util.List;
import java.util.Locale;

import org.jspecify.annotations.Nullable;

/// One pool in detail.
///
/// @param name the pool's bean name
/// @param size how many tasks may run at once
/// @param free slots free; negative after a shrink until enough tasks have ended
/// @param running slots taken
/// @param waiting callers and tasks in line
/// @param queued of those, tasks whose caller has gone on
/// @param oldestWait how long the first in line has waited, ISO-8601; `PT0S` when the line is empty
/// @param spawned tasks taken so far
/// @param completed tasks whose body returned
/// @param failed tasks whose body threw
/// @param killed tasks killed or cancelled
/// @param timedOut tasks ended by the pool's time limit
/// @param rejected submissions not taken
/// @param closed whether the pool takes no more tasks
/// @param hub the name of the hub that runs the tasks
/// @param whenFull what handing in a task does when no slot is free, as in the properties
/// @param maxWait how long a caller waits for a slot, ISO-8601; null for no limit
/// @param queueCapacity how many tasks may stand in line without a caller
/// @param taskTimeout how long a task may run, ISO-8601; null for no limit
/// @param tasks the tasks that hold a slot, oldest first
/// @param waiters the first hundred in line, first first
public record PoolDetail(String name, int size, int free, int running, int waiting, int queued, String oldestWait,
        long spawned, long completed, long failed, long killed, long timedOut, long rejected, boolean closed,
        String hub, String whenFull, @Nullable String maxWait, int queueCapacity, @Nullable String taskTimeout,
        List<TaskDetail> tasks, List<WaiterDetail> waiters) {

    private static final int MOST_WAITERS = 100;

    static PoolDetail of(String name, GreenPool pool) {
        PoolSnapshot now = pool.snapshot();
        PoolOptions options = pool.options();
        return new PoolDetail(name, now.size(), now.free(), now.running(), now.waiting(), now.queued(),
                Iso.format(now.oldestWait()), now.spawned(), now.completed(), now.failed(), now.killed(),
                now.timedOut(), now.rejected(), now.closed(), options.hub().name(),
                spelled(options.whenFull()), Iso.limit(options.maxWait()),
                options.queueCapacity(), Iso.limit(options.taskTimeout()),
                pool.tasks().stream().map(TaskDetail::of).toList(),
                pool.waiters(MOST_WAITERS).stream().map(WaiterDetail::of).toList());
    }

    /// A policy as the properties spell it.
    static String spelled(WhenFull policy) {
        return policy.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /// A task that holds a slot.
    ///
    /// @param id the green thread's number
    /// @param name the green thread's name
    /// @param age how long its body has been running, ISO-8601
    /// @param threadId the number of its virtual thread in a thread dump, 0 if it has none yet
    /// @param description what it does, as its spawner says; null if nothing is said
    /// @param spawnedAt where it was spawned; null unless `greenlet.record-spawns` is on
    /// @param stack where it is, innermost frame first; empty if it has not begun
    public record TaskDetail(long id, String name, String age, long threadId, @Nullable String description,
            @Nullable String spawnedAt, List<String> stack) {

        static TaskDetail of(TaskSnapshot task) {
            return new TaskDetail(task.id(), task.name(), Iso.format(task.age()), task.threadId(), task.description(),
                    Frames.frame(task.spawnedAt()), Frames.stack(task.stack()));
        }
    }

    /// A task in line.
    ///
    /// @param id the green thread's number
    /// @param name the green thread's name
    /// @param age how long it, or its caller, has stood in line, ISO-8601
    /// @param description what it does, as its spawner says; null if nothing is said
    /// @param spawnedAt where it was spawned; null unless `greenlet.record-spawns` is on
    /// @param callerId the number of the thread that waits with it, 0 if its caller has gone on
    /// @param caller the name of that thread, null if its caller has gone on
    /// @param stack where that thread is, innermost frame first; empty if its caller has gone on
    public record WaiterDetail(long id, String name, String age, @Nullable String description,
            @Nullable String spawnedAt, long callerId, @Nullable String caller, List<String> stack) {

        static WaiterDetail of(WaitingSnapshot task) {
            return new WaiterDetail(task.id(), task.name(), Iso.format(task.waited()), task.description(),
                    Frames.frame(task.spawnedAt()), task.callerId(), task.caller(), Frames.stack(task.stack()));
        }
    }
}
