package io.greenlet.boot.test;

import io.greenlet.Hub;
import io.greenlet.SimulatedHub;
import io.greenlet.pool.GreenPool;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.junit.jupiter.SpringExtension;
import org.springframework.util.ClassUtils;

/// The green beans of a test's application context, as far as they have been created: looking creates none.
final class SpringBeans {

    static final String HUB = "greenletHub";

    private final @Nullable ConfigurableApplicationContext context;

    private final boolean dirtied;

    private SpringBeans(@Nullable ConfigurableApplicationContext context, boolean dirtied) {
        this.context = context;
        this.dirtied = dirtied;
    }

    /// The beans of the test's context; of none if it is not a Spring test, or spring-test is absent.
    static SpringBeans of(ExtensionContext test) {
        return isSpringTest(test)
                ? new SpringBeans(Present.contextOf(test), Present.isDirtied(test))
                : new SpringBeans(null, false);
    }

    /// Whether the test, or a class around it, is extended by Spring's extension.
    static boolean isSpringTest(ExtensionContext test) {
        if (!ClassUtils.isPresent("org.springframework.test.context.junit.jupiter.SpringExtension",
                SpringBeans.class.getClassLoader())) {
            return false;
        }
        List<Class<?>> classes = new ArrayList<>(test.getEnclosingTestClasses());
        test.getTestClass().ifPresent(classes::add);
        return classes.stream().anyMatch(Present::isExtended);
    }

    /// The hub of the pools, if it is a simulated one.
    @Nullable SimulatedHub simulatedHub() {
        ConfigurableListableBeanFactory beans = beans();
        return beans != null && beans.containsBean(HUB) && beans.isTypeMatch(HUB, SimulatedHub.class)
                ? beans.getBean(HUB, SimulatedHub.class)
                : null;
    }

    List<Hub> hubs() {
        return List.copyOf(created(Hub.class).values());
    }

    Map<String, GreenPool> pools() {
        Map<String, GreenPool> pools = created(GreenPool.class);
        pools.values().removeIf(SpringBeans::isMock);
        return pools;
    }

    @SuppressWarnings("ConstantValue") // a mock of a pool has no hub
    private static boolean isMock(GreenPool pool) {
        @Nullable Hub hub = pool.hub();
        return hub == null;
    }

    private <T> Map<String, T> created(Class<T> type) {
        Map<String, T> created = new LinkedHashMap<>();
        ConfigurableListableBeanFactory beans = beans();
        if (beans != null) {
            for (String name : beans.getBeanNamesForType(type, false, false)) {
                Object bean = beans.getSingleton(name);
                if (bean != null && type.isInstance(bean)) {
                    created.put(name, type.cast(bean));
                }
            }
        }
        return created;
    }

    /// Whether other tests will find the beans as this one leaves them.
    boolean areKept() {
        return areAlive() && !dirtied;
    }

    /// Whether there is a context that has not been closed.
    boolean areAlive() {
        return beans() != null;
    }

    private @Nullable ConfigurableListableBeanFactory beans() {
        return context != null && context.isActive() ? context.getBeanFactory() : null;
    }

    /// Apart, so that the rest works without spring-test.
    private static final class Present {

        static boolean isExtended(Class<?> type) {
            return AnnotationSupport.findRepeatableAnnotations(type, ExtendWith.class).stream()
                    .flatMap(extend -> Arrays.stream(extend.value())).anyMatch(SpringExtension.class::isAssignableFrom);
        }

        static boolean isDirtied(ExtensionContext test) {
            return TestSeed.nearest(test, DirtiesContext.class).isPresent();
        }

        static @Nullable ConfigurableApplicationContext contextOf(ExtensionContext test) {
            return SpringExtension.getApplicationContext(test) instanceof ConfigurableApplicationContext context
                    ? context
                    : null;
        }
    }
}
