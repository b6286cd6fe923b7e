package io.greenlet.pool;

import java.util.Objects;
import java.util.concurrent.CompletionException;

/// What there is under a key of a [DagPool] when its node failed or was killed: reading the key throws it. The cause is
/// what the node threw; where that was the failure of a key it depended on, the causes lead back to the first that failed.
///
/// eventlet: `PropagateError`.
public class PropagatedFailure extends CompletionException {

    private static final long serialVersionUID = 1L;

    private final transient Object key;

    /// The failure of a key.
    ///
    /// @param key the key
    /// @param cause what its node threw, or what killed it
    public PropagatedFailure(Object key, Throwable cause) {
        super(Objects.requireNonNull(cause, "cause"));
        this.key = key;
    }

    /// Returns the key that has no value because of this.
    ///
    /// @return the key; it does not survive serialization
    public Object key() {
        return key;
    }

    /// Made when it is asked for, since the text of a key is foreign code.
    @Override
    public String getMessage() {
        return "key '" + key + "' failed: " + getCause();
    }
}
