/// Tests of pools as beans.
@NullMarked
package io.greenlet.boot;

import org.jspecify.annotations.NullMarked;
