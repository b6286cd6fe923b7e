@NullMarked
package io.greenlet.boot.context;

import org.jspecify.annotations.NullMarked;
