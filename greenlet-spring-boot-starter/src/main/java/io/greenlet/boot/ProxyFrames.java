package io.greenlet.boot;

import io.greenlet.SpawnSiteFilter;
import java.util.Objects;

/// Has spawn sites name the code that calls a [GreenAsync] method, not the proxy before it: skips the starter, Spring's
/// AOP, the subclasses that Spring generates, and Reactor, in which a subscription spawns.
public final class ProxyFrames implements SpawnSiteFilter {

    /// For the [java.util.ServiceLoader].
    public ProxyFrames() {}

    @Override
    public boolean skips(Class<?> type) {
        String name = type.getName();
        return name.startsWith("org.springframework.aop.") || name.startsWith("org.springframework.cglib.")
                || name.contains("$$SpringCGLIB$$") || name.startsWith("reactor.core.") || Objects.equals(
                        type.getProtectionDomain().getCodeSource(),
                        ProxyFrames.class.getProtectionDomain().getCodeSource());
    }
}
