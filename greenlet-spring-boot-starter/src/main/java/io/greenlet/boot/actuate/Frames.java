package io.greenlet.boot.actuate;

import java.util.List;

import org.jspecify.annotations.Nullable;

/// Places in code as text.
final class Frames {

    private Frames() {}

    static @Nullable String frame(@Nullable StackTraceElement frame) {
        return frame == null ? null : frame.toString();
    }

    static List<String> stack(List<StackTraceElement> stack) {
        return stack.stream().map(StackTraceElement::toString).toList();
    }
}
