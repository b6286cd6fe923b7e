package io.greenlet.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.GreenThread;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolOptions;
import io.greenlet.pool.TaskOptions;
import io.greenlet.pool.WhenFull;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The example of the toolbox's part on pools, which shows the marked region.
@Timeout(60)
final class PoolSnippetsTests {

    private static final URI PAGE = URI.create("https://example.org/");

    private static String fetch(URI page) {
        return page.toString();
    }

    @Test
    void pools() throws InterruptedException {
        // @start region="pools"
        GreenPool partner = GreenPool.of(PoolOptions.named("partner").withSize(20).withMaxWait(Duration.ofSeconds(1)));
        GreenThread<String> page = partner.spawn(() -> fetch(PAGE)); // waits for a slot, at most a second
        GreenThread<String> special = partner.submit(() -> fetch(PAGE), // never waits: the task stands in line
                TaskOptions.describedAs("fetch the page").withTimeout(Duration.ofSeconds(2)));
        partner.reconfigure(now -> now.withSize(10).withWhenFull(WhenFull.REJECT)); // at once; no task is lost
        // @end
        assertThat(page.await()).isEqualTo(special.await());
        assertThat(partner.size()).isEqualTo(10);
    }
}
