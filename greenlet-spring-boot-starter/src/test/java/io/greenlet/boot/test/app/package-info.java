/// An application, for slices of it.
@NullMarked
package io.greenlet.boot.test.app;

import org.jspecify.annotations.NullMarked;
