package io.greenlet.boot.async;

import io.greenlet.pool.GreenPool;
import io.greenlet.pool.TaskOptions;

/// How to run the calls of a method of a bean: everything that is the same each time.
///
/// @param method the method
/// @param pool where they run
/// @param options what is special about them
record GreenAsyncCall(GreenAsyncMethod method, GreenPool pool, TaskOptions options) {}
