package io.greenlet.boot;

import io.greenlet.pool.GreenPool;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.beans.factory.support.BeanDefinitionBuilder;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotationMetadata;

/// Defines a bean for every pool of the properties, unless the user has defined one of that name.
///
/// The definitions name a factory method and a plain argument, so that they can be written out ahead of time.
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
        for (String name : PoolNames.in(environment)) {
            if (registry.containsBeanDefinition(name) || registry.isAlias(name)) {
                giveWay(name, registry);
            } else {
                registry.registerBeanDefinition(name, definition(name));
            }
        }
    }

    private static BeanDefinition definition(String name) {
        AbstractBeanDefinition definition = BeanDefinitionBuilder.rootBeanDefinition(GreenPool.class)
                .setFactoryMethodOnBean("create", GreenPoolFactory.BEAN_NAME).addConstructorArgValue(name)
                .getBeanDefinition();
        definition.setResourceDescription("greenlet.pools." + name);
        definition.setFallback(name.equals(GreenletProperties.DEFAULT_POOL));
        return definition;
    }

    private void giveWay(String name, BeanDefinitionRegistry registry) {
        Class<?> type = beans.getType(name, false);
        if (type != null && !GreenPool.class.isAssignableFrom(type)) {
            throw new GreenletConfigurationException(
                    "greenlet.pools." + name + " cannot become a bean: the name is taken by a bean of type "
                            + type.getName() + origin(name, registry),
                    "Rename the pool, or give that bean another name.");
        }
        if (LOG.isInfoEnabled() && !name.equals(GreenletProperties.DEFAULT_POOL)) {
            LOG.info("greenlet.pools." + name + " is not used: there is a bean of that name" + origin(name, registry));
        }
    }

    private static String origin(String name, BeanDefinitionRegistry registry) {
        @Nullable String origin = registry.containsBeanDefinition(name)
                ? registry.getBeanDefinition(name).getResourceDescription()
                : null;
        return origin == null ? "" : ", defined in " + origin;
    }
}
