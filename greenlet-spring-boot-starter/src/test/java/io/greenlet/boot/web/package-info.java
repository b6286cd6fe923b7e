/// Tests.
@NullMarked
package io.greenlet.boot.web;

import org.jspecify.annotations.NullMarked;
