package io.greenlet.waiting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.greenlet.Green;
import io.greenlet.HubContract;
import io.greenlet.sync.GreenEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// One wait: a gift, once made, stands.
final class WaiterTests extends HubContract {

    private static final long SHORT_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
    private static final long HOUR_NANOS = TimeUnit.HOURS.toNanos(1);

    /// A waiter in a thread of the scene.
    private final class Waiting {

        final GreenEvent<Waiter> waiter = new GreenEvent<>();
        final Actor<@Nullable Object> actor;

        Waiting(long nanos) throws InterruptedException {
            actor = fork(() -> {
                Waiter mine = new Waiter();
                waiter.send(mine);
                return mine.await(WaiterTests.this, nanos);
            });
            waitUntilParked(actor.thread());
        }

        Waiter waiter() throws InterruptedException {
            return waiter.await();
        }
    }

    @Nested
    final class AGift {

        @Test
        void endsTheWait() throws Exception {
            for (long nanos : new long[]{Waiter.FOREVER, HOUR_NANOS}) {
                Waiting waiting = new Waiting(nanos);
                waiting.waiter().give("gift");
                waiting.waiter().wake();
                assertThat(waiting.actor.result()).isEqualTo("gift");
                assertThat(waiting.waiter().given()).isEqualTo("gift");
            }
        }

        @Test
        void madeBeforeTheWaitEndsItAtOnce() throws Exception {
            for (long nanos : new long[]{Waiter.FOREVER, HOUR_NANOS, 1, 0, -1, Long.MIN_VALUE}) {
                Waiter waiter = new Waiter();
                waiter.give("gift");
                assertThat(waiter.await(this, nanos)).isEqualTo("gift");
            }
        }

        @Test
        void standsAgainstAnInterruptWhoseFlagStays() throws Exception {
            Waiter waiter = new Waiter();
            waiter.give("gift");
            Thread.currentThread().interrupt();
            assertThat(waiter.await(this, Waiter.FOREVER)).isEqualTo("gift");
            assertThat(Thread.interrupted()).isTrue();
        }

        @Test
        void madeAfterTheTimeIsOverIsThereToTake() throws Exception {
            Waiter waiter = new Waiter();
            assertThat(waiter.await(this, 1)).isNull();
            assertThat(waiter.given()).isNull();
            waiter.give("gift");
            waiter.wake();
            assertThat(waiter.given()).isEqualTo("gift");
            // The wake-up came for nobody; the next wait does not take it for its own.
            assertThat(new Waiter().await(this, SHORT_NANOS)).isNull();
        }
    }

    @Nested
    final class WithoutAGift {

        @Test
        void theTimeRunsOutAndNotBefore() throws Exception {
            long start = hub().nanoTime();
            assertThat(new Waiter().await(this, SHORT_NANOS)).isNull();
            assertThat(hub().nanoTime() - start).isGreaterThanOrEqualTo(SHORT_NANOS);
        }

        @Test
        void zeroOrLessDoesNotWait() throws Exception {
            assertThat(new Waiter().await(this, 0)).isNull();
            assertThat(new Waiter().await(this, -1)).isNull();
            assertThat(new Waiter().await(this, Long.MIN_VALUE)).isNull();
        }

        @Test
        void anInterruptEndsTheWaitAndSpendsTheFlag() throws Exception {
            for (long nanos : new long[]{Waiter.FOREVER, HOUR_NANOS}) {
                AtomicBoolean flag = new AtomicBoolean();
                Actor<String> actor = fork(() -> {
                    assertThatThrownBy(() -> new Waiter().await(this, nanos))
                            .isInstanceOf(InterruptedException.class);
                    flag.set(Thread.currentThread().isInterrupted());
                    return "interrupted";
                });
                waitUntilParked(actor.thread());
                actor.interrupt();
                assertThat(actor.result()).isEqualTo("interrupted");
                assertThat(flag).isFalse();
            }
        }

        @Test
        void aFlagSetBeforeCountsToo() {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> new Waiter().await(this, Waiter.FOREVER))
                    .isInstanceOf(InterruptedException.class);
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
        }

        @Test
        void aWakeUpIsNothing() throws Exception {
            for (long nanos : new long[]{Waiter.FOREVER, HOUR_NANOS}) {
                Waiting waiting = new Waiting(nanos);
                for (int i = 0; i < 50; i++) {
                    waiting.waiter().wake();
                    hub().unpark(waiting.actor.thread());
                    waitUntilParked(waiting.actor.thread());
                }
                assertThat(waiting.actor.isDone()).isFalse();
                waiting.waiter().give("gift");
                waiting.waiter().wake();
                assertThat(waiting.actor.result()).isEqualTo("gift");
            }
        }
    }

    /// A place where the first wait looks.
    private static Lookout lookedAt() {
        Lookout place = new Lookout();
        place.found();
        return place;
    }

    /// A wait that begins by looking. Each learns from the one before it, so some look, and some park at once.
    @Nested
    final class ThatMayLook {

        private final Lookout lookout = lookedAt();

        @Test
        void endsByAGiftWheneverThatComes() throws Exception {
            for (int i = 0; i < (DEEP ? 100_000 : 1_000); i++) {
                long nanos = i % 2 == 0 ? Waiter.FOREVER : HOUR_NANOS;
                GreenEvent<Waiter> waiting = new GreenEvent<>();
                Actor<@Nullable Object> actor = fork(() -> {
                    Waiter mine = new Waiter("offer", lookout);
                    waiting.send(mine);
                    return mine.await(WaiterTests.this, nanos);
                });
                Waiter waiter = waiting.await();
                assertThat(waiter.offer()).isEqualTo("offer");
                waiter.give(i);
                waiter.wake();
                assertThat(actor.result()).isEqualTo(i);
            }
        }

        @Test
        void endsByAGiftAfterItLookedInVain() throws Exception {
            for (int i = 0; i < 20; i++) {
                GreenEvent<Waiter> waiting = new GreenEvent<>();
                Actor<@Nullable Object> actor = fork(() -> {
                    Waiter mine = new Waiter(null, lookout);
                    waiting.send(mine);
                    return mine.await(WaiterTests.this, Waiter.FOREVER);
                });
                waitUntilParked(actor.thread());
                Waiter waiter = waiting.await();
                waiter.give(i);
                waiter.wake();
                assertThat(actor.result()).isEqualTo(i);
            }
        }

        @Test
        void isOverAtItsTime() throws Exception {
            assertThat(new Waiter(null, lookout).await(this, 0)).isNull();
            long start = hub().nanoTime();
            assertThat(new Waiter(null, lookedAt()).await(this, SHORT_NANOS)).isNull();
            assertThat(hub().nanoTime() - start).isGreaterThanOrEqualTo(SHORT_NANOS);
        }

        @Test
        void isInterrupted() {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> new Waiter(null, lookedAt()).await(this, Waiter.FOREVER))
                    .isInstanceOf(InterruptedException.class);
        }
    }

    /// A line under a lock, as every primitive uses it. Gifts meet time-outs and interrupts as often as can be; each
    /// must have exactly one taker.
    @Nested
    final class ThePhotoFinish {

        private static final int ROUNDS = DEEP ? 200_000 : 1_000;

        private final ReentrantLock lock = new ReentrantLock();
        private final WaitList<Waiter> line = new WaitList<>();
        private final Lookout lookout = lookedAt();

        private boolean giveToTheFirst() {
            Waiter first;
            lock.lock();
            try {
                first = line.poll();
                if (first == null) {
                    return false;
                }
                first.give("gift");
            } finally {
                lock.unlock();
            }
            first.wake();
            return true;
        }

        private boolean receive(long nanos) {
            Waiter waiter = nanos % 2 == 0 ? new Waiter() : new Waiter(null, lookout);
            lock.lock();
            try {
                line.add(waiter);
            } finally {
                lock.unlock();
            }
            Object got = null;
            boolean interrupted = false;
            try {
                got = waiter.await(this, nanos);
            } catch (InterruptedException e) {
                interrupted = true;
            }
            if (got != null) {
                Thread.interrupted();
                return true;
            }
            boolean stoodInLine;
            lock.lock();
            try {
                stoodInLine = line.remove(waiter);
            } finally {
                lock.unlock();
            }
            Object late = waiter.given();
            if (stoodInLine == (late != null)) {
                throw new AssertionError(
                        "in line: " + stoodInLine + ", gift: " + late + ", interrupted: " + interrupted);
            }
            return late != null;
        }

        @Test
        void atTheTimeOutHasOneWinner() throws Exception {
            AtomicInteger received = new AtomicInteger();
            Actor<Integer> receiver = fork(() -> {
                for (int i = 0; i < ROUNDS; i++) {
                    if (receive(ThreadLocalRandom.current().nextInt(20_000))) {
                        received.incrementAndGet();
                    }
                }
                return received.get();
            });
            int given = 0;
            while (!receiver.isDone()) {
                given += giveToTheFirst() ? 1 : 0;
                for (int i = ThreadLocalRandom.current().nextInt(100); i > 0; i--) {
                    Thread.onSpinWait();
                }
                Green.yieldNow();
            }
            assertThat(receiver.result()).isEqualTo(given);
            assertThat(line.isEmpty()).isTrue();
        }

        @Test
        void atTheInterruptHasOneWinner() throws Exception {
            AtomicBoolean over = new AtomicBoolean();
            List<Actor<Integer>> receivers = new ArrayList<>();
            for (int r = 0; r < 3; r++) {
                receivers.add(fork(() -> {
                    int received = 0;
                    for (int i = 0; i < ROUNDS; i++) {
                        received += receive(HOUR_NANOS) ? 1 : 0;
                    }
                    Thread.interrupted();
                    return received;
                }));
            }
            Actor<Integer> interrupter = fork(() -> {
                int interrupts = 0;
                while (!over.get()) {
                    receivers.get(interrupts % 3).interrupt();
                    interrupts++;
                    Green.yieldNow();
                }
                return interrupts;
            });
            int given = 0;
            while (!receivers.stream().allMatch(Actor::isDone)) {
                given += giveToTheFirst() ? 1 : 0;
                Green.yieldNow();
            }
            over.set(true);
            int received = 0;
            for (Actor<Integer> receiver : receivers) {
                received += receiver.result();
            }
            assertThat(received).isEqualTo(given);
            assertThat(interrupter.result()).isPositive();
            assertThat(line.isEmpty()).isTrue();
        }
    }
}
