package io.greenlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.greenlet.sync.GreenEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What the hubs that run one green thread at a time promise for its greenlets.
@Timeout(60)
final class GreenletHubTests {

    private static final Duration LONG = Duration.ofHours(1);

    private final List<String> log = new ArrayList<>();
    private final Queue<String> ends = new ConcurrentLinkedQueue<>();

    private static Greenlet parent() {
        return Objects.requireNonNull(Greenlet.current().parent());
    }

    private static Greenlet counter(int end) {
        return Greenlet.of(first -> {
            for (int i = 1; i <= end; i++) {
                parent().switchTo(i);
            }
            return "end";
        });
    }

    /// A switch is no blocking call, so it is nobody else's turn.
    @Test
    void letNobodyElseInAtASwitch() throws Exception {
        letNobodyElseInAtASwitch(new BatonHub("greenlets"));
        log.clear();
        letNobodyElseInAtASwitch(new CarrierHub("greenlets"));
    }

    private void letNobodyElseInAtASwitch(Hub form) throws Exception {
        try (Hub hub = form) {
            hub.spawn(() -> {
                List<GreenThread<String>> others = new ArrayList<>();
                for (int i = 0; i < 5; i++) {
                    others.add(Green.spawn(() -> {
                        log.add("other");
                        return "ran";
                    }));
                }
                Greenlet numbers = counter(50);
                while (!numbers.isDead()) {
                    numbers.switchTo();
                    log.add("switched");
                }
                for (GreenThread<String> other : others) {
                    other.await();
                }
                return "done";
            }).await();
        }
        assertThat(log.subList(0, 51)).containsOnly("switched");
        assertThat(log.subList(51, 56)).containsOnly("other");
    }

    @Test
    void letOthersInWhereABodyBlocks() throws Exception {
        try (Hub hub = new BatonHub("greenlets")) {
            hub.spawn(() -> {
                GreenEvent<String> event = new GreenEvent<>();
                Green.spawnN(() -> {
                    log.add("other");
                    event.send("sent");
                });
                Greenlet.of(x -> {
                    log.add("body");
                    try {
                        return log.add("got " + event.await());
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                }).switchTo();
                return log.add("main");
            }).await();
        }
        assertThat(log).containsExactly("body", "other", "got sent", "main");
    }

    @Test
    void endGreenletsWithTheHub() throws Exception {
        GreenThread<String> tree;
        try (Hub hub = Hub.cooperative("greenlets")) {
            GreenEvent<String> begun = new GreenEvent<>();
            tree = hub.spawn(() -> twoGreenlets(begun));
            begun.await();
        }
        assertThat(ends).containsExactly("sleeping", "suspended");
        assertThat(catchThrowable(tree::await)).isInstanceOf(GreenletExit.class)
                .hasMessage("hub 'greenlets' was closed");
    }

    @Test
    void endGreenletsWithASimulatedHubToo() {
        GreenThread<String> tree;
        try (SimulatedHub hub = Hub.simulated(3)) {
            tree = hub.spawn(() -> twoGreenlets(new GreenEvent<>()));
            hub.runFor(Duration.ofMinutes(1));
            assertThat(ends).isEmpty();
        }
        assertThat(ends).containsExactly("sleeping", "suspended");
        assertThat(tree.isCancelled()).isTrue();
    }

    private String twoGreenlets(GreenEvent<String> begun) {
        Greenlet.of(x -> {
            try {
                return parent().switchTo();
            } finally {
                ends.add("suspended");
            }
        }).switchTo();
        return "got " + Greenlet.of(x -> {
            try {
                begun.send("begun");
                Green.sleep(LONG);
                return "slept";
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            } finally {
                ends.add("sleeping");
            }
        }).switchTo();
    }

    @Test
    void sayThatAGreenThreadWaitsInASwitch() {
        try (SimulatedHub hub = Hub.simulated(3)) {
            hub.spawnN(() -> Greenlet.of("waiting", x -> {
                try {
                    return new GreenEvent<String>().await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }).switchTo());
            hub.setFailureHandler((source, error) -> ends.add(source));
            assertThat(catchThrowable(hub::run)).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("main greenlet of green thread").hasMessageContaining("(suspended)");
        }
    }

    @Test
    void repeatASimulation() {
        List<Long> traces = new ArrayList<>();
        for (int round = 0; round < 20; round++) {
            try (SimulatedHub hub = Hub.simulated(7)) {
                for (int i = 0; i < 4; i++) {
                    hub.spawnN(() -> {
                        Greenlet numbers = counter(20);
                        while (!numbers.isDead()) {
                            numbers.switchTo();
                            Green.yieldNow();
                        }
                        counter(2).switchTo();
                    });
                }
                hub.run();
                traces.add(hub.trace());
            }
        }
        assertThat(traces).containsOnly(traces.getFirst());
    }
}
