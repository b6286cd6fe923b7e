package io.greenlet.debug;

import io.greenlet.GreenThreadSnapshot;
import io.greenlet.Hub;
import io.greenlet.HubSnapshot;
import io.greenlet.StallDetector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a hub holds, for people: its figures and the tree of its green threads, as text and as JSON; and a log line when a
/// green thread does not let go of it.
///
/// Spawn sites, and the green threads of the parallel hub, are there for what was spawned while
/// [Hub#recordSpawns(boolean)] was on; a simulated hub always records.
///
/// eventlet: `eventlet.debug`.
public final class HubDebug {

    private static final System.Logger LOG = System.getLogger("io.greenlet.debug");

    private HubDebug() {}

    /// Returns a hub's figures and its green threads, each under the one that spawned it, with what it does, what it
    /// waits for, where it was spawned and where it is.
    ///
    /// @param hub the hub
    /// @return several lines
    public static String text(Hub hub) {
        HubSnapshot figures = hub.snapshot();
        StringBuilder text = new StringBuilder().append("hub '").append(figures.name()).append("' (")
                .append(figures.kind()).append(figures.greensJdkBlocking() ? ", greens" : ", does not green")
                .append(" JDK blocking): green threads=").append(known(figures.greenThreads())).append(", ready=")
                .append(known(figures.ready())).append(", timers=").append(figures.timers()).append(", listeners=")
                .append(figures.listeners()).append('\n');
        for (Branch root : tree(hub)) {
            root.appendText(text, "");
        }
        return text.toString();
    }

    private static String known(int count) {
        return count < 0 ? "not counted" : Integer.toString(count);
    }

    /// Returns the same as a JSON object: the fields of [HubSnapshot], and `tree`, an array of objects with the fields of
    /// [GreenThreadSnapshot] and their `children`.
    ///
    /// @param hub the hub
    /// @return one line
    public static String json(Hub hub) {
        HubSnapshot figures = hub.snapshot();
        Json json = new Json();
        json.open('{').field("name", figures.name()).field("kind", figures.kind())
                .field("greensJdkBlocking", figures.greensJdkBlocking()).field("greenThreads", figures.greenThreads())
                .field("ready", figures.ready()).field("timers", figures.timers())
                .field("listeners", figures.listeners()).key("tree").open('[');
        for (Branch root : tree(hub)) {
            root.appendJson(json);
        }
        return json.close(']').close('}').toString();
    }

    /// Logs with level WARNING, to the [System.Logger] `io.greenlet.debug`, each green thread that holds a cooperative hub
    /// longer than a limit, with its stack. eventlet: `hub_blocking_detection`.
    ///
    /// @param hub a hub that runs one green thread at a time
    /// @param limit the longest time without a switch that is fine
    /// @return the detector, to close it
    /// @throws IllegalArgumentException if the limit is not positive
    /// @throws UnsupportedOperationException if the hub runs green threads in parallel
    public static StallDetector logStalls(Hub hub, Duration limit) {
        return hub.detectStalls(limit, stall -> LOG.log(System.Logger.Level.WARNING, stall.toString()));
    }

    private static List<Branch> tree(Hub hub) {
        Map<Long, Branch> branches = new LinkedHashMap<>();
        for (GreenThreadSnapshot thread : hub.greenThreads()) {
            branches.put(thread.id(), new Branch(thread));
        }
        List<Branch> roots = new ArrayList<>();
        for (Branch branch : branches.values()) {
            Branch parent = branch.parent(branches);
            (parent == null ? roots : parent.children).add(branch);
        }
        return roots;
    }

    /// A green thread and those it spawned.
    private static final class Branch {

        private final GreenThreadSnapshot thread;
        private final List<Branch> children = new ArrayList<>();

        Branch(GreenThreadSnapshot thread) {
            this.thread = thread;
        }

        @Nullable Branch parent(Map<Long, Branch> all) {
            Long parent = thread.parent();
            return parent == null ? null : all.get(parent);
        }

        void appendText(StringBuilder text, String indent) {
            text.append(indent).append(thread.name()).append(": ")
                    .append(thread.state().name().toLowerCase(Locale.ROOT));
            if (thread.waitsFor() != null) {
                text.append(", waits for ").append(thread.waitsFor());
            }
            if (thread.spawnedAt() != null) {
                text.append(", spawned at ").append(thread.spawnedAt());
            }
            text.append('\n');
            for (StackTraceElement frame : thread.stack()) {
                text.append(indent).append("    at ").append(frame).append('\n');
            }
            for (Branch child : children) {
                child.appendText(text, indent + "  ");
            }
        }

        void appendJson(Json json) {
            json.open('{').field("id", thread.id()).field("name", thread.name()).field("state", thread.state().name());
            json.field("parent", thread.parent()).field("spawnedAt", thread.spawnedAt())
                    .field("waitsFor", thread.waitsFor()).key("stack").open('[');
            for (StackTraceElement frame : thread.stack()) {
                json.value(frame);
            }
            json.close(']').key("children").open('[');
            for (Branch child : children) {
                child.appendJson(json);
            }
            json.close(']').close('}');
        }
    }
}
