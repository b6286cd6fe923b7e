package io.greenlet;

import java.lang.StackWalker.Option;
import java.lang.StackWalker.StackFrame;
import java.lang.ref.WeakReference;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Objects;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/// A green thread's spawner together with the place in its code: stands where else a plain reference to the spawner does,
/// so that a green thread whose site is not recorded is no larger for it.
final class SpawnSite extends WeakReference<@Nullable GreenTask<?>> {

    private static final StackWalker WALKER = StackWalker.getInstance(Option.RETAIN_CLASS_REFERENCE);

    private static final List<SpawnSiteFilter> FILTERS = filters();

    /// Whether a class is greenlet's own, or of those that spawn for others. The JDK's are between greenlet and its user
    /// when a stream spawns, the proxies that it makes when a framework does.
    private static final ClassValue<Boolean> BETWEEN = new ClassValue<>() {
        @Override
        protected Boolean computeValue(Class<?> type) {
            return type.getModule().equals(Object.class.getModule()) || Proxy.isProxyClass(type)
                    || Objects.equals(type.getProtectionDomain().getCodeSource(),
                            Hub.class.getProtectionDomain().getCodeSource())
                    || FILTERS.stream().anyMatch(filter -> filter.skips(type));
        }
    };

    private final @Nullable StackTraceElement place;

    /// A filter that cannot be loaded must not fail a spawn.
    private static List<SpawnSiteFilter> filters() {
        try {
            return ServiceLoader.load(SpawnSiteFilter.class, Hub.class.getClassLoader()).stream()
                    .map(ServiceLoader.Provider::get).toList();
        } catch (ServiceConfigurationError e) {
            System.getLogger("io.greenlet").log(System.Logger.Level.WARNING,
                    "spawn sites show the frames of libraries: a filter of them cannot be loaded", e);
            return List.of();
        }
    }

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
