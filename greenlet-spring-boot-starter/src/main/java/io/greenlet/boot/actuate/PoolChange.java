package io.greenlet.boot.actuate;

import io.greenlet.pool.PoolOptions;
import io.greenlet.pool.WhenFull;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.convert.DurationStyle;

/// What a request changes of a pool's settings. Made from texts, all of which are checked before anything is changed.
final class PoolChange implements UnaryOperator<PoolOptions> {

    private static final String WHOLE_NUMBER = "must be a whole number";
    private static final String DURATION = "must be a duration such as 500ms, 2s or PT1M, or none";

    private UnaryOperator<PoolOptions> change = UnaryOperator.identity();
    private boolean empty = true;

    private PoolChange() {}

    /// A change. Null leaves a setting as it is; `none`, or an empty text, takes a limit away.
    ///
    /// @throws InvalidEndpointRequestException naming the first setting that must not have its value
    static PoolChange of(@Nullable String size, @Nullable String whenFull, @Nullable String maxWait,
            @Nullable String queueCapacity, @Nullable String taskTimeout) {
        PoolChange all = new PoolChange();
        all.set(size, text -> {
            int number = number("size", text, WHOLE_NUMBER);
            return options -> options.withSize(number);
        });
        all.set(whenFull, text -> {
            WhenFull policy = policy(text);
            return options -> options.withWhenFull(policy);
        });
        all.set(maxWait, text -> {
            Duration limit = duration("maxWait", text);
            return options -> options.withMaxWait(limit);
        });
        all.set(queueCapacity, text -> {
            int number = isNone(text)
                    ? Integer.MAX_VALUE
                    : number("queueCapacity", text, WHOLE_NUMBER + ", or none");
            return options -> options.withQueueCapacity(number);
        });
        all.set(taskTimeout, text -> {
            Duration limit = duration("taskTimeout", text);
            return options -> options.withTaskTimeout(limit);
        });
        if (all.empty) {
            throw bad("size, whenFull, maxWait, queueCapacity or taskTimeout must be given, as in {\"size\": 50}");
        }
        return all;
    }

    /// How one setting is read.
    @FunctionalInterface
    private interface Reader {

        UnaryOperator<PoolOptions> read(String text);
    }

    private void set(@Nullable String text, Reader reader) {
        if (text == null) {
            return;
        }
        UnaryOperator<PoolOptions> next = reader.read(text.strip());
        try {
            PoolOptions _ = next.apply(PoolOptions.named("checked"));
        } catch (IllegalArgumentException e) {
            throw bad(String.valueOf(e.getMessage()));
        }
        UnaryOperator<PoolOptions> before = change;
        change = options -> next.apply(before.apply(options));
        empty = false;
    }

    @Override
    public PoolOptions apply(PoolOptions options) {
        return change.apply(options);
    }

    private static boolean isNone(String text) {
        return text.isEmpty() || text.equalsIgnoreCase("none");
    }

    private static int number(String field, String text, String rule) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw bad(field + ' ' + rule + ": " + text);
        }
    }

    private static WhenFull policy(String text) {
        String name = text.toUpperCase(Locale.ROOT).replace('-', '_');
        return Arrays.stream(WhenFull.values()).filter(policy -> policy.name().equals(name)).findFirst()
                .orElseThrow(() -> bad("whenFull must be one of " + Arrays.stream(WhenFull.values())
                        .map(PoolDetail::spelled).collect(Collectors.joining(", ")) + ": " + text));
    }

    private static @Nullable Duration duration(String field, String text) {
        if (isNone(text)) {
            return null;
        }
        try {
            return DurationStyle.detectAndParse(text);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw bad(field + ' ' + DURATION + ": " + text);
        }
    }

    private static InvalidEndpointRequestException bad(String reason) {
        return new InvalidEndpointRequestException(reason, reason);
    }
}
