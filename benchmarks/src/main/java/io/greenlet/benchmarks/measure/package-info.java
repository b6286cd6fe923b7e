/// What JMH does not measure, since it is not the time of a call:
///
/// | class | figure |
/// |---|---|
/// | `Footprint` | bytes of heap for one that waits |
/// | `Million` | a million that wait: time to start and to wake them, heap |
/// | `ResizeLatency` | how soon a limit that is raised lets the waiting in |
/// | `Fairness` | how evenly those that contend get their turns |
/// | `Growth` | the cost of one as their number grows |
/// | `CallCost` | what a call of an asynchronous method costs its caller |
/// | `Echo` | round trips through a server with many connections |
///
/// Each is a `Measure`: subjects by name, and what measures each of them. [MeasureChild] runs one subject in a JVM that is its
/// own and writes what was found as a [io.greenlet.benchmarks.result.ResultFile]. A class of this package that
/// implements `Measure` is run as soon as `topics.json` names it.
@NullMarked
package io.greenlet.benchmarks.measure;

import org.jspecify.annotations.NullMarked;
