package io.greenlet.pool;

/// A key of a [DagPool] is used a second time: it was spawned or posted before, and only one of them can fill it.
///
/// eventlet: `Collision`.
public class KeyCollision extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    private final transient Object key;

    /// A collision.
    ///
    /// @param key the key that is taken
    public KeyCollision(Object key) {
        this.key = key;
    }

    /// Returns the key that is taken.
    ///
    /// @return the key; it does not survive serialization
    public Object key() {
        return key;
    }

    /// Made when it is asked for, since the text of a key is foreign code.
    @Override
    public String getMessage() {
        return "key must not be spawned or posted twice: " + key;
    }
}
