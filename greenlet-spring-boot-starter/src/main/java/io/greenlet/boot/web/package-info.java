/// What WebFlux and MVC have in common: the properties `greenlet.web.*`, and which failures are rejections of a pool.
@NullMarked
package io.greenlet.boot.web;

import org.jspecify.annotations.NullMarked;
