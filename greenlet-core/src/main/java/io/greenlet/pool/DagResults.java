package io.greenlet.pool;

import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a node of a [DagPool] sees: its own key, and the values of the keys it depends on.
///
/// In a node that begins when all of them are there ([DagPool#spawn]) nothing here waits; in one that begins earlier
/// ([DagPool#spawnEarly]) whatever is not there is waited for. A key that failed throws its [PropagatedFailure] wherever
/// it is read, and each time; a node that does not read it is not touched by it.
///
/// Thread safety: any thread may read. eventlet: the `results` that a function gets.
///
/// @param <K> the type of the keys
/// @param <V> the type of the values
public final class DagResults<K, V extends @Nullable Object> implements Iterable<Map.Entry<K, V>> {

    private final DagPool<K, V> pool;
    private final DagNode<K, V> node;

    DagResults(DagPool<K, V> pool, DagNode<K, V> node) {
        this.pool = pool;
        this.node = node;
    }

    /// Returns the key whose value is to be computed.
    ///
    /// @return the node's own key
    public K key() {
        return node.key;
    }

    /// Returns the keys that the node depends on.
    ///
    /// @return the keys, in the order in which they were given
    public Set<K> dependencies() {
        return node.dependencies;
    }

    /// Returns the value of a dependency, and waits until there is one.
    ///
    /// @param dependency one of the [#dependencies()]
    /// @return its value
    /// @throws InterruptedException if the caller is interrupted while it waits, as by a kill
    /// @throws PropagatedFailure if the dependency failed
    /// @throws IllegalArgumentException if that is no dependency of this node
    public V await(K dependency) throws InterruptedException {
        if (!node.dependencies.contains(dependency)) {
            throw new IllegalArgumentException("dependency must be one of " + node.dependencies + ": " + dependency);
        }
        return pool.await(dependency);
    }

    /// Returns the values of all dependencies, and waits until they are there, or one has failed.
    ///
    /// @return the values in the order of arrival
    /// @throws InterruptedException if the caller is interrupted while it waits, as by a kill
    /// @throws PropagatedFailure the failure that came first, if one failed
    public Map<K, V> awaitAll() throws InterruptedException {
        return pool.awaitAll(node.dependencies);
    }

    /// Returns the dependencies and their values in the order of arrival. The iterator waits for what is to come, as
    /// [DagPool#awaitEach(java.util.Collection)] does.
    ///
    /// @return an iterator over all dependencies
    @Override
    public Iterator<Map.Entry<K, V>> iterator() {
        return pool.awaitEach(node.dependencies).iterator();
    }
}
