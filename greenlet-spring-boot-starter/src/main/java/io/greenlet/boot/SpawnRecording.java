package io.greenlet.boot;

import io.greenlet.Hub;

import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/// Records spawn sites while the context lives, if `greenlet.record-spawns` says so. It is one switch for the whole JVM:
/// it is on as long as any context wants it.
///
/// A post-processor, so that what other beans spawn when they are made is recorded too.
final class SpawnRecording implements BeanFactoryPostProcessor, DisposableBean {

    private final Environment environment;
    private @Nullable Runnable end;

    SpawnRecording(Environment environment) {
        this.environment = environment;
    }

    @Override
    public void postProcessBeanFactory(ConfigurableListableBeanFactory beans) {
        if (Binder.get(environment).bind("greenlet.record-spawns", Boolean.class).orElse(false)) {
            end = Hub.recordSpawns();
        }
    }

    @Override
    public void destroy() {
        if (end != null) {
            end.run();
        }
    }
}
