package io.greenlet;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What only the parallel hub does; what every hub does is in the subclasses of [HubContract].
@Timeout(60)
final class ParallelHubTests {

    private final Hub hub = Hub.parallel();

    @Test
    void thereIsOne() {
        assertThat(hub).isSameAs(Hub.parallel()).hasToString("parallel");
    }

    @Test
    void blockingCallsOfTheJdkAreGreen() {
        assertThat(hub.greensJdkBlocking()).isTrue();
    }

    @Test
    void blockingStaysInTheCallingThread() throws Exception {
        assertThat(hub.blocking(Thread::currentThread)).isSameAs(Thread.currentThread());
    }

    @Test
    void closingItHasNoEffect() throws Exception {
        hub.close();
        assertThat(hub.spawn(() -> "still open").await()).isEqualTo("still open");
    }
}
