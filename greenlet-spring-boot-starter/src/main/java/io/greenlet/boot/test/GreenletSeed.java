package io.greenlet.boot.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// Fixes the seed of a test's simulated hub: the order in which a failure says it came about. Without it each run of a
/// test has another seed.
///
/// The nearest one holds: on the method, the class, an enclosing class. On a method with [GreenletSeeds] it takes the place
/// of them all.
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
public @interface GreenletSeed {

    /// The seed.
    ///
    /// @return any number
    long value();
}
