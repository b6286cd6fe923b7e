/// Green threads and the hub that runs them.
///
/// A [io.greenlet.Hub] schedules green threads and owns their clock and timers. A [io.greenlet.GreenThread] is the
/// handle of one of them: a [java.util.concurrent.Future] that can also be linked to and killed. [io.greenlet.Green]
/// has the same verbs for the hub one is on.
///
/// ```
///   Green.spawn(body) ──▶ Hub.current().spawn(body)
///                              │ creates
///                              ▼
///        kill, link, await   GreenTask ──▶ one virtual thread, which
///        from any thread  ──▶  (a GreenThread)   runs the body, releases what the task held,
///                                                calls the links, wakes those who await
/// ```
///
/// {@snippet class="io.greenlet.snippets.CoreSnippetsTests" region="spawn"}
///
/// ## Hubs
///
/// ```
///   Hub ── ParallelHub                 the JDK schedules
///    └─── SerialHub                    one at a time; knows who lives on it; close
///           ├── CarrierHub             own carrier: the hub schedules virtual threads itself
///           └── TurnHub ── Baton ── Fiber          they pass a baton
///                 ├── BatonHub         first come, first served
///                 └── SimulatedHub     drawn from a seed, virtual clock
///
///   TimerHeap ─ TimerThread ─ CoarseClock     ReadinessPoller ─ CloseAlarm     VirtualThreads (all reflection)     ShortLock
///   Greenlet ─ Coroutine ─ GreenletTree ─ ScopedBindings         StallDetector, SpawnSite ─ SpawnSiteFilter
///   GreenTimeout ─ TimeLimit ─ InterruptScope ─ TaskScope: whose interrupt it is       GreenLocal, GreenContext
///   GreenFutures ─ FutureWatch: the wait for several
/// ```
///
/// Everything that blocks rests on a few methods of the hub, which are public so that others can build primitives of
/// their own on it: [io.greenlet.Hub#park], [io.greenlet.Hub#parkNanos], [io.greenlet.Hub#unpark],
/// [io.greenlet.Hub#interrupt], [io.greenlet.Hub#point] and [io.greenlet.Hub#lock]. No primitive touches a clock, a
/// monitor or a scheduler past them.
@NullMarked
package io.greenlet;

import org.jspecify.annotations.NullMarked;
