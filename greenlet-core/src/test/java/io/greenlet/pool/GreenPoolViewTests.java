package io.greenlet.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.greenlet.GreenThread;
import io.greenlet.GreenletExit;
import io.greenlet.Latch;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// What others see of a pool and put around its tasks: decorator, listener, snapshots, the executor view.
final class GreenPoolViewTests extends PoolContract {

    @Nested
    class Decorator {

        private GreenPool decorated(int size, UnaryOperator<Runnable> decorator) {
            return pool(PoolOptions.named("crawler").withSize(size).withDecorator(decorator));
        }

        @Test
        void itIsAppliedInTheSubmitterAndRunsAroundTheBody() throws InterruptedException {
            AtomicReference<@Nullable Thread> applied = new AtomicReference<>();
            Queue<String> order = new ConcurrentLinkedQueue<>();
            GreenPool pool = decorated(1, body -> {
                applied.set(Thread.currentThread());
                return () -> {
                    order.add("before");
                    body.run();
                    order.add("after");
                };
            });
            GreenThread<Integer> task = pool.spawn(() -> {
                order.add("body");
                return 5;
            });
            assertThat(task.await()).isEqualTo(5);
            assertThat(applied.get()).isSameAs(Thread.currentThread());
            assertThat(order).containsExactly("before", "body", "after");
        }

        @Test
        void everyWayInIsDecorated() throws InterruptedException {
            AtomicInteger ran = new AtomicInteger();
            GreenPool pool = decorated(1, body -> () -> {
                ran.incrementAndGet();
                body.run();
            });
            assertThat(pool.spawn(() -> 1).await()).isEqualTo(1);
            pool.spawnN(() -> {
            });
            pool.waitAll();
            assertThat(pool.trySpawn(() -> 1).orElseThrow().await()).isEqualTo(1);
            assertThat(pool.submit(() -> 1).await()).isEqualTo(1);
            assertThat(pool.imap((Integer i) -> i, List.of(1, 2)).toList()).containsExactly(1, 2);
            assertThat(pool.spawn(() -> pool.spawn(() -> 1).await()).await()).isEqualTo(1);
            assertThat(ran).hasValue(8);
        }

        @Test
        void whatTheBodyThrowsPassesAsItIs() throws InterruptedException {
            Queue<Throwable> seen = new ConcurrentLinkedQueue<>();
            GreenPool pool = decorated(1, body -> () -> {
                try {
                    body.run();
                } catch (Throwable e) {
                    seen.add(e);
                    throw e;
                }
            });
            IOException checked = new IOException("checked");
            IllegalStateException unchecked = new IllegalStateException("unchecked");
            AssertionError error = new AssertionError("error");
            GreenThread<Object> a = pool.spawn(() -> {
                throw checked;
            });
            assertThatThrownBy(a::await).isInstanceOf(CompletionException.class).hasCause(checked);
            GreenThread<Object> b = pool.spawn(() -> {
                throw unchecked;
            });
            assertThatThrownBy(b::await).isSameAs(unchecked);
            GreenThread<Object> c = pool.spawn(() -> {
                throw error;
            });
            assertThatThrownBy(c::await).isSameAs(error);
            assertThat(seen).hasSize(3).contains(unchecked, error);
        }

        @Test
        void whatADecoratorSwallowsStillEndsTheTask() throws InterruptedException {
            IllegalStateException failure = new IllegalStateException("not to be hidden");
            GreenPool pool = decorated(1, body -> () -> {
                try {
                    body.run();
                } catch (RuntimeException e) {
                    assertThat(e).isSameAs(failure);
                }
            });
            GreenThread<Object> task = pool.spawn(() -> {
                throw failure;
            });
            assertThatThrownBy(task::await).isSameAs(failure);
        }

        @Test
        void aKillReachesTheBodyThroughIt() throws InterruptedException {
            GreenPool pool = decorated(1, body -> () -> body.run());
            Latch inside = new Latch(1);
            GreenThread<Integer> task = pool.spawn(() -> {
                inside.countDown();
                return forEver();
            });
            inside.await();
            task.kill();
            assertThatThrownBy(task::await).isInstanceOf(GreenletExit.class);
            assertThat(pool.snapshot().killed()).isEqualTo(1);
        }

        @Test
        void oneThatDoesNotRunTheTaskFailsIt() throws InterruptedException {
            GreenPool pool = decorated(1, body -> () -> {
            });
            GreenThread<Integer> task = pool.spawn(() -> 1);
            assertThatThrownBy(task::await).isInstanceOf(IllegalStateException.class)
                    .hasMessage("the pool's decorator must run the task: it returned without doing so");
            assertThat(pool.free()).isEqualTo(1);
        }

        @Test
        void oneThatThrowsInTheSubmitterTakesNoSlot() {
            IllegalStateException failure = new IllegalStateException("no context");
            GreenPool pool = decorated(1, body -> {
                throw failure;
            });
            assertThatThrownBy(() -> pool.spawn(() -> 1)).isSameAs(failure);
            assertThatThrownBy(() -> pool.submit(() -> 1)).isSameAs(failure);
            assertThat(pool.free()).isEqualTo(1);
            assertThat(pool.snapshot().spawned()).isZero();
        }

        @Test
        void oneThatThrowsAfterTheBodyFailsTheTask() throws InterruptedException {
            IllegalStateException failure = new IllegalStateException("after");
            GreenPool pool = decorated(1, body -> () -> {
                body.run();
                throw failure;
            });
            GreenThread<Integer> task = pool.spawn(() -> 1);
            assertThatThrownBy(task::await).isSameAs(failure);
            assertThat(pool.free()).isEqualTo(1);
        }
    }

    /// Notes what it hears.
    private static final class Notes implements PoolListener {

        final Queue<String> heard = new ConcurrentLinkedQueue<>();
        final Queue<Duration> waited = new ConcurrentLinkedQueue<>();
        final Queue<Duration> ran = new ConcurrentLinkedQueue<>();

        @Override
        public void began(GreenPool pool, GreenThread<?> task, Duration waited) {
            heard.add("began");
            this.waited.add(waited);
        }

        @Override
        public void ended(GreenPool pool, GreenThread<?> task, TaskOutcome outcome, Duration ran) {
            heard.add("ended " + outcome);
            this.ran.add(ran);
        }

        @Override
        public void rejected(GreenPool pool, RejectedSubmission why) {
            heard.add(String.valueOf(why.getMessage()));
        }

        @Override
        public void resized(GreenPool pool, int oldSize, int newSize) {
            heard.add("resized " + oldSize + " " + newSize);
        }
    }

    @Nested
    class Listener {

        @Test
        void itHearsEachOutcomeOnce() throws Exception {
            Notes notes = new Notes();
            GreenPool pool = pool(PoolOptions.named("crawler").withSize(1).withListener(notes)
                    .withTaskTimeout(Duration.ofMillis(300)));
            assertThat(pool.spawn(() -> 1).await()).isEqualTo(1);
            assertThat(notes.heard).containsExactly("began", "ended COMPLETED");
            notes.heard.clear();
            GreenThread<Object> failed = pool.spawn(() -> {
                throw new IOException("x");
            });
            assertThatThrownBy(failed::await).isInstanceOf(CompletionException.class);
            assertThat(notes.heard).containsExactly("began", "ended FAILED");
            notes.heard.clear();
            GreenThread<Integer> late = pool.spawn(PoolContract::forEver);
            assertThatThrownBy(late::await).isInstanceOf(CompletionException.class);
            assertThat(notes.heard).containsExactly("began", "ended TIMED_OUT");
            assertThat(List.copyOf(notes.ran).getLast()).isGreaterThanOrEqualTo(Duration.ofMillis(299));
            notes.heard.clear();
            pool.resize(0);
            pool.submit(() -> 1).kill();
            assertThat(notes.heard).containsExactly("resized 1 0", "ended KILLED");
            assertThat(List.copyOf(notes.ran).getLast()).isEqualTo(Duration.ZERO);
            notes.heard.clear();
            pool.close();
            assertThatThrownBy(() -> pool.spawn(() -> 1)).isInstanceOf(RejectedSubmission.class);
            assertThat(notes.heard).containsExactly("pool 'crawler': closed (size=0, running=0, waiting=0)");
        }

        @Test
        void itHearsHowLongATaskStoodInLine() throws InterruptedException {
            Notes notes = new Notes();
            GreenPool pool = pool(PoolOptions.named("crawler").withSize(0).withListener(notes));
            GreenThread<Integer> task = pool.submit(() -> 1);
            waitUntil("a measurable wait",
                    () -> pool.snapshot().oldestWait().compareTo(Duration.ofMillis(2)) > 0);
            pool.resize(1);
            assertThat(task.await()).isEqualTo(1);
            assertThat(pool.spawn(() -> 2).await()).isEqualTo(2);
            assertThat(notes.waited).hasSize(2);
            assertThat(notes.waited.element()).isGreaterThan(Duration.ofMillis(2));
            assertThat(List.copyOf(notes.waited).get(1)).isEqualTo(Duration.ZERO);
        }

        @Test
        void itHearsWhoStandsInLineAndWhatBecomesOfThem() throws InterruptedException {
            List<String> heard = new ArrayList<>();
            GreenPool pool = pool(PoolOptions.named("crawler").withSize(1).withQueueCapacity(2));
            pool.addListener(new PoolListener() {
                @Override
                public void waits(GreenPool in, GreenThread<?> task) {
                    heard.add("waits");
                }

                @Override
                public void left(GreenPool in, GreenThread<?> task) {
                    heard.add("left");
                }

                @Override
                public void began(GreenPool in, GreenThread<?> task, Duration waited) {
                    heard.add("began");
                }

                @Override
                public void ended(GreenPool in, GreenThread<?> task, TaskOutcome outcome, Duration ran) {
                    heard.add("ended");
                }
            });
            assertThat(pool.spawn(() -> 1).await()).isEqualTo(1);
            assertThat(heard).containsExactly("began", "ended"); // it found a slot
            heard.clear();
            pool.resize(0);
            GreenThread<Integer> first = pool.submit(() -> 1);
            pool.submit(() -> 2).kill();
            assertThat(heard).containsExactly("waits", "waits", "ended");
            heard.clear();
            assertThat(pool.trySpawn(() -> 3)).isEmpty();
            assertThat(pool.trySpawn(() -> 3, Duration.ofMillis(1))).isEmpty();
            assertThat(heard).containsExactly("waits", "left");
            heard.clear();
            GreenThread<Integer> second = pool.submit(() -> 4);
            assertThatThrownBy(() -> pool.submit(() -> 5)).isInstanceOf(RejectedSubmission.class);
            assertThat(heard).containsExactly("waits", "waits", "left");
            heard.clear();
            pool.resize(1);
            assertThat(first.await()).isEqualTo(1);
            assertThat(second.await()).isEqualTo(4);
            assertThat(heard).containsExactly("began", "ended", "began", "ended");
        }

        @Test
        void itMayKillWhatItHearsOf() throws InterruptedException {
            GreenPool pool = pool(PoolOptions.named("crawler").withSize(1).withQueueCapacity(2));
            Latch gate = new Latch(1);
            fill(pool, 1, gate);
            AtomicBoolean opened = new AtomicBoolean();
            GreenThread<Boolean> first = pool.submit(opened::get);
            pool.addListener(new PoolListener() {
                @Override
                public void waits(GreenPool in, GreenThread<?> task) {
                    task.kill();
                }
            });
            assertThat(pool.submit(() -> 1).isCancelled()).isTrue();
            assertThat(pool.spawn(() -> 2).isCancelled()).isTrue();
            assertThat(pool.imap((Integer i) -> i, List.of(1)).iterator().hasNext()).isTrue();
            assertThat(pool.waiting()).isOne();
            opened.set(true);
            gate.countDown();
            assertThat(first.await()).as("it began when there was a slot").isTrue();
        }

        @Test
        void oneThatFailsHarmsNobody() throws InterruptedException {
            IllegalStateException failure = new IllegalStateException("deaf");
            Notes notes = new Notes();
            GreenPool pool = pool(PoolOptions.named("crawler").withSize(1).withListener(new PoolListener() {
                @Override
                public void began(GreenPool pool, GreenThread<?> task, Duration waited) {
                    throw failure;
                }

                @Override
                public void ended(GreenPool pool, GreenThread<?> task, TaskOutcome outcome, Duration ran) {
                    throw new AssertionError("even an error", failure);
                }

                @Override
                public void rejected(GreenPool pool, RejectedSubmission why) {
                    throw failure;
                }

                @Override
                public void resized(GreenPool pool, int oldSize, int newSize) {
                    throw failure;
                }
            }));
            pool.addListener(notes);
            assertThat(pool.spawn(() -> 1).await()).isEqualTo(1);
            pool.resize(2);
            pool.close();
            assertThatThrownBy(() -> pool.spawn(() -> 1)).isInstanceOf(RejectedSubmission.class);
            assertThat(notes.heard).hasSize(4);
            List<Report> failures = takeReports();
            assertThat(failures).hasSize(4).allMatch(seen -> seen.source().equals("listener of pool 'crawler'"));
            assertThat(failures.getFirst().error()).isSameAs(failure);
            assertThat(pool.free()).isEqualTo(2);
        }

        @Test
        void oneThatIsRemovedHearsNothing() throws InterruptedException {
            Notes notes = new Notes();
            GreenPool pool = pool(1);
            pool.addListener(notes);
            pool.removeListener(notes);
            assertThat(pool.spawn(() -> 1).await()).isEqualTo(1);
            assertThat(notes.heard).isEmpty();
        }

        @Test
        void itMayUseThePoolItHearsOf() throws InterruptedException {
            AtomicInteger depth = new AtomicInteger();
            GreenPool pool = pool(1);
            pool.addListener(new PoolListener() {
                @Override
                public void ended(GreenPool in, GreenThread<?> task, TaskOutcome outcome, Duration ran) {
                    assertThat(in.snapshot().size()).isEqualTo(in.size());
                    if (depth.incrementAndGet() < 5) {
                        assertThat(in.submit(depth::get)).isNotNull();
                    }
                }

                @Override
                public void resized(GreenPool in, int oldSize, int newSize) {
                    if (newSize < 4) {
                        in.resize(newSize + 1);
                    }
                }
            });
            assertThat(pool.spawn(() -> 1).await()).isEqualTo(1);
            pool.waitAll();
            assertThat(depth).hasValue(5);
            pool.resize(2);
            assertThat(pool.size()).isEqualTo(4);
        }
    }

    @Nested
    class Snapshots {

        @Test
        void everyTaskIsInExactlyOneOutcome() throws InterruptedException {
            GreenPool pool = pool(PoolOptions.named("crawler").withSize(2).withQueueCapacity(2)
                    .withTaskTimeout(Duration.ofMillis(300)));
            assertThat(pool.spawn(() -> 1).await()).isEqualTo(1);
            GreenThread<Object> failed = pool.spawn(() -> {
                throw new IllegalStateException();
            });
            assertThatThrownBy(failed::await).isInstanceOf(IllegalStateException.class);
            GreenThread<Integer> late = pool.spawn(PoolContract::forEver);
            assertThatThrownBy(late::await).isInstanceOf(CompletionException.class);
            pool.resize(0);
            pool.submit(() -> 1).kill();
            assertThat(pool.submit(() -> 1).cancel(false)).isTrue();
            GreenThread<Integer> a = pool.submit(() -> 1);
            GreenThread<Integer> b = pool.submit(() -> 1);
            assertThatThrownBy(() -> pool.submit(() -> 1)).isInstanceOf(RejectedSubmission.class);
            letOthersRun(); // for a moment of any clock
            PoolSnapshot now = pool.snapshot();
            assertThat(now).usingRecursiveComparison().ignoringFields("oldestWait").isEqualTo(
                    new PoolSnapshot("crawler", 0, 0, 0, 2, 2, Duration.ZERO, 7, 1, 1, 2, 1, 1, false));
            assertThat(now.oldestWait()).isPositive();
            a.kill();
            b.kill();
            assertThat(pool.snapshot().oldestWait()).isZero();
            assertThat(pool.snapshot().killed()).isEqualTo(4);
        }

        @Test
        void waitingIsCallersAndTasksAndQueuedIsTasks() throws Exception {
            GreenPool pool = pool(0);
            GreenThread<Integer> queued = pool.submit(() -> 1);
            Actor<Integer> caller = fork(() -> pool.spawn(() -> 2).await());
            waitUntilWaiting(pool, 2);
            assertThat(pool.snapshot().waiting()).isEqualTo(2);
            assertThat(pool.snapshot().queued()).isEqualTo(1);
            pool.resize(2);
            assertThat(queued.await() + caller.result()).isEqualTo(3);
        }

        @Test
        void sizeFreeAndRunningBelongTogetherAtEveryInstant() throws Exception {
            GreenPool pool = pool(3);
            AtomicBoolean over = new AtomicBoolean();
            Actor<Boolean> spawner = forkOther(() -> {
                for (int i = 0; !over.get(); i++) {
                    pool.resize(1 + i % 3);
                    pool.spawnN(Thread::onSpinWait);
                }
                return true;
            });
            for (int i = 0; i < 20_000; i++) {
                PoolSnapshot now = pool.snapshot();
                assertThat(now.free() + now.running()).isEqualTo(now.size());
                assertThat(now.running()).isBetween(0, 3);
                if (i % 20 == 0) {
                    hub().yieldNow(); // and no virtual time: the spawner is always ready
                }
            }
            over.set(true);
            assertThat(spawner.result()).isTrue();
        }

        private static int waitsHere(Latch inside, Latch gate) throws InterruptedException {
            inside.countDown();
            gate.await();
            return 1;
        }

        @Test
        void tasksAreSeenWithNameAgeAndStackOldestFirst() throws InterruptedException {
            GreenPool pool = pool(PoolOptions.named("crawler").withSize(2));
            Latch gate = new Latch(1);
            Latch firstInside = new Latch(1);
            GreenThread<Integer> first = pool.spawn(() -> waitsHere(firstInside, gate));
            firstInside.await();
            waitUntil("the first has an age",
                    () -> pool.tasks().getFirst().age().compareTo(Duration.ofMillis(50)) > 0);
            Latch secondInside = new Latch(1);
            GreenThread<Integer> second = pool.spawn(() -> waitsHere(secondInside, gate));
            secondInside.await();
            GreenThread<Integer> queued = pool.submit(() -> 1);

            List<TaskSnapshot> tasks = pool.tasks();
            assertThat(tasks).extracting(TaskSnapshot::name).containsExactly(first.name(), second.name());
            assertThat(tasks).extracting(TaskSnapshot::id).containsExactly(first.id(), second.id());
            assertThat(tasks.get(0).age()).isGreaterThan(tasks.get(1).age());
            for (TaskSnapshot task : tasks) {
                assertThat(task.stack()).extracting(StackTraceElement::getMethodName).contains("waitsHere");
            }
            gate.countDown();
            assertThat(first.await() + second.await() + queued.await()).isEqualTo(3);
            assertThat(pool.tasks()).isEmpty();
        }
    }

    @Nested
    class AsExecutor {

        private static <T> T result(CompletableFuture<T> stage) throws InterruptedException {
            Latch ended = new Latch(1);
            var _ = stage.whenComplete((_, _) -> ended.countDown());
            ended.await();
            return stage.join();
        }

        @Test
        void itSpawns() throws InterruptedException {
            GreenPool pool = pool(2);
            Executor executor = pool.asExecutor();
            boolean virtual = result(
                    CompletableFuture.supplyAsync(() -> Thread.currentThread().isVirtual(), executor));
            assertThat(virtual).isTrue();
            int two = result(CompletableFuture.supplyAsync(() -> 1, executor).thenApplyAsync(i -> i + 1, executor));
            assertThat(two).isEqualTo(2);
        }

        @Test
        void itBlocksWhileThePoolIsFull() throws Exception {
            GreenPool pool = pool(1);
            Latch gate = new Latch(1);
            fill(pool, 1, gate);
            AtomicBoolean ran = new AtomicBoolean();
            Actor<Boolean> caller = fork(() -> {
                pool.asExecutor().execute(() -> ran.set(true));
                return true;
            });
            waitUntilWaiting(pool, 1);
            gate.countDown();
            assertThat(caller.result()).isTrue();
            pool.waitAll();
            assertThat(ran).isTrue();
        }

        @Test
        void anInterruptInLineIsARejectionWithTheFlagSet() throws Exception {
            GreenPool pool = pool(PoolOptions.named("crawler").withSize(0));
            Actor<Boolean> caller = fork(() -> {
                assertThatThrownBy(() -> pool.asExecutor().execute(() -> {
                })).isInstanceOf(RejectedSubmission.class).hasMessageStartingWith(
                        "pool 'crawler': interrupted while waiting for a slot (size=0, running=0, waiting=0)");
                return Thread.interrupted();
            });
            waitUntilWaiting(pool, 1);
            caller.interrupt();
            assertThat(caller.result()).isTrue();
        }

        @Test
        void aFailureGoesToTheFailureHandler() throws InterruptedException {
            GreenPool pool = pool(1);
            IllegalStateException failure = new IllegalStateException("x");
            pool.asExecutor().execute(() -> {
                throw failure;
            });
            pool.waitAll();
            assertThat(takeReports()).extracting(Report::error).containsExactly(failure);
        }
    }

    @Nested
    class Line {

        @Test
        void itsFirstAreShownAsManyAsAreAskedFor() throws InterruptedException {
            GreenPool pool = pool(0);
            GreenThread<Integer> one = pool.submit(() -> 1, TaskOptions.describedAs("first"));
            GreenThread<Integer> two = pool.submit(() -> 2);
            assertThat(pool.waiters(1)).singleElement()
                    .satisfies(first -> assertThat(first.description()).isEqualTo("first"));
            assertThat(pool.waiters(0)).isEmpty();
            assertThat(pool.waiters()).hasSize(2);
            assertThatThrownBy(() -> pool.waiters(-1)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("most must not be negative: -1");
            pool.resize(1);
            assertThat(one.await() + two.await()).isEqualTo(3);
        }
    }
}
