package io.greenlet.boot.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// Lets a test, or all tests of a class, leave green threads, waiters and slots behind: [GreenletExtension] does not look.
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
public @interface AllowLeaks {

    /// Why this is right here.
    ///
    /// @return a reason, not blank
    String value();
}
