package io.greenlet.boot;

import io.greenlet.pool.GreenPool;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.springframework.beans.factory.config.DestructionAwareBeanPostProcessor;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.beans.factory.support.MergedBeanDefinitionPostProcessor;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.core.env.Environment;

/// Closes the pools of a context within a time.
///
/// Spring would call [GreenPool#close()], which waits for tasks that do not end for ever, one pool after the other. So
/// this takes the closing of every singleton pool over from Spring, the user's own included, unless its bean definition
/// says that it is to be closed in another way or not at all. [GreenPoolLifecycle] closes them when the context stops;
/// what has not been closed then (the context never started) is closed when the bean is destroyed.
final class GreenPoolDisposal implements DestructionAwareBeanPostProcessor, MergedBeanDefinitionPostProcessor {

    private static final String CLOSE = "close";

    private final Environment environment;
    private final Set<String> names = ConcurrentHashMap.newKeySet();
    private final Map<String, GreenPool> pools = new ConcurrentHashMap<>();

    GreenPoolDisposal(Environment environment) {
        this.environment = environment;
    }

    @Override
    public void postProcessMergedBeanDefinition(RootBeanDefinition definition, Class<?> type, String name) {
        if (GreenPool.class.isAssignableFrom(type) && definition.isSingleton() && isClosedBySpring(definition)) {
            definition.registerExternallyManagedDestroyMethod(CLOSE);
            names.add(name);
        }
    }

    private static boolean isClosedBySpring(RootBeanDefinition definition) {
        String method = definition.getDestroyMethodName();
        return method == null || method.equals(CLOSE) || method.equals(AbstractBeanDefinition.INFER_METHOD);
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String name) {
        if (bean instanceof GreenPool pool && names.contains(name)) {
            pools.put(name, pool);
        }
        return bean;
    }

    @Override
    public boolean requiresDestruction(Object bean) {
        return bean instanceof GreenPool;
    }

    @Override
    public void postProcessBeforeDestruction(Object bean, String name) {
        GreenPool pool = pools.remove(name);
        if (pool == null) {
            return;
        }
        if (pool.isClosed()) {
            pool.killAll(); // what still runs here has outlived the phase, and its beans go now
        } else {
            close(pool, grace());
        }
    }

    /// Closes all pools side by side, each within [#grace()] and the time that its tasks take to unwind.
    void closeAll() throws InterruptedException {
        Duration grace = grace();
        var closings = pools.values().stream().filter(pool -> !pool.isClosed())
                .map(pool -> Thread.ofVirtual().name("close-" + pool.name()).start(() -> close(pool, grace))).toList();
        for (Thread closing : closings) {
            closing.join();
        }
    }

    private static void close(GreenPool pool, Duration grace) {
        try {
            pool.close(grace);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            pool.killAll();
        }
    }

    private Duration grace() {
        return Binder.get(environment).bind("greenlet.shutdown-grace", Duration.class)
                .orElseGet(() -> DurationStyle.SIMPLE.parse(GreenletProperties.DEFAULT_GRACE));
    }
}
