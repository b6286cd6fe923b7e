package io.greenlet.boot;

import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolListener;
import io.greenlet.pool.PoolSnapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.beans.factory.config.DestructionAwareBeanPostProcessor;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.beans.factory.support.MergedBeanDefinitionPostProcessor;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.core.env.Environment;

/// Closes the pools of a context within a time.
///
/// Spring would call [GreenPool#close()], which waits for tasks that do not end for ever, one pool after the other. So
/// this takes the closing of every pool over from Spring, the user's own included, unless its bean definition says that
/// it is to be closed in another way or not at all. [GreenPoolLifecycle] closes them when the context stops, and
/// has them opened when it starts again; what has not been closed then (the context never started, the bean has a scope
/// of its own) is closed when the bean is destroyed.
final class GreenPoolDisposal implements DestructionAwareBeanPostProcessor, MergedBeanDefinitionPostProcessor {

    private static final Log LOG = LogFactory.getLog(GreenPoolDisposal.class);
    private static final String CLOSE = "close";

    private final Environment environment;
    private final Set<String> names = ConcurrentHashMap.newKeySet();
    private final Map<String, GreenPool> pools = new ConcurrentHashMap<>(); // those that live; of a scoped bean the latest
    private final Set<GreenPool> closedHere = ConcurrentHashMap.newKeySet(); // pools are equal to themselves only

    GreenPoolDisposal(Environment environment) {
        this.environment = environment;
    }

    @Override
    public void postProcessMergedBeanDefinition(RootBeanDefinition definition, Class<?> type, String name) {
        if (GreenPool.class.isAssignableFrom(type) && !definition.isPrototype() && isClosedBySpring(definition)) {
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
        if (!(bean instanceof GreenPool pool) || !names.contains(name)) {
            return;
        }
        pools.remove(name, pool);
        closedHere.remove(pool); // a start must not open it again
        if (pool.isClosed()) {
            pool.killAll(); // what still runs here has outlived the phase, and its beans go now
        } else {
            close(name, pool, ShutdownTimes.in(environment));
        }
    }

    /// Closes all pools side by side, within the time that a shutdown phase has.
    void closeAll() throws InterruptedException {
        ShutdownTimes times = ShutdownTimes.in(environment);
        List<Thread> closings = new ArrayList<>();
        pools.forEach((name, pool) -> {
            if (!pool.isClosed()) {
                closedHere.add(pool);
                closings.add(Thread.ofPlatform().name("close-" + name).start(() -> close(name, pool, times)));
            }
        });
        for (Thread closing : closings) {
            closing.join();
        }
    }

    /// Opens what [#closeAll()] has closed, and nobody has opened since. Another close of a pool may still wait, such as
    /// one of the application; all together get as long as a shutdown phase has. What is then not over is tried again by
    /// the next start.
    ///
    /// @throws IllegalStateException if a pool cannot open; all others are
    void reopenAll() throws InterruptedException {
        Duration patience = ShutdownTimes.in(environment).phase();
        long start = System.nanoTime();
        List<String> closing = new ArrayList<>();
        for (GreenPool pool : List.copyOf(closedHere)) {
            if (pool.reopen(patience.minusNanos(System.nanoTime() - start))) {
                closedHere.remove(pool);
            } else {
                closing.add(pool + " (running=" + pool.running() + ')');
            }
        }
        if (!closing.isEmpty()) {
            throw new IllegalStateException(
                    "green pools cannot open again, since another close of them has not returned "
                            + "after " + patience + ": " + String.join(", ", closing));
        }
    }

    private static void close(String name, GreenPool pool, ShutdownTimes times) {
        announce(name, pool.snapshot(), times);
        PoolListener overdue = new OverdueTasks(name, times);
        pool.addListener(overdue);
        try {
            pool.close(times.grace(), times.unwind());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            pool.killAll();
        } finally {
            pool.removeListener(overdue);
        }
    }

    private static void announce(String name, PoolSnapshot pool, ShutdownTimes times) {
        int callers = pool.waiting() - pool.queued();
        if (LOG.isInfoEnabled() && pool.running() + pool.waiting() > 0) {
            LOG.info("green pool '" + name + "' takes no more tasks"
                    + (callers > 0 ? ", refuses " + callers + " callers in line" : "") + " and has " + times.grace()
                    + " to finish " + pool.running() + " running and " + pool.queued() + " waiting");
        }
    }

    /// Warns of a grace that the phase does not leave.
    void checkTimes() {
        ShutdownTimes times = ShutdownTimes.in(environment);
        if (times.set() && times.isCut()) {
            LOG.warn(times.cut() + ": green pools have no more to finish when the application stops");
        }
    }
}
