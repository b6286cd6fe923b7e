/// What a run has found, and how it is kept: one JSON file a topic, in `benchmarks/results`.
///
/// A file holds series: the values of one subject under some parameters, a list for each round. The rounds of a topic stand
/// beside each other in time, so two series are compared round by round. A [Reference] names a series among all [Results]:
///
/// ```
/// Results results = Results.read(Path.of("benchmarks/results"));
/// Optional<Series> pool = results.find(Reference.of("spawn/poolSpawnN[slots=1000]"));
/// ```
@NullMarked
package io.greenlet.benchmarks.result;

import org.jspecify.annotations.NullMarked;
