package io.greenlet.pool;

/// A [ResourcePool] had no resource to hand out: not in time, or it is closed. The message names the pool and its
/// figures.
public class ResourceUnavailable extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /// A refusal with its reason.
    ///
    /// @param message the pool, why it had none, and its figures
    public ResourceUnavailable(String message) {
        super(message);
    }
}
