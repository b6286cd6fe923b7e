package io.greenlet.boot.watchdog;

import io.greenlet.pool.PoolStall;
import java.time.Instant;

/// A pool that is stalled or saturated.
///
/// @param pool the pool's bean name
/// @param since when the watchdog first saw it so
/// @param stall what is the matter, as of the last look
public record GreenStall(String pool, Instant since, PoolStall stall) {}
