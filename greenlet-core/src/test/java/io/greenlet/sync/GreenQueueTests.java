package io.greenlet.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.greenlet.GreenThread;
import io.greenlet.GreenletExit;
import io.greenlet.HubContract;
import io.greenlet.Latch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// What a queue promises, from every kind of thread.
final class GreenQueueTests extends HubContract {

    private static final Duration LONG = Duration.ofHours(1);
    private static final Duration SHORT = Duration.ofMillis(2);
    private static final List<Duration> NONE = List.of(Duration.ZERO, Duration.ofNanos(-1),
            Duration.ofSeconds(Long.MIN_VALUE));
    private static final int ROUNDS = DEEP ? 20_000 : 500;

    private final GreenQueue<Integer> queue = GreenQueue.fifo(2);
    private final GreenQueue<Integer> channel = GreenQueue.rendezvous();

    /// Forks a putter of each element, one after the other in line.
    private List<Actor<Boolean>> putters(GreenQueue<Integer> into, int... elements) {
        List<Actor<Boolean>> putters = new ArrayList<>();
        for (int element : elements) {
            int before = into.putting();
            putters.add(fork(() -> {
                into.put(element);
                return true;
            }));
            waitUntil("it stands in line", () -> into.putting() == before + 1);
        }
        return putters;
    }

    /// Forks takers, one after the other in line.
    private <T> List<Actor<T>> takers(GreenQueue<?> from, int count, Callable<T> take) {
        List<Actor<T>> takers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int before = from.getting();
            takers.add(fork(take));
            waitUntil("it stands in line", () -> from.getting() == before + 1);
        }
        return takers;
    }

    private static void allIn(List<Actor<Boolean>> putters) throws Exception {
        for (Actor<Boolean> putter : putters) {
            assertThat(putter.result()).isTrue();
        }
    }

    private static <T> List<T> results(List<Actor<T>> takers) throws Exception {
        List<T> results = new ArrayList<>();
        for (Actor<T> taker : takers) {
            results.add(taker.result());
        }
        return results;
    }

    private static <T> List<T> drained(BlockingQueue<T> queue) {
        List<T> elements = new ArrayList<>();
        int moved = queue.drainTo(elements);
        assertThat(moved).isEqualTo(elements.size());
        return elements;
    }

    private static GreenQueue<Integer> filled(GreenQueue<Integer> queue, int... elements) {
        for (int element : elements) {
            assertThat(queue.offer(element)).isTrue();
        }
        return queue;
    }

    @Nested
    final class AsAQueue {

        @Test
        void givesOutTheOldestFirst() throws Exception {
            GreenQueue<Integer> fifo = filled(GreenQueue.fifo(), 3, 1, 2);
            assertThat(fifo.take()).isEqualTo(3);
            assertThat(fifo.poll()).isEqualTo(1);
            assertThat(fifo.poll(LONG)).isEqualTo(2);
            assertThat(fifo.poll()).isNull();
        }

        @Test
        void givesOutTheNewestFirstIfAskedTo() {
            assertThat(drained(filled(GreenQueue.lifo(3), 3, 1, 2))).containsExactly(2, 1, 3);
            assertThat(drained(filled(GreenQueue.lifo(), 3, 1, 2))).containsExactly(2, 1, 3);
        }

        @Test
        void givesOutTheLeastFirstIfAskedToAndOfEqualOnesTheOldest() {
            GreenQueue<String> byLength = GreenQueue.priority(9, Comparator.comparingInt(String::length));
            for (String text : List.of("ccc", "b", "aa", "a", "bb", "c", "aaa")) {
                byLength.add(text);
            }
            assertThat(drained(byLength)).containsExactly("b", "a", "c", "aa", "bb", "ccc", "aaa");
            assertThat(drained(filled(GreenQueue.priority(Comparator.reverseOrder()), 1, 3, 2))).containsExactly(3, 2,
                    1);
        }

        @Test
        void countsWhatItHolds() {
            assertThat(queue).isEmpty();
            assertThat(queue.capacity()).isEqualTo(2);
            assertThat(queue.remainingCapacity()).isEqualTo(2);
            assertThat(queue.peek()).isNull();
            filled(queue, 7, 8);
            assertThat(queue.size()).isEqualTo(2);
            assertThat(queue.remainingCapacity()).isZero();
            assertThat(queue.peek()).isEqualTo(7);
            assertThat(queue.element()).isEqualTo(7);
            assertThat(queue.getting()).isZero();
            assertThat(queue.putting()).isZero();
            assertThat(queue).hasToString(
                    "queue [7, 8] (size=2, capacity=2, getting=0, putting=0, unfinished=2)");
        }

        @Test
        void withoutABoundHasNone() {
            GreenQueue<Integer> unbounded = filled(GreenQueue.fifo(), IntStream.range(0, 10_000).toArray());
            assertThat(unbounded.remainingCapacity()).isEqualTo(Integer.MAX_VALUE);
            assertThat(unbounded.capacity()).isEqualTo(Integer.MAX_VALUE);
            assertThat(unbounded.size()).isEqualTo(10_000);
            unbounded.clear();
            assertThat(unbounded).hasToString(
                    "queue [] (size=0, capacity=unbounded, getting=0, putting=0, unfinished=0)");
        }

        @Test
        void refusesWhatItHasNoRoomFor() throws Exception {
            filled(queue, 1, 2);
            assertThat(queue.offer(3)).isFalse();
            assertThat(queue.offer(3, SHORT)).isFalse();
            assertThat(queue.offer(3, 1, TimeUnit.MICROSECONDS)).isFalse();
            assertThatThrownBy(() -> queue.add(3)).isInstanceOf(IllegalStateException.class).hasMessage(
                    "queue must have room: (size=2, capacity=2, getting=0, putting=0, unfinished=2)");
            assertThat(queue).containsExactly(1, 2);
        }

        @Test
        void hasNothingToGiveWhenItIsEmpty() throws Exception {
            assertThat(queue.poll()).isNull();
            assertThat(queue.poll(SHORT)).isNull();
            assertThat(queue.poll(1, TimeUnit.MICROSECONDS)).isNull();
            assertThatThrownBy(queue::remove).isInstanceOf(NoSuchElementException.class);
            assertThatThrownBy(queue::element).isInstanceOf(NoSuchElementException.class);
        }

        @Test
        @SuppressWarnings("NullAway") // what null does is the test
        void takesNoNull() {
            for (Callable<?> put : List.<Callable<?>>of(() -> queue.offer(null), () -> queue.add(null),
                    () -> queue.offer(null, LONG), () -> queue.offer(null, 1, TimeUnit.SECONDS), () -> {
                        queue.put(null);
                        return true;
                    })) {
                assertThatThrownBy(put::call).isInstanceOf(NullPointerException.class).hasMessage("element");
            }
            assertThatThrownBy(() -> GreenQueue.priority(1, null)).isInstanceOf(NullPointerException.class)
                    .hasMessage("order");
            assertThat(queue).isEmpty();
        }

        @Test
        void hasNoNegativeCapacity() {
            for (Callable<?> make : List.<Callable<?>>of(() -> GreenQueue.fifo(-1), () -> GreenQueue.lifo(-1),
                    () -> GreenQueue.priority(-1, Comparator.<Integer>naturalOrder()), () -> {
                        queue.resize(-1);
                        return true;
                    })) {
                assertThatThrownBy(make::call).isInstanceOf(IllegalArgumentException.class)
                        .hasMessage("capacity must not be negative: -1");
            }
            assertThat(queue.capacity()).isEqualTo(2);
        }

        @Test
        void isACollectionOfWhatIsStored() {
            GreenQueue<Integer> all = filled(GreenQueue.fifo(9), 1, 2, 3, 2);
            assertThat(all.contains(2)).isTrue();
            assertThat(all.contains(4)).isFalse();
            assertThat(all.toArray()).containsExactly(1, 2, 3, 2);
            assertThat(all.toArray(new Integer[0])).containsExactly(1, 2, 3, 2);
            assertThat(all.stream().mapToInt(Integer::intValue).sum()).isEqualTo(8);
            assertThat(all.remove(2)).isTrue();
            assertThat(all.remove(4)).isFalse();
            assertThat(all).containsExactly(1, 3, 2);
            assertThat(all.removeIf(element -> element > 2)).isTrue();
            assertThat(all.addAll(List.of(5, 6))).isTrue();
            assertThat(all.retainAll(List.of(2, 6))).isTrue();
            assertThat(all).containsExactly(2, 6);
            all.clear();
            assertThat(all).isEmpty();
        }

        @Test
        void iteratesOverWhatWasThereThen() {
            GreenQueue<Integer> all = filled(GreenQueue.fifo(9), 1, 2, 3);
            Iterator<Integer> elements = all.iterator();
            assertThatThrownBy(elements::remove).isInstanceOf(IllegalStateException.class);
            assertThat(elements.next()).isEqualTo(1);
            assertThat(all.poll()).isEqualTo(1);
            all.add(4);
            elements.remove(); // gone already
            assertThatThrownBy(elements::remove).isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith("next must be called before remove: ");
            assertThat(elements.next()).isEqualTo(2);
            elements.remove();
            assertThat(elements.next()).isEqualTo(3);
            assertThat(elements.hasNext()).isFalse();
            assertThatThrownBy(elements::next).isInstanceOf(NoSuchElementException.class);
            assertThat(all).containsExactly(3, 4);
        }

        @Test
        void drainsIntoACollection() {
            GreenQueue<Integer> all = filled(GreenQueue.fifo(9), 1, 2, 3, 4);
            List<Integer> target = new ArrayList<>();
            assertThat(all.drainTo(target, 0)).isZero();
            assertThat(all.drainTo(target, -1)).isZero();
            assertThat(all.drainTo(target, 3)).isEqualTo(3);
            assertThat(all.drainTo(target)).isEqualTo(1);
            assertThat(target).containsExactly(1, 2, 3, 4);
            assertThatThrownBy(() -> all.drainTo(all)).isInstanceOf(IllegalArgumentException.class);
        }

        @Test
        void keepsWhatACollectionRefuses() {
            for (GreenQueue<Integer> all : List.of(filled(GreenQueue.fifo(9), 1, 2, 2, 3),
                    filled(GreenQueue.lifo(9), 3, 2, 2, 1),
                    filled(GreenQueue.priority(9, Comparator.naturalOrder()), 3, 2, 1, 2))) {
                GreenQueue<Integer> target = GreenQueue.fifo(1);
                assertThatThrownBy(() -> all.drainTo(target)).isInstanceOf(IllegalStateException.class);
                assertThat(drained(target)).containsExactly(1);
                assertThat(drained(all)).containsExactly(2, 2, 3);
            }
        }

        @Test
        void ofPriorityFailsThePutWhoseElementCannotBeCompared() {
            GreenQueue<Integer> picky = GreenQueue.priority(9, (one, other) -> {
                if (one == 13 || other == 13) {
                    throw new IllegalArgumentException("13");
                }
                return Integer.compare(one, other);
            });
            filled(picky, 5, 4, 3, 2, 1);
            assertThatThrownBy(() -> picky.offer(13)).isInstanceOf(IllegalArgumentException.class).hasMessage("13");
            assertThat(picky.size()).isEqualTo(5);
            assertThat(picky.unfinished()).isEqualTo(5);
            assertThat(drained(picky)).containsExactly(1, 2, 3, 4, 5);
        }

        @Test
        void ofPriorityFailsTheTakeWhoseComparisonsFailAndKeepsAll() {
            AtomicBoolean failing = new AtomicBoolean();
            GreenQueue<Integer> moody = GreenQueue.priority(9, (one, other) -> {
                if (failing.get()) {
                    throw new AssertionError("not now");
                }
                return Integer.compare(one, other);
            });
            filled(moody, 4, 3, 2, 1);
            failing.set(true);
            assertThatThrownBy(moody::take).isInstanceOf(AssertionError.class).hasMessage("not now");
            assertThatThrownBy(moody::poll).isInstanceOf(AssertionError.class);
            assertThatThrownBy(() -> drained(moody)).isInstanceOf(AssertionError.class);
            failing.set(false);
            assertThat(drained(moody)).containsExactly(1, 2, 3, 4);
        }
    }

    @Nested
    final class AWait {

        @Test
        void forAnElementEndsWithIt() throws Exception {
            for (Callable<Integer> take : List.<Callable<Integer>>of(queue::take, () -> queue.take(LONG),
                    () -> queue.poll(1, TimeUnit.HOURS),
                    () -> queue.take(Duration.ofSeconds(Long.MAX_VALUE)))) {
                List<Actor<Integer>> takers = takers(queue, 1, take);
                queue.put(1);
                assertThat(results(takers)).containsExactly(1);
                assertThat(queue.getting()).isZero();
            }
        }

        @Test
        void forRoomEndsWithIt() throws Exception {
            GreenQueue<Integer> one = filled(GreenQueue.fifo(1), 0);
            for (Callable<Boolean> put : List.<Callable<Boolean>>of(() -> one.offer(1, LONG),
                    () -> one.offer(1, 1, TimeUnit.HOURS), () -> {
                        one.put(1, Duration.ofSeconds(Long.MAX_VALUE));
                        return true;
                    })) {
                Actor<Boolean> putter = fork(put);
                waitUntil("it stands in line", () -> one.putting() == 1);
                assertThat(one.size()).isEqualTo(1);
                int _ = one.take();
                assertThat(putter.result()).isTrue();
                assertThat(one).containsExactly(1);
                assertThat(one.putting()).isZero();
            }
        }

        @Test
        void servesTakersInTheOrderInWhichTheyCame() throws Exception {
            List<Actor<Integer>> takers = takers(queue, 5, queue::take);
            for (int i = 0; i < 5; i++) {
                queue.put(i);
            }
            assertThat(results(takers)).containsExactly(0, 1, 2, 3, 4);
        }

        @Test
        void servesPuttersInTheOrderInWhichTheyCame() throws Exception {
            List<Actor<Boolean>> putters = putters(filled(queue, 0, 1), 2, 3, 4, 5, 6);
            List<Integer> taken = new ArrayList<>();
            for (int i = 0; i < 7; i++) {
                taken.add(queue.take());
            }
            assertThat(taken).containsExactly(0, 1, 2, 3, 4, 5, 6);
            allIn(putters);
        }

        /// eventlet lets a newcomer have the room that a blocked putter waits for.
        @Test
        void isNotOvertakenByANewPut() throws Exception {
            GreenQueue<String> letters = GreenQueue.fifo(1);
            letters.put("a");
            Actor<Boolean> blocked = fork(() -> {
                letters.put("b");
                return true;
            });
            waitUntil("it stands in line", () -> letters.putting() == 1);
            assertThat(letters.take()).isEqualTo("a");
            assertThat(letters.offer("c")).as("the room is given away").isFalse();
            assertThat(letters.take()).isEqualTo("b");
            assertThat(blocked.result()).isTrue();
        }

        /// eventlet lets a newcomer have the element that a blocked taker waits for.
        @Test
        void isNotOvertakenByANewTake() throws Exception {
            List<Actor<Integer>> takers = takers(queue, 1, queue::take);
            queue.put(1);
            assertThat(queue.poll()).as("the element is given away").isNull();
            assertThat(results(takers)).containsExactly(1);
        }

        @Test
        void thatIsOverLeavesTheLineToTheOthers() throws Exception {
            List<Actor<Integer>> first = takers(queue, 1, queue::take);
            assertThatThrownBy(() -> queue.take(SHORT)).isInstanceOf(TimeoutException.class);
            List<Actor<Integer>> last = takers(queue, 1, queue::take);
            assertThat(queue.getting()).isEqualTo(2);
            queue.put(1);
            queue.put(2);
            assertThat(results(first)).containsExactly(1);
            assertThat(results(last)).containsExactly(2);
        }

        @Test
        void ofAPutterThatIsOverLeavesItsElementOut() throws Exception {
            GreenQueue<Integer> one = filled(GreenQueue.fifo(1), 0);
            List<Actor<Boolean>> first = putters(one, 1);
            assertThat(one.offer(2, SHORT)).isFalse();
            List<Actor<Boolean>> last = putters(one, 3);
            assertThat(List.of(one.take(), one.take(), one.take())).containsExactly(0, 1, 3);
            allIn(first);
            allIn(last);
            assertThat(one).isEmpty();
        }

        @Test
        void withoutTimeDoesNotWait() throws Exception {
            for (Duration none : NONE) {
                assertThat(queue.poll(none)).isNull();
                assertThat(channel.offer(1, none)).isFalse();
                assertThat(queue.join(none)).isTrue();
                assertThatThrownBy(() -> queue.take(none)).isInstanceOf(TimeoutException.class);
                assertThatThrownBy(() -> channel.put(1, none)).isInstanceOf(TimeoutException.class);
                assertThat(queue.offer(1, none)).isTrue();
                assertThat(queue.join(none)).isFalse();
                assertThat(queue.take(none)).isEqualTo(1);
                queue.taskDone();
            }
            assertThat(queue.poll(Long.MIN_VALUE, TimeUnit.DAYS)).isNull();
        }

        @Test
        void saysWhatItWaitedForWhenTheTimeIsOver() {
            assertThatThrownBy(() -> queue.take(SHORT)).isInstanceOf(TimeoutException.class)
                    .hasMessage("no element in the queue within PT0.002S"
                            + " (size=0, capacity=2, getting=0, putting=0, unfinished=0)");
            assertThatThrownBy(() -> channel.put(1, SHORT)).isInstanceOf(TimeoutException.class)
                    .hasMessage("no room in the queue within PT0.002S"
                            + " (size=0, capacity=0, getting=0, putting=0, unfinished=0)");
        }

        @Test
        void takesItsTime() throws Exception {
            long start = hub().nanoTime();
            assertThat(queue.poll(SHORT)).isNull();
            assertThat(channel.offer(1, SHORT)).isFalse();
            assertThat(hub().nanoTime() - start).isGreaterThanOrEqualTo(2 * SHORT.toNanos());
        }

        @Test
        void carriesWhatWasWrittenBefore() throws Exception {
            for (int round = 0; round < ROUNDS; round++) {
                GreenQueue<int[]> handing = GreenQueue.fifo(round % 2);
                Actor<Integer> taker = fork(() -> handing.take()[0]);
                int[] cell = new int[1];
                cell[0] = 1;
                handing.put(cell);
                assertThat(taker.result()).isEqualTo(1);
            }
        }

        @Test
        void worksBetweenThreadsOfAllKinds() throws Exception {
            for (GreenQueue<Integer> between : List.of(queue, channel, GreenQueue.<Integer>lifo(1))) {
                Actor<Boolean> putter = forkOther(() -> {
                    for (int i = 1; i <= 100; i++) {
                        between.put(i);
                    }
                    return true;
                });
                GreenThread<Integer> taker = spawn(() -> {
                    int sum = 0;
                    for (int i = 1; i <= 100; i++) {
                        sum += between.take();
                    }
                    return sum;
                });
                assertThat(putter.result()).isTrue();
                assertThat(taker.await()).isEqualTo(5050);
            }
        }
    }

    @Nested
    final class AnInterrupt {

        @Test
        void endsTheWaitAndLeavesNothingBehind() throws Exception {
            for (Callable<?> wait : List.<Callable<?>>of(queue::take, () -> queue.poll(LONG),
                    () -> channel.offer(1, LONG),
                    () -> {
                        channel.put(1);
                        return true;
                    })) {
                AtomicBoolean flag = new AtomicBoolean();
                Actor<?> waiting = fork(() -> {
                    try {
                        return wait.call();
                    } finally {
                        flag.set(Thread.currentThread().isInterrupted());
                    }
                });
                waitUntil("it stands in line", () -> queue.getting() + channel.putting() == 1);
                waiting.interrupt();
                assertThatThrownBy(waiting::result).isInstanceOf(InterruptedException.class);
                assertThat(flag).as("the flag is spent").isFalse();
                assertThat(queue.getting() + channel.putting()).isZero();
                assertThat(queue.offer(1)).isTrue();
                assertThat(queue.poll()).isEqualTo(1);
                assertThat(channel.poll()).isNull();
            }
        }

        @Test
        void beforeTheWaitEndsItToo() {
            Thread.currentThread().interrupt();
            assertThatThrownBy(queue::take).isInstanceOf(InterruptedException.class);
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> channel.put(1)).isInstanceOf(InterruptedException.class);
            assertThat(Thread.interrupted()).isFalse();
            assertThat(queue.getting() + channel.putting()).isZero();
        }

        @Test
        void isNotNoticedByWhatNeedNotWait() throws Exception {
            Thread.currentThread().interrupt();
            queue.put(1);
            assertThat(queue.take()).isEqualTo(1);
            assertThat(Thread.interrupted()).isTrue();
        }

        @Test
        void thatComesAfterTheElementLeavesBothTheElementAndTheFlag() throws Exception {
            int seen = 0;
            for (int round = 0; round < ROUNDS && seen < 20; round++) {
                AtomicBoolean flag = new AtomicBoolean();
                Actor<Integer> taker = fork(() -> {
                    int taken = queue.take();
                    flag.set(Thread.interrupted());
                    return taken;
                });
                waitUntil("it stands in line", () -> queue.getting() == 1);
                queue.put(round);
                taker.interrupt();
                assertThat(taker.result()).isEqualTo(round);
                assertThat(queue).isEmpty();
                seen += flag.get() ? 1 : 0;
            }
        }

        @Test
        void racingWithAnElementEitherGetsItOrLeavesIt() throws Exception {
            for (int round = 0; round < ROUNDS; round++) {
                int element = round;
                Actor<Integer> taker = fork(() -> {
                    try {
                        return queue.take();
                    } catch (InterruptedException e) {
                        return -1;
                    }
                });
                Actor<Boolean> putter = fork(() -> queue.offer(element));
                taker.interrupt();
                assertThat(putter.result()).isTrue();
                Integer left = taker.result() == element ? null : element;
                assertThat(queue.poll()).isEqualTo(left);
            }
        }

        @Test
        void byAKillDoesTheSame() throws Exception {
            GreenThread<Integer> taker = spawn(queue::take);
            waitUntil("it stands in line", () -> queue.getting() == 1);
            taker.kill();
            assertThatThrownBy(taker::await).isInstanceOf(GreenletExit.class);
            GreenThread<Boolean> putter = spawn(() -> {
                channel.put(1);
                return true;
            });
            waitUntil("it stands in line", () -> channel.putting() == 1);
            putter.kill();
            assertThatThrownBy(putter::await).isInstanceOf(GreenletExit.class);
            assertThat(queue.getting() + channel.putting()).isZero();
            assertThat(channel.poll()).isNull();
        }
    }

    @Nested
    final class ARendezvous {

        @Test
        void isWhatACapacityOfZeroMakes() {
            for (GreenQueue<Integer> zero : List.of(channel, GreenQueue.<Integer>fifo(0), GreenQueue.<Integer>lifo(0),
                    GreenQueue.priority(0, Comparator.<Integer>naturalOrder()))) {
                assertThat(zero.capacity()).isZero();
                assertThat(zero.remainingCapacity()).isZero();
                assertThat(zero).isEmpty();
                assertThat(zero.offer(1)).isFalse();
                assertThat(zero.poll()).isNull();
                assertThat(zero.peek()).isNull();
            }
        }

        @Test
        void endsAPutWhenItsElementIsTaken() throws Exception {
            List<Actor<Boolean>> putters = putters(channel, 1, 2);
            assertThat(channel).isEmpty();
            assertThat(channel.contains(1)).isFalse();
            assertThat(channel.peek()).isNull();
            assertThat(channel.remove(1)).isFalse();
            assertThat(channel.take()).isEqualTo(1);
            assertThat(putters.getFirst().result()).isTrue();
            assertThat(channel.putting()).isEqualTo(1);
            assertThat(channel.take()).isEqualTo(2);
            allIn(putters);
        }

        @Test
        void handsAnOfferToWhoWaitsForIt() throws Exception {
            List<Actor<Integer>> takers = takers(channel, 2, channel::take);
            assertThat(channel.offer(1)).isTrue();
            assertThat(channel.add(2)).isTrue();
            assertThat(channel.offer(3)).isFalse();
            assertThat(results(takers)).containsExactly(1, 2);
        }

        /// eventlet's `get_nowait` says that there is nothing.
        @Test
        void givesAPollWhatABlockedPutterBrings() throws Exception {
            List<Actor<Boolean>> putters = putters(channel, 1, 2, 3, 4);
            assertThat(channel.poll()).isEqualTo(1);
            assertThat(channel.poll(Duration.ZERO)).isEqualTo(2);
            assertThat(drained(channel)).containsExactly(3, 4);
            allIn(putters);
        }

        /// The order that eventlet's own tests show for one pair.
        @Test
        void isStrictlyInTurns() throws Exception {
            List<String> log = new ArrayList<>();
            Latch done = new Latch(1);
            Actor<Boolean> sender = fork(() -> {
                for (String word : List.of("hello", "world")) {
                    channel.put(word.length());
                }
                done.await();
                return true;
            });
            waitUntil("it stands in line", () -> channel.putting() == 1);
            log.add("got " + channel.take());
            waitUntil("the next one stands in line", () -> channel.putting() == 1);
            log.add("got " + channel.take());
            done.countDown();
            assertThat(sender.result()).isTrue();
            assertThat(log).containsExactly("got 5", "got 5");
        }
    }

    @Nested
    final class AResize {

        @Test
        void thatGrowsLetsInWhoFitsNowInTurn() throws Exception {
            List<Actor<Boolean>> putters = putters(filled(queue, 0, 1), 2, 3, 4, 5);
            queue.resize(5);
            allIn(putters.subList(0, 3));
            assertThat(queue.putting()).isEqualTo(1);
            assertThat(queue).containsExactly(0, 1, 2, 3, 4);
            assertThat(putters.getLast().isDone()).isFalse();
            queue.resize(Integer.MAX_VALUE);
            allIn(putters);
            assertThat(queue).containsExactly(0, 1, 2, 3, 4, 5);
        }

        @Test
        void thatShrinksKeepsWhatIsStored() throws Exception {
            filled(queue, 1, 2);
            queue.resize(1);
            assertThat(queue).containsExactly(1, 2);
            assertThat(queue.remainingCapacity()).isZero();
            List<Actor<Boolean>> putters = putters(queue, 3);
            assertThat(queue.take()).isEqualTo(1);
            assertThat(queue.putting()).as("there is still no room").isEqualTo(1);
            assertThat(queue.take()).isEqualTo(2);
            allIn(putters);
            assertThat(queue).containsExactly(3);
        }

        @Test
        void makesARendezvousOfAQueueAndAQueueOfARendezvous() throws Exception {
            filled(queue, 1);
            queue.resize(0);
            List<Actor<Boolean>> putters = putters(queue, 2, 3);
            assertThat(queue.take()).isEqualTo(1);
            assertThat(queue.putting()).isEqualTo(2);
            assertThat(queue.take()).isEqualTo(2);
            queue.resize(1);
            allIn(putters);
            assertThat(queue).containsExactly(3);
        }

        @Test
        void ofAPriorityQueueRefusesWhatCannotBeComparedAndGoesOnWithTheNext() throws Exception {
            GreenQueue<Integer> picky = GreenQueue.priority(1, (one, other) -> {
                if (one == 13 || other == 13) {
                    throw new IllegalArgumentException("13");
                }
                return Integer.compare(one, other);
            });
            filled(picky, 5);
            List<Actor<Boolean>> odd = putters(picky, 13);
            List<Actor<Boolean>> fine = putters(picky, 4);
            picky.resize(2);
            assertThatThrownBy(() -> allIn(odd)).isInstanceOf(IllegalArgumentException.class).hasMessage("13");
            allIn(fine);
            assertThat(drained(picky)).containsExactly(4, 5);
            assertThat(picky.unfinished()).isEqualTo(2);
        }
    }

    @Nested
    final class ARemoval {

        @Test
        void makesRoomForWhoWaits() throws Exception {
            List<Actor<Boolean>> putters = putters(filled(queue, 1, 2), 3, 4, 5, 6);
            assertThat(queue.remove(2)).isTrue();
            assertThat(queue).containsExactly(1, 3);
            Iterator<Integer> elements = queue.iterator();
            assertThat(elements.next()).isEqualTo(1);
            elements.remove();
            assertThat(queue).containsExactly(3, 4);
            queue.clear();
            assertThat(queue).containsExactly(5, 6);
            allIn(putters);
        }

        @Test
        void isOfOneObject() {
            String one = "equal";
            String other = String.valueOf(one.toCharArray());
            for (GreenQueue<String> texts : List.of(GreenQueue.<String>fifo(9), GreenQueue.<String>lifo(9),
                    GreenQueue.priority(9, Comparator.<String>naturalOrder()))) {
                texts.add(one);
                texts.add("more");
                texts.add(other);
                for (Iterator<String> all = texts.iterator(); all.hasNext();) {
                    String text = all.next();
                    if (System.identityHashCode(text) == System.identityHashCode(other)) {
                        all.remove();
                    }
                }
                assertThat(texts).hasSize(2).usingElementComparator((a, b) -> a.equals(b) ? 0 : 1).contains("equal",
                        "more");
            }
        }

        @Test
        void ofAllThatIsDrainedFreesThePutters() throws Exception {
            List<Actor<Boolean>> putters = putters(filled(queue, 1, 2), 3, 4, 5);
            assertThat(drained(queue)).containsExactly(1, 2, 3, 4, 5);
            allIn(putters);
        }
    }

    @Nested
    final class Join {

        @Test
        void returnsAtOnceWhenNothingWasPut() throws Exception {
            queue.join();
            assertThat(queue.join(LONG)).isTrue();
        }

        @Test
        void waitsUntilEveryElementIsDone() throws Exception {
            filled(queue, 1, 2);
            List<Actor<Boolean>> joiners = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                joiners.add(fork(() -> queue.join(LONG)));
            }
            joiners.add(fork(() -> {
                queue.join();
                return true;
            }));
            for (Actor<Boolean> joiner : joiners) {
                waitUntilParked(joiner.thread());
            }
            assertThat(List.of(queue.take(), queue.take())).containsExactly(1, 2);
            queue.taskDone();
            assertThat(queue.unfinished()).isEqualTo(1);
            assertThat(queue.join(SHORT)).isFalse();
            assertThat(joiners).noneMatch(Actor::isDone);
            queue.taskDone();
            allIn(joiners);
        }

        @Test
        void waitsAgainForWhatIsPutLater() throws Exception {
            for (int round = 0; round < 3; round++) {
                queue.put(round);
                assertThat(queue.join(Duration.ZERO)).isFalse();
                assertThat(queue.take()).isEqualTo(round);
                queue.taskDone();
                queue.join();
            }
        }

        @Test
        void countsAnElementWhenItIsInOrHandedOver() throws Exception {
            List<Actor<Boolean>> putters = putters(channel, 1);
            assertThat(channel.unfinished()).isZero();
            assertThat(channel.take()).isEqualTo(1);
            allIn(putters);
            assertThat(channel.unfinished()).isEqualTo(1);
            channel.taskDone();
            List<Actor<Integer>> takers = takers(channel, 1, channel::take);
            channel.put(2);
            assertThat(channel.unfinished()).isEqualTo(1);
            assertThat(results(takers)).containsExactly(2);
        }

        @Test
        void doesNotWaitForWhatWasThrownOut() throws Exception {
            GreenQueue<Integer> all = filled(GreenQueue.fifo(9), 1, 2, 3, 4);
            Actor<Boolean> joiner = fork(() -> all.join(LONG));
            waitUntilParked(joiner.thread());
            assertThat(all.remove(1)).isTrue();
            assertThat(all.unfinished()).isEqualTo(3);
            all.clear();
            assertThat(joiner.result()).isTrue();
            assertThat(all.unfinished()).isZero();
        }

        @Test
        void isNotToldMoreOftenThanThereAreElements() {
            filled(queue, 1);
            queue.taskDone();
            assertThatThrownBy(queue::taskDone).isInstanceOf(IllegalStateException.class)
                    .hasMessage("taskDone must be called once per element:"
                            + " (size=1, capacity=2, getting=0, putting=0, unfinished=0)");
            queue.clear();
            assertThat(queue.unfinished()).as("never less than none").isZero();
        }

        @Test
        void canBeInterrupted() {
            filled(queue, 1);
            Actor<Boolean> joiner = fork(() -> queue.join(LONG));
            waitUntilParked(joiner.thread());
            joiner.interrupt();
            assertThatThrownBy(joiner::result).isInstanceOf(InterruptedException.class);
            queue.clear();
        }
    }

    @Nested
    final class AClose {

        private static final String REASON = "queue must be open:"
                + " (size=0, capacity=2, getting=0, putting=0, unfinished=0, closed)";

        @Test
        void refusesWhatIsPutFromNowOn() {
            queue.close();
            queue.close();
            assertThat(queue.isClosed()).isTrue();
            for (Callable<?> put : List.<Callable<?>>of(() -> queue.offer(1), () -> queue.add(1),
                    () -> queue.offer(1, LONG),
                    () -> {
                        queue.put(1);
                        return true;
                    }, () -> {
                        queue.put(1, LONG);
                        return true;
                    })) {
                assertThatThrownBy(put::call).isInstanceOf(QueueClosedException.class)
                        .isInstanceOf(IllegalStateException.class).hasMessage(REASON);
            }
        }

        @Test
        void letsWhatIsStoredBeTakenFirst() throws Exception {
            filled(queue, 1, 2);
            queue.close();
            assertThat(queue.take()).isEqualTo(1);
            assertThat(queue.poll(LONG)).isEqualTo(2);
            assertThat(queue.poll()).as("a look that never waits finds nothing").isNull();
            assertThat(queue).isEmpty();
            List.of(1, 2).forEach(_ -> queue.taskDone());
            for (Callable<?> take : List.<Callable<?>>of(queue::take, () -> queue.take(LONG), () -> queue.poll(LONG),
                    () -> queue.poll(0, TimeUnit.SECONDS))) {
                assertThatThrownBy(take::call).isInstanceOf(QueueClosedException.class).hasMessage(REASON);
            }
        }

        @Test
        void sendsAwayWhoWaits() {
            List<Actor<Boolean>> putters = putters(filled(queue, 1, 2), 3);
            putters.addAll(putters(channel, 4));
            GreenQueue<Integer> empty = GreenQueue.fifo(1);
            List<Actor<Integer>> takers = takers(empty, 1, empty::take);
            takers.addAll(takers(empty, 1, () -> empty.poll(LONG)));
            List.of(queue, channel, empty).forEach(GreenQueue::close);
            for (Actor<?> actor : putters) {
                assertThatThrownBy(actor::result).isInstanceOf(QueueClosedException.class);
            }
            for (Actor<?> actor : takers) {
                assertThatThrownBy(actor::result).isInstanceOf(QueueClosedException.class);
            }
            assertThat(drained(queue)).containsExactly(1, 2);
            assertThat(drained(channel)).isEmpty();
        }

        @Test
        void doesNotEndAJoin() throws Exception {
            filled(queue, 1);
            queue.close();
            Actor<Boolean> joiner = fork(() -> queue.join(LONG));
            waitUntilParked(joiner.thread());
            assertThat(queue.take()).isEqualTo(1);
            queue.taskDone();
            assertThat(joiner.result()).isTrue();
        }

        @Test
        void andAClearThrowAllAway() throws Exception {
            filled(queue, 1, 2);
            queue.close();
            queue.clear();
            queue.join();
            assertThatThrownBy(queue::take).isInstanceOf(QueueClosedException.class);
        }

        @Test
        void allowsAResize() {
            filled(queue, 1);
            queue.close();
            queue.resize(5);
            assertThat(queue.capacity()).isEqualTo(5);
            assertThat(queue).containsExactly(1);
        }

        @Test
        void racingWithPutsTakesEachInOrRefusesIt() throws Exception {
            for (int round = 0; round < ROUNDS / 5; round++) {
                GreenQueue<Integer> racing = GreenQueue.fifo(round % 3);
                List<Actor<Boolean>> putters = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    int element = i;
                    putters.add(fork(() -> {
                        try {
                            racing.put(element);
                            return true;
                        } catch (QueueClosedException e) {
                            return false;
                        }
                    }));
                }
                hub().yieldNow();
                racing.close();
                int in = 0;
                for (Actor<Boolean> putter : putters) {
                    in += putter.result() ? 1 : 0;
                }
                assertThat(drained(racing)).hasSize(in);
            }
        }
    }

    @Nested
    final class ALoop {

        @Test
        void goesOnUntilTheQueueIsClosedAndEmpty() throws Exception {
            Actor<List<Integer>> loop = fork(() -> {
                List<Integer> seen = new ArrayList<>();
                for (int element : queue.untilClosed()) {
                    seen.add(element);
                    queue.taskDone();
                }
                return seen;
            });
            for (int i = 0; i < 10; i++) {
                queue.put(i);
            }
            queue.join();
            filled(queue, 10, 11);
            queue.close();
            assertThat(loop.result()).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
        }

        @Test
        void thatIsLeftTakesNoMoreThanItSaw() {
            filled(queue, 1, 2);
            for (int element : queue.untilClosed()) {
                assertThat(element).isEqualTo(1);
                break;
            }
            assertThat(queue).containsExactly(2);
        }

        @Test
        void knowsItsEnd() {
            filled(queue, 1);
            queue.close();
            Iterator<Integer> elements = queue.untilClosed().iterator();
            assertThat(elements.hasNext()).isTrue();
            assertThat(elements.hasNext()).as("asking twice takes once").isTrue();
            assertThat(elements.next()).isEqualTo(1);
            assertThat(elements.hasNext()).isFalse();
            assertThatThrownBy(elements::next).isInstanceOf(NoSuchElementException.class)
                    .hasMessage("the queue is closed and empty");
            assertThat(queue.untilClosed().iterator().hasNext()).isFalse();
        }

        @Test
        void isShared() throws Exception {
            List<Actor<Integer>> loops = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                loops.add(fork(() -> {
                    int sum = 0;
                    for (int element : queue.untilClosed()) {
                        sum += element;
                    }
                    return sum;
                }));
            }
            for (int i = 1; i <= 100; i++) {
                queue.put(i);
            }
            queue.close();
            int sum = 0;
            for (int part : results(loops)) {
                sum += part;
            }
            assertThat(sum).isEqualTo(5050);
        }

        @Test
        void endsWithAnInterruptAndLosesNothing() throws Exception {
            AtomicBoolean flag = new AtomicBoolean();
            Actor<Integer> loop = fork(() -> {
                try {
                    return queue.untilClosed().iterator().next();
                } finally {
                    flag.set(Thread.interrupted());
                }
            });
            waitUntil("it stands in line", () -> queue.getting() == 1);
            loop.interrupt();
            assertThatThrownBy(loop::result).isInstanceOf(CancellationException.class)
                    .hasCauseInstanceOf(InterruptedException.class)
                    .hasMessage("interrupted while waiting for an element");
            assertThat(flag).isTrue();
            queue.put(1);
            assertThat(queue.take()).isEqualTo(1);
        }
    }

    /// All that the tests outside this repository compile against.
    @Test
    void hasThePublicSignatures() throws Exception {
        GreenQueue<String> fifo = GreenQueue.fifo(1);
        BlockingQueue<String> dropIn = fifo;
        dropIn.put("a");
        assertThat(dropIn.take()).isEqualTo("a");
        fifo.taskDone();
        fifo.join();
        assertThat(fifo.join(Duration.ofSeconds(1))).isTrue();
        fifo.resize(3);
        assertThat(fifo.getting() + fifo.putting()).isZero();
        fifo.close();
        List<GreenQueue<String>> others = List.of(GreenQueue.fifo(), GreenQueue.lifo(1), GreenQueue.rendezvous(),
                GreenQueue.priority(1, Comparator.naturalOrder()), GreenQueue.priority(1, (Object _, Object _) -> 0));
        assertThat(others).allMatch(GreenQueue::isEmpty);
    }
}
