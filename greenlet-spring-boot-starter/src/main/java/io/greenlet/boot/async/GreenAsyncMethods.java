package io.greenlet.boot.async;

import io.greenlet.boot.GreenAsync;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;
import org.springframework.aop.support.StaticMethodMatcherPointcut;
import org.springframework.core.MethodClassKey;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationUtils;

/// Finds the methods that `@GreenAsync` stands on, or on whose class it stands.
///
/// The annotation may stand on the method itself, on one it overrides or implements, on the bean's class, or on a
/// superclass or interface of it; the nearest counts, and a method's goes before a class's.
final class GreenAsyncMethods extends StaticMethodMatcherPointcut {

    private final Map<Class<?>, Boolean> candidates = new ConcurrentHashMap<>();
    private final Map<MethodClassKey, GreenAsyncMethod> found = new ConcurrentHashMap<>();

    GreenAsyncMethods() {
        setClassFilter(this::isCandidate);
    }

    /// Whether the annotation stands anywhere in a class, rightly or wrongly. Looked up once for every bean class, so
    /// that all others cost nothing more.
    boolean isCandidate(Class<?> type) {
        return candidates.computeIfAbsent(type, GreenAsyncMethods::isAnnotated);
    }

    private static boolean isAnnotated(Class<?> type) {
        return AnnotationUtils.isCandidateClass(type, GreenAsync.class)
                && (ofClass(type) != null || isOnAMethod(type));
    }

    private static boolean isOnAMethod(Class<?> type) {
        try {
            return !MethodIntrospector
                    .selectMethods(type,
                            (Method method) -> AnnotatedElementUtils.hasAnnotation(method, GreenAsync.class))
                    .isEmpty();
        } catch (IllegalStateException | LinkageError e) {
            return false; // its signatures name classes that are absent: a bean of some library's optional side
        }
    }

    @Override
    public boolean matches(Method method, Class<?> targetClass) {
        return find(method, targetClass) != null;
    }

    /// Returns how to run a method, or null if it is not ours.
    @Nullable GreenAsyncMethod find(Method method, Class<?> targetClass) {
        MethodClassKey key = new MethodClassKey(method, targetClass);
        GreenAsyncMethod known = found.get(key);
        if (known != null) {
            return known;
        }
        GreenAsyncMethod read = read(method, targetClass);
        if (read != null) {
            found.put(key, read);
        }
        return read;
    }

    private static @Nullable GreenAsyncMethod read(Method method, Class<?> targetClass) {
        Method specific = AopUtils.getMostSpecificMethod(method, targetClass);
        GreenAsync annotation = annotation(specific, targetClass);
        ReturnKind kind = ReturnKind.of(specific.getReturnType());
        return annotation == null || kind == null
                ? null
                : new GreenAsyncMethod(specific, kind, annotation.pool(), annotation.timeout());
    }

    private static @Nullable GreenAsync annotation(Method specific, Class<?> targetClass) {
        GreenAsync own = AnnotatedElementUtils.findMergedAnnotation(specific, GreenAsync.class);
        return own == null && isCoveredByClass(specific) ? ofClass(targetClass) : own;
    }

    static @Nullable GreenAsync ofClass(Class<?> type) {
        return AnnotatedElementUtils.findMergedAnnotation(type, GreenAsync.class);
    }

    /// Whether an annotation on the class holds for this method.
    static boolean isCoveredByClass(Method method) {
        return !Modifier.isPrivate(method.getModifiers()) && !Modifier.isStatic(method.getModifiers())
                && !method.isSynthetic() && !method.getDeclaringClass().equals(Object.class);
    }
}
