package io.greenlet.pool;

import io.greenlet.simulation.Workload;
import io.greenlet.sync.GreenEvent;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;

/// A map whose pool grows while its consumer goes to sleep with no room left: its first item ends when one has begun that
/// only the new room lets in.
public final class MapGrowthWorkload extends Workload {

    private static final int ITEMS = 12;
    private static final int LAST_WITH_ROOM = 7; // four times the size are in hand then

    private GreenPool pool = new GreenPool(0);
    private GreenEvent<Boolean> gate = new GreenEvent<>();
    private GreenEvent<Boolean> nearlyFull = new GreenEvent<>();
    private GreenEvent<Boolean> grown = new GreenEvent<>();
    private List<Integer> got = List.of();

    /// For loading by name.
    public MapGrowthWorkload() {}

    @Override
    protected void prepare() {
        got = List.of();
        gate = new GreenEvent<>();
        nearlyFull = new GreenEvent<>();
        grown = new GreenEvent<>();
        pool = GreenPool.of(PoolOptions.named("map").withHub(hub()).withSize(2));
        helper(() -> got = pool.imap(this::call, this::items).toList());
        helper(() -> {
            nearlyFull.await();
            for (int i = random(8); i > 0; i--) {
                hub().yieldNow();
            }
            pool.resize(3);
            grown.send(true);
        });
    }

    private Iterator<Integer> items() {
        return IntStream.range(0, ITEMS).peek(item -> {
            if (item == LAST_WITH_ROOM - 1) { // the consumer may sleep before it comes for the last
                nearlyFull.send(true);
            }
        }).iterator();
    }

    private Integer call(Integer item) {
        try {
            if (item == 0) {
                gate.await();
            } else if (item == LAST_WITH_ROOM + 1) {
                gate.send(true);
            } else if (item > LAST_WITH_ROOM - 3) { // with the first, as many as may be unfinished
                grown.await();
            }
            return item;
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted", e);
        }
    }

    @Override
    protected void check() {
        rule(got.equals(IntStream.range(0, ITEMS).boxed().toList()), "got " + got + " of " + pool.snapshot());
    }
}
