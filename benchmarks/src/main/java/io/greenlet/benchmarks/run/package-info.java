/// Runs the topics, which `benchmarks/run` starts: `Suite` makes of each topic its steps, each step a process with a time limit
/// that writes one file; it adds up the rounds and keeps them beside commit, machine and versions. A step is a JMH class, in
/// `JmhChild`, a subject of a measure, or a Python script. One that fails or hangs costs the others nothing.
@NullMarked
package io.greenlet.benchmarks.run;

import org.jspecify.annotations.NullMarked;
