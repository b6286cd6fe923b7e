/// Tests.
@NullMarked
package io.greenlet.boot.webmvc;

import org.jspecify.annotations.NullMarked;
