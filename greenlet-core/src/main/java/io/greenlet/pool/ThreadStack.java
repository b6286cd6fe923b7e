package io.greenlet.pool;

import java.io.Serial;
import java.util.List;

/// Where another thread was, to be shown with an exception that has to do with it.
final class ThreadStack extends Exception {

    @Serial
    private static final long serialVersionUID = 1L;

    ThreadStack(String who, List<StackTraceElement> stack) {
        super(who, null, false, true);
        setStackTrace(stack.toArray(StackTraceElement[]::new));
    }
}
