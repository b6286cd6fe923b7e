package io.greenlet.boot.test;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/// Where the seed of a test comes from.
final class TestSeed {

    /// As much as is easily typed.
    private static final int BOUND = 1_000_000_000;

    private TestSeed() {}

    /// The seed of a test: that of its invocation, else that of its nearest annotation, else a random one. Another call
    /// may draw another random one.
    static long of(ExtensionContext test) {
        Long fixed = GreenletExtension.store(test).get(TestSeed.class, Long.class);
        return fixed != null ? fixed : annotated(test).map(GreenletSeed::value).orElseGet(TestSeed::random);
    }

    /// Gives an invocation its seed.
    static void fix(ExtensionContext test, long seed) {
        GreenletExtension.store(test).put(TestSeed.class, seed);
    }

    static long random() {
        return ThreadLocalRandom.current().nextInt(1, BOUND);
    }

    private static Optional<GreenletSeed> annotated(ExtensionContext test) {
        return nearest(test, GreenletSeed.class);
    }

    /// The annotation on the test's method, else on its class, else on the nearest enclosing class.
    static <A extends java.lang.annotation.Annotation> Optional<A> nearest(ExtensionContext test, Class<A> type) {
        Optional<A> found = AnnotationSupport.findAnnotation(test.getTestMethod(), type)
                .or(() -> AnnotationSupport.findAnnotation(test.getTestClass(), type));
        List<Class<?>> enclosing = test.getEnclosingTestClasses().reversed();
        for (Class<?> outer : enclosing) {
            if (found.isPresent()) {
                return found;
            }
            found = AnnotationSupport.findAnnotation(outer, type);
        }
        return found;
    }

    /// How to have a seed again.
    static String replay(long seed) {
        return "seed " + seed + ": replay with @GreenletSeed(" + seed + (seed == (int) seed ? ")" : "L)");
    }
}
