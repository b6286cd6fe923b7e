package io.greenlet.pool;

import java.util.Locale;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/// The events of pools in the Flight Recorder. The only class that knows the module `jdk.jfr`.
final class FlightRecorderEvents extends PoolEvents {

    private static final String CATEGORY = "greenlet";
    private static final String THRESHOLD = "20 ms"; // as the JDK's own of this kind have

    @Name("greenlet.Spawn")
    @Label("Green Pool Spawn")
    @Description("A task was handed in to a green pool. Off unless asked for: there are as many as there are tasks")
    @Category(CATEGORY)
    @Enabled(false)
    static final class SpawnEvent extends Event {

        @Label("Pool")
        String pool = "";

        @Label("Task")
        @Description("The name of the green thread")
        String task = "";

        @Label("Waiting")
        @Description("How many stood in the pool's line at that moment")
        int waiting;
    }

    @Name("greenlet.Wait")
    @Label("Green Pool Wait")
    @Description("A task stood in the line of a green pool; in its caller's thread if that waited with it, else in the task's")
    @Category(CATEGORY)
    @Threshold(THRESHOLD)
    static final class WaitEvent extends Event implements Span {

        @Label("Pool")
        String pool = "";

        @Label("Task")
        @Description("The name of the green thread")
        String task = "";

        @Label("Outcome")
        @Description("How it left the line: admitted, full (its time was over, or its caller went away), refused (to end a stall), closed, killed, in_place")
        String outcome = "";

        @Override
        public void over(PoolTask<?> who, String how) {
            end();
            if (shouldCommit()) {
                pool = who.pool().name();
                task = who.name();
                outcome = how;
                commit();
            }
        }
    }

    @Name("greenlet.Run")
    @Label("Green Pool Run")
    @Description("The body of a task of a green pool ran")
    @Category(CATEGORY)
    @Threshold(THRESHOLD)
    @StackTrace(false)
    static final class RunEvent extends Event implements Span {

        @Label("Pool")
        String pool = "";

        @Label("Task")
        @Description("The name of the green thread")
        String task = "";

        @Label("Outcome")
        @Description("How it ended: completed, failed, killed, timed_out")
        String outcome = "";

        @Override
        public void over(PoolTask<?> who, String how) {
            end();
            if (shouldCommit()) {
                pool = who.pool().name();
                task = who.name();
                outcome = how;
                commit();
            }
        }
    }

    @Name("greenlet.Stall")
    @Label("Green Pool Stall")
    @Description("A watch found that a green pool stands still, or has been full for long")
    @Category(CATEGORY)
    @StackTrace(false)
    static final class StallEvent extends Event {

        @Label("Pool")
        String pool = "";

        @Label("Kind")
        @Description("proven, suspected, or saturated, which is no stall")
        String kind = "";

        @Label("Size")
        int size;

        @Label("Running")
        @Description("How many slots are taken")
        int running;

        @Label("Waiting")
        @Description("How many stand in line")
        int waiting;

        @Label("Oldest Wait")
        @Timespan(Timespan.NANOSECONDS)
        long oldestWait;

        @Label("Description")
        @Description("Who waits for whom, with stacks")
        String description = "";
    }

    /// Whether there was ever a recording. Before, the classes of the events are left alone: to have them registered costs more than
    /// half the start of a small application.
    private static boolean isInUse() {
        return FlightRecorder.isInitialized();
    }

    @Override
    void spawned(PoolTask<?> task) {
        if (!isInUse()) {
            return;
        }
        SpawnEvent event = new SpawnEvent();
        if (event.isEnabled()) {
            event.pool = task.pool().name();
            event.task = task.name();
            event.waiting = task.pool().waiting();
            event.commit();
        }
    }

    @Override
    @Nullable Span waits() {
        if (!isInUse()) {
            return null;
        }
        WaitEvent event = new WaitEvent();
        if (!event.isEnabled()) {
            return null;
        }
        event.begin();
        return event;
    }

    @Override
    @Nullable Span runs() {
        if (!isInUse()) {
            return null;
        }
        RunEvent event = new RunEvent();
        if (!event.isEnabled()) {
            return null;
        }
        event.begin();
        return event;
    }

    @Override
    void stalled(PoolStall stall) {
        if (!isInUse()) {
            return;
        }
        StallEvent event = new StallEvent();
        if (event.isEnabled()) {
            event.pool = stall.pool().name();
            event.kind = stall.kind().name().toLowerCase(Locale.ROOT);
            event.size = stall.pool().size();
            event.running = stall.pool().running();
            event.waiting = stall.pool().waiting();
            event.oldestWait = stall.oldestWait().toNanos();
            event.description = stall.description();
            event.commit();
        }
    }
}
