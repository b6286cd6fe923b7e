package io.greenlet.boot.reactor;

import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolOptions;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.BeanPostProcessor;
import reactor.core.scheduler.Schedulers;

/// Has no pool block a thread that Reactor marks as one that must not, an event loop of Netty for instance. A pool that
/// has an opinion of its own keeps it.
final class NonBlockingThreads implements BeanPostProcessor {

    private static final Predicate<? super Thread> UNSET = PoolOptions.named("unset").nonBlocking();

    @Override
    public Object postProcessAfterInitialization(Object bean, String name) {
        if (bean instanceof GreenPool pool && isUnset(pool)) {
            pool.reconfigure(now -> now.withNonBlocking(Schedulers::isNonBlockingThread));
        }
        return bean;
    }

    @SuppressWarnings("ConstantValue") // a mock of a pool has no options
    private static boolean isUnset(GreenPool pool) {
        @Nullable PoolOptions options = pool.options();
        return options != null && options.nonBlocking().equals(UNSET);
    }
}
