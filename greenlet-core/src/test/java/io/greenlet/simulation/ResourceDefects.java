package io.greenlet.simulation;

import java.util.List;

/// What can be wrong with a pool of resources.
final class ResourceDefects {

    private static final String STORE = "pool/ResourceStore.java";
    private static final String POOL = "pool/ResourcePool.java";
    private static final String ALARM = "pool/IdleAlarm.java";
    private static final String LIFESPAN = "pool/Lifespan.java";
    private static final String LEASE = "pool/Lease.java";

    private ResourceDefects() {}

    static void addTo(List<Defect> all) {
        add(all, STORE, "one too many: room is counted when the resource is there", """
                if (taken() < size) {
                making++;
                return new Room<>();
                }
                return new Nothing""", """
                if (entries.size() + ending < size) {
                making++;
                return new Room<>();
                }
                return new Nothing""");
        add(all, STORE, "one too many: one that is being destroyed is not counted", "return live() + ending;",
                "return live();");
        add(all, STORE, "starvation: room whose making failed wakes nobody", """
                if (hasFailed) {
                failed++;
                }
                woken = settle();""", """
                if (hasFailed) {
                failed++;
                }
                woken = new WaitList<>();""");
        add(all, POOL, "leaked room: a failure to make one does not return it", """
                if (registration == ResourceStore.Registration.DOUBLE) {""", """
                if (registration == ResourceStore.Registration.USED) {""");
        add(all, POOL, "leaked room: an error that is none of the factory's own kinds", """
                throw new CompletionException(e);""", """
                registration = ResourceStore.Registration.CLOSED;
                throw new CompletionException(e);""");
        add(all, STORE, "starvation: a resource that was destroyed wakes nobody", """
                destroyed++;
                woken = settle();
                } finally {
                lock.unlock();
                }
                Waiter.wakeAll(woken);
                }""", """
                destroyed++;
                woken = new WaitList<>();
                } finally {
                lock.unlock();
                }
                Waiter.wakeAll(woken);
                }""");
        add(all, STORE, "lost wake-up: the first in line gets it and is not woken", "first.waiter.wake();", "");
        add(all, STORE, "lost wake-up: a resource becomes idle while somebody waits", "first = line.poll();\n"
                + "if (first == null) {\nentry.use",
                "first = line.size() > 1 ? line.poll() : null;\nif (first == null) {\nentry.use");
        add(all, STORE, "overtaking: the last in line is served first", """
                first = line.poll();
                if (first == null) {
                    entry""", """
                first = line.peek();
                while (first != null && line.after(first) != null) {
                    first = line.after(first);
                }
                if (first != null) {
                    line.remove(first);
                }
                if (first == null) {
                    entry""");
        add(all, STORE, "lost wake-up: looks once and joins the line later", """
                ResourceGrant<T> grant = takeLocked();
                if (grant instanceof Nothing && place""", """
                ResourceGrant<T> grant = takeLocked();
                if (place != null) {
                    lock.unlock();
                    Hub.lock(lock);
                }
                if (grant instanceof Nothing && place""");
        add(all, STORE, "one that leaves stays in line", """
                if (line.remove(place)) {
                    return new Nothing<>();
                }""", """
                if (line.contains(place)) {
                    return new Nothing<>();
                }""");
        add(all, POOL, "kill at the hand-over: the resource is lost",
                "case Ready(Entry<T> entry) -> handOn(entry.resource);", "case Ready(Entry<T> entry) -> { }");
        add(all, POOL, "kill at the hand-over: the room is lost", "case Room() -> store.returnRoom(false);",
                "case Room() -> { }");
        add(all, POOL, "time-out at the hand-over: what was given is lost",
                "return given != null ? given : store.leave(place);", """
                        if (given == null) {
                            ResourceGrant<T> late = store.leave(place);
                            return new Nothing<>();
                        }
                        return given;""");
        add(all, POOL, "kill during the check: the resource is lost", """
                } catch (InterruptedException | Error e) {
                store.strike(entry);
                end(entry);
                throw e;""", """
                } catch (InterruptedException | Error e) {
                throw e;""");
        add(all, POOL, "one that is not healthy is handed out", "if (isHealthy(entry)) {",
                "if (isHealthy(entry) || entry.resource != null) {");
        add(all, STORE, "given back twice: the second is not refused", "entry.use != Use.USED",
                "entry.use == Use.IDLE");
        add(all, STORE, "given back while it is still being cleaned", """
                entry.use = Use.RETURNING;
                return entry;""", """
                entry.use = Use.RETURNING;
                idle.addLast(entry);
                return entry;""");
        add(all, STORE, "a shrink is forgotten when one comes back", "if (closed || live() > size ||", "if (closed ||");
        add(all, STORE, "a shrink leaves the surplus idle", "while (live() > size && !idle.isEmpty()) {",
                "while (live() > size + 1 && !idle.isEmpty()) {");
        add(all, STORE, "a growth wakes nobody", """
                surplus.add(entry);
                }
                woken = settle();""", """
                surplus.add(entry);
                }
                woken = new WaitList<>();""");
        add(all, STORE, "a growth wakes one too few", "while (taken() < size) {", "while (taken() + 1 < size) {");
        add(all, STORE, "the least is not kept", "return entries.size() > options.minSize();",
                "return entries.size() > 0;");
        add(all, LIFESPAN, "age is not judged when one comes back", "return ageNanos >= maxAgeNanos;",
                "return ageNanos > maxAgeNanos;");
        add(all, STORE, "idleness is not judged when one is taken", """
                if (leftNanos(entry, now) <= 0) {
                end(entry);
                return""", """
                if (leftNanos(entry, now) < 0) {
                end(entry);
                return""");
        add(all, STORE, "the timer is not set again for the others", """
                armForIdle(now);
                } finally {""", """
                } finally {""");
        add(all, ALARM, "the timer is never moved forward", "(timer != null && atNanos - now <= leftNanos)",
                "timer != null");
        add(all, ALARM, "the timer survives the close", """
                if (timer != null) {
                timer.cancel();""", """
                if (timer != null) {""");
        add(all, STORE, "a close leaves the line waiting",
                "first.waiter.give(new Closed<T>());\nwoken.add(first.waiter);",
                "first.waiter.give(new Closed<T>());");
        add(all, STORE, "what is made while the pool closes stays", """
                if (closed) {
                ending++;
                return Registration.CLOSED;
                }""", "");
        add(all, STORE, "what comes back to a closed pool becomes idle", "if (closed || live() > size ||",
                "if (live() > size ||");
        add(all, STORE, "a close with a deadline is not told of the last one", "return Waiter.giveAll(closers, true);",
                "return new WaitList<>();");
        add(all, POOL, "an end that fails leaks the place", """
                destroy(entry);
                store.ended();
                }""", """
                if (succeeds("destroy", options.destroy(), entry.resource)) {
                    store.ended();
                }
                }""");
        add(all, POOL, "one whose cleanup failed is used on", "if (!clean || !store.putBack(entry)) {",
                "if (!store.putBack(entry)) {");
        add(all, LEASE, "a lease gives back what was discarded", "return over.compareAndSet(false, true);",
                "over.set(true);\nreturn true;");
    }

    private static void add(List<Defect> all, String file, String name, String right, String wrong) {
        all.add(new Defect(Subject.RESOURCES, name, file, right, wrong));
    }
}
