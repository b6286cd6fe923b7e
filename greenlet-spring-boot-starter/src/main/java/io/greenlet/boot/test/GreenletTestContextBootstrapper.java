package io.greenlet.boot.test;

import org.springframework.boot.test.autoconfigure.TestSliceTestContextBootstrapper;

/// Bootstraps the context of a [GreenletTest].
final class GreenletTestContextBootstrapper extends TestSliceTestContextBootstrapper<GreenletTest> {}
