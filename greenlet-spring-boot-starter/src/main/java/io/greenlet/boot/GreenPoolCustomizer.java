package io.greenlet.boot;

import io.greenlet.pool.PoolOptions;

/// Changes how pools are made. Beans of this type are called in their order for every pool that comes from
/// `greenlet.pools.*`, and for `default`; not for pools that the user defines as beans.
@FunctionalInterface
public interface GreenPoolCustomizer {

    /// Returns how to make a pool.
    ///
    /// @param options what the properties, and the customizers before this one, say; [PoolOptions#name()] tells which
    ///     pool it is
    /// @return the same, or changed
    PoolOptions customize(PoolOptions options);
}
