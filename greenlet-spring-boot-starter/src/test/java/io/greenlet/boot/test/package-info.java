/// Tests of what users test with.
@NullMarked
package io.greenlet.boot.test;

import org.jspecify.annotations.NullMarked;
