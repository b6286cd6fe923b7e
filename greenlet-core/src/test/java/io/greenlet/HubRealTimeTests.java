package io.greenlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/// What a hub promises of time that passes by itself: on the simulated one none does while anyone can run.
@OnlyOn({HubContract.HubKind.PARALLEL, HubContract.HubKind.OWN_CARRIER, HubContract.HubKind.BATON})
final class HubRealTimeTests extends HubContract {

    private static final Duration SHORT = Duration.ofMillis(3);

    /// As many loops as carriers, and whoever is woken from outside must still get in: gevent promises as much.
    @Test
    void aSleepOfZeroInALoopLetsTimersFire() throws Exception {
        AtomicBoolean fired = new AtomicBoolean();
        List<GreenThread<String>> greens = new ArrayList<>();
        for (int i = 0; i < 2 * Runtime.getRuntime().availableProcessors(); i++) {
            greens.add(spawn(() -> {
                while (!fired.get()) {
                    Green.sleep(Duration.ZERO);
                }
                return "went on";
            }));
        }
        HubTimer timer = hub().callAfter(SHORT, () -> fired.set(true));
        for (GreenThread<String> green : greens) {
            assertThat(green.await()).isEqualTo("went on");
        }
        assertThat(timer.isPending()).isFalse();
    }

    /// As many loops as carriers, and whoever is woken from outside must still get in: gevent promises as much.
    @Test
    void aYieldInALoopLetsTimersFire() throws Exception {
        AtomicBoolean fired = new AtomicBoolean();
        List<GreenThread<String>> greens = new ArrayList<>();
        for (int i = 0; i < 2 * Runtime.getRuntime().availableProcessors(); i++) {
            greens.add(spawn(() -> {
                while (!fired.get()) {
                    Green.yieldNow();
                }
                return "went on";
            }));
        }
        HubTimer timer = hub().callAfter(SHORT, () -> fired.set(true));
        for (GreenThread<String> green : greens) {
            assertThat(green.await()).isEqualTo("went on");
        }
        assertThat(timer.isPending()).isFalse();
    }
}
