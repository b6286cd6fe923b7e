package io.greenlet.boot.async;

import java.lang.reflect.Method;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.aop.framework.autoproxy.AbstractBeanFactoryAwareAdvisingPostProcessor;
import org.springframework.aop.interceptor.AsyncUncaughtExceptionHandler;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.beans.BeansException;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/// Gives beans with `@GreenAsync` methods a proxy, outside of what advises them otherwise: a transaction begins in the
/// green thread.
///
/// Checks every bean: its class before it gets a proxy, and, when all singletons are there, the pools of its methods
/// their time limits, and the classes of beans that have not been created yet. So nothing is found wrong only when it is called.
final class GreenAsyncPostProcessor extends AbstractBeanFactoryAwareAdvisingPostProcessor
        implements
            SmartInitializingSingleton {

    private static final long serialVersionUID = 1L;

    private final transient GreenAsyncMethods methods = new GreenAsyncMethods();
    private final transient Set<Class<?>> checked = ConcurrentHashMap.newKeySet();
    private final transient Supplier<AsyncUncaughtExceptionHandler> failures;
    private transient @Nullable ConfigurableListableBeanFactory beans;
    private transient @Nullable GreenAsyncPools pools;
    private transient @Nullable GreenAsyncTimeouts timeouts;

    /// A post-processor.
    ///
    /// @param failures who takes the failures of void methods, asked when one fails
    GreenAsyncPostProcessor(Supplier<AsyncUncaughtExceptionHandler> failures) {
        this.failures = failures;
        setBeforeExistingAdvisors(true);
    }

    @Override
    public void setBeanFactory(BeanFactory beanFactory) {
        super.setBeanFactory(beanFactory);
        beans = (ConfigurableListableBeanFactory) beanFactory;
        pools = new GreenAsyncPools(beans);
        timeouts = new GreenAsyncTimeouts(beans);
        advisor = new DefaultPointcutAdvisor(methods, new GreenAsyncInterceptor(methods, pools, timeouts, failures));
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String name) {
        if (!(bean instanceof Advised)) {
            check(ClassUtils.getUserClass(bean));
        }
        return super.postProcessAfterInitialization(bean, name);
    }

    /// What is a proxy or a lambda already can only be proxied by its interfaces.
    @Override
    protected ProxyFactory prepareProxyFactory(Object bean, String name) {
        ProxyFactory factory = super.prepareProxyFactory(bean, name);
        if (GreenAsyncCheck.isInterfacesOnly(bean.getClass())) {
            factory.setProxyTargetClass(false);
        }
        return factory;
    }

    @Override
    public void afterSingletonsInstantiated() {
        ConfigurableListableBeanFactory factory = Objects.requireNonNull(beans);
        Objects.requireNonNull(pools).checkDefault();
        for (String name : factory.getBeanDefinitionNames()) {
            Class<?> type = type(factory, name);
            if (type != null && methods.isCandidate(type)) {
                check(type);
                checkSettings(type);
            }
        }
    }

    private static @Nullable Class<?> type(ConfigurableListableBeanFactory factory, String name) {
        try {
            Class<?> type = factory.getType(name, false);
            return type == null ? null : ClassUtils.getUserClass(type);
        } catch (BeansException | LinkageError e) {
            return null; // a bean that cannot be made, and has not been
        }
    }

    private void check(Class<?> type) {
        if (methods.isCandidate(type) && checked.add(type)) {
            new GreenAsyncCheck(isProxyTargetClass()).check(type);
        }
    }

    private void checkSettings(Class<?> type) {
        for (Method method : ReflectionUtils.getUniqueDeclaredMethods(type)) {
            GreenAsyncMethod async = methods.find(method, type);
            if (async != null) {
                Objects.requireNonNull(pools).check(async);
                Objects.requireNonNull(timeouts).of(async);
            }
        }
    }
}
