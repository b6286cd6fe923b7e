/// Tests.
@NullMarked
package io.greenlet.boot.reactor;

import org.jspecify.annotations.NullMarked;
