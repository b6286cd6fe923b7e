package io.greenlet.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.Hub;
import io.greenlet.SimulatedHub;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// When resources that nobody uses end, to the nanosecond, and what is left of the timer then.
@Timeout(60)
final class ResourceExpiryTests {

    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration INSTANT = Duration.ofNanos(1);

    private final SimulatedHub hub = Hub.simulated(1);
    private final List<Object> destroyed = new ArrayList<>();

    private ResourcePool<Object> pool(ResourceOptions<Object> options) {
        return ResourcePool.of(options.withHub(hub).withDestroy(destroyed::add), Object::new);
    }

    private static ResourceOptions<Object> options() {
        return ResourceOptions.named("things");
    }

    private static List<Object> take(ResourcePool<Object> pool, int count) throws InterruptedException {
        List<Object> taken = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            taken.add(pool.take());
        }
        return taken;
    }

    @AfterEach
    void closeTheHub() {
        hub.close();
    }

    @Test
    void oneIdleForTooLongEndsAtThatVeryInstant() throws InterruptedException {
        ResourcePool<Object> pool = pool(options().withMaxIdle(MINUTE));
        Object thing = pool.take();
        hub.runFor(MINUTE.multipliedBy(2)); // in use all the time
        pool.give(thing);
        hub.runFor(MINUTE.minus(INSTANT));
        assertThat(destroyed).isEmpty();
        hub.runFor(INSTANT);
        assertThat(destroyed).containsExactly(thing);
        assertThat(pool.free()).isEqualTo(4);
    }

    @Test
    void oneTooOldEndsAtThatVeryInstantWhenTheOneGivenBackBeforeItIsYounger() throws InterruptedException {
        ResourcePool<Object> pool = pool(options().withMaxAge(MINUTE));
        Object older = pool.take();
        hub.runFor(Duration.ofSeconds(30));
        Object younger = pool.take();
        pool.give(younger);
        pool.give(older);
        hub.runFor(Duration.ofSeconds(30).minus(INSTANT));
        assertThat(destroyed).isEmpty();
        hub.runFor(INSTANT);
        assertThat(destroyed).containsExactly(older);
        hub.runFor(Duration.ofSeconds(30));
        assertThat(destroyed).containsExactly(older, younger);
    }

    @Test
    void theLongestIdleEndFirstAndTheLeastStays() throws InterruptedException {
        ResourcePool<Object> pool = pool(options().withSize(1, 4).withMaxIdle(MINUTE));
        List<Object> taken = take(pool, 3);
        for (Object thing : taken) {
            pool.give(thing);
            hub.runFor(Duration.ofSeconds(10));
        }
        hub.runFor(Duration.ofSeconds(30));
        assertThat(destroyed).containsExactly(taken.get(0));
        hub.runFor(Duration.ofSeconds(10));
        assertThat(destroyed).containsExactly(taken.get(0), taken.get(1));
        hub.runFor(MINUTE.multipliedBy(60));
        assertThat(pool.take()).isSameAs(taken.get(2));
    }

    @Test
    void oneOfTheLeastBecomesSpareWhenThereIsAnother() throws InterruptedException {
        ResourcePool<Object> pool = pool(options().withSize(1, 4).withMaxIdle(MINUTE));
        Object first = pool.take();
        Object second = pool.take();
        pool.discard(second);
        pool.give(first);
        hub.runFor(MINUTE.multipliedBy(2));
        assertThat(destroyed).containsExactly(second);
        Object kept = pool.take();
        assertThat(kept).isSameAs(first);
        pool.give(kept);
        pool.resize(0);
        assertThat(destroyed).containsExactly(second, first);
    }

    @Test
    void oneTimerIsSetWhileAnythingIdleCanExpire() throws InterruptedException {
        ResourcePool<Object> pool = pool(options().withMaxIdle(MINUTE).withMaxAge(MINUTE));
        List<Object> taken = take(pool, 3);
        assertThat(hub.snapshot().timers()).isZero();
        taken.forEach(pool::give);
        assertThat(hub.snapshot().timers()).isEqualTo(1);
        hub.runFor(MINUTE);
        assertThat(destroyed).hasSize(3);
        assertThat(hub.snapshot().timers()).isZero();
    }

    @Test
    void clearingAndClosingTakeTheTimerBack() throws InterruptedException {
        ResourcePool<Object> pool = pool(options().withMaxIdle(MINUTE));
        pool.give(pool.take());
        pool.clear();
        assertThat(hub.snapshot().timers()).isZero();
        pool.give(pool.take());
        assertThat(hub.snapshot().timers()).isEqualTo(1);
        pool.close();
        assertThat(hub.snapshot().timers()).isZero();
    }

    @Test
    void withoutALimitOrWithOneThatNobodyLivesToSeeThereIsNoTimer() throws InterruptedException {
        for (ResourceOptions<Object> options : List.of(options(),
                options().withMaxIdle(Duration.ofSeconds(Long.MAX_VALUE)),
                options().withSize(1, 1).withMaxIdle(MINUTE))) {
            ResourcePool<Object> pool = pool(options);
            pool.give(pool.take());
            assertThat(hub.snapshot().timers()).isZero();
        }
    }
}
