package io.greenlet.boot.webflux;

import io.greenlet.Green;
import io.greenlet.GreenThread;
import io.greenlet.boot.reactor.GreenReactor;
import java.util.Objects;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.ReactiveTypeDescriptor;
import reactor.core.publisher.Mono;

/// Lets controllers return a [GreenThread]. WebFlux has a registry of its own, so the shared one is not enough.
@SuppressWarnings("FutureReturnValueIgnored") // WebFlux takes green threads as objects
final class GreenThreadAdapter implements BeanPostProcessor {

    @Override
    public Object postProcessAfterInitialization(Object bean, String name) {
        if (bean instanceof ReactiveAdapterRegistry registry) {
            registry.registerReactiveType(
                    ReactiveTypeDescriptor.singleOptionalValue(GreenThread.class, GreenThreadAdapter::empty),
                    thread -> GreenReactor.mono((GreenThread<?>) Objects.requireNonNull(thread)),
                    publisher -> publisher == null ? empty() : thread(publisher));
        }
        return bean;
    }

    private static GreenThread<@Nullable Object> empty() {
        return GreenThread.completed(null);
    }

    /// A green thread that waits for a publisher: for arguments, which hardly anyone declares so.
    private static GreenThread<@Nullable Object> thread(Publisher<?> publisher) {
        return Green.spawn(() -> Mono.from(publisher).toFuture().get());
    }
}
