package io.greenlet.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.GreenThread;
import io.greenlet.HubContract.Caller;
import io.greenlet.HubContract.HubKind;
import io.greenlet.Latch;
import io.greenlet.OnlyOn;
import java.util.Iterator;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// How far ahead the consumer of a map hands in: who is soon back for the next result keeps the slots full, but sends
/// nobody into the line; who goes away leaves a second round there. Where threads take turns in order this is exact.
@OnlyOn(value = {HubKind.OWN_CARRIER, HubKind.BATON}, from = Caller.GREEN_THREAD)
final class ImapAheadTests extends PoolContract {

    private static final int SIZE = 4;
    private static final int IN_HAND = 4 * SIZE;

    private final AtomicInteger joined = new AtomicInteger();

    private GreenPool pool() {
        GreenPool pool = pool(SIZE);
        pool.addListener(new PoolListener() {
            @Override
            public void waits(GreenPool in, GreenThread<?> task) {
                joined.incrementAndGet();
            }
        });
        return pool;
    }

    private static Iterable<Integer> upTo(int end) {
        return () -> IntStream.range(0, end).iterator();
    }

    private static void await(Latch gate) {
        try {
            gate.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted", e);
        }
    }

    private static void take(int count, Iterator<Integer> results) {
        for (int i = 0; i < count; i++) {
            assertThat(results.next()).isNotNull();
        }
    }

    private static void waitUntilIdle(GreenPool pool) {
        waitUntil("the pool is idle", () -> pool.running() == 0 && pool.waiting() == 0);
    }

    @ParameterizedTest
    @EnumSource
    void ofAConsumerNotYetKnownTheSecondRoundStandsInLine(ImapTests.Order order) {
        GreenPool pool = pool();
        assertThat(order.map(pool, (Integer i) -> i, upTo(100)).iterator().hasNext()).isTrue();
        assertThat(pool.running()).isEqualTo(SIZE);
        assertThat(pool.waiting()).isEqualTo(SIZE);
    }

    @ParameterizedTest
    @EnumSource
    void noTaskOfAPromptConsumerStandsInLine(ImapTests.Order order) {
        GreenPool pool = pool();
        assertThat(order.map(pool, (Integer i) -> i, upTo(100)).count()).isEqualTo(100);
        assertThat(joined).as("those of the first visit").hasValue(SIZE);
    }

    @ParameterizedTest
    @EnumSource
    void beforeAPromptConsumerSleepsItFillsTheLineAndIsPromptAfterwards(ImapTests.Order order) throws Exception {
        GreenPool pool = pool();
        Latch gate = new Latch(1);
        Actor<Long> consumer = fork(() -> order.map(pool, (Integer i) -> {
            if (i >= 20) {
                await(gate);
            }
            return i;
        }, upTo(100)).count());
        waitUntil("all have slots or places", () -> pool.running() == SIZE && pool.waiting() == SIZE);
        waitUntilParked(consumer.thread());
        assertThat(joined).hasValue(2 * SIZE);
        gate.countDown();
        assertThat(consumer.result()).isEqualTo(100);
        assertThat(joined).hasValue(2 * SIZE);
    }

    @ParameterizedTest
    @EnumSource
    void whoWasAwayHandsInASecondRound(ImapTests.Order order) {
        GreenPool pool = pool();
        Iterator<Integer> results = order.map(pool, (Integer i) -> i, upTo(1_000)).iterator();
        take(10, results);
        assertThat(joined).hasValue(SIZE);
        waitUntilIdle(pool);
        take(1, results);
        assertThat(joined).hasValue(2 * SIZE);
    }

    @ParameterizedTest
    @EnumSource
    void whoPausesAfterEveryBatchLeavesASecondRoundEachTime(ImapTests.Order order) {
        GreenPool pool = pool();
        Iterator<Integer> results = order.map(pool, (Integer i) -> i, upTo(1_000)).iterator();
        take(10, results);
        for (int pause = 0; pause < 5; pause++) {
            waitUntilIdle(pool);
            int before = joined.get();
            take(2 * SIZE, results);
            assertThat(joined.get() - before).isEqualTo(SIZE);
        }
    }

    @ParameterizedTest
    @EnumSource
    void whoWasAwayIsPromptAgainAfterAsManyResultsAsMayBeInHand(ImapTests.Order order) {
        GreenPool pool = pool();
        Iterator<Integer> results = order.map(pool, (Integer i) -> i, upTo(1_000)).iterator();
        take(10, results);
        waitUntilIdle(pool);
        take(IN_HAND, results);
        int before = joined.get();
        assertThat(before).isGreaterThan(2 * SIZE);
        take(100, results);
        assertThat(joined).hasValue(before);
    }
}
