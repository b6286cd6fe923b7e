/// Tests.
@NullMarked
package io.greenlet.boot.webflux;

import org.jspecify.annotations.NullMarked;
