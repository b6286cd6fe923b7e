package io.greenlet.boot.async;

import io.greenlet.pool.GreenPool;
import io.greenlet.pool.TaskOptions;
import java.util.function.Supplier;

import org.springframework.aop.interceptor.AsyncUncaughtExceptionHandler;

/// How to run the calls of a method of a bean: everything that is the same each time.
///
/// @param type the class of the bean
/// @param method the method
/// @param pool where they run
/// @param options what is special about them
/// @param failures who takes their failures if the method is void, asked when one fails
record GreenAsyncCall(Class<?> type, GreenAsyncMethod method, GreenPool pool, TaskOptions options,
        Supplier<AsyncUncaughtExceptionHandler> failures) {}
