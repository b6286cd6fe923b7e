package io.greenlet.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.pool.TaskSnapshot;
import io.greenlet.pool.WaitingSnapshot;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class OverdueTasksTests {

    private static final StackTraceElement SITE = new StackTraceElement("app.Crawler", "visit", "Crawler.java", 12);

    private final OverdueTasks overdue = new OverdueTasks("crawler",
            ShutdownTimes.of(Duration.ofSeconds(5), true, Duration.ofSeconds(30)));

    private static TaskSnapshot running(int n, @Nullable String description, @Nullable StackTraceElement site) {
        return new TaskSnapshot(n, "crawler-" + n, 100 + n, Duration.ofNanos(1_234_567_890), description, site,
                List.of());
    }

    private static WaitingSnapshot waiting(int n, @Nullable String description) {
        return new WaitingSnapshot(n, "crawler-" + n, Duration.ofMillis(40), description, null, 0, null, List.of());
    }

    @Test
    void itNamesWhatRunsAndWhatWaitsWithAgesAndDescriptions() {
        assertThat(overdue.report(List.of(running(1, "fetch /a", SITE), running(2, null, null)),
                List.of(waiting(3, "fetch /c"), waiting(4, null)))).isEqualTo("""
                        green pool 'crawler' has not finished within PT5S and kills 2 running and 2 waiting tasks
                            running crawler-1 for PT1.234S: fetch /a, spawned at app.Crawler.visit(Crawler.java:12)
                            running crawler-2 for PT1.234S
                            waiting crawler-3 for PT0.04S: fetch /c
                            waiting crawler-4 for PT0.04S""");
    }

    @Test
    void ofManyItNamesTheOthersOnly() {
        String report = overdue.report(
                IntStream.rangeClosed(1, 22).mapToObj(n -> running(n, "fetch", null)).toList(),
                IntStream.rangeClosed(23, 1200).mapToObj(n -> waiting(n, "fetch")).toList());
        assertThat(report.lines()).hasSize(1 + 20 + 1 + 20 + 1);
        assertThat(report).contains("running crawler-20 for", "and 2 more running: crawler-21, crawler-22\n",
                "waiting crawler-42 for", "and 1158 more waiting: crawler-43, crawler-44, ")
                .endsWith(", crawler-1042, …");
    }

    @Test
    void itSaysWhyTheTimeWasShort() {
        OverdueTasks cut = new OverdueTasks("crawler",
                ShutdownTimes.of(Duration.ofSeconds(30), false, Duration.ofSeconds(30)));
        assertThat(cut.report(List.of(), List.of(waiting(1, null))).lines().findFirst()).hasValue(
                "green pool 'crawler' has not finished within PT27S and kills 0 running and 1 waiting tasks "
                        + "(greenlet.shutdown-grace is PT30S, of which spring.lifecycle.timeout-per-shutdown-phase of "
                        + "PT30S leaves PT27S)");
    }
}
