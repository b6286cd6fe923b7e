package io.greenlet.boot.snippets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.greenlet.GreenThread;
import io.greenlet.Hub;
import io.greenlet.boot.Eventually;
import io.greenlet.boot.GreenPoolAutoConfiguration;
import io.greenlet.boot.watchdog.GreenStalls;
import io.greenlet.boot.watchdog.GreenWatchdogAutoConfiguration;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.RejectedSubmission;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/// What docs/diagnostics.md shows.
@Timeout(60)
class DiagnosticsSnippetsTests {

    private static final Path SOURCE = Path.of("src/test/java/io/greenlet/boot/snippets/DiagnosticsSnippetsTests.java");

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(GreenPoolAutoConfiguration.class, GreenWatchdogAutoConfiguration.class))
            .withPropertyValues("greenlet.pools.crawler.size=1", "greenlet.watchdog.interval=2ms");

    // @start region="stall"
    static int total(GreenPool pool) throws Exception {
        return pool.<Integer>spawn(() -> {
            GreenThread<Integer> other = Hub.current().spawn(() -> pool.<Integer>spawn(() -> 1).await());
            return other.await(); // holds a slot, and waits for somebody who waits for one
        }).await();
    }
    // @end

    // @start region="stalls"
    List<String> stalled(GreenStalls stalls) {
        return stalls.current().stream().filter(stall -> stall.stall().kind().isStall())
                .map(stall -> stall.pool() + " since " + stall.since()).toList();
    }
    // @end

    @Test
    void theHangEndsInAnError() {
        runner.run(context -> assertThat(catchThrowable(() -> total(context.getBean("crawler", GreenPool.class))))
                .isInstanceOf(RejectedSubmission.class).hasMessageContaining("waits for itself"));
    }

    @Test
    void stallsAreListed() {
        runner.withPropertyValues("greenlet.watchdog.on-proven=report").run(context -> {
            GreenPool pool = context.getBean("crawler", GreenPool.class);
            GreenThread<Integer> task = Hub.parallel().spawn(() -> total(pool));
            GreenStalls stalls = context.getBean(GreenStalls.class);
            Eventually.holds(() -> !stalled(stalls).isEmpty());
            assertThat(stalled(stalls).getFirst()).startsWith("crawler since ");
            pool.resize(2);
            assertThat(task.await()).isEqualTo(1);
        });
    }

    /// The page shows these regions, and no other Java.
    @Test
    void thePageShowsWhatIsCompiledHere() throws IOException {
        List<String> shown = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(Path.of("../docs/diagnostics.md"))).results()
                .map(found -> found.group(1).strip()).toList();
        List<String> compiled = Pattern.compile("// @start region=\"\\w+\"\n(.*?)\n *// @end", Pattern.DOTALL)
                .matcher(Files.readString(SOURCE)).results().map(DiagnosticsSnippetsTests::region).toList();
        assertThat(shown).isEqualTo(compiled);
    }

    private static String region(MatchResult found) {
        return found.group(1).stripIndent().strip();
    }
}
