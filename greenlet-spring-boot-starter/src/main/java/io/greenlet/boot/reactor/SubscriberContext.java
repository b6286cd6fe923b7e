package io.greenlet.boot.reactor;

import io.micrometer.context.ContextSnapshot;
import io.micrometer.context.ContextSnapshotFactory;
import org.springframework.util.ClassUtils;
import reactor.util.context.ContextView;

/// Lets what a subscriber has in its context stand in the thread-locals of the subscribing thread for the time in which
/// a task is handed in. So whatever captures thread-locals there captures that too, an event loop's thread included,
/// which has none of its own unless `spring.reactor.context-propagation` is `auto`. What the context does not have is
/// left alone.
final class SubscriberContext {

    private static final boolean PRESENT = ClassUtils.isPresent("io.micrometer.context.ContextSnapshotFactory",
            SubscriberContext.class.getClassLoader());

    private SubscriberContext() {}

    static void during(ContextView context, Runnable action) {
        if (PRESENT && !context.isEmpty()) {
            Propagation.during(context, action);
        } else {
            action.run();
        }
    }

    /// Apart, so that the rest works without Micrometer's context propagation.
    private static final class Propagation {

        private static final ContextSnapshotFactory SNAPSHOTS = ContextSnapshotFactory.builder().build();

        static void during(ContextView context, Runnable action) {
            try (ContextSnapshot.Scope _ = SNAPSHOTS.setThreadLocalsFrom(context)) {
                action.run();
            }
        }
    }
}
