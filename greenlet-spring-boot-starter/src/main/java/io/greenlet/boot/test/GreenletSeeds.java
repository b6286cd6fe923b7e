package io.greenlet.boot.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.extension.ExtendWith;

/// A test method that runs once for each of many seeds, in place of `@Test`. Each run is a test of its own: its instance,
/// its `@BeforeEach`, its [io.greenlet.SimulatedHub], its leak check. After the first seed that fails no other begins.
///
/// {@snippet lang="java" :
/// @GreenletSeeds(count = 200)
/// void noOrderLosesAnItem(SimulatedHub hub) { … }
/// }
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@Documented
@TestTemplate
@ExtendWith({SeedInvocations.class, GreenletExtension.class})
public @interface GreenletSeeds {

    /// The value of [#first()] for other seeds in each run.
    long RANDOM = Long.MIN_VALUE;

    /// How many seeds.
    ///
    /// @return one or more
    int count() default 100;

    /// The first seed, which the others follow one by one.
    ///
    /// @return a seed, or [#RANDOM] for a first one drawn anew in each run
    long first() default RANDOM;
}
