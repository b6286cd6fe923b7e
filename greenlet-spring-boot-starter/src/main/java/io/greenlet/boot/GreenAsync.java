package io.greenlet.boot;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.springframework.aot.hint.annotation.Reflective;
import org.springframework.core.annotation.AliasFor;

/// Runs a method of a bean in a green pool.
///
/// {@snippet lang="java" :
/// @GreenAsync("crawler")
/// CompletableFuture<Page> fetch(URI address) { … }
/// }
///
/// The method returns `void`, `Future`, `CompletionStage`, `CompletableFuture`, `GreenThread`, `Mono` or `Flux`. The
/// pool's slot is held until the method's own result has ended: the future it returns is complete, the publisher has
/// terminated. On a class it holds for all methods that are not private, of which the public ones must return one of
/// these; on a method it takes precedence over the class.
///
/// Those who look at the pool see each task with the description `Bean.method`.
///
/// What happens when the pool is full is the pool's [io.greenlet.pool.WhenFull]: the call waits, is queued, runs in the
/// caller, or throws [io.greenlet.pool.RejectedSubmission]. A `Mono` or `Flux` is cold: each subscription is a task of
/// its own, and subscribing never blocks: where a call would wait, or run in the caller, the subscription stands in the
/// pool's line.
///
/// Cancelling the returned future or subscription kills the task. What a `void` method throws goes to the
/// [org.springframework.aop.interceptor.AsyncUncaughtExceptionHandler].
///
/// **Interruption.** A caller interrupted in line leaves it, keeps its flag set, and gets a
/// [io.greenlet.pool.RejectedSubmission].
///
/// Only calls through the bean's proxy are seen, as with all of Spring's advice: not `this.fetch(…)`.
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Reflective
public @interface GreenAsync {

    /// The bean name of the pool; placeholders are resolved. Empty: the pool of `greenlet.async.pool`.
    ///
    /// @return a bean name
    @AliasFor("pool")
    String value() default "";

    /// The same as [#value()].
    ///
    /// @return a bean name
    @AliasFor("value")
    String pool() default "";

    /// How long the method, and what it returns, may run before the task is interrupted and fails with a
    /// [java.util.concurrent.TimeoutException]: a duration as in properties, such as `2s`; placeholders are resolved.
    /// Empty: the pool's `task-timeout`.
    ///
    /// @return a duration
    String timeout() default "";
}
