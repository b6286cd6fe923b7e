package io.greenlet.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.GreenThread;
import io.greenlet.pool.GreenPool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;

@Timeout(30)
class SpawnRecordingTests {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(GreenPoolAutoConfiguration.class));
    private final ApplicationContextRunner recording = runner.withPropertyValues("greenlet.record-spawns=true");

    private static GreenThread<Integer> spawned(GreenPool pool) {
        return pool.submit(() -> 1);
    }

    @Test
    void offUnlessSaidOtherwise() {
        runner.run(context -> assertThat(spawned(context.getBean(GreenPool.class)).spawnedAt()).isEmpty());
    }

    @Test
    void onWhileAnyContextThatWantsItLives() {
        try (GreenPool pool = new GreenPool(3)) {
            recording.run(outer -> {
                recording.run(inner -> assertThat(spawned(pool).spawnedAt()).hasValueSatisfying(
                        site -> assertThat(site.getMethodName()).isEqualTo("spawned")));
                assertThat(spawned(pool).spawnedAt()).isPresent();
                runner.run(other -> assertThat(spawned(pool).spawnedAt()).isPresent());
            });
            assertThat(spawned(pool).spawnedAt()).isEmpty();
        }
    }

    @Test
    void onBeforeTheFirstBeanIsMade() {
        recording.withUserConfiguration(Early.class).run(context -> {
            GreenThread<?> early = context.getBean(GreenThread.class);
            assertThat(early.spawnedAt()).isPresent();
        });
    }

    @Test
    void aBadValueStopsTheStart() {
        runner.withPropertyValues("greenlet.record-spawns=sometimes").run(context -> {
            assertThat(context).hasFailed();
            FailureAnalyses.assertThatAnalysis(context.getStartupFailure())
                    .describes("greenlet.record-spawns must be true or false: 'sometimes' (from "
                            + "\"greenlet.record-spawns\" from property source \"test\")")
                    .advises("Set greenlet.record-spawns to true or false.");
        });
    }

    static class Early {

        @Bean
        GreenThread<Integer> early() {
            return io.greenlet.Hub.parallel().spawn(() -> 1);
        }
    }
}
