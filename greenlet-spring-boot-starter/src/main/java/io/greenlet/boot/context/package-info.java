/// The context of whoever hands a task in arrives in the task: the MDC, the observation and with it the span, Spring
/// Security's context, and whatever else the application has said how to carry.
///
/// ```
///   spawner's thread                        green thread (or the caller, when it runs the task in place)
///   ────────────────                        ────────────────────────────────────────────────────────────
///   MDC, thread-locals ── captured ──▶ set ──▶ TaskDecorator beans ──▶ customizer's decorator ──▶ body
///                                       └──▶ what the thread had before ◀── put back ──────────────┘
/// ```
///
/// - It is captured when the task is handed in, in the thread that does, whoever starts the task later.
/// - What the spawner did not have, the task does not have either, even where it runs in a thread that has it.
/// - What the task does to its context stays in the task.
/// - A subscriber of a `Mono` or `Flux` counts as the spawner; what its Reactor context has goes before the
///   thread-locals of the subscribing thread.
///
/// Which thread-locals there are, the registry of Micrometer's context propagation says. The observation and Spring
/// Security's context are in it by themselves; the MDC is captured without being in it; others are added so:
///
/// {@snippet lang="java" :
/// ContextRegistry.getInstance().registerThreadLocalAccessor("tenant", TENANT);
/// }
///
/// The auto-configurations, one for each technology: [io.greenlet.boot.context.GreenContextAutoConfiguration] for
/// decorators, [io.greenlet.boot.context.GreenContextPropagationAutoConfiguration] for thread-locals,
/// [io.greenlet.boot.context.GreenMdcAutoConfiguration] for the MDC. `greenlet.pools.<name>.propagate-context=false`
/// switches all of it off for a pool; where there is nothing to propagate the pool is not decorated at all.
@NullMarked
package io.greenlet.boot.context;

import org.jspecify.annotations.NullMarked;
