package io.greenlet.boot.async;

import io.greenlet.boot.GreenAsync;
import io.greenlet.boot.GreenletConfigurationException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.Arrays;

import org.jspecify.annotations.Nullable;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/// Refuses what would silently run in the caller: methods that no proxy can see, and results that nobody can wait for.
///
/// Proxies subclass the bean's class unless told to implement its interfaces only. A final method of a subclassed bean
/// would even run on the proxy itself, whose fields are empty.
final class GreenAsyncCheck {

    private static final String TYPES = "void, Future, CompletionStage, CompletableFuture, GreenThread, Mono or Flux";

    private final boolean subclassed;

    /// A check.
    ///
    /// @param subclassed whether proxies subclass the bean's class even if it has interfaces
    GreenAsyncCheck(boolean subclassed) {
        this.subclassed = subclassed;
    }

    /// Checks all methods of a bean's class; throws on the first that cannot be `@GreenAsync` and is.
    void check(Class<?> type) {
        boolean ours = false;
        for (Method method : ReflectionUtils.getUniqueDeclaredMethods(type, GreenAsyncCheck::isUsers)) {
            boolean own = AnnotatedElementUtils.hasAnnotation(method, GreenAsync.class);
            if (own || isCoveredByClass(method, type)) {
                check(method, type);
                ours = true;
            }
        }
        if (ours) {
            checkProxyable(type);
        }
    }

    private static boolean isUsers(Method method) {
        return !method.isSynthetic() && !method.getDeclaringClass().equals(Object.class);
    }

    private static boolean isCoveredByClass(Method method, Class<?> type) {
        return Modifier.isPublic(method.getModifiers()) && GreenAsyncMethods.isCoveredByClass(method)
                && GreenAsyncMethods.ofClass(type) != null;
    }

    private void check(Method method, Class<?> type) {
        int modifiers = method.getModifiers();
        if (Modifier.isStatic(modifiers)) {
            throw unsupported(method, "is static", "Make it an instance method of a bean.");
        }
        if (Modifier.isPrivate(modifiers)) {
            throw unsupported(method, "is private", "Make it public, and call it on the bean, not on 'this'.");
        }
        if (isSubclassed(type)) {
            if (Modifier.isFinal(modifiers)) {
                throw unsupported(method, "is final, so that no proxy can intercept it", "Remove 'final'.");
            }
        } else if (!isInInterface(method, type)) {
            throw unsupported(method, "is in no interface of its bean, which is proxied by its interfaces",
                    "Add it to an interface, or set spring.aop.proxy-target-class=true.");
        }
        if (ReturnKind.of(method.getReturnType()) == null) {
            throw unsupported(method, "returns " + method.getReturnType().getTypeName(),
                    "Return " + TYPES + ", or remove the annotation.");
        }
    }

    private void checkProxyable(Class<?> type) {
        String why = obstacle(type.getModifiers(), type.isSealed());
        if (why != null && isSubclassed(type)) {
            throw new GreenletConfigurationException(
                    "@GreenAsync needs a proxy of " + type.getName() + ", which cannot be subclassed: it is " + why,
                    "Make the class neither final, private nor sealed"
                            + (ClassUtils.getAllInterfacesForClass(type).length == 0
                                    ? "."
                                    : ", or set spring.aop.proxy-target-class=false to proxy its interfaces."));
        }
    }

    private static @Nullable String obstacle(int modifiers, boolean sealed) {
        if (Modifier.isFinal(modifiers)) {
            return "final";
        }
        if (Modifier.isPrivate(modifiers)) {
            return "private";
        }
        return sealed ? "sealed" : null;
    }

    private boolean isSubclassed(Class<?> type) {
        return !isInterfacesOnly(type) && (subclassed || ClassUtils.getAllInterfacesForClass(type).length == 0);
    }

    /// Whether a class can only be proxied by its interfaces: a proxy of the JDK's, a lambda, or what is itself one.
    static boolean isInterfacesOnly(Class<?> type) {
        return type.isInterface() || Proxy.isProxyClass(type) || ClassUtils.isLambdaClass(type);
    }

    private static boolean isInInterface(Method method, Class<?> type) {
        return Arrays.stream(ClassUtils.getAllInterfacesForClass(type))
                .anyMatch(face -> ClassUtils.hasMethod(face, method));
    }

    private static GreenletConfigurationException unsupported(Method method, String why, String action) {
        return new GreenletConfigurationException(
                "@GreenAsync cannot be on " + GreenAsyncMethod.describe(method) + ": it " + why, action);
    }
}
