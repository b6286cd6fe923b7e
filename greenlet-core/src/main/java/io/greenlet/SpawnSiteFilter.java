package io.greenlet;

/// Says which classes are no place to look for the origin of a green thread, since they stand between greenlet and the
/// code that uses it: those of a framework that spawns on behalf of others. A spawn site ([GreenThread#spawnedAt()]) is the
/// nearest frame of a class that is neither greenlet's, nor the JDK's, nor skipped by any filter.
///
/// Filters are found by a [java.util.ServiceLoader], that of the class loader that has loaded greenlet. They are asked once
/// for a class, by the thread that spawns, and only where spawns are recorded.
public interface SpawnSiteFilter {

    /// Tells whether to look further up the stack.
    ///
    /// @param type the class of a frame
    /// @return whether it is skipped
    boolean skips(Class<?> type);
}
