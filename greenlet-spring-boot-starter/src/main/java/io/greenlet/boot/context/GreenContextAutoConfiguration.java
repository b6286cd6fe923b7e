package io.greenlet.boot.context;

import io.greenlet.boot.GreenPoolAutoConfiguration;
import io.greenlet.boot.GreenPools;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;
import org.springframework.core.task.TaskDecorator;

/// Decorates the tasks of the pools with the application's [TaskDecorator] beans and with what the auto-configurations
/// beside this one capture.
@AutoConfiguration(after = GreenPoolAutoConfiguration.class)
@ConditionalOnBean(GreenPools.class)
public final class GreenContextAutoConfiguration {

    private static final String BOOTS = "contextPropagatingTaskDecorator";

    @Bean
    @ConditionalOnMissingBean
    ContextPart greenContextPart(ObjectProvider<TaskDecorator> decorators, ObjectProvider<TaskCapture> captures,
            BeanFactory beans, Environment environment) {
        Stream<UnaryOperator<Runnable>> users = decorators.orderedStream()
                .filter(decorator -> !isBoots(decorator, beans, environment))
                .map(decorator -> decorator::decorate);
        return new ContextPart(Stream.concat(users, captures.orderedStream()).toList());
    }

    /// Whether a decorator is the one that `spring.task.execution.propagate-context` defines: what it takes is taken
    /// already. (It needs the same library.) One that the application has made in another way has its own registry or keys.
    private static boolean isBoots(TaskDecorator decorator, BeanFactory beans, Environment environment) {
        return environment.getProperty("spring.task.execution.propagate-context", Boolean.class, false)
                && beans.containsBean(BOOTS) && decorator.equals(beans.getBean(BOOTS));
    }
}
