@NullMarked
package io.greenlet.boot.observation;

import org.jspecify.annotations.NullMarked;
