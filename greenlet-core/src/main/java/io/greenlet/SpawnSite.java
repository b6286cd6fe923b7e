package io.greenlet;

import java.lang.StackWalker.Option;
import java.lang.StackWalker.StackFrame;
import java.lang.ref.WeakReference;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A green thread's spawner together with the place in its code: stands where else a plain reference to the spawner does,
/// so that a green thread whose site is not recorded is no larger for it.
final class SpawnSite extends WeakReference<@Nullable GreenTask<?>> {

    private static final StackWalker WALKER = StackWalker.getInstance(Option.RETAIN_CLASS_REFERENCE);

    /// Whether a class is greenlet's own. The JDK's are between greenlet and its user when a stream spawns.
    private static final ClassValue<Boolean> BETWEEN = new ClassValue<>() {
        @Override
        protected Boolean computeValue(Class<?> type) {
            return type.getModule().equals(Object.class.getModule()) || Objects
                    .equals(type.getProtectionDomain().getCodeSource(),
                            Hub.class.getProtectionDomain().getCodeSource());
        }
    };

    private final @Nullable StackTraceElement place;

    private SpawnSite(@Nullable GreenTask<?> spawner, @Nullable StackTraceElement place) {
        super(spawner);
        this.place = place;
    }

    /// The calling code, and its green thread.
    static SpawnSite here(@Nullable GreenTask<?> spawner) {
        return new SpawnSite(spawner,
                WALKER.walk(frames -> frames.filter(frame -> !BETWEEN.get(frame.getDeclaringClass())).findFirst()
                        .map(StackFrame::toStackTraceElement).orElse(null)));
    }

    @Nullable StackTraceElement place() {
        return place;
    }
}
