/// Tests.
@NullMarked
package io.greenlet.boot.async;

import org.jspecify.annotations.NullMarked;
