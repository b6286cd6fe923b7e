package io.greenlet.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.greenlet.GreenThread;
import io.greenlet.GreenletExit;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.RejectedSubmission;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.BeanCreationException;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.MapPropertySource;

@Timeout(30)
class GreenPoolShutdownTests {

    private static AnnotationConfigApplicationContext context(String grace, Class<?>... more) {
        AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
        context.getEnvironment().getPropertySources().addFirst(new MapPropertySource("test",
                Map.of("greenlet.pools.api.size", 2, "greenlet.shutdown-grace", grace)));
        context.register(GreenPoolAutoConfiguration.class);
        if (more.length > 0) {
            context.register(more);
        }
        return context;
    }

    private static GreenPool started(ConfigurableApplicationContext context, String name) {
        context.refresh();
        return context.getBean(name, GreenPool.class);
    }

    /// Closes a context beside the test, which sees it happen.
    private static Thread closing(ConfigurableApplicationContext context) {
        return Thread.ofPlatform().start(context::close);
    }

    @Test
    void lifecycleRunsWhereSpringStopsExecutorsAndIsNeverPaused() {
        try (AnnotationConfigApplicationContext context = context("0")) {
            context.refresh();
            SmartLifecycle lifecycle = context.getBean(GreenPoolLifecycle.class);
            assertThat(lifecycle.getPhase()).isEqualTo(Integer.MAX_VALUE / 2);
            assertThat(lifecycle.isPauseable()).isFalse();
            assertThat(lifecycle.isAutoStartup()).isTrue();
            assertThat(lifecycle.isRunning()).isTrue();
        }
    }

    @Nested
    class Closing {

        @Test
        void closesEveryPool() {
            AnnotationConfigApplicationContext context = context("0", Own.class);
            GreenPool api = started(context, "api");
            GreenPool own = context.getBean("own", GreenPool.class);
            GreenPool other = context.getBean("default", GreenPool.class);
            context.close();
            assertThat(api.isClosed()).isTrue();
            assertThat(own.isClosed()).isTrue();
            assertThat(other.isClosed()).isTrue();
            assertThatThrownBy(() -> api.submit(() -> "late")).isInstanceOf(RejectedSubmission.class);
        }

        @Test
        void letsTasksFinish() throws Exception {
            AnnotationConfigApplicationContext context = context("20s");
            GreenPool api = started(context, "api");
            CountDownLatch gate = new CountDownLatch(1);
            GreenThread<String> task = api.spawn(() -> {
                gate.await();
                return "finished";
            });
            Thread closing = closing(context);
            Eventually.holds(api::isClosed);
            gate.countDown();
            closing.join();
            assertThat(task.await()).isEqualTo("finished");
        }

        @Test
        void killsWhatDoesNotFinishInTime() throws Exception {
            AnnotationConfigApplicationContext context = context("1ms");
            GreenPool api = started(context, "api");
            GreenThread<@Nullable Void> task = api.spawn(() -> {
                new CountDownLatch(1).await();
                return null;
            });
            context.close();
            assertThatThrownBy(task::await).isInstanceOf(GreenletExit.class);
        }

        @Test
        void rejectsThoseWhoWaitInLine() throws Exception {
            AnnotationConfigApplicationContext context = context("0", OfSizeZero.class);
            GreenPool pool = started(context, "empty");
            GreenThread<String> queued = pool.submit(() -> "never");
            context.close();
            assertThatThrownBy(queued::await).isInstanceOf(GreenletExit.class);
            assertThat(pool.waiting()).isZero();
        }

        @Test
        void doesNotWaitForEverForATaskThatIgnoresItsKill() throws Exception {
            AnnotationConfigApplicationContext context = context("0", Own.class);
            GreenPool own = started(context, "own");
            CountDownLatch gate = new CountDownLatch(1);
            CountDownLatch begun = new CountDownLatch(1);
            GreenThread<String> task = own.spawn(() -> {
                begun.countDown();
                for (;;) {
                    try {
                        gate.await();
                        return "stubborn";
                    } catch (InterruptedException e) {
                        // ignores its kill, as some libraries do
                    }
                }
            });
            begun.await();
            context.close();
            assertThat(task.isDone()).isFalse();
            gate.countDown();
            assertThat(task.await()).isEqualTo("stubborn");
        }

        @Test
        void closesPoolsOfAContextThatFailedToStart() {
            AnnotationConfigApplicationContext context = context("0", Broken.class);
            assertThatThrownBy(context::refresh).isInstanceOf(BeanCreationException.class);
            assertThat(Broken.seen).isNotNull();
            assertThat(Objects.requireNonNull(Broken.seen).isClosed()).isTrue();
            Broken.seen = null;
        }

        @Test
        void leavesAPoolAloneThatItsDefinitionLeavesAlone() {
            AnnotationConfigApplicationContext context = context("0", Shared.class);
            GreenPool shared = started(context, "shared");
            context.close();
            assertThat(shared.isClosed()).isFalse();
            shared.close();
        }

        @Test
        void leavesAPoolAloneThatIsNotTheContexts() {
            AnnotationConfigApplicationContext context = context("0");
            GreenPool foreign = new GreenPool(1);
            context.getBeanFactory().registerSingleton("foreign", foreign);
            context.refresh();
            context.close();
            assertThat(foreign.isClosed()).isFalse();
            foreign.close();
        }
    }

    static class Own {
        @Bean
        GreenPool own() {
            return new GreenPool(3);
        }
    }

    static class OfSizeZero {
        @Bean
        GreenPool empty() {
            return new GreenPool(0);
        }
    }

    static class Shared {
        @Bean(destroyMethod = "")
        GreenPool shared() {
            return new GreenPool(3);
        }
    }

    static class Broken {
        static @Nullable GreenPool seen;

        @Bean
        GreenPool own() {
            seen = new GreenPool(3);
            return seen;
        }

        @Bean
        String broken(GreenPool own) {
            throw new IllegalStateException("broken with " + own);
        }
    }
}
