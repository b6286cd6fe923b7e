package io.greenlet.boot.watchdog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.greenlet.GreenThread;
import io.greenlet.Hub;
import io.greenlet.boot.Eventually;
import io.greenlet.boot.GreenPoolAutoConfiguration;
import io.greenlet.boot.GreenPools;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolStall.Kind;
import io.greenlet.pool.RejectedSubmission;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationContext;

@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class GreenWatchdogTests {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(GreenPoolAutoConfiguration.class, GreenWatchdogAutoConfiguration.class))
            .withPropertyValues("greenlet.pools.api.size=2", "greenlet.shutdown-grace=0",
                    "greenlet.watchdog.interval=2ms");

    private static GreenPool api(ApplicationContext context) {
        return context.getBean("api", GreenPool.class);
    }

    private static GreenStalls stalls(ApplicationContext context) {
        return context.getBean(GreenStalls.class);
    }

    /// Tasks that all have their slots before any goes on.
    private static List<GreenThread<Integer>> fill(GreenPool pool, Callable<Integer> next) throws InterruptedException {
        CountDownLatch all = new CountDownLatch(pool.size());
        List<GreenThread<Integer>> holders = new ArrayList<>();
        for (int i = 0; i < pool.size(); i++) {
            holders.add(pool.spawn(() -> {
                all.countDown();
                all.await();
                return next.call();
            }));
        }
        return holders;
    }

    private static int child(GreenPool pool) throws InterruptedException {
        return pool.<Integer>spawn(() -> 1).await();
    }

    /// The child is handed in by a green thread of the hub.
    private static Callable<Integer> throughTheHub(GreenPool pool) {
        return () -> Hub.parallel().<Integer>spawn(() -> child(pool)).await();
    }

    /// The child is handed in by a thread of another executor.
    private static Callable<Integer> throughAFuture(GreenPool pool, ExecutorService other) {
        return () -> CompletableFuture.supplyAsync(() -> {
            try {
                return child(pool);
            } catch (InterruptedException e) {
                throw new CompletionException(e);
            }
        }, other).join();
    }

    private static Throwable failureOfOne(List<GreenThread<Integer>> holders) throws InterruptedException {
        Eventually.holds(() -> holders.stream().allMatch(GreenThread::isDone));
        assertThat(holders).filteredOn(holder -> holder.state() == GreenThread.State.SUCCESS)
                .as("the other has a result")
                .hasSize(1);
        return catchThrowable(() -> {
            for (GreenThread<Integer> holder : holders) {
                int _ = holder.await();
            }
        });
    }

    private static int count(CapturedOutput output, String text) {
        return output.toString().split(text, -1).length - 1;
    }

    @Nested
    class WhatItDoes {

        @Test
        void nestedTasksNeedNoWatchdog() {
            runner.run(context -> {
                GreenPool pool = api(context);
                for (GreenThread<Integer> holder : fill(pool, () -> child(pool))) {
                    assertThat(holder.await()).isEqualTo(1);
                }
                assertThat(pool.snapshot().rejected()).isZero();
            });
        }

        @Test
        void aPoolThatWaitsForItselfGoesOnWithAnErrorThatHasBothStacks(CapturedOutput output) {
            runner.run(context -> {
                GreenPool pool = api(context);
                Throwable error = failureOfOne(fill(pool, throughTheHub(pool)));
                assertThat(error).isInstanceOf(RejectedSubmission.class)
                        .hasMessageContaining("waits for itself (size=2, running=2, waiting=2)");
                assertThat(Arrays.toString(error.getStackTrace())).contains("GreenPool.spawn");
                assertThat(Arrays.toString(error.getSuppressed()[0].getStackTrace())).contains("throughTheHub");
                assertThat(pool.snapshot().rejected()).isEqualTo(1);
                Eventually.holds(() -> count(output, "moves again") == 1);
                assertThat(count(output, "Green pool 'api' waits for itself")).isEqualTo(1);
                assertThat(count(output, "one was taken out of the line")).isEqualTo(1);
                assertThat(output).containsPattern("ERROR.*Green pool 'api' waits for itself");
                assertThat(stalls(context).current()).isEmpty();
            });
        }

        @Test
        void itOnlyReportsWhatItIsToldToReport(CapturedOutput output) {
            runner.withPropertyValues("greenlet.watchdog.on-proven=report").run(context -> {
                GreenPool pool = api(context);
                List<GreenThread<Integer>> holders = fill(pool, throughTheHub(pool));
                Eventually.holds(() -> stalls(context).find("api").isPresent());
                GreenStall stall = stalls(context).find("api").orElseThrow();
                assertThat(stall.stall().kind()).isEqualTo(Kind.PROVEN);
                Eventually.holds(() -> !stalls(context).find("api").orElseThrow().stall().equals(stall.stall()));
                assertThat(stalls(context).find("api").orElseThrow().since()).isEqualTo(stall.since());
                assertThat(count(output, "waits for itself")).as("logged once").isEqualTo(1);
                assertThat(pool.snapshot().rejected()).isZero();
                pool.resize(3);
                for (GreenThread<Integer> holder : holders) {
                    assertThat(holder.await()).isEqualTo(1);
                }
                Eventually.holds(() -> stalls(context).current().isEmpty());
                assertThat(output).contains("Green pool 'api' moves again, after ");
            });
        }

        @Test
        void aSuspicionIsReported(CapturedOutput output) {
            runner.withPropertyValues("greenlet.watchdog.stall-after=10ms").run(context -> {
                GreenPool pool = api(context);
                try (ExecutorService other = Executors.newVirtualThreadPerTaskExecutor()) {
                    List<GreenThread<Integer>> holders = fill(pool, throughAFuture(pool, other));
                    Eventually.holds(() -> stalls(context).find("api").isPresent());
                    assertThat(stalls(context).find("api").orElseThrow().stall().kind()).isEqualTo(Kind.SUSPECTED);
                    assertThat(output).containsPattern("WARN.*Green pool 'api' stands still, and may wait for itself");
                    assertThat(pool.snapshot().rejected()).isZero();
                    pool.resize(4);
                    for (GreenThread<Integer> holder : holders) {
                        assertThat(holder.await()).isEqualTo(1);
                    }
                }
            });
        }

        @Test
        void aSuspicionIsEndedIfSoWished() {
            runner.withPropertyValues("greenlet.watchdog.stall-after=10ms", "greenlet.watchdog.on-suspected=reject")
                    .run(context -> {
                        GreenPool pool = api(context);
                        try (ExecutorService other = Executors.newVirtualThreadPerTaskExecutor()) {
                            Throwable error = failureOfOne(fill(pool, throughAFuture(pool, other)));
                            assertThat(error).hasCauseInstanceOf(RejectedSubmission.class);
                            Throwable cause = Objects.requireNonNull(error.getCause());
                            assertThat(cause).hasMessageContaining("stands still, and may wait for itself");
                            assertThat(Arrays.toString(cause.getStackTrace())).contains("GreenPool.spawn");
                            assertThat(Arrays.toString(cause.getSuppressed()[0].getStackTrace()))
                                    .contains("CompletableFuture.join");
                        }
                    });
        }

        @Test
        void saturationIsReported(CapturedOutput output) {
            runner.withPropertyValues("greenlet.watchdog.saturated-after=1ms").run(context -> {
                GreenPool pool = api(context);
                CountDownLatch gate = new CountDownLatch(1);
                List<GreenThread<Integer>> holders = fill(pool, () -> {
                    gate.await();
                    return 1;
                });
                GreenThread<Integer> inLine = pool.submit(() -> 2);
                Eventually.holds(() -> stalls(context).find("api").isPresent());
                assertThat(stalls(context).find("api").orElseThrow().stall().kind()).isEqualTo(Kind.SATURATED);
                assertThat(output).containsPattern("WARN.*Green pool 'api' is full \\(size=2, running=2, waiting=1\\)");
                gate.countDown();
                assertThat(inLine.await()).isEqualTo(2);
                assertThat(holders.getLast().await()).isEqualTo(1);
                Eventually.holds(() -> stalls(context).current().isEmpty());
            });
        }

        @Test
        void poolsOfTheUsersOwnAreWatchedAndNamedAsBeans() {
            runner.withBean("mine", GreenPool.class, () -> new GreenPool(1))
                    .withPropertyValues("greenlet.watchdog.on-proven=report").run(context -> {
                        GreenPool mine = context.getBean("mine", GreenPool.class);
                        List<GreenThread<Integer>> holders = fill(mine, throughTheHub(mine));
                        Eventually.holds(() -> stalls(context).find("mine").isPresent());
                        mine.resize(2);
                        assertThat(holders.getFirst().await()).isEqualTo(1);
                    });
        }
    }

    @Nested
    class Lifecycle {

        @Test
        void itStopsWithTheContextAfterThePoolsAndCanStartAgain() {
            runner.run(context -> {
                GreenWatchdog watchdog = context.getBean(GreenWatchdog.class);
                assertThat(watchdog.isRunning()).isTrue();
                assertThat(watchdog.isPauseable()).isFalse();
                watchdog.stop();
                assertThat(watchdog.isRunning()).isFalse();
                GreenPool pool = api(context);
                List<GreenThread<Integer>> holders = fill(pool, throughTheHub(pool));
                Eventually.holds(() -> pool.waiting() == 2);
                watchdog.start();
                watchdog.start();
                assertThat(failureOfOne(holders)).isInstanceOf(RejectedSubmission.class);
            });
        }

        /// A close waits for what waits for itself, so the watchdog must still be there.
        @Test
        void aPoolThatWaitsForItselfWhenTheContextClosesIsDrained() {
            List<GreenThread<Integer>> holders = new ArrayList<>();
            runner.withPropertyValues("greenlet.shutdown-grace=30s").run(context -> {
                GreenPool pool = api(context);
                holders.addAll(fill(pool, () -> Hub.parallel()
                        .<Integer>spawn(() -> pool.<Integer>submit(() -> 1).await()).await()));
                Eventually.holds(() -> pool.waiting() > 0 || holders.stream().allMatch(GreenThread::isDone));
            });
            assertThat(holders).allMatch(GreenThread::isDone).noneMatch(GreenThread::isCancelled);
        }
    }

    @Nested
    class Conditions {

        @Test
        void itCanBeSwitchedOff() {
            runner.withPropertyValues("greenlet.watchdog.enabled=false").run(context -> assertThat(context)
                    .hasNotFailed().doesNotHaveBean(GreenWatchdog.class).doesNotHaveBean(GreenStalls.class));
        }

        @Test
        void withoutPoolsThereIsNone() {
            new ApplicationContextRunner()
                    .withConfiguration(AutoConfigurations.of(GreenWatchdogAutoConfiguration.class))
                    .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(GreenWatchdog.class)
                            .doesNotHaveBean(GreenPools.class));
        }

        @Test
        void defaults() {
            new ApplicationContextRunner().withConfiguration(
                    AutoConfigurations.of(GreenPoolAutoConfiguration.class, GreenWatchdogAutoConfiguration.class))
                    .run(context -> assertThat(context.getBean(WatchdogProperties.class)).hasToString(
                            "WatchdogProperties[enabled=true, interval=PT1S, stallAfter=PT10S, saturatedAfter=PT1M, "
                                    + "onProven=REJECT, onSuspected=REPORT]"));
        }

        @ParameterizedTest
        @CsvSource({"interval, 0s, PT0S", "stall-after, -1s, PT-1S", "saturated-after, 0, PT0S"})
        void timesMustBePositive(String key, String value, String shown) {
            runner.withPropertyValues("greenlet.watchdog." + key + "=" + value).run(context -> assertThat(context)
                    .getFailure().hasRootCauseMessage(key + " must be positive: " + shown));
        }
    }
}
