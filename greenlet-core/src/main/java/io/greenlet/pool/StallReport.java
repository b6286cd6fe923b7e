package io.greenlet.pool;

import io.greenlet.pool.PoolStall.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Tells people what is the matter with a pool.
final class StallReport {

    /// Of how many holders, and of how many in line, the stacks are told.
    private static final int STACKS = 3;

    private static final String INDENT = "\n    ";

    private final GreenPool pool;
    private final Kind kind;
    private final Set<WaitGraph.Chain> chains;
    private final List<PoolTask<?>> holders;
    private final List<PoolTask.Place> line;
    private final long now;

    StallReport(GreenPool pool, Kind kind, Set<WaitGraph.Chain> chains) {
        this.pool = pool;
        this.kind = kind;
        this.chains = chains;
        now = pool.hub().nanoTime();
        holders = pool.holders().stream()
                .sorted(Comparator.comparingLong((PoolTask<?> task) -> task.ranNanos(now)).reversed()).toList();
        line = pool.core().line();
    }

    PoolStall stall() {
        List<TaskSnapshot> held = holders.stream().limit(PoolStall.MOST_SHOWN).map(task -> task.look(now)).toList();
        List<WaitingSnapshot> waiting = line.stream().limit(PoolStall.MOST_SHOWN)
                .map(place -> place.task.lookInLine(now))
                .toList();
        Duration oldest = waiting.isEmpty() ? Duration.ZERO : waiting.getFirst().waited();
        StringBuilder text = new StringBuilder(pool + " " + headline() + ", first in line for " + oldest.toMillis()
                + " ms");
        if (chains.isEmpty()) {
            held.stream().limit(STACKS).forEach(task -> appendHolder(text, task));
            waiting.stream().limit(STACKS).forEach(task -> appendWaiter(text, task));
        } else {
            chains.stream().limit(STACKS).forEach(chain -> appendChain(text, chain));
        }
        appendRest(text);
        return new PoolStall(pool, kind, oldest, held, waiting, text.toString());
    }

    /// What happens to the one in line who is sent away.
    Refusal refusal(List<WaitGraph.Chain> blamed) {
        List<ThreadStack> others = new ArrayList<>();
        if (blamed.isEmpty()) {
            holders.stream().limit(STACKS).forEach(task -> others
                    .add(new ThreadStack(task.name() + " has a slot of " + pool, task.look(now).stack())));
        }
        for (WaitGraph.Chain chain : blamed.stream().limit(STACKS).toList()) {
            others.add(new ThreadStack(sentence(chain), chain.holder().look(now).stack()));
            Thread waiter = waiter(chain);
            if (waiter != null) {
                others.add(new ThreadStack(waitersTitle(chain, waiter), List.of(waiter.getStackTrace())));
            }
        }
        return new Refusal(pool + ": taken out of the line, since the pool " + headline()
                + stall().description().lines().skip(1).reduce("", (text, line) -> text + '\n' + line), others);
    }

    private String headline() {
        return switch (kind) {
            case PROVEN -> "waits for itself " + pool.figures();
            case SUSPECTED -> "stands still, and may wait for itself " + pool.figures();
            case SATURATED -> "is full " + pool.figures();
        };
    }

    // ---- who waits for whom

    /// A waits for B, which waits for C, which stands in line for the pool.
    private static String sentence(WaitGraph.Chain chain) {
        StringBuilder text = new StringBuilder(chain.holder().name()).append(" has a slot of ")
                .append(chain.holder().pool());
        String and = " and ";
        for (WaitGraph.Step step : chain.steps()) {
            text.append(and).append("waits for ").append(step.awaited().name());
            and = ", which ";
        }
        PoolTask.Place end = chain.end();
        if (end == null) {
            return text.append(": a circle").toString();
        }
        return text.append(and).append(end.caller == null ? "stands" : "waits").append(" in line for ")
                .append(end.task.pool()).toString();
    }

    /// The last thread of a chain that is not the holder's own.
    private static @Nullable Thread waiter(WaitGraph.Chain chain) {
        PoolTask.Place end = chain.end();
        Thread last = end != null && end.caller != null
                ? end.caller.thread()
                : chain.steps().isEmpty() ? null : chain.steps().getLast().thread();
        boolean isHolders = !chain.steps().isEmpty() && chain.steps().getFirst().thread().equals(last);
        return isHolders ? null : last;
    }

    private static String waitersTitle(WaitGraph.Chain chain, Thread waiter) {
        PoolTask.Place end = chain.end();
        String who = "thread '" + waiter.getName() + "' (" + waiter.threadId() + ')';
        return end == null ? who + " waits in the circle" : who + " waits for a slot of " + end.task.pool();
    }

    // ---- text

    private void appendChain(StringBuilder text, WaitGraph.Chain chain) {
        text.append("\n  ").append(sentence(chain));
        TaskSnapshot holder = chain.holder().look(now);
        text.append("\n  ").append(holder.name()).append(spawned(holder.spawnedAt())).append(':');
        appendStack(text, holder.stack());
        Thread waiter = waiter(chain);
        if (waiter != null) {
            text.append("\n  ").append(waitersTitle(chain, waiter)).append(':');
            appendStack(text, List.of(waiter.getStackTrace()));
        }
    }

    private static void appendHolder(StringBuilder text, TaskSnapshot task) {
        text.append("\n  ").append(task.name()).append(" has a slot, for ").append(task.age().toMillis()).append(" ms")
                .append(spawned(task.spawnedAt())).append(':');
        appendStack(text, task.stack());
    }

    private static void appendWaiter(StringBuilder text, WaitingSnapshot task) {
        text.append("\n  ").append(task.name()).append(" in line, for ").append(task.waited().toMillis()).append(" ms")
                .append(spawned(task.spawnedAt()));
        if (!task.queued()) {
            text.append(", with thread '").append(task.caller()).append("' (").append(task.callerId()).append("):");
        }
        appendStack(text, task.stack());
    }

    private void appendRest(StringBuilder text) {
        int more = Math.max(0, holders.size() - STACKS);
        if (more > 0) {
            text.append("\n  and ").append(more).append(" more that have slots");
        }
    }

    private static String spawned(@Nullable StackTraceElement place) {
        return place == null ? "" : ", spawned at " + place;
    }

    private static void appendStack(StringBuilder text, List<StackTraceElement> stack) {
        stack.forEach(frame -> text.append(INDENT).append("at ").append(frame));
    }
}
