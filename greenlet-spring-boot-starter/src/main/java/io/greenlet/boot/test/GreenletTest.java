package io.greenlet.boot.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.autoconfigure.OverrideAutoConfiguration;
import org.springframework.boot.test.context.filter.annotation.TypeExcludeFilters;
import org.springframework.context.annotation.ComponentScan.Filter;
import org.springframework.core.annotation.AliasFor;
import org.springframework.test.context.BootstrapWith;
import org.springframework.test.context.ContextConfiguration;
import org.springframework.test.context.ContextCustomizerFactories;
import org.springframework.test.context.junit.jupiter.SpringExtension;

/// A Spring test of beans that use green pools, without the rest of the application: pools from `greenlet.pools.*`,
/// `@GreenAsync`, and the beans that the test names by [#classes()] or by
/// [org.springframework.context.annotation.Import]. With [GreenletExtension].
///
/// {@snippet lang="java" :
/// @GreenletTest(classes = Titles.class, properties = "greenlet.pools.crawler.size=2", simulated = true)
/// class TitlesTests {
///
///     @Test
///     void givesUpAfterASecond(@Autowired Titles titles, SimulatedHub hub) {
///         CompletableFuture<String> title = titles.title(slow);
///         hub.run();
///         assertThat(title).isCompletedExceptionally();
///     }
/// }
/// }
///
/// **Which beans.** With [#classes()], these. Without, the test's nested configuration, or else the application class
/// (`@SpringBootApplication`) of its package or one above, of which no component is scanned that [#includeFilters()] does
/// not name.
///
/// **Simulated.** With [#simulated()] the bean `greenletHub`, on which the pools run, is a [io.greenlet.SimulatedHub]:
/// delays, time-outs and `max-wait` are on its clock. Nothing runs until the test runs the hub, so a test that waits
/// (`future.join()`, a call into a full pool) waits for ever: run first, then look; call what may wait from a green
/// thread, `hub.spawn(…)`.
///
/// **The context is shared** by tests that ask for the same one, as ever in Spring. A simulated hub begins anew for each
/// test, with the test's seed, at time zero and empty: what beans spawned on it when the context started, or a test left
/// behind, is ended. A thousand seeds cost one context.
///
/// **Tests side by side.** Slices take turns, since they may share a context.
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@BootstrapWith(GreenletTestContextBootstrapper.class)
@ContextConfiguration
@ContextCustomizerFactories(SimulatedHubCustomizerFactory.class)
@ExtendWith({SpringExtension.class, GreenletExtension.class})
@ResourceLock("io.greenlet.boot.test.GreenletTest")
@OverrideAutoConfiguration(enabled = false)
@TypeExcludeFilters(GreenletTypeExcludeFilter.class)
@ImportAutoConfiguration
public @interface GreenletTest {

    /// The beans and configurations of the context.
    ///
    /// @return component classes; none for a nested configuration or the application class
    @AliasFor(annotation = ContextConfiguration.class, attribute = "classes")
    Class<?>[] classes() default {};

    /// Properties, `name=value`, before all others.
    ///
    /// @return properties
    String[] properties() default {};

    /// Whether the hub of the pools is a [io.greenlet.SimulatedHub].
    ///
    /// @return true for virtual time
    boolean simulated() default false;

    /// Whether components are left out by default when the application class is used; all are, so this matters with
    /// [#excludeFilters()] only.
    ///
    /// @return false to take them all
    boolean useDefaultFilters() default true;

    /// Which components of the application class to take.
    ///
    /// @return filters
    Filter[] includeFilters() default {};

    /// Which components of the application class to leave out all the same.
    ///
    /// @return filters
    Filter[] excludeFilters() default {};

    /// Auto-configurations to leave out.
    ///
    /// @return classes
    @AliasFor(annotation = ImportAutoConfiguration.class, attribute = "exclude")
    Class<?>[] excludeAutoConfiguration() default {};
}
