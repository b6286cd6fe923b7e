package io.greenlet.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.greenlet.Hub;
import io.greenlet.pool.GreenPool;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class NetOptionsTests {

    private static final Duration SECOND = Duration.ofSeconds(1);

    @Test
    void eachOptionIsSetAlone() throws Exception {
        SSLContext tls = SSLContext.getDefault();
        SSLParameters parameters = new SSLParameters();
        GreenPool pool = new GreenPool(3);
        ServeOptions all = ServeOptions.named("a").withName("b").withConcurrency(2).withHub(Hub.parallel())
                .withPool(pool).withTls(tls, parameters).withHandshakeTimeout(SECOND).withIdleTimeout(SECOND)
                .withGrace(SECOND);
        assertThat(all)
                .isEqualTo(new ServeOptions("b", 2, pool, Hub.parallel(), tls, parameters, SECOND, SECOND, SECOND));
        assertThat(ServeOptions.named("a").withTls(tls).tlsParameters()).isNull();
        assertThat(ServeOptions.named("a")).isEqualTo(new ServeOptions("a", 1000, null, null, null, null,
                Duration.ofSeconds(10), null, Duration.ofSeconds(30)));
        InetSocketAddress here = new InetSocketAddress(0);
        assertThat(
                ConnectOptions.DEFAULTS.withTimeout(SECOND).withBind(here).withReadTimeout(SECOND).withTls(tls))
                .isEqualTo(new ConnectOptions(SECOND, here, SECOND, tls));
        assertThat(ListenOptions.DEFAULTS.withBacklog(5).withReuseAddress(false).withReusePort(true))
                .isEqualTo(new ListenOptions(5, false, true));
    }

    @Test
    void whatCannotBeIsRefused() {
        ServeOptions options = ServeOptions.named("a");
        refused(() -> options.withName(" "), "name must not be blank: ' '");
        refused(() -> options.withConcurrency(0), "concurrency must be positive: 0");
        refused(() -> options.withHandshakeTimeout(Duration.ZERO), "handshakeTimeout must be positive: PT0S");
        refused(() -> options.withIdleTimeout(Duration.ZERO), "idleTimeout must be positive: PT0S");
        refused(() -> options.withGrace(Duration.ofSeconds(-1)), "grace must not be negative: PT-1S");
        refused(() -> ConnectOptions.DEFAULTS.withTimeout(Duration.ZERO), "timeout must be positive: PT0S");
        refused(() -> ConnectOptions.DEFAULTS.withReadTimeout(Duration.ZERO), "readTimeout must be positive: PT0S");
        refused(() -> ListenOptions.DEFAULTS.withBacklog(0), "backlog must be positive: 0");
        try (Hub other = Hub.cooperative("other")) {
            refused(() -> options.withPool(new GreenPool(1)).withHub(other),
                    "hub must be that of pool 'pool', parallel: other");
        }
    }

    private static void refused(Runnable attempt, String message) {
        assertThatIllegalArgumentException().isThrownBy(attempt::run).withMessage(message);
    }

    @Test
    void limitsBecomeMillisecondsOfWhichThereIsAtLeastOne() {
        assertThat(GreenNet.millis(Duration.ofNanos(1))).isOne();
        assertThat(GreenNet.millis(Duration.ofMillis(7))).isEqualTo(7);
        assertThat(GreenNet.millis(Duration.ofDays(1000))).isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void aReportKeepsItsListAndSaysWhetherAllWereInTime() {
        List<String> left = new ArrayList<>(List.of("one"));
        StopReport report = new StopReport("a", 5, 1, 1, left);
        left.clear();
        assertThat(report.left()).containsExactly("one");
        assertThat(report.inTime()).isFalse();
        assertThat(new StopReport("a", 5, 1, 0, left).inTime()).isTrue();
    }
}
