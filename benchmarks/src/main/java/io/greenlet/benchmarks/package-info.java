/// What greenlet costs, beside what people would use instead, in one run.
@NullMarked
package io.greenlet.benchmarks;

import org.jspecify.annotations.NullMarked;
