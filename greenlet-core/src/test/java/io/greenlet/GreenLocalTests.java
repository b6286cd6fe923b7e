package io.greenlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolOptions;
import io.greenlet.pool.WhenFull;
import io.greenlet.sync.GreenEvent;
import java.lang.ref.WeakReference;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Variables of green threads, from every kind of thread, on every hub.
final class GreenLocalTests extends HubContract {

    private final AtomicInteger made = new AtomicInteger();
    private final GreenLocal<Integer> local = GreenLocal.withInitial(made::incrementAndGet);

    @Test
    void eachThreadHasItsOwnComputedOnce() throws Exception {
        int mine = local.get();
        assertThat(local.get()).isEqualTo(mine);
        int others = spawn(local::get).await();
        assertThat(others).isNotEqualTo(mine);
        assertThat(fork(local::get).result()).isNotIn(mine, others);
        assertThat(made).hasValue(3);
        local.remove();
    }

    @Test
    void whatOneSetsNoOtherSees() throws Exception {
        local.set(-1);
        GreenThread<Integer> child = spawn(() -> {
            int inherited = local.get();
            local.set(-2);
            return inherited;
        });
        assertThat(child.await()).isEqualTo(1);
        assertThat(local.get()).isEqualTo(-1);
        local.remove();
        assertThat(local.get()).as("computed anew").isEqualTo(2);
        local.remove();
    }

    @Test
    void nullIsAValue() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        GreenLocal<@Nullable String> nothing = GreenLocal.withInitial(() -> {
            asked.incrementAndGet();
            return null;
        });
        assertThat(nothing.get()).isNull();
        assertThat(nothing.get()).isNull();
        assertThat(asked).hasValue(1);
        try (GreenPool pool = callerRuns()) {
            assertThat(pool.spawn(() -> {
                assertThat(nothing.get()).isNull();
                return nothing.get() == null;
            }).await()).isTrue();
        }
        assertThat(asked).hasValue(2);
        nothing.remove();
    }

    private GreenPool callerRuns() {
        return GreenPool
                .of(PoolOptions.named("callers").withHub(hub()).withSize(0).withWhenFull(WhenFull.CALLER_RUNS));
    }

    @Test
    void aTaskInItsCallersThreadHasItsOwn() throws Exception {
        local.set(-1);
        Thread here = Thread.currentThread();
        try (GreenPool pool = callerRuns()) {
            GreenThread<Integer> task = pool.spawn(() -> {
                assertThat(Thread.currentThread()).isSameAs(here);
                int first = local.get();
                local.set(-2);
                assertThat(local.get()).isEqualTo(-2);
                local.remove();
                assertThat(local.get()).isNotEqualTo(-2);
                try (GreenTimeout inside = GreenTimeout.open(java.time.Duration.ofSeconds(30))) {
                    assertThat(inside.isPending()).isTrue();
                    assertThat(local.get()).as("a scope is no task").isEqualTo(2);
                }
                return first;
            });
            assertThat(task.await()).isEqualTo(1);
            assertThat(pool.spawn(local::get).await()).as("each anew").isEqualTo(3);
        }
        assertThat(local.get()).isEqualTo(-1);
        local.remove();
    }

    @Test
    void aTaskInATaskInPlaceHasItsOwn() throws Exception {
        try (GreenPool pool = callerRuns()) {
            GreenThread<Integer> outer = pool.spawn(() -> {
                local.set(-1);
                assertThat(pool.spawn(local::get).await()).isEqualTo(1);
                return local.get();
            });
            assertThat(outer.await()).isEqualTo(-1);
        }
    }

    @Test
    void anInitialValueThatFailsIsTriedAgain() throws Exception {
        AtomicInteger tries = new AtomicInteger();
        GreenLocal<String> failing = GreenLocal.withInitial(() -> {
            if (tries.incrementAndGet() == 1) {
                throw new IllegalStateException("first");
            }
            return "second";
        });
        try (GreenPool pool = callerRuns()) {
            assertThat(pool.spawn(() -> {
                assertThatThrownBy(failing::get).isInstanceOf(IllegalStateException.class);
                return failing.get();
            }).await()).isEqualTo("second");
        }
    }

    @Test
    void eachGreenletHasItsOwn() {
        local.set(-1);
        Greenlet greenlet = Greenlet.of(_ -> local.get());
        assertThat(greenlet.switchTo()).isEqualTo(1);
        assertThat(local.get()).isEqualTo(-1);
        local.remove();
    }

    @Test
    void aValueGoesWithItsGreenThread() throws Exception {
        GreenLocal<Object> kept = GreenLocal.withInitial(Object::new);
        GreenThread<WeakReference<Object>> ended = spawn(() -> new WeakReference<>(kept.get()));
        waitUntilCollected(ended.await());
        GreenEvent<WeakReference<Object>> seen = new GreenEvent<>();
        GreenThread<String> killed = spawn(() -> {
            seen.send(new WeakReference<>(kept.get()));
            return new GreenEvent<String>().await();
        });
        WeakReference<Object> value = seen.await();
        killed.kill();
        assertThatThrownBy(killed::await).isInstanceOf(GreenletExit.class);
        waitUntilCollected(value);
        assertThat(kept).isNotNull();
    }

    @Test
    void aValueOfATaskInPlaceGoesWithIt() throws Exception {
        GreenLocal<Object> kept = GreenLocal.withInitial(Object::new);
        try (GreenPool pool = callerRuns()) {
            waitUntilCollected(pool.spawn(() -> new WeakReference<>(kept.get())).await());
        }
        assertThat(kept).isNotNull();
    }
}
