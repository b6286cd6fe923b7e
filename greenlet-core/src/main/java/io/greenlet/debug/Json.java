package io.greenlet.debug;

import org.jspecify.annotations.Nullable;

/// Writes one JSON value, which is what a library without dependencies needs of JSON.
final class Json {

    private final StringBuilder text = new StringBuilder();
    private boolean first = true; // in its object or array

    Json open(char bracket) {
        separate();
        text.append(bracket);
        first = true;
        return this;
    }

    Json close(char bracket) {
        text.append(bracket);
        first = false;
        return this;
    }

    Json key(String name) {
        separate();
        quote(name);
        text.append(':');
        first = true;
        return this;
    }

    Json field(String name, @Nullable Object value) {
        return key(name).value(value);
    }

    /// A number or a truth value as it is, anything else as its text.
    Json value(@Nullable Object value) {
        separate();
        if (value == null || value instanceof Number || value instanceof Boolean) {
            text.append(value);
        } else {
            quote(value.toString());
        }
        return this;
    }

    private void separate() {
        if (!first) {
            text.append(',');
        }
        first = false;
    }

    private void quote(String value) {
        text.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                text.append('\\').append(c);
            } else if (c < ' ' || Character.isSurrogate(c)) {
                text.append(String.format(java.util.Locale.ROOT, "\\u%04x", (int) c));
            } else {
                text.append(c);
            }
        }
        text.append('"');
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
