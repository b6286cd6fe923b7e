/// Green pools for Reactor.
@NullMarked
package io.greenlet.boot.reactor;

import org.jspecify.annotations.NullMarked;
