/// Tests.
@NullMarked
package io.greenlet.boot.actuate;

import org.jspecify.annotations.NullMarked;
