package io.greenlet.boot;

import io.greenlet.Hub;
import io.greenlet.pool.GreenPool;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.beans.factory.support.BeanDefinitionBuilder;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotationMetadata;

/// Defines a bean for every pool and every hub of the properties, unless the user has defined one of that name.
///
/// The definitions name a factory method and a plain argument, so that they can be written out ahead of time. A hub is a
/// candidate for injection by type only where there is no other: who says nothing gets `greenletHub`.
final class GreenPoolRegistrar implements ImportBeanDefinitionRegistrar {

    private static final Log LOG = LogFactory.getLog(GreenPoolRegistrar.class);

    private final Environment environment;
    private final BeanFactory beans;

    GreenPoolRegistrar(Environment environment, BeanFactory beans) {
        this.environment = environment;
        this.beans = beans;
    }

    @Override
    public void registerBeanDefinitions(AnnotationMetadata importer, BeanDefinitionRegistry registry) {
        for (String name : BeanNames.ofPools(environment)) {
            register(name, "greenlet.pools." + name, GreenPool.class, GreenPoolFactory.BEAN_NAME, registry);
        }
        for (String name : BeanNames.ofHubs(environment)) {
            register(name, "greenlet.hubs." + name, Hub.class, GreenHubFactory.BEAN_NAME, registry);
        }
    }

    private void register(String name, String property, Class<?> type, String factory,
            BeanDefinitionRegistry registry) {
        if (registry.containsBeanDefinition(name) || registry.isAlias(name)) {
            giveWay(name, property, type, registry);
            return;
        }
        AbstractBeanDefinition definition = BeanDefinitionBuilder.rootBeanDefinition(type)
                .setFactoryMethodOnBean("create", factory).addConstructorArgValue(name).getBeanDefinition();
        definition.setResourceDescription(property);
        definition.setFallback(type == Hub.class || name.equals(GreenletProperties.DEFAULT_POOL));
        registry.registerBeanDefinition(name, definition);
    }

    private void giveWay(String name, String property, Class<?> wanted, BeanDefinitionRegistry registry) {
        Class<?> type = beans.getType(name, false);
        if (type != null && !wanted.isAssignableFrom(type)) {
            throw new GreenletConfigurationException(
                    property + " cannot become a bean: the name is taken by a bean of type " + type.getName()
                            + origin(name, registry),
                    "Rename the " + (wanted == Hub.class ? "hub" : "pool") + ", or give that bean another name.");
        }
        if (LOG.isInfoEnabled() && !name.equals(GreenletProperties.DEFAULT_POOL)) {
            LOG.info(property + " is not used: there is a bean of that name" + origin(name, registry));
        }
    }

    private static String origin(String name, BeanDefinitionRegistry registry) {
        @Nullable String origin = registry.containsBeanDefinition(name)
                ? registry.getBeanDefinition(name).getResourceDescription()
                : null;
        return origin == null ? "" : ", defined in " + origin;
    }
}
