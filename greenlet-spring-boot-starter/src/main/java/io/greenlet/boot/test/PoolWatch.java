package io.greenlet.boot.test;

import io.greenlet.GreenThreadSnapshot;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.TaskSnapshot;
import io.greenlet.pool.WaitingSnapshot;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

/// What a pool has that it did not have before: tasks, others in line, another size.
final class PoolWatch {

    private final String name;
    private final GreenPool pool;
    private final Set<Long> tasksBefore;
    private final Set<Long> waitingBefore;
    private final int sizeBefore;
    private final boolean closedBefore;

    private PoolWatch(String name, GreenPool pool, Set<Long> tasks, Set<Long> waiting) {
        this.name = name;
        this.pool = pool;
        tasksBefore = tasks;
        waitingBefore = waiting;
        sizeBefore = pool.size();
        closedBefore = pool.isClosed();
    }

    /// Takes note of what the pool has.
    static PoolWatch from(String name, GreenPool pool) {
        return new PoolWatch(name, pool, pool.tasks().stream().map(TaskSnapshot::id).collect(Collectors.toSet()),
                pool.waiters().stream().map(WaitingSnapshot::id).collect(Collectors.toSet()));
    }

    /// Holds all that the pool has for left.
    static PoolWatch fresh(String name, GreenPool pool) {
        return new PoolWatch(name, pool, Set.of(), Set.of());
    }

    GreenPool pool() {
        return pool;
    }

    private List<TaskSnapshot> tasksLeft() {
        return pool.tasks().stream().filter(task -> !tasksBefore.contains(task.id())).toList();
    }

    private List<WaitingSnapshot> waitersLeft() {
        return pool.waiters().stream().filter(waiter -> !waitingBefore.contains(waiter.id())).toList();
    }

    private boolean isAsBefore() {
        return pool.size() == sizeBefore && pool.isClosed() == closedBefore;
    }

    /// Whether tasks, slots and line are as they were, or better.
    boolean isStill() {
        return pool.running() <= tasksBefore.size() && tasksLeft().isEmpty() && waitersLeft().isEmpty();
    }

    /// Says what is left; null if nothing is. Takes the green threads that it tells of from those given.
    @Nullable String describe(boolean stateCounts, Map<Long, GreenThreadSnapshot> threads) {
        boolean changed = stateCounts && !isAsBefore();
        if (isStill() && !changed) {
            return null;
        }
        StringBuilder text = new StringBuilder("pool '").append(name).append("' (size=").append(pool.size())
                .append(", running=").append(pool.running()).append(", waiting=").append(pool.waiting()).append(')');
        if (changed) {
            text.append(pool.isClosed() == closedBefore
                    ? " had size " + sizeBefore + " before the test"
                    : " was closed by the test");
        }
        for (TaskSnapshot task : tasksLeft()) {
            text.append("\n    task ").append(describe(task, threads.remove(task.id())));
        }
        for (WaitingSnapshot waiter : waitersLeft()) {
            text.append("\n    in line ").append(describe(waiter));
        }
        return text.toString();
    }

    private static String describe(TaskSnapshot task, @Nullable GreenThreadSnapshot thread) {
        return task.name() + said(task.description()) + " has run for " + task.age().toMillis() + " ms"
                + (thread == null ? "" : ", is " + HubWatch.doing(thread)) + HubWatch.stack(task.stack());
    }

    private static String describe(WaitingSnapshot waiter) {
        return waiter.name() + said(waiter.description()) + " for " + waiter.waited().toMillis() + " ms"
                + (waiter.queued() ? "" : ", with its caller " + waiter.caller())
                + (waiter.spawnedAt() == null ? "" : ", spawned at " + waiter.spawnedAt())
                + HubWatch.stack(waiter.stack());
    }

    private static String said(@Nullable String description) {
        return description == null ? "" : " (" + description + ')';
    }

    /// Ends what is left, so that the next test finds the slots free, unless others were there before.
    void clear() {
        if (!isStill() && tasksBefore.isEmpty() && waitingBefore.isEmpty()) {
            pool.killAll();
        }
    }
}
