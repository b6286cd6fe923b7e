package io.greenlet.boot;

import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolOptions;

/// What a part of the starter adds to the pools of `greenlet.pools.*` and to `default`, after all
/// [GreenPoolCustomizer]s. For the starter's own packages: an application that wants to change a pool has a customizer.
public interface GreenPoolPart {

    /// Returns how to make a pool.
    ///
    /// @param options what the properties and all customizers say
    /// @param properties what the properties say
    /// @return the same, or changed
    PoolOptions prepare(PoolOptions options, GreenletProperties.Pool properties);

    /// The pool has been made, and has run nothing so far.
    ///
    /// @param pool the pool
    default void made(GreenPool pool) {}
}
