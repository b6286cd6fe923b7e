/// Tests.
@NullMarked
package io.greenlet.boot.cloud;

import org.jspecify.annotations.NullMarked;
