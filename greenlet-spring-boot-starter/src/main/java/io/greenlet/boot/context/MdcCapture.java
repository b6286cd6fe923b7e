package io.greenlet.boot.context;

import io.micrometer.context.ContextRegistry;
import io.micrometer.context.integration.Slf4jThreadLocalAccessor;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/// Takes the MDC, unless the application has registered an accessor for it, perhaps of some keys only: then that does.
///
/// Apart from the other thread-locals because a registration is one for the whole JVM: a context that made one would
/// change others, and Reactor. In any case the thread's own MDC is put back, all of it: an accessor of some keys would
/// leave the others that a task has set in the thread of a caller that ran it.
final class MdcCapture implements TaskCapture {

    private final ContextRegistry registry;

    /// A capture.
    ///
    /// @param registry where the application may have registered an accessor
    MdcCapture(ContextRegistry registry) {
        this.registry = registry;
    }

    @Override
    public Runnable apply(Runnable body) {
        if (isRegistered()) {
            return () -> runAndPutBack(body);
        }
        @Nullable Map<String, String> captured = MDC.getCopyOfContextMap();
        return () -> runWith(captured, body);
    }

    private boolean isRegistered() {
        return registry.getThreadLocalAccessors().stream()
                .anyMatch(accessor -> Slf4jThreadLocalAccessor.KEY.equals(accessor.key()));
    }

    private static void runWith(@Nullable Map<String, String> captured, Runnable body) {
        @Nullable Map<String, String> before = MDC.getCopyOfContextMap();
        set(captured);
        try {
            body.run();
        } finally {
            set(before);
        }
    }

    private static void runAndPutBack(Runnable body) {
        @Nullable Map<String, String> before = MDC.getCopyOfContextMap();
        try {
            body.run();
        } finally {
            set(before);
        }
    }

    private static void set(@Nullable Map<String, String> map) {
        if (map == null) {
            MDC.clear();
        } else {
            MDC.setContextMap(map);
        }
    }
}
