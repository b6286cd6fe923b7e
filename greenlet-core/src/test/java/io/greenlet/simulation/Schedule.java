package io.greenlet.simulation;

/// Runs one schedule: what a [Workload] is to a test that has loaded it together with a faulty library.
@FunctionalInterface
public interface Schedule {

    /// Runs one schedule and fails by what it throws.
    ///
    /// @param seed which
    /// @return what happened, in a number
    long run(long seed) throws Exception;
}
