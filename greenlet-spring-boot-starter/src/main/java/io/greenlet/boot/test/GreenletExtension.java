package io.greenlet.boot.test;

import io.greenlet.Hub;
import io.greenlet.SimulatedHub;
import java.lang.reflect.Constructor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.junit.jupiter.api.parallel.Isolated;
import org.opentest4j.AssertionFailedError;
import org.opentest4j.TestAbortedException;
import org.springframework.beans.factory.annotation.ParameterResolutionDelegate;
import org.springframework.boot.convert.DurationStyle;

/// A JUnit extension that gives each test a [SimulatedHub] of its own, and fails a test that leaves green threads, callers
/// in line or slots behind. With or without Spring.
///
/// **The hub** is a parameter of the test method, of `@BeforeEach` and `@AfterEach` methods and of the constructor, the
/// same one in all of them. Its seed is a random one unless [GreenletSeed] or [GreenletSeeds] says otherwise; a failure
/// says which it was. In a Spring test whose bean `greenletHub` is a [SimulatedHub] it is that one, begun anew for each
/// test. What a green thread on it throws and nobody receives fails the test, unless the test sets a failure handler.
///
/// **What is left** when the test and its `@AfterEach` methods are over fails it, with names, stacks, and where it was
/// spawned:
///
/// - on its simulated hub: any green thread or timer; nothing moves there any more, so nothing is waited for;
/// - on the parallel hub: green threads that were spawned during the test;
/// - in the [io.greenlet.pool.GreenPool] beans of its application context, and on the hubs there: tasks and callers in line
///   that were not there before; a size that is not what it was, unless the test says
///   [org.springframework.test.annotation.DirtiesContext].
///
/// What may just be ending is given up to five seconds, or what the JUnit configuration parameter `greenlet.test.grace`
/// says (`500ms`, `10s`); a test that leaves nothing does not wait. What is left in a context's pools is killed then, so
/// that the next test finds the slots free. [AllowLeaks] is the way out.
///
/// **Tests side by side.** When JUnit runs tests in parallel nobody can say whose a green thread of the parallel hub is: then
/// that hub, and pools that do not run on a simulated hub, are watched for tests that are
/// [Isolated] only.
public final class GreenletExtension
        implements
            BeforeEachCallback,
            AfterEachCallback,
            ParameterResolver,
            InvocationInterceptor,
            TestExecutionExceptionHandler,
            LifecycleMethodExecutionExceptionHandler {

    private static final ExtensionContext.Namespace MINE = ExtensionContext.Namespace.create(GreenletExtension.class);
    private static final String GRACE = "greenlet.test.grace";
    private static final Duration DEFAULT_GRACE = Duration.ofSeconds(5);

    /// An extension.
    public GreenletExtension() {}

    static ExtensionContext.Store store(ExtensionContext test) {
        return test.getStore(MINE);
    }

    /// The constructor belongs to the test, as far as that is not for all tests of the class.
    @Override
    public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext root) {
        return ExtensionContextScope.TEST_METHOD;
    }

    // ---- begin and end

    @Override
    public void beforeEach(ExtensionContext test) {
        SpringBeans beans = SpringBeans.of(test);
        SimulatedHub ofContext = beans.simulatedHub();
        if (ofContext != null) {
            store(test).put(TestHub.class, TestHub.shared(ofContext, TestSeed.of(test)));
        }
        store(test).put(LeakCheck.class, new LeakCheck(beans, isAlone(test)));
    }

    private static boolean isAlone(ExtensionContext test) {
        return !test.getConfigurationParameter("junit.jupiter.execution.parallel.enabled", Boolean::parseBoolean)
                .orElse(false) || TestSeed.nearest(test, Isolated.class).isPresent();
    }

    @Override
    public void afterEach(ExtensionContext test) throws InterruptedException {
        TestHub hub = hub(test);
        LeakCheck check = store(test).remove(LeakCheck.class, LeakCheck.class);
        AssertionFailedError failure = null;
        try (hub; check) {
            if (check != null) {
                List<String> left = mayLeave(test)
                        ? List.of()
                        : check.left(hub == null ? null : hub.hub(), grace(test));
                failure = failure(left, hub);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private static boolean mayLeave(ExtensionContext test) {
        AllowLeaks allowed = TestSeed.nearest(test, AllowLeaks.class).orElse(null);
        if (allowed != null && allowed.value().isBlank()) {
            throw new ExtensionConfigurationException(
                    "the reason in @AllowLeaks must not be blank: \"" + allowed.value() + '"');
        }
        return allowed != null;
    }

    private static Duration grace(ExtensionContext test) {
        String value = test.getConfigurationParameter(GRACE).orElse(null);
        try {
            return value == null ? DEFAULT_GRACE : DurationStyle.detectAndParse(value);
        } catch (IllegalArgumentException e) {
            throw new ExtensionConfigurationException(GRACE + " must be a duration, such as 500ms: " + value, e);
        }
    }

    private static @Nullable AssertionFailedError failure(List<String> left, @Nullable TestHub hub) {
        List<TestHub.Failure> failures = hub == null ? List.of() : hub.failures();
        if (left.isEmpty() && failures.isEmpty()) {
            return null;
        }
        List<String> lines = new ArrayList<>();
        for (TestHub.Failure failed : failures) {
            lines.add(failed.source() + " failed, and nobody received it: " + failed.error());
        }
        if (!left.isEmpty()) {
            lines.add("the test has left behind, which it may with @AllowLeaks(\"the reason\"):");
            left.forEach(each -> lines.add("  " + each));
        }
        if (hub != null) {
            lines.add(TestSeed.replay(hub.hub().seed()));
        }
        AssertionFailedError failure = new AssertionFailedError(String.join("\n", lines));
        failures.forEach(failed -> failure.addSuppressed(failed.error()));
        return failure;
    }

    // ---- the hub

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
        return parameter.getParameter().getType() == SimulatedHub.class
                && !(SpringBeans.isSpringTest(test) && isForSpring(parameter));
    }

    /// Whether Spring resolves it: what is autowired, and all of a constructor.
    private static boolean isForSpring(ParameterContext parameter) {
        return parameter.getDeclaringExecutable() instanceof Constructor<?>
                || ParameterResolutionDelegate.isAutowirable(parameter.getParameter(), parameter.getIndex());
    }

    @Override
    public SimulatedHub resolveParameter(ParameterContext parameter, ExtensionContext test) {
        if (test.getTestMethod().isEmpty()) {
            throw new ParameterResolutionException("a SimulatedHub belongs to one test: "
                    + parameter.getDeclaringExecutable()
                    + " must leave it to the test method, @BeforeEach, @AfterEach,"
                    + " or the constructor of a class with an instance per method");
        }
        return store(test).computeIfAbsent(TestHub.class,
                _ -> TestHub.own(Hub.simulated(TestSeed.of(test))), TestHub.class).hub();
    }

    private static @Nullable TestHub hub(ExtensionContext test) {
        return store(test).get(TestHub.class, TestHub.class);
    }

    // ---- the seed in failures

    @Override
    public <T> T interceptTestClassConstructor(Invocation<T> constructor,
            ReflectiveInvocationContext<Constructor<T>> call, ExtensionContext test) throws Throwable {
        try {
            return constructor.proceed();
        } catch (Throwable e) {
            throw withSeed(e, test);
        }
    }

    @Override
    public void handleBeforeEachMethodExecutionException(ExtensionContext test, Throwable failure) throws Throwable {
        throw withSeed(failure, test);
    }

    @Override
    public void handleTestExecutionException(ExtensionContext test, Throwable failure) throws Throwable {
        throw withSeed(failure, test);
    }

    @Override
    public void handleAfterEachMethodExecutionException(ExtensionContext test, Throwable failure) throws Throwable {
        throw withSeed(failure, test);
    }

    /// Beside the failure, not around it: tools look at its type and at what was expected.
    private static Throwable withSeed(Throwable failure, ExtensionContext test) {
        TestHub hub = hub(test);
        if (hub != null && !(failure instanceof TestAbortedException)) {
            failure.addSuppressed(new Seed(hub.hub().seed()));
        }
        return failure;
    }

    /// A line in the stack trace of a failure.
    private static final class Seed extends Exception {

        private static final long serialVersionUID = 1L;

        Seed(long seed) {
            super(TestSeed.replay(seed), null, false, false);
        }
    }
}
