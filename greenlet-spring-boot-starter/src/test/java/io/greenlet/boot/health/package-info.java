/// Tests.
@NullMarked
package io.greenlet.boot.health;

import org.jspecify.annotations.NullMarked;
