package io.greenlet.pool;

import org.jspecify.annotations.Nullable;

/// What a node of a [DagPool] runs.
///
/// @param <K> the type of the keys
/// @param <V> the type of the values
@FunctionalInterface
public interface DagFunction<K, V extends @Nullable Object> {

    /// Computes the value of a key.
    ///
    /// @param results the node's key, and the values of the keys it depends on
    /// @return the value to be posted under the key
    /// @throws Exception what is to be posted as the key's failure
    V apply(DagResults<K, V> results) throws Exception;
}
