/// Things done again and again.
///
/// ```
///            start                    due                     ended
///   waiting ───────▶ on the agenda ───────▶ runs in a green ────────▶ on the agenda again, by its strategy;
///                                            thread                    or retired, by NeverAgain
/// ```
///
/// - [io.greenlet.periodic.PeriodicWorker]: a set of periodic tasks, and when they run.
/// - [io.greenlet.periodic.PeriodicTask]: what is done, how often, counted from when ([io.greenlet.periodic.PeriodicStrategy]).
/// - [io.greenlet.periodic.PeriodicWatcher]: one task of a worker, with its figures.
///
/// A task never overlaps itself, and runs that it had no time for do not pile up.
@NullMarked
package io.greenlet.periodic;

import org.jspecify.annotations.NullMarked;
