package io.greenlet.boot.test;

import org.springframework.boot.test.context.filter.annotation.StandardAnnotationCustomizableTypeExcludeFilter;

/// Leaves the application's components out of a [GreenletTest], but for those it includes.
final class GreenletTypeExcludeFilter extends StandardAnnotationCustomizableTypeExcludeFilter<GreenletTest> {

    GreenletTypeExcludeFilter(Class<?> testClass) {
        super(testClass);
    }
}
