/// Tests.
@NullMarked
package io.greenlet.boot.watchdog;

import org.jspecify.annotations.NullMarked;
