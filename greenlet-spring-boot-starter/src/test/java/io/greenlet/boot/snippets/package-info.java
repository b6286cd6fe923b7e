/// The examples of the README and of docs/, as tests.
@NullMarked
package io.greenlet.boot.snippets;

import org.jspecify.annotations.NullMarked;
