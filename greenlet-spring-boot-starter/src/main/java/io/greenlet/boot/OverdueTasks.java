package io.greenlet.boot;

import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolListener;
import io.greenlet.pool.TaskSnapshot;
import io.greenlet.pool.WaitingSnapshot;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/// Logs what a pool has not finished when it is killed at shutdown: one warning for each pool, with the first of what
/// runs and of what waits line by line, and the others by their names.
final class OverdueTasks implements PoolListener {

    static final int IN_DETAIL = 20;
    static final int BY_NAME = 1000;

    private static final Log LOG = LogFactory.getLog(OverdueTasks.class);

    private final String name;
    private final ShutdownTimes times;

    OverdueTasks(String name, ShutdownTimes times) {
        this.name = name;
        this.times = times;
    }

    @Override
    public void overdue(GreenPool pool, List<TaskSnapshot> running, List<WaitingSnapshot> waiting) {
        LOG.warn(report(running, waiting));
    }

    String report(List<TaskSnapshot> running, List<WaitingSnapshot> waiting) {
        StringBuilder text = new StringBuilder("green pool '").append(name).append("' has not finished within ")
                .append(times.grace()).append(" and kills ").append(running.size()).append(" running and ")
                .append(waiting.size()).append(" waiting tasks");
        if (times.isCut()) {
            text.append(" (").append(times.cut()).append(')');
        }
        list("running", running, OverdueTasks::running, TaskSnapshot::name, text);
        list("waiting", waiting, OverdueTasks::waiting, WaitingSnapshot::name, text);
        return text.toString();
    }

    private static <T> void list(String what, List<T> tasks, Function<T, String> line, Function<T, String> name,
            StringBuilder text) {
        tasks.stream().limit(IN_DETAIL)
                .forEach(task -> text.append("\n    ").append(what).append(' ').append(line.apply(task)));
        if (tasks.size() > IN_DETAIL) {
            text.append("\n    and ").append(tasks.size() - IN_DETAIL).append(" more ").append(what).append(": ")
                    .append(tasks.stream().skip(IN_DETAIL).limit(BY_NAME).map(name)
                            .collect(Collectors.joining(", ")));
            if (tasks.size() > IN_DETAIL + BY_NAME) {
                text.append(", …");
            }
        }
    }

    private static String running(TaskSnapshot task) {
        return line(task.name(), task.age(), task.description(), task.spawnedAt());
    }

    private static String waiting(WaitingSnapshot task) {
        return line(task.name(), task.waited(), task.description(), task.spawnedAt());
    }

    private static String line(String name, Duration age, @Nullable String description,
            @Nullable StackTraceElement spawnedAt) {
        return name + " for " + Duration.ofMillis(age.toMillis()) + (description == null ? "" : ": " + description)
                + (spawnedAt == null ? "" : ", spawned at " + spawnedAt);
    }
}
