/// Tests.
@NullMarked
package io.greenlet.boot.metrics;

import org.jspecify.annotations.NullMarked;
