/// Tasks as Micrometer observations: a span for the wait in line, a span for the run, and a timer for each.
///
/// ```
///   GET /report                                   the spawner's observation
///    ├── greenlet.task.wait   pool, outcome          from joining the line to the begin; none for one that finds a slot
///    └── greenlet.task.run    pool, outcome          while the body runs, and in scope there
///         └── SELECT …                            what the body does
/// ```
///
/// On with `greenlet.observations.enabled=true`, for the pools of `greenlet.pools.*` and for `default`. The names differ
/// from those of the meters `greenlet.pool.wait` and `greenlet.pool.run`, which exist in any case and cost less: those
/// have the tag `pool` only, and a registry takes one set of tags for a name.
///
/// How a wait ends: `began`, `killed`, or `left` when the longest wait is over, the caller is interrupted, the line is
/// full or the pool is closed. A run has the outcomes of `greenlet.pool.tasks` and the error that the body threw. A
/// submission that is refused without standing in line is not observed; `greenlet.pool.tasks` counts it.
///
/// {@snippet lang="java" :
/// @Bean
/// GreenRunConvention reports() {
///     return new GreenRunConvention() {
///         @Override
///         public String getContextualName(GreenTaskContext.Run context) {
///             return "task of " + context.pool().name();
///         }
///     };
/// }
/// }
@NullMarked
package io.greenlet.boot.observation;

import org.jspecify.annotations.NullMarked;
