package io.greenlet.boot.test;

import io.greenlet.Hub;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.support.BeanDefinitionBuilder;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.test.context.ContextConfigurationAttributes;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.ContextCustomizerFactory;
import org.springframework.test.context.MergedContextConfiguration;
import org.springframework.test.context.TestContextAnnotationUtils;

/// Puts a simulated hub where the pools look for theirs, for a [GreenletTest] that asks for it.
final class SimulatedHubCustomizerFactory implements ContextCustomizerFactory {

    @Override
    public @Nullable ContextCustomizer createContextCustomizer(Class<?> testClass,
            List<ContextConfigurationAttributes> attributes) {
        GreenletTest test = TestContextAnnotationUtils.findMergedAnnotation(testClass, GreenletTest.class);
        return test != null && test.simulated() ? new Simulated() : null;
    }

    /// All are equal, so contexts are shared. The seed is not the context's: each test begins the hub anew with its own.
    private record Simulated() implements ContextCustomizer {

        @Override
        public void customizeContext(ConfigurableApplicationContext context, MergedContextConfiguration test) {
            ((BeanDefinitionRegistry) context.getBeanFactory()).registerBeanDefinition(SpringBeans.HUB,
                    BeanDefinitionBuilder.rootBeanDefinition(Hub.class, "simulated").addConstructorArgValue(0L)
                            .getBeanDefinition());
        }
    }
}
