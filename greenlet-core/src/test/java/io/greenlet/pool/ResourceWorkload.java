package io.greenlet.pool;

import io.greenlet.Green;
import io.greenlet.GreenThread;
import io.greenlet.GreenletExit;
import io.greenlet.simulation.Workload;
import io.greenlet.waiting.WaitList;
import java.io.IOException;
import java.lang.reflect.Field;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/// Takers and givers at one pool of resources, with everything that can fail failing now and then, kills, time-outs,
/// resizes and a close. Each resource watches its own life.
public final class ResourceWorkload extends Workload {

    /// What factory and hooks throw on purpose.
    private static final class Failed extends RuntimeException {

        private static final long serialVersionUID = 1L;

        Failed() {
            super("on purpose", null, false, false);
        }
    }

    /// A resource.
    private static final class Thing {

        private final long bornNanos;
        private long givenNanos; // when it was last given back
        private int takes;
        private int hands; // that have it at this moment: users and hooks
        private boolean checked; // since it was given back
        private boolean dirty;
        private boolean sick;
        private boolean late; // made after the close
        private int destroyed;

        Thing(long now) {
            bornNanos = now;
            givenNanos = now;
        }
    }

    private static final Field STORE = field(ResourcePool.class, "store");
    private static final Field LINE = field(ResourceStore.class, "line");
    private static final Field IDLE = field(ResourceStore.class, "idle");
    private static final Field ENTRIES = field(ResourceStore.class, "entries");
    private static final Field MAKING = field(ResourceStore.class, "making");
    private static final Field CLOSED = field(ResourceStore.class, "closed");
    private static final Field SIZE = field(ResourceStore.class, "size");

    private final List<Thing> things = new ArrayList<>();
    private ResourceOptions<Thing> options = ResourceOptions.named("unused");
    private ResourcePool<Thing> pool = new ResourcePool<>(0, () -> new Thing(0));
    private boolean preparing;
    private int most; // the largest size so far
    private int existing; // being made, there, or being destroyed
    private int failures; // of the factory
    private int mishaps; // of hooks
    private int reports;
    private boolean losses; // whether any had a reason to end but idleness
    private boolean closed;
    private boolean settled; // nobody may be left to wait for ever from now on
    private boolean over;

    /// For loading by name.
    public ResourceWorkload() {}

    @Override
    protected void prepare() {
        things.clear();
        existing = 0;
        failures = 0;
        mishaps = 0;
        reports = 0;
        losses = false;
        closed = false;
        settled = false;
        over = false;
        most = 1 + random(2);
        options = chanceOptions();
        hub().setFailureHandler((source, error) -> {
            reports++;
            rule(error instanceof Failed || error instanceof InterruptedException, "unexpected: " + error);
        });
        preparing = true;
        pool = ResourcePool.of(options, this::make);
        preparing = false;
        int actors = 3 + random(2);
        boolean closes = chance(4);
        for (int i = 0; i < actors; i++) {
            actor(2 + random(3), () -> act(closes));
        }
    }

    private ResourceOptions<Thing> chanceOptions() {
        ResourceOptions<Thing> chosen = ResourceOptions.<Thing>named("things").withHub(hub()).withSize(random(2), most)
                .withDestroy(this::destroy);
        if (chance(2)) {
            chosen = chosen.withOrder(ResourceOptions.Order.STACK);
        }
        if (chance(2)) {
            chosen = chosen.withMaxIdle(Duration.ofMillis(random(4)));
        }
        if (chance(2)) {
            chosen = chosen.withMaxAge(Duration.ofMillis(chance(4) ? 0 : 2 + random(4)));
        }
        if (chance(4)) {
            chosen = chosen.withMaxWait(Duration.ofMillis(random(4)));
        }
        if (chance(3)) {
            chosen = chosen.withCheck(this::check, Duration.ofMillis(random(3)));
        }
        return chance(3) ? chosen.withCleanup(this::clean) : chosen;
    }

    // ---- what the pool calls

    private Thing make() throws Exception {
        existing++;
        rule(existing <= most, "one too many: " + existing);
        try {
            if (!preparing) {
                dawdle();
                if (chance(5)) {
                    throw chance(2) ? new Failed() : new IOException("on purpose");
                }
            }
        } catch (Exception e) {
            existing--;
            failures++;
            throw e;
        }
        Thing thing = new Thing(hub().nanoTime());
        thing.late = !preparing && look(CLOSED, Boolean.class);
        things.add(thing);
        return thing;
    }

    private boolean check(Thing thing) throws InterruptedException {
        try {
            handle(thing);
        } catch (InterruptedException e) { // this one is the taker's
            mishaps--;
            throw e;
        }
        thing.checked = true;
        boolean healthy = !chance(4);
        losses |= !healthy;
        thing.sick = !healthy;
        return healthy;
    }

    private void clean(Thing thing) throws InterruptedException {
        handle(thing);
        thing.dirty = false;
        thing.givenNanos = hub().nanoTime();
    }

    private void destroy(Thing thing) throws InterruptedException {
        thing.destroyed++;
        rule(thing.destroyed == 1, "destroyed twice");
        try {
            handle(thing);
        } finally {
            existing--;
        }
    }

    private void handle(Thing thing) throws InterruptedException {
        thing.hands++;
        rule(thing.hands == 1, "a hook gets what somebody has");
        try {
            if (!over) {
                dawdle();
            }
            if (chance(6)) {
                throw new Failed();
            }
        } catch (InterruptedException | Failed e) {
            mishaps++;
            losses = true;
            throw e;
        } finally {
            thing.hands--;
        }
    }

    // ---- what happens to the pool

    private void act(boolean closes) throws InterruptedException {
        look();
        switch (random(12)) {
            case 0, 1, 2, 3, 4 -> use(options.maxWait());
            case 5, 6 -> use(Duration.ofMillis(random(4)));
            case 7 -> useLeased();
            case 8 -> tryToUse();
            case 9 -> resize(settled ? 1 + random(3) : random(4));
            case 10 -> killOne();
            default -> {
                if (chance(2)) {
                    pool.clear();
                    losses = true;
                } else if (closes) {
                    closed = true;
                    pool.close();
                }
            }
        }
        look();
        dawdle();
    }

    private void killOne() {
        actors().get(random(actors().size())).kill();
    }

    private void resize(int size) {
        most = Math.max(most, size);
        losses |= size < most;
        pool.resize(size);
    }

    private void use(@Nullable Duration limit) throws InterruptedException {
        Set<Object> ahead = inLine();
        long start = hub().nanoTime();
        Thing thing;
        try {
            thing = limit == null || limit.equals(options.maxWait()) ? pool.take() : pool.take(limit);
        } catch (ResourceUnavailable e) {
            long waited = hub().nanoTime() - start;
            boolean sentAway = e.toString().contains("closed");
            rule(sentAway ? closed : limit != null && waited == limit.toNanos(), "refused after " + waited + ": " + e);
            return;
        } catch (Failed e) {
            return;
        } catch (CompletionException e) {
            rule(e.getCause() instanceof IOException, "unexpected: " + e);
            return;
        }
        begin(thing, ahead);
        try {
            dawdle();
            if (chance(4)) {
                killOne(); // perhaps the one in line to which it goes
            }
        } finally {
            end(thing);
            if (chance(6)) {
                losses = true;
                pool.discard(thing);
            } else {
                pool.give(thing);
            }
        }
    }

    private void useLeased() throws InterruptedException {
        Set<Object> ahead = inLine();
        try (Lease<Thing> lease = pool.lease(Duration.ofMillis(5))) {
            Thing thing = lease.resource();
            begin(thing, ahead);
            try {
                dawdle();
            } finally {
                end(thing);
            }
            if (chance(6)) {
                losses = true;
                lease.discard();
            }
        } catch (ResourceUnavailable | Failed | CompletionException e) {
            // there was none
        }
    }

    private void tryToUse() throws InterruptedException {
        Set<Object> ahead = inLine();
        Optional<Thing> thing;
        try {
            thing = pool.tryTake();
        } catch (ResourceUnavailable | Failed | CompletionException e) {
            return;
        }
        if (thing.isPresent()) {
            begin(thing.get(), ahead);
            end(thing.get());
            pool.give(thing.get());
        }
    }

    /// A thing has been handed out.
    private void begin(Thing thing, Set<Object> ahead) {
        ahead.retainAll(inLine());
        rule(ahead.isEmpty(), "overtook " + ahead.size());
        thing.hands++;
        rule(thing.hands == 1, "handed out twice");
        rule(thing.destroyed == 0, "handed out after its end");
        rule(!thing.late, "handed out though closed");
        rule(!thing.sick, "handed out though not healthy");
        rule(!thing.dirty, "handed out before its cleanup");
        long now = hub().nanoTime();
        boolean handedOver = now == thing.givenNanos; // perhaps
        long idle = now - thing.givenNanos;
        if (thing.takes > 0 && options.check() == null) {
            rule(options.maxAge() == null || now - thing.bornNanos < options.maxAge().toNanos(), "too old");
            rule(options.maxIdle() == null || options.minSize() > 0 || handedOver || idle < options.maxIdle().toNanos(),
                    "idle for too long");
        }
        if (thing.takes > 0 && options.check() != null) {
            rule(handedOver || thing.checked || idle < options.checkAfter().toNanos(), "not checked");
        }
        thing.takes++;
    }

    private void end(Thing thing) {
        rule(thing.hands == 1, "used by two");
        thing.hands--;
        thing.checked = false;
        thing.dirty = options.cleanup() != null;
        thing.givenNanos = hub().nanoTime();
    }

    private void look() {
        ResourceSnapshot now = pool.snapshot();
        rule(now.waiting() == 0 || (now.idle() == 0 && now.free() <= 0), "somebody waits in vain: " + now);
        rule(now.free() + now.inUse() == now.size(), "figures: " + now);
        Collection<?> idle = look(IDLE, Collection.class); // no others get in between from here
        int live = look(ENTRIES, Map.class).size() + look(MAKING, Integer.class);
        rule(idle.isEmpty() || live <= look(SIZE, Integer.class), "in excess, and idle");
        for (Object each : idle) {
            Thing thing = (Thing) ((ResourceStore.Entry<?>) each).resource;
            rule(thing.hands == 0 && thing.destroyed == 0, "idle though in use");
            long time = hub().nanoTime();
            rule(options.maxAge() == null || time - thing.bornNanos <= options.maxAge().toNanos(),
                    "not expired by age");
            rule(options.maxIdle() == null || options.minSize() > 0
                    || time - thing.givenNanos <= options.maxIdle().toNanos(), "not expired");
        }
    }

    /// Those who stand in line. Only one thread runs at a time, so this needs no lock.
    private Set<Object> inLine() {
        @SuppressWarnings("unchecked")
        WaitList<ResourceStore.Place> line = look(LINE, WaitList.class);
        Set<Object> places = new HashSet<>();
        for (ResourceStore.Place place = line.peek(); place != null; place = line.after(place)) {
            places.add(place);
        }
        return places;
    }

    private <F> F look(Field field, Class<F> type) {
        try {
            return type.cast(field.get(STORE.get(pool)));
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }

    // ---- the end

    @Override
    protected void settle() {
        settled = true;
        resize(2);
        helper(this::finish);
    }

    private void finish() throws Exception {
        for (GreenThread<?> actor : actors()) {
            try {
                var _ = actor.await();
            } catch (GreenletExit e) {
                // killed before it began
            }
        }
        resize(2); // someone may have shrunk it again
        for (int i = 0; i < 10; i++) { // what expires meanwhile is destroyed
            Green.sleep(Duration.ofMillis(1));
            look();
        }
        over = true; // nothing hangs on chance from now on, but for failures
        ResourceSnapshot now = pool.snapshot();
        rule(now.waiting() == 0 && now.inUse() == now.size() - now.free() && now.inUse() == 0, "not at rest: " + now);
        rule(now.idle() == existing, "existing: " + existing + ", " + now);
        rule(losses || closed || options.maxAge() != null || now.idle() >= options.minSize(), "the least: " + now);
        if (!closed) {
            giveTwiceAtOnce();
        }
        closeWhileInUse();
    }

    /// Two give the same thing back at the same time: one of them is told.
    private void giveTwiceAtOnce() throws Exception {
        Thing thing;
        try {
            thing = pool.take();
        } catch (Failed | CompletionException e) {
            return;
        }
        int[] refusals = {0};
        List<GreenThread<?>> givers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            givers.add(hub().spawn(() -> {
                try {
                    pool.give(thing);
                } catch (IllegalStateException | IllegalArgumentException e) {
                    refusals[0]++;
                }
                return true;
            }));
        }
        for (GreenThread<?> giver : givers) {
            var _ = giver.await();
        }
        rule(refusals[0] == 1, "given back twice");
        rule(pool.inUse() == 0, "inUse: " + pool.snapshot());
    }

    private void closeWhileInUse() throws InterruptedException {
        if (chance(2)) {
            pool.clear(); // so that one is made meanwhile
        }
        for (int i = 0; i < 2; i++) {
            helper(() -> use(null));
        }
        dawdle();
        closed = true;
        boolean empty = pool.close(Duration.ofMillis(20));
        rule(empty && existing == 0, "closed, and still there: " + existing);
        rule(hub().snapshot().timers() == 0, "a timer is left");
    }

    @Override
    protected void check() {
        ResourceSnapshot now = pool.snapshot();
        rule(now.closed() && now.inUse() == 0 && now.idle() == 0 && now.waiting() == 0, "left: " + now);
        rule(now.created() == things.size() && now.destroyed() == things.size(), things.size() + " made: " + now);
        rule(now.failed() == failures, failures + " failed: " + now);
        rule(things.stream().allMatch(thing -> thing.destroyed == 1 && thing.hands == 0), "not all destroyed once");
        rule(reports == mishaps, mishaps + " mishaps, reported: " + reports);
    }
}
