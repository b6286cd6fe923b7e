/// What greenlet costs, beside what people would use instead, in one run.
///
/// A class is a topic, a method is a way to do its work: all do the same work, each checks that it has done it, and an
/// operation is one task, item or hand-over, so that the figures of a class are ratios to each other. Methods of greenlet
/// begin with `green`, `hub` or `pool`. Who calls a limiter that blocks is a virtual thread, unless the class says otherwise.
///
/// | topic | class |
/// |---|---|
/// | a spawn through a pool that is free, one that is full | `SpawnBenchmark`, `FullPoolBenchmark` |
/// | a result; results of many items | `AwaitBenchmark`, `MapBenchmark` |
/// | hand-over, events, permits, timers | `QueueBenchmark`, `EventBenchmark`, `SemaphoreBenchmark`, `TimerBenchmark` |
/// | a switch; a simulated schedule | `SwitchBenchmark`, `SimulationBenchmark` |
/// | a call of `@GreenAsync` | `GreenAsyncBenchmark`, on `AsyncApplication` |
///
/// ```
/// java -jar benchmarks/target/benchmarks.jar 'QueueBenchmark' -rf json -rff queue.json
/// ```
///
/// This package is what JMH runs; it knows nothing of the rest, and the rest knows it by name only:
///
/// | package | |
/// |---|---|
/// | [io.greenlet.benchmarks.result] | what was found, and how it is kept |
/// | [io.greenlet.benchmarks.measure] | what JMH does not measure: bytes, latencies, fairness |
/// | [io.greenlet.benchmarks.report] | the page that is written from the results |
/// | [io.greenlet.benchmarks.run] | the run of all topics, which ties them together |
///
/// Kotlin's coroutines are written in Java, in the form that the Kotlin compiler gives them: `Coroutine`. They are no
/// threads: a blocking call in one takes a thread from the others. They show what suspending functions save.
@NullMarked
package io.greenlet.benchmarks;

import org.jspecify.annotations.NullMarked;
