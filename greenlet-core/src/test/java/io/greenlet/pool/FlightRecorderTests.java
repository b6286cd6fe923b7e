package io.greenlet.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.ChildJvm;
import io.greenlet.GreenThread;
import io.greenlet.HubContract.Caller;
import io.greenlet.HubContract.HubKind;
import io.greenlet.Latch;
import io.greenlet.OnlyOn;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import jdk.jfr.EventType;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import jdk.jfr.consumer.RecordingStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the Flight Recorder hears. On one hub: it hears the same of all.
@OnlyOn(value = HubKind.PARALLEL, from = Caller.PLATFORM_THREAD)
final class FlightRecorderTests extends PoolContract {

    private static final String SPAWN = "greenlet.Spawn";
    private static final String WAIT = "greenlet.Wait";
    private static final String RUN = "greenlet.Run";
    private static final String STALL = "greenlet.Stall";

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    private Path folder;

    private interface Scene {
        void play() throws Exception;
    }

    /// What is recorded of a scene, in any order.
    private List<RecordedEvent> recorded(Recording recording, Scene scene) throws Exception {
        Path file = folder.resolve("events.jfr");
        try (recording) {
            recording.start();
            scene.play();
            recording.stop();
            recording.dump(file);
        }
        return RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().startsWith("greenlet.")).toList();
    }

    private static Recording all() {
        Recording recording = new Recording();
        recording.enable(SPAWN);
        recording.enable(WAIT).withThreshold(Duration.ZERO);
        recording.enable(RUN).withThreshold(Duration.ZERO);
        recording.enable(STALL);
        return recording;
    }

    private static List<RecordedEvent> of(List<RecordedEvent> events, String name) {
        return events.stream().filter(event -> event.getEventType().getName().equals(name)).toList();
    }

    /// One task runs, another one's caller waits for its slot.
    private void oneWaits(GreenPool pool) throws Exception {
        Latch gate = new Latch(1);
        fill(pool, 1, gate);
        Actor<Integer> caller = fork(() -> pool.<Integer>spawn(() -> 1).await());
        waitUntilWaiting(pool, 1);
        gate.countDown();
        assertThat(caller.result()).isEqualTo(1);
        pool.waitAll();
    }

    @Test
    void aTaskIsSpawnedWaitsAndRuns() throws Exception {
        GreenPool pool = pool(1);
        List<RecordedEvent> events = recorded(all(), () -> oneWaits(pool));
        assertThat(of(events, SPAWN)).hasSize(2).allSatisfy(event -> {
            assertThat(event.getString("pool")).isEqualTo("pool");
            assertThat(event.getString("task")).startsWith("pool-");
            assertThat(event.getInt("waiting")).isZero();
            assertThat(event.getStackTrace()).isNotNull();
        });
        assertThat(of(events, WAIT)).singleElement().satisfies(event -> {
            assertThat(event.getString("pool")).isEqualTo("pool");
            assertThat(event.getString("task"))
                    .isIn(of(events, SPAWN).stream().map(spawn -> spawn.getString("task")).toList());
            assertThat(event.getString("outcome")).isEqualTo("admitted");
            assertThat(event.getDuration()).isPositive();
            assertThat(event.getThread().getJavaName()).as("the caller's thread").isEqualTo("caller");
        });
        assertThat(of(events, RUN)).hasSize(2).allSatisfy(event -> {
            assertThat(event.getString("pool")).isEqualTo("pool");
            assertThat(event.getString("task")).startsWith("pool-");
            assertThat(event.getString("outcome")).isEqualTo("completed");
            assertThat(event.getDuration()).isPositive();
        });
    }

    @Test
    void itIsSaidHowATaskEnded() throws Exception {
        GreenPool pool = pool(1);
        Latch gate = new Latch(1);
        List<RecordedEvent> events = recorded(all(), () -> {
            fill(pool, 1, gate);
            GreenThread<Integer> killed = pool.submit(() -> 1);
            killed.kill();
            gate.countDown();
            GreenThread<Integer> late = pool.submit(PoolContract::forEver,
                    TaskOptions.NONE.withTimeout(Duration.ofMillis(1)));
            GreenThread<Integer> failed = pool.submit(() -> {
                throw new IllegalArgumentException("the body failed");
            });
            waitUntil("all have ended", () -> late.isDone() && failed.isDone());
            pool.waitAll();
        });
        assertThat(of(events, RUN)).extracting(event -> event.getString("outcome"))
                .containsExactlyInAnyOrder("completed", "timed_out", "failed");
        assertThat(of(events, WAIT)).extracting(event -> event.getString("outcome")).contains("killed");
    }

    @Test
    void aDelayIsNoWaitInLine() throws Exception {
        List<RecordedEvent> events = recorded(all(), () -> {
            try (GreenThreadPoolExecutor executor = GreenThreadPoolExecutor.over(pool(1))) {
                assertThat(executor.submitAfter(Duration.ofHours(1), () -> 1).cancel(true)).isTrue();
            }
        });
        assertThat(of(events, SPAWN)).hasSize(1);
        assertThat(of(events, WAIT)).isEmpty();
    }

    @Test
    void whatIsShorterThanTheThresholdIsLeftOut() throws Exception {
        GreenPool pool = pool(1);
        Recording recording = new Recording();
        recording.enable(SPAWN);
        recording.enable(WAIT).withThreshold(Duration.ofHours(1));
        recording.enable(RUN).withThreshold(Duration.ofHours(1));
        List<RecordedEvent> events = recorded(recording, () -> oneWaits(pool));
        assertThat(events).extracting(event -> event.getEventType().getName()).containsExactlyInAnyOrder(SPAWN, SPAWN);
    }

    @Test
    void nothingIsRecordedThatIsOff() throws Exception {
        GreenPool pool = pool(1);
        Recording recording = new Recording();
        for (String name : List.of(SPAWN, WAIT, RUN, STALL)) {
            recording.disable(name);
        }
        assertThat(recorded(recording, () -> oneWaits(pool))).isEmpty();
    }

    @Test
    void settingsAtFirst() throws Exception {
        GreenPool pool = pool(1);
        var _ = recorded(all(), () -> { // registers them
            oneWaits(pool);
            Recorder.EVENTS
                    .stalled(new PoolStall(pool, PoolStall.Kind.SATURATED, Duration.ZERO, List.of(), List.of(), ""));
        });
        List<EventType> types = FlightRecorder.getFlightRecorder().getEventTypes().stream()
                .filter(type -> type.getName().startsWith("greenlet.")).toList();
        assertThat(types).extracting(EventType::getName).containsExactlyInAnyOrder(SPAWN, WAIT, RUN, STALL);
        assertThat(types).allSatisfy(type -> {
            assertThat(type.getCategoryNames()).containsExactly("greenlet");
            assertThat(type.getLabel()).startsWith("Green Pool ");
            assertThat(type.getDescription()).isNotBlank();
            assertThat(type.getSettingDescriptors()).filteredOn(setting -> setting.getName().equals("enabled"))
                    .singleElement().satisfies(setting -> assertThat(setting.getDefaultValue())
                            .isEqualTo(String.valueOf(!type.getName().equals(SPAWN))));
        });
        assertThat(types).filteredOn(type -> List.of(WAIT, RUN).contains(type.getName()))
                .allSatisfy(type -> assertThat(type.getSettingDescriptors())
                        .filteredOn(setting -> setting.getName().equals("threshold")).singleElement()
                        .satisfies(setting -> assertThat(setting.getDefaultValue()).isEqualTo("20 ms")));
    }

    @Test
    void aStallIsRecordedOnce() throws Exception {
        GreenPool pool = pool(1);
        StallWatch watch = new StallWatch(() -> List.of(pool), Duration.ofDays(1), Duration.ofDays(1));
        List<PoolStall> found = new ArrayList<>();
        List<RecordedEvent> events = recorded(all(), () -> {
            GreenThread<Integer> holder = pool
                    .spawn(() -> hub().<Integer>spawn(() -> pool.<Integer>spawn(() -> 1).await()).await());
            waitUntil("it is found", () -> found.addAll(watch.look()));
            found.addAll(watch.look());
            pool.resize(2);
            int _ = holder.await();
        });
        assertThat(found).hasSize(2);
        assertThat(of(events, STALL)).singleElement().satisfies(event -> {
            assertThat(event.getString("pool")).isEqualTo("pool");
            assertThat(event.getString("kind")).isEqualTo("proven");
            assertThat(event.getInt("size")).isEqualTo(1);
            assertThat(event.getInt("running")).isEqualTo(1);
            assertThat(event.getInt("waiting")).isEqualTo(1);
            assertThat(event.getDuration("oldestWait")).isPositive();
            assertThat(event.getString("description")).startsWith("pool 'pool' waits for itself");
        });
    }

    @Test
    void aStreamOfEventsComes() throws Exception {
        GreenPool pool = pool(1);
        List<String> heard = new CopyOnWriteArrayList<>();
        CountDownLatch both = new CountDownLatch(2);
        try (RecordingStream stream = new RecordingStream()) {
            stream.enable(RUN).withThreshold(Duration.ZERO);
            stream.onEvent(RUN, event -> {
                heard.add(event.getString("pool"));
                both.countDown();
            });
            stream.startAsync();
            oneWaits(pool);
            both.await();
        }
        assertThat(heard).containsExactly("pool", "pool");
    }

    /// Spawns, waits and looks for stalls in a runtime that has not all modules.
    static final class Program {

        private Program() {}

        public static void main(String... arguments) throws Exception {
            GreenPool pool = new GreenPool(1);
            Latch gate = new Latch(1);
            GreenThread<Integer> first = pool.spawn(after(gate, 1));
            GreenThread<Integer> second = pool.submit(() -> 2);
            StallWatch watch = new StallWatch(() -> List.of(pool), Duration.ofDays(1), Duration.ofNanos(1));
            while (watch.look().isEmpty()) {
                letOthersRun();
            }
            gate.countDown();
            System.out.println("results: " + (first.await() + second.await()));
            System.out.println("recorder: " + ModuleLayer.boot().findModule("jdk.jfr").isPresent());
            pool.close();
        }
    }

    @Test
    void poolsWorkInARuntimeWithoutTheRecorder() throws Exception {
        ChildJvm without = ChildJvm.run(List.of("--limit-modules", "java.base,java.logging,java.sql"), Program.class);
        assertThat(without.said("results")).isEqualTo("3");
        assertThat(without.said("recorder")).isEqualTo("false");
        ChildJvm with = ChildJvm.run(List.of(), Program.class);
        assertThat(with.said("results")).isEqualTo("3");
        assertThat(with.said("recorder")).isEqualTo("true");
    }
}
