package io.greenlet.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.greenlet.GreenThread;
import io.greenlet.GreenletExit;
import io.greenlet.Latch;
import io.greenlet.Permits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Streams of results: imap, starmap, imapUnordered.
final class ImapTests extends PoolContract {

    /// The two orders, behind one shape.
    enum Order {
        INPUT, COMPLETION;

        <T, R extends @Nullable Object> Stream<R> map(GreenPool pool, Function<? super T, ? extends R> function,
                Iterable<? extends T> items) {
            return switch (this) {
                case INPUT -> pool.imap(function, items);
                case COMPLETION -> pool.imapUnordered(function, items);
            };
        }
    }

    private static List<Integer> upTo(int end) {
        return IntStream.range(0, end).boxed().toList();
    }

    private static void await(Latch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted", e);
        }
    }

    private static int waitForEver() {
        await(new Latch(1));
        return 0;
    }

    /// An input that notes who touches it, how far it was pulled, and whether it was closed.
    private static final class Source implements Iterable<Integer> {

        final IntFunction<Integer> item;
        final int end;
        final AtomicInteger pulled = new AtomicInteger();
        final AtomicInteger iterators = new AtomicInteger();
        final AtomicInteger closed = new AtomicInteger();
        final Set<Thread> touchedBy = ConcurrentHashMap.newKeySet();

        Source(int end) {
            this(end, i -> i);
        }

        Source(int end, IntFunction<Integer> item) {
            this.end = end;
            this.item = item;
        }

        static Source endless() {
            return new Source(Integer.MAX_VALUE);
        }

        @Override
        public Iterator<Integer> iterator() {
            touchedBy.add(Thread.currentThread());
            iterators.incrementAndGet();
            return new Items();
        }

        private final class Items implements Iterator<Integer>, AutoCloseable {

            @Override
            public boolean hasNext() {
                touchedBy.add(Thread.currentThread());
                return pulled.get() < end;
            }

            @Override
            public Integer next() {
                touchedBy.add(Thread.currentThread());
                return item.apply(pulled.getAndIncrement());
            }

            @Override
            public void close() {
                closed.incrementAndGet();
            }
        }
    }

    @Nested
    class Results {

        @ParameterizedTest
        @ValueSource(ints = {1, 2, 7, 1000})
        void imapGivesThemInTheOrderOfTheItems(int size) {
            GreenPool pool = pool(size);
            assertThat(pool.imap((Integer i) -> i * i, upTo(500)).toList())
                    .containsExactlyElementsOf(upTo(500).stream().map(i -> i * i).toList());
        }

        @Test
        void imapKeepsTheOrderWhenItemsEndInAnother() {
            GreenPool pool = pool(3);
            Latch second = new Latch(1);
            Latch third = new Latch(1);
            Stream<Integer> results = pool.imap((Integer i) -> {
                switch (i) {
                    case 0 -> await(second);
                    case 1 -> {
                        await(third);
                        second.countDown();
                    }
                    default -> third.countDown();
                }
                return i;
            }, upTo(3));
            assertThat(results.toList()).containsExactly(0, 1, 2);
        }

        @Test
        void imapUnorderedGivesThemAsTheyCome() {
            GreenPool pool = pool(2);
            Latch slow = new Latch(1);
            Iterator<Integer> results = pool.imapUnordered((Integer i) -> {
                if (i == 0) {
                    await(slow);
                }
                return i;
            }, upTo(10)).iterator();
            List<Integer> others = new ArrayList<>();
            for (int i = 0; i < 9; i++) {
                others.add(results.next());
            }
            assertThat(others).containsExactlyInAnyOrder(1, 2, 3, 4, 5, 6, 7, 8, 9);
            slow.countDown();
            assertThat(results.next()).isZero();
            assertThat(results.hasNext()).isFalse();
        }

        @ParameterizedTest
        @ValueSource(ints = {1, 3, 50})
        void imapUnorderedGivesEachOnce(int size) {
            GreenPool pool = pool(size);
            assertThat(pool.imapUnordered((Integer i) -> i, upTo(2_000)).toList())
                    .containsExactlyInAnyOrderElementsOf(upTo(2_000));
        }

        @Test
        void imapOfTwoInputsEndsWithTheShorter() {
            GreenPool pool = pool(2);
            assertThat(pool.imap((Integer a, String b) -> a + b, upTo(5), List.of("x", "y", "z")).toList())
                    .containsExactly("0x", "1y", "2z");
            assertThat(pool.imap((String b, Integer a) -> b + a, List.of("x"), Source.endless()).toList())
                    .containsExactly("x0");
        }

        @Test
        void starmapTakesPairs() {
            GreenPool pool = pool(2);
            assertThat(pool.starmap((String name, Integer times) -> name.repeat(times),
                    List.of(Map.entry("a", 3), Map.entry("b", 1))).toList()).containsExactly("aaa", "b");
        }

        @ParameterizedTest
        @EnumSource
        void aNullIsAResult(Order order) {
            GreenPool pool = pool(2);
            Iterator<@Nullable String> results = order
                    .<Integer, @Nullable String>map(pool, i -> i % 2 == 0 ? null : "odd", upTo(6)).iterator();
            int nulls = 0;
            int odds = 0;
            while (results.hasNext()) {
                if (results.next() == null) {
                    nulls++;
                } else {
                    odds++;
                }
            }
            assertThat(nulls).isEqualTo(3);
            assertThat(odds).isEqualTo(3);
        }

        @ParameterizedTest
        @EnumSource
        void nextAfterTheEndSaysSoAgainAndAgain(Order order) {
            GreenPool pool = pool(1);
            Iterator<Integer> results = order.map(pool, (Integer i) -> i, List.of(1)).iterator();
            assertThat(results.next()).isEqualTo(1);
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(results::next).isInstanceOf(NoSuchElementException.class);
                assertThat(results.hasNext()).isFalse();
            }
            Iterator<Integer> none = order.map(pool, (Integer i) -> i, List.<Integer>of()).iterator();
            assertThatThrownBy(none::next).isInstanceOf(NoSuchElementException.class);
        }

        @ParameterizedTest
        @EnumSource
        void aNoSuchElementOfTheFunctionEndsNothing(Order order) {
            GreenPool pool = pool(1);
            Iterator<Integer> results = order.map(pool, (Integer i) -> {
                if (i == 0) {
                    throw new NoSuchElementException("the function's own");
                }
                return i;
            }, upTo(2)).iterator();
            List<String> seen = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                assertThat(results.hasNext()).isTrue();
                try {
                    seen.add(String.valueOf(results.next()));
                } catch (NoSuchElementException e) {
                    seen.add(String.valueOf(e.getMessage()));
                }
            }
            assertThat(seen).containsExactlyInAnyOrder("the function's own", "1");
            assertThat(results.hasNext()).isFalse();
        }

        @Test
        void theStreamIsAStreamLikeAnyOther() {
            GreenPool pool = pool(3);
            try (Stream<Integer> results = pool.imap((Integer i) -> i, Source.endless())) {
                assertThat(results.filter(i -> i % 2 == 1).map(i -> i * 10).limit(3).toList()).containsExactly(10, 30,
                        50);
            }
            assertThat(pool.imapUnordered((Integer i) -> i, upTo(100)).mapToInt(i -> i).sum()).isEqualTo(4950);
            Stream<Integer> used = pool.imap((Integer i) -> i, List.of(1));
            assertThat(used.iterator().next()).isEqualTo(1);
            assertThatThrownBy(used::toList).isInstanceOf(IllegalStateException.class);
        }

        @ParameterizedTest
        @EnumSource
        void itWorksWhateverThePoolDoesWhenFull(Order order) {
            for (WhenFull policy : WhenFull.values()) {
                GreenPool pool = pool(PoolOptions.named("pool").withSize(1).withWhenFull(policy).withQueueCapacity(0));
                assertThat(order.map(pool, (Integer i) -> i, upTo(20)).toList()).hasSize(20);
            }
        }

        @Test
        void twoStreamsShareThePool() throws Exception {
            GreenPool pool = pool(2);
            Actor<List<Integer>> a = fork(() -> pool.imap((Integer i) -> i, upTo(300)).toList());
            Actor<List<Integer>> b = fork(() -> pool.imapUnordered((Integer i) -> i, upTo(300)).toList());
            assertThat(a.result()).containsExactlyElementsOf(upTo(300));
            assertThat(b.result()).containsExactlyInAnyOrderElementsOf(upTo(300));
        }
    }

    @Nested
    class Bounds {

        @ParameterizedTest
        @EnumSource
        void nothingIsPulledBeforeItIsConsumed(Order order) {
            GreenPool pool = pool(2);
            Source source = Source.endless();
            try (Stream<Integer> results = order.map(pool, (Integer i) -> i, source)) {
                assertThat(source.iterators).hasValue(0);
                Iterator<Integer> iterator = results.iterator();
                assertThat(source.iterators).hasValue(0);
                assertThat(source.pulled).hasValue(0);
                assertThat(iterator.next()).isNotNull();
                assertThat(source.iterators).hasValue(1);
            }
        }

        @ParameterizedTest
        @EnumSource
        void onlyTheConsumerTouchesTheSource(Order order) throws Exception {
            GreenPool pool = pool(4);
            Source source = new Source(500);
            Actor<Thread> consumer = fork(() -> {
                assertThat(order.map(pool, (Integer i) -> i, source).toList()).hasSize(500);
                return Thread.currentThread();
            });
            assertThat(source.touchedBy).isSubsetOf(consumer.thread());
            assertThat(consumer.result()).isSameAs(consumer.thread());
            assertThat(source.touchedBy).containsExactly(consumer.thread());
        }

        @ParameterizedTest
        @ValueSource(ints = {1, 2, 5})
        void endlessInputIsPulledAFewPoolSizesAhead(int size) {
            GreenPool pool = pool(size);
            Source source = Source.endless();
            for (Order order : Order.values()) {
                source.pulled.set(0);
                try (Stream<Integer> results = order.map(pool, (Integer i) -> i, source)) {
                    Iterator<Integer> iterator = results.iterator();
                    for (int taken = 1; taken <= 200; taken++) {
                        assertThat(iterator.next()).isNotNull();
                        assertThat(source.pulled.get() - taken).isLessThan(4 * size);
                    }
                }
            }
        }

        @Test
        void behindASlowItemEndlessInputStopsAtTheWindow() throws Exception {
            GreenPool pool = pool(2);
            Source source = Source.endless();
            Latch slow = new Latch(1);
            Actor<Integer> consumer = fork(() -> {
                try (Stream<Integer> results = pool.imap((Integer i) -> {
                    if (i == 0) {
                        await(slow);
                    }
                    return i;
                }, source)) {
                    return results.iterator().next();
                }
            });
            waitUntil("the window is full", () -> source.pulled.get() == 8);
            waitUntil("all but the slow one have ended", () -> pool.running() == 1);
            waitUntilParked(consumer.thread());
            assertThat(source.pulled).hasValue(8);
            slow.countDown();
            assertThat(consumer.result()).isZero();
        }

        @ParameterizedTest
        @EnumSource
        void noMoreThanTheSizeRunAtOnce(Order order) {
            GreenPool pool = pool(3);
            AtomicInteger live = new AtomicInteger();
            AtomicInteger most = new AtomicInteger();
            assertThat(order.map(pool, (Integer i) -> {
                most.accumulateAndGet(live.incrementAndGet(), Math::max);
                letOthersRun();
                live.decrementAndGet();
                return i;
            }, upTo(1_000)).count()).isEqualTo(1_000);
            assertThat(most.get()).isBetween(1, 3);
        }

        @Test
        void itsTasksAreThePoolsTasks() {
            GreenPool pool = pool(2);
            Iterator<Integer> running = pool.imap((Integer i) -> pool.running(), upTo(1)).iterator();
            assertThat(running.next()).isEqualTo(1);
            assertThat(pool.snapshot().completed()).isEqualTo(1);
        }

        @Test
        void itsTasksDoNotCountAgainstTheQueuesCapacity() throws InterruptedException {
            GreenPool pool = pool(PoolOptions.named("pool").withSize(1).withQueueCapacity(1));
            Latch gate = new Latch(1);
            fill(pool, 1, gate);
            Iterator<Integer> results = pool.imap((Integer i) -> i, upTo(2)).iterator();
            assertThat(results.hasNext()).isTrue();
            assertThat(pool.waiting()).isEqualTo(2);
            GreenThread<Integer> queued = pool.submit(() -> 5);
            gate.countDown();
            assertThat(results.next() + results.next()).isEqualTo(1);
            assertThat(queued.await()).isEqualTo(5);
        }
    }

    @Nested
    class OwnLimits {

        @ParameterizedTest
        @ValueSource(ints = {1, 2, 3})
        void aStreamWithALimitOfItsOwnKeepsToIt(int parallel) {
            GreenPool pool = pool(8);
            AtomicInteger live = new AtomicInteger();
            AtomicInteger most = new AtomicInteger();
            Function<Integer, Integer> function = i -> {
                most.accumulateAndGet(live.incrementAndGet(), Math::max);
                live.decrementAndGet();
                return i;
            };
            assertThat(pool.imap(function, upTo(300), parallel).toList()).containsExactlyElementsOf(upTo(300));
            assertThat(pool.imapUnordered(function, upTo(300), parallel).toList())
                    .containsExactlyInAnyOrderElementsOf(upTo(300));
            assertThat(most.get()).isBetween(1, parallel);
        }

        @Test
        void itReachesItsLimit() {
            GreenPool pool = pool(8);
            Latch three = new Latch(3); // nobody gets on unless three run at once
            assertThat(pool.imap((Integer i) -> {
                three.countDown();
                await(three);
                return i;
            }, upTo(9), 3).toList()).containsExactlyElementsOf(upTo(9));
        }

        @Test
        void aLimitThatIsNotPositiveIsRefused() {
            GreenPool pool = pool(8);
            assertThatIllegalArgumentException().isThrownBy(() -> pool.imap((Integer i) -> i, upTo(1), 0))
                    .withMessage("parallel must be positive: 0");
        }
    }

    @Nested
    class Failures {

        @Test
        void anItemsFailureIsRaisedAtItsPositionAndTheNextGoesOn() {
            GreenPool pool = pool(2);
            Iterator<Integer> results = pool.imap((Integer i) -> {
                if (i % 3 == 1) {
                    throw new IllegalStateException("item " + i);
                }
                return i;
            }, upTo(7)).iterator();
            List<String> seen = new ArrayList<>();
            while (results.hasNext()) {
                try {
                    seen.add(String.valueOf(results.next()));
                } catch (IllegalStateException e) {
                    seen.add(String.valueOf(e.getMessage()));
                }
            }
            assertThat(seen).containsExactly("0", "item 1", "2", "3", "item 4", "5", "6");
        }

        @Test
        void unorderedAnItemsFailureIsRaisedOnceAmongTheOthers() {
            GreenPool pool = pool(2);
            Iterator<Integer> results = pool.imapUnordered((Integer i) -> {
                if (i == 2) {
                    throw new UncheckedIOException(new IOException("item 2"));
                }
                return i;
            }, upTo(5)).iterator();
            Map<String, Integer> seen = new HashMap<>();
            while (results.hasNext()) {
                String what;
                try {
                    what = String.valueOf(results.next());
                } catch (UncheckedIOException e) {
                    what = "failure";
                }
                seen.merge(what, 1, Integer::sum);
            }
            assertThat(seen).isEqualTo(Map.of("0", 1, "1", 1, "failure", 1, "3", 1, "4", 1));
        }

        @Test
        void anErrorPassesAsItIs() {
            GreenPool pool = pool(1);
            AssertionError error = new AssertionError("x");
            Iterator<Integer> results = pool.imap((Integer i) -> {
                throw error;
            }, List.of(1)).<Integer>map(i -> 1).iterator();
            assertThatThrownBy(results::next).isSameAs(error);
        }

        @ParameterizedTest
        @EnumSource
        void aSourceThatFailsIsRaisedAtItsPositionAndEndsTheInput(Order order) {
            GreenPool pool = pool(1);
            IllegalStateException failure = new IllegalStateException("torn");
            Iterator<Integer> results = order.map(pool, (Integer i) -> i, new Source(9, i -> {
                if (i == 3) {
                    throw failure;
                }
                return i;
            })).iterator();
            List<Integer> values = new ArrayList<>();
            int failures = 0;
            while (results.hasNext()) {
                try {
                    values.add(results.next());
                } catch (IllegalStateException e) {
                    assertThat(e).isSameAs(failure);
                    failures++;
                }
            }
            assertThat(values).containsExactlyInAnyOrder(0, 1, 2);
            assertThat(failures).isEqualTo(1);
            if (order == Order.INPUT) {
                assertThat(values).isSorted();
            }
        }

        @ParameterizedTest
        @EnumSource
        void aSourceWithoutAnIteratorIsRaisedFirst(Order order) {
            GreenPool pool = pool(1);
            IllegalStateException failure = new IllegalStateException("no iterator");
            Iterable<Integer> broken = () -> {
                throw failure;
            };
            Iterator<Integer> results = order.map(pool, (Integer i) -> i, broken).iterator();
            assertThatThrownBy(results::next).isSameAs(failure);
            assertThatThrownBy(results::next).isInstanceOf(NoSuchElementException.class);
        }

        @ParameterizedTest
        @EnumSource
        void aTaskKilledInFlightIsRaisedAtItsPosition(Order order) throws Exception {
            GreenPool pool = pool(1);
            Latch inside = new Latch(1);
            Actor<Boolean> killer = fork(() -> {
                inside.await();
                pool.killAll();
                return true;
            });
            Iterator<Integer> results = order.map(pool, (Integer i) -> {
                inside.countDown();
                return waitForEver();
            }, List.of(1)).iterator();
            assertThatThrownBy(results::next).isInstanceOf(GreenletExit.class);
            assertThatThrownBy(results::next).isInstanceOf(NoSuchElementException.class);
            assertThat(killer.result()).isTrue();
        }

        @ParameterizedTest
        @EnumSource
        void aPoolThatClosesMeanwhileEndsTheStreamWithItsRejection(Order order) {
            GreenPool pool = pool(1);
            Iterator<Integer> results = order.map(pool, (Integer i) -> i, Source.endless()).iterator();
            assertThat(results.next()).isNotNegative();
            pool.close();
            AtomicBoolean rejected = new AtomicBoolean();
            while (results.hasNext()) {
                try {
                    assertThat(results.next()).isNotNegative();
                } catch (RejectedSubmission e) {
                    assertThat(rejected.getAndSet(true)).isFalse();
                }
            }
            assertThat(rejected).isTrue();
        }
    }

    @Nested
    class Interruption {

        @ParameterizedTest
        @EnumSource
        void anInterruptedConsumerLosesNoResult(Order order) throws Exception {
            GreenPool pool = pool(2);
            Permits let = new Permits();
            Iterator<Integer> results = order.map(pool, (Integer i) -> {
                let.acquireUninterruptibly();
                return i;
            }, upTo(4)).iterator();
            Actor<List<Integer>> consumer = fork(() -> {
                List<Integer> taken = new ArrayList<>();
                while (results.hasNext()) {
                    try {
                        taken.add(results.next());
                    } catch (CancellationException e) {
                        assertThat(e).hasCauseInstanceOf(InterruptedException.class);
                        assertThat(Thread.interrupted()).isTrue();
                        let.release(1);
                    }
                }
                return taken;
            });
            for (int i = 0; i < 4; i++) {
                waitUntilParked(consumer.thread());
                consumer.interrupt();
                int done = i + 1;
                waitUntil("one more has ended", () -> pool.snapshot().completed() == done);
            }
            assertThat(consumer.result()).containsExactlyInAnyOrder(0, 1, 2, 3);
        }

        @ParameterizedTest
        @EnumSource
        void aFlagThatIsSetDoesNotHideAResultThatIsThere(Order order) {
            GreenPool pool = pool(1);
            AtomicReference<@Nullable Thread> runner = new AtomicReference<>();
            Iterator<Integer> results = order.map(pool, (Integer i) -> {
                runner.set(Thread.currentThread());
                return i;
            }, List.of(4)).iterator();
            assertThat(results.hasNext()).isTrue();
            waitUntil("the task's thread is gone", () -> {
                Thread thread = runner.get();
                return thread != null && !thread.isAlive();
            });
            Thread.currentThread().interrupt();
            try {
                assertThat(results.next()).isEqualTo(4);
            } finally {
                assertThat(Thread.interrupted()).isTrue();
            }
        }

        @Test
        void aKilledConsumerEndsByItsKill() throws InterruptedException {
            GreenPool pool = pool(2);
            Latch inside = new Latch(1);
            Latch gate = new Latch(1);
            GreenThread<Integer> consumer = pool.spawn(() -> {
                try (Stream<Integer> results = pool.imap((Integer i) -> {
                    inside.countDown();
                    await(gate);
                    return i;
                }, List.of(1))) {
                    return results.iterator().next();
                }
            });
            inside.await();
            consumer.kill();
            assertThatThrownBy(consumer::await).isInstanceOf(GreenletExit.class);
            gate.countDown();
        }
    }

    @Nested
    class Closing {

        @ParameterizedTest
        @EnumSource
        void itKillsWhatIsInFlightAndClosesTheSource(Order order) {
            GreenPool pool = pool(2);
            Source source = Source.endless();
            Latch inside = new Latch(2);
            Stream<Integer> results = order.map(pool, (Integer i) -> {
                inside.countDown();
                return waitForEver();
            }, source);
            Iterator<Integer> iterator = results.iterator();
            assertThat(iterator.hasNext()).isTrue();
            await(inside);
            int pulled = source.pulled.get();
            results.close();
            waitUntil("nothing is in flight", () -> pool.running() == 0 && pool.waiting() == 0);
            assertThat(source.closed).hasValue(1);
            assertThat(source.pulled).hasValue(pulled);
            assertThat(iterator.hasNext()).isFalse();
            assertThatThrownBy(iterator::next).isInstanceOf(CancellationException.class);
            assertThat(source.pulled).hasValue(pulled);
            assertThat(pool.snapshot().killed()).isEqualTo(4);
        }

        @ParameterizedTest
        @EnumSource
        void fromAnotherThreadItEndsTheWaitOfTheConsumer(Order order) throws Exception {
            GreenPool pool = pool(2);
            Source source = Source.endless();
            Stream<Integer> results = order.map(pool, (Integer i) -> waitForEver(), source);
            Iterator<Integer> iterator = results.iterator();
            Actor<Integer> consumer = fork(iterator::next);
            waitUntil("it waits for a result", () -> source.pulled.get() == 4 && pool.running() == 2);
            waitUntilParked(consumer.thread());
            results.close();
            assertThatThrownBy(consumer::result).isInstanceOf(CancellationException.class)
                    .hasMessage("the stream of results of pool 'pool' is closed");
            assertThat(source.closed).hasValue(1);
        }

        @Test
        void fromAnotherThreadAtAnyMomentItLeavesNothing() throws Exception {
            GreenPool pool = pool(2);
            for (int round = 0; round < 500; round++) {
                Order order = round % 2 == 0 ? Order.INPUT : Order.COMPLETION;
                Source source = Source.endless();
                Stream<Integer> results = order.map(pool, (Integer i) -> i, source);
                Iterator<Integer> iterator = results.iterator();
                Latch begun = new Latch(round % 3);
                Actor<Integer> consumer = fork(() -> {
                    int taken = 0;
                    try {
                        for (;; taken++) {
                            begun.countDown();
                            assertThat(iterator.next()).isNotNull();
                        }
                    } catch (CancellationException e) {
                        return taken;
                    }
                });
                begun.await();
                results.close();
                assertThat(consumer.result()).isNotNegative();
                assertThat(source.closed.get()).isEqualTo(source.iterators.get());
                pool.waitAll();
                assertThat(pool.waiting()).isZero();
            }
        }

        @ParameterizedTest
        @EnumSource
        void fromOneOfItsOwnTasksItKillsTheOthersAndThenThatOne(Order order) throws Exception {
            GreenPool pool = pool(2);
            Source source = Source.endless();
            AtomicReference<Stream<Integer>> results = new AtomicReference<>();
            AtomicBoolean wentOn = new AtomicBoolean();
            Latch bothRun = new Latch(2);
            Latch waits = new Latch(1);
            results.set(order.map(pool, (Integer i) -> {
                bothRun.countDown();
                if (i == 0) {
                    await(bothRun);
                    await(waits);
                    results.get().close();
                    wentOn.set(true);
                }
                return waitForEver();
            }, source));
            Iterator<Integer> iterator = results.get().iterator();
            Actor<Integer> consumer = fork(iterator::next);
            bothRun.await();
            waitUntilParked(consumer.thread());
            waits.countDown();
            assertThatThrownBy(consumer::result).isInstanceOf(CancellationException.class);
            pool.waitAll();
            assertThat(wentOn).isFalse();
            assertThat(source.closed).hasValue(1);
            assertThat(pool.snapshot().killed()).isEqualTo(4);
        }

        @ParameterizedTest
        @EnumSource
        void ofAPoolARefusedTaskThatIsKilledLaterIsNoResult(Order order) throws Exception {
            GreenPool pool = pool(1);
            List<GreenThread<?>> refused = new ArrayList<>();
            pool.addListener(new PoolListener() {
                @Override
                public void left(GreenPool in, GreenThread<?> task) {
                    refused.add(task);
                }
            });
            Latch gate = new Latch(1);
            Iterator<Integer> results = order.map(pool, (Integer i) -> {
                await(gate);
                return i;
            }, () -> IntStream.range(0, 9).peek(i -> {
                if (i == 1) {
                    pool.core().close();
                }
            }).iterator()).iterator();
            assertThat(results.hasNext()).isTrue();
            assertThat(refused).hasSize(1);
            refused.getFirst().kill();
            gate.countDown();
            List<Object> got = new ArrayList<>();
            while (results.hasNext()) {
                try {
                    got.add(results.next());
                } catch (RuntimeException e) {
                    got.add(e.getClass());
                }
            }
            pool.core().closeIsOver();
            assertThat(got).containsExactlyInAnyOrder(0, RejectedSubmission.class);
        }

        @Test
        void aSourceThatIsBeingOpenedMeanwhileIsClosedToo() throws Exception {
            GreenPool pool = pool(1);
            Source source = Source.endless();
            Latch opening = new Latch(1);
            Latch opened = new Latch(1);
            Iterable<Integer> slow = () -> {
                opening.countDown();
                await(opened);
                return source.iterator();
            };
            Stream<Integer> results = pool.imap((Integer i) -> i, slow);
            Iterator<Integer> iterator = results.iterator();
            Actor<Integer> consumer = fork(iterator::next);
            opening.await();
            results.close();
            opened.countDown();
            assertThatThrownBy(consumer::result).isInstanceOf(CancellationException.class);
            assertThat(source.closed).hasValue(1);
        }

        @Test
        void ofTwoInputsItClosesBothEvenIfOneFails() {
            GreenPool pool = pool(1);
            Source good = Source.endless();
            IllegalStateException failure = new IllegalStateException("stuck");
            class Stuck implements Iterator<Integer>, AutoCloseable {
                @Override
                public boolean hasNext() {
                    return true;
                }

                @Override
                public Integer next() {
                    return 1;
                }

                @Override
                public void close() {
                    throw failure;
                }
            }
            Stream<Integer> results = pool.imap((Integer a, Integer b) -> a + b, Stuck::new, good);
            assertThat(results.iterator().next()).isEqualTo(1);
            assertThatThrownBy(results::close).isSameAs(failure);
            assertThat(good.closed).hasValue(1);
            waitUntil("nothing is in flight", () -> pool.running() == 0);
        }

        @ParameterizedTest
        @EnumSource
        void beforeTheFirstResultItOpensNothing(Order order) {
            GreenPool pool = pool(1);
            Source source = Source.endless();
            Stream<Integer> results = order.map(pool, (Integer i) -> i, source);
            results.close();
            assertThat(source.iterators).hasValue(0);
            assertThat(source.closed).hasValue(0);
        }

        @ParameterizedTest
        @EnumSource
        void aSourceConsumedToItsEndNeedsNoClose(Order order) {
            GreenPool pool = pool(2);
            Source source = new Source(5);
            assertThat(order.map(pool, (Integer i) -> i, source).toList()).hasSize(5);
            assertThat(source.closed).hasValue(1);
        }

        @ParameterizedTest
        @EnumSource
        void aTaskThatIsKeptKeepsNoSource(Order order) {
            GreenPool pool = pool(2);
            List<GreenThread<?>> kept = new CopyOnWriteArrayList<>();
            WeakReference<Source> source = consumed(pool, order, kept);
            waitUntil("the source is gone", () -> {
                System.gc();
                return source.refersTo(null);
            });
            assertThat(kept).hasSize(9).allMatch(GreenThread::isDone);
        }

        private WeakReference<Source> consumed(GreenPool pool, Order order, List<GreenThread<?>> kept) {
            Source source = new Source(9);
            List<Integer> results = order.map(pool, (Integer i) -> {
                kept.add(GreenThread.current().orElseThrow());
                return i;
            }, source).toList();
            assertThat(results).hasSize(9);
            return new WeakReference<>(source);
        }

        @ParameterizedTest
        @EnumSource
        void aStreamThatIsJustDroppedLeavesNobodyParked(Order order) {
            GreenPool pool = pool(2);
            assertThat(order.map(pool, (Integer i) -> i, Source.endless()).iterator().next()).isNotNull();
            waitUntil("what was handed in has ended", () -> pool.running() == 0 && pool.waiting() == 0);
            waitUntil("no body runs", () -> pool.ledger().running().isEmpty());
        }
    }

    @Nested
    class FromInside {

        @ParameterizedTest
        @ValueSource(ints = {1, 2, 3})
        void aTaskMayConsumeAStreamOfItsOwnPool(int size) throws InterruptedException {
            GreenPool pool = pool(size);
            for (Order order : Order.values()) {
                GreenThread<Integer> outer = pool
                        .spawn(() -> order.map(pool, (Integer i) -> i, upTo(50)).mapToInt(i -> i).sum());
                assertThat(outer.await()).isEqualTo(1225);
            }
        }

        @ParameterizedTest
        @ValueSource(ints = {1, 2})
        void allItsTasksMayDoSoAtOnce(int size) throws InterruptedException {
            GreenPool pool = pool(size);
            List<GreenThread<Integer>> outers = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                Order order = i % 2 == 0 ? Order.INPUT : Order.COMPLETION;
                outers.add(pool.submit(() -> order.map(pool, (Integer k) -> k, upTo(30)).mapToInt(k -> k).sum()));
            }
            for (GreenThread<Integer> outer : outers) {
                assertThat(outer.await()).isEqualTo(435);
            }
        }

        @Test
        void streamsNest() throws InterruptedException {
            GreenPool pool = pool(2);
            GreenThread<Integer> outer = pool.spawn(() -> pool.imap(
                    (Integer i) -> pool.imapUnordered((Integer k) -> k, upTo(i)).mapToInt(k -> k).sum(), upTo(10))
                    .mapToInt(k -> k).sum());
            assertThat(outer.await()).isEqualTo(120);
            assertThat(pool.imap((Integer i) -> pool.imap((Integer k) -> k, upTo(i)).mapToInt(k -> k).sum(), upTo(10))
                    .mapToInt(k -> k).sum()).isEqualTo(120);
        }
    }

    @Nested
    class Sizes {

        @ParameterizedTest
        @EnumSource
        void aPoolOfSizeZeroServesTheStreamWhenItGrows(Order order) throws Exception {
            GreenPool pool = pool(0);
            Actor<List<Integer>> consumer = fork(() -> order.map(pool, (Integer i) -> i, upTo(20)).toList());
            waitUntilWaiting(pool, 2);
            pool.resize(3);
            assertThat(consumer.result()).containsExactlyInAnyOrderElementsOf(upTo(20));
        }

        @ParameterizedTest
        @EnumSource
        void aResizeMeanwhileIsFelt(Order order) throws Exception {
            GreenPool pool = pool(1);
            Latch five = new Latch(5);
            Actor<List<Integer>> consumer = fork(() -> order.map(pool, (Integer i) -> {
                five.countDown();
                await(five);
                return i;
            }, upTo(20)).toList());
            waitUntil("one runs, one waits", () -> pool.running() == 1 && pool.waiting() == 1);
            pool.resize(5); // five at once are needed to get on
            assertThat(consumer.result()).containsExactlyInAnyOrderElementsOf(upTo(20));
        }

        @ParameterizedTest
        @EnumSource
        void shrinkingMeanwhileLosesNothing(Order order) throws Exception {
            GreenPool pool = pool(8);
            AtomicInteger seen = new AtomicInteger();
            Actor<List<Integer>> consumer = fork(() -> order.map(pool, (Integer i) -> {
                seen.incrementAndGet();
                return i;
            }, upTo(3_000)).toList());
            for (int size = 7; size > 0; size--) {
                int least = (8 - size) * 100;
                waitUntil("some more", () -> seen.get() > least);
                pool.resize(size);
            }
            assertThat(consumer.result()).containsExactlyInAnyOrderElementsOf(upTo(3_000));
        }
    }
}
