package io.greenlet.boot.test;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContextProvider;
import org.junit.jupiter.api.extension.TestWatcher;
import org.junit.platform.commons.support.AnnotationSupport;

/// The invocations of a test with [GreenletSeeds].
///
/// JUnit takes the next one when it has run the one before, so the stream can end at a failure.
final class SeedInvocations implements TestTemplateInvocationContextProvider {

    @Override
    public boolean supportsTestTemplate(ExtensionContext template) {
        return AnnotationSupport.isAnnotated(template.getTestMethod(), GreenletSeeds.class);
    }

    @Override
    public Stream<TestTemplateInvocationContext> provideTestTemplateInvocationContexts(ExtensionContext template) {
        AtomicBoolean failed = new AtomicBoolean();
        return seeds(template).takeWhile(_ -> !failed.get()).mapToObj(seed -> new Invocation(seed, failed));
    }

    private static LongStream seeds(ExtensionContext template) {
        var method = template.getRequiredTestMethod();
        GreenletSeed one = AnnotationSupport.findAnnotation(method, GreenletSeed.class).orElse(null);
        if (one != null) {
            return LongStream.of(one.value());
        }
        GreenletSeeds many = AnnotationSupport.findAnnotation(method, GreenletSeeds.class).orElseThrow();
        if (many.count() < 1) {
            throw new ExtensionConfigurationException(
                    "count of @GreenletSeeds must be positive: " + many.count() + " (on " + method + ')');
        }
        long first = many.first() == GreenletSeeds.RANDOM ? TestSeed.random() : many.first();
        return LongStream.iterate(first, seed -> seed + 1).limit(many.count());
    }

    /// One seed's turn.
    private record Invocation(long seed, AtomicBoolean failed) implements TestTemplateInvocationContext {

        @Override
        public String getDisplayName(int index) {
            return "seed " + seed;
        }

        @Override
        public void prepareInvocation(ExtensionContext test) {
            TestSeed.fix(test, seed);
        }

        @Override
        public List<Extension> getAdditionalExtensions() {
            return List.of(new TestWatcher() {
                @Override
                public void testFailed(ExtensionContext test, @Nullable Throwable cause) {
                    failed.set(true);
                }
            });
        }
    }
}
