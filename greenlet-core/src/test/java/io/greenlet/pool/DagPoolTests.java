package io.greenlet.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.greenlet.Green;
import io.greenlet.GreenThread;
import io.greenlet.GreenletExit;
import io.greenlet.Hub;
import io.greenlet.Latch;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// What a pool of nodes that wait for each other promises, from every kind of thread.
final class DagPoolTests extends PoolContract {

    private static final Duration LONG = Duration.ofHours(1);
    private static final Duration SHORT = Duration.ofMillis(2);

    private DagPool<String, String> dag() {
        return DagPool.on(hub());
    }

    /// Posts its key and the values of what it depends on.
    private static String spell(DagResults<String, String> results) throws InterruptedException {
        StringBuilder spelled = new StringBuilder(results.key());
        for (String dependency : results.dependencies()) {
            spelled.append(results.await(dependency));
        }
        return spelled.toString();
    }

    private static void waitUntilBegun(DagPool<String, ?> dag, String key) {
        waitUntil(key + " has begun", () -> dag.runningKeys().contains(key));
    }

    private static void waitUntilIdle(DagPool<?, ?> dag) {
        waitUntil("the dag pool is idle", () -> dag.running() == 0 && dag.waiting() == 0);
    }

    @Nested
    final class ANode {

        @Test
        void getsWhatItDependsOn() throws Exception {
            DagPool<String, String> dag = dag();
            dag.spawn("d", List.of("b", "c"), DagPoolTests::spell);
            dag.spawn("b", List.of("a"), DagPoolTests::spell);
            dag.spawn("c", List.of("a"), DagPoolTests::spell);
            dag.spawn("a", List.of(), DagPoolTests::spell);
            assertThat(dag.await("d")).isEqualTo("dbaca");
            assertThat(dag.awaitAll()).containsOnlyKeys("a", "b", "c", "d").containsEntry("c", "ca");
        }

        @Test
        void hasNoThreadBeforeAllIsThere() throws Exception {
            DagPool<String, String> dag = dag();
            dag.spawn("b", List.of("x", "y"), DagPoolTests::spell);
            dag.post("x", "1");
            assertThat(dag.running()).isZero();
            assertThat(dag.waiting()).isEqualTo(1);
            assertThat(dag.waitingFor("b")).containsExactly("y");
            assertThat(dag.waitingFor()).containsExactly(entry("b", Set.of("y")));
            assertThat(dag).hasToString("dag pool (1 keys, running=0, waiting=1)");
            dag.post("y", "2");
            assertThat(dag.await("b")).isEqualTo("b12");
            waitUntilIdle(dag);
            assertThat(dag.waitingFor("b")).isEmpty();
        }

        @Test
        void iteratesInTheOrderOfArrival() throws Exception {
            DagPool<String, String> dag = dag();
            List<String> seen = new ArrayList<>();
            dag.spawn("s", List.of("x", "y", "z"), results -> {
                results.forEach(entry -> seen.add(entry.getKey() + entry.getValue()));
                return String.join(",", results.awaitAll().keySet());
            });
            dag.post("z", "1");
            dag.post("x", "2");
            dag.post("y", "3");
            assertThat(dag.await("s")).isEqualTo("z,x,y");
            assertThat(seen).containsExactly("z1", "x2", "y3");
        }

        @Test
        void needNotReadItsDependencies() throws Exception {
            DagPool<String, String> dag = dag();
            dag.postFailure("x", new IOException("unread"));
            dag.spawn("a", List.of("x"), _ -> "fine");
            assertThat(dag.await("a")).isEqualTo("fine");
        }

        @Test
        void readsWhatItDependsOnOnly() throws Exception {
            DagPool<String, String> dag = dag();
            dag.post("other", "value");
            dag.spawn("a", List.of(), results -> results.await("other"));
            assertThatThrownBy(() -> dag.await("a")).cause().isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("dependency must be one of []: other");
        }

        @Test
        void mayPostUnderItsOwnKey() throws Exception {
            DagPool<String, String> dag = dag();
            Latch goOn = new Latch(1);
            dag.spawn("a", List.of(), results -> {
                dag.post("a", "posted");
                goOn.await();
                return "dropped";
            });
            dag.spawn("b", List.of("a"), DagPoolTests::spell);
            assertThat(dag.await("b")).isEqualTo("bposted");
            assertThatThrownBy(() -> dag.spawn("a", List.of(), DagPoolTests::spell)).isInstanceOf(KeyCollision.class);
            assertThatThrownBy(() -> dag.replace("a", "foreign")).isInstanceOf(KeyCollision.class);
            goOn.countDown();
            waitUntilIdle(dag);
            assertThat(dag.get("a")).contains("posted");
        }

        @Test
        void thatFailsAfterItPostedIsReported() throws Exception {
            DagPool<String, String> dag = dag();
            IOException late = new IOException("late");
            dag.spawn("a", List.of(), results -> {
                dag.post("a", "posted");
                throw late;
            });
            assertThat(dag.await("a")).isEqualTo("posted");
            assertThat(takeReport().error()).isInstanceOf(PropagatedFailure.class).hasCause(late);
            waitUntilIdle(dag);
        }

        @Test
        void maySpawnOthers() throws Exception {
            DagPool<String, String> dag = dag();
            dag.spawn("a", List.of(), results -> {
                dag.spawn("b", List.of("a"), DagPoolTests::spell);
                return "1";
            });
            assertThat(dag.await("b")).isEqualTo("b1");
        }

        @Test
        void isSpawnedByItsSpawner() throws Exception {
            DagPool<String, Object> dag = DagPool.on(hub());
            Object spawner = GreenThread.current().isPresent() ? GreenThread.current().orElseThrow() : "none";
            ClassLoader own = Thread.currentThread().getContextClassLoader();
            ClassLoader context = new ClassLoader(own) {};
            Thread.currentThread().setContextClassLoader(context);
            dag.spawn("a", List.of("x"),
                    _ -> List.of(GreenThread.current().orElseThrow().parent().<Object>map(p -> p).orElse("none"),
                            Thread.currentThread().getContextClassLoader()));
            Thread.currentThread().setContextClassLoader(own);
            dag.spawn("x", List.of(), _ -> "x");
            assertThat(dag.await("a")).isEqualTo(List.of(spawner, context));
            assertThat(Thread.currentThread().getContextClassLoader()).isSameAs(own);
        }

        @Test
        void mayReturnNull() throws Exception {
            DagPool<String, @Nullable String> dag = DagPool.on(hub());
            dag.spawn("a", List.of(), _ -> null);
            assertThat(dag.await("a")).isNull();
            assertThat(dag.get("a")).isEmpty();
            assertThat(dag.keys()).containsExactly("a");
            assertThat(dag.items()).containsEntry("a", null);
            assertThat(dag.awaitEach().toList()).hasSize(1);
        }

        @Test
        void oneOfALongRowEnds() throws Exception {
            int length = DEEP ? 30_000 : 3_000;
            DagPool<Integer, Integer> dag = DagPool.on(hub());
            for (int i = length; i > 0; i--) { // the last one first: all wait
                int before = i - 1;
                dag.spawn(i, List.of(before), results -> results.await(before) + 1);
            }
            dag.post(0, 0);
            assertThat(dag.await(length)).isEqualTo(length);
        }

        @Test
        void spawnedWithManyIsSpawnedWithAllOrNone() throws Exception {
            DagPool<String, String> dag = dag();
            Map<String, List<String>> many = new LinkedHashMap<>();
            many.put("a", List.of());
            many.put("b", List.of("a"));
            dag.spawnMany(many, DagPoolTests::spell);
            assertThat(dag.awaitAll()).isEqualTo(Map.of("a", "a", "b", "ba"));
            many.clear();
            many.put("c", List.of());
            many.put("a", List.of());
            assertThatThrownBy(() -> dag.spawnMany(many, DagPoolTests::spell)).isInstanceOf(KeyCollision.class)
                    .hasMessage("key must not be spawned or posted twice: a");
            many.remove("a");
            many.put("d", List.of("e"));
            many.put("e", List.of("d"));
            assertThatThrownBy(() -> dag.spawnMany(many, DagPoolTests::spell))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("dependencies must not form a cycle: d -> e -> d");
            assertThat(dag.waiting() + dag.running()).isZero();
            assertThat(dag.keys()).containsOnly("a", "b");
        }
    }

    @Nested
    final class AnEarlyNode {

        @Test
        void usesEachAsItComes() throws Exception {
            DagPool<String, String> dag = dag();
            Queue<String> seen = new ConcurrentLinkedQueue<>();
            dag.spawnEarly("s", List.of("x", "y"), results -> {
                results.forEach(entry -> seen.add(entry.getKey() + entry.getValue()));
                return "done";
            });
            waitUntilBegun(dag, "s");
            dag.post("y", "1");
            waitUntil("the first was used", () -> seen.contains("y1"));
            assertThat(dag.waitingFor("s")).containsExactly("x");
            dag.post("x", "2");
            assertThat(dag.await("s")).isEqualTo("done");
            assertThat(seen).containsExactly("y1", "x2");
        }

        @Test
        void waitsByKey() throws Exception {
            DagPool<String, String> dag = dag();
            dag.spawnEarly("s", List.of("x", "y"), DagPoolTests::spell);
            waitUntilBegun(dag, "s");
            dag.post("y", "2");
            dag.post("x", "1");
            assertThat(dag.await("s")).isEqualTo("s12");
        }

        @Test
        void inAPoolTakesNoSlotBeforeItsDependenciesHaveOne() throws Exception {
            GreenPool pool = pool(2);
            DagPool<String, String> dag = DagPool.in(pool);
            Latch gate = new Latch(1);
            dag.spawnEarly("c", List.of("b", "x"), DagPoolTests::spell);
            dag.spawnEarly("b", List.of("a"), DagPoolTests::spell);
            assertThat(pool.running()).isZero();
            dag.spawn("a", List.of(), results -> {
                gate.await();
                return "1";
            });
            waitUntilBegun(dag, "b");
            assertThat(dag.runningKeys()).containsExactlyInAnyOrder("a", "b");
            gate.countDown();
            dag.post("x", "2");
            assertThat(dag.await("c")).isEqualTo("cba12".replace("a1", "1"));
        }
    }

    @Nested
    final class AKey {

        @Test
        void isPostedOnce() throws Exception {
            DagPool<String, String> dag = dag();
            dag.post("a", "first");
            assertThatThrownBy(() -> dag.post("a", "second")).isInstanceOfSatisfying(KeyCollision.class,
                    collision -> assertThat(collision.key()).isEqualTo("a"));
            assertThatThrownBy(() -> dag.spawn("a", List.of(), _ -> "second")).isInstanceOf(KeyCollision.class);
            assertThatThrownBy(() -> dag.postFailure("a", new IOException())).isInstanceOf(KeyCollision.class);
            assertThat(dag.await("a")).isEqualTo("first");
        }

        @Test
        void isReplacedOnRequest() throws Exception {
            DagPool<String, String> dag = dag();
            dag.replace("b", "fresh");
            dag.postFailure("a", new IOException("first"));
            dag.replace("a", "second");
            assertThat(dag.await("a")).isEqualTo("second");
            assertThat(dag.items().toString()).as("places stay").isEqualTo("{b=fresh, a=second}");
            dag.spawn("c", List.of("x"), DagPoolTests::spell);
            assertThatThrownBy(() -> dag.replace("c", "foreign")).isInstanceOf(KeyCollision.class);
            dag.kill("c");
            dag.replace("c", "repaired");
            assertThat(dag.await("c")).isEqualTo("repaired");
        }

        @Test
        void mayBeThereFromTheStart() throws Exception {
            DagPool<String, String> dag = new DagPool<>(Map.of("a", "1"));
            assertThat(dag.hub()).isSameAs(Hub.current());
            assertThat(dag.get("a")).contains("1");
            assertThat(dag.await("a", Duration.ZERO)).isEqualTo("1");
        }

        @Test
        void thatIsUnknownIsWaitedFor() throws Exception {
            DagPool<String, String> dag = dag();
            Actor<String> waiter = fork(() -> dag.await("a"));
            Actor<Map<String, String>> both = fork(() -> dag.awaitAll(List.of("b", "a", "b")));
            waitUntilParked(waiter.thread());
            waitUntilParked(both.thread());
            assertThat(dag.get("a")).isEmpty();
            dag.post("a", "1");
            dag.spawn("b", List.of("a"), DagPoolTests::spell);
            assertThat(waiter.result()).isEqualTo("1");
            assertThat(both.result().toString()).isEqualTo("{a=1, b=b1}");
        }

        @Test
        void isForAllWhoWait() throws Exception {
            DagPool<String, String> dag = dag();
            List<Actor<String>> waiters = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                waiters.add(fork(() -> dag.await("a", LONG)));
            }
            waiters.forEach(waiter -> waitUntilParked(waiter.thread()));
            dag.post("a", "1");
            for (Actor<String> waiter : waiters) {
                assertThat(waiter.result()).isEqualTo("1");
            }
        }

        @Test
        void isWaitedForNoLongerThanAsked() {
            DagPool<String, String> dag = dag();
            dag.spawn("b", List.of("x"), DagPoolTests::spell);
            long start = hub().nanoTime();
            assertThatThrownBy(() -> dag.await("b", SHORT)).isInstanceOf(TimeoutException.class)
                    .hasMessage("nothing was posted under [b] within PT0.002S: b waits for [x]");
            assertThat(hub().nanoTime() - start).isGreaterThanOrEqualTo(SHORT.toNanos());
            assertThatThrownBy(() -> dag.await("b", Duration.ZERO)).isInstanceOf(TimeoutException.class);
            assertThatThrownBy(() -> dag.await("y", Duration.ofSeconds(Long.MIN_VALUE)))
                    .isInstanceOf(TimeoutException.class);
            assertThatThrownBy(() -> dag.awaitAll(SHORT)).isInstanceOf(TimeoutException.class);
            assertThatThrownBy(() -> dag.awaitAll(Set.of("x"), SHORT)).isInstanceOf(TimeoutException.class);
            dag.kill("b");
            assertThat(dag.keys()).containsExactly("b");
        }

        @Test
        void isNotLostByAnInterruptOfTheOneWhoWaits() throws Exception {
            DagPool<String, String> dag = dag();
            Actor<String> waiter = fork(() -> dag.await("a"));
            waitUntilParked(waiter.thread());
            waiter.interrupt();
            assertThatThrownBy(waiter::result).isInstanceOf(InterruptedException.class);
            dag.post("a", "1");
            assertThat(dag.await("a")).isEqualTo("1");
        }

        @Test
        @SuppressWarnings("NullAway") // what null does is the test
        void isNotNull() {
            DagPool<String, String> dag = dag();
            assertThatThrownBy(() -> dag.post(null, "1")).isInstanceOf(NullPointerException.class).hasMessage("key");
            List<String> keys = new ArrayList<>();
            keys.add(null);
            assertThatThrownBy(() -> dag.awaitAll(keys)).isInstanceOf(NullPointerException.class).hasMessage("key");
            assertThatThrownBy(() -> dag.spawn("a", keys, _ -> "1")).isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> dag.spawn("a", List.of(), null)).isInstanceOf(NullPointerException.class);
            assertThat(dag.waiting()).isZero();
        }
    }

    @Nested
    final class Everything {

        @Test
        void ofNothingIsNothing() throws Exception {
            DagPool<String, String> dag = dag();
            assertThat(dag.awaitAll()).isEmpty();
            assertThat(dag.awaitAll(Duration.ZERO)).isEmpty();
            assertThat(dag.awaitAll(List.of())).isEmpty();
            assertThat(dag.awaitEach().toList()).isEmpty();
            assertThat(dag.keys()).isEmpty();
            assertThat(dag.items()).isEmpty();
        }

        @Test
        void isWhatIsKnownAtTheMoment() throws Exception {
            DagPool<String, String> dag = dag();
            Latch gate = new Latch(1);
            dag.spawn("a", List.of(), results -> {
                gate.await();
                return "1";
            });
            Actor<Map<String, String>> waiter = fork(() -> dag.awaitAll(LONG));
            waitUntilParked(waiter.thread());
            dag.spawn("b", List.of("x"), DagPoolTests::spell);
            gate.countDown();
            assertThat(waiter.result()).containsExactly(entry("a", "1"));
            dag.kill("b");
        }

        @Test
        void comesOneAfterTheOtherInTheOrderOfArrival() throws Exception {
            DagPool<String, String> dag = dag();
            dag.post("x", "0");
            Latch gate = new Latch(1);
            dag.spawn("a", List.of(), results -> {
                gate.await();
                return "1";
            });
            dag.spawn("b", List.of(), _ -> "2");
            try (Stream<Map.Entry<String, String>> each = dag.awaitEach()) {
                Iterator<Map.Entry<String, String>> iterator = each.iterator();
                assertThat(iterator.next()).isEqualTo(entry("x", "0"));
                assertThat(iterator.next()).isEqualTo(entry("b", "2"));
                gate.countDown();
                assertThat(iterator.hasNext()).isTrue();
                assertThat(iterator.next()).isEqualTo(entry("a", "1"));
                assertThat(iterator.hasNext()).isFalse();
                assertThatThrownBy(iterator::next).isInstanceOf(NoSuchElementException.class);
            }
        }

        @Test
        void comesSortedByHowItEnds() {
            DagPool<String, String> dag = dag();
            IOException error = new IOException("broken");
            dag.spawn("a", List.of(), _ -> "1");
            dag.spawn("b", List.of(), _ -> {
                throw error;
            });
            dag.spawn("c", List.of("b"), DagPoolTests::spell);
            assertThat(dag.awaitEachSuccess().toList()).containsExactly(entry("a", "1"));
            assertThat(dag.awaitEachFailure().map(Map.Entry::getKey).toList()).containsExactly("b", "c");
            assertThat(dag.awaitEachFailure(Set.of("c")).toList()).singleElement().satisfies(
                    failed -> assertThat(failed.getValue().getCause()).hasCause(error));
            assertThat(dag.awaitEachSuccess(Set.of("b")).toList()).isEmpty();
        }

        @Test
        void isRaisedWhereItFailedAndGoesOn() {
            DagPool<String, String> dag = dag();
            dag.post("a", "1");
            dag.postFailure("b", new IOException("broken"));
            dag.post("c", "3");
            Iterator<Map.Entry<String, String>> iterator = dag.awaitEach().iterator();
            assertThat(iterator.next().getKey()).isEqualTo("a");
            assertThatThrownBy(iterator::next).isInstanceOf(PropagatedFailure.class);
            assertThat(iterator.next().getKey()).isEqualTo("c");
        }

        @Test
        void survivesAnInterruptOfTheOneWhoIterates() throws Exception {
            DagPool<String, String> dag = dag();
            Latch interrupted = new Latch(1);
            Actor<String> consumer = fork(() -> {
                Iterator<Map.Entry<String, String>> iterator = dag.awaitEach(Set.of("a")).iterator();
                try {
                    return "got " + iterator.next();
                } catch (CancellationException e) {
                    assertThat(Thread.interrupted()).isTrue();
                    interrupted.countDown();
                    return iterator.next().getValue();
                }
            });
            waitUntilParked(consumer.thread());
            consumer.interrupt();
            interrupted.await();
            dag.post("a", "1");
            assertThat(consumer.result()).isEqualTo("1");
        }

        @Test
        void endsWithItsStream() throws Exception {
            DagPool<String, String> dag = dag();
            Stream<Map.Entry<String, String>> each = dag.awaitEach(Set.of("a"));
            Iterator<Map.Entry<String, String>> iterator = each.iterator();
            Actor<Map.Entry<String, String>> consumer = fork(iterator::next);
            waitUntilParked(consumer.thread());
            each.close();
            assertThatThrownBy(consumer::result).isInstanceOf(NoSuchElementException.class);
        }

        @Test
        void failsAtOnceIfAnythingFailed() throws Exception {
            DagPool<String, String> dag = dag();
            Latch gate = new Latch(1);
            dag.spawn("slow", List.of(), results -> {
                gate.await();
                return "1";
            });
            dag.postFailure("b", new IOException("broken"));
            assertThatThrownBy(() -> dag.awaitAll()).isInstanceOf(PropagatedFailure.class)
                    .hasMessage("key 'b' failed: java.io.IOException: broken");
            assertThatThrownBy(dag::items).isInstanceOf(PropagatedFailure.class);
            gate.countDown();
            assertThat(dag.await("slow")).isEqualTo("1");
        }

        @Test
        void isNotForANodeToWaitFor() throws Exception {
            DagPool<String, String> dag = dag();
            dag.spawn("a", List.of(), _ -> dag.awaitAll().toString());
            assertThatThrownBy(() -> dag.await("a")).cause().isInstanceOf(IllegalStateException.class).hasMessage(
                    "awaitAll must be called from outside the dag pool: node 'a' would wait for itself");
        }
    }

    @Nested
    final class AFailure {

        @Test
        void passesOnWithItsCauses() {
            DagPool<String, String> dag = dag();
            IOException error = new IOException("broken");
            dag.spawn("a", List.of(), _ -> {
                throw error;
            });
            dag.spawn("b", List.of("a"), DagPoolTests::spell);
            dag.spawn("c", List.of("b"), DagPoolTests::spell);
            assertThatThrownBy(() -> dag.await("c")).isInstanceOfSatisfying(PropagatedFailure.class, c -> {
                assertThat(c.key()).isEqualTo("c");
                assertThat(c.getCause()).isInstanceOfSatisfying(PropagatedFailure.class, b -> {
                    assertThat(b.key()).isEqualTo("b");
                    assertThat(b.getCause()).isInstanceOf(PropagatedFailure.class).hasCause(error);
                });
            }).hasMessage("key 'c' failed: io.greenlet.pool.PropagatedFailure: key 'b' failed: "
                    + "io.greenlet.pool.PropagatedFailure: key 'a' failed: java.io.IOException: broken");
            assertThatThrownBy(() -> dag.get("a")).isInstanceOf(CompletionException.class).hasCause(error);
        }

        @Test
        void mayBeCaughtByADependant() throws Exception {
            DagPool<String, String> dag = dag();
            dag.spawn("a", List.of(), _ -> {
                throw new IOException("broken");
            });
            dag.spawn("b", List.of("a"), results -> {
                try {
                    return results.await("a");
                } catch (PropagatedFailure e) {
                    return "instead of " + e.key();
                }
            });
            assertThat(dag.await("b")).isEqualTo("instead of a");
        }

        /// In eventlet nobody hears of these, and who waits hangs.
        @Test
        void ofAnyKindIsPosted() {
            DagPool<String, String> dag = dag();
            for (Throwable error : List.of(new AssertionError("error"), new GreenletExit("exit"),
                    new InterruptedException("interrupt"), new CompletionException(new IOException()))) {
                String key = error.toString();
                dag.spawn(key, List.of(), _ -> {
                    throw unchecked(error);
                });
                assertThatThrownBy(() -> dag.await(key)).isInstanceOf(PropagatedFailure.class).cause().isSameAs(error);
            }
        }

        @SuppressWarnings("unchecked")
        private static <T extends Throwable> RuntimeException unchecked(Throwable error) throws T {
            throw (T) error;
        }

        @Test
        void isPostedThoughTheKeyCannotBeShown() {
            record Shy(int number) {
                @Override
                public String toString() {
                    throw new UnsupportedOperationException("shy");
                }
            }
            DagPool<Shy, String> dag = DagPool.on(hub());
            dag.spawn(new Shy(1), List.of(), _ -> {
                throw new IOException("broken");
            });
            assertThatThrownBy(() -> dag.awaitAll(Set.of(new Shy(1)))).satisfies(
                    thrown -> assertThat(thrown.getClass()).isEqualTo(PropagatedFailure.class));
        }
    }

    @Nested
    final class AKill {

        @Test
        void ofOneThatRunsReachesThoseWhoDependOnIt() throws Exception {
            DagPool<String, String> dag = dag();
            dag.spawn("a", List.of(), _ -> {
                forEver();
                return "never";
            });
            dag.spawn("b", List.of("a"), DagPoolTests::spell);
            waitUntilBegun(dag, "a");
            assertThat(dag.kill("a")).isTrue();
            assertThatThrownBy(() -> dag.await("b")).isInstanceOf(PropagatedFailure.class).cause()
                    .isInstanceOf(PropagatedFailure.class).cause().isInstanceOf(GreenletExit.class)
                    .hasMessage("node of a dag pool was killed");
            assertThat(dag.kill("a")).as("again").isFalse();
            waitUntilIdle(dag);
        }

        @Test
        void beforeItBeganKeepsItFromRunning() throws Exception {
            DagPool<String, String> dag = dag();
            AtomicInteger runs = new AtomicInteger();
            dag.spawn("a", List.of("x"), _ -> "ran " + runs.incrementAndGet());
            dag.spawn("b", List.of("a"), DagPoolTests::spell);
            IllegalStateException cause = new IllegalStateException("killed");
            assertThat(dag.kill("a", cause)).isTrue();
            assertThatThrownBy(() -> dag.await("a")).hasCause(cause);
            assertThatThrownBy(() -> dag.await("b")).cause().hasCause(cause);
            dag.post("x", "too late");
            waitUntilIdle(dag);
            assertThat(runs).hasValue(0);
        }

        @Test
        void inLineForASlotKeepsItFromRunning() throws Exception {
            GreenPool pool = pool(1);
            DagPool<String, String> dag = DagPool.in(pool);
            Latch gate = new Latch(1);
            fill(pool, 1, gate);
            AtomicInteger runs = new AtomicInteger();
            dag.spawn("a", List.of(), _ -> "ran " + runs.incrementAndGet());
            assertThat(pool.waiting()).isEqualTo(1);
            assertThat(dag.kill("a")).isTrue();
            assertThatThrownBy(() -> dag.await("a")).hasCauseInstanceOf(GreenletExit.class);
            gate.countDown();
            assertThat(runs).hasValue(0);
        }

        @Test
        void mayBeSurvived() throws Exception {
            DagPool<String, String> dag = dag();
            dag.spawn("a", List.of(), _ -> {
                try {
                    forEver();
                } catch (InterruptedException e) {
                    return "lives";
                }
                return "never";
            });
            waitUntilBegun(dag, "a");
            dag.kill("a");
            assertThat(dag.await("a")).isEqualTo("lives");
        }

        @Test
        void ofItselfEndsANode() {
            DagPool<String, String> dag = dag();
            dag.spawn("a", List.of(), _ -> "not reached, " + dag.kill("a"));
            assertThatThrownBy(() -> dag.await("a")).hasCauseInstanceOf(GreenletExit.class);
        }

        @Test
        void ofWhatIsNotThereIsNothing() {
            DagPool<String, String> dag = dag();
            dag.post("a", "1");
            assertThat(dag.kill("a")).isFalse();
            assertThat(dag.kill("unknown")).isFalse();
        }
    }

    @Nested
    final class WhatWouldNeverEnd {

        @Test
        void isReportedAtTheSpawn() throws Exception {
            DagPool<String, String> dag = dag();
            assertThatThrownBy(() -> dag.spawn("a", List.of("x", "a"), DagPoolTests::spell))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("dependencies must not form a cycle: a -> a");
            dag.spawn("a", List.of("b"), DagPoolTests::spell);
            dag.spawn("b", List.of("x", "c"), DagPoolTests::spell);
            assertThatThrownBy(() -> dag.spawn("c", List.of("y", "a"), DagPoolTests::spell))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("dependencies must not form a cycle: c -> a -> b -> c");
            dag.post("x", "1");
            dag.spawn("c", List.of(), DagPoolTests::spell);
            assertThat(dag.await("a")).isEqualTo("ab1c");
        }

        @Test
        void isNoLongerACycleWhenAPartOfItIsThere() throws Exception {
            DagPool<String, String> dag = dag();
            dag.spawn("a", List.of("b"), DagPoolTests::spell);
            dag.post("b", "1");
            dag.spawn("c", List.of("a", "b"), DagPoolTests::spell);
            assertThat(dag.await("c")).isEqualTo("ca11");
        }

        @Test
        void isReportedToANodeThatAwaitsWhatWaitsForIt() throws Exception {
            DagPool<String, String> dag = dag();
            dag.spawn("b", List.of("a"), DagPoolTests::spell);
            dag.spawn("a", List.of(), _ -> dag.await("b"));
            assertThatThrownBy(() -> dag.await("a")).cause().isInstanceOf(IllegalStateException.class)
                    .hasMessage("node 'a' must not await what waits for it: a -> b -> a");
            dag.spawn("self", List.of(), _ -> dag.await("self"));
            assertThatThrownBy(() -> dag.await("self")).cause()
                    .hasMessage("node 'self' must not await what waits for it: self -> self");
        }

        @Test
        void isReportedToTheSecondOfTwoThatAwaitEachOther() throws Exception {
            DagPool<String, String> dag = dag();
            dag.spawn("a", List.of(), _ -> dag.await("b"));
            waitUntil("a sleeps", () -> dag.waitingFor("a").contains("b"));
            assertThatThrownBy(() -> dag.spawn("b", List.of("a"), DagPoolTests::spell))
                    .hasMessage("dependencies must not form a cycle: b -> a -> b");
            dag.spawn("b", List.of(), _ -> dag.await("a"));
            assertThatThrownBy(() -> dag.await("a")).isInstanceOf(PropagatedFailure.class).rootCause()
                    .hasMessage("node 'b' must not await what waits for it: b -> a -> b");
        }

        @Test
        void isReportedToThoseWhoWaitForEverything() throws Exception {
            DagPool<String, String> dag = dag();
            dag.spawn("b", List.of("x"), DagPoolTests::spell);
            dag.spawn("c", List.of("b", "y"), DagPoolTests::spell);
            String text = "dag pool must have someone to post [x, y]: b waits for [x], c waits for [b, y]";
            assertThatThrownBy(dag::awaitAll).isInstanceOf(IllegalStateException.class).hasMessage(text);
            assertThatThrownBy(() -> dag.awaitEach().toList()).hasMessage(text);
            dag.post("x", "1");
            assertThat(dag.await("b")).isEqualTo("b1");
            assertThatThrownBy(dag::awaitAll).hasMessage("dag pool must have someone to post [y]: c waits for [y]");
            dag.post("y", "2");
            assertThat(dag.awaitAll()).hasSize(4);
        }

        @Test
        void isReportedAsSoonAsTheLastOneThatRanHasEnded() throws Exception {
            DagPool<String, String> dag = dag();
            Latch gate = new Latch(1);
            dag.spawn("a", List.of(), results -> {
                gate.await();
                return "1";
            });
            dag.spawnEarly("b", List.of("a", "x"), DagPoolTests::spell);
            dag.spawn("c", List.of(), _ -> dag.await("y"));
            Actor<Map<String, String>> waiter = fork(dag::awaitAll);
            waitUntilParked(waiter.thread());
            gate.countDown();
            assertThatThrownBy(waiter::result).isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith("dag pool must have someone to post [");
            dag.post("x", "2");
            dag.post("y", "3");
            assertThat(dag.awaitAll()).containsEntry("b", "b12").containsEntry("c", "3");
        }

        @Test
        void isWaitedForIfSomebodyPromisedIt() throws Exception {
            DagPool<String, String> dag = dag();
            dag.spawn("b", List.of("x"), DagPoolTests::spell);
            dag.expect("x");
            Actor<Map<String, String>> waiter = fork(dag::awaitAll);
            waitUntilParked(waiter.thread());
            dag.post("x", "1");
            assertThat(waiter.result()).isEqualTo(Map.of("x", "1", "b", "b1"));
            dag.expect("x");
            dag.spawn("c", List.of("y"), DagPoolTests::spell);
            assertThatThrownBy(dag::awaitAll).as("what is there is no promise")
                    .isInstanceOf(IllegalStateException.class);
            dag.kill("c");
        }

        @Test
        void isNamedInPartIfThereIsMuchOfIt() {
            DagPool<Integer, String> dag = DagPool.on(hub());
            for (int i = 0; i < 20; i++) {
                dag.spawn(i, List.of(100 + i), _ -> "never");
            }
            assertThatThrownBy(dag::awaitAll).hasMessageContaining("108, 109, ...]: 0 waits for [100], ")
                    .hasMessageEndingWith("9 waits for [109], ...");
            for (int i = 0; i < 20; i++) {
                dag.kill(i);
            }
        }
    }

    @Nested
    final class InAPool {

        @Test
        void asManyRunAsItHasSlots() throws Exception {
            GreenPool pool = pool(3);
            DagPool<Integer, Integer> dag = DagPool.in(pool);
            AtomicInteger now = new AtomicInteger();
            AtomicInteger most = new AtomicInteger();
            for (int i = 99; i >= 0; i--) {
                dag.spawn(i, i < 10 ? List.of() : List.of(i - 10, i - 7), results -> {
                    most.accumulateAndGet(now.incrementAndGet(), Math::max);
                    Green.yieldNow();
                    now.decrementAndGet();
                    return 1;
                });
            }
            assertThat(dag.awaitAll()).hasSize(100);
            assertThat(most.get()).isBetween(1, 3);
        }

        /// All the early ones wait for the one that was spawned last.
        @Test
        void thoseThatWaitDoNotKeepOutWhatTheyWaitFor() throws Exception {
            GreenPool pool = pool(1);
            DagPool<String, String> dag = DagPool.in(pool);
            for (String key : List.of("a", "b", "c")) {
                dag.spawnEarly(key, List.of("x"), DagPoolTests::spell);
                dag.spawn(key + key, List.of(key), DagPoolTests::spell);
            }
            dag.spawn("x", List.of(), _ -> "1");
            assertThat(dag.awaitAll()).hasSize(7).containsEntry("cc", "ccc1");
        }

        @Test
        void aNodeRunsInPlaceWhatItAwaits() throws Exception {
            GreenPool pool = pool(1);
            DagPool<String, String> dag = DagPool.in(pool);
            dag.spawn("a", List.of(), _ -> {
                dag.spawn("b", List.of("c"), DagPoolTests::spell);
                dag.spawn("c", List.of(), DagPoolTests::spell);
                return "a" + dag.await("b");
            });
            assertThat(dag.await("a")).isEqualTo("abc");
        }

        @Test
        void aNodeRunsInPlaceWhatIsSpawnedWhileItWaits() throws Exception {
            GreenPool pool = pool(1);
            DagPool<String, String> dag = DagPool.in(pool);
            dag.spawn("a", List.of(), _ -> "a" + dag.await("b"));
            waitUntil("it sleeps", () -> !dag.waitingFor("a").isEmpty());
            dag.spawn("b", List.of("c"), DagPoolTests::spell);
            dag.spawn("c", List.of(), DagPoolTests::spell);
            assertThat(dag.await("a")).isEqualTo("abc");
        }

        @Test
        void aNodeRunsInPlaceWhatTurnsOutToBeNeeded() throws Exception {
            GreenPool pool = pool(1);
            DagPool<String, String> dag = DagPool.in(pool);
            dag.spawn("a", List.of(), _ -> "a" + dag.await("b"));
            waitUntil("it sleeps", () -> !dag.waitingFor("a").isEmpty());
            dag.spawn("c", List.of(), DagPoolTests::spell); // in line, and nobody needs it so far
            dag.spawn("b", List.of("c"), DagPoolTests::spell);
            assertThat(dag.await("a")).isEqualTo("abc");
        }

        @Test
        void aNodeThatHelpsStillWaits() throws Exception {
            GreenPool pool = pool(1);
            DagPool<String, String> dag = DagPool.in(pool);
            Latch goOn = new Latch(1);
            dag.spawn("a", List.of(), _ -> {
                dag.spawn("b", List.of(), _ -> {
                    goOn.await();
                    return dag.await("c");
                });
                return dag.await("b"); // runs it in place
            });
            waitUntilBegun(dag, "b");
            dag.spawn("c", List.of("a"), DagPoolTests::spell);
            goOn.countDown();
            assertThatThrownBy(() -> dag.await("a")).rootCause()
                    .hasMessage("node 'b' must not await what waits for it: b -> c -> a -> b");
            assertThatThrownBy(() -> dag.await("c")).isInstanceOf(PropagatedFailure.class);
        }

        @Test
        void aNodeDoesNotGoOnBeforeWhatItRunsInPlace() throws Exception {
            GreenPool pool = pool(1);
            DagPool<String, String> dag = DagPool.in(pool);
            dag.spawn("a", List.of(), _ -> "a" + dag.await("b")); // runs it in place
            dag.spawn("b", List.of(), _ -> "b" + dag.await("x"));
            assertThatThrownBy(dag::awaitAll).isInstanceOf(IllegalStateException.class)
                    .hasMessage("dag pool must have someone to post [x]: a waits for [b], b waits for [x]");
            dag.post("x", "1");
            assertThat(dag.await("a")).isEqualTo("ab1");
            assertThat(dag.awaitAll()).hasSize(3);
        }

        /// The outer one needs one of two keys, and has begun to run in place the node of the one that does not come.
        @Test
        void aNodeThatRunsInPlaceDoesNotWaitForTheOneItRunsWithin() throws Exception {
            GreenPool pool = pool(1);
            DagPool<String, String> dag = DagPool.in(pool);
            Latch goOn = new Latch(1);
            dag.spawn("a", List.of(), _ -> {
                goOn.await();
                return dag.awaitEachSuccess(List.of("b", "x")).findFirst().orElseThrow().getValue();
            });
            dag.spawn("b", List.of(), _ -> dag.await("c"));
            dag.spawn("c", List.of("a"), DagPoolTests::spell);
            goOn.countDown();
            assertThatThrownBy(() -> dag.await("b")).rootCause()
                    .hasMessage("node 'b' must not await what waits for it: b -> c -> a -> b");
            dag.post("x", "1");
            assertThat(dag.await("c")).isEqualTo("c1");
        }

        @Test
        void itsLimitsAreFailures() throws Exception {
            GreenPool pool = pool(PoolOptions.named("limited").withSize(1).withTaskTimeout(SHORT));
            DagPool<String, String> dag = DagPool.in(pool);
            dag.spawn("slow", List.of(), _ -> {
                forEver();
                return "never";
            });
            assertThatThrownBy(() -> dag.await("slow")).hasCauseInstanceOf(TimeoutException.class);
        }

        @Test
        void thatIsClosedEveryNodeFails() throws Exception {
            GreenPool pool = pool(1);
            DagPool<Integer, String> dag = DagPool.in(pool);
            int length = 2_000;
            for (int i = length; i > 0; i--) {
                dag.spawn(i, List.of(i - 1), _ -> "never");
            }
            pool.close();
            dag.post(0, "go");
            assertThatThrownBy(() -> dag.await(length)).hasCauseInstanceOf(RejectedSubmission.class);
            assertThat(dag.awaitEachFailure().count()).isEqualTo(length);
        }

        @Test
        void itsQueueIsNotForNodes() throws Exception {
            GreenPool pool = pool(
                    PoolOptions.named("queue").withSize(1).withWhenFull(WhenFull.REJECT).withQueueCapacity(1));
            DagPool<Integer, Integer> dag = DagPool.in(pool);
            for (int i = 0; i < 10; i++) {
                int value = i;
                dag.spawn(i, List.of(), _ -> value);
            }
            assertThat(dag.awaitAll()).hasSize(10);
        }
    }
}
