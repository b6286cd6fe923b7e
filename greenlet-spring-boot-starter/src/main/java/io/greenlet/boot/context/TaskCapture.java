package io.greenlet.boot.context;

import java.util.function.UnaryOperator;

/// Takes some of the context of the thread that calls it, and returns a body that has it while it runs and leaves the
/// thread as it was. Not a [org.springframework.core.task.TaskDecorator] bean: Spring's executors would use it too.
@FunctionalInterface
interface TaskCapture extends UnaryOperator<Runnable> {}
