/// The examples of the Javadoc and of the README, as tests.
@NullMarked
package io.greenlet.snippets;

import org.jspecify.annotations.NullMarked;
