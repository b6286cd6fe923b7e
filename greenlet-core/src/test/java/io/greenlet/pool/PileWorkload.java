package io.greenlet.pool;

import io.greenlet.GreenThread;
import io.greenlet.simulation.Workload;
import io.greenlet.waiting.WaitList;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.NoSuchElementException;

/// Spawners and takers at one pile: every result is taken once, in the order in which they were spawned.
public final class PileWorkload extends Workload {

    private static final class Failed extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final int number;

        Failed(int number) {
            super("failed " + number, null, false, false);
            this.number = number;
        }
    }

    private static final Field RESULTS = field(GreenPile.class, "results");
    private static final Field SPAWNING = field(GreenPile.class, "spawning");
    private static final Field WATCHERS = field(GreenPile.class, "watchers");

    /// Looks into the pile without its lock, where others might get in between: only one thread runs at a time.
    private <T> T look(Field field, Class<T> type) {
        try {
            return type.cast(field.get(pile));
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }

    private void lookAtItsSize() {
        int size = look(RESULTS, Collection.class).size() + look(SPAWNING, Integer.class);
        rule(size <= capacity, "more in it than it holds");
    }

    private GreenPool pool = new GreenPool(0);
    private GreenPile<Integer> pile = new GreenPile<>(0);
    private int capacity;
    private final List<Integer> taken = new ArrayList<>();
    private int spawned;
    private int spawners;
    private int nextNumber;
    private boolean oneSpawner;

    /// For loading by name.
    public PileWorkload() {}

    @Override
    protected void prepare() {
        taken.clear();
        spawned = 0;
        nextNumber = 0;
        pool = GreenPool.of(PoolOptions.named("pile").withHub(hub()).withSize(1 + random(3)));
        capacity = chance(2) ? 1 + random(3) : Integer.MAX_VALUE;
        pile = capacity < Integer.MAX_VALUE ? GreenPile.bounded(pool, capacity) : new GreenPile<>(pool);
        oneSpawner = chance(2);
        spawners = oneSpawner ? 1 : 2;
        for (int i = 0; i < spawners; i++) {
            actor(3 + random(2), this::spawn);
        }
        int takers = 1 + random(2);
        for (int i = 0; i < takers; i++) {
            actor(4 + random(3), this::take);
        }
        if (chance(2)) {
            helper(this::disturb);
        }
    }

    private void spawn() throws InterruptedException {
        int number = nextNumber++;
        boolean fails = chance(4);
        pile.spawn(() -> {
            dawdle();
            if (fails) {
                throw new Failed(number);
            }
            return number;
        });
        spawned++;
        lookAtItsSize();
        dawdle();
        lookAtItsSize();
    }

    private void take() throws InterruptedException {
        try {
            taken.add(chance(2) ? pile.take() : pile.next());
        } catch (Failed e) {
            taken.add(e.number);
        } catch (NoSuchElementException e) {
            rule(look(SPAWNING, Integer.class) == 0, "said to be empty while a spawn is under way");
            dawdle(); // nothing spawned that is not taken
        }
    }

    private void disturb() throws InterruptedException {
        dawdle();
        GreenThread<?> someone = actors().get(random(actors().size()));
        someone.kill();
        dawdle();
        pool.resize(1 + random(3));
    }

    /// The spawner in a full pile waits for a taker.
    @Override
    protected void settle() {
        helper(this::takeAll);
    }

    private void takeAll() throws InterruptedException {
        while (!actors().stream().allMatch(GreenThread::isDone) || pile.hasNext()) { // in this order
            take();
            dawdle();
        }
    }

    @Override
    protected void check() throws InterruptedException {
        rule(taken.size() == spawned, "taken " + taken.size() + " of " + spawned);
        rule(taken.stream().distinct().count() == taken.size(), "taken twice: " + taken);
        rule(!pile.hasNext(), "there is more");
        rule(look(WATCHERS, WaitList.class).isEmpty(), "somebody is listed and does not wait");
        rule(pool.running() == 0 && pool.waiting() == 0, "the pool is not at rest");
        if (oneSpawner && takersAgreeOnOrder()) {
            rule(taken.equals(taken.stream().sorted().toList()), "out of order: " + taken);
        }
    }

    /// With several takers the order in which they get to note theirs is chance.
    private boolean takersAgreeOnOrder() {
        return actors().size() == 2;
    }
}
