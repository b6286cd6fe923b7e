package io.greenlet.boot;

import org.jspecify.annotations.Nullable;

/// A property has a value that it must not have. The binder knows which group of properties it is in.
public final class InvalidValue extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    private final String key;
    private final String fix;

    private InvalidValue(String key, String rule, @Nullable Object value, String fix) {
        super(key + ' ' + rule + ": " + value);
        this.key = key;
        this.fix = fix;
    }

    /// Refuses a bad value.
    ///
    /// @param valid whether it is good
    /// @param key the last part of the property's name
    /// @param rule what it must, or must not, be
    /// @param value the value
    /// @param fix what to set it to
    public static void check(boolean valid, String key, String rule, @Nullable Object value, String fix) {
        if (!valid) {
            throw new InvalidValue(key, rule, value, fix);
        }
    }

    /// The last part of the property's name.
    String key() {
        return key;
    }

    /// What to set it to.
    String fix() {
        return fix;
    }
}
