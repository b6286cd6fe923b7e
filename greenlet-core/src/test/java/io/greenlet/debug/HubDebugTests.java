package io.greenlet.debug;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.Green;
import io.greenlet.GreenThread;
import io.greenlet.GreenThreadSnapshot;
import io.greenlet.GreenThreadState;
import io.greenlet.Hub;
import io.greenlet.SimulatedHub;
import io.greenlet.sync.GreenEvent;
import io.greenlet.sync.GreenQueue;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What a hub shows of itself, as text and as JSON.
@Timeout(60)
final class HubDebugTests {

    @Test
    void aHubShowsItsGreenThreadsAsATree() {
        try (SimulatedHub hub = Hub.simulated(1)) {
            GreenEvent<String> never = new GreenEvent<>();
            GreenThread<String> parent = hub.spawn(() -> {
                Green.spawnN(HubDebugTests::sleep);
                return never.await();
            });
            GreenThread<Boolean> later = hub.spawnAfter(Duration.ofDays(1), () -> true);
            hub.runFor(Duration.ofMillis(1));

            String text = HubDebug.text(hub);
            assertThat(text.lines().findFirst()).hasValue("hub 'simulated-1' (simulated, does not green JDK blocking): "
                    + "green threads=3, ready=0, timers=2, listeners=0");
            assertThat(text)
                    .contains("\n" + parent.name() + ": waiting, waits for event (fresh, waiting=1), spawned at "
                            + "io.greenlet.debug.HubDebugTests.aHubShowsItsGreenThreadsAsATree(");
            assertThat(text).contains("\n  green-").contains("at io.greenlet.debug.HubDebugTests.sleep(");
            assertThat(text).contains("\n" + later.name() + ": scheduled");

            String json = HubDebug.json(hub);
            assertThat(json).startsWith("{\"name\":\"simulated-1\",\"kind\":\"simulated\",\"greensJdkBlocking\":false,"
                    + "\"greenThreads\":3,\"ready\":0,\"timers\":2,\"listeners\":0,\"tree\":[{\"id\":").endsWith("]}");
            assertThat(json).contains("\"state\":\"WAITING\",\"parent\":null").contains("\"children\":[{\"id\":");

            List<GreenThreadSnapshot> threads = hub.greenThreads();
            assertThat(threads).extracting(GreenThreadSnapshot::state).containsExactlyInAnyOrder(
                    GreenThreadState.WAITING, GreenThreadState.SCHEDULED, GreenThreadState.WAITING);
            assertThat(threads).extracting(GreenThreadSnapshot::parent).contains(parent.id());
        }
    }

    private static void sleep() {
        try {
            Green.sleep(Duration.ofHours(1));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void theParallelHubShowsThoseThatItWasToldToRecord() throws InterruptedException {
        assertThat(Hub.parallel().snapshot().greenThreads()).isEqualTo(-1);
        assertThat(HubDebug.text(Hub.parallel())).contains("green threads=not counted, ready=not counted");
        Hub.recordSpawns(true);
        try {
            GreenEvent<String> begun = new GreenEvent<>();
            GreenEvent<String> end = new GreenEvent<>();
            GreenThread<String> thread = Hub.parallel().spawn(() -> {
                begun.send("begun");
                return end.await();
            });
            assertThat(begun.await()).isEqualTo("begun");
            assertThat(HubDebug.text(Hub.parallel())).contains(thread.name())
                    .contains("spawned at " + getClass().getName());
            assertThat(thread.spawnedAt()).isPresent();
            end.send("end");
            assertThat(thread.await()).isEqualTo("end");
        } finally {
            Hub.recordSpawns(false);
        }
        assertThat(Hub.parallel().spawn(() -> 1).spawnedAt()).isEmpty();
    }

    @Test
    void theParallelHubShowsThemBeforeTheyBegin() throws InterruptedException {
        Hub.recordSpawns(true);
        try {
            for (int i = 0; i < 100; i++) { // most of them have not begun when they are looked at
                GreenEvent<String> end = new GreenEvent<>();
                GreenThread<String> thread = Hub.parallel().spawn(() -> end.await());
                assertThat(Hub.parallel().greenThreads()).extracting(GreenThreadSnapshot::name)
                        .contains(thread.name());
                end.send("end");
                assertThat(thread.await()).isEqualTo("end");
            }
        } finally {
            Hub.recordSpawns(false);
        }
    }

    @Test
    void recordingLastsUntilAllWhoAskedForItHaveEndedIt() throws InterruptedException {
        Runnable one = Hub.recordSpawns();
        Runnable other = Hub.recordSpawns();
        one.run();
        one.run(); // once counts
        Hub.recordSpawns(true);
        Hub.recordSpawns(false);
        assertThat(Hub.parallel().spawn(() -> 1).spawnedAt()).isPresent();
        other.run();
        assertThat(Hub.parallel().spawn(() -> 1).spawnedAt()).isEmpty();
    }

    @Test
    void theBlockerShowsNoValues() {
        SimulatedHub hub = Hub.simulated(1);
        GreenQueue<String> queue = GreenQueue.fifo(1);
        queue.add("a secret");
        GreenThread<Integer> putter = hub.spawn(() -> {
            queue.put("another");
            return 1;
        });
        hub.runFor(Duration.ofSeconds(1));
        assertThat(hub.greenThreads()).singleElement().satisfies(thread -> {
            assertThat(thread.waitsFor()).contains("a secret");
            assertThat(thread.blocker()).startsWith("io.greenlet.sync.GreenQueue@").doesNotContain("secret");
        });
        queue.clear();
        hub.run();
        assertThat(putter.resultNow()).isEqualTo(1);
    }

    @Test
    void textInJsonIsEscaped() {
        assertThat(new Json().open('{').field("a\"b", "c\\d\n\u0001").field("n", 1).field("nothing", null).key("list")
                .open('[').value(true).value("x").close(']').close('}').toString())
                .isEqualTo("{\"a\\\"b\":\"c\\\\d\\u000a\\u0001\",\"n\":1,\"nothing\":null,\"list\":[true,\"x\"]}");
    }
}
