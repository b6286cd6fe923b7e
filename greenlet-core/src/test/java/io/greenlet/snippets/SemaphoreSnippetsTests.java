package io.greenlet.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.Green;
import io.greenlet.GreenThread;
import io.greenlet.sync.CappedSemaphore;
import io.greenlet.sync.GreenSemaphore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The examples of the semaphores' Javadoc, which shows the marked regions.
@Timeout(60)
final class SemaphoreSnippetsTests {

    private final AtomicInteger calls = new AtomicInteger();

    private int callThePartner() {
        return calls.incrementAndGet();
    }

    @Test
    void semaphore() throws InterruptedException {
        // @start region="semaphore"
        GreenSemaphore partner = GreenSemaphore.bounded(2); // two calls at a time, whoever makes them
        try (var _ = partner.hold()) { // waits in line for a permit, and gives it back at the end
            callThePartner();
        }
        if (partner.tryAcquire(Duration.ofMillis(250))) {
            try {
                callThePartner();
            } finally {
                partner.release();
            }
        }
        // @end
        assertThat(calls).hasValue(2);
        assertThat(partner.balance()).isEqualTo(2);
    }

    @Test
    void capped() throws InterruptedException {
        List<String> log = new ArrayList<>();
        // @start region="capped"
        CappedSemaphore parcels = new CappedSemaphore(0, 10); // none yet, and room for ten
        GreenThread<Integer> courier = Green.spawn(() -> {
            int taken = 0;
            for (; taken < 100; taken++) {
                parcels.acquire(); // waits for a parcel
            }
            return taken;
        });
        for (int packed = 0; packed < 100; packed++) {
            parcels.release(); // waits while ten are ready
        }
        log.add("packed and taken: " + courier.await());
        // @end
        assertThat(log).containsExactly("packed and taken: 100");
        assertThat(parcels.balance()).isZero();
    }
}
