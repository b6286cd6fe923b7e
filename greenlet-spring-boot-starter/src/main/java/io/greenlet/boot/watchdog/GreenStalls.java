package io.greenlet.boot.watchdog;

import java.util.List;
import java.util.Optional;

/// The pools that are stalled or saturated at this moment, as the watchdog's last look found them.
public final class GreenStalls {

    private volatile List<GreenStall> current = List.of(); // written by the watchdog

    GreenStalls() {}

    /// Returns what the last look found.
    ///
    /// @return stalled and saturated pools, none if all is well or the watchdog is not running
    public List<GreenStall> current() {
        return current;
    }

    /// Returns what the last look found of one pool.
    ///
    /// @param pool a bean name
    /// @return nothing if the pool is neither stalled nor saturated
    public Optional<GreenStall> find(String pool) {
        return current.stream().filter(stall -> stall.pool().equals(pool)).findFirst();
    }

    void are(List<GreenStall> found) {
        current = List.copyOf(found);
    }
}
