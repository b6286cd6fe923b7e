package io.greenlet.pool;

import io.greenlet.Green;
import io.greenlet.GreenThread;
import io.greenlet.pool.PoolStall.Kind;
import io.greenlet.simulation.Workload;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;

/// Pools whose tasks hand in tasks to all of them, directly and through a further green thread, so that they often wait for
/// themselves or for each other; and a watch that looks at any moment.
///
/// Half of the schedules leave everything alone and compare what the watch has proven with what comes: who is in a proven
/// stall never ends, and whoever still waits when nothing moves any more is in one. In the other half there are kills,
/// resizes and rejections too. Afterwards the watch rejects until nobody waits, and no slot may be missing.
public final class StallWorkload extends Workload {

    private static final Duration NEVER = Duration.ofDays(1);

    private final List<GreenThread<Integer>> handles = new ArrayList<>();
    private final Set<Long> stuck = new HashSet<>(); // holders in proven stalls, by their keys
    private final Set<String> ended = new HashSet<>();
    private final List<GreenPool> pools = new ArrayList<>();
    private StallWatch watch = new StallWatch(List::of, NEVER, NEVER);
    private boolean isLeftAlone;
    private long rejections;

    /// For loading by name.
    public StallWorkload() {}

    @Override
    protected void prepare() {
        handles.clear();
        stuck.clear();
        ended.clear();
        pools.clear();
        rejections = 0;
        isLeftAlone = random(1001) % 2 == 0; // the first bit alone is the same for thousands of small seeds
        for (String name : List.of("one", "two", "three").subList(0, 2 + random(2))) {
            pools.add(GreenPool.of(PoolOptions.named(name).withHub(hub()).withSize(1 + random(4) / 3)));
        }
        watch = new StallWatch(() -> pools, NEVER, NEVER);
        for (int i = 2 + random(4); i > 0; i--) {
            actor(1 + random(3), () -> {
                int _ = task(random(4)).call();
            });
        }
        helper(() -> {
            for (int i = 40; i > 0; i--) {
                if (chance(3)) {
                    dawdle();
                }
                look();
            }
        });
        if (!isLeftAlone) {
            helper(this::meddle);
        }
    }

    private GreenPool anyPool() {
        return pools.get(random(pools.size()));
    }

    /// Hands a task in to one of the pools, in one of many ways, and waits for it.
    private Callable<Integer> task(int depth) {
        GreenPool pool = anyPool();
        Callable<Integer> body = body(depth);
        int way = random(4);
        return () -> {
            try {
                return switch (way) {
                    case 0 -> handle(pool.<Integer>submit(body)).await();
                    case 1 -> hub().<Integer>spawn(() -> handle(pool.<Integer>submit(body)).await()).await();
                    case 2 -> hub().<Integer>spawn(() -> handle(pool.<Integer>spawn(body)).await()).await();
                    default -> handle(pool.<Integer>spawn(body)).await();
                };
            } catch (RejectedSubmission e) {
                rule(!isLeftAlone || rejections > 0, "rejected by nobody: " + e);
                return 0;
            }
        };
    }

    private Callable<Integer> body(int depth) {
        Callable<Integer> inner = depth == 0 ? () -> 0 : task(depth - 1);
        return () -> {
            dawdle();
            int sum = 1 + inner.call();
            dawdle();
            return sum;
        };
    }

    private GreenThread<Integer> handle(GreenThread<Integer> handle) {
        handles.add(handle);
        handle.link(over -> ended.add(over.name()));
        return handle;
    }

    private void look() {
        for (PoolStall stall : watch.look()) {
            rule(stall.kind() == Kind.PROVEN, "what it is: " + stall.kind());
            if (isLeftAlone) {
                stall.holders()
                        .forEach(holder -> rule(!ended.contains(holder.name()), "stuck, and has ended: " + stall));
                stall.holders().forEach(holder -> stuck.add(key(stall.pool(), holder.id())));
            } else if (chance(2)) {
                reject(stall);
            }
        }
    }

    private long key(GreenPool pool, long id) {
        return pools.size() * id + pools.indexOf(pool);
    }

    private void reject(PoolStall stall) {
        if (watch.reject(stall)) {
            rejections++;
        }
    }

    private void meddle() throws InterruptedException {
        for (int i = 4; i > 0; i--) {
            dawdle();
            switch (random(4)) {
                case 0 -> anyPool().resize(random(3));
                case 1 -> actors().get(random(actors().size())).kill();
                case 2 -> anyPool().killAll();
                default -> {
                    if (!handles.isEmpty()) {
                        handles.get(random(handles.size())).kill();
                    }
                }
            }
        }
    }

    @Override
    protected void settle() {
        if (isLeftAlone) {
            compare();
        }
        pools.forEach(pool -> pool.resize(Math.max(1, pool.size())));
        helper(() -> {
            for (int i = 300; i > 0 && isBusy(); i--) {
                watch.look().forEach(this::reject);
                Green.sleep(Duration.ofMillis(1));
            }
        });
    }

    private boolean isBusy() {
        return !actors().stream().allMatch(GreenThread::isDone) || pools.stream().anyMatch(pool -> pool.running() > 0);
    }

    /// Nothing moves any more.
    private void compare() {
        var _ = watch.look();
        List<GreenPool> found = watch.look().stream().map(PoolStall::pool).toList();
        for (GreenPool pool : pools) {
            rule(found.contains(pool) == (pool.waiting() > 0),
                    pool + " and its line: " + pool.waiting() + ", " + found);
            Set<Long> running = new HashSet<>();
            pool.tasks().forEach(task -> running.add(key(pool, task.id())));
            stuck.removeAll(running);
        }
        rule(stuck.isEmpty(), "said to be stuck, and has ended");
    }

    @Override
    protected void check() {
        for (GreenPool pool : pools) {
            PoolSnapshot now = pool.snapshot();
            rule(now.running() == 0 && now.free() == now.size(), "slots: " + now);
            rule(now.waiting() == 0 && now.queued() == 0, "line: " + now);
            rule(pool.ledger().running().isEmpty(), "still listed: " + now);
            rule(now.spawned() == now.completed() + now.failed() + now.killed(), "outcomes: " + now);
        }
        rule(pools.stream().mapToLong(pool -> pool.snapshot().rejected()).sum() == rejections, "counted once");
        handles.forEach(handle -> rule(handle.isDone(), "not done"));
        rule(watch.look().isEmpty(), "still stalled");
    }
}
