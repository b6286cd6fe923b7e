package io.greenlet.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.Green;
import io.greenlet.Greenlet;
import io.greenlet.Hub;
import io.greenlet.SimulatedHub;
import io.greenlet.StallDetector;
import io.greenlet.debug.HubDebug;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // a snippet may leave a green thread alone
class HubSnippetsTests {

    private final AtomicInteger queries = new AtomicInteger();

    private String query() throws InterruptedException {
        Green.sleep(Duration.ofMinutes(6));
        return "row " + queries.incrementAndGet();
    }

    @Test
    void cooperative() throws InterruptedException {
        // @start region="cooperative"
        try (Hub hub = Hub.cooperative("ledger")) {
            int[] balance = {0}; // shared by all green threads of this hub, without a lock
            for (int i = 0; i < 100; i++) {
                hub.spawnN(() -> balance[0]++); // nobody gets in between
            }
            Integer total = hub.spawn(() -> balance[0]).await(); // it came last, so it runs last
            System.out.println(total);
        }
        // @end
    }

    @Test
    void simulated() {
        // @start region="simulated"
        try (SimulatedHub hub = Hub.simulated(42)) { // the same seed, the same order, in any JVM
            GreenPool pool = GreenPool.of(PoolOptions.named("db").withHub(hub).withSize(2));
            for (int i = 0; i < 10; i++) {
                pool.submit(() -> query()); // never waits, as nobody would return a slot before the run
            }
            hub.run(); // until nobody is left: half an hour of queries takes no time
        }
        // @end
        assertThat(queries).hasValue(10);
    }

    @Test
    void looking() {
        try (Hub hub = Hub.cooperative("watched")) {
            // @start region="looking"
            Hub.recordSpawns(true); // remember where green threads are spawned
            System.out.println(HubDebug.text(hub)); // who lives there, as a tree by spawner, with stacks; json() too
            StallDetector detector = HubDebug.logStalls(hub, Duration.ofMillis(100)); // names who does not let go
            // @end
            Hub.recordSpawns(false);
            detector.close();
        }
    }

    @Test
    void greenlet() {
        // @start region="greenlet"
        Greenlet consumer = Greenlet.current();
        Greenlet numbers = Greenlet.of(first -> {
            for (int i = 1; i <= 3; i++) {
                consumer.switchTo(i); // hands the value over, and sleeps until it is switched to again
            }
            return "no more"; // to the parent, as every end
        });
        List<Object> got = new ArrayList<>();
        while (!numbers.isDead()) {
            got.add(numbers.switchTo());
        }
        // @end
        assertThat(got).containsExactly(1, 2, 3, "no more");
    }
}
