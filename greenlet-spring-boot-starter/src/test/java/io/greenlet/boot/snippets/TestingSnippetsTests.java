package io.greenlet.boot.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.Green;
import io.greenlet.GreenThread;
import io.greenlet.SimulatedHub;
import io.greenlet.boot.GreenAsync;
import io.greenlet.boot.test.AllowLeaks;
import io.greenlet.boot.test.GreenletExtension;
import io.greenlet.boot.test.GreenletSeed;
import io.greenlet.boot.test.GreenletSeeds;
import io.greenlet.boot.test.GreenletTest;
import io.greenlet.sync.GreenQueue;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Service;

/// What docs/testing.md shows, run as it stands.
@Timeout(60)
class TestingSnippetsTests {

    private static String twice(Callable<String> call, Duration pause) throws Exception {
        try {
            return call.call();
        } catch (IllegalStateException e) {
            Green.sleep(pause);
            return call.call();
        }
    }

    private static final class Flaky implements Callable<String> {

        private int calls;

        @Override
        public String call() {
            if (calls++ == 0) {
                throw new IllegalStateException("not yet");
            }
            return "fine";
        }
    }

    @Nested
    // @start region="testing-hub"
    @ExtendWith(GreenletExtension.class)
    class RetryTests {

        @Test
        void triesAgainAfterAMinute(SimulatedHub hub) {
            GreenThread<String> answer = hub.spawn(() -> twice(new Flaky(), Duration.ofMinutes(1)));
            hub.run(); // until no green thread is left; the minute takes no time
            assertThat(answer.resultNow()).isEqualTo("fine");
            assertThat(hub.nanoTime()).isEqualTo(Duration.ofMinutes(1).toNanos());
        }
    }
    // @end

    @Nested
    class Seeds {

        // @start region="testing-seeds"
        @GreenletSeeds(count = 200)
        void noOrderLosesAnItem(SimulatedHub hub) throws InterruptedException {
            GreenQueue<String> queue = GreenQueue.fifo();
            hub.spawnN(() -> queue.add("a"));
            hub.spawnN(() -> queue.add("b"));
            GreenThread<String> both = hub.spawn(() -> queue.take() + queue.take());
            hub.run();
            assertThat(both.await()).isIn("ab", "ba");
        }
        // @end

        @ExtendWith(GreenletExtension.class)
        @Nested
        class Replayed {

            // @start region="testing-replay"
            @GreenletSeed(717_350_115)
            @Test
            void onceMoreInThatOrder(SimulatedHub hub) {
                assertThat(hub.seed()).isEqualTo(717_350_115);
            }
            // @end
        }
    }

    @Nested
    @ExtendWith(GreenletExtension.class)
    class Leaks {

        // @start region="testing-leaks"
        @Test
        @AllowLeaks("the worker is meant to outlive its caller")
        void returnsBeforeItsWorkerEnds(SimulatedHub hub) {
            hub.spawnN(() -> System.getLogger("worker").log(System.Logger.Level.INFO, "done"));
        }
        // @end
    }

    @Service
    static class Titles {

        @GreenAsync("crawler")
        public CompletableFuture<String> title(String page) throws InterruptedException {
            Green.sleep(Duration.ofSeconds(page.length()));
            return CompletableFuture.completedFuture(page);
        }
    }

    @Nested
    // @start region="testing-slice"
    @GreenletTest(classes = Titles.class, simulated = true, properties = {
            "greenlet.pools.crawler.size=2", "greenlet.pools.crawler.task-timeout=10s"})
    class TitlesTests {

        @Autowired
        Titles titles;

        @Test
        void givesUpAfterTenSeconds(SimulatedHub hub) throws Exception {
            CompletableFuture<String> slow = titles.title("a page that takes longer");
            hub.runFor(Duration.ofSeconds(9));
            assertThat(slow).isNotDone();
            hub.run();
            assertThat(slow.exceptionNow()).isInstanceOf(TimeoutException.class);
        }
    }
    // @end
}
