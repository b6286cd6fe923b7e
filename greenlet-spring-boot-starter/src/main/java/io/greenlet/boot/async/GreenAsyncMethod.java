package io.greenlet.boot.async;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.stream.Collectors;

import org.springframework.util.ClassUtils;

/// A method that runs in a pool.
///
/// @param method the method of the bean's class
/// @param kind what it returns
/// @param pool the pool's name as the annotation has it; empty for the default
/// @param timeout the time limit as the annotation has it; empty for the pool's
record GreenAsyncMethod(Method method, ReturnKind kind, String pool, String timeout) {

    @Override
    public String toString() {
        return describe(method);
    }

    static String describe(Method method) {
        return method.getDeclaringClass().getName() + '.' + method.getName() + Arrays.stream(method.getParameterTypes())
                .map(ClassUtils::getShortName).collect(Collectors.joining(", ", "(", ")"));
    }
}
