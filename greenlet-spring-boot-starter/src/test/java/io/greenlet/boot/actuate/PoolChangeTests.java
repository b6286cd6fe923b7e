package io.greenlet.boot.actuate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.greenlet.pool.PoolOptions;
import io.greenlet.pool.WhenFull;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;

@Timeout(30)
class PoolChangeTests {

    private static final PoolOptions BEFORE = PoolOptions.named("api").withSize(5).withMaxWait(Duration.ofSeconds(1))
            .withQueueCapacity(10).withTaskTimeout(Duration.ofSeconds(2));

    /// Makes a change of one field.
    private static PoolChange change(String field, @Nullable String value) {
        return PoolChange.of(field.equals("size") ? value : null, field.equals("whenFull") ? value : null,
                field.equals("maxWait") ? value : null, field.equals("queueCapacity") ? value : null,
                field.equals("taskTimeout") ? value : null);
    }

    @Test
    void changesAllThatIsGiven() {
        assertThat(PoolChange.of("7", "queue", "500ms", "3", "PT1M").apply(BEFORE))
                .isEqualTo(BEFORE.withSize(7).withWhenFull(WhenFull.QUEUE).withMaxWait(Duration.ofMillis(500))
                        .withQueueCapacity(3).withTaskTimeout(Duration.ofMinutes(1)));
    }

    @Test
    void leavesTheRest() {
        assertThat(change("maxWait", "3s").apply(BEFORE)).isEqualTo(BEFORE.withMaxWait(Duration.ofSeconds(3)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "None", "", "  "})
    void takesLimitsAway(String none) {
        assertThat(PoolChange.of(null, null, none, none, none).apply(BEFORE)).isEqualTo(
                BEFORE.withMaxWait(null).withQueueCapacity(Integer.MAX_VALUE).withTaskTimeout(null));
    }

    @ParameterizedTest
    @CsvSource({"block,BLOCK", "queue,QUEUE", "reject,REJECT", "caller-runs,CALLER_RUNS", "CALLER_RUNS,CALLER_RUNS"})
    void knowsThePolicies(String text, WhenFull policy) {
        assertThat(change("whenFull", text).apply(BEFORE).whenFull()).isEqualTo(policy);
    }

    @ParameterizedTest
    @CsvSource({"500ms,PT0.5S", "2s,PT2S", "500,PT0.5S", "PT1M30S,PT1M30S", "0,PT0S"})
    void readsDurationsAsThePropertiesDo(String text, Duration duration) {
        assertThat(change("maxWait", text).apply(BEFORE).maxWait()).isEqualTo(duration);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"size|-1|size must not be negative: -1",
            "size|many|size must be a whole number: many", "size|none|size must be a whole number: none",
            "size|1.5|size must be a whole number: 1.5", "size|''|size must be a whole number: ",
            "whenFull|explode|whenFull must be one of block, queue, reject, caller-runs: explode",
            "whenFull|''|whenFull must be one of block, queue, reject, caller-runs: ",
            "maxWait|soon|maxWait must be a duration such as 500ms, 2s or PT1M, or none: soon",
            "maxWait|-5ms|maxWait must not be negative: PT-0.005S",
            "maxWait|99999999999999999999s|maxWait must be a duration such as 500ms, 2s or PT1M, or none: "
                    + "99999999999999999999s",
            "queueCapacity|-1|queueCapacity must not be negative: -1",
            "queueCapacity|many|queueCapacity must be a whole number, or none: many",
            "taskTimeout|0|taskTimeout must be positive: PT0S",
            "taskTimeout|later|taskTimeout must be a duration such as 500ms, 2s or PT1M, or none: later"})
    void refusesWhatIsWrongByNameRuleAndValue(String field, String value, String message) {
        assertThatThrownBy(() -> change(field, value)).isInstanceOf(InvalidEndpointRequestException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void refusesToChangeNothing() {
        assertThatThrownBy(() -> change("none", null)).isInstanceOf(InvalidEndpointRequestException.class)
                .hasMessage("size, whenFull, maxWait, queueCapacity or taskTimeout must be given, as in "
                        + "{\"size\": 50}");
    }
}
